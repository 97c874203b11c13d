/* Options in one text, and in fields; the client that a text opens. */
#include "service.h"

#define SECRET "hunter2-hunter2-hunter2-hunter2-hunter2"

static int32_t open_text(const char *options, certpush_client **client, certpush_report **report) {
  return certpush_client_open(options, strlen(options), client, report);
}

/* Opens a client for the service with a text that a format makes of endpoint, CA file and token
 * file, and pushes. */
static void pushes_with(const char *format) {
  certpush_client *client = NULL;
  certpush_report *report = NULL;
  char options[2048];
  snprintf(options, sizeof options, format, service_endpoint(), given("SERVICE_CA_FILE"),
           given("SERVICE_TOKEN_FILE"));
  CHECK_NUMBER(open_text(options, &client, &report), CERTPUSH_OK);
  CHECK_TEXT(certpush_report_message(report), "the call succeeded; nothing was pushed");
  CHECK_NUMBER(certpush_push(client, GOOD_ID, "p", "ELB", NULL, &report), CERTPUSH_OK);
  CHECK_TEXT(certpush_report_outcome(report), "pushed");
  certpush_report_free(report);
  certpush_client_free(client);
}

static void lines_open_a_client(void) {
  pushes_with("endpoint=%s\nca_file=%s\ntoken_file=%s");
  pushes_with("endpoint=%s\r\nca_file=%s\r\n\r\ntoken_file=%s\r\nload_env=false\r\n");
}

static void a_json_object_opens_a_client(void) {
  pushes_with("{\"endpoint\":\"%s\",\"ca_file\":\"%s\",\"token_file\":\"%s\",\"timeout_ms\":30000}");
}

static void a_text_may_leave_the_rest_to_the_environment(void) {
  setenv("CERTPUSH_TOKEN_FILE", given("SERVICE_TOKEN_FILE"), 1);
  setenv("CERTPUSH_CA_FILE", "/no/such/file", 1);
  pushes_with("load_env=true\nendpoint=%s\nca_file=%s\nuser_agent=%.0snone");
  unsetenv("CERTPUSH_TOKEN_FILE");
  unsetenv("CERTPUSH_CA_FILE");
}

static void a_text_needs_no_nul_at_its_end(void) {
  certpush_config *config = service_config();
  certpush_client *client;
  CHECK_NUMBER(certpush_config_set_options(config, "timeout_ms=123456", 16, NULL), CERTPUSH_OK);
  client = client_of(config);
  CHECK_CONTAINS(certpush_client_describe(client), "12345 ms");
  certpush_client_free(client);
}

static void an_empty_text_says_nothing(void) {
  certpush_client *client = (certpush_client *)(void *)&client;
  certpush_report *report = NULL;
  CHECK_NUMBER(certpush_client_open(NULL, 0, &client, &report), CERTPUSH_INVALID_CONFIG);
  CHECK(client == NULL);
  CHECK_CONTAINS(certpush_report_message(report), "no region or endpoint is set");
  CHECK_NUMBER(certpush_report_outcome_unknown(report), 0);
  certpush_report_free(report);
}

/* Checks that a text is refused with a message, that nothing shows what is secret in it, and that
 * the config is as before. */
static void refuses(const char *text, int32_t status, const char *message) {
  certpush_config *config = service_config();
  certpush_client *client = NULL;
  certpush_report *report = NULL;
  CHECK_NUMBER(certpush_config_set_options(config, text, strlen(text), &report), status);
  CHECK_TEXT(certpush_report_message(report), message);
  CHECK(strstr(certpush_report_json(report), "hunter2") == NULL);
  CHECK_NUMBER(certpush_report_outcome_unknown(report), 0);
  certpush_report_free(report);
  client = client_of(config);
  CHECK_CONTAINS(certpush_client_describe(client), "60000 ms");
  CHECK_NUMBER(certpush_push(client, GOOD_ID, "p", "ELB", NULL, NULL), CERTPUSH_OK);
  certpush_client_free(client);
  CHECK_NUMBER(open_text(text, &client, &report), status);
  CHECK(client == NULL);
  CHECK_TEXT(certpush_report_message(report), message);
  certpush_report_free(report);
}

static void what_is_refused_is_told_by_line_and_key_and_changes_nothing(void) {
  refuses("timeout_ms=5\ntoken_file=/a\ntoken=" SECRET, CERTPUSH_INVALID_CONFIG,
          "options, line 3: token and token_file exclude each other");
  refuses("timeout_ms=5\ntimeout_ms=6", CERTPUSH_INVALID_CONFIG,
          "options, line 2: timeout_ms is set a second time");
  refuses("timeout_ms=hunter2", CERTPUSH_INVALID_CONFIG,
          "options, line 1: timeout_ms must be decimal digits, 1 to 86400000");
  refuses("{\"timeout_ms\": 5,\n \"token\": \"hunter2\"}", CERTPUSH_INVALID_ARGUMENT,
          "options, line 2: token must have 32 to 2097152 characters, but has 7; nothing was sent");
  refuses("{\"timeout_ms\": 5, \"token\": [\"" SECRET "\"]}", CERTPUSH_INVALID_CONFIG,
          "options, line 1: token must be a text, a whole number, true or false");
  refuses("{\"timeout_ms\": 5} " SECRET, CERTPUSH_INVALID_CONFIG,
          "options, line 1: this is not JSON");
  refuses("timeout_ms=5\n" SECRET, CERTPUSH_INVALID_CONFIG, "options, line 2: there is no = in it");
  refuses("timeout_ms=5\nToken=" SECRET, CERTPUSH_INVALID_CONFIG,
          "options, line 2: the key is not written as an option's: the one that is read is token");
}

static void a_variable_is_refused_by_name_and_changes_nothing(void) {
  setenv("CERTPUSH_RETRIES", "many", 1);
  refuses("timeout_ms=5\nload_env=true", CERTPUSH_INVALID_CONFIG,
          "variable CERTPUSH_RETRIES: retries must be decimal digits, 0 to 10, but is \"many\"");
  unsetenv("CERTPUSH_RETRIES");
}

static void blanks_and_nuls_at_a_fields_end_do_not_count(void) {
  certpush_config *config = service_config();
  certpush_client *client;
  certpush_report *report = NULL;
  CHECK_NUMBER(certpush_config_set_fields(config, "timeout_ms    ", 14, "12345 \0\0 ", 9, NULL),
               CERTPUSH_OK);
  CHECK_NUMBER(certpush_config_set_fields(config, "retriesX", 7, "1X", 1, NULL), CERTPUSH_OK);
  CHECK_NUMBER(certpush_config_set_fields(config, "proxy", 5, "        ", 8, NULL), CERTPUSH_OK);
  CHECK_NUMBER(certpush_config_set_fields(config, "proxy", 5, NULL, 8, NULL), CERTPUSH_OK);
  CHECK_NUMBER(certpush_config_set_fields(config, " retries", 8, "1", 1, &report),
               CERTPUSH_INVALID_CONFIG);
  CHECK_CONTAINS(certpush_report_message(report), "\" retries\" is no option");
  certpush_report_free(report);
  CHECK_NUMBER(certpush_config_set_fields(config, "retries", 7, " 1", 2, NULL),
               CERTPUSH_INVALID_CONFIG);
  client = client_of(config);
  CHECK_CONTAINS(certpush_client_describe(client), "12345 ms");
  certpush_client_free(client);
}

int main(void) {
  RUN(lines_open_a_client);
  RUN(a_json_object_opens_a_client);
  RUN(a_text_may_leave_the_rest_to_the_environment);
  RUN(a_text_needs_no_nul_at_its_end);
  RUN(an_empty_text_says_nothing);
  RUN(what_is_refused_is_told_by_line_and_key_and_changes_nothing);
  RUN(a_variable_is_refused_by_name_and_changes_nothing);
  RUN(blanks_and_nuls_at_a_fields_end_do_not_count);
  return tests_ended();
}
