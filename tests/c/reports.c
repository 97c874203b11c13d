/* What a call leaves behind: outputs, and reports with every field. */
#include "service.h"

#include <pthread.h>

/* As long as a token must be. */
#define NO_TOKEN "thirty-two-characters-at-least-ok"

static void a_report_is_overwritten_whatever_it_was(void) {
  certpush_config *config = certpush_config_new();
  certpush_report *report = (certpush_report *)(void *)&config;
  CHECK_NUMBER(certpush_config_set(config, "timeout_ms", "5", &report), CERTPUSH_OK);
  CHECK_NUMBER(certpush_report_status(report), CERTPUSH_OK);
  report = (certpush_report *)(void *)&config;
  CHECK_NUMBER(certpush_config_set(config, "timeout_ms", "five", &report), CERTPUSH_INVALID_CONFIG);
  CHECK_NUMBER(certpush_report_status(report), CERTPUSH_INVALID_CONFIG);
  CHECK_CONTAINS(certpush_report_message(report), "timeout_ms");
  certpush_report_free(report);
  certpush_config_free(config);
}

/* Checks the report of a success that has nothing to tell, and that it is the one. */
static void is_the_success(certpush_report **report) {
  static certpush_report *success;
  if (success == NULL) success = *report;
  CHECK(*report == success);
  CHECK_NUMBER(certpush_report_status(*report), CERTPUSH_OK);
  CHECK_NUMBER(certpush_report_outcome_unknown(*report), 0);
  CHECK_NUMBER(certpush_report_retryable(*report), 0);
  CHECK_TEXT(certpush_report_message(*report), "the call succeeded; nothing was pushed");
  CHECK_TEXT(certpush_report_phase(*report), "");
  CHECK_TEXT(certpush_report_outcome(*report), "not_pushed");
  certpush_report_free(*report);
  *report = (certpush_report *)(void *)report;
}

static void every_success_with_nothing_to_tell_has_one_report(void) {
  certpush_config *config = service_config();
  certpush_client *client = NULL;
  certpush_report *report = (certpush_report *)(void *)&config;
  const char options[] = "load_env=true\nendpoint=https://127.0.0.1:1\ntoken=" NO_TOKEN;
  CHECK_NUMBER(certpush_config_set_n(config, "retries", 7, "1", 1, &report), CERTPUSH_OK);
  is_the_success(&report);
  CHECK_NUMBER(certpush_config_set_fields(config, "retries ", 8, "1 ", 2, &report), CERTPUSH_OK);
  is_the_success(&report);
  CHECK_NUMBER(certpush_config_set_options(config, "retries=1", 9, &report), CERTPUSH_OK);
  is_the_success(&report);
  CHECK_NUMBER(certpush_config_load_env(config, &report), CERTPUSH_OK);
  is_the_success(&report);
  CHECK_NUMBER(certpush_config_set_log(config, NULL, NULL, &report), CERTPUSH_OK);
  is_the_success(&report);
  CHECK_NUMBER(certpush_config_set_token_source(config, NULL, NULL, &report), CERTPUSH_OK);
  is_the_success(&report);
  CHECK_NUMBER(certpush_config_set_interrupt(config, NULL, NULL, &report), CERTPUSH_OK);
  is_the_success(&report);
  CHECK_NUMBER(certpush_client_new(config, &client, &report), CERTPUSH_OK);
  is_the_success(&report);
  CHECK_NUMBER(certpush_client_connect(client, NULL, &report), CERTPUSH_OK);
  is_the_success(&report);
  certpush_client_free(client);
  CHECK_NUMBER(certpush_client_open(options, strlen(options), &client, &report), CERTPUSH_OK);
  is_the_success(&report);
  certpush_client_free(client);
  certpush_config_free(config);
}

static void *free_again_and_again(void *report) {
  int count;
  for (count = 0; count < 500; count++) {
    certpush_report_free((certpush_report *)report);
    CHECK_NUMBER(certpush_report_status((const certpush_report *)report), CERTPUSH_OK);
    CHECK(strlen(certpush_report_json((const certpush_report *)report)) > 0);
  }
  return NULL;
}

static void the_report_of_every_success_outlives_all_that_free_it(void) {
  certpush_config *config = certpush_config_new();
  certpush_report *report = NULL, *again = NULL;
  pthread_t threads[4];
  int i;
  CHECK_NUMBER(certpush_config_set(config, "retries", "1", &report), CERTPUSH_OK);
  for (i = 0; i < 4; i++) pthread_create(&threads[i], NULL, free_again_and_again, report);
  for (i = 0; i < 4; i++) pthread_join(threads[i], NULL);
  CHECK_NUMBER(certpush_config_set(config, "retries", "2", &again), CERTPUSH_OK);
  CHECK(again == report);
  CHECK_NUMBER(certpush_report_status(again), CERTPUSH_OK);
  certpush_config_free(config);
}

static void a_client_that_cannot_be_made_is_null(void) {
  certpush_config *config = certpush_config_new();
  certpush_client *client = (certpush_client *)(void *)&config;
  certpush_report *report = NULL;
  CHECK_NUMBER(certpush_client_new(config, &client, &report), CERTPUSH_INVALID_CONFIG);
  CHECK(client == NULL);
  CHECK_CONTAINS(certpush_report_message(report), "region");
  CHECK_TEXT(certpush_report_phase(report), "config");
  certpush_report_free(report);
  CHECK_NUMBER(certpush_config_set(config, "region", "cn-north-4", NULL), CERTPUSH_OK);
  CHECK_NUMBER(certpush_config_set(config, "credentials", "token", NULL), CERTPUSH_OK);
  CHECK_NUMBER(certpush_client_new(config, &client, &report), CERTPUSH_NO_CREDENTIALS);
  CHECK(client == NULL);
  certpush_report_free(report);
  certpush_config_free(config);
}

static void a_push_is_told_in_full(void) {
  certpush_client *client = service_client();
  certpush_report *report = NULL;
  CHECK_NUMBER(certpush_push(client, GOOD_ID, "ap-southeast-3", "ELB", NULL, &report), CERTPUSH_OK);
  CHECK_NUMBER(certpush_report_status(report), CERTPUSH_OK);
  CHECK_NUMBER(certpush_report_http_status(report), 204);
  CHECK_NUMBER(certpush_report_retryable(report), 0);
  CHECK_NUMBER(certpush_report_outcome_unknown(report), 0);
  CHECK_NUMBER(certpush_report_attempts(report), 1);
  CHECK_NUMBER(certpush_report_retry_after_ms(report), -1);
  CHECK_TEXT(certpush_report_message(report),
             GOOD_ID " was pushed to ELB in ap-southeast-3 (stored, not yet bound to a listener)");
  CHECK_CONTAINS(certpush_report_hint(report), "not yet bound");
  CHECK_TEXT(certpush_report_phase(report), "");
  CHECK_TEXT(certpush_report_service_code(report), "");
  CHECK_TEXT(certpush_report_service_message(report), "");
  CHECK(strlen(certpush_report_request_id(report)) == 32);
  CHECK_TEXT(certpush_report_certificate_id(report), GOOD_ID);
  CHECK_TEXT(certpush_report_target_project(report), "ap-southeast-3");
  CHECK_TEXT(certpush_report_target_service(report), "ELB");
  CHECK_TEXT(certpush_report_target_certificate_id(report), "");
  certpush_report_free(report);
  certpush_client_free(client);
}

static void a_refusal_is_told_in_full(void) {
  certpush_client *client = service_client();
  certpush_report *report = NULL;
  CHECK_NUMBER(certpush_push(client, REFUSED_ID, "ap-southeast-3", "WAF", NULL, &report),
               CERTPUSH_UNAUTHORIZED);
  CHECK_NUMBER(certpush_report_status(report), CERTPUSH_UNAUTHORIZED);
  CHECK_NUMBER(certpush_report_http_status(report), 401);
  CHECK_NUMBER(certpush_report_retryable(report), 0);
  CHECK_NUMBER(certpush_report_outcome_unknown(report), 0);
  CHECK_NUMBER(certpush_report_attempts(report), 1);
  CHECK_NUMBER(certpush_report_retry_after_ms(report), -1);
  CHECK_CONTAINS(certpush_report_message(report), "it was not pushed");
  CHECK_CONTAINS(certpush_report_hint(report), "site");
  CHECK_TEXT(certpush_report_phase(report), "receive");
  CHECK_TEXT(certpush_report_service_code(report), "APIGW.0301");
  CHECK_TEXT(certpush_report_service_message(report),
             "Incorrect IAM authentication information: decrypt token fail");
  CHECK_TEXT(certpush_report_request_id(report), "request-refused");
  CHECK_TEXT(certpush_report_certificate_id(report), REFUSED_ID);
  CHECK_TEXT(certpush_report_target_project(report), "ap-southeast-3");
  CHECK_TEXT(certpush_report_target_service(report), "WAF");
  certpush_report_free(report);
  certpush_client_free(client);
}

static void a_push_that_may_have_happened_says_so(void) {
  certpush_client *client = service_client();
  certpush_report *report = NULL;
  CHECK_NUMBER(certpush_push(client, FAILED_ID, "p", "ELB", NULL, &report), CERTPUSH_BAD_REQUEST);
  CHECK_NUMBER(certpush_report_outcome_unknown(report), 1);
  CHECK_NUMBER(certpush_report_retryable(report), 0);
  CHECK_TEXT(certpush_report_service_code(report), "SCM.0203");
  certpush_report_free(report);
  certpush_client_free(client);
}

static void the_wait_that_the_service_asks_for_is_told(void) {
  certpush_client *client = service_client();
  certpush_report *report = NULL;
  CHECK_NUMBER(certpush_push(client, THROTTLED_ID, "p", "ELB", NULL, &report), CERTPUSH_THROTTLED);
  CHECK_NUMBER(certpush_report_retry_after_ms(report), 3600000);
  CHECK_NUMBER(certpush_report_retryable(report), 1);
  CHECK_TEXT(certpush_report_service_message(report), "请求过于频繁");
  certpush_report_free(report);
  certpush_client_free(client);
}

static void a_push_needs_no_report(void) {
  certpush_client *client = service_client();
  CHECK_NUMBER(certpush_push(client, GOOD_ID, "p", "ELB", NULL, NULL), CERTPUSH_OK);
  CHECK_NUMBER(certpush_push(client, REFUSED_ID, "p", "ELB", NULL, NULL), CERTPUSH_UNAUTHORIZED);
  certpush_client_free(client);
}

static void a_report_outlives_its_client(void) {
  certpush_client *client = service_client();
  certpush_report *report = NULL;
  const char *message;
  certpush_push(client, GOOD_ID, "p", "ELB", NULL, &report);
  message = certpush_report_message(report);
  certpush_client_free(client);
  CHECK_TEXT(message, GOOD_ID " was pushed to ELB in p (stored, not yet bound to a listener)");
  CHECK(certpush_report_message(report) == message);
  certpush_report_free(report);
}

static void a_copied_message_is_cut_between_characters(void) {
  certpush_client *client = service_client();
  certpush_report *report = NULL;
  const char *message;
  char buffer[512];
  size_t size, whole;
  certpush_push(client, THROTTLED_ID, "p", "ELB", NULL, &report);
  message = certpush_report_message(report);
  whole = strlen(message);
  CHECK_CONTAINS(message, "请求过于频繁");
  for (size = 1; size <= whole + 1; size++) {
    size_t length, next;
    memset(buffer, 'x', sizeof buffer);
    CHECK_NUMBER(certpush_report_copy_message(report, buffer, size), whole);
    length = strlen(buffer);
    CHECK(length < size && buffer[size] == 'x');
    CHECK(strncmp(buffer, message, length) == 0);
    /* Not in the middle of a character, and nothing was left out that would have fitted. */
    CHECK(((unsigned char)message[length] & 0xc0) != 0x80);
    for (next = length + 1; ((unsigned char)message[next] & 0xc0) == 0x80;) next++;
    CHECK(length == whole || next > size - 1);
  }
  CHECK_TEXT(buffer, message);
  CHECK_NUMBER(certpush_report_copy_message(report, NULL, 0), whole);
  memset(buffer, 'x', sizeof buffer);
  CHECK_NUMBER(certpush_report_copy_message(report, buffer, 0), whole);
  CHECK(buffer[0] == 'x');
  certpush_report_free(report);
  certpush_client_free(client);
}

int main(void) {
  RUN(a_report_is_overwritten_whatever_it_was);
  RUN(every_success_with_nothing_to_tell_has_one_report);
  RUN(the_report_of_every_success_outlives_all_that_free_it);
  RUN(a_client_that_cannot_be_made_is_null);
  RUN(a_push_is_told_in_full);
  RUN(a_refusal_is_told_in_full);
  RUN(a_push_that_may_have_happened_says_so);
  RUN(the_wait_that_the_service_asks_for_is_told);
  RUN(a_push_needs_no_report);
  RUN(a_report_outlives_its_client);
  RUN(a_copied_message_is_cut_between_characters);
  return tests_ended();
}
