import certpush.CertpushException;
import certpush.Client;
import certpush.Report;

/**
 * Pushes a certificate and shows what is known of it afterwards; the exit status is the status, plus 64 if the
 * certificate may have been pushed. The options are in the environment: CERTPUSH_REGION or CERTPUSH_ENDPOINT,
 * CERTPUSH_TOKEN_FILE or CERTPUSH_TOKEN.
 */
public final class Push {
  private Push() {}

  /** Usage: Push CERTIFICATE_ID TARGET_PROJECT TARGET_SERVICE. */
  public static void main(String[] arguments) {
    if (arguments.length != 3) {
      System.err.println("usage: Push CERTIFICATE_ID TARGET_PROJECT TARGET_SERVICE");
      System.exit(1);
    }
    try (Client client = Client.builder().environment().open()) {
      show(client.push(arguments[0], arguments[1], arguments[2]), "pushed");
    } catch (CertpushException e) {
      show(e.report(), e.outcomeUnknown() ? "unknown" : "not_pushed");
      System.exit(e.outcomeUnknown() && e.status() < 64 ? e.status() + 64 : e.status());
    }
  }

  private static void show(Report report, String outcome) {
    System.out.println("status          " + report.statusName());
    System.out.println("outcome         " + outcome);
    System.out.println("message         " + report.message());
    System.out.println("http_status     " + report.httpStatus());
    System.out.println("service_code    " + report.serviceCode());
    System.out.println("service_message " + report.serviceMessage());
    System.out.println("request_id      " + report.requestId());
    System.out.println("retryable       " + report.retryable());
    System.out.println("hint            " + report.hint());
  }
}
