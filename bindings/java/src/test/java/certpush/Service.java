package certpush;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.Assert;
import org.junit.function.ThrowingRunnable;

/** The simulated service that run.sh has started, and what certpush tells of it, which is kept for the scan. */
final class Service {
  static final String GOOD = "scs1600313391074";
  static final String SILENT = "scs8000000000001";
  static final String REFUSED = "scs8000000000002";
  static final String THROTTLED = "scs8000000000003";
  static final String FAILED = "scs8000000000004";
  static final String TWO_PROJECTS = "scs8000000000010";
  static final String PROJECT = "ap-southeast-3";

  private Service() {}

  /** A client's options, but for a credential. */
  static Client.Builder without() {
    return Client.builder()
        .option(Option.ENDPOINT, System.getenv("SERVICE_ENDPOINT"))
        .option(Option.CA_FILE, Paths.get(System.getenv("SERVICE_CA_FILE")))
        .option(Option.RETRIES, 0)
        .log((level, line) -> keep("log", line));
  }

  /** A client's options. */
  static Client.Builder options() {
    return without().option(Option.TOKEN_FILE, System.getenv("SERVICE_TOKEN_FILE"));
  }

  /** What a call fails with, which must be of a class. */
  static <T extends CertpushException> T failure(Class<T> type, ThrowingRunnable call) {
    final T thrown = Assert.assertThrows(type, call);
    keep("raised", thrown + " " + thrown.report().json());
    return thrown;
  }

  /** What the service says of itself. */
  static String ask(String what) {
    return ask(System.getenv("SERVICE_HTTP"), "GET", what);
  }

  static String ask(String service, String method, String what) {
    try {
      final HttpURLConnection asked = (HttpURLConnection) new URL(service + "/sim/" + what).openConnection();
      asked.setRequestMethod(method);
      try (InputStream answer = asked.getInputStream()) {
        return new String(answer.readAllBytes(), StandardCharsets.UTF_8);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void forget() {
    ask(System.getenv("SERVICE_HTTP"), "POST", "reset");
  }

  /** How many requests of a certificate have come. */
  static int received(String certificateId) {
    return count(ask("received"), certificateId + "/push");
  }

  static int count(String text, String part) {
    return (text.length() - text.replace(part, "").length()) / part.length();
  }

  /** Waits until something is so, which it will be soon. */
  static void until(BooleanSupplier isSo) {
    final long end = System.nanoTime() + 20_000_000_000L;
    while (!isSo.getAsBoolean()) {
      Assert.assertTrue("it is not so after 20 seconds", System.nanoTime() < end);
      LockSupport.parkNanos(2_000_000);
    }
  }

  /**
   * Does something until it takes no longer than 0.2 seconds, as it does by itself: a busy machine may take longer, but
   * not ten times. It returns the nanoseconds that counted.
   */
  static void inTime(Callable<Long> ending) throws Exception {
    long took = ending.call();
    for (int tries = 1; took >= 200_000_000 && tries < 10; tries++) {
      took = ending.call();
    }
    Assert.assertTrue("it took " + took + " ns", took < 200_000_000);
  }

  static synchronized void keep(String what, String told) {
    final String folder = System.getenv("TRANSCRIPTS");
    if (folder != null) {
      try {
        final Path file = Paths.get(folder, "java.transcript");
        final String line = what + " " + told + "\n";
        Files.write(
            file, line.getBytes(StandardCharsets.UTF_8), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
