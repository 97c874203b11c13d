package certpush;

import java.time.Duration;

/** What may differ from call to call. It never changes: each method gives another. Since 0.2.0. */
public final class CallOptions {
  /** As the client's options say. */
  public static final CallOptions NONE = new CallOptions(0L, false, null);

  final long timeoutMs;
  final boolean again;
  final Client.Progress progress;

  private CallOptions(long timeoutMs, boolean again, Client.Progress progress) {
    this.timeoutMs = timeoutMs;
    this.again = again;
    this.progress = progress;
  }

  /**
   * How long the call may take as a whole, 1 to 86,400,000 ms; parts of a millisecond count as one. Of a list it is the
   * run's time, which has no limit without: what would hardly end in what is left of it is not begun.
   */
  public CallOptions timeout(Duration timeout) {
    // 0 is the client's own time for certpush, and no time is left here.
    return new CallOptions(timeout.isZero() ? -1L : milliseconds(timeout), again, progress);
  }

  /** Parts of a millisecond count as one. What is negative is refused, as -1 is. */
  static long milliseconds(Duration duration) {
    if (duration.isNegative()) {
      return -1L;
    }
    try {
      return duration.plusNanos(999_999).toMillis();
    } catch (ArithmeticException e) {
      return Long.MAX_VALUE;
    }
  }

  /** Pushes once more what the client's journal has as pushed. A batch push has no journal. */
  public CallOptions again() {
    return new CallOptions(timeoutMs, true, progress);
  }

  /** Is told of each entry of a list when it has ended. */
  public CallOptions progress(Client.Progress told) {
    return new CallOptions(timeoutMs, again, told);
  }
}
