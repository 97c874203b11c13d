/* A batch push: what is told of the whole and of each project, and who owns it. */
#include "service.h"

/* Answered as scenarios.json says. */
#define INCOMPLETE_ID "scs8000000000010"
#define UNTOLD_ID "scs8000000000011"
#define PLAIN_ID "scs8000000000012"

static int32_t push_to(certpush_client *client, const char *id, const char *projects,
                       certpush_report_list **list, certpush_report **report) {
  return certpush_batch_push(client, id, projects, "ELB", NULL, list, report);
}

static void each_project_has_a_report_with_the_certificates_id_there(void) {
  certpush_client *client = service_client();
  certpush_report_list *list = NULL;
  certpush_report *report = NULL;
  const certpush_report *first, *second;
  reset_service();
  CHECK_NUMBER(push_to(client, GOOD_ID, "cn-north-4,ap-southeast-3", &list, &report), CERTPUSH_OK);
  CHECK_NUMBER(certpush_report_status(report), CERTPUSH_OK);
  CHECK_NUMBER(certpush_report_http_status(report), 200);
  CHECK_TEXT(certpush_report_target_project(report), "cn-north-4,ap-southeast-3");
  CHECK_TEXT(certpush_report_target_certificate_id(report), "");
  CHECK_TEXT(certpush_report_outcome(report), "pushed");
  CHECK_NUMBER(certpush_report_list_count(list), 2);
  first = certpush_report_list_get(list, 0);
  second = certpush_report_list_get(list, 1);
  CHECK(certpush_report_list_get(list, 0) == first);
  CHECK(certpush_report_list_get(list, 2) == NULL);
  CHECK(certpush_report_list_get(list, (size_t)-1) == NULL);
  CHECK_TEXT(certpush_report_target_project(first), "cn-north-4");
  CHECK_TEXT(certpush_report_target_project(second), "ap-southeast-3");
  CHECK_TEXT(certpush_report_request_id(first), certpush_report_request_id(report));
  CHECK_NUMBER(service_count("/sim/pushed", certpush_report_target_certificate_id(first)), 1);
  CHECK_NUMBER(service_count("/sim/pushed", certpush_report_target_certificate_id(second)), 1);
  CHECK_NUMBER(service_count("/sim/received", "batch-push"), 1);
  certpush_report_free(report);
  certpush_report_list_free(list);
  certpush_client_free(client);
}

static void a_refused_project_stands_beside_one_that_was_pushed_to(void) {
  certpush_client *client = service_client();
  certpush_report_list *list = NULL;
  certpush_report *report = NULL;
  const certpush_report *told;
  CHECK_NUMBER(push_to(client, INCOMPLETE_ID, "c,b,a", &list, &report), CERTPUSH_INCOMPLETE);
  CHECK_NUMBER(certpush_report_outcome_unknown(report), 1);
  CHECK_NUMBER(certpush_report_retryable(report), 0);
  CHECK_TEXT(certpush_report_phase(report), "receive");
  CHECK_NUMBER(certpush_report_list_count(list), 3);
  told = certpush_report_list_get(list, 0);
  CHECK_NUMBER(certpush_report_status(told), CERTPUSH_UNEXPECTED_RESPONSE);
  CHECK_NUMBER(certpush_report_outcome_unknown(told), 1);
  CHECK_TEXT(certpush_report_target_project(told), "c");
  told = certpush_report_list_get(list, 1);
  CHECK_NUMBER(certpush_report_status(told), CERTPUSH_TARGET_REFUSED);
  CHECK_NUMBER(certpush_report_outcome_unknown(told), 1);
  CHECK_TEXT(certpush_report_service_message(told), "Failed to push to ELB.");
  CHECK_CONTAINS(certpush_report_hint(told), "may already be there");
  told = certpush_report_list_get(list, 2);
  CHECK_NUMBER(certpush_report_status(told), CERTPUSH_OK);
  CHECK_TEXT(certpush_report_target_certificate_id(told), "id-of-a");
  certpush_report_free(report);
  certpush_report_list_free(list);
  certpush_client_free(client);
}

static void what_is_known_of_every_project_adds_no_doubt(void) {
  certpush_client *client = service_client();
  certpush_report_list *list = NULL;
  certpush_report *report = NULL;
  CHECK_NUMBER(push_to(client, PLAIN_ID, "a,b", &list, &report), CERTPUSH_INCOMPLETE);
  CHECK_NUMBER(certpush_report_outcome_unknown(report), 0);
  /* One of two was pushed to: to call the whole not pushed would have it pushed twice. */
  CHECK_TEXT(certpush_report_outcome(report), "unknown");
  CHECK_TEXT(certpush_report_outcome(certpush_report_list_get(list, 0)), "pushed");
  CHECK_TEXT(certpush_report_outcome(certpush_report_list_get(list, 1)), "not_pushed");
  certpush_report_free(report);
  certpush_report_list_free(list);
  certpush_client_free(client);
}

static void what_fails_as_a_whole_has_no_list(void) {
  static const struct {
    const char *id;
    int32_t status, outcome_unknown;
  } failures[] = {{REFUSED_ID, CERTPUSH_UNAUTHORIZED, 0},
                  {FAILED_ID, CERTPUSH_BAD_REQUEST, 1},
                  {UNTOLD_ID, CERTPUSH_UNEXPECTED_RESPONSE, 1}};
  certpush_client *client = service_client();
  size_t i;
  for (i = 0; i < sizeof failures / sizeof *failures; i++) {
    certpush_report_list *list = (certpush_report_list *)client;
    certpush_report *report = NULL;
    CHECK_NUMBER(push_to(client, failures[i].id, "a,b", &list, &report), failures[i].status);
    CHECK(list == NULL);
    CHECK_NUMBER(certpush_report_outcome_unknown(report), failures[i].outcome_unknown);
    CHECK_CONTAINS(certpush_report_message(report), " of them");
    certpush_report_free(report);
  }
  certpush_client_free(client);
}

static void one_time_out_leaves_every_project_unknown(void) {
  certpush_client *client = service_client();
  certpush_report_list *list = NULL;
  certpush_report *report = NULL;
  CHECK_NUMBER(certpush_batch_push_n(client, SILENT_ID, 16, "a,b", 3, "ELB", 3, 300, NULL, &list,
                                     &report),
               CERTPUSH_TIMEOUT);
  CHECK(list == NULL);
  CHECK_NUMBER(certpush_report_outcome_unknown(report), 1);
  CHECK_CONTAINS(certpush_report_message(report), "may have been pushed to any of them");
  certpush_report_free(report);
  certpush_client_free(client);
}

static void a_cancel_ends_a_batch_push(void) {
  certpush_client *client = service_client();
  certpush_cancel *cancel = certpush_cancel_new();
  certpush_report_list *list = NULL;
  certpush_report *report = NULL;
  certpush_cancel_trigger(cancel);
  CHECK_NUMBER(certpush_batch_push(client, GOOD_ID, "a", "ELB", cancel, &list, &report),
               CERTPUSH_CANCELLED);
  CHECK(list == NULL);
  CHECK_NUMBER(certpush_report_outcome_unknown(report), 0);
  certpush_report_free(report);
  certpush_cancel_free(cancel);
  certpush_client_free(client);
}

static void strings_with_a_length_need_no_nul(void) {
  const char text[] = "<" GOOD_ID "cn-north-4,pELB>";
  certpush_client *client = service_client();
  certpush_report_list *list = NULL;
  CHECK_NUMBER(certpush_batch_push_n(client, text + 1, 16, text + 17, 12, text + 29, 3, 0, NULL,
                                     &list, NULL),
               CERTPUSH_OK);
  CHECK_NUMBER(certpush_report_list_count(list), 2);
  CHECK_TEXT(certpush_report_target_project(certpush_report_list_get(list, 1)), "p");
  CHECK_TEXT(certpush_report_target_service(certpush_report_list_get(list, 1)), "ELB");
  certpush_report_list_free(list);
  certpush_client_free(client);
}

static void the_lists_json_has_the_json_of_each_report(void) {
  certpush_client *client = service_client();
  certpush_report_list *list = NULL;
  char expected[16384];
  const char *json;
  CHECK_NUMBER(push_to(client, INCOMPLETE_ID, "b,a", &list, NULL), CERTPUSH_INCOMPLETE);
  json = certpush_report_list_json(list);
  snprintf(expected, sizeof expected, "[%s,%s]",
           certpush_report_json(certpush_report_list_get(list, 0)),
           certpush_report_json(certpush_report_list_get(list, 1)));
  CHECK_TEXT(json, expected);
  CHECK(certpush_report_list_json(list) == json);
  certpush_report_list_free(list);
  certpush_client_free(client);
}

static void a_report_may_be_copied_out_of_its_list(void) {
  certpush_client *client = service_client();
  certpush_report_list *list = NULL;
  certpush_report *copy;
  CHECK_NUMBER(push_to(client, INCOMPLETE_ID, "a", &list, NULL), CERTPUSH_OK);
  copy = certpush_report_copy(certpush_report_list_get(list, 0));
  certpush_report_list_free(list);
  CHECK_TEXT(certpush_report_target_certificate_id(copy), "id-of-a");
  certpush_report_free(copy);
  certpush_client_free(client);
}

static void who_wants_no_list_is_told_by_the_message(void) {
  certpush_client *client = service_client();
  certpush_report *report = NULL;
  CHECK_NUMBER(push_to(client, INCOMPLETE_ID, "a,b", NULL, &report), CERTPUSH_INCOMPLETE);
  CHECK_CONTAINS(certpush_report_message(report), "pushed to 1 of 2 projects: a");
  CHECK_CONTAINS(certpush_report_message(report), "may have been pushed to b");
  certpush_report_free(report);
  CHECK_NUMBER(push_to(client, GOOD_ID, "p", NULL, NULL), CERTPUSH_OK);
  certpush_client_free(client);
}

int main(void) {
  RUN(each_project_has_a_report_with_the_certificates_id_there);
  RUN(a_refused_project_stands_beside_one_that_was_pushed_to);
  RUN(what_is_known_of_every_project_adds_no_doubt);
  RUN(what_fails_as_a_whole_has_no_list);
  RUN(one_time_out_leaves_every_project_unknown);
  RUN(a_cancel_ends_a_batch_push);
  RUN(strings_with_a_length_need_no_nul);
  RUN(the_lists_json_has_the_json_of_each_report);
  RUN(a_report_may_be_copied_out_of_its_list);
  RUN(who_wants_no_list_is_told_by_the_message);
  return tests_ended();
}
