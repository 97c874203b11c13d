package certpush;

import com.sun.jna.Callback;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** By JNA, for every Java. size_t is a long, as it is on machines of 64 bits. */
final class JnaCalls extends Calls {
  private final NativeLibrary library = NativeLibrary.getInstance(path());

  interface LogFunction extends Callback {
    void call(Pointer user, int level, Pointer line);
  }

  interface TokenFunction extends Callback {
    void call(Pointer user, Pointer request);
  }

  interface InterruptFunction extends Callback {
    int call(Pointer user);
  }

  interface ProgressFunction extends Callback {
    int call(Pointer user, long index, Pointer report);
  }

  @Override
  int number(String function, Object... arguments) {
    return (Integer) invoke(Integer.class, function, arguments);
  }

  @Override
  Object pointer(String function, Object... arguments) {
    return invoke(Pointer.class, function, arguments);
  }

  @Override
  String text(Object pointer) {
    return ((Pointer) pointer).getString(0, "UTF-8");
  }

  @Override
  Object log(Callbacks.Log log) {
    return forgettable((LogFunction) (user, level, line) -> log.call(level, line));
  }

  @Override
  Object tokenSource(Callbacks.TokenSource source) {
    return forgettable((TokenFunction) (user, request) -> source.call(request));
  }

  @Override
  Object interrupt(Callbacks.Interrupt interrupt) {
    return forgettable((InterruptFunction) user -> interrupt.call());
  }

  @Override
  Object progress(Callbacks.Progress progress) {
    return forgettable((ProgressFunction) (user, index, report) -> progress.call(index, report));
  }

  /**
   * JNA keeps each class of callbacks in a map by weak keys, whose values name the class, so that it never forgets it,
   * nor its class loader. Without that a server can let go of a deployment that has this module.
   */
  private static Callback forgettable(Callback callback) {
    Native.getLibraryOptions(callback.getClass()).values().remove(callback.getClass());
    return callback;
  }

  private Object invoke(Class<?> returned, String function, Object... arguments) {
    final List<Object> passed = new ArrayList<>();
    final Map<Out, PointerByReference> outputs = new IdentityHashMap<>();
    for (Object argument : arguments) {
      if (argument instanceof byte[]) {
        passed.add(argument);
        passed.add((long) ((byte[]) argument).length);
      } else if (argument instanceof String) {
        final byte[] text = ((String) argument).getBytes(StandardCharsets.UTF_8);
        passed.add(Arrays.copyOf(text, text.length + 1));
      } else if (argument instanceof Out) {
        passed.add(outputs.computeIfAbsent((Out) argument, out -> new PointerByReference()));
      } else {
        passed.add(argument);
      }
    }
    final Object result = library.getFunction(function).invoke(returned, passed.toArray());
    outputs.forEach((out, written) -> out.value = written.getValue());
    return result;
  }
}
