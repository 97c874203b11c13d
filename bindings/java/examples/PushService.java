import certpush.CertpushException;
import certpush.Client;
import certpush.Report;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A service that pushes from a pool of threads, and keeps a journal: it may be closed and opened again, or killed, at
 * any moment, and be given the same targets once more. SERVICE.md tells how it works.
 */
public final class PushService implements AutoCloseable {
  private final Client client;
  private final ExecutorService pool;
  private final Consumer<String> told;

  /** Opens it, on options that name a journal, which one client at a time may have. A line is told of each push. */
  public PushService(Client.Builder options, int threads, Consumer<String> told) {
    this.client = options.open();
    this.pool = Executors.newFixedThreadPool(threads);
    this.told = told;
  }

  /** Pushes as soon as a thread is free. The future says whether the certificate is on its target. */
  public Future<Boolean> push(String certificateId, String targetProject, String targetService) {
    return pool.submit(
        () -> {
          String outcome = "pushed";
          String why;
          try {
            final Report report = client.push(certificateId, targetProject, targetService);
            why = report.attempts() == 0 ? report.message() : report.requestId();
          } catch (CertpushException.Unsettled e) {
            outcome = "unsettled";
            why = e.getMessage();
          } catch (CertpushException e) {
            outcome = e.outcomeUnknown() ? "unknown" : "not_pushed";
            why = e.getMessage();
          }
          told.accept(outcome + " " + certificateId + "," + targetProject + "," + targetService + " " + why);
          return "pushed".equals(outcome);
        });
  }

  /** Ends what is under way, whose outcome is told, and frees the journal. Nothing is told of what had not begun. */
  @Override
  public void close() {
    pool.shutdownNow();
    client.close();
    try {
      pool.awaitTermination(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Usage: PushService JOURNAL THREADS. Pushes each line CERTIFICATE_ID,TARGET_PROJECT,TARGET_SERVICE of its standard
   * input. The status is 0 if every certificate is on its target, 2 if a line is none and nothing was pushed.
   */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    final List<String[]> targets = new ArrayList<>();
    final BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      targets.add(line.split(",", -1));
      if (targets.get(targets.size() - 1).length != 3) {
        System.err.println("line " + targets.size() + " is not CERTIFICATE_ID,TARGET_PROJECT,TARGET_SERVICE");
        System.exit(2);
      }
    }
    final Client.Builder options = Client.builder().environment().option("journal", arguments[0]);
    final PushService service = new PushService(options, Integer.parseInt(arguments[1]), System.out::println);
    // SIGTERM and Ctrl-C.
    Runtime.getRuntime().addShutdownHook(new Thread(service::close));
    final List<Future<Boolean>> pushes = new ArrayList<>();
    for (String[] target : targets) {
      pushes.add(service.push(target[0], target[1], target[2]));
    }
    boolean all = true;
    for (Future<Boolean> push : pushes) {
      try {
        all &= push.get();
      } catch (ExecutionException e) {
        e.printStackTrace();
        all = false;
      }
    }
    System.exit(all ? 0 : 1);
  }
}
