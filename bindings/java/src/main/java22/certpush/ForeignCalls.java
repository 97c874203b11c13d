package certpush;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** By the Foreign Function API: Java 22 and later, without dependencies. */
final class ForeignCalls extends Calls {
  private static final MemoryLayout POINTER = ValueLayout.ADDRESS;
  private static final MemoryLayout SIZE = ValueLayout.JAVA_LONG;
  private static final MemoryLayout INT = ValueLayout.JAVA_INT;

  private final Linker linker = Linker.nativeLinker();
  private final SymbolLookup library = SymbolLookup.libraryLookup(path(), Arena.global());
  private final Map<String, MethodHandle> functions = new ConcurrentHashMap<>();

  @Override
  int number(String function, Object... arguments) {
    return (int) invoke(INT, function, arguments);
  }

  @Override
  Object pointer(String function, Object... arguments) {
    return invoke(POINTER, function, arguments);
  }

  @Override
  String text(Object pointer) {
    return ((MemorySegment) pointer).reinterpret(Long.MAX_VALUE).getString(0);
  }

  @Override
  Object log(Callbacks.Log log) {
    return stub(log, Callbacks.Log.class, FunctionDescriptor.ofVoid(POINTER, INT, POINTER));
  }

  @Override
  Object tokenSource(Callbacks.TokenSource source) {
    return stub(source, Callbacks.TokenSource.class, FunctionDescriptor.ofVoid(POINTER, POINTER));
  }

  @Override
  Object interrupt(Callbacks.Interrupt interrupt) {
    return stub(interrupt, Callbacks.Interrupt.class, FunctionDescriptor.of(INT, POINTER));
  }

  @Override
  Object progress(Callbacks.Progress progress) {
    return stub(progress, Callbacks.Progress.class, FunctionDescriptor.of(INT, POINTER, SIZE, POINTER));
  }

  /** A function for C that drops the user pointer and calls an object's one method. */
  private MemorySegment stub(Object called, Class<?> type, FunctionDescriptor descriptor) {
    try {
      final MethodHandle method = MethodHandles.lookup().unreflect(type.getDeclaredMethods()[0]).bindTo(called);
      final MethodType c = descriptor.toMethodType();
      return linker.upcallStub(
          MethodHandles.dropArguments(method, 0, MemorySegment.class).asType(c), descriptor, Arena.ofAuto());
    } catch (IllegalAccessException e) {
      throw new AssertionError(e);
    }
  }

  private Object invoke(MemoryLayout returned, String function, Object... arguments) {
    try (Arena arena = Arena.ofConfined()) {
      final List<Object> passed = new ArrayList<>();
      final List<MemoryLayout> layouts = new ArrayList<>();
      final Map<Out, MemorySegment> outputs = new IdentityHashMap<>();
      for (Object argument : arguments) {
        if (argument instanceof Integer || argument instanceof Long) {
          passed.add(argument);
          layouts.add(argument instanceof Integer ? INT : ValueLayout.JAVA_LONG);
          continue;
        }
        layouts.add(POINTER);
        if (argument instanceof byte[] bytes) {
          passed.add(arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes));
          passed.add((long) bytes.length);
          layouts.add(SIZE);
        } else if (argument instanceof String text) {
          passed.add(arena.allocateFrom(text));
        } else if (argument instanceof Out out) {
          passed.add(outputs.computeIfAbsent(out, made -> arena.allocate(ValueLayout.ADDRESS)));
        } else {
          passed.add(argument == null ? MemorySegment.NULL : argument);
        }
      }
      final MethodHandle handle =
          functions.computeIfAbsent(
              function,
              name ->
                  linker.downcallHandle(
                      library.find(name).orElseThrow(),
                      FunctionDescriptor.of(returned, layouts.toArray(new MemoryLayout[0]))));
      final Object result = handle.invokeWithArguments(passed);
      outputs.forEach((out, written) -> out.value = written.get(ValueLayout.ADDRESS, 0));
      return result;
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }
}
