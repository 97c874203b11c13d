/* SPDX-License-Identifier: MIT OR Apache-2.0 */

/**
 * @file certpush.h
 *
 * Push an SSL certificate that Huawei Cloud's certificate manager (SCM, a part of CCM) holds to
 * the service that serves it: a load balancer (ELB), a web application firewall (WAF) or the CDN.
 *
 *     certpush_config *config = certpush_config_new();
 *     certpush_client *client = NULL;
 *     certpush_report *report = NULL;
 *
 *     if (certpush_config_load_env(config, &report) == CERTPUSH_OK &&
 *         certpush_client_new(config, &client, &report) == CERTPUSH_OK)
 *       certpush_push(client, "scs1600313391074", "ap-southeast-3", "ELB", NULL, &report);
 *     puts(certpush_report_message(report));
 *     certpush_report_free(report);
 *     certpush_client_free(client);
 *     certpush_config_free(config);
 *
 * What follows holds for every function; its own comment tells the rest.
 *
 * Did it happen?  A push is not idempotent: a repeat can fail, or leave a second copy on the
 * target. CERTPUSH_OK means that the service said it pushed the certificate. After anything else
 * certpush_report_outcome_unknown() is 1 if the certificate may have been pushed all the same,
 * and 0 if it was not. certpush_report_retryable() is 1 if a repeat is safe and may help.
 *
 * Errors.  A function that can fail returns a status: CERTPUSH_OK, which is 0, or another
 * CERTPUSH_* number. Its last parameter, report, may be NULL. If it is not, *report is overwritten
 * without a look at what was there: with a new object after every failure and after every push,
 * and after any other success with one report that says so, which all successes share and nobody
 * has to free: freeing it does nothing. So whoever reads *report after a call, whichever it was, and
 * frees it before the next reads the truth and leaves nothing behind. Other outputs are NULL or 0
 * after a failure, those of certpush_push_fields() aside. There is no last error to ask for, in no
 * thread and in no handle.
 *
 * NULL.  Any pointer may be NULL: where it cannot be used, the function returns
 * CERTPUSH_INVALID_ARGUMENT with a report that names the argument. NULL with the length 0 is the
 * empty string. An accessor on a NULL report answers so that nothing reads as a success. Every _free
 * function ignores NULL. Any other pointer must be valid: of its type, not freed, and readable or
 * writable as far as its function says.
 *
 * Ownership.  What a _new function or an output gives is the caller's, to be freed once by the
 * _free function of its type and by nothing else, while no call is using it. Nothing that is
 * passed in changes its owner, and no function keeps a pointer that it was given: arguments are
 * copied. The exceptions are the user pointers of certpush_config_set_log(),
 * certpush_config_set_token_source() and certpush_config_set_interrupt().
 *
 * Strings.  UTF-8 with a NUL at the end, in and out; never NULL when out. Functions whose names end
 * in _n, and those that take a length, need no NUL at the end and refuse one inside. What is not
 * UTF-8 is refused with CERTPUSH_INVALID_ARGUMENT, the text of a list aside. A string that a function
 * returns belongs to the object that it was read from and lives until that is freed.
 *
 * Threads.  A const pointer may be used by any number of threads at once; any other by one at a
 * time, and none may be using an object when it is freed. A call does its work on the calling
 * thread; a host name alone is looked up on a thread of certpush's own, which may outlive the call,
 * and certpush_push_all() has threads that push, which do not outlive it. All of them block all
 * signals. There is nothing to initialise, and no handle knows of another.
 *
 * pthread_cancel.  A thread that is cancelled while it is in a function of certpush ends after that
 * has returned: at its own next cancellation point, with the state and type that it had. Until
 * then cancellation is disabled, in log functions, token sources, interrupts and progress functions
 * too, which must not enable it.
 * To end a call sooner there are timeout_ms, certpush_cancel_trigger() and certpush_client_close().
 * PTHREAD_CANCEL_ASYNCHRONOUS allows a thread no call of any library, this one included.
 *
 * Environment.  These read it: certpush_config_load_env(), and certpush_config_set_options() if
 * load_env is true; certpush_client_new() and certpush_client_open(), for proxies (HTTPS_PROXY and
 * so on), credentials that the machine has (HUAWEICLOUD_SDK_*, HOME) and the system's trust
 * (SSL_CERT_FILE, SSL_CERT_DIR); certpush_push_once(), and certpush_push_fields() without a client,
 * for all of that. What pushes with a client, and certpush_client_connect(), read nothing themselves,
 * but where they look up a host name the system's resolver may (RES_OPTIONS and the like), also after
 * the call has ended.
 * As everywhere in C, no thread may change the environment meanwhile: setenv, putenv, unsetenv.
 *
 * Fork.  Parent and child may both go on using a client that was made before fork(): they never
 * share a connection. Each of them frees its own copy. A journal stays the parent's: a child needs a
 * client, and a journal, of its own.
 *
 * Signals.  certpush sets no signal handler and raises no SIGPIPE; a signal that interrupts a call
 * does not fail it. certpush_cancel_trigger() is the one function that a handler may call.
 *
 * Callbacks.  Nothing may leave a log function, a token source, an interrupt or a progress function
 * but by its return: no exception, no longjmp, no pthread_exit(). Between them and the host are frames
 * that cannot be unwound.
 *
 * Stack.  A call needs at most 96 KB of its thread's stack, whatever the answer, beside what the
 * program's own callbacks take.
 *
 * Defects.  A panic inside certpush is caught: the call returns CERTPUSH_INTERNAL, and everything
 * stays usable. certpush writes to no file descriptor that it did not open, but for one line on
 * descriptor 2 before the abort that follows: when the process is out of memory for small objects,
 * Rust says so there ("memory allocation of 64 bytes failed") and aborts it.
 *
 * Idle connections.  A client keeps connections for its next calls and looks at them only then:
 * between two calls one that the server has closed stays as it is (CLOSE_WAIT), for longer than
 * idle_timeout_ms if no call comes. The call that comes upon it closes it, as does
 * certpush_client_free(). A program that pauses for hours may set max_idle_connections to 0, which
 * keeps none.
 *
 * ABI.  Before 1.0 an incompatible change raises N in the library's name, libcertpush.so.0.N;
 * from 1.0 on functions and numbers are added, never changed. Numbers that are not in this header
 * may be returned by a later library: take an unknown status for a failure. Since 0.1.0.
 */


#ifndef CERTPUSH_H
#define CERTPUSH_H

/* Generated by `make header` from bindings/c/src. Do not edit. */

#include <stddef.h>
#include <stdint.h>

/** The version of this header; certpush_version() has the library's. Since 0.1.0. */
#define CERTPUSH_VERSION_MAJOR 0
#define CERTPUSH_VERSION_MINOR 2
#define CERTPUSH_VERSION_PATCH 0
#define CERTPUSH_VERSION_STRING "0.2.0"

/** major * 10000 + minor * 100 + patch: for comparisons. Since 0.1.0. */
#define CERTPUSH_VERSION_NUMBER \
  (CERTPUSH_VERSION_MAJOR * 10000 + CERTPUSH_VERSION_MINOR * 100 + CERTPUSH_VERSION_PATCH)

/**
 * What became of a call: the numbers that the functions return as int32_t.
 *
 * They are below 100, never change and are never reused; new ones may be added. Since 0.1.0.
 */
typedef enum {
  /**
   * The certificate was pushed, or the call did what it is for.
   */
  CERTPUSH_OK = 0,
  /**
   * An argument is missing, not UTF-8, has a NUL inside or is outside the documented limits.
   */
  CERTPUSH_INVALID_ARGUMENT = 1,
  /**
   * An option is unknown, has an unreadable value, names a file that cannot be read, or excludes
   * another.
   */
  CERTPUSH_INVALID_CONFIG = 2,
  /**
   * No credentials were given and none were found.
   */
  CERTPUSH_NO_CREDENTIALS = 3,
  /**
   * IAM or the metadata service refused the credentials.
   */
  CERTPUSH_CREDENTIALS_REFUSED = 4,
  /**
   * IAM or the metadata service could not be reached or understood.
   */
  CERTPUSH_CREDENTIALS_UNAVAILABLE = 5,
  /**
   * The host name could not be resolved.
   */
  CERTPUSH_RESOLVE = 10,
  /**
   * No TCP connection could be made.
   */
  CERTPUSH_CONNECT = 11,
  /**
   * The TLS handshake failed or a certificate was refused.
   */
  CERTPUSH_TLS = 12,
  /**
   * The proxy refused or failed.
   */
  CERTPUSH_PROXY = 13,
  /**
   * The time allowed ran out.
   */
  CERTPUSH_TIMEOUT = 14,
  /**
   * The connection was closed or reset.
   */
  CERTPUSH_CONNECTION_LOST = 15,
  /**
   * The answer is none that the API defines, or breaks a limit.
   */
  CERTPUSH_UNEXPECTED_RESPONSE = 16,
  /**
   * The caller cancelled the call.
   */
  CERTPUSH_CANCELLED = 17,
  /**
   * The service answered 400.
   */
  CERTPUSH_BAD_REQUEST = 20,
  /**
   * The service answered 401.
   */
  CERTPUSH_UNAUTHORIZED = 21,
  /**
   * The service answered 403.
   */
  CERTPUSH_FORBIDDEN = 22,
  /**
   * The service answered 404.
   */
  CERTPUSH_NOT_FOUND = 23,
  /**
   * The service answered 429.
   */
  CERTPUSH_THROTTLED = 24,
  /**
   * The service answered another 4xx.
   */
  CERTPUSH_REJECTED = 25,
  /**
   * The service answered 5xx.
   */
  CERTPUSH_SERVER_ERROR = 26,
  /**
   * The service reports that one target of a batch failed.
   */
  CERTPUSH_TARGET_REFUSED = 27,
  /**
   * An earlier push has begun, as the journal says, and nobody knows whether it was made; nothing
   * was sent now.
   */
  CERTPUSH_UNSETTLED = 28,
  /**
   * The run of many pushes was stopped before this one; nothing was sent.
   */
  CERTPUSH_NOT_TRIED = 29,
  /**
   * At least one target of a batch, or of a list, was not pushed.
   */
  CERTPUSH_INCOMPLETE = 30,
  /**
   * A defect in certpush was caught, or there was too little memory.
   */
  CERTPUSH_INTERNAL = 99,
} certpush_status;

/**
 * How much a log line matters. Since 0.1.0.
 */
typedef enum {
  /**
   * A push that succeeded.
   */
  CERTPUSH_LOG_INFO = 1,
  /**
   * Something to look at, though the call went on.
   */
  CERTPUSH_LOG_WARNING = 2,
  /**
   * A push that failed.
   */
  CERTPUSH_LOG_ERROR = 3,
} certpush_log_level;

/**
 * Stops calls: made by certpush_cancel_new(), freed by certpush_cancel_free(). It works once: after
 * certpush_cancel_trigger() every call that was or is given it returns CERTPUSH_CANCELLED.
 */
typedef struct certpush_cancel certpush_cancel;

/**
 * Pushes certificates to one endpoint with one credential: made by certpush_client_new() or
 * certpush_client_open(), freed by certpush_client_free(). It never changes, and any number of
 * threads may share it.
 */
typedef struct certpush_client certpush_client;

/**
 * Options for clients: made by certpush_config_new(), freed by certpush_config_free().
 */
typedef struct certpush_config certpush_config;

/**
 * Certificates to push, and where to, for certpush_push_all(): made by certpush_push_list_new(), freed
 * by certpush_push_list_free(). Every entry is within the documented limits, and none is there twice.
 */
typedef struct certpush_push_list certpush_push_list;

/**
 * What is known of one call: handed out by the functions with an output named report, freed by
 * certpush_report_free(). It never changes. It never holds a secret, and what the service said in
 * it has its control characters escaped.
 */
typedef struct certpush_report certpush_report;

/**
 * A report for each target of a call, in the order asked for: handed out by certpush_batch_push() and
 * certpush_push_all() and their like, freed by certpush_report_list_free(). It never changes.
 */
typedef struct certpush_report_list certpush_report_list;

/**
 * The question that a token source is asked, and where it puts its answer: made by certpush, and
 * gone when the source returns.
 */
typedef struct certpush_token_request certpush_token_request;

/**
 * What gets a line for each push and each warning: user is the pointer given with the function,
 * level a CERTPUSH_LOG_* number, and line one line without a line end that lives until the
 * function returns. No line ever holds a secret.
 *
 * It is called on the thread that makes the call, so by several threads at once if several use
 * the client. It must return: no longjmp, no C++ exception and no pthread_exit() may leave it, and
 * pthread_cancel() waits for it. It may call certpush, but not free the client. Since 0.1.0.
 */
typedef void (*certpush_log_fn)(void *user, int32_t level, const char *line);

/**
 * What is asked for a token: user is the pointer given with the function. It answers with
 * certpush_token_request_give() or certpush_token_request_fail() before it returns. If it does
 * neither, it has failed.
 *
 * It is called on the thread that makes the call, so by several threads at once if several use
 * the client. The call's time runs meanwhile, but nothing interrupts the function: it must return
 * by itself; no longjmp, no C++ exception and no pthread_exit() may leave it, and pthread_cancel()
 * waits for it. It may call certpush, but not free the client. Since 0.1.0.
 */
typedef void (*certpush_token_fn)(void *user, certpush_token_request *request);

/**
 * What is asked whether a call shall go on: user is the pointer given with the function. 0 says
 * yes; anything else ends the call with CERTPUSH_CANCELLED, and the report tells whether the
 * certificate may have been pushed. There a language runs what it has put off, such as its handlers
 * of signals: Ctrl-C in Perl, PHP, R, Tcl or Python's ctypes.
 *
 * It is asked on the thread that makes the call, so by several threads at once if several use the
 * client: at least every 50 ms while the call waits, be it for a name, a connection, an answer,
 * the time of the next attempt or, while a client is made, a FIFO; and at once when a signal has
 * interrupted such a wait. A call that is over sooner may not ask it at all, nor is it asked while
 * a token source or a log function runs. Its own time is a part of the call's.
 *
 * It must return: no longjmp, no C++ exception and no pthread_exit() may leave it, and
 * pthread_cancel() waits for it. What it has to raise it keeps, returns 1, and has raised when the
 * call has returned. It may call certpush, but not free the client or the config of the call. A
 * call that it makes on the same client asks it, too: it must answer such a question without
 * another call. Since 0.2.0.
 */
typedef int32_t (*certpush_interrupt_fn)(void *user);

/**
 * What is told of each entry when it has ended: user is the pointer given with the function, index the
 * entry's place in the list, counted from 0, and report what became of it, which belongs to certpush and
 * lives until the function returns; certpush_report_copy() makes one that lives longer. Entries end in
 * any order. 0 says to go on; after anything else no more is begun, as certpush_push_all() says.
 *
 * It is called on the thread that has called certpush_push_all(), for one entry at a time; pushes that
 * are under way go on meanwhile. It must return: no longjmp, no C++ exception and no pthread_exit() may
 * leave it, and pthread_cancel() waits for it. It may call certpush, but neither free the client nor
 * free or change the list. Since 0.2.0.
 */
typedef int32_t (*certpush_progress_fn)(void *user, size_t index, const certpush_report *report);

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * The version of the library that runs, such as "0.2.0". Compare it with CERTPUSH_VERSION_STRING
 * to learn whether the program was built with the same one.
 *
 * Threads: any. Since 0.1.0.
 */
const char *certpush_version(void);

/**
 * The version of the library that runs, as major * 10000 + minor * 100 + patch: for comparisons.
 *
 * Threads: any. Since 0.1.0.
 */
int32_t certpush_version_number(void);

/**
 * The name of a status, such as "CERTPUSH_TIMEOUT"; "unknown status" for a number that is none.
 * Never NULL. It lives as long as the process.
 *
 * Threads: any. Since 0.1.0.
 */
const char *certpush_status_name(int32_t status);

/**
 * What a status means, in one sentence without a final stop; "unknown status" for a number that
 * is none. Never NULL. It lives as long as the process. For what happened in one call see
 * certpush_report_message().
 *
 * Threads: any. Since 0.1.0.
 */
const char *certpush_status_message(int32_t status);

/**
 * A config in which every option has its default. Free it with certpush_config_free().
 *
 * Threads: any. Since 0.1.0.
 */
certpush_config *certpush_config_new(void);

/**
 * A config of its own with the same options and the same functions to call, for clients that differ
 * in a few. Free it with certpush_config_free(). NULL if config is NULL.
 *
 * Threads: any; none may change the config meanwhile. Since 0.2.0.
 */
certpush_config *certpush_config_copy(const certpush_config *config);

/**
 * Sets an option, such as "region", "token_file" or "timeout_ms", to a value written as text.
 * Both are copied; a token is wiped from certpush's memory when the config, its copies and its
 * clients are freed. A value set here counts more than one from the environment, whatever the order
 * of the calls.
 *
 * Returns CERTPUSH_OK; CERTPUSH_INVALID_CONFIG for an unknown key or a value that the option does
 * not take; CERTPUSH_INVALID_ARGUMENT for NULL, for text that is not UTF-8 and for a token outside
 * its limits. After a failure the option keeps the value that it had.
 *
 * Threads: one at a time for one config. Since 0.1.0.
 */
int32_t certpush_config_set(certpush_config *config,
                            const char *key,
                            const char *value,
                            certpush_report **report);

/**
 * As certpush_config_set(), for strings that have a length and need not end with a NUL. A NUL
 * inside one is refused. NULL with the length 0 is "".
 *
 * Threads: one at a time for one config. Since 0.2.0.
 */
int32_t certpush_config_set_n(certpush_config *config,
                              const char *key,
                              size_t key_length,
                              const char *value,
                              size_t value_length,
                              certpush_report **report);

/**
 * As certpush_config_set(), for languages whose texts are fields of fixed width, such as COBOL and
 * Fortran: nothing is read past a length, and blanks and NULs at a field's end do not count. A
 * value that ends with a blank has to be set by certpush_config_set_n().
 *
 * Returns what certpush_config_set() returns; CERTPUSH_INVALID_ARGUMENT for a negative length.
 *
 * Threads: one at a time for one config. Since 0.2.0.
 */
int32_t certpush_config_set_fields(certpush_config *config,
                                   const char *key,
                                   int32_t key_length,
                                   const char *value,
                                   int32_t value_length,
                                   certpush_report **report);

/**
 * Sets options from one text of so many bytes: a JSON object if its first byte is '{', such as
 * {"region":"ap-southeast-1","timeout_ms":30000}, else lines KEY=VALUE. Each counts as if
 * certpush_config_set() had set it. NULL with the length 0 is "", which sets nothing.
 *
 * A line ends with LF or CRLF and is split at its first '='; nothing is trimmed, unquoted or taken
 * for a comment, and an empty line says nothing. In JSON a value is a text, a whole number, true or
 * false. The key load_env with true reads the environment, too, as certpush_config_load_env()
 * does. A byte order mark before it all is dropped. Whoever makes the text of values that may hold
 * a line end makes JSON, or sets each by certpush_config_set_n().
 *
 * Returns CERTPUSH_OK; CERTPUSH_INVALID_CONFIG for text that is neither, and for a key that is no
 * option's or stands there twice or with the one that it excludes (token and token_file); what
 * certpush_config_set() and certpush_config_load_env() return. The message names the line, and the
 * key if it is an option's or could be, and never shows a value. After a failure the config is as
 * it was before.
 *
 * Threads: one at a time for one config; none may change the environment meanwhile if load_env is
 * true. Since 0.2.0.
 */
int32_t certpush_config_set_options(certpush_config *config,
                                    const char *options,
                                    size_t length,
                                    certpush_report **report);

/**
 * Reads the options from the environment: CERTPUSH_REGION, CERTPUSH_TOKEN_FILE,
 * CERTPUSH_TIMEOUT_MS and so on, each named like its option. Empty variables count as unset, and
 * a setuid or setgid program reads none. What certpush_config_set() sets counts more.
 *
 * A name that is an option's but for its underscores, its case or _MS (CERTPUSH_TIMEOUT) is
 * CERTPUSH_INVALID_CONFIG, and so is a variable that is not UTF-8. Other CERTPUSH_ names that are
 * no option's are told by certpush_client_describe() and the log.
 *
 * Returns CERTPUSH_OK, or what certpush_config_set() returns for a bad value; the message names
 * the variable, and none of them counts.
 *
 * Threads: one at a time for one config, and none may change the environment meanwhile.
 * Since 0.1.0.
 */
int32_t certpush_config_load_env(certpush_config *config, certpush_report **report);

/**
 * Has log called with user and a line for each push and each warning of the clients that are made
 * from this config. NULL as log: no lines, which is the default.
 *
 * user is never looked at and may be NULL. It must be usable until config, its copies and all their
 * clients are freed.
 *
 * Returns CERTPUSH_OK, or CERTPUSH_INVALID_ARGUMENT if config is NULL.
 *
 * Threads: one at a time for one config. Since 0.1.0.
 */
int32_t certpush_config_set_log(certpush_config *config,
                                certpush_log_fn log,
                                void *user,
                                certpush_report **report);

/**
 * Has source asked for the token of each push of the clients that are made from this config,
 * instead of any credential among the options: with user, on the thread that makes the call, and
 * once more when the service says that the token must be renewed. NULL as source: none, which is
 * the default. No call can stop it: give it a time limit of its own. If it takes longer than the
 * call may, that ends with CERTPUSH_TIMEOUT in the phase "credentials" once it returns.
 *
 * user is never looked at and may be NULL. It must be usable until config, its copies and all their
 * clients are freed.
 *
 * Returns CERTPUSH_OK, or CERTPUSH_INVALID_ARGUMENT if config is NULL. A source and another
 * credential exclude each other: certpush_client_new() says so.
 *
 * Threads: one at a time for one config. Since 0.1.0.
 */
int32_t certpush_config_set_token_source(certpush_config *config,
                                         certpush_token_fn source,
                                         void *user,
                                         certpush_report **report);

/**
 * Has check asked, with user, whether a call shall go on: every call of the clients that are made
 * from this config, and the making of one. NULL as check: none is asked, which is the default.
 *
 * user is never looked at and may be NULL. It must be usable until config, its copies and all their
 * clients are freed.
 *
 * Returns CERTPUSH_OK, or CERTPUSH_INVALID_ARGUMENT if config is NULL.
 *
 * Threads: one at a time for one config. Since 0.2.0.
 */
int32_t certpush_config_set_interrupt(certpush_config *config,
                                      certpush_interrupt_fn check,
                                      void *user,
                                      certpush_report **report);

/**
 * Frees a config. Clients that were made from it do not need it. NULL is ignored.
 *
 * Threads: one, and no other call may be using the config. Since 0.1.0.
 */
void certpush_config_free(certpush_config *config);

/**
 * Answers with a token, of so many bytes: it need not end with a NUL. It is copied at once, so the
 * caller may wipe it, and certpush wipes its copy. The last answer counts. NULL as request is
 * ignored; NULL as token is no answer.
 *
 * Threads: the one that the source runs on. Since 0.1.0.
 */
void certpush_token_request_give(certpush_token_request *request, const char *token, size_t length);

/**
 * Answers that there is no token, and why, in a line that may be shown and logged: the push
 * returns CERTPUSH_CREDENTIALS_UNAVAILABLE with it in its message, after as many further tries as
 * the option retries allows. It is copied at once. The last answer counts. NULL as request is
 * ignored; NULL as message gives no reason.
 *
 * Threads: the one that the source runs on. Since 0.1.0.
 */
void certpush_token_request_fail(certpush_token_request *request, const char *message);

/**
 * Makes a client from a config, which is only read and may be freed or changed afterwards. Reads
 * the files that the options name; sends nothing. *client is set to the new client, or to NULL
 * after a failure. Free it with certpush_client_free().
 *
 * Returns CERTPUSH_OK; CERTPUSH_INVALID_CONFIG for options that are missing or exclude each other
 * and for files that cannot be read; CERTPUSH_TIMEOUT if a FIFO among them has not come to its end
 * within timeout_ms, CERTPUSH_CANCELLED if the config's interrupt has ended that;
 * CERTPUSH_NO_CREDENTIALS, unless the machine may have some of its own, for
 * which only a call looks; CERTPUSH_INVALID_ARGUMENT if config or client is NULL or a token file
 * holds no token.
 *
 * Threads: any; none may change the config meanwhile. Since 0.1.0.
 */
int32_t certpush_client_new(const certpush_config *config,
                            certpush_client **client,
                            certpush_report **report);

/**
 * Makes a client from one text of options, of so many bytes: certpush_config_new(),
 * certpush_config_set_options(), certpush_client_new() and certpush_config_free() in one call.
 * *client is set to the new client, or to NULL after a failure. Free it with
 * certpush_client_free().
 *
 * Returns what those return.
 *
 * Threads: any; none may change the environment meanwhile. Since 0.2.0.
 */
int32_t certpush_client_open(const char *options,
                             size_t length,
                             certpush_client **client,
                             certpush_report **report);

/**
 * Makes a connection, TLS handshake included, and keeps it for the next push. Sends no request.
 * Use it to test the options at a program's start, or to have the first push go out sooner.
 * cancel may be NULL.
 *
 * Returns CERTPUSH_OK, or what certpush_push() returns up to the handshake. Nothing is ever
 * pushed: certpush_report_outcome_unknown() is 0.
 *
 * Threads: any number at once. Since 0.1.0.
 */
int32_t certpush_client_connect(const certpush_client *client,
                                const certpush_cancel *cancel,
                                certpush_report **report);

/**
 * As certpush_client_connect(), with a time limit of its own for the whole call: timeout_ms is
 * within the range of the option timeout_ms, or 0 for the client's.
 *
 * Threads: any number at once. Since 0.2.0.
 */
int32_t certpush_client_connect_within(const certpush_client *client,
                                       int64_t timeout_ms,
                                       const certpush_cancel *cancel,
                                       certpush_report **report);

/**
 * What the client is: endpoint, credentials and where they came from, trust and time limits, one
 * item on each line. Secrets are not in it. "" if client is NULL. It lives until the client is
 * freed.
 *
 * Threads: any number at once. Since 0.1.0.
 */
const char *certpush_client_describe(const certpush_client *client);

/**
 * Ends the client's running calls and refuses later ones: they return CERTPUSH_CANCELLED, running
 * ones within 100 ms. The client still has to be freed. NULL is ignored.
 *
 * Threads: any, while others use the client. Since 0.1.0.
 */
void certpush_client_close(const certpush_client *client);

/**
 * Frees a client and closes its idle connections. NULL is ignored.
 *
 * Threads: one, when no call on the client is running: certpush_client_close() ends them, but
 * they must have returned. Since 0.1.0.
 */
void certpush_client_free(certpush_client *client);

/**
 * Pushes the certificate that SCM holds as certificate_id to target_service in target_project,
 * and waits for the answer.
 *
 * certificate_id has 16 ASCII letters or digits. target_project is a project's name, such as the
 * region "ap-southeast-3"; NULL is the same as "", which only the CDN allows. target_service is
 * "ELB", "WAF" or "CDN"; any other is sent as given, for the service to judge. cancel may be NULL.
 *
 * Returns CERTPUSH_OK if, and only if, the service said that the certificate was pushed. After
 * anything else certpush_report_outcome_unknown() tells whether it may have been pushed all the
 * same: a push is not idempotent, so do not repeat it unless certpush_report_retryable() is 1.
 * *report is set to an object after success and failure alike; free it with
 * certpush_report_free().
 *
 * A client with a journal keeps the push there. What that has as pushed is CERTPUSH_OK, with
 * certpush_report_attempts() 0 and the date in the message, and what it has as begun, and nobody knows
 * how it ended, is CERTPUSH_UNSETTLED: nothing is sent then.
 *
 * The call ends within the option timeout_ms, whatever the other side does.
 *
 * Threads: any number at once. Since 0.1.0.
 */
int32_t certpush_push(const certpush_client *client,
                      const char *certificate_id,
                      const char *target_project,
                      const char *target_service,
                      const certpush_cancel *cancel,
                      certpush_report **report);

/**
 * As certpush_push(), for strings that have a length and need not end with a NUL, as in languages
 * other than C. A NUL inside one is refused, not taken for its end. NULL with the length 0 is "".
 *
 * timeout_ms is how long this call may take as a whole, within the range of the option timeout_ms;
 * 0 is the client's. cancel may be NULL.
 *
 * Threads: any number at once. Since 0.1.0.
 */
int32_t certpush_push_n(const certpush_client *client,
                        const char *certificate_id,
                        size_t certificate_id_length,
                        const char *target_project,
                        size_t target_project_length,
                        const char *target_service,
                        size_t target_service_length,
                        int64_t timeout_ms,
                        const certpush_cancel *cancel,
                        certpush_report **report);

/**
 * As certpush_push_n(), but pushes once more what the client's journal has as pushed: a push is not
 * idempotent, and most targets then have a second copy. What the journal does not know the end of is
 * CERTPUSH_UNSETTLED even so. Without a journal it is the same as certpush_push_n().
 *
 * Threads: any number at once. Since 0.2.0.
 */
int32_t certpush_push_again_n(const certpush_client *client,
                              const char *certificate_id,
                              size_t certificate_id_length,
                              const char *target_project,
                              size_t target_project_length,
                              const char *target_service,
                              size_t target_service_length,
                              int64_t timeout_ms,
                              const certpush_cancel *cancel,
                              certpush_report **report);

/**
 * Pushes a certificate to one service in 1 to 10 projects by one request, and waits for the answer.
 *
 * target_projects are their names with commas between, such as "ap-southeast-1,ap-southeast-3", each
 * once and of 1 to 32 characters, without blanks around them. The rest is as for certpush_push().
 *
 * Returns CERTPUSH_OK if the certificate was pushed to every project, CERTPUSH_INCOMPLETE if the
 * service told that it was not, or did not plainly tell that it was. After either *list has a report
 * for each project, in the order asked for, whose status is CERTPUSH_OK with the id that the
 * certificate has there; CERTPUSH_TARGET_REFUSED, after which certpush_report_outcome_unknown()
 * tells whether it may have been pushed all the same; or CERTPUSH_UNEXPECTED_RESPONSE where the
 * answer does not plainly tell of the project, which may have got it. Free the list with
 * certpush_report_list_free(). list may be NULL.
 *
 * Returns what certpush_push() returns for everything that fails as a whole: *list is NULL then, and
 * what *report says of the outcome holds for every project. So one time-out, one lost connection
 * leaves all of them unknown, while of pushes to one project each it leaves one.
 *
 * *report is about the whole; it is set to an object after success and failure alike. It is
 * outcome_unknown if a report in the list is.
 *
 * Threads: any number at once. Since 0.2.0.
 */
int32_t certpush_batch_push(const certpush_client *client,
                            const char *certificate_id,
                            const char *target_projects,
                            const char *target_service,
                            const certpush_cancel *cancel,
                            certpush_report_list **list,
                            certpush_report **report);

/**
 * As certpush_batch_push(), for strings that have a length and need not end with a NUL. A NUL inside
 * one is refused, not taken for its end. NULL with the length 0 is "".
 *
 * timeout_ms is how long this call may take as a whole, within the range of the option timeout_ms;
 * 0 is the client's. cancel and list may be NULL.
 *
 * Threads: any number at once. Since 0.2.0.
 */
int32_t certpush_batch_push_n(const certpush_client *client,
                              const char *certificate_id,
                              size_t certificate_id_length,
                              const char *target_projects,
                              size_t target_projects_length,
                              const char *target_service,
                              size_t target_service_length,
                              int64_t timeout_ms,
                              const certpush_cancel *cancel,
                              certpush_report_list **list,
                              certpush_report **report);

/**
 * As certpush_batch_push(), for languages whose texts are fields of fixed width: nothing is read past
 * a length, blanks and NULs at a field's end do not count, and NULL is an empty field. A negative
 * length is refused with CERTPUSH_INVALID_ARGUMENT.
 *
 * timeout_ms is how long this call may take as a whole, within the range of the option timeout_ms;
 * 0 is the client's. list may be NULL.
 *
 * Threads: any number at once. Since 0.2.0.
 */
int32_t certpush_batch_push_fields(const certpush_client *client,
                                   const char *certificate_id,
                                   int32_t certificate_id_length,
                                   const char *target_projects,
                                   int32_t target_projects_length,
                                   const char *target_service,
                                   int32_t target_service_length,
                                   int32_t timeout_ms,
                                   certpush_report_list **list,
                                   certpush_report **report);

/**
 * One push without a client of one's own: as certpush_push() on a client that is made for this
 * call, with the options from the environment as certpush_config_load_env() reads them. endpoint
 * and token, if they are not NULL, count more than the environment's.
 *
 * It makes a connection of its own each time: for more than a few pushes make a client. A password
 * as credential is refused with CERTPUSH_INVALID_CONFIG: each call would log in anew, and a loop of
 * them would lock the account.
 *
 * Returns what certpush_client_new() and certpush_push() return. *report is set to an object after
 * success and failure alike.
 *
 * Threads: any number at once; none may change the environment meanwhile. Since 0.1.0.
 */
int32_t certpush_push_once(const char *endpoint,
                           const char *token,
                           const char *certificate_id,
                           const char *target_project,
                           const char *target_service,
                           certpush_report **report);

/**
 * One push for languages whose texts are fields of fixed width, such as COBOL and Fortran: each
 * text is a pointer and a length, nothing is read or written past the length, and blanks and NULs
 * at a field's end do not count.
 *
 * With a client it is as certpush_push(); with NULL, as certpush_push_once() with everything from
 * the environment. certificate_id, target_project and target_service are as there; NULL is an
 * empty field. timeout_ms is how long this call may take as a whole, within the range of the
 * option timeout_ms; 0 is what the options say.
 *
 * The outputs are written after success and failure alike, and each may be NULL:
 * *outcome_unknown is 1 if the certificate may have been pushed although the call failed, else 0,
 * and 1 from the call's first moment on; *http_status is the HTTP status of the answer, 0 if there
 * was none; the fields service_code, request_id and message are filled with blanks, and what does
 * not fit is cut between two characters of UTF-8. *report is set to an object;
 * certpush_report_copy_field() reads all that it says, and certpush_report_free() frees it.
 *
 * Returns the status; CERTPUSH_INVALID_ARGUMENT for a negative length or time, before anything is
 * sent.
 *
 * Threads: any number at once, each with outputs of its own. Since 0.2.0.
 */
int32_t certpush_push_fields(const certpush_client *client,
                             const char *certificate_id,
                             int32_t certificate_id_length,
                             const char *target_project,
                             int32_t target_project_length,
                             const char *target_service,
                             int32_t target_service_length,
                             int32_t timeout_ms,
                             int32_t *outcome_unknown,
                             int32_t *http_status,
                             char *service_code,
                             int32_t service_code_length,
                             char *request_id,
                             int32_t request_id_length,
                             char *message,
                             int32_t message_length,
                             certpush_report **report);

/**
 * A list without entries. Free it with certpush_push_list_free().
 *
 * Threads: any. Since 0.2.0.
 */
certpush_push_list *certpush_push_list_new(void);

/**
 * Adds one entry to the end of a list; the texts are as for certpush_push().
 *
 * Returns CERTPUSH_OK; CERTPUSH_INVALID_ARGUMENT for what is outside the documented limits, has
 * blanks around it, or is in the list already, whatever the letter case of the service. The list
 * stays as it was then.
 *
 * Threads: one, when no other uses the list. Since 0.2.0.
 */
int32_t certpush_push_list_add(certpush_push_list *list,
                               const char *certificate_id,
                               const char *target_project,
                               const char *target_service,
                               certpush_report **report);

/**
 * As certpush_push_list_add(), for strings that have a length and need not end with a NUL. A NUL
 * inside one is refused, not taken for its end. NULL with the length 0 is "".
 *
 * Threads: one, when no other uses the list. Since 0.2.0.
 */
int32_t certpush_push_list_add_n(certpush_push_list *list,
                                 const char *certificate_id,
                                 size_t certificate_id_length,
                                 const char *target_project,
                                 size_t target_project_length,
                                 const char *target_service,
                                 size_t target_service_length,
                                 certpush_report **report);

/**
 * As certpush_push_list_add(), for fields of fixed width: nothing is read past a length, blanks and
 * NULs at a field's end do not count, and NULL is an empty field. A negative length is refused with
 * CERTPUSH_INVALID_ARGUMENT.
 *
 * Threads: one, when no other uses the list. Since 0.2.0.
 */
int32_t certpush_push_list_add_fields(certpush_push_list *list,
                                      const char *certificate_id,
                                      int32_t certificate_id_length,
                                      const char *target_project,
                                      int32_t target_project_length,
                                      const char *target_service,
                                      int32_t target_service_length,
                                      certpush_report **report);

/**
 * Adds all entries of a text of so many bytes, such as a file's content: CSV whose first line is
 * "certificate_id,target_project,target_service", the columns in any order, or JSON Lines, objects of
 * exactly these three members. It is UTF-8, with or without a byte order mark; LF or CRLF ends a line,
 * and empty lines are passed over.
 *
 * The text is checked as a whole before any of it is taken. Returns CERTPUSH_OK;
 * CERTPUSH_INVALID_CONFIG with a message that names the first faults by their lines: a column or
 * member that is unknown, missing or there twice, a value that certpush_push_list_add() would refuse,
 * an entry that is there twice, no entry at all, what is not UTF-8. The list stays as it was then.
 *
 * Threads: one, when no other uses the list. Since 0.2.0.
 */
int32_t certpush_push_list_read_n(certpush_push_list *list,
                                  const char *text,
                                  size_t length,
                                  certpush_report **report);

/**
 * How many entries there are.
 *
 * 0 if list is NULL. Threads: any number at once. Since 0.2.0.
 */
size_t certpush_push_list_count(const certpush_push_list *list);

/**
 * Frees a list. NULL is ignored.
 *
 * Threads: one, when no other uses the list. Since 0.2.0.
 */
void certpush_push_list_free(certpush_push_list *list);

/**
 * Pushes all entries of a list, one request each, as many at the same time as the option jobs says, and
 * waits for all of them. Every entry's outcome is kept, whatever happens to the others.
 *
 * timeout_ms is how long the run may take as a whole: what would hardly end in the time that is left is
 * not begun. 0 is no limit; each push has the client's timeout_ms in any case. progress, which may be
 * NULL, is told of each entry when it has ended, with user, which certpush never looks at. cancel
 * and reports may be NULL. The list is only read: it may be used by several runs at once, and be changed
 * or freed afterwards.
 *
 * Returns CERTPUSH_OK if every entry is pushed, now or, as the client's journal has it, earlier, also if
 * there is none, whose outcome is "not_pushed"; CERTPUSH_INCOMPLETE if at least one is not. After either
 * *reports has a report for each entry, in the order of the list, each as certpush_push() would give it.
 * Free it with certpush_report_list_free(). Besides, the status of an entry may be
 *
 * - CERTPUSH_OK with certpush_report_attempts() 0: the journal has it as pushed, and the message has the
 *   date. Nothing was sent now.
 * - CERTPUSH_UNSETTLED: the journal has it as begun, and nobody knows whether it was pushed. Nothing was
 *   sent now; certpush_journal_settle() is for that.
 * - CERTPUSH_NOT_TRIED: the run was stopped before it, and the message says by what.
 *
 * Returns anything else if the run could not be started: nothing was sent, and *reports is NULL; so
 * CERTPUSH_INVALID_ARGUMENT for NULL as client or list and for a negative time. Only after
 * CERTPUSH_INTERNAL may entries have been pushed: certpush_report_outcome_unknown() tells.
 *
 * *report is about the whole, and its message counts; it is set to an object after success and failure
 * alike. certpush_report_outcome_unknown() of it is 1 if a report in the list has that.
 *
 * A run begins no more when the credentials are refused, for five failures lock an account; when ten
 * pushes in a row have no answer of the service; when as many have failed as the option max_failures
 * says; when the service asks for a longer pause than retry_max_ms; when the journal cannot be kept; when
 * the time is up, or progress says so. What is under way comes to its end then, and the rest is
 * CERTPUSH_NOT_TRIED. A cancel, the config's interrupt and certpush_client_close() end what is under way
 * within 100 ms, too.
 *
 * The calling thread makes no push: it waits, and calls progress, interrupt, log and token source for the
 * threads that do, one at a time. Those block all signals, and are gone when this returns. A child that
 * is forked while they run has none of them: to it, what has not ended is lost.
 *
 * Threads: any number at once. Since 0.2.0.
 */
int32_t certpush_push_all(const certpush_client *client,
                          const certpush_push_list *list,
                          int64_t timeout_ms,
                          certpush_progress_fn progress,
                          void *user,
                          const certpush_cancel *cancel,
                          certpush_report_list **reports,
                          certpush_report **report);

/**
 * As certpush_push_all(), but pushes once more what the client's journal has as pushed: a push is not
 * idempotent, and most targets then have a second copy. What the journal does not know the end of is
 * CERTPUSH_UNSETTLED even so. Without a journal it is the same as certpush_push_all().
 *
 * Threads: any number at once. Since 0.2.0.
 */
int32_t certpush_push_all_again(const certpush_client *client,
                                const certpush_push_list *list,
                                int64_t timeout_ms,
                                certpush_progress_fn progress,
                                void *user,
                                const certpush_cancel *cancel,
                                certpush_report_list **reports,
                                certpush_report **report);

/**
 * Writes into a journal, the file that the option journal names, what a person, or a look at the
 * target, has found out about a push of which nobody knew whether it was made (CERTPUSH_UNSETTLED):
 * that it was pushed, 1, or that it was not, 0.
 *
 * A later run tells of it as pushed, or sends it. What was settled may be settled again: the last word
 * counts. When this returns it is on the disk.
 *
 * certificate_id, target_project and target_service are as for certpush_push(). The client that has the
 * journal must have been freed.
 *
 * Returns CERTPUSH_OK; CERTPUSH_INVALID_ARGUMENT for arguments outside the documented limits, for an empty
 * name of a journal and for any other number as pushed; CERTPUSH_INVALID_CONFIG if the file is no
 * journal, cannot be read or written, is in use by a client or another call, or knows of no such push
 * that is to be settled: one that it has as pushed can only be settled as pushed, which changes nothing.
 * The journal stays as it was then.
 *
 * Threads: any number at once, but one at a time for one journal. Since 0.2.0.
 */
int32_t certpush_journal_settle(const char *journal,
                                const char *certificate_id,
                                const char *target_project,
                                const char *target_service,
                                int32_t pushed,
                                certpush_report **report);

/**
 * As certpush_journal_settle(), for strings that have a length and need not end with a NUL. A NUL
 * inside one is refused, not taken for its end. NULL with the length 0 is "".
 *
 * Threads: any number at once, but one at a time for one journal. Since 0.2.0.
 */
int32_t certpush_journal_settle_n(const char *journal,
                                  size_t journal_length,
                                  const char *certificate_id,
                                  size_t certificate_id_length,
                                  const char *target_project,
                                  size_t target_project_length,
                                  const char *target_service,
                                  size_t target_service_length,
                                  int32_t pushed,
                                  certpush_report **report);

/**
 * As certpush_journal_settle(), for fields of fixed width: nothing is read past a length, blanks and
 * NULs at a field's end do not count, and NULL is an empty field. A negative length is refused with
 * CERTPUSH_INVALID_ARGUMENT.
 *
 * Threads: any number at once, but one at a time for one journal. Since 0.2.0.
 */
int32_t certpush_journal_settle_fields(const char *journal,
                                       int32_t journal_length,
                                       const char *certificate_id,
                                       int32_t certificate_id_length,
                                       const char *target_project,
                                       int32_t target_project_length,
                                       const char *target_service,
                                       int32_t target_service_length,
                                       int32_t pushed,
                                       certpush_report **report);

/**
 * What a journal, the file that the option journal names, does not know the end of: the pushes that are
 * to be settled, certpush_journal_settle(), each with the report CERTPUSH_UNSETTLED that a run gives it.
 * The oldest comes first; services are in capitals.
 *
 * list may be NULL; *list is NULL after a failure, and empty if there is nothing to settle. Free it
 * with certpush_report_list_free(). The client that has the journal must have been freed: what it has under
 * way nobody can tell yet.
 *
 * Returns CERTPUSH_OK; CERTPUSH_INVALID_ARGUMENT for NULL, for an empty name and for what is not UTF-8;
 * CERTPUSH_INVALID_CONFIG if the file is no journal, cannot be read or written, or is in use by a client or
 * another call.
 *
 * Threads: any number at once, but one at a time for one journal. Since 0.2.0.
 */
int32_t certpush_journal_unsettled(const char *journal,
                                   certpush_report_list **list,
                                   certpush_report **report);

/**
 * As certpush_journal_unsettled(), for a string that has a length and need not end with a NUL. A NUL
 * inside is refused, not taken for its end. NULL with the length 0 is "".
 *
 * Threads: any number at once, but one at a time for one journal. Since 0.2.0.
 */
int32_t certpush_journal_unsettled_n(const char *journal,
                                     size_t journal_length,
                                     certpush_report_list **list,
                                     certpush_report **report);

/**
 * As certpush_journal_unsettled(), for a field of fixed width: nothing is read past the length, blanks
 * and NULs at the field's end do not count, and NULL is an empty field. A negative length is refused with
 * CERTPUSH_INVALID_ARGUMENT.
 *
 * Threads: any number at once, but one at a time for one journal. Since 0.2.0.
 */
int32_t certpush_journal_unsettled_fields(const char *journal,
                                          int32_t journal_length,
                                          certpush_report_list **list,
                                          certpush_report **report);

/**
 * A cancel that has not been triggered. Free it with certpush_cancel_free().
 *
 * Threads: any. Since 0.1.0.
 */
certpush_cancel *certpush_cancel_new(void);

/**
 * Stops the calls that were given this cancel, within 100 ms, and every one that will be given
 * it. The report tells whether the certificate may have been pushed. NULL is ignored.
 *
 * It is one lock-free store, so a signal handler may call it.
 *
 * Threads: any, also in a signal handler, until the cancel is freed. Since 0.1.0.
 */
void certpush_cancel_trigger(const certpush_cancel *cancel);

/**
 * Frees a cancel. Calls that were given it may still be running: they keep what they need of it,
 * but nothing stops them any more. NULL is ignored.
 *
 * Threads: one, and no other may be handing it to a call or triggering it. Since 0.1.0.
 */
void certpush_cancel_free(certpush_cancel *cancel);

/**
 * The status of the call, a CERTPUSH_* number: what the call returned.
 *
 * CERTPUSH_INVALID_ARGUMENT if report is NULL. Threads: any number at once. Since 0.1.0.
 */
int32_t certpush_report_status(const certpush_report *report);

/**
 * The HTTP status of the last answer, 0 if there was none.
 *
 * 0 if report is NULL. Threads: any number at once. Since 0.1.0.
 */
int32_t certpush_report_http_status(const certpush_report *report);

/**
 * 1 if the same call may simply be made again: it provably pushed nothing, and what stopped it
 * may pass. Otherwise 0.
 *
 * 0 if report is NULL. Threads: any number at once. Since 0.1.0.
 */
int32_t certpush_report_retryable(const certpush_report *report);

/**
 * 1 if the certificate may have been pushed although the call failed: look at the target before
 * you push again. Otherwise 0: after a failure, it was not pushed.
 *
 * 1 if report is NULL. Threads: any number at once. Since 0.1.0.
 */
int32_t certpush_report_outcome_unknown(const certpush_report *report);

/**
 * How many attempts were begun, 0 if nothing was tried.
 *
 * 0 if report is NULL. Threads: any number at once. Since 0.1.0.
 */
int32_t certpush_report_attempts(const certpush_report *report);

/**
 * How long the service asks to wait before another call, in milliseconds; -1 if it does not say.
 *
 * -1 if report is NULL. Threads: any number at once. Since 0.1.0.
 */
int64_t certpush_report_retry_after_ms(const certpush_report *report);

/**
 * What happened, in one line that is fit for a log.
 *
 * "" if report is NULL. It lives as long as the report. Threads: any number at once. Since 0.1.0.
 */
const char *certpush_report_message(const certpush_report *report);

/**
 * What to do about it, "" if nothing is known.
 *
 * "" if report is NULL. It lives as long as the report. Threads: any number at once. Since 0.1.0.
 */
const char *certpush_report_hint(const certpush_report *report);

/**
 * How far the call had come when it failed: "start", "arguments", "config", "credentials",
 * "resolve", "connect", "tls", "proxy", "send", "receive" or "pause"; "" after a success alone.
 *
 * "" if report is NULL. It lives as long as the report. Threads: any number at once. Since 0.1.0.
 */
const char *certpush_report_phase(const certpush_report *report);

/**
 * The service's error_code, such as "SCM.0069", or "".
 *
 * "" if report is NULL. It lives as long as the report. Threads: any number at once. Since 0.1.0.
 */
const char *certpush_report_service_code(const certpush_report *report);

/**
 * The service's error_msg, or "".
 *
 * "" if report is NULL. It lives as long as the report. Threads: any number at once. Since 0.1.0.
 */
const char *certpush_report_service_message(const certpush_report *report);

/**
 * The service's id of the request, or "": Huawei Cloud's support asks for it.
 *
 * "" if report is NULL. It lives as long as the report. Threads: any number at once. Since 0.1.0.
 */
const char *certpush_report_request_id(const certpush_report *report);

/**
 * The certificate's id, "" if the call was no push or an argument was refused.
 *
 * "" if report is NULL. It lives as long as the report. Threads: any number at once. Since 0.1.0.
 */
const char *certpush_report_certificate_id(const certpush_report *report);

/**
 * The project that the certificate was pushed to, "" if the call was no push or an argument was
 * refused. Of a batch push as a whole, all of them with commas between.
 *
 * "" if report is NULL. It lives as long as the report. Threads: any number at once. Since 0.1.0.
 */
const char *certpush_report_target_project(const certpush_report *report);

/**
 * The service that the certificate was pushed to, "" if the call was no push or an argument was
 * refused.
 *
 * "" if report is NULL. It lives as long as the report. Threads: any number at once. Since 0.1.0.
 */
const char *certpush_report_target_service(const certpush_report *report);

/**
 * The id that the certificate has on its target, "" if the service did not tell: only a batch push
 * tells, of each target that got the certificate.
 *
 * "" if report is NULL. It lives as long as the report. Threads: any number at once. Since 0.2.0.
 */
const char *certpush_report_target_certificate_id(const certpush_report *report);

/**
 * Copies the message into a buffer of size bytes, for callers that cannot read through a pointer
 * that they were given. What does not fit is cut between two characters of UTF-8; a NUL ends it
 * always, unless size is 0. buffer may be NULL if size is 0.
 *
 * Returns the length of the whole message without its NUL, so the buffer was large enough if size
 * is greater. An empty message is copied if report is NULL.
 *
 * Threads: any number at once, each with a buffer of its own. Since 0.1.0.
 */
size_t certpush_report_copy_message(const certpush_report *report, char *buffer, size_t size);

/**
 * Everything that the report says, as one JSON object on one line, which the command certpush
 * prints for --json: a member for each accessor of its name, and status_name. It is made when it is
 * first asked for.
 *
 * If report is NULL, it says CERTPUSH_INVALID_ARGUMENT, and outcome_unknown is true. It lives as
 * long as the report. Threads: any number at once. Since 0.2.0.
 */
const char *certpush_report_json(const certpush_report *report);

/**
 * What is known of the certificate, in one word: "pushed", "not_pushed" or "unknown", which is
 * when it may have been pushed although the call failed. A call that pushes nothing has
 * "not_pushed", also when it succeeded.
 *
 * "unknown" if report is NULL. It lives as long as the process. Threads: any number at once.
 * Since 0.2.0.
 */
const char *certpush_report_outcome(const certpush_report *report);

/**
 * A report that says the same, for who must give back or free the one that there is. Free it with
 * certpush_report_free(). NULL if report is NULL.
 *
 * Threads: any number at once. Since 0.2.0.
 */
certpush_report *certpush_report_copy(const certpush_report *report);

/**
 * Copies what a report says under a name into a field of fixed width, for languages that cannot
 * read through a pointer, such as COBOL. name is that of a member of certpush_report_json(), such
 * as "service_message" or "attempts"; blanks and NULs at its end do not count. The field gets what
 * is there, a text as it is, a number in decimal digits, a truth value as true or false, and blanks
 * behind it; what does not fit is cut between two characters of UTF-8. field may be NULL.
 *
 * Returns the length of the whole, so the field was large enough if field_length is not less; -1
 * if there is no member of this name or a length is negative: then the field has blanks alone.
 * Where report is NULL, it is as certpush_report_json() says.
 *
 * Threads: any number at once, each with a field of its own. Since 0.2.0.
 */
int32_t certpush_report_copy_field(const certpush_report *report,
                                   const char *name,
                                   int32_t name_length,
                                   char *field,
                                   int32_t field_length);

/**
 * Frees a report and with it the strings that were read from it. NULL is ignored, and so is the
 * report of a success that had nothing to tell, however often.
 *
 * Threads: one, when no other uses the report. Since 0.1.0.
 */
void certpush_report_free(certpush_report *report);

/**
 * How many reports there are: one for each target that was asked for.
 *
 * 0 if list is NULL. Threads: any number at once. Since 0.2.0.
 */
size_t certpush_report_list_count(const certpush_report_list *list);

/**
 * The report of a target, counted from 0 in the order asked for; NULL past the end. It belongs to
 * the list: it must not be freed, and lives as long as the list does.
 *
 * NULL if list is NULL. Threads: any number at once. Since 0.2.0.
 */
const certpush_report *certpush_report_list_get(const certpush_report_list *list, size_t index);

/**
 * All reports as a JSON list on one line, each as certpush_report_json() gives it. It is made when
 * it is first asked for.
 *
 * "[]" if list is NULL. It lives as long as the list. Threads: any number at once. Since 0.2.0.
 */
const char *certpush_report_list_json(const certpush_report_list *list);

/**
 * Frees a list and with it its reports and the strings that were read from them. NULL is ignored.
 *
 * Threads: one, when no other uses the list or a report of it. Since 0.2.0.
 */
void certpush_report_list_free(certpush_report_list *list);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* CERTPUSH_H */
