/* Pushes with fields of fixed width, as COBOL and Fortran have them. */
#include "service.h"

#define PUSHED_TO_ELB \
  GOOD_ID " was pushed to ELB in ap-southeast-3 (stored, not yet bound to a listener)"

/* What comes back, each field between marks that must stay. */
struct outputs {
  int32_t outcome_unknown, http_status;
  char mark_a, service_code[12], mark_b, request_id[40], mark_c, message[200], mark_d;
};

static struct outputs unset_outputs(void) {
  struct outputs out;
  memset(&out, '#', sizeof out);
  return out;
}

static int32_t push(const certpush_client *client, const char *id, int32_t id_length,
                    const char *project, int32_t project_length, const char *service,
                    int32_t service_length, struct outputs *out) {
  return certpush_push_fields(client, id, id_length, project, project_length, service,
                              service_length, 0, &out->outcome_unknown, &out->http_status,
                              out->service_code, sizeof out->service_code, out->request_id,
                              sizeof out->request_id, out->message, sizeof out->message, NULL);
}

/* Checks that a field holds a text and then blanks. */
static void holds(const char *field, size_t width, const char *text) {
  char expected[256];
  memset(expected, ' ', sizeof expected);
  memcpy(expected, text, strlen(text));
  CHECK(memcmp(field, expected, width) == 0);
}

static void marks_are_untouched(const struct outputs *out) {
  CHECK(out->mark_a == '#' && out->mark_b == '#' && out->mark_c == '#' && out->mark_d == '#');
}

static void blanks_and_nuls_at_the_end_do_not_count(void) {
  certpush_client *client = service_client();
  struct outputs out = unset_outputs();
  CHECK_NUMBER(push(client, GOOD_ID "        ", 24, "ap-southeast-3 \0\0 ", 18, "ELB\0\0\0\0\0", 8, &out),
               CERTPUSH_OK);
  CHECK_NUMBER(out.outcome_unknown, 0);
  CHECK_NUMBER(out.http_status, 204);
  holds(out.service_code, sizeof out.service_code, "");
  holds(out.message, sizeof out.message, PUSHED_TO_ELB);
  CHECK(out.request_id[31] != ' ' && out.request_id[32] == ' ');
  marks_are_untouched(&out);
  certpush_client_free(client);
}

static void nothing_is_read_past_the_length(void) {
  certpush_client *client = service_client();
  struct outputs out = unset_outputs();
  const char record[] = GOOD_ID "ap-southeast-3ELBnext field";
  CHECK_NUMBER(push(client, record, 16, record + 16, 14, record + 30, 3, &out), CERTPUSH_OK);
  holds(out.message, sizeof out.message, PUSHED_TO_ELB);
  certpush_client_free(client);
}

static void a_blank_project_is_none(void) {
  certpush_client *client = service_client();
  struct outputs out = unset_outputs();
  CHECK_NUMBER(push(client, GOOD_ID, 16, "          ", 10, "CDN", 3, &out), CERTPUSH_OK);
  holds(out.message, sizeof out.message, GOOD_ID " was pushed to CDN (stored, not yet bound to a domain)");
  CHECK_NUMBER(push(client, GOOD_ID, 16, "          ", 10, "ELB", 3, &out),
               CERTPUSH_INVALID_ARGUMENT);
  certpush_client_free(client);
}

static void blanks_and_nuls_elsewhere_are_refused(void) {
  certpush_client *client = service_client();
  struct outputs out = unset_outputs();
  CHECK_NUMBER(push(client, " " GOOD_ID, 17, "p", 1, "ELB", 3, &out), CERTPUSH_INVALID_ARGUMENT);
  CHECK_NUMBER(push(client, GOOD_ID, 16, "p\0q", 3, "ELB", 3, &out), CERTPUSH_INVALID_ARGUMENT);
  CHECK_NUMBER(push(client, GOOD_ID, 16, "\xe9", 1, "ELB", 3, &out), CERTPUSH_INVALID_ARGUMENT);
  CHECK_NUMBER(out.outcome_unknown, 0);
  CHECK_NUMBER(out.http_status, 0);
  holds(out.message, sizeof out.message, "target_project is not UTF-8; nothing was sent");
  certpush_client_free(client);
}

static void a_refusal_fills_every_output(void) {
  certpush_client *client = service_client();
  struct outputs out = unset_outputs();
  CHECK_NUMBER(push(client, REFUSED_ID, 16, "p", 1, "ELB", 3, &out), CERTPUSH_UNAUTHORIZED);
  CHECK_NUMBER(out.outcome_unknown, 0);
  CHECK_NUMBER(out.http_status, 401);
  holds(out.service_code, sizeof out.service_code, "APIGW.0301");
  holds(out.request_id, sizeof out.request_id, "request-refused");
  marks_are_untouched(&out);
  CHECK_NUMBER(push(client, FAILED_ID, 16, "p", 1, "ELB", 3, &out), CERTPUSH_BAD_REQUEST);
  CHECK_NUMBER(out.outcome_unknown, 1);
  certpush_client_free(client);
}

static void an_output_is_cut_between_characters(void) {
  certpush_client *client = service_client();
  certpush_report *report = NULL;
  const char *whole;
  int32_t width;
  certpush_push(client, THROTTLED_ID, "p", "ELB", NULL, &report);
  whole = certpush_report_message(report);
  for (width = 0; width <= (int32_t)strlen(whole); width++) {
    char field[256];
    size_t kept = (size_t)width;
    memset(field, '#', sizeof field);
    CHECK_NUMBER(certpush_push_fields(client, THROTTLED_ID, 16, "p", 1, "ELB", 3, 0, NULL, NULL,
                                      NULL, 0, NULL, 0, field, width, NULL),
                 CERTPUSH_THROTTLED);
    while (kept > 0 && ((unsigned char)whole[kept] & 0xc0) == 0x80) kept--;
    CHECK(memcmp(field, whole, kept) == 0);
    for (; kept < (size_t)width; kept++) CHECK(field[kept] == ' ');
    CHECK(field[width] == '#');
  }
  certpush_report_free(report);
  certpush_client_free(client);
}

static void a_negative_length_is_refused_before_anything_is_sent(void) {
  certpush_client *client = service_client();
  char message[80];
  int32_t lengths[6] = {16, 1, 3, 10, 10, 80};
  const char *const names[] = {"certificate_id_length", "target_project_length",
                               "target_service_length", "service_code_length",
                               "request_id_length"};
  char code[10], id[10];
  size_t i;
  reset_service();
  for (i = 0; i < sizeof lengths / sizeof *lengths; i++) {
    int32_t outcome_unknown = -1, kept = lengths[i];
    lengths[i] = -1;
    CHECK_NUMBER(certpush_push_fields(client, GOOD_ID, lengths[0], "p", lengths[1], "ELB",
                                      lengths[2], 0, &outcome_unknown, NULL, code, lengths[3], id,
                                      lengths[4], message, lengths[5], NULL),
                 CERTPUSH_INVALID_ARGUMENT);
    CHECK_NUMBER(outcome_unknown, 0);
    if (i < sizeof names / sizeof *names) CHECK(strncmp(message, names[i], strlen(names[i])) == 0);
    lengths[i] = kept;
  }
  CHECK_NUMBER(service_count("/sim/received", GOOD_ID), 0);
  certpush_client_free(client);
}

/* What is in outcome_unknown while the call runs. */
static int32_t unknown_meanwhile, *unknown_output;

static void look_at_the_output(void *user, int32_t level, const char *line) {
  (void)user, (void)level, (void)line;
  unknown_meanwhile = *unknown_output;
}

static void the_outcome_is_unknown_from_the_first_moment_on(void) {
  certpush_config *config = service_config();
  certpush_client *client;
  int32_t unknown = -1;
  CHECK_NUMBER(certpush_config_set_log(config, look_at_the_output, NULL, NULL), CERTPUSH_OK);
  client = client_of(config);
  unknown_output = &unknown;
  CHECK_NUMBER(certpush_push_fields(client, GOOD_ID, 16, "p", 1, "ELB", 3, 0, &unknown, NULL, NULL, 0,
                                    NULL, 0, NULL, 0, NULL),
               CERTPUSH_OK);
  CHECK_NUMBER(unknown_meanwhile, 1);
  CHECK_NUMBER(unknown, 0);
  certpush_client_free(client);
}

static void a_report_tells_the_rest(void) {
  certpush_client *client = service_client();
  certpush_report *report = (certpush_report *)(void *)&client;
  int32_t unknown = -1;
  char hint[200];
  CHECK_NUMBER(certpush_push_fields(client, REFUSED_ID, 16, "p", 1, "WAF", 3, 0, &unknown, NULL, NULL,
                                    0, NULL, 0, NULL, 0, &report),
               CERTPUSH_UNAUTHORIZED);
  CHECK_NUMBER(certpush_report_status(report), CERTPUSH_UNAUTHORIZED);
  CHECK_NUMBER(certpush_report_http_status(report), 401);
  CHECK_TEXT(certpush_report_request_id(report), "request-refused");
  CHECK_TEXT(certpush_report_target_service(report), "WAF");
  CHECK(certpush_report_copy_field(report, "hint", 4, hint, sizeof hint) > 0);
  CHECK(memcmp(hint, certpush_report_hint(report), 20) == 0);
  certpush_report_free(report);
  report = (certpush_report *)(void *)&client;
  CHECK_NUMBER(certpush_push_fields(client, GOOD_ID, 16, "p", 1, "ELB", -1, 0, &unknown, NULL, NULL, 0,
                                    NULL, 0, NULL, 0, &report),
               CERTPUSH_INVALID_ARGUMENT);
  CHECK_CONTAINS(certpush_report_message(report), "target_service_length");
  certpush_report_free(report);
  CHECK_NUMBER(certpush_push_fields(client, GOOD_ID, 16, "p", 1, "ELB", 3, 0, &unknown, NULL, NULL, 0,
                                    NULL, 0, NULL, 0, &report),
               CERTPUSH_OK);
  CHECK_TEXT(certpush_report_message(report),
             GOOD_ID " was pushed to ELB in p (stored, not yet bound to a listener)");
  certpush_report_free(report);
  certpush_client_free(client);
}

static void a_call_has_a_time_limit_of_its_own(void) {
  certpush_client *client = service_client();
  certpush_report *report = NULL;
  const int32_t refused[] = {-1, INT32_MIN, 86400001, INT32_MAX};
  int32_t unknown = -1;
  int i;
  CHECK_NUMBER(certpush_push_fields(client, SILENT_ID, 16, "p", 1, "ELB", 3, 1500, &unknown, NULL, NULL,
                                    0, NULL, 0, NULL, 0, &report),
               CERTPUSH_TIMEOUT);
  CHECK_CONTAINS(certpush_report_message(report), "1500 ms");
  CHECK_NUMBER(unknown, 1);
  certpush_report_free(report);
  reset_service();
  for (i = 0; i < 4; i++) {
    CHECK_NUMBER(certpush_push_fields(client, GOOD_ID, 16, "p", 1, "ELB", 3, refused[i], &unknown, NULL,
                                      NULL, 0, NULL, 0, NULL, 0, &report),
                 CERTPUSH_INVALID_ARGUMENT);
    CHECK(strncmp(certpush_report_message(report), "timeout", 7) == 0);
    CHECK_NUMBER(unknown, 0);
    certpush_report_free(report);
  }
  CHECK_NUMBER(service_count("/sim/received", GOOD_ID), 0);
  certpush_client_free(client);
}

static void a_batch_push_has_fields_as_well(void) {
  certpush_client *client = service_client();
  certpush_report_list *list = NULL;
  certpush_report *report = NULL;
  const char record[] = GOOD_ID "  cn-north-4,ap-southeast-3 \0\0ELB next field";
  reset_service();
  CHECK_NUMBER(certpush_batch_push_fields(client, record, 18, record + 18, 28, record + 46, 4, 20000,
                                          &list, &report),
               CERTPUSH_OK);
  CHECK_NUMBER(certpush_report_list_count(list), 2);
  CHECK_TEXT(certpush_report_target_project(report), "cn-north-4,ap-southeast-3");
  CHECK_TEXT(certpush_report_target_service(report), "ELB");
  CHECK_NUMBER(service_count("/sim/received", "batch-push"), 1);
  certpush_report_free(report);
  certpush_report_list_free(list);
  CHECK_NUMBER(certpush_batch_push_fields(client, SILENT_ID, 16, "p", 1, "ELB", 3, 1500, NULL, &report),
               CERTPUSH_TIMEOUT);
  CHECK_CONTAINS(certpush_report_message(report), "1500 ms");
  certpush_report_free(report);
  certpush_client_free(client);
}

static void without_a_client_the_environment_says_all(void) {
  struct outputs out = unset_outputs();
  CHECK_NUMBER(push(NULL, GOOD_ID, 16, "p", 1, "ELB", 3, &out), CERTPUSH_INVALID_CONFIG);
  CHECK_NUMBER(out.outcome_unknown, 0);
  setenv("CERTPUSH_ENDPOINT", service_endpoint(), 1);
  setenv("CERTPUSH_TOKEN_FILE", given("SERVICE_TOKEN_FILE"), 1);
  setenv("CERTPUSH_CA_FILE", given("SERVICE_CA_FILE"), 1);
  CHECK_NUMBER(push(NULL, GOOD_ID, 16, "p", 1, "ELB", 3, &out), CERTPUSH_OK);
  CHECK_NUMBER(out.http_status, 204);
  CHECK_NUMBER(certpush_push_fields(NULL, SILENT_ID, 16, "p", 1, "ELB", 3, 1000, &out.outcome_unknown,
                                    NULL, NULL, 0, NULL, 0, NULL, 0, NULL),
               CERTPUSH_TIMEOUT);
  CHECK_NUMBER(out.outcome_unknown, 1);
}

int main(void) {
  RUN(blanks_and_nuls_at_the_end_do_not_count);
  RUN(nothing_is_read_past_the_length);
  RUN(a_blank_project_is_none);
  RUN(blanks_and_nuls_elsewhere_are_refused);
  RUN(a_refusal_fills_every_output);
  RUN(an_output_is_cut_between_characters);
  RUN(a_negative_length_is_refused_before_anything_is_sent);
  RUN(the_outcome_is_unknown_from_the_first_moment_on);
  RUN(a_report_tells_the_rest);
  RUN(a_call_has_a_time_limit_of_its_own);
  RUN(a_batch_push_has_fields_as_well);
  RUN(without_a_client_the_environment_says_all);
  return tests_ended();
}
