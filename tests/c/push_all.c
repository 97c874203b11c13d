/* Many pushes: what is told of each and of the whole, what stops a run, and the journal. */
#include "service.h"

#include <pthread.h>
#include <signal.h>

/* Closes the connection without an answer, as scenarios.json says. */
#define LOST_ID "scs8000000000008"
/* No certificate of the service's. */
#define UNKNOWN_ID "scs9999999999999"

/* A cancelled run returns within 100 ms; the rest is room for a busy machine, and for valgrind. */
#define SOON_MS 2000

static long now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void add(certpush_push_list *list, const char *id, const char *project, const char *service) {
  CHECK_NUMBER(certpush_push_list_add(list, id, project, service, NULL), CERTPUSH_OK);
}

/* A list of up to 48 entries that the service takes. */
static certpush_push_list *good_list(int entries) {
  static const char *const ids[] = {GOOD_ID, "scs1590053258704", "scs1554192131150", "scs1481110651012"};
  static const char *const services[] = {"ELB", "WAF", "CDN"};
  static const char *const projects[] = {"p", "cn-north-4", "ap-southeast-1", "ap-southeast-3"};
  certpush_push_list *list = certpush_push_list_new();
  int i;
  for (i = 0; i < entries; i++) add(list, ids[i % 4], projects[i / 12], services[i / 4 % 3]);
  return list;
}

static void add_silent(certpush_push_list *list, int entries) {
  char project[32];
  int i;
  for (i = 0; i < entries; i++) {
    sprintf(project, "silent-%d", i);
    add(list, SILENT_ID, project, "ELB");
  }
}

static certpush_client *client_with(const char *option, const char *value) {
  certpush_config *config = service_config();
  CHECK_NUMBER(certpush_config_set(config, option, value, NULL), CERTPUSH_OK);
  return client_of(config);
}

/* How many reports of a list have a status. */
static int count_of(const certpush_report_list *reports, int32_t status) {
  size_t i;
  int count = 0;
  for (i = 0; i < certpush_report_list_count(reports); i++)
    count += certpush_report_status(certpush_report_list_get(reports, i)) == status;
  return count;
}

static int32_t run(const certpush_client *client, const certpush_push_list *list,
                   certpush_report_list **reports, certpush_report **report) {
  return certpush_push_all(client, list, 0, NULL, NULL, NULL, reports, report);
}

static void every_entry_has_its_report_in_the_lists_order(void) {
  certpush_client *client = service_client();
  certpush_push_list *list = good_list(30);
  certpush_report_list *reports = (certpush_report_list *)client;
  certpush_report *report = (certpush_report *)(void *)client;
  const certpush_report *told;
  reset_service();
  CHECK_NUMBER(run(client, list, &reports, &report), CERTPUSH_OK);
  CHECK_NUMBER(certpush_report_status(report), CERTPUSH_OK);
  CHECK_TEXT(certpush_report_outcome(report), "pushed");
  CHECK_TEXT(certpush_report_message(report),
             "30 targets: 30 pushed, 0 not pushed, 0 unknown, 0 not tried");
  CHECK_NUMBER(certpush_report_attempts(report), 30);
  CHECK_NUMBER(certpush_report_list_count(reports), 30);
  CHECK_NUMBER(count_of(reports, CERTPUSH_OK), 30);
  told = certpush_report_list_get(reports, 0);
  CHECK_TEXT(certpush_report_certificate_id(told), GOOD_ID);
  CHECK_TEXT(certpush_report_target_project(told), "p");
  CHECK_TEXT(certpush_report_target_service(told), "ELB");
  told = certpush_report_list_get(reports, 29);
  CHECK_TEXT(certpush_report_certificate_id(told), "scs1590053258704");
  CHECK_TEXT(certpush_report_target_project(told), "ap-southeast-1");
  CHECK_TEXT(certpush_report_target_service(told), "WAF");
  CHECK_NUMBER(certpush_report_http_status(told), 204);
  CHECK(certpush_report_list_get(reports, 30) == NULL);
  CHECK_NUMBER(service_count("/sim/pushed", "\"target_service\""), 30);
  certpush_report_free(report);
  certpush_report_list_free(reports);
  certpush_push_list_free(list);
  certpush_client_free(client);
}

static void the_lists_json_has_the_json_of_each_report(void) {
  certpush_client *client = service_client();
  certpush_push_list *list = good_list(2);
  certpush_report_list *reports = NULL;
  certpush_report *report = NULL;
  char expected[16384];
  CHECK_NUMBER(run(client, list, &reports, &report), CERTPUSH_OK);
  snprintf(expected, sizeof expected, "[%s,%s]",
           certpush_report_json(certpush_report_list_get(reports, 0)),
           certpush_report_json(certpush_report_list_get(reports, 1)));
  CHECK_TEXT(certpush_report_list_json(reports), expected);
  CHECK(strstr(certpush_report_json(report), "results") == NULL);
  certpush_report_free(report);
  certpush_report_list_free(reports);
  certpush_push_list_free(list);
  certpush_client_free(client);
}

static void each_entry_fails_for_itself(void) {
  static const struct {
    const char *id;
    int32_t status;
    const char *outcome;
  } entries[] = {{GOOD_ID, CERTPUSH_OK, "pushed"},
                 {UNKNOWN_ID, CERTPUSH_BAD_REQUEST, "not_pushed"},
                 {FAILED_ID, CERTPUSH_BAD_REQUEST, "unknown"},
                 {LOST_ID, CERTPUSH_CONNECTION_LOST, "unknown"},
                 {"scs1590053258704", CERTPUSH_OK, "pushed"}};
  certpush_client *client = service_client();
  certpush_push_list *list = certpush_push_list_new();
  certpush_report_list *reports = NULL;
  certpush_report *report = NULL;
  size_t i;
  for (i = 0; i < 5; i++) add(list, entries[i].id, "p", "ELB");
  CHECK_NUMBER(run(client, list, &reports, &report), CERTPUSH_INCOMPLETE);
  CHECK_NUMBER(certpush_report_status(report), CERTPUSH_INCOMPLETE);
  CHECK_NUMBER(certpush_report_outcome_unknown(report), 1);
  CHECK_NUMBER(certpush_report_retryable(report), 0);
  CHECK_TEXT(certpush_report_message(report),
             "5 targets: 2 pushed, 1 not pushed, 2 unknown, 0 not tried");
  CHECK_NUMBER(certpush_report_list_count(reports), 5);
  for (i = 0; i < 5; i++) {
    const certpush_report *told = certpush_report_list_get(reports, i);
    CHECK_TEXT(certpush_report_certificate_id(told), entries[i].id);
    CHECK_NUMBER(certpush_report_status(told), entries[i].status);
    CHECK_TEXT(certpush_report_outcome(told), entries[i].outcome);
  }
  certpush_report_free(report);
  certpush_report_list_free(reports);
  certpush_push_list_free(list);
  certpush_client_free(client);
}

static void what_is_known_of_every_entry_adds_no_doubt(void) {
  certpush_client *client = service_client();
  certpush_push_list *list = good_list(1);
  certpush_report *report = NULL;
  add(list, UNKNOWN_ID, "p", "ELB");
  CHECK_NUMBER(run(client, list, NULL, &report), CERTPUSH_INCOMPLETE);
  CHECK_NUMBER(certpush_report_outcome_unknown(report), 0);
  /* One of two was pushed: to call the whole not pushed would have it pushed twice. */
  CHECK_TEXT(certpush_report_outcome(report), "unknown");
  certpush_report_free(report);
  certpush_push_list_free(list);
  list = certpush_push_list_new();
  add(list, UNKNOWN_ID, "p", "ELB");
  CHECK_NUMBER(run(client, list, NULL, &report), CERTPUSH_INCOMPLETE);
  CHECK_TEXT(certpush_report_outcome(report), "not_pushed");
  certpush_report_free(report);
  certpush_push_list_free(list);
  certpush_client_free(client);
}

/* Of a list whose first entry is refused so, nothing else is sent. */
static void stops_with(const char *id, const char *why) {
  certpush_client *client = service_client();
  certpush_push_list *list = certpush_push_list_new(), *good = good_list(9);
  certpush_report_list *reports = NULL;
  certpush_report *report = NULL;
  int i;
  add(list, id, "p", "ELB");
  for (i = 0; i < 8; i++) {
    char project[32];
    sprintf(project, "p%d", i);
    add(list, GOOD_ID, project, "ELB");
  }
  reset_service();
  CHECK_NUMBER(run(client, list, &reports, &report), CERTPUSH_INCOMPLETE);
  CHECK_CONTAINS(certpush_report_message(report), why);
  CHECK_TEXT(certpush_report_outcome(report), "not_pushed");
  CHECK_NUMBER(count_of(reports, CERTPUSH_NOT_TRIED), 8);
  CHECK_CONTAINS(certpush_report_message(certpush_report_list_get(reports, 8)), why);
  CHECK_TEXT(certpush_report_target_project(certpush_report_list_get(reports, 8)), "p7");
  CHECK_NUMBER(service_count("/sim/received", "target_project"), 1);
  certpush_report_free(report);
  certpush_report_list_free(reports);
  /* The client is as good as before. */
  CHECK_NUMBER(run(client, good, NULL, NULL), CERTPUSH_OK);
  certpush_push_list_free(good);
  certpush_push_list_free(list);
  certpush_client_free(client);
}

static void refused_credentials_stop_a_run(void) {
  stops_with(REFUSED_ID, "the credentials were refused (CERTPUSH_UNAUTHORIZED)");
}

static void a_service_that_asks_for_an_hour_stops_a_run(void) { stops_with(THROTTLED_ID, "retry_max_ms"); }

static void so_many_failures_stop_a_run(void) {
  certpush_client *client = client_with("max_failures", "2");
  certpush_push_list *list = certpush_push_list_new();
  certpush_report_list *reports = NULL;
  certpush_report *report = NULL;
  int i;
  for (i = 0; i < 40; i++) {
    char project[32];
    sprintf(project, "p%d", i);
    add(list, UNKNOWN_ID, project, "ELB");
  }
  CHECK_NUMBER(run(client, list, &reports, &report), CERTPUSH_INCOMPLETE);
  CHECK_CONTAINS(certpush_report_message(report), "max_failures");
  /* Two, and what was under way with them. */
  CHECK(count_of(reports, CERTPUSH_NOT_TRIED) >= 40 - 2 - 4);
  CHECK(count_of(reports, CERTPUSH_BAD_REQUEST) >= 2);
  certpush_report_free(report);
  certpush_report_list_free(reports);
  certpush_push_list_free(list);
  certpush_client_free(client);
}

static int32_t never_told(void *user, size_t index, const certpush_report *report) {
  (void)user, (void)index, (void)report;
  CHECK(0 && "nothing is told");
  return 0;
}

static void a_list_without_entries_is_pushed(void) {
  certpush_client *client = service_client();
  certpush_push_list *list = certpush_push_list_new();
  certpush_report_list *reports = NULL;
  certpush_report *report = NULL;
  CHECK_NUMBER(certpush_push_all(client, list, 0, never_told, NULL, NULL, &reports, &report), CERTPUSH_OK);
  CHECK(reports != NULL);
  CHECK_NUMBER(certpush_report_list_count(reports), 0);
  CHECK_TEXT(certpush_report_list_json(reports), "[]");
  CHECK_CONTAINS(certpush_report_message(report), "0 targets");
  CHECK_TEXT(certpush_report_outcome(report), "not_pushed");
  CHECK_TEXT(certpush_report_hint(report), "");
  certpush_report_free(report);
  certpush_report_list_free(reports);
  certpush_push_list_free(list);
  certpush_client_free(client);
}

static void a_list_may_be_changed_and_freed_after_a_run(void) {
  certpush_client *client = service_client();
  certpush_push_list *list = good_list(3);
  certpush_report_list *first = NULL, *second = NULL;
  CHECK_NUMBER(run(client, list, &first, NULL), CERTPUSH_OK);
  add(list, "scs1481110651012", "p", "ELB");
  CHECK_NUMBER(run(client, list, &second, NULL), CERTPUSH_OK);
  certpush_push_list_free(list);
  certpush_client_free(client);
  CHECK_NUMBER(certpush_report_list_count(first), 3);
  CHECK_NUMBER(certpush_report_list_count(second), 4);
  CHECK_TEXT(certpush_report_certificate_id(certpush_report_list_get(second, 3)), "scs1481110651012");
  certpush_report_list_free(first);
  certpush_report_list_free(second);
}

/* What is told of each entry. */
struct progress {
  pthread_t thread;
  size_t stops_at;
  size_t calls, calls_elsewhere, told[48];
  certpush_report *copies[48];
};

static struct progress new_progress(size_t stops_at) {
  struct progress progress;
  memset(&progress, 0, sizeof progress);
  progress.thread = pthread_self();
  progress.stops_at = stops_at;
  return progress;
}

static int32_t note(void *user, size_t index, const certpush_report *report) {
  struct progress *progress = (struct progress *)user;
  progress->calls++;
  progress->calls_elsewhere += !pthread_equal(progress->thread, pthread_self());
  progress->told[index]++;
  certpush_report_free(progress->copies[index]);
  progress->copies[index] = certpush_report_copy(report);
  return progress->calls == progress->stops_at ? -1 : 0;
}

/* Checks that each entry was told once, on the thread of the run, and as its report says. */
static void each_was_told(struct progress *progress, const certpush_report_list *reports) {
  const size_t count = certpush_report_list_count(reports);
  size_t i;
  CHECK_NUMBER(progress->calls, count);
  CHECK_NUMBER(progress->calls_elsewhere, 0);
  for (i = 0; i < count; i++) {
    CHECK_NUMBER(progress->told[i], 1);
    CHECK_TEXT(certpush_report_json(progress->copies[i]),
               certpush_report_json(certpush_report_list_get(reports, i)));
    certpush_report_free(progress->copies[i]);
  }
}

static void each_entry_is_told_once_on_the_calling_thread(void) {
  struct progress progress = new_progress(0);
  certpush_client *client = client_with("jobs", "16");
  certpush_push_list *list = good_list(48);
  certpush_report_list *reports = NULL;
  CHECK_NUMBER(certpush_push_all(client, list, 0, note, &progress, NULL, &reports, NULL), CERTPUSH_OK);
  each_was_told(&progress, reports);
  certpush_report_list_free(reports);
  certpush_push_list_free(list);
  certpush_client_free(client);
}

static void a_progress_function_may_ask_for_no_more(void) {
  struct progress progress = new_progress(1);
  certpush_client *client = client_with("jobs", "2");
  certpush_push_list *list = good_list(48);
  certpush_report_list *reports = NULL;
  certpush_report *report = NULL;
  int pushed;
  reset_service();
  CHECK_NUMBER(certpush_push_all(client, list, 0, note, &progress, NULL, &reports, &report),
               CERTPUSH_INCOMPLETE);
  each_was_told(&progress, reports);
  pushed = count_of(reports, CERTPUSH_OK);
  CHECK(pushed >= 1 && pushed < 48);
  CHECK_NUMBER(count_of(reports, CERTPUSH_NOT_TRIED), 48 - pushed);
  CHECK_NUMBER(service_count("/sim/pushed", "\"target_service\""), pushed);
  CHECK_CONTAINS(certpush_report_message(report), "the program asked for no more");
  certpush_report_free(report);
  certpush_report_list_free(reports);
  certpush_push_list_free(list);
  certpush_client_free(client);
}

/* A progress function that pushes itself, and makes a run of its own. */
struct pushing {
  const certpush_client *client;
  const certpush_push_list *list;
  int pushes;
};

static int32_t push_meanwhile(void *user, size_t index, const certpush_report *report) {
  struct pushing *pushing = (struct pushing *)user;
  (void)index;
  CHECK_NUMBER(certpush_report_status(report), CERTPUSH_OK);
  CHECK_NUMBER(certpush_push(pushing->client, GOOD_ID, "p", "ELB", NULL, NULL), CERTPUSH_OK);
  CHECK_NUMBER(run(pushing->client, pushing->list, NULL, NULL), CERTPUSH_OK);
  pushing->pushes++;
  return 0;
}

static void a_progress_function_may_push_itself(void) {
  struct pushing pushing = {NULL, NULL, 0};
  certpush_client *client = service_client();
  certpush_push_list *list = good_list(6);
  pushing.client = client;
  pushing.list = list;
  CHECK_NUMBER(certpush_push_all(client, list, 0, push_meanwhile, &pushing, NULL, NULL, NULL), CERTPUSH_OK);
  CHECK_NUMBER(pushing.pushes, 6);
  certpush_push_list_free(list);
  certpush_client_free(client);
}

/* A run of one good entry and of eight that the service never answers, on a thread of its own. */
struct waiting_run {
  const certpush_client *client;
  const certpush_cancel *cancel;
  certpush_push_list *list;
  pthread_t thread;
  int32_t status;
  certpush_report_list *reports;
  certpush_report *report;
};

static void *wait_for_a_run(void *argument) {
  struct waiting_run *waiting = (struct waiting_run *)argument;
  waiting->status = certpush_push_all(waiting->client, waiting->list, 0, NULL, NULL, waiting->cancel,
                                      &waiting->reports, &waiting->report);
  return NULL;
}

static struct waiting_run new_run(const certpush_client *client, const certpush_cancel *cancel) {
  struct waiting_run waiting;
  memset(&waiting, 0, sizeof waiting);
  waiting.client = client;
  waiting.cancel = cancel;
  waiting.list = good_list(1);
  add_silent(waiting.list, 8);
  reset_service();
  return waiting;
}

/* Checks that what was under way was cancelled, and the rest not tried. */
static void was_stopped(struct waiting_run *waiting, const char *why) {
  CHECK_NUMBER(waiting->status, CERTPUSH_INCOMPLETE);
  CHECK_NUMBER(certpush_report_outcome_unknown(waiting->report), 1);
  CHECK_CONTAINS(certpush_report_message(waiting->report), why);
  CHECK_NUMBER(certpush_report_list_count(waiting->reports), 9);
  CHECK_NUMBER(count_of(waiting->reports, CERTPUSH_OK), 1);
  CHECK_NUMBER(count_of(waiting->reports, CERTPUSH_CANCELLED), 4);
  CHECK_NUMBER(count_of(waiting->reports, CERTPUSH_NOT_TRIED), 4);
  CHECK_TEXT(certpush_report_outcome(certpush_report_list_get(waiting->reports, 1)), "unknown");
  CHECK_NUMBER(service_count("/sim/received", SILENT_ID), 4);
  certpush_report_free(waiting->report);
  certpush_report_list_free(waiting->reports);
  certpush_push_list_free(waiting->list);
}

static void another_thread_ends_a_run(void) {
  certpush_client *client = service_client();
  certpush_cancel *cancel = certpush_cancel_new();
  struct waiting_run waiting = new_run(client, cancel);
  long triggered;
  pthread_create(&waiting.thread, NULL, wait_for_a_run, &waiting);
  await_received(SILENT_ID, 4);
  triggered = now_ms();
  certpush_cancel_trigger(cancel);
  pthread_join(waiting.thread, NULL);
  CHECK(now_ms() - triggered < SOON_MS);
  was_stopped(&waiting, "it was cancelled");
  certpush_cancel_free(cancel);
  certpush_client_free(client);
}

static void a_cancel_that_was_triggered_before_sends_nothing(void) {
  certpush_client *client = service_client();
  certpush_cancel *cancel = certpush_cancel_new();
  certpush_push_list *list = good_list(9);
  certpush_report_list *reports = NULL;
  certpush_report *report = NULL;
  certpush_cancel_trigger(cancel);
  reset_service();
  CHECK_NUMBER(certpush_push_all(client, list, 0, NULL, NULL, cancel, &reports, &report),
               CERTPUSH_INCOMPLETE);
  CHECK_TEXT(certpush_report_outcome(report), "not_pushed");
  CHECK_NUMBER(count_of(reports, CERTPUSH_CANCELLED) + count_of(reports, CERTPUSH_NOT_TRIED), 9);
  CHECK_NUMBER(service_count("/sim/received", "target_project"), 0);
  certpush_report_free(report);
  certpush_report_list_free(reports);
  certpush_push_list_free(list);
  certpush_cancel_free(cancel);
  certpush_client_free(client);
}

static void closing_the_client_ends_a_run(void) {
  certpush_client *client = service_client();
  struct waiting_run waiting = new_run(client, NULL);
  long closed;
  pthread_create(&waiting.thread, NULL, wait_for_a_run, &waiting);
  await_received(SILENT_ID, 4);
  closed = now_ms();
  certpush_client_close(client);
  pthread_join(waiting.thread, NULL);
  CHECK(now_ms() - closed < SOON_MS);
  was_stopped(&waiting, "");
  certpush_client_free(client);
}

static certpush_cancel *cancel_of_the_handler;
static pthread_t thread_of_the_handler;
static volatile sig_atomic_t signals;

static void on_signal(int number) {
  (void)number;
  thread_of_the_handler = pthread_self();
  signals++;
  certpush_cancel_trigger(cancel_of_the_handler);
}

/* To the process, not to a thread: whichever thread does not block it handles it. This one does. */
static void *signal_when_received(void *unused) {
  sigset_t all;
  (void)unused;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, NULL);
  await_received(SILENT_ID, 4);
  kill(getpid(), SIGUSR1);
  return NULL;
}

static void a_signal_handler_ends_a_run_and_runs_on_the_programs_own_thread(void) {
  certpush_client *client = service_client();
  struct waiting_run waiting;
  pthread_t sender;
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_signal;
  sigaction(SIGUSR1, &action, NULL);
  cancel_of_the_handler = certpush_cancel_new();
  waiting = new_run(client, cancel_of_the_handler);
  signals = 0;
  pthread_create(&sender, NULL, signal_when_received, NULL);
  wait_for_a_run(&waiting);
  pthread_join(sender, NULL);
  CHECK_NUMBER(signals, 1);
  CHECK(pthread_equal(thread_of_the_handler, pthread_self()));
  was_stopped(&waiting, "it was cancelled");
  certpush_cancel_free(cancel_of_the_handler);
  certpush_client_free(client);
}

/* An interrupt that has had enough when the service has received what it does not answer. */
static int32_t end_when_received(void *user) {
  CHECK(pthread_equal(*(pthread_t *)user, pthread_self()));
  return service_count("/sim/received", SILENT_ID) == 4 ? 7 : 0;
}

static void an_interrupt_ends_a_run(void) {
  pthread_t self = pthread_self();
  certpush_config *config = service_config();
  certpush_client *client;
  struct waiting_run waiting;
  CHECK_NUMBER(certpush_config_set_interrupt(config, end_when_received, &self, NULL), CERTPUSH_OK);
  client = client_of(config);
  waiting = new_run(client, NULL);
  wait_for_a_run(&waiting);
  was_stopped(&waiting, "it was interrupted");
  certpush_client_free(client);
}

static void a_run_has_a_time_as_a_whole(void) {
  certpush_client *client = service_client();
  struct waiting_run waiting = new_run(client, NULL);
  const long began = now_ms();
  waiting.status = certpush_push_all(client, waiting.list, 1500, NULL, NULL, NULL, &waiting.reports,
                                     &waiting.report);
  CHECK(now_ms() - began >= 1500 && now_ms() - began < 1500 + SOON_MS);
  CHECK_NUMBER(waiting.status, CERTPUSH_INCOMPLETE);
  CHECK_CONTAINS(certpush_report_message(waiting.report), "the time for it was up");
  CHECK_NUMBER(count_of(waiting.reports, CERTPUSH_TIMEOUT), 4);
  CHECK_NUMBER(count_of(waiting.reports, CERTPUSH_NOT_TRIED), 4);
  certpush_report_free(waiting.report);
  certpush_report_list_free(waiting.reports);
  certpush_push_list_free(waiting.list);
  certpush_client_free(client);
}

/* What the program has given is called on its own thread, though others push. */
struct calls {
  pthread_t thread;
  int lines, tokens, elsewhere;
};

static void log_line(void *user, int32_t level, const char *line) {
  struct calls *calls = (struct calls *)user;
  CHECK_NUMBER(level, CERTPUSH_LOG_INFO);
  CHECK_CONTAINS(line, "outcome=pushed");
  calls->lines++;
  calls->elsewhere += !pthread_equal(calls->thread, pthread_self());
}

static void give_token(void *user, certpush_token_request *request) {
  static const char TOKEN[] = "a-token-that-a-function-of-the-program-gives";
  struct calls *calls = (struct calls *)user;
  calls->tokens++;
  calls->elsewhere += !pthread_equal(calls->thread, pthread_self());
  certpush_token_request_give(request, TOKEN, strlen(TOKEN));
}

static void log_and_token_source_are_called_on_the_calling_thread(void) {
  struct calls calls;
  certpush_config *config = config_without_token();
  certpush_client *client;
  certpush_push_list *list = good_list(20);
  memset(&calls, 0, sizeof calls);
  calls.thread = pthread_self();
  CHECK_NUMBER(certpush_config_set_log(config, log_line, &calls, NULL), CERTPUSH_OK);
  CHECK_NUMBER(certpush_config_set_token_source(config, give_token, &calls, NULL), CERTPUSH_OK);
  client = client_of(config);
  CHECK_NUMBER(run(client, list, NULL, NULL), CERTPUSH_OK);
  CHECK_NUMBER(calls.lines, 20);
  CHECK_NUMBER(calls.tokens, 20);
  CHECK_NUMBER(calls.elsewhere, 0);
  certpush_push_list_free(list);
  certpush_client_free(client);
}

static void several_threads_may_run_one_list_at_once(void) {
  certpush_client *client = service_client();
  certpush_push_list *list = good_list(20);
  struct waiting_run runs[3];
  int i;
  memset(runs, 0, sizeof runs);
  reset_service();
  for (i = 0; i < 3; i++) {
    runs[i].client = client;
    runs[i].list = list;
    pthread_create(&runs[i].thread, NULL, wait_for_a_run, &runs[i]);
  }
  for (i = 0; i < 3; i++) {
    pthread_join(runs[i].thread, NULL);
    CHECK_NUMBER(runs[i].status, CERTPUSH_OK);
    CHECK_NUMBER(certpush_report_list_count(runs[i].reports), 20);
    certpush_report_free(runs[i].report);
    certpush_report_list_free(runs[i].reports);
  }
  CHECK_NUMBER(service_count("/sim/pushed", "\"target_service\""), 60);
  certpush_push_list_free(list);
  certpush_client_free(client);
}

#define JOURNAL "targets.journal"

static void a_second_run_with_a_journal_pushes_nothing(void) {
  certpush_client *client = client_with("journal", JOURNAL);
  certpush_push_list *list = good_list(12);
  certpush_report_list *reports = NULL;
  certpush_report *report = NULL;
  int i;
  reset_service();
  CHECK_NUMBER(run(client, list, NULL, NULL), CERTPUSH_OK);
  for (i = 0; i < 2; i++) {
    CHECK_NUMBER(run(client, list, &reports, &report), CERTPUSH_OK);
    CHECK_CONTAINS(certpush_report_message(report), "12 pushed (12 earlier)");
    CHECK_NUMBER(certpush_report_attempts(report), 0);
    CHECK_NUMBER(certpush_report_attempts(certpush_report_list_get(reports, 11)), 0);
    CHECK_CONTAINS(certpush_report_message(certpush_report_list_get(reports, 11)),
                   "nothing was sent now");
    CHECK_TEXT(certpush_report_outcome(certpush_report_list_get(reports, 11)), "pushed");
    certpush_report_free(report);
    certpush_report_list_free(reports);
    /* So it is in a client, and a process, of its own. */
    certpush_client_free(client);
    client = client_with("journal", JOURNAL);
  }
  CHECK_NUMBER(service_count("/sim/pushed", "\"target_service\""), 12);
  certpush_push_list_free(list);
  certpush_client_free(client);
  unlink(JOURNAL);
}

static void what_was_pushed_is_pushed_again_when_that_is_asked_for(void) {
  certpush_client *client = client_with("journal", JOURNAL);
  certpush_push_list *list = good_list(3);
  certpush_report *report = NULL;
  reset_service();
  CHECK_NUMBER(run(client, list, NULL, NULL), CERTPUSH_OK);
  CHECK_NUMBER(certpush_push_all_again(client, list, 0, NULL, NULL, NULL, NULL, &report), CERTPUSH_OK);
  CHECK_NUMBER(certpush_report_attempts(report), 3);
  certpush_report_free(report);
  CHECK_NUMBER(service_count("/sim/received", "target_project"), 6);
  CHECK_NUMBER(certpush_push_n(client, GOOD_ID, 16, "p", 1, "ELB", 3, 0, NULL, &report), CERTPUSH_OK);
  CHECK_NUMBER(certpush_report_attempts(report), 0);
  certpush_report_free(report);
  CHECK_NUMBER(certpush_push_again_n(client, GOOD_ID, 16, "p", 1, "ELB", 3, 0, NULL, &report),
               CERTPUSH_OK);
  CHECK_NUMBER(certpush_report_attempts(report), 1);
  certpush_report_free(report);
  CHECK_NUMBER(service_count("/sim/received", "target_project"), 7);
  certpush_push_list_free(list);
  certpush_client_free(client);
  unlink(JOURNAL);
}

/* What a run of one entry, and of one of which nobody knows whether it was pushed, comes to. */
static void second_is(int32_t status, const char *outcome) {
  certpush_client *client = client_with("journal", JOURNAL);
  certpush_push_list *list = good_list(1);
  certpush_report_list *reports = NULL;
  const certpush_report *told;
  add(list, FAILED_ID, "p", "ELB");
  CHECK_NUMBER(run(client, list, &reports, NULL), status == CERTPUSH_OK ? CERTPUSH_OK : CERTPUSH_INCOMPLETE);
  told = certpush_report_list_get(reports, 1);
  CHECK_NUMBER(certpush_report_status(told), status);
  CHECK_TEXT(certpush_report_outcome(told), outcome);
  certpush_report_list_free(reports);
  certpush_push_list_free(list);
  certpush_client_free(client);
}

/* What is to be settled, in each of the three ways. */
static int32_t unsettled(int way, certpush_report_list **pushes, certpush_report **report) {
  switch (way) {
    case 0: return certpush_journal_unsettled(JOURNAL, pushes, report);
    case 1: return certpush_journal_unsettled_n(JOURNAL "!", strlen(JOURNAL), pushes, report);
    default:
      return certpush_journal_unsettled_fields(JOURNAL "  ", (int32_t)strlen(JOURNAL) + 2, pushes, report);
  }
}

static void what_is_to_be_settled_is_told(void) {
  certpush_report_list *pushes = NULL;
  certpush_report *report = NULL;
  int way;
  second_is(CERTPUSH_BAD_REQUEST, "unknown");
  for (way = 0; way < 3; way++) {
    CHECK_NUMBER(unsettled(way, &pushes, &report), CERTPUSH_OK);
    CHECK_NUMBER(certpush_report_status(report), CERTPUSH_OK);
    CHECK_NUMBER(certpush_report_list_count(pushes), 1);
    CHECK_NUMBER(count_of(pushes, CERTPUSH_UNSETTLED), 1);
    CHECK_TEXT(certpush_report_certificate_id(certpush_report_list_get(pushes, 0)), FAILED_ID);
    certpush_report_list_free(pushes);
    CHECK_NUMBER(unsettled(way, NULL, NULL), CERTPUSH_OK);
  }
  CHECK_NUMBER(certpush_journal_settle(JOURNAL, FAILED_ID, "p", "ELB", 0, NULL), CERTPUSH_OK);
  CHECK_NUMBER(unsettled(0, &pushes, NULL), CERTPUSH_OK);
  CHECK_NUMBER(certpush_report_list_count(pushes), 0);
  certpush_report_list_free(pushes);
  unlink(JOURNAL);
  for (way = 0; way < 3; way++) {
    CHECK_NUMBER(unsettled(way, &pushes, &report), CERTPUSH_INVALID_CONFIG);
    CHECK(pushes == NULL);
    CHECK_CONTAINS(certpush_report_message(report), JOURNAL);
    certpush_report_free(report);
  }
}

/* A person's word, in each of the three ways. */
static int32_t settled(int way, const char *id, int32_t pushed, certpush_report **report) {
  switch (way) {
    case 0: return certpush_journal_settle(JOURNAL, id, "p", "elb", pushed, report);
    case 1:
      return certpush_journal_settle_n(JOURNAL "!", strlen(JOURNAL), id, 16, "pq", 1, "ELBA", 3, pushed,
                                       report);
    default:
      return certpush_journal_settle_fields(JOURNAL "  ", (int32_t)strlen(JOURNAL) + 2, id, 16, "p  ", 3,
                                            "ELB ", 4, pushed, report);
  }
}

static void what_is_unknown_is_not_pushed_until_it_is_settled(void) {
  int way;
  for (way = 0; way < 3; way++) {
    certpush_report *report = NULL;
    reset_service();
    second_is(CERTPUSH_BAD_REQUEST, "unknown");
    second_is(CERTPUSH_UNSETTLED, "unknown");
    CHECK_NUMBER(service_count("/sim/received", FAILED_ID), 1);
    CHECK_NUMBER(settled(way, FAILED_ID, 0, &report), CERTPUSH_OK);
    CHECK_NUMBER(certpush_report_status(report), CERTPUSH_OK);
    certpush_report_free(report);
    second_is(CERTPUSH_BAD_REQUEST, "unknown");
    CHECK_NUMBER(service_count("/sim/received", FAILED_ID), 2);
    CHECK_NUMBER(settled(way, FAILED_ID, 1, NULL), CERTPUSH_OK);
    second_is(CERTPUSH_OK, "pushed");
    CHECK_NUMBER(service_count("/sim/received", FAILED_ID), 2);
    unlink(JOURNAL);
  }
}

static void unsettled_entries_are_not_pushed_again_either(void) {
  certpush_client *client = client_with("journal", JOURNAL);
  certpush_push_list *list = certpush_push_list_new();
  certpush_report_list *reports = NULL;
  certpush_report *report = NULL;
  add(list, FAILED_ID, "p", "ELB");
  CHECK_NUMBER(run(client, list, NULL, NULL), CERTPUSH_INCOMPLETE);
  reset_service();
  CHECK_NUMBER(certpush_push_all_again(client, list, 0, NULL, NULL, NULL, &reports, NULL),
               CERTPUSH_INCOMPLETE);
  CHECK_NUMBER(count_of(reports, CERTPUSH_UNSETTLED), 1);
  CHECK_NUMBER(certpush_push_again_n(client, FAILED_ID, 16, "p", 1, "ELB", 3, 0, NULL, &report),
               CERTPUSH_UNSETTLED);
  CHECK_NUMBER(certpush_report_outcome_unknown(report), 1);
  CHECK_NUMBER(service_count("/sim/received", FAILED_ID), 0);
  certpush_report_free(report);
  certpush_report_list_free(reports);
  certpush_push_list_free(list);
  certpush_client_free(client);
  unlink(JOURNAL);
}

static void only_what_is_unknown_can_be_settled(void) {
  certpush_report *report = NULL;
  int way;
  second_is(CERTPUSH_BAD_REQUEST, "unknown");
  for (way = 0; way < 3; way++) {
    CHECK_NUMBER(settled(way, GOOD_ID, 0, &report), CERTPUSH_INVALID_CONFIG);
    CHECK_CONTAINS(certpush_report_message(report), "there is nothing to settle");
    certpush_report_free(report);
    CHECK_NUMBER(settled(way, GOOD_ID, 1, NULL), CERTPUSH_OK);
    CHECK_NUMBER(settled(way, UNKNOWN_ID, 1, &report), CERTPUSH_INVALID_CONFIG);
    CHECK_CONTAINS(certpush_report_message(report), "knows of no push");
    certpush_report_free(report);
    CHECK_NUMBER(settled(way, FAILED_ID, 2, &report), CERTPUSH_INVALID_ARGUMENT);
    certpush_report_free(report);
  }
  second_is(CERTPUSH_UNSETTLED, "unknown");
  unlink(JOURNAL);
  CHECK_NUMBER(settled(0, GOOD_ID, 1, &report), CERTPUSH_INVALID_CONFIG);
  CHECK_CONTAINS(certpush_report_message(report), JOURNAL);
  certpush_report_free(report);
  CHECK(access(JOURNAL, F_OK) != 0);
}

static void a_name_that_no_journal_can_have_is_refused(void) {
  static const struct {
    const char *name;
    size_t length;
    const char *message;
  } names[] = {{"a\0b", 3, "journal has a NUL inside; nothing was sent"},
               {"", 0, "journal must not be empty; nothing was sent"},
               {NULL, 0, "journal must not be empty; nothing was sent"}};
  certpush_report *report = NULL;
  size_t i;
  for (i = 0; i < sizeof names / sizeof *names; i++) {
    CHECK_NUMBER(certpush_journal_settle_n(names[i].name, names[i].length, GOOD_ID, 16, "p", 1, "ELB", 3, 1,
                                           &report),
                 CERTPUSH_INVALID_ARGUMENT);
    CHECK_TEXT(certpush_report_message(report), names[i].message);
    certpush_report_free(report);
    CHECK_NUMBER(certpush_journal_unsettled_n(names[i].name, names[i].length, NULL, &report),
                 CERTPUSH_INVALID_ARGUMENT);
    CHECK_TEXT(certpush_report_message(report), names[i].message);
    certpush_report_free(report);
  }
}

static void a_journal_in_use_is_refused(void) {
  certpush_client *client = client_with("journal", JOURNAL), *other = client;
  certpush_config *config = service_config();
  certpush_report *report = NULL;
  CHECK_NUMBER(certpush_push(client, FAILED_ID, "p", "ELB", NULL, NULL), CERTPUSH_BAD_REQUEST);
  CHECK_NUMBER(certpush_config_set(config, "journal", JOURNAL, NULL), CERTPUSH_OK);
  CHECK_NUMBER(certpush_client_new(config, &other, &report), CERTPUSH_INVALID_CONFIG);
  CHECK(other == NULL);
  CHECK_CONTAINS(certpush_report_message(report), "in use");
  certpush_report_free(report);
  CHECK_NUMBER(settled(0, FAILED_ID, 1, &report), CERTPUSH_INVALID_CONFIG);
  CHECK_CONTAINS(certpush_report_message(report), "in use");
  certpush_report_free(report);
  certpush_client_free(client);
  CHECK_NUMBER(settled(0, FAILED_ID, 1, NULL), CERTPUSH_OK);
  certpush_config_free(config);
  unlink(JOURNAL);
}

int main(void) {
  RUN(every_entry_has_its_report_in_the_lists_order);
  RUN(the_lists_json_has_the_json_of_each_report);
  RUN(each_entry_fails_for_itself);
  RUN(what_is_known_of_every_entry_adds_no_doubt);
  RUN(refused_credentials_stop_a_run);
  RUN(a_service_that_asks_for_an_hour_stops_a_run);
  RUN(so_many_failures_stop_a_run);
  RUN(a_list_without_entries_is_pushed);
  RUN(a_list_may_be_changed_and_freed_after_a_run);
  RUN(each_entry_is_told_once_on_the_calling_thread);
  RUN(a_progress_function_may_ask_for_no_more);
  RUN(a_progress_function_may_push_itself);
  RUN(another_thread_ends_a_run);
  RUN(a_cancel_that_was_triggered_before_sends_nothing);
  RUN(closing_the_client_ends_a_run);
  RUN(a_signal_handler_ends_a_run_and_runs_on_the_programs_own_thread);
  RUN(an_interrupt_ends_a_run);
  RUN(a_run_has_a_time_as_a_whole);
  RUN(log_and_token_source_are_called_on_the_calling_thread);
  RUN(several_threads_may_run_one_list_at_once);
  RUN(a_second_run_with_a_journal_pushes_nothing);
  RUN(what_was_pushed_is_pushed_again_when_that_is_asked_for);
  RUN(what_is_unknown_is_not_pushed_until_it_is_settled);
  RUN(unsettled_entries_are_not_pushed_again_either);
  RUN(what_is_to_be_settled_is_told);
  RUN(only_what_is_unknown_can_be_settled);
  RUN(a_name_that_no_journal_can_have_is_refused);
  RUN(a_journal_in_use_is_refused);
  return tests_ended();
}
