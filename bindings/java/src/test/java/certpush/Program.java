package certpush;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** A program in another process, with the options in its environment. */
final class Program implements AutoCloseable {
  final Process process;
  private final BufferedReader output;

  private Program(ProcessBuilder builder) {
    try {
      process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
      output = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** One of the examples or of the pages' programs, on the Java that runs the tests. */
  static Program java(String endpoint, String... arguments) {
    final List<String> command = new ArrayList<>(Arrays.asList(System.getenv("CERTPUSH_JAVA").split(" ")));
    command.addAll(Arrays.asList(arguments));
    final ProcessBuilder builder = new ProcessBuilder(command);
    final Map<String, String> environment = builder.environment();
    environment.put("CERTPUSH_ENDPOINT", endpoint);
    environment.put("CERTPUSH_TOKEN_FILE", System.getenv("SERVICE_TOKEN_FILE"));
    environment.put("CERTPUSH_CA_FILE", System.getenv("SERVICE_CA_FILE"));
    environment.remove("CERTPUSH_JAVA");
    return new Program(builder);
  }

  /** A simulator of its own, which lives until it is closed, and its http address. */
  static Program simulator(String... options) {
    final List<String> command = new ArrayList<>(List.of(System.getenv("SIM"), "--stop-on-stdin-eof", "--any-token"));
    command.addAll(Arrays.asList(options));
    return new Program(new ProcessBuilder(command));
  }

  String line() {
    try {
      return output.readLine();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Gives it its standard input, to the end. */
  void give(String input) {
    try (OutputStream standardInput = process.getOutputStream()) {
      standardInput.write(input.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      // It may have been killed meanwhile.
      return;
    }
  }

  /** Sends it a signal; Process.destroy() closes its output, too. */
  void signal(String name) throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
  }

  /** What else it prints. */
  List<String> lines() {
    final List<String> lines = new ArrayList<>();
    for (String line = line(); line != null; line = line()) {
      lines.add(line);
      Service.keep("printed", line);
    }
    return lines;
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
