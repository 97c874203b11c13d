package certpush;

/** The keys of the options that {@link Client.Builder#option} takes. Since 0.2.0. */
public final class Option {
  // generated: options
  /**
   * Which site's SCM to use: cn-north-4 (China), ap-southeast-1 (International), eu-west-101 (Europe) or
   * my-kualalumpur-1, or one that the official SDKs' own variable or file of regions names. Not the target's
   * region, which is target_project.
   */
  public static final String REGION = "region";

  /** The service's base URL, instead of region. http:// only for this machine itself, or with allow_http. */
  public static final String ENDPOINT = "endpoint";

  /** Allows an http:// endpoint on another machine: the token then travels unprotected. */
  public static final String ALLOW_HTTP = "allow_http";

  /** The IAM user token (X-Auth-Token), 32 to 2,097,152 characters. */
  public static final String TOKEN = "token";

  /**
   * A file that holds the token; a byte order mark and one line end at its end are dropped. It is read again when
   * it has changed; a FIFO is read once.
   */
  public static final String TOKEN_FILE = "token_file";

  /**
   * Which kind of credential to use where several are set. auto takes the one that is set; if none is, the
   * official SDKs' variables and profile file, then the machine's or container's temporary keys.
   */
  public static final String CREDENTIALS = "credentials";

  /** The access key (AK) that signs requests, instead of a token. */
  public static final String ACCESS_KEY = "access_key";

  /** The secret key (SK) that belongs to access_key. */
  public static final String SECRET_KEY = "secret_key";

  /** A file that holds the secret key; read as token_file is. */
  public static final String SECRET_KEY_FILE = "secret_key_file";

  /** The security token of a temporary access key. */
  public static final String SECURITY_TOKEN = "security_token";

  /** A file that holds the security token; read as token_file is. */
  public static final String SECURITY_TOKEN_FILE = "security_token_file";

  /** The id of the project that signed requests name (X-Project-Id). */
  public static final String PROJECT_ID = "project_id";

  /**
   * The id of the account that signed requests name (X-Domain-Id). Without it and project_id it is looked up from
   * IAM once.
   */
  public static final String DOMAIN_ID = "domain_id";

  /** IAM's base URL. Without it, it is the one beside the SCM endpoint, where that is one of Huawei Cloud's own. */
  public static final String IAM_ENDPOINT = "iam_endpoint";

  /** The IAM user whose password gets a token. A HUAWEI ID account cannot: create an IAM user. */
  public static final String USER_NAME = "user_name";

  /** The IAM user's id, instead of user_name and user_domain; totp needs it. */
  public static final String USER_ID = "user_id";

  /** The IAM user's password. */
  public static final String USER_PASSWORD = "user_password";

  /** A file that holds the password; read as token_file is. */
  public static final String USER_PASSWORD_FILE = "user_password_file";

  /** The account (domain) name of the IAM user. */
  public static final String USER_DOMAIN = "user_domain";

  /** The six digits of the user's virtual MFA device, for one login. */
  public static final String TOTP = "totp";

  /** A file that holds the six digits; read as token_file is. */
  public static final String TOTP_FILE = "totp_file";

  /**
   * The project, by name or id, that the token is for. Without it and scope_domain: the region's project, else
   * user_domain.
   */
  public static final String SCOPE_PROJECT = "scope_project";

  /** The account (domain), by name or id, that the token is for; with scope_project, the account of the project. */
  public static final String SCOPE_DOMAIN = "scope_domain";

  /**
   * The profile file of the official SDKs to take an access key from; else HUAWEICLOUD_SDK_CREDENTIALS_FILE, else
   * ~/.huaweicloud/credentials.
   */
  public static final String PROFILE_FILE = "profile_file";

  /** The section of the profile file; else global, else basic. */
  public static final String PROFILE = "profile";

  /** The base URL of the ECS metadata service, which gives temporary keys. No proxy is used for it. */
  public static final String METADATA_ENDPOINT = "metadata_endpoint";

  /** How long a whole call may take, in milliseconds. */
  public static final String TIMEOUT_MS = "timeout_ms";

  /** How long one TCP connect to one address may take, in milliseconds. */
  public static final String CONNECT_TIMEOUT_MS = "connect_timeout_ms";

  /** How often a push that provably pushed nothing is tried again, within timeout_ms. */
  public static final String RETRIES = "retries";

  /**
   * The longest pause before the first retry, in milliseconds. It doubles with each; the pause is random below it.
   * After a 429 that does not say how long to wait, ten times as long.
   */
  public static final String RETRY_BASE_MS = "retry_base_ms";

  /**
   * The longest pause of all, in milliseconds. If the service asks for a longer one, its answer is returned at
   * once.
   */
  public static final String RETRY_MAX_MS = "retry_max_ms";

  /**
   * The HTTP proxy, http://[USER:PASSWORD@]HOST:PORT. Unset: HTTPS_PROXY for https, HTTP_PROXY for http (not in a
   * CGI program), but never for this machine itself. Empty: none, whatever the environment says.
   */
  public static final String PROXY = "proxy";

  /**
   * Hosts that are reached without the proxy: names with their subdomains, addresses, blocks such as 10.0.0.0/8,
   * each with or without a port, or *. Unset: NO_PROXY, for a proxy from the environment.
   */
  public static final String NO_PROXY = "no_proxy";

  /**
   * A PEM file of the only certificate authorities to trust, instead of trust. One that has expired is left out
   * with a warning.
   */
  public static final String CA_FILE = "ca_file";

  /**
   * Whose certificate authorities to trust: the system's, or Mozilla's as compiled in. Verification cannot be
   * turned off.
   */
  public static final String TRUST = "trust";

  /**
   * A PEM file of the certificate, and its chain, that the client shows to the server (mutual TLS). Needs
   * client_key_file.
   */
  public static final String CLIENT_CERT_FILE = "client_cert_file";

  /** A PEM file of the private key that belongs to client_cert_file: PKCS#8, SEC1 or PKCS#1, not encrypted. */
  public static final String CLIENT_KEY_FILE = "client_key_file";

  /** The language of the service's messages (X-Language): en-us or zh-cn. Without it they are Chinese. */
  public static final String LANGUAGE = "language";

  /** Text that is appended to certpush/VERSION in the header User-Agent, at most 256 characters. */
  public static final String USER_AGENT = "user_agent";

  /** How many connections are kept for further calls; 0 keeps none. */
  public static final String MAX_IDLE_CONNECTIONS = "max_idle_connections";

  /** How long an idle connection is kept, in milliseconds; 0 keeps none. */
  public static final String IDLE_TIMEOUT_MS = "idle_timeout_ms";

  /** How many pushes of a list are under way at the same time. */
  public static final String JOBS = "jobs";

  /** After how many failed pushes of a list no more are begun; 0: all are, however many fail. */
  public static final String MAX_FAILURES = "max_failures";

  /**
   * The file in which the client keeps what became of each push, single ones too. What it says was pushed is not
   * pushed again, and what it cannot tell is not pushed until a person has settled it. It is made if it is not
   * there, and no other client can have it meanwhile.
   */
  public static final String JOURNAL = "journal";
  // end of generated

  private Option() {}
}
