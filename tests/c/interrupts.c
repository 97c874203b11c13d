/* A program's own check, asked on the calling thread whether a call shall go on. */
#include "service.h"

#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/time.h>

/* An interrupted call returns within 0.2 s; under valgrind, which is given the service over http, it
 * takes longer. */
#define SOON_MS (strncmp(service_endpoint(), "https", 5) == 0 ? 200 : 1500)

static long now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* What a check counts, and when it has had enough: after a time, or once the service has received a
 * push that it does not answer. */
struct checks {
  pthread_t thread;
  long began, ends_after_ms, ended;
  int asked, asked_elsewhere;
  long last, longest_pause;
};

static struct checks checks_that_end_after(long milliseconds) {
  struct checks checks;
  memset(&checks, 0, sizeof checks);
  checks.thread = pthread_self();
  checks.ends_after_ms = milliseconds;
  checks.began = checks.last = now_ms();
  return checks;
}

static int32_t check_time(void *user) {
  struct checks *checks = (struct checks *)user;
  const long now = now_ms();
  checks->asked++;
  checks->asked_elsewhere += !pthread_equal(pthread_self(), checks->thread);
  if (now - checks->last > checks->longest_pause) checks->longest_pause = now - checks->last;
  checks->last = now;
  if (now - checks->began < checks->ends_after_ms) return 0;
  if (checks->ended == 0) checks->ended = now;
  return -7;
}

static int32_t check_service(void *user) {
  struct checks *checks = (struct checks *)user;
  if (service_count("/sim/received", SILENT_ID) > 0) checks->ends_after_ms = 0;
  return check_time(checks);
}

/* Checks that a call which the check has ended has ended soon, and frees its report. */
static void was_ended(const struct checks *checks, int32_t status, certpush_report *report,
                      const char *phase, const char *outcome) {
  CHECK(checks->ended != 0 && now_ms() - checks->ended < SOON_MS);
  CHECK(checks->asked > 0 && checks->asked_elsewhere == 0);
  CHECK_NUMBER(status, CERTPUSH_CANCELLED);
  CHECK_NUMBER(certpush_report_status(report), CERTPUSH_CANCELLED);
  CHECK_TEXT(certpush_report_phase(report), phase);
  CHECK_TEXT(certpush_report_outcome(report), outcome);
  CHECK_NUMBER(certpush_report_retryable(report), 0);
  CHECK_CONTAINS(certpush_report_message(report), "interrupted");
  certpush_report_free(report);
}

static certpush_client *client_with(certpush_config *config, certpush_interrupt_fn check,
                                    void *user) {
  CHECK_NUMBER(certpush_config_set_interrupt(config, check, user, NULL), CERTPUSH_OK);
  return client_of(config);
}

static void a_check_ends_a_push_that_may_have_happened(void) {
  struct checks checks = checks_that_end_after(60000);
  certpush_client *client;
  certpush_report *report = NULL;
  int32_t status, unknown = 0;
  reset_service();
  client = client_with(service_config(), check_service, &checks);
  status = certpush_push(client, SILENT_ID, "p", "ELB", NULL, &report);
  was_ended(&checks, status, report, "receive", "unknown");
  reset_service();
  checks = checks_that_end_after(60000);
  status = certpush_push_n(client, SILENT_ID, 16, "p", 1, "ELB", 3, 30000, NULL, &report);
  was_ended(&checks, status, report, "receive", "unknown");
  reset_service();
  checks = checks_that_end_after(60000);
  status = certpush_push_fields(client, SILENT_ID, 16, "p", 1, "ELB", 3, 0, &unknown, NULL, NULL, 0,
                                NULL, 0, NULL, 0, &report);
  was_ended(&checks, status, report, "receive", "unknown");
  CHECK_NUMBER(unknown, 1);
  certpush_client_free(client);
}

static void a_check_is_asked_as_long_as_the_call_waits(void) {
  struct checks checks = checks_that_end_after(60000);
  certpush_client *client = client_with(service_config(), check_time, &checks);
  certpush_report *report = NULL;
  checks = checks_that_end_after(60000);
  CHECK_NUMBER(certpush_push_n(client, SILENT_ID, 16, "p", 1, "ELB", 3, 1000, NULL, &report),
               CERTPUSH_TIMEOUT);
  /* Every 50 ms are 20 times; a busy machine is allowed half of them. */
  CHECK(checks.asked >= 10);
  CHECK(checks.longest_pause < SOON_MS);
  certpush_report_free(report);
  certpush_client_free(client);
}

static void a_check_that_says_yes_disturbs_nothing(void) {
  struct checks checks = checks_that_end_after(60000);
  certpush_client *client = client_with(service_config(), check_time, &checks);
  int count;
  for (count = 0; count < 20; count++) {
    checks = checks_that_end_after(60000);
    CHECK_NUMBER(certpush_push(client, GOOD_ID, "p", "ELB", NULL, NULL), CERTPUSH_OK);
  }
  CHECK_NUMBER(certpush_client_connect(client, NULL, NULL), CERTPUSH_OK);
  certpush_client_free(client);
}

/* A socket that takes connections and says nothing on them. */
static int silent_listener(char *url, size_t size, const char *scheme) {
  struct sockaddr_in address;
  socklen_t length = sizeof address;
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  CHECK(bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, 8) == 0);
  CHECK(getsockname(fd, (struct sockaddr *)&address, &length) == 0);
  snprintf(url, size, "%s://127.0.0.1:%d", scheme, ntohs(address.sin_port));
  return fd;
}

static void a_check_ends_connecting_and_a_push_that_did_not_begin(void) {
  struct checks checks = checks_that_end_after(60000);
  certpush_config *config = service_config();
  certpush_client *client;
  certpush_report *report = NULL;
  char url[64];
  int32_t status;
  int fd = silent_listener(url, sizeof url, "https");
  CHECK_NUMBER(certpush_config_set(config, "endpoint", url, NULL), CERTPUSH_OK);
  client = client_with(config, check_time, &checks);
  checks = checks_that_end_after(100);
  status = certpush_client_connect(client, NULL, &report);
  was_ended(&checks, status, report, "tls", "not_pushed");
  checks = checks_that_end_after(100);
  status = certpush_push(client, GOOD_ID, "p", "ELB", NULL, &report);
  was_ended(&checks, status, report, "tls", "not_pushed");
  certpush_client_free(client);
  close(fd);
}

static void a_check_ends_the_making_of_a_client_that_waits_for_a_fifo(void) {
  struct checks checks;
  certpush_config *config = config_without_token();
  certpush_client *client = (certpush_client *)(void *)&checks;
  certpush_report *report = NULL;
  int32_t status;
  CHECK(mkfifo("nobody-writes", 0600) == 0);
  CHECK_NUMBER(certpush_config_set(config, "token_file", "nobody-writes", NULL), CERTPUSH_OK);
  CHECK_NUMBER(certpush_config_set_interrupt(config, check_time, &checks, NULL), CERTPUSH_OK);
  checks = checks_that_end_after(100);
  status = certpush_client_new(config, &client, &report);
  was_ended(&checks, status, report, "config", "not_pushed");
  CHECK(client == NULL);
  CHECK(unlink("nobody-writes") == 0);
  certpush_config_free(config);
}

static void the_last_check_counts_and_null_is_none(void) {
  struct checks checks = checks_that_end_after(60000);
  certpush_config *config = service_config();
  certpush_client *asking, *not_asking;
  CHECK_NUMBER(certpush_config_set_interrupt(config, check_time, NULL, NULL), CERTPUSH_OK);
  CHECK_NUMBER(certpush_config_set_interrupt(config, check_time, &checks, NULL), CERTPUSH_OK);
  CHECK_NUMBER(certpush_client_new(config, &asking, NULL), CERTPUSH_OK);
  CHECK_NUMBER(certpush_config_set_interrupt(config, NULL, &checks, NULL), CERTPUSH_OK);
  not_asking = client_of(config);
  checks = checks_that_end_after(0);
  CHECK_NUMBER(certpush_push_n(not_asking, SILENT_ID, 16, "p", 1, "ELB", 3, 300, NULL, NULL),
               CERTPUSH_TIMEOUT);
  CHECK_NUMBER(checks.asked, 0);
  checks = checks_that_end_after(0);
  CHECK_NUMBER(certpush_push_n(asking, SILENT_ID, 16, "p", 1, "ELB", 3, 3000, NULL, NULL),
               CERTPUSH_CANCELLED);
  CHECK(checks.asked > 0);
  certpush_client_free(asking);
  certpush_client_free(not_asking);
}

/* A signal, and what a language does when it comes: it is noted, and dealt with later. */
static volatile sig_atomic_t signals;

static void note_signal(int number) { signals += number == SIGALRM; }

static int32_t check_signals(void *user) {
  (void)user;
  return signals;
}

static void a_signal_ends_a_push_at_once(void) {
  certpush_client *client = client_with(service_config(), check_signals, NULL);
  certpush_report *report = NULL;
  struct itimerval timer;
  struct sigaction action;
  long began;
  memset(&timer, 0, sizeof timer);
  memset(&action, 0, sizeof action);
  action.sa_handler = note_signal;
  sigaction(SIGALRM, &action, NULL);
  timer.it_value.tv_usec = 300000;
  signals = 0;
  began = now_ms();
  setitimer(ITIMER_REAL, &timer, NULL);
  CHECK_NUMBER(certpush_push(client, SILENT_ID, "p", "ELB", NULL, &report), CERTPUSH_CANCELLED);
  CHECK(now_ms() - began < 300 + SOON_MS);
  CHECK_TEXT(certpush_report_outcome(report), "unknown");
  certpush_report_free(report);
  certpush_client_free(client);
}

/* A check that pushes itself, on the client whose call it is asked about. */
static certpush_client *client_of_the_check;
static int is_checking, pushes_of_the_check, asked_within;

static int32_t check_and_push(void *user) {
  certpush_report *report = NULL;
  (void)user;
  if (is_checking) {
    asked_within++;
    return 0;
  }
  is_checking = 1;
  CHECK_NUMBER(certpush_push(client_of_the_check, GOOD_ID, "p", "ELB", NULL, &report), CERTPUSH_OK);
  CHECK_TEXT(certpush_report_outcome(report), "pushed");
  certpush_report_free(report);
  CHECK_NUMBER(certpush_push_n(client_of_the_check, SILENT_ID, 16, "p", 1, "ELB", 3, 100, NULL, &report),
               CERTPUSH_TIMEOUT);
  CHECK_TEXT(certpush_report_outcome(report), "unknown");
  certpush_report_free(report);
  is_checking = 0;
  return ++pushes_of_the_check == 2;
}

static void a_check_may_push_on_the_same_client(void) {
  certpush_report *report = NULL;
  client_of_the_check = client_with(service_config(), check_and_push, NULL);
  CHECK_NUMBER(certpush_push(client_of_the_check, SILENT_ID, "p", "ELB", NULL, &report),
               CERTPUSH_CANCELLED);
  CHECK_TEXT(certpush_report_outcome(report), "unknown");
  CHECK_NUMBER(pushes_of_the_check, 2);
  CHECK(asked_within > 0);
  certpush_report_free(report);
  certpush_client_free(client_of_the_check);
}

/* And one that pushes amid the handshake of the outer call. */
static void a_check_may_push_amid_a_handshake(void) {
  certpush_config *config = service_config();
  certpush_client *outer;
  certpush_report *report = NULL;
  char url[64];
  int fd = silent_listener(url, sizeof url, "https");
  pushes_of_the_check = 0;
  client_of_the_check = service_client();
  CHECK_NUMBER(certpush_config_set(config, "endpoint", url, NULL), CERTPUSH_OK);
  outer = client_with(config, check_and_push, NULL);
  CHECK_NUMBER(certpush_client_connect(outer, NULL, &report), CERTPUSH_CANCELLED);
  CHECK_TEXT(certpush_report_phase(report), "tls");
  CHECK_TEXT(certpush_report_outcome(report), "not_pushed");
  certpush_report_free(report);
  certpush_client_free(outer);
  certpush_client_free(client_of_the_check);
  close(fd);
}

struct pushing_thread {
  certpush_client *client;
  int32_t status;
};

static int32_t check_thread(void *user) {
  /* Every other thread's calls end. */
  return pthread_equal(pthread_self(), *(pthread_t *)user) ? 0 : 1;
}

static void *push_elsewhere(void *argument) {
  struct pushing_thread *pushing = (struct pushing_thread *)argument;
  pushing->status =
      certpush_push_n(pushing->client, SILENT_ID, 16, "p", 1, "ELB", 3, 20000, NULL, NULL);
  return NULL;
}

static void each_thread_is_asked_about_its_own_call(void) {
  pthread_t self = pthread_self(), threads[3];
  struct pushing_thread pushing[3];
  certpush_client *client = client_with(service_config(), check_thread, &self);
  int i;
  for (i = 0; i < 3; i++) {
    pushing[i].client = client;
    pthread_create(&threads[i], NULL, push_elsewhere, &pushing[i]);
  }
  CHECK_NUMBER(certpush_push_n(client, SILENT_ID, 16, "p", 1, "ELB", 3, 500, NULL, NULL),
               CERTPUSH_TIMEOUT);
  for (i = 0; i < 3; i++) {
    pthread_join(threads[i], NULL);
    CHECK_NUMBER(pushing[i].status, CERTPUSH_CANCELLED);
  }
  certpush_client_free(client);
}

int main(void) {
  RUN(a_check_ends_a_push_that_may_have_happened);
  RUN(a_check_is_asked_as_long_as_the_call_waits);
  RUN(a_check_that_says_yes_disturbs_nothing);
  RUN(a_check_ends_the_making_of_a_client_that_waits_for_a_fifo);
  RUN(the_last_check_counts_and_null_is_none);
  RUN(a_signal_ends_a_push_at_once);
  RUN(a_check_may_push_on_the_same_client);
  RUN(each_thread_is_asked_about_its_own_call);
  /* TLS, which valgrind cannot follow, is looked at where the service speaks it. */
  if (strncmp(service_endpoint(), "https", 5) == 0) {
    RUN(a_check_ends_connecting_and_a_push_that_did_not_begin);
    RUN(a_check_may_push_amid_a_handshake);
  }
  return tests_ended();
}
