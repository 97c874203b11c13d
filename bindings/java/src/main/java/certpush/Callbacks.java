package certpush;

/** What certpush calls. Nothing leaves these but by their return: there are frames that cannot be unwound. */
final class Callbacks {
  interface Log {
    void call(int level, Object line);
  }

  interface TokenSource {
    void call(Object request);
  }

  interface Interrupt {
    int call();
  }

  interface Progress {
    int call(long index, Object report);
  }

  /** What the program's own code has thrown in this thread's call. */
  private static final ThreadLocal<Throwable> THROWN = new ThreadLocal<>();

  private Callbacks() {}

  /** Takes what was thrown since it was last asked. */
  static Throwable thrown() {
    final Throwable thrown = THROWN.get();
    THROWN.remove();
    return thrown;
  }

  private static void keep(Throwable thrown) {
    final Throwable first = THROWN.get();
    if (first == null) {
      THROWN.set(thrown);
    } else if (first != thrown) {
      first.addSuppressed(thrown);
    }
  }

  static Log log(Calls calls, Client.Log log) {
    return (level, line) -> {
      try {
        log.line(level, calls.text(line));
      } catch (Throwable e) {
        keep(e);
      }
    };
  }

  static TokenSource tokenSource(Calls calls, Client.TokenSource source) {
    return request -> {
      try {
        final String token = source.token();
        if (token == null) {
          throw new IllegalStateException("the token source gave no token");
        }
        calls.number("certpush_token_request_give", request, Calls.utf8(token));
      } catch (Throwable e) {
        keep(e);
        if (e instanceof InterruptedException) {
          Thread.currentThread().interrupt();
        }
        calls.number("certpush_token_request_fail", request, described(e));
      }
    };
  }

  private static String described(Throwable thrown) {
    try {
      return thrown.toString();
    } catch (Throwable e) {
      return thrown.getClass().getName();
    }
  }

  /** Thread.interrupt() ends the call; the thread stays interrupted. */
  static int interrupted() {
    return Thread.currentThread().isInterrupted() ? 1 : 0;
  }

  static Progress progress(Calls calls, Client.Progress progress) {
    return (index, report) -> {
      try {
        return progress.ended((int) index, calls.read(report)) ? 0 : 1;
      } catch (Throwable e) {
        keep(e);
        return 1;
      }
    };
  }
}
