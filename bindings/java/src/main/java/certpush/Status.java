package certpush;

/**
 * The numbers that say what became of a call. Later libraries may have others: take an unknown one for a failure.
 * Since 0.2.0.
 */
public final class Status {
  // generated: statuses
  /** The certificate was pushed. */
  public static final int OK = 0;

  /** An argument is missing, not UTF-8, has a NUL inside or is outside the documented limits. */
  public static final int INVALID_ARGUMENT = 1;

  /** An option is unknown, has an unreadable value, names a file that cannot be read, or excludes another. */
  public static final int INVALID_CONFIG = 2;

  /** No credentials were given and none were found. */
  public static final int NO_CREDENTIALS = 3;

  /** IAM or the metadata service refused the credentials. */
  public static final int CREDENTIALS_REFUSED = 4;

  /** IAM or the metadata service could not be reached or understood. */
  public static final int CREDENTIALS_UNAVAILABLE = 5;

  /** The host name could not be resolved. */
  public static final int RESOLVE = 10;

  /** No TCP connection could be made. */
  public static final int CONNECT = 11;

  /** The TLS handshake failed or a certificate was refused. */
  public static final int TLS = 12;

  /** The proxy refused or failed. */
  public static final int PROXY = 13;

  /** The time allowed ran out. */
  public static final int TIMEOUT = 14;

  /** The connection was closed or reset. */
  public static final int CONNECTION_LOST = 15;

  /** The answer is none that the API defines, or breaks a limit. */
  public static final int UNEXPECTED_RESPONSE = 16;

  /** The caller cancelled the call. */
  public static final int CANCELLED = 17;

  /** The service answered 400. */
  public static final int BAD_REQUEST = 20;

  /** The service answered 401. */
  public static final int UNAUTHORIZED = 21;

  /** The service answered 403. */
  public static final int FORBIDDEN = 22;

  /** The service answered 404. */
  public static final int NOT_FOUND = 23;

  /** The service answered 429. */
  public static final int THROTTLED = 24;

  /** The service answered another 4xx. */
  public static final int REJECTED = 25;

  /** The service answered 5xx. */
  public static final int SERVER_ERROR = 26;

  /** The service reports that one target of a batch failed. */
  public static final int TARGET_REFUSED = 27;

  /** An earlier push has begun, as the journal says, and nobody knows whether it was made; nothing was sent now. */
  public static final int UNSETTLED = 28;

  /** The run of many pushes was stopped before this one; nothing was sent. */
  public static final int NOT_TRIED = 29;

  /** At least one target of a batch, or of a list, was not pushed. */
  public static final int INCOMPLETE = 30;

  /** A defect in certpush was caught, or there was too little memory. */
  public static final int INTERNAL = 99;
  // end of generated

  private Status() {}
}
