/* The host's threads may be cancelled (pthread_cancel): a thread that is in certpush is cancelled
 * when it has returned. */
#include "service.h"

#include <pthread.h>

#define TOKEN "a-token-that-a-function-of-the-program-gives"

static certpush_client *client;
static int returned;

/* Each of them is called by a thread that was cancelled before. */

static void config_is_made_and_freed(void) {
  certpush_config *config = certpush_config_new();
  CHECK_NUMBER(certpush_config_set(config, "region", "ap-southeast-1", NULL), CERTPUSH_OK);
  CHECK_NUMBER(certpush_config_set_n(config, "language", 8, "en-us", 5, NULL), CERTPUSH_OK);
  CHECK_NUMBER(certpush_config_load_env(config, NULL), CERTPUSH_OK);
  CHECK_NUMBER(certpush_config_set_log(config, NULL, NULL, NULL), CERTPUSH_OK);
  CHECK_NUMBER(certpush_config_set_token_source(config, NULL, NULL, NULL), CERTPUSH_OK);
  CHECK_NUMBER(certpush_config_set_interrupt(config, NULL, NULL, NULL), CERTPUSH_OK);
  CHECK_NUMBER(certpush_config_set_fields(config, "retries", 7, "1", 1, NULL), CERTPUSH_OK);
  CHECK_NUMBER(certpush_config_set_options(config, "load_env=true", 13, NULL), CERTPUSH_OK);
  certpush_config_free(config);
}

static void text_opens_a_client(void) {
  const char options[] = "region=ap-southeast-1\nload_env=true";
  certpush_client *opened = NULL;
  CHECK_NUMBER(certpush_client_open(options, strlen(options), &opened, NULL), CERTPUSH_OK);
  certpush_client_free(opened);
}

static void report_is_read(void) {
  certpush_report *report = NULL, *copy;
  char field[8];
  CHECK_NUMBER(certpush_push(client, REFUSED_ID, "p", "ELB", NULL, &report), CERTPUSH_UNAUTHORIZED);
  copy = certpush_report_copy(report);
  CHECK_TEXT(certpush_report_json(copy), certpush_report_json(report));
  CHECK_TEXT(certpush_report_outcome(copy), "not_pushed");
  CHECK_NUMBER(certpush_report_copy_field(copy, "http_status", 11, field, sizeof field), 3);
  certpush_report_free(report);
  certpush_report_free(copy);
}

static void client_reads_its_files(void) { certpush_client_free(service_client()); }

static void client_is_refused_for_a_file(void) {
  certpush_config *config = service_config();
  certpush_client *none = NULL;
  certpush_report *report = NULL;
  /* Over plain http, where valgrind looks, nobody's certificate would matter. */
  CHECK_NUMBER(certpush_config_set(config, "endpoint", "https://127.0.0.1", NULL), CERTPUSH_OK);
  CHECK_NUMBER(certpush_config_set(config, "ca_file", "/no/such/file", NULL), CERTPUSH_OK);
  CHECK_NUMBER(certpush_client_new(config, &none, &report), CERTPUSH_INVALID_CONFIG);
  CHECK_CONTAINS(certpush_report_message(report), "ca_file");
  certpush_report_free(report);
  certpush_config_free(config);
}

static void client_connects(void) {
  certpush_client *fresh = service_client();
  CHECK_NUMBER(certpush_client_connect(fresh, NULL, NULL), CERTPUSH_OK);
  CHECK_CONTAINS(certpush_client_describe(fresh), "endpoint");
  certpush_client_close(fresh);
  certpush_client_free(fresh);
}

static void push_is_made(void) {
  CHECK_NUMBER(certpush_push(client, GOOD_ID, "p", "ELB", NULL, NULL), CERTPUSH_OK);
}

static void push_is_refused(void) {
  certpush_report *report = NULL;
  CHECK_NUMBER(certpush_push(client, REFUSED_ID, "p", "ELB", NULL, &report), CERTPUSH_UNAUTHORIZED);
  CHECK_TEXT(certpush_report_service_code(report), "APIGW.0301");
  certpush_report_free(report);
}

static void push_with_lengths_waits_in_vain(void) {
  certpush_report *report = NULL;
  CHECK_NUMBER(certpush_push_n(client, SILENT_ID, strlen(SILENT_ID), "p", 1, "ELB", 3, 300, NULL,
                               &report),
               CERTPUSH_TIMEOUT);
  CHECK_NUMBER(certpush_report_outcome_unknown(report), 1);
  certpush_report_free(report);
}

static void push_without_a_client_is_made(void) {
  CHECK_NUMBER(certpush_push_once(service_endpoint(), NULL, GOOD_ID, "p", "ELB", NULL), CERTPUSH_OK);
}

static void push_of_fields_is_made(void) {
  int32_t unknown = -1;
  CHECK_NUMBER(certpush_push_fields(client, GOOD_ID, 16, "p", 1, "ELB", 3, 0, &unknown, NULL, NULL,
                                    0, NULL, 0, NULL, 0, NULL),
               CERTPUSH_OK);
  CHECK_NUMBER(unknown, 0);
}

static void list_is_made_and_freed(void) {
  const char text[] = "certificate_id,target_project,target_service\n" GOOD_ID ",p,ELB";
  certpush_push_list *list = certpush_push_list_new();
  CHECK_NUMBER(certpush_push_list_read_n(list, text, strlen(text), NULL), CERTPUSH_OK);
  CHECK_NUMBER(certpush_push_list_add(list, GOOD_ID, "p", "WAF", NULL), CERTPUSH_OK);
  CHECK_NUMBER(certpush_push_list_add_n(list, GOOD_ID, 16, "", 0, "CDN", 3, NULL), CERTPUSH_OK);
  CHECK_NUMBER(certpush_push_list_add_fields(list, GOOD_ID, 16, "p", 1, "WAF", 3, NULL),
               CERTPUSH_INVALID_ARGUMENT);
  CHECK_NUMBER(certpush_push_list_count(list), 3);
  certpush_push_list_free(list);
}

static int cancel_state(void) {
  int state, ignored;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
  pthread_setcancelstate(state, &ignored);
  return state;
}

static int32_t count_entry(void *user, size_t index, const certpush_report *report) {
  (void)index;
  CHECK_NUMBER(certpush_report_status(report), CERTPUSH_OK);
  CHECK_NUMBER(cancel_state(), PTHREAD_CANCEL_DISABLE);
  pthread_testcancel();
  ++*(int *)user;
  return 0;
}

static void run_is_made_and_kept(void) {
  certpush_config *config = service_config();
  certpush_client *keeping;
  certpush_push_list *list = certpush_push_list_new();
  certpush_report_list *reports = NULL;
  int entries = 0;
  CHECK_NUMBER(certpush_config_set(config, "journal", "cancelled.journal", NULL), CERTPUSH_OK);
  keeping = client_of(config);
  CHECK_NUMBER(certpush_push_list_add(list, GOOD_ID, "p", "ELB", NULL), CERTPUSH_OK);
  CHECK_NUMBER(certpush_push_list_add(list, GOOD_ID, "p", "WAF", NULL), CERTPUSH_OK);
  CHECK_NUMBER(certpush_push_all(keeping, list, 0, count_entry, &entries, NULL, &reports, NULL),
               CERTPUSH_OK);
  CHECK_NUMBER(certpush_push_all_again(keeping, list, 0, count_entry, &entries, NULL, NULL, NULL),
               CERTPUSH_OK);
  CHECK_NUMBER(entries, 4);
  CHECK_NUMBER(certpush_report_list_count(reports), 2);
  CHECK_CONTAINS(certpush_report_list_json(reports), GOOD_ID);
  CHECK_NUMBER(certpush_push_again_n(keeping, GOOD_ID, 16, "p", 1, "ELB", 3, 0, NULL, NULL), CERTPUSH_OK);
  certpush_report_list_free(reports);
  certpush_push_list_free(list);
  certpush_client_free(keeping);
  CHECK_NUMBER(certpush_journal_settle("cancelled.journal", GOOD_ID, "p", "ELB", 1, NULL), CERTPUSH_OK);
  CHECK_NUMBER(certpush_journal_settle_n("cancelled.journal", 17, GOOD_ID, 16, "p", 1, "ELB", 3, 0, NULL),
               CERTPUSH_INVALID_CONFIG);
  CHECK(unlink("cancelled.journal") == 0);
}

static void name_is_looked_up(void) {
  certpush_config *config = service_config();
  certpush_client *nowhere = NULL;
  CHECK_NUMBER(certpush_config_set(config, "endpoint", "https://no.such.host.invalid", NULL),
               CERTPUSH_OK);
  CHECK_NUMBER(certpush_config_set(config, "retries", "0", NULL), CERTPUSH_OK);
  CHECK_NUMBER(certpush_client_new(config, &nowhere, NULL), CERTPUSH_OK);
  CHECK_NUMBER(certpush_push(nowhere, GOOD_ID, "p", "ELB", NULL, NULL), CERTPUSH_RESOLVE);
  certpush_client_free(nowhere);
  certpush_config_free(config);
}

/* A log function and a token source as a program may have them: they wait, and push themselves. */
static void log_line(void *user, int32_t level, const char *line) {
  (void)level;
  CHECK_CONTAINS(line, "push");
  CHECK_NUMBER(cancel_state(), PTHREAD_CANCEL_DISABLE);
  pthread_testcancel();
  ++*(int *)user;
}

static void give_after_a_push(void *user, certpush_token_request *request) {
  CHECK_NUMBER(certpush_push(client, GOOD_ID, "p", "ELB", NULL, NULL), CERTPUSH_OK);
  CHECK_NUMBER(cancel_state(), PTHREAD_CANCEL_DISABLE);
  pthread_testcancel();
  ++*(int *)user;
  certpush_token_request_give(request, TOKEN, strlen(TOKEN));
}

static int32_t end_the_third_time(void *user) {
  CHECK_NUMBER(cancel_state(), PTHREAD_CANCEL_DISABLE);
  pthread_testcancel();
  return ++*(int *)user == 3;
}

static void functions_of_the_program_are_called(void) {
  certpush_config *config = config_without_token();
  certpush_client *asking = NULL;
  int lines = 0, asked = 0, checked = 0;
  CHECK_NUMBER(certpush_config_set_interrupt(config, end_the_third_time, &checked, NULL), CERTPUSH_OK);
  CHECK_NUMBER(certpush_config_set_log(config, log_line, &lines, NULL), CERTPUSH_OK);
  CHECK_NUMBER(certpush_config_set_token_source(config, give_after_a_push, &asked, NULL),
               CERTPUSH_OK);
  CHECK_NUMBER(certpush_client_new(config, &asking, NULL), CERTPUSH_OK);
  certpush_config_free(config);
  CHECK_NUMBER(certpush_push(asking, GOOD_ID, "p", "ELB", NULL, NULL), CERTPUSH_OK);
  CHECK_NUMBER(lines, 1);
  CHECK_NUMBER(asked, 1);
  CHECK_NUMBER(certpush_push(asking, SILENT_ID, "p", "ELB", NULL, NULL), CERTPUSH_CANCELLED);
  CHECK_NUMBER(checked, 3);
  certpush_client_free(asking);
}

static void *call_once_cancelled(void *call) {
  int cancel_type;
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &cancel_type);
  pthread_cancel(pthread_self());
  (*(void (**)(void))call)();
  returned = 1;
  CHECK_NUMBER(cancel_state(), PTHREAD_CANCEL_ENABLE);
  pthread_testcancel();
  return NULL;
}

/* The call comes to its end on a thread that was cancelled, and then the thread does. */
static void survives(void (*call)(void)) {
  pthread_t thread;
  void *result = NULL;
  returned = 0;
  pthread_create(&thread, NULL, call_once_cancelled, &call);
  pthread_join(thread, &result);
  CHECK(returned);
  CHECK(result == PTHREAD_CANCELED);
}

static void a_config_survives_its_threads_cancel(void) { survives(config_is_made_and_freed); }

static void making_a_client_survives_its_threads_cancel(void) {
  survives(client_reads_its_files);
  survives(text_opens_a_client);
  survives(client_is_refused_for_a_file);
}

static void connecting_survives_its_threads_cancel(void) { survives(client_connects); }

static void every_push_survives_its_threads_cancel(void) {
  survives(push_is_made);
  survives(push_is_refused);
  survives(report_is_read);
  survives(push_with_lengths_waits_in_vain);
  survives(push_without_a_client_is_made);
  survives(push_of_fields_is_made);
  survives(name_is_looked_up);
}

static void a_run_survives_its_threads_cancel(void) {
  survives(list_is_made_and_freed);
  survives(run_is_made_and_kept);
}

static void functions_of_the_program_are_not_cancelled(void) {
  survives(functions_of_the_program_are_called);
}

/* What becomes of a push that waits when its thread is cancelled. */
struct waiting {
  int32_t status;
  int32_t unknown;
};

static void *wait_for_an_answer(void *argument) {
  struct waiting *waiting = (struct waiting *)argument;
  certpush_report *report = NULL;
  waiting->status = certpush_push_n(client, SILENT_ID, strlen(SILENT_ID), "p", 1, "ELB", 3, 1500,
                                    NULL, &report);
  waiting->unknown = certpush_report_outcome_unknown(report);
  certpush_report_free(report);
  pthread_testcancel();
  return NULL;
}

static void a_push_that_waits_comes_to_its_end(void) {
  struct waiting waiting = {-1, -1};
  pthread_t thread;
  void *result = NULL;
  reset_service();
  pthread_create(&thread, NULL, wait_for_an_answer, &waiting);
  await_received(SILENT_ID, 1);
  pthread_cancel(thread);
  pthread_join(thread, &result);
  CHECK(result == PTHREAD_CANCELED);
  CHECK_NUMBER(waiting.status, CERTPUSH_TIMEOUT);
  CHECK_NUMBER(waiting.unknown, 1);
  CHECK_NUMBER(certpush_push(client, GOOD_ID, "p", "ELB", NULL, NULL), CERTPUSH_OK);
}

static void *wait_for_a_run(void *argument) {
  struct waiting *waiting = (struct waiting *)argument;
  certpush_push_list *list = certpush_push_list_new();
  certpush_report *report = NULL;
  CHECK_NUMBER(certpush_push_list_add(list, SILENT_ID, "p", "ELB", NULL), CERTPUSH_OK);
  waiting->status = certpush_push_all(client, list, 1500, NULL, NULL, NULL, NULL, &report);
  waiting->unknown = certpush_report_outcome_unknown(report);
  certpush_report_free(report);
  certpush_push_list_free(list);
  pthread_testcancel();
  return NULL;
}

static void a_run_that_waits_comes_to_its_end(void) {
  struct waiting waiting = {-1, -1};
  pthread_t thread;
  void *result = NULL;
  reset_service();
  pthread_create(&thread, NULL, wait_for_a_run, &waiting);
  await_received(SILENT_ID, 1);
  pthread_cancel(thread);
  pthread_join(thread, &result);
  CHECK(result == PTHREAD_CANCELED);
  CHECK_NUMBER(waiting.status, CERTPUSH_INCOMPLETE);
  CHECK_NUMBER(waiting.unknown, 1);
}

static void *push_uncancellable(void *unused) {
  int ignored;
  (void)unused;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &ignored);
  push_is_made();
  CHECK_NUMBER(cancel_state(), PTHREAD_CANCEL_DISABLE);
  return NULL;
}

static void a_thread_that_is_not_to_be_cancelled_stays_so(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, push_uncancellable, NULL);
  pthread_join(thread, NULL);
}

int main(void) {
  setenv("CERTPUSH_TOKEN_FILE", given("SERVICE_TOKEN_FILE"), 1);
  setenv("CERTPUSH_CA_FILE", given("SERVICE_CA_FILE"), 1);
  client = service_client();
  RUN(a_config_survives_its_threads_cancel);
  RUN(making_a_client_survives_its_threads_cancel);
  RUN(connecting_survives_its_threads_cancel);
  RUN(every_push_survives_its_threads_cancel);
  RUN(a_run_survives_its_threads_cancel);
  RUN(functions_of_the_program_are_not_cancelled);
  RUN(a_push_that_waits_comes_to_its_end);
  RUN(a_run_that_waits_comes_to_its_end);
  RUN(a_thread_that_is_not_to_be_cancelled_stays_so);
  certpush_client_free(client);
  return tests_ended();
}
