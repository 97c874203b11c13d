/* What a report tells as JSON, in one word, in fields, and through a copy: always the same. */
#include "service.h"

#include <pthread.h>

/* Appends to the JSON that is expected. */
static void add(char *json, const char *text) { strcat(json, text); }

static void add_name(char *json, const char *name) {
  add(json, json[1] == '\0' ? "\"" : ",\"");
  add(json, name);
  add(json, "\":");
}

static void add_text(char *json, const char *name, const char *text) {
  char *end;
  add_name(json, name);
  add(json, "\"");
  for (end = json + strlen(json); *text != '\0'; text++) {
    if (*text == '"' || *text == '\\') *end++ = '\\';
    *end++ = *text;
  }
  strcpy(end, "\"");
}

static void add_number(char *json, const char *name, int64_t number) {
  add_name(json, name);
  sprintf(json + strlen(json), "%lld", (long long)number);
}

static void add_truth(char *json, const char *name, int32_t truth) {
  add_name(json, name);
  add(json, truth ? "true" : "false");
}

/* The members that a report's JSON must have, by what the accessors say. */
static const char *expected_json(const certpush_report *report) {
  static char json[65536];
  strcpy(json, "{");
  add_number(json, "status", certpush_report_status(report));
  add_text(json, "status_name", certpush_status_name(certpush_report_status(report)));
  add_text(json, "message", certpush_report_message(report));
  add_text(json, "hint", certpush_report_hint(report));
  add_text(json, "phase", certpush_report_phase(report));
  add_number(json, "http_status", certpush_report_http_status(report));
  add_text(json, "service_code", certpush_report_service_code(report));
  add_text(json, "service_message", certpush_report_service_message(report));
  add_text(json, "request_id", certpush_report_request_id(report));
  add_truth(json, "retryable", certpush_report_retryable(report));
  add_truth(json, "outcome_unknown", certpush_report_outcome_unknown(report));
  add_number(json, "retry_after_ms", certpush_report_retry_after_ms(report));
  add_number(json, "attempts", certpush_report_attempts(report));
  add_text(json, "certificate_id", certpush_report_certificate_id(report));
  add_text(json, "target_project", certpush_report_target_project(report));
  add_text(json, "target_service", certpush_report_target_service(report));
  add_text(json, "target_certificate_id", certpush_report_target_certificate_id(report));
  add(json, "}");
  return json;
}

/* Checks that a field says the same as a text, whatever its width. */
static void field_has(const certpush_report *report, const char *name, const char *text) {
  const int32_t whole = (int32_t)strlen(text), name_length = (int32_t)strlen(name);
  char padded_name[32], field[4096], expected[4096];
  memset(field, '#', sizeof field);
  memset(expected, ' ', sizeof expected);
  memcpy(expected, text, (size_t)whole);
  CHECK_NUMBER(certpush_report_copy_field(report, name, name_length, field, whole + 3), whole);
  CHECK(memcmp(field, expected, (size_t)whole + 3) == 0);
  CHECK(field[whole + 3] == '#');
  /* As it stands in a program of COBOL. */
  memset(padded_name, ' ', sizeof padded_name);
  memcpy(padded_name, name, (size_t)name_length);
  padded_name[sizeof padded_name - 1] = '\0';
  CHECK_NUMBER(certpush_report_copy_field(report, padded_name, sizeof padded_name, field, whole), whole);
  CHECK_NUMBER(certpush_report_copy_field(report, name, name_length, field, 0), whole);
  CHECK_NUMBER(certpush_report_copy_field(report, name, name_length, NULL, 9), whole);
  CHECK(memcmp(field, text, (size_t)whole) == 0);
}

static void number_has(const certpush_report *report, const char *name, int64_t number) {
  char digits[32];
  sprintf(digits, "%lld", (long long)number);
  field_has(report, name, digits);
}

static void truth_has(const certpush_report *report, const char *name, int32_t truth) {
  field_has(report, name, truth ? "true" : "false");
}

static void fields_have_what_the_accessors_say(const certpush_report *report) {
  number_has(report, "status", certpush_report_status(report));
  field_has(report, "status_name", certpush_status_name(certpush_report_status(report)));
  field_has(report, "message", certpush_report_message(report));
  field_has(report, "hint", certpush_report_hint(report));
  field_has(report, "phase", certpush_report_phase(report));
  number_has(report, "http_status", certpush_report_http_status(report));
  field_has(report, "service_code", certpush_report_service_code(report));
  field_has(report, "service_message", certpush_report_service_message(report));
  field_has(report, "request_id", certpush_report_request_id(report));
  truth_has(report, "retryable", certpush_report_retryable(report));
  truth_has(report, "outcome_unknown", certpush_report_outcome_unknown(report));
  number_has(report, "retry_after_ms", certpush_report_retry_after_ms(report));
  number_has(report, "attempts", certpush_report_attempts(report));
  field_has(report, "certificate_id", certpush_report_certificate_id(report));
  field_has(report, "target_project", certpush_report_target_project(report));
  field_has(report, "target_service", certpush_report_target_service(report));
}

/* Checks that a report says the same in every way, and so does a copy that outlives it. */
static void is_told_alike(certpush_report *report, const char *outcome) {
  certpush_report *copy = certpush_report_copy(report);
  const char *json = certpush_report_json(report);
  char kept[65536];
  CHECK_TEXT(json, expected_json(report));
  CHECK(certpush_report_json(report) == json);
  CHECK(strchr(json, '\n') == NULL);
  CHECK_TEXT(certpush_report_outcome(report), outcome);
  fields_have_what_the_accessors_say(report);
  strcpy(kept, json);
  CHECK(copy != report);
  certpush_report_free(report);
  CHECK_TEXT(certpush_report_json(copy), kept);
  CHECK_TEXT(expected_json(copy), kept);
  CHECK_TEXT(certpush_report_outcome(copy), outcome);
  fields_have_what_the_accessors_say(copy);
  certpush_report_free(copy);
}

static certpush_report *report_of(const char *id, const char *project, int32_t status) {
  certpush_client *client = service_client();
  certpush_report *report = NULL;
  CHECK_NUMBER(certpush_push(client, id, project, "ELB", NULL, &report), status);
  certpush_client_free(client);
  return report;
}

static void a_push_is_told_alike(void) {
  is_told_alike(report_of(GOOD_ID, "p", CERTPUSH_OK), "pushed");
}

static void a_refusal_is_told_alike(void) {
  is_told_alike(report_of(REFUSED_ID, "p", CERTPUSH_UNAUTHORIZED), "not_pushed");
}

static void a_throttled_push_is_told_alike(void) {
  is_told_alike(report_of(THROTTLED_ID, "p", CERTPUSH_THROTTLED), "not_pushed");
}

static void a_push_that_may_have_happened_is_told_alike(void) {
  is_told_alike(report_of(FAILED_ID, "证 \"p\\", CERTPUSH_BAD_REQUEST), "unknown");
}

static void a_refused_argument_is_told_alike(void) {
  is_told_alike(report_of("\"\\", "p", CERTPUSH_INVALID_ARGUMENT), "not_pushed");
}

static void a_success_with_nothing_to_tell_is_told_alike(void) {
  certpush_config *config = certpush_config_new();
  certpush_report *report = NULL;
  CHECK_NUMBER(certpush_config_set(config, "retries", "1", &report), CERTPUSH_OK);
  is_told_alike(report, "not_pushed");
  certpush_config_free(config);
}

static void no_report_is_told_alike(void) {
  CHECK_TEXT(certpush_report_json(NULL), expected_json(NULL));
  fields_have_what_the_accessors_say(NULL);
}

static void a_field_is_cut_between_characters(void) {
  certpush_report *report = report_of(THROTTLED_ID, "p", CERTPUSH_THROTTLED);
  const char *whole = certpush_report_service_message(report);
  const int32_t length = (int32_t)strlen(whole);
  int32_t width;
  CHECK_TEXT(whole, "请求过于频繁");
  for (width = 0; width < length; width++) {
    char field[64];
    int32_t kept = width;
    memset(field, '#', sizeof field);
    CHECK_NUMBER(certpush_report_copy_field(report, "service_message", 15, field, width), length);
    while (kept > 0 && ((unsigned char)whole[kept] & 0xc0) == 0x80) kept--;
    CHECK(memcmp(field, whole, (size_t)kept) == 0);
    for (; kept < width; kept++) CHECK(field[kept] == ' ');
    CHECK(field[width] == '#');
  }
  certpush_report_free(report);
}

static void what_is_no_member_fills_the_field_with_blanks(void) {
  certpush_report *report = report_of(FAILED_ID, "p", CERTPUSH_BAD_REQUEST);
  const struct {
    const char *name;
    int32_t length;
  } names[] = {{"outcome", 7},     {"Message", 7}, {"message", 6}, {"message\0x", 9}, {" message", 8},
               {"caf\xe9", 4},     {"", 0},        {NULL, 0},      {NULL, 7},         {"message", -1},
               {"message", INT32_MIN}};
  char field[6];
  size_t i;
  for (i = 0; i < sizeof names / sizeof *names; i++) {
    memset(field, '#', sizeof field);
    CHECK_NUMBER(certpush_report_copy_field(report, names[i].name, names[i].length, field, 5), -1);
    CHECK(memcmp(field, "     #", 6) == 0);
  }
  memset(field, '#', sizeof field);
  CHECK_NUMBER(certpush_report_copy_field(report, "message", 7, field, -1), -1);
  CHECK(memcmp(field, "######", 6) == 0);
  CHECK_NUMBER(certpush_report_copy_field(report, "message", 7, NULL, -1), -1);
  /* What was told of the push is as before. */
  CHECK_TEXT(certpush_report_outcome(report), "unknown");
  CHECK_NUMBER(certpush_report_copy_field(report, "outcome_unknown", 15, field, 4), 4);
  CHECK(memcmp(field, "true##", 6) == 0);
  certpush_report_free(report);
}

static void *read_json(void *report) {
  return (void *)certpush_report_json((const certpush_report *)report);
}

static void threads_that_ask_at_once_get_the_same_json(void) {
  int round;
  for (round = 0; round < 20; round++) {
    certpush_report *report = report_of(REFUSED_ID, "p", CERTPUSH_UNAUTHORIZED);
    pthread_t threads[4];
    void *json[4];
    int i;
    for (i = 0; i < 4; i++) pthread_create(&threads[i], NULL, read_json, report);
    for (i = 0; i < 4; i++) pthread_join(threads[i], &json[i]);
    for (i = 0; i < 4; i++) CHECK(json[i] == json[0]);
    CHECK_TEXT((const char *)json[0], expected_json(report));
    certpush_report_free(report);
  }
}

int main(void) {
  RUN(a_push_is_told_alike);
  RUN(a_refusal_is_told_alike);
  RUN(a_throttled_push_is_told_alike);
  RUN(a_push_that_may_have_happened_is_told_alike);
  RUN(a_refused_argument_is_told_alike);
  RUN(a_success_with_nothing_to_tell_is_told_alike);
  RUN(no_report_is_told_alike);
  RUN(a_field_is_cut_between_characters);
  RUN(what_is_no_member_fills_the_field_with_blanks);
  RUN(threads_that_ask_at_once_get_the_same_json);
  return tests_ended();
}
