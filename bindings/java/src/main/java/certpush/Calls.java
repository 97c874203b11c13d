package certpush;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * The functions of libcertpush, called by their names. A byte[] is passed as two arguments, its bytes and their
 * number, a String as one, with a NUL at its end. An Integer is int32_t, a Long int64_t, an {@link Out} an output, null
 * NULL, and anything else a pointer that came from here.
 */
abstract class Calls {
  // generated: library
  private static final String NAME = "libcertpush.so.0.2";
  // end of generated

  private static final byte[] NO_TEXT = {(byte) 0xff};

  /** Where a function writes a pointer. */
  static final class Out {
    Object value;
  }

  /** By the Foreign Function API, where Java and this jar have it, else by JNA. It is loaded at its first use. */
  static Calls library() {
    return Loaded.CALLS;
  }

  private static final class Loaded {
    static final Calls CALLS = load();

    private static Calls load() {
      if (!Boolean.getBoolean("certpush.jna")) {
        try {
          return (Calls) Class.forName("certpush.ForeignCalls").getDeclaredConstructor().newInstance();
        } catch (ClassNotFoundException e) {
          // This Java has no such class.
        } catch (ReflectiveOperationException e) {
          throw new LinkageError("libcertpush cannot be loaded", e.getCause() == null ? e : e.getCause());
        }
      }
      return new JnaCalls();
    }
  }

  /** The library's file, or its name, by which the system looks for it. */
  static String path() {
    return System.getProperty("certpush.library", NAME);
  }

  /** Calls a function that returns int32_t or nothing. */
  abstract int number(String function, Object... arguments);

  /** Calls a function that returns a pointer. */
  abstract Object pointer(String function, Object... arguments);

  /** A copy of the text at a pointer. */
  abstract String text(Object pointer);

  abstract Object log(Callbacks.Log log);

  abstract Object tokenSource(Callbacks.TokenSource source);

  abstract Object interrupt(Callbacks.Interrupt interrupt);

  abstract Object progress(Callbacks.Progress progress);

  final Report read(Object report) {
    return new Report(text(pointer("certpush_report_json", report)));
  }

  /** Reads a report, and frees it. */
  final Report take(Out report) {
    try {
      return read(report.value);
    } finally {
      number("certpush_report_free", report.value);
    }
  }

  /** Reads the reports of a list, and frees it. */
  final List<Report> takeList(Out list) {
    try {
      return Report.list(text(pointer("certpush_report_list_json", list.value)));
    } finally {
      number("certpush_report_list_free", list.value);
    }
  }

  /** Calls a function whose last argument is a report, and throws what it tells, unless that is a success. */
  final void check(String function, Object... arguments) {
    final Out report = new Out();
    final Object[] all = Arrays.copyOf(arguments, arguments.length + 1);
    all[arguments.length] = report;
    if (number(function, all) != Status.OK) {
      throw CertpushException.of(take(report), null, null);
    }
  }

  /** UTF-8. What is no text, half a surrogate pair, becomes a byte that is none either: certpush refuses it. */
  static byte[] utf8(String text) {
    try {
      final ByteBuffer bytes = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
      final byte[] encoded = new byte[bytes.remaining()];
      bytes.get(encoded);
      return encoded;
    } catch (CharacterCodingException e) {
      return NO_TEXT.clone();
    }
  }

  /** A file's name. Java shows one that it cannot say as another: such a name is no text. */
  static byte[] utf8(Path file) {
    final String text = file.toString();
    try {
      return file.equals(file.getFileSystem().getPath(text)) ? utf8(text) : NO_TEXT.clone();
    } catch (InvalidPathException e) {
      return NO_TEXT.clone();
    }
  }
}
