package certpush;

import java.util.Collections;
import java.util.List;

/**
 * What a call has failed with. <b>{@link #outcomeUnknown} tells whether the certificate may have been pushed
 * all the same.</b> There is a class for each status, and one above those that are alike. It keeps its report when it
 * is serialised, and one that has lost it says that the certificate may have been pushed. Since 0.2.0.
 */
public class CertpushException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final Report report;

  CertpushException(Report report) {
    super(report.message());
    this.report = report;
  }

  static CertpushException of(Report report, List<Report> targets, Throwable cause) {
    final CertpushException made = made(report, targets);
    if (cause != null) {
      made.initCause(cause);
    }
    return made;
  }

  /** All that is known of the call. */
  public final Report report() {
    return report;
  }

  /** The number of the status, one of {@link Status}. */
  public final int status() {
    return report == null ? Status.INVALID_ARGUMENT : report.status();
  }

  /** Whether the certificate may have been pushed although the call failed: look at the target before another push. */
  public final boolean outcomeUnknown() {
    return report == null || report.outcomeUnknown();
  }

  /** Whether nothing was pushed, and the same call may simply be made again. */
  public final boolean retryable() {
    return report != null && report.retryable();
  }

  /** The credentials are missing, were refused, or cannot be got. */
  public static class Credentials extends CertpushException {
    private static final long serialVersionUID = 1;

    Credentials(Report report) {
      super(report);
    }
  }

  /** No answer has come. */
  public static class Transport extends CertpushException {
    private static final long serialVersionUID = 1;

    Transport(Report report) {
      super(report);
    }
  }

  /** The service has answered that it failed. */
  public static class Api extends CertpushException {
    private static final long serialVersionUID = 1;

    Api(Report report) {
      super(report);
    }
  }

  /** At least one target of a batch, or of a list, was not pushed. */
  public static final class Incomplete extends CertpushException {
    private static final long serialVersionUID = 1;

    private final BatchReport told;

    Incomplete(Report report, List<Report> targets) {
      super(report);
      this.told = new BatchReport(report, targets == null ? Collections.emptyList() : targets);
    }

    /** A report for each target, in the order asked for. */
    public List<Report> targets() {
      return told.targets();
    }
  }

  // generated: exceptions
  /** An argument is missing, not UTF-8, has a NUL inside or is outside the documented limits. */
  public static final class InvalidArgument extends CertpushException {
    private static final long serialVersionUID = 1;

    InvalidArgument(Report report) {
      super(report);
    }
  }

  /** An option is unknown, has an unreadable value, names a file that cannot be read, or excludes another. */
  public static final class InvalidConfig extends CertpushException {
    private static final long serialVersionUID = 1;

    InvalidConfig(Report report) {
      super(report);
    }
  }

  /** No credentials were given and none were found. */
  public static final class NoCredentials extends Credentials {
    private static final long serialVersionUID = 1;

    NoCredentials(Report report) {
      super(report);
    }
  }

  /** IAM or the metadata service refused the credentials. */
  public static final class CredentialsRefused extends Credentials {
    private static final long serialVersionUID = 1;

    CredentialsRefused(Report report) {
      super(report);
    }
  }

  /** IAM or the metadata service could not be reached or understood. */
  public static final class CredentialsUnavailable extends Credentials {
    private static final long serialVersionUID = 1;

    CredentialsUnavailable(Report report) {
      super(report);
    }
  }

  /** The host name could not be resolved. */
  public static final class Resolve extends Transport {
    private static final long serialVersionUID = 1;

    Resolve(Report report) {
      super(report);
    }
  }

  /** No TCP connection could be made. */
  public static final class Connect extends Transport {
    private static final long serialVersionUID = 1;

    Connect(Report report) {
      super(report);
    }
  }

  /** The TLS handshake failed or a certificate was refused. */
  public static final class Tls extends Transport {
    private static final long serialVersionUID = 1;

    Tls(Report report) {
      super(report);
    }
  }

  /** The proxy refused or failed. */
  public static final class Proxy extends Transport {
    private static final long serialVersionUID = 1;

    Proxy(Report report) {
      super(report);
    }
  }

  /** The time allowed ran out. */
  public static final class Timeout extends Transport {
    private static final long serialVersionUID = 1;

    Timeout(Report report) {
      super(report);
    }
  }

  /** The connection was closed or reset. */
  public static final class ConnectionLost extends Transport {
    private static final long serialVersionUID = 1;

    ConnectionLost(Report report) {
      super(report);
    }
  }

  /** The answer is none that the API defines, or breaks a limit. */
  public static final class UnexpectedResponse extends CertpushException {
    private static final long serialVersionUID = 1;

    UnexpectedResponse(Report report) {
      super(report);
    }
  }

  /** The caller cancelled the call. */
  public static final class Cancelled extends CertpushException {
    private static final long serialVersionUID = 1;

    Cancelled(Report report) {
      super(report);
    }
  }

  /** The service answered 400. */
  public static final class BadRequest extends Api {
    private static final long serialVersionUID = 1;

    BadRequest(Report report) {
      super(report);
    }
  }

  /** The service answered 401. */
  public static final class Unauthorized extends Api {
    private static final long serialVersionUID = 1;

    Unauthorized(Report report) {
      super(report);
    }
  }

  /** The service answered 403. */
  public static final class Forbidden extends Api {
    private static final long serialVersionUID = 1;

    Forbidden(Report report) {
      super(report);
    }
  }

  /** The service answered 404. */
  public static final class NotFound extends Api {
    private static final long serialVersionUID = 1;

    NotFound(Report report) {
      super(report);
    }
  }

  /** The service answered 429. */
  public static final class Throttled extends Api {
    private static final long serialVersionUID = 1;

    Throttled(Report report) {
      super(report);
    }
  }

  /** The service answered another 4xx. */
  public static final class Rejected extends Api {
    private static final long serialVersionUID = 1;

    Rejected(Report report) {
      super(report);
    }
  }

  /** The service answered 5xx. */
  public static final class ServerError extends Api {
    private static final long serialVersionUID = 1;

    ServerError(Report report) {
      super(report);
    }
  }

  /** The service reports that one target of a batch failed. */
  public static final class TargetRefused extends Api {
    private static final long serialVersionUID = 1;

    TargetRefused(Report report) {
      super(report);
    }
  }

  /** An earlier push has begun, as the journal says, and nobody knows whether it was made; nothing was sent now. */
  public static final class Unsettled extends CertpushException {
    private static final long serialVersionUID = 1;

    Unsettled(Report report) {
      super(report);
    }
  }

  /** The run of many pushes was stopped before this one; nothing was sent. */
  public static final class NotTried extends CertpushException {
    private static final long serialVersionUID = 1;

    NotTried(Report report) {
      super(report);
    }
  }

  /** A defect in certpush was caught, or there was too little memory. */
  public static final class Internal extends CertpushException {
    private static final long serialVersionUID = 1;

    Internal(Report report) {
      super(report);
    }
  }

  private static CertpushException made(Report report, List<Report> targets) {
    switch (report.status()) {
      case Status.INVALID_ARGUMENT:
        return new InvalidArgument(report);
      case Status.INVALID_CONFIG:
        return new InvalidConfig(report);
      case Status.NO_CREDENTIALS:
        return new NoCredentials(report);
      case Status.CREDENTIALS_REFUSED:
        return new CredentialsRefused(report);
      case Status.CREDENTIALS_UNAVAILABLE:
        return new CredentialsUnavailable(report);
      case Status.RESOLVE:
        return new Resolve(report);
      case Status.CONNECT:
        return new Connect(report);
      case Status.TLS:
        return new Tls(report);
      case Status.PROXY:
        return new Proxy(report);
      case Status.TIMEOUT:
        return new Timeout(report);
      case Status.CONNECTION_LOST:
        return new ConnectionLost(report);
      case Status.UNEXPECTED_RESPONSE:
        return new UnexpectedResponse(report);
      case Status.CANCELLED:
        return new Cancelled(report);
      case Status.BAD_REQUEST:
        return new BadRequest(report);
      case Status.UNAUTHORIZED:
        return new Unauthorized(report);
      case Status.FORBIDDEN:
        return new Forbidden(report);
      case Status.NOT_FOUND:
        return new NotFound(report);
      case Status.THROTTLED:
        return new Throttled(report);
      case Status.REJECTED:
        return new Rejected(report);
      case Status.SERVER_ERROR:
        return new ServerError(report);
      case Status.TARGET_REFUSED:
        return new TargetRefused(report);
      case Status.UNSETTLED:
        return new Unsettled(report);
      case Status.NOT_TRIED:
        return new NotTried(report);
      case Status.INCOMPLETE:
        return new Incomplete(report, targets);
      case Status.INTERNAL:
        return new Internal(report);
      default:
        return new CertpushException(report);
    }
  }
  // end of generated
}
