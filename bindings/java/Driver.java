import certpush.BatchReport;
import certpush.CertpushException;
import certpush.Client;
import certpush.Report;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The conformance driver of the Java module: pushes, and prints what is known as a line of JSON. Its arguments are
 * percent-encoded: endpoint token_file certificate_id target_project target_service. Without arguments it answers each
 * line of standard input that has the five. tests/conformance/README.md says what a driver must do.
 */
public final class Driver {
  private static final boolean IS_BATCH = "batch_push".equals(operation());
  private static final int REPEAT = Integer.parseInt(System.getenv().getOrDefault("CERTPUSH_DRIVER_REPEAT", "1"));

  private Driver() {}

  private static String operation() {
    return System.getenv().getOrDefault("CERTPUSH_DRIVER_OPERATION", "push");
  }

  /** Pushes what the arguments say, or each line of standard input. */
  public static void main(String[] arguments) throws IOException {
    if (!IS_BATCH && !"push".equals(operation())) {
      System.err.println("Driver: the operation " + operation() + " is not known");
      System.exit(2);
    }
    final PrintStream output = new PrintStream(System.out, true, "UTF-8");
    if (arguments.length > 0) {
      output.println(told(arguments));
      return;
    }
    final BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      output.println(told(line.split(" ", -1)));
    }
  }

  private static String told(String[] arguments) {
    final List<String> given = Arrays.stream(arguments).map(Driver::decoded).collect(Collectors.toList());
    final Client.Builder options = Client.builder().environment();
    if (!given.get(0).isEmpty()) {
      options.option("endpoint", given.get(0));
    }
    if (!given.get(1).isEmpty()) {
      options.option("token_file", given.get(1));
    }
    try (Client client = options.open()) {
      for (int i = 1; i < REPEAT; i++) {
        pushed(client, given);
      }
      return pushed(client, given);
    } catch (CertpushException e) {
      return json(e.report(), List.of());
    }
  }

  private static String pushed(Client client, List<String> given) {
    try {
      if (IS_BATCH) {
        final List<String> projects = Arrays.asList(given.get(3).split(",", -1));
        final BatchReport told = client.batchPush(given.get(2), projects, given.get(4));
        return json(told.report(), told.targets());
      }
      return json(client.push(given.get(2), given.get(3), given.get(4)), List.of());
    } catch (CertpushException.Incomplete e) {
      return json(e.report(), e.targets());
    } catch (CertpushException e) {
      return json(e.report(), List.of());
    }
  }

  /** A report; that of a batch has its results in a last member. */
  private static String json(Report report, List<Report> targets) {
    final String json = report.json();
    if (!IS_BATCH) {
      return json;
    }
    final String results = targets.stream().map(Report::json).collect(Collectors.joining(",", "[", "]"));
    return json.substring(0, json.length() - 1) + ",\"results\":" + results + "}";
  }

  /** What is percent-encoded. A byte that is not UTF-8 becomes half a surrogate pair, which is no text either. */
  private static String decoded(String argument) {
    final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = 0; i < argument.length(); i++) {
      if (argument.charAt(i) == '%') {
        bytes.write(Integer.parseInt(argument.substring(i + 1, i + 3), 16));
        i += 2;
      } else {
        bytes.write(argument.charAt(i));
      }
    }
    final ByteBuffer left = ByteBuffer.wrap(bytes.toByteArray());
    final CharBuffer text = CharBuffer.allocate(left.remaining());
    final CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    while (decoder.decode(left, text, true).isError()) {
      text.put((char) (0xdc00 + (left.get() & 0xff)));
    }
    return text.flip().toString();
  }
}
