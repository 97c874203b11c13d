/* Answers that come to hosts of a special kind: one that traps floating-point faults, as Delphi and
   Free Pascal set it up, and threads with a small stack. Nothing in an answer may end them. */
#define _GNU_SOURCE
#include "service.h"

#include <fenv.h>
#include <pthread.h>

#define HUGE_NUMBER_ID "scs8000000000006"
#define DEEP_ID "scs8000000000007"

static int32_t push(const certpush_client *client, const char *id) {
  return certpush_push(client, id, "p", "ELB", NULL, NULL);
}

static void a_host_may_trap_every_floating_point_fault(void) {
  const char *ids[] = {GOOD_ID, THROTTLED_ID, HUGE_NUMBER_ID, DEEP_ID};
  const int32_t told[] = {CERTPUSH_OK, CERTPUSH_THROTTLED, CERTPUSH_BAD_REQUEST, CERTPUSH_BAD_REQUEST};
  fenv_t usual;
  size_t i;
  CHECK(fegetenv(&usual) == 0);
#ifdef FE_NOMASK_ENV
  CHECK(fesetenv(FE_NOMASK_ENV) == 0);
#endif
  for (i = 0; i < sizeof ids / sizeof *ids; i++) {
    certpush_client *client = service_client();
    int32_t status = push(client, ids[i]);
    certpush_client_free(client);
    CHECK_NUMBER(status, told[i]);
  }
  CHECK(fesetenv(&usual) == 0);
}

static int32_t push_again_meanwhile(void *user, size_t index, const certpush_report *report) {
  (void)index;
  CHECK(strlen(certpush_report_json(report)) > 100);
  CHECK_NUMBER(push((const certpush_client *)user, GOOD_ID), CERTPUSH_OK);
  return 0;
}

/* Many pushes, with a journal. */
static void push_all_on_a_small_stack(const char *options, int32_t *status) {
  static const char text[] =
      "certificate_id,target_project,target_service\n" GOOD_ID ",p,ELB\n" DEEP_ID ",p,ELB\n";
  char with_journal[2048];
  certpush_client *client = NULL, *plain = NULL;
  certpush_push_list *list = certpush_push_list_new();
  certpush_report_list *reports = NULL;
  snprintf(with_journal, sizeof with_journal, "%s\njournal=small.journal", options);
  CHECK_NUMBER(certpush_client_open(with_journal, strlen(with_journal), &client, NULL), CERTPUSH_OK);
  CHECK_NUMBER(certpush_client_open(options, strlen(options), &plain, NULL), CERTPUSH_OK);
  CHECK_NUMBER(certpush_push_list_read_n(list, text, strlen(text), NULL), CERTPUSH_OK);
  *status = certpush_push_all(client, list, 0, push_again_meanwhile, plain, NULL, &reports, NULL);
  CHECK_NUMBER(certpush_report_status(certpush_report_list_get(reports, 0)), CERTPUSH_OK);
  CHECK_CONTAINS(certpush_report_list_json(reports), DEEP_ID);
  certpush_report_list_free(reports);
  certpush_push_list_free(list);
  certpush_client_free(client);
  certpush_client_free(plain);
  CHECK_NUMBER(certpush_journal_settle("small.journal", GOOD_ID, "p", "ELB", 1, NULL), CERTPUSH_OK);
  CHECK(unlink("small.journal") == 0);
}

/* Everything that a binding calls, each with what may need most. */
static void *call_on_a_small_stack(void *told) {
  const char *formats[] = {"endpoint=%s\nca_file=%s\ntoken_file=%s",
                           "{\"endpoint\":\"%s\",\"ca_file\":\"%s\",\"token_file\":\"%s\"}"};
  int32_t *status = (int32_t *)told;
  size_t i;
  for (i = 0; i < sizeof formats / sizeof *formats; i++) {
    char options[2048], field[16];
    certpush_client *client = NULL;
    certpush_report *report = NULL, *copy;
    snprintf(options, sizeof options, formats[i], service_endpoint(), given("SERVICE_CA_FILE"),
             given("SERVICE_TOKEN_FILE"));
    CHECK_NUMBER(certpush_client_open(options, strlen(options), &client, &report), CERTPUSH_OK);
    status[0] = push(client, GOOD_ID);
    status[1] = certpush_push(client, DEEP_ID, "p", "ELB", NULL, &report);
    copy = certpush_report_copy(report);
    CHECK_TEXT(certpush_report_json(copy), certpush_report_json(report));
    CHECK_NUMBER(certpush_report_copy_field(copy, "status", 6, field, sizeof field), 2);
    certpush_report_free(report);
    certpush_report_free(copy);
    certpush_client_free(client);
    if (i == 0) push_all_on_a_small_stack(options, &status[2]);
  }
  return NULL;
}

static void a_thread_may_have_96_kilobytes_of_stack(void) {
  int32_t status[3] = {-1, -1, -1};
  pthread_attr_t attributes;
  pthread_t thread;
  CHECK(pthread_attr_init(&attributes) == 0);
  CHECK(pthread_attr_setstacksize(&attributes, 96 * 1024) == 0);
  CHECK(pthread_create(&thread, &attributes, call_on_a_small_stack, status) == 0);
  CHECK(pthread_join(thread, NULL) == 0);
  CHECK(pthread_attr_destroy(&attributes) == 0);
  CHECK_NUMBER(status[0], CERTPUSH_OK);
  CHECK_NUMBER(status[1], CERTPUSH_BAD_REQUEST);
  CHECK_NUMBER(status[2], CERTPUSH_INCOMPLETE);
}

int main(void) {
  RUN(a_host_may_trap_every_floating_point_fault);
  RUN(a_thread_may_have_96_kilobytes_of_stack);
  return tests_ended();
}
