/* NULL in every pointer position of every function, and text that is none. */
#include "service.h"

#include <limits.h>

/* Checks a refusal: status and report say the same, the message names the argument. */
static void refused(int32_t status, certpush_report *report, const char *argument) {
  CHECK_NUMBER(status, CERTPUSH_INVALID_ARGUMENT);
  CHECK_NUMBER(certpush_report_status(report), CERTPUSH_INVALID_ARGUMENT);
  CHECK_NUMBER(certpush_report_outcome_unknown(report), 0);
  CHECK_NUMBER(certpush_report_attempts(report), 0);
  CHECK_TEXT(certpush_report_phase(report), "arguments");
  CHECK(strncmp(certpush_report_message(report), argument, strlen(argument)) == 0);
  certpush_report_free(report);
}

/* Calls a function twice: with a report, which must name the argument, and without. */
#define REFUSED(argument, ...)                                      \
  do {                                                              \
    certpush_report *report_ = NULL, **report = &report_;           \
    int32_t status_ = __VA_ARGS__;                                  \
    refused(status_, report_, argument);                            \
    report = NULL;                                                  \
    CHECK_NUMBER(__VA_ARGS__, CERTPUSH_INVALID_ARGUMENT);           \
  } while (0)

static const char NOT_UTF8[] = "caf\xe9";

static void config_functions_refuse_null(void) {
  certpush_config *config = certpush_config_new();
  REFUSED("config is NULL", certpush_config_set(NULL, "region", "cn-north-4", report));
  REFUSED("key is NULL", certpush_config_set(config, NULL, "cn-north-4", report));
  REFUSED("value is NULL", certpush_config_set(config, "region", NULL, report));
  REFUSED("config is NULL", certpush_config_set_n(NULL, "region", 6, "x", 1, report));
  REFUSED("key is NULL", certpush_config_set_n(config, NULL, 6, "x", 1, report));
  REFUSED("value is NULL", certpush_config_set_n(config, "region", 6, NULL, 1, report));
  REFUSED("config is NULL", certpush_config_set_fields(NULL, "region", 6, "x", 1, report));
  REFUSED("config is NULL", certpush_config_set_options(NULL, "", 0, report));
  REFUSED("options is NULL", certpush_config_set_options(config, NULL, 1, report));
  CHECK_NUMBER(certpush_config_set_options(config, NULL, 0, NULL), CERTPUSH_OK);
  CHECK_NUMBER(certpush_config_set_n(config, "proxy", 5, NULL, 0, NULL), CERTPUSH_OK);
  CHECK(certpush_config_copy(NULL) == NULL);
  REFUSED("config is NULL", certpush_config_load_env(NULL, report));
  REFUSED("config is NULL", certpush_config_set_log(NULL, NULL, NULL, report));
  CHECK_NUMBER(certpush_config_set_log(config, NULL, NULL, NULL), CERTPUSH_OK);
  REFUSED("config is NULL", certpush_config_set_token_source(NULL, NULL, NULL, report));
  CHECK_NUMBER(certpush_config_set_token_source(config, NULL, NULL, NULL), CERTPUSH_OK);
  REFUSED("config is NULL", certpush_config_set_interrupt(NULL, NULL, NULL, report));
  CHECK_NUMBER(certpush_config_set_interrupt(config, NULL, NULL, NULL), CERTPUSH_OK);
  certpush_config_free(config);
  certpush_config_free(NULL);
}

static void config_functions_refuse_what_is_no_text(void) {
  certpush_config *config = certpush_config_new();
  REFUSED("key is not UTF-8", certpush_config_set(config, NOT_UTF8, "x", report));
  REFUSED("value is not UTF-8", certpush_config_set(config, "region", NOT_UTF8, report));
  REFUSED("value is not UTF-8", certpush_config_set_n(config, "region", 6, NOT_UTF8, 4, report));
  REFUSED("value has an impossible length",
          certpush_config_set_n(config, "region", 6, "x", (size_t)-1, report));
  REFUSED("region has a NUL", certpush_config_set_n(config, "region", 6, "cn\0north", 8, report));
  REFUSED("key is not UTF-8", certpush_config_set_n(config, NOT_UTF8, 4, "x", 1, report));
  REFUSED("key has an impossible length",
          certpush_config_set_n(config, "region", (size_t)-6, "x", 1, report));
  REFUSED("options is not UTF-8", certpush_config_set_options(config, NOT_UTF8, 4, report));
  REFUSED("options has an impossible length",
          certpush_config_set_options(config, "", (size_t)-1, report));
  REFUSED("options, line 1 has a NUL", certpush_config_set_options(config, "retries=\0", 9, report));
  REFUSED("key is not UTF-8", certpush_config_set_fields(config, NOT_UTF8, 4, "x", 1, report));
  REFUSED("value is not UTF-8", certpush_config_set_fields(config, "region", 6, NOT_UTF8, 4, report));
  REFUSED("key_length must not be negative, but is -1",
          certpush_config_set_fields(config, "region", -1, "x", 1, report));
  REFUSED("value_length must not be negative, but is -2147483648",
          certpush_config_set_fields(config, "region", 6, "x", INT32_MIN, report));
  REFUSED("region has a NUL",
          certpush_config_set_fields(config, "region", 6, "cn\0north\0", 9, report));
  certpush_config_free(config);
}

static void client_functions_refuse_null(void) {
  certpush_config *config = service_config();
  certpush_client *client = client_of(service_config());
  certpush_client *made = client;
  REFUSED("config is NULL", certpush_client_new(NULL, &made, report));
  CHECK(made == NULL);
  REFUSED("client is NULL", certpush_client_new(config, NULL, report));
  made = client;
  REFUSED("options is NULL", certpush_client_open(NULL, 1, &made, report));
  CHECK(made == NULL);
  made = client;
  REFUSED("options is not UTF-8", certpush_client_open(NOT_UTF8, 4, &made, report));
  CHECK(made == NULL);
  REFUSED("client is NULL", certpush_client_open("", 0, NULL, report));
  REFUSED("client is NULL", certpush_client_connect(NULL, NULL, report));
  CHECK_NUMBER(certpush_client_connect(client, NULL, NULL), CERTPUSH_OK);
  CHECK_TEXT(certpush_client_describe(NULL), "");
  certpush_client_close(NULL);
  certpush_client_free(NULL);
  certpush_client_free(client);
  certpush_config_free(config);
}

static void push_refuses_null(void) {
  certpush_client *client = service_client();
  REFUSED("client is NULL", certpush_push(NULL, GOOD_ID, "p", "ELB", NULL, report));
  REFUSED("certificate_id is NULL", certpush_push(client, NULL, "p", "ELB", NULL, report));
  REFUSED("target_service is NULL", certpush_push(client, GOOD_ID, "p", NULL, NULL, report));
  REFUSED("target_project is empty", certpush_push(client, GOOD_ID, NULL, "ELB", NULL, report));
  CHECK_NUMBER(certpush_push(client, GOOD_ID, NULL, "CDN", NULL, NULL), CERTPUSH_OK);
  certpush_client_free(client);
}

static void push_refuses_what_is_no_text(void) {
  certpush_client *client = service_client();
  REFUSED("certificate_id is not", certpush_push(client, NOT_UTF8, "p", "ELB", NULL, report));
  REFUSED("target_project is not", certpush_push(client, GOOD_ID, NOT_UTF8, "ELB", NULL, report));
  REFUSED("target_service is not", certpush_push(client, GOOD_ID, "p", NOT_UTF8, NULL, report));
  certpush_client_free(client);
}

static void push_n_refuses_null(void) {
  certpush_client *client = service_client();
  REFUSED("client is NULL", certpush_push_n(NULL, GOOD_ID, 16, "p", 1, "ELB", 3, 0, NULL, report));
  REFUSED("certificate_id is NULL",
          certpush_push_n(client, NULL, 16, "p", 1, "ELB", 3, 0, NULL, report));
  REFUSED("target_project is NULL",
          certpush_push_n(client, GOOD_ID, 16, NULL, 1, "CDN", 3, 0, NULL, report));
  REFUSED("target_service is NULL",
          certpush_push_n(client, GOOD_ID, 16, "p", 1, NULL, 3, 0, NULL, report));
  REFUSED("certificate_id must be exactly 16",
          certpush_push_n(client, NULL, 0, "p", 1, "ELB", 3, 0, NULL, report));
  REFUSED("target_project is empty",
          certpush_push_n(client, GOOD_ID, 16, NULL, 0, "ELB", 3, 0, NULL, report));
  REFUSED("target_service must have 1",
          certpush_push_n(client, GOOD_ID, 16, "p", 1, NULL, 0, 0, NULL, report));
  CHECK_NUMBER(certpush_push_n(client, GOOD_ID, 16, NULL, 0, "CDN", 3, 0, NULL, NULL), CERTPUSH_OK);
  certpush_client_free(client);
}

static void push_n_refuses_what_is_no_text(void) {
  certpush_client *client = service_client();
  REFUSED("certificate_id",
          certpush_push_n(client, "scs160031339107\0", 16, "p", 1, "ELB", 3, 0, NULL, report));
  REFUSED("target_project", certpush_push_n(client, GOOD_ID, 16, "p\0q", 3, "ELB", 3, 0, NULL, report));
  REFUSED("target_service", certpush_push_n(client, GOOD_ID, 16, "p", 1, "EL\0", 3, 0, NULL, report));
  REFUSED("target_project is not UTF-8",
          certpush_push_n(client, GOOD_ID, 16, NOT_UTF8, 4, "ELB", 3, 0, NULL, report));
  REFUSED("target_service has an impossible length",
          certpush_push_n(client, GOOD_ID, 16, "p", 1, "ELB", (size_t)-3, 0, NULL, report));
  certpush_client_free(client);
}

static void push_n_refuses_times_outside_the_range(void) {
  certpush_client *client = service_client();
  const int64_t negative[] = {-1, INT64_MIN}, too_long[] = {86400001, INT64_MAX};
  int i;
  for (i = 0; i < 2; i++) {
    REFUSED("timeout_ms must be positive",
            certpush_push_n(client, GOOD_ID, 16, "p", 1, "ELB", 3, negative[i], NULL, report));
    REFUSED("timeout must be 1 ms to 86400000 ms",
            certpush_push_n(client, GOOD_ID, 16, "p", 1, "ELB", 3, too_long[i], NULL, report));
  }
  CHECK_NUMBER(certpush_push_n(client, GOOD_ID, 16, "p", 1, "ELB", 3, 86400000, NULL, NULL),
               CERTPUSH_OK);
  certpush_client_free(client);
}

static void connect_refuses_times_outside_the_range(void) {
  certpush_client *client = service_client();
  const int64_t negative[] = {-1, INT64_MIN}, too_long[] = {86400001, INT64_MAX};
  int i;
  for (i = 0; i < 2; i++) {
    REFUSED("timeout_ms must be positive",
            certpush_client_connect_within(client, negative[i], NULL, report));
    REFUSED("timeout must be 1 ms to 86400000 ms",
            certpush_client_connect_within(client, too_long[i], NULL, report));
  }
  CHECK_NUMBER(certpush_client_connect_within(client, 86400000, NULL, NULL), CERTPUSH_OK);
  certpush_client_free(client);
}

/* As REFUSED, for functions with a list, which must be NULL then. */
#define REFUSED_BATCH(argument, ...)                               \
  do {                                                             \
    certpush_report_list *list_ = (certpush_report_list *)client;  \
    certpush_report_list **list = &list_;                          \
    REFUSED(argument, __VA_ARGS__);                                \
    CHECK(list_ == NULL);                                          \
    list = NULL;                                                   \
    REFUSED(argument, __VA_ARGS__);                                \
  } while (0)

static void batch_push_refuses_null(void) {
  certpush_client *client = service_client();
  REFUSED_BATCH("client is NULL",
                certpush_batch_push(NULL, GOOD_ID, "p", "ELB", NULL, list, report));
  REFUSED_BATCH("certificate_id is NULL",
                certpush_batch_push(client, NULL, "p", "ELB", NULL, list, report));
  REFUSED_BATCH("target_projects is NULL",
                certpush_batch_push(client, GOOD_ID, NULL, "ELB", NULL, list, report));
  REFUSED_BATCH("target_service is NULL",
                certpush_batch_push(client, GOOD_ID, "p", NULL, NULL, list, report));
  REFUSED_BATCH("client is NULL", certpush_batch_push_n(NULL, GOOD_ID, 16, "p", 1, "ELB", 3, 0,
                                                        NULL, list, report));
  REFUSED_BATCH("certificate_id is NULL",
                certpush_batch_push_n(client, NULL, 16, "p", 1, "ELB", 3, 0, NULL, list, report));
  REFUSED_BATCH("target_projects is NULL", certpush_batch_push_n(client, GOOD_ID, 16, NULL, 1, "ELB",
                                                                 3, 0, NULL, list, report));
  REFUSED_BATCH("target_service is NULL", certpush_batch_push_n(client, GOOD_ID, 16, "p", 1, NULL, 3,
                                                                0, NULL, list, report));
  REFUSED_BATCH("target_projects must have 1", certpush_batch_push_n(client, GOOD_ID, 16, NULL, 0,
                                                                     "CDN", 3, 0, NULL, list,
                                                                     report));
  REFUSED_BATCH("client is NULL",
                certpush_batch_push_fields(NULL, GOOD_ID, 16, "p", 1, "ELB", 3, 0, list, report));
  REFUSED_BATCH("certificate_id must be",
                certpush_batch_push_fields(client, NULL, 16, "p", 1, "ELB", 3, 0, list, report));
  REFUSED_BATCH("target_projects must have 1",
                certpush_batch_push_fields(client, GOOD_ID, 16, NULL, 1, "ELB", 3, 0, list, report));
  REFUSED_BATCH("target_service must have 1",
                certpush_batch_push_fields(client, GOOD_ID, 16, "p", 1, NULL, 3, 0, list, report));
  certpush_client_free(client);
}

static void batch_push_refuses_what_is_no_list_of_projects(void) {
  certpush_client *client = service_client();
  const char *const projects[] = {"", ",", "a,", ",a", "a,a", "a, b", "a\n", "\xe9",
                                  "0,1,2,3,4,5,6,7,8,9,10", "012345678901234567890123456789012"};
  size_t i;
  reset_service();
  for (i = 0; i < sizeof projects / sizeof *projects; i++)
    REFUSED_BATCH("target_projects ", certpush_batch_push(client, GOOD_ID, projects[i], "ELB", NULL,
                                                          list, report));
  REFUSED_BATCH("target_projects must have no control character",
                certpush_batch_push_n(client, GOOD_ID, 16, "a\0b", 3, "ELB", 3, 0, NULL, list,
                                      report));
  REFUSED_BATCH("target_projects has an impossible length",
                certpush_batch_push_n(client, GOOD_ID, 16, "a", (size_t)-1, "ELB", 3, 0, NULL, list,
                                      report));
  REFUSED_BATCH("timeout_ms must be positive",
                certpush_batch_push_n(client, GOOD_ID, 16, "a", 1, "ELB", 3, -1, NULL, list, report));
  REFUSED_BATCH("target_projects must have no control character",
                certpush_batch_push_fields(client, GOOD_ID, 16, "a\0b", 3, "ELB", 3, 0, list, report));
  REFUSED_BATCH("certificate_id_length must not be negative",
                certpush_batch_push_fields(client, GOOD_ID, -16, "a", 1, "ELB", 3, 0, list, report));
  REFUSED_BATCH("target_projects_length must not be negative",
                certpush_batch_push_fields(client, GOOD_ID, 16, "a", -1, "ELB", 3, 0, list, report));
  REFUSED_BATCH("target_service_length must not be negative",
                certpush_batch_push_fields(client, GOOD_ID, 16, "a", 1, "ELB", INT32_MIN, 0, list,
                                           report));
  REFUSED_BATCH("timeout_ms must be positive",
                certpush_batch_push_fields(client, GOOD_ID, 16, "a", 1, "ELB", 3, -1, list, report));
  CHECK_NUMBER(service_count("/sim/received", GOOD_ID), 0);
  certpush_client_free(client);
}

static void a_list_that_is_not_there_has_no_reports(void) {
  CHECK_NUMBER(certpush_report_list_count(NULL), 0);
  CHECK(certpush_report_list_get(NULL, 0) == NULL);
  CHECK_TEXT(certpush_report_list_json(NULL), "[]");
  certpush_report_list_free(NULL);
}

static void push_again_n_refuses_what_push_n_refuses(void) {
  certpush_client *client = service_client();
  REFUSED("client is NULL",
          certpush_push_again_n(NULL, GOOD_ID, 16, "p", 1, "ELB", 3, 0, NULL, report));
  REFUSED("certificate_id is NULL",
          certpush_push_again_n(client, NULL, 16, "p", 1, "ELB", 3, 0, NULL, report));
  REFUSED("target_project is NULL",
          certpush_push_again_n(client, GOOD_ID, 16, NULL, 1, "CDN", 3, 0, NULL, report));
  REFUSED("target_service is NULL",
          certpush_push_again_n(client, GOOD_ID, 16, "p", 1, NULL, 3, 0, NULL, report));
  REFUSED("timeout_ms must be positive",
          certpush_push_again_n(client, GOOD_ID, 16, "p", 1, "ELB", 3, -1, NULL, report));
  CHECK_NUMBER(certpush_push_again_n(client, GOOD_ID, 16, NULL, 0, "CDN", 3, 0, NULL, NULL), CERTPUSH_OK);
  certpush_client_free(client);
}

static void push_list_functions_refuse_null(void) {
  certpush_push_list *list = certpush_push_list_new();
  REFUSED("list is NULL", certpush_push_list_add(NULL, GOOD_ID, "p", "ELB", report));
  REFUSED("certificate_id is NULL", certpush_push_list_add(list, NULL, "p", "ELB", report));
  REFUSED("target_project is empty", certpush_push_list_add(list, GOOD_ID, NULL, "ELB", report));
  REFUSED("target_service is NULL", certpush_push_list_add(list, GOOD_ID, "p", NULL, report));
  REFUSED("list is NULL", certpush_push_list_add_n(NULL, GOOD_ID, 16, "p", 1, "ELB", 3, report));
  REFUSED("certificate_id is NULL", certpush_push_list_add_n(list, NULL, 16, "p", 1, "ELB", 3, report));
  REFUSED("target_project is NULL", certpush_push_list_add_n(list, GOOD_ID, 16, NULL, 1, "CDN", 3, report));
  REFUSED("target_service is NULL", certpush_push_list_add_n(list, GOOD_ID, 16, "p", 1, NULL, 3, report));
  REFUSED("certificate_id must be exactly 16",
          certpush_push_list_add_n(list, NULL, 0, "p", 1, "ELB", 3, report));
  REFUSED("list is NULL", certpush_push_list_add_fields(NULL, GOOD_ID, 16, "p", 1, "ELB", 3, report));
  REFUSED("certificate_id must be exactly 16",
          certpush_push_list_add_fields(list, NULL, 16, "p", 1, "ELB", 3, report));
  REFUSED("target_project is empty",
          certpush_push_list_add_fields(list, GOOD_ID, 16, NULL, 1, "ELB", 3, report));
  REFUSED("target_service must have 1",
          certpush_push_list_add_fields(list, GOOD_ID, 16, "p", 1, NULL, 3, report));
  REFUSED("list is NULL", certpush_push_list_read_n(NULL, "", 0, report));
  REFUSED("text is NULL", certpush_push_list_read_n(list, NULL, 1, report));
  CHECK_NUMBER(certpush_push_list_read_n(list, NULL, 0, NULL), CERTPUSH_INVALID_CONFIG);
  CHECK_NUMBER(certpush_push_list_count(list), 0);
  CHECK_NUMBER(certpush_push_list_count(NULL), 0);
  certpush_push_list_free(list);
  certpush_push_list_free(NULL);
}

static void push_list_functions_refuse_what_is_no_text(void) {
  certpush_push_list *list = certpush_push_list_new();
  REFUSED("certificate_id is not UTF-8", certpush_push_list_add(list, NOT_UTF8, "p", "ELB", report));
  REFUSED("target_project is not UTF-8", certpush_push_list_add(list, GOOD_ID, NOT_UTF8, "ELB", report));
  REFUSED("target_service is not UTF-8", certpush_push_list_add(list, GOOD_ID, "p", NOT_UTF8, report));
  REFUSED("target_project is not UTF-8",
          certpush_push_list_add_n(list, GOOD_ID, 16, NOT_UTF8, 4, "ELB", 3, report));
  REFUSED("certificate_id has an impossible length",
          certpush_push_list_add_n(list, GOOD_ID, (size_t)-16, "p", 1, "ELB", 3, report));
  REFUSED("target_project", certpush_push_list_add_n(list, GOOD_ID, 16, "p\0q", 3, "ELB", 3, report));
  REFUSED("target_project", certpush_push_list_add_fields(list, GOOD_ID, 16, "p\0q", 3, "ELB", 3, report));
  REFUSED("target_service is not UTF-8",
          certpush_push_list_add_fields(list, GOOD_ID, 16, "p", 1, NOT_UTF8, 4, report));
  REFUSED("text has an impossible length", certpush_push_list_read_n(list, "", (size_t)-1, report));
  CHECK_NUMBER(certpush_push_list_count(list), 0);
  certpush_push_list_free(list);
}

typedef int32_t push_all_fn(const certpush_client *, const certpush_push_list *, int64_t,
                            certpush_progress_fn, void *, const certpush_cancel *,
                            certpush_report_list **, certpush_report **);

static void push_all_refuses_null_and_negative_times(void) {
  push_all_fn *const functions[] = {certpush_push_all, certpush_push_all_again};
  certpush_client *client = service_client();
  certpush_push_list *list = certpush_push_list_new();
  certpush_report_list *reports;
  int i;
  CHECK_NUMBER(certpush_push_list_add(list, GOOD_ID, "p", "ELB", NULL), CERTPUSH_OK);
  for (i = 0; i < 2; i++) {
    push_all_fn *const push_all = functions[i];
    reports = (certpush_report_list *)client;
    REFUSED("client is NULL", push_all(NULL, list, 0, NULL, NULL, NULL, &reports, report));
    CHECK(reports == NULL);
    reports = (certpush_report_list *)client;
    REFUSED("list is NULL", push_all(client, NULL, 0, NULL, NULL, NULL, &reports, report));
    CHECK(reports == NULL);
    reports = (certpush_report_list *)client;
    REFUSED("timeout_ms must be positive",
            push_all(client, list, -1, NULL, NULL, NULL, &reports, report));
    CHECK(reports == NULL);
    REFUSED("timeout_ms must be positive",
            push_all(client, list, INT64_MIN, NULL, NULL, NULL, NULL, report));
    CHECK_NUMBER(push_all(client, list, 0, NULL, NULL, NULL, NULL, NULL), CERTPUSH_OK);
    CHECK_NUMBER(push_all(client, list, INT64_MAX, NULL, NULL, NULL, NULL, NULL), CERTPUSH_OK);
  }
  certpush_push_list_free(list);
  certpush_client_free(client);
}

static void settle_refuses_null(void) {
  REFUSED("journal is NULL", certpush_journal_settle(NULL, GOOD_ID, "p", "ELB", 1, report));
  REFUSED("certificate_id is NULL", certpush_journal_settle("j", NULL, "p", "ELB", 1, report));
  REFUSED("target_project is empty", certpush_journal_settle("j", GOOD_ID, NULL, "ELB", 1, report));
  REFUSED("target_service is NULL", certpush_journal_settle("j", GOOD_ID, "p", NULL, 1, report));
  REFUSED("journal is NULL", certpush_journal_settle_n(NULL, 1, GOOD_ID, 16, "p", 1, "ELB", 3, 1, report));
  REFUSED("certificate_id is NULL", certpush_journal_settle_n("j", 1, NULL, 16, "p", 1, "ELB", 3, 1, report));
  REFUSED("target_project is NULL",
          certpush_journal_settle_n("j", 1, GOOD_ID, 16, NULL, 1, "CDN", 3, 1, report));
  REFUSED("target_service is NULL",
          certpush_journal_settle_n("j", 1, GOOD_ID, 16, "p", 1, NULL, 3, 1, report));
  REFUSED("certificate_id must be exactly 16",
          certpush_journal_settle_fields("j", 1, NULL, 16, "p", 1, "ELB", 3, 1, report));
  REFUSED("target_project is empty",
          certpush_journal_settle_fields("j", 1, GOOD_ID, 16, NULL, 1, "ELB", 3, 1, report));
  REFUSED("target_service must have 1",
          certpush_journal_settle_fields("j", 1, GOOD_ID, 16, "p", 1, NULL, 3, 1, report));
  /* No name of a file. */
  REFUSED("journal must not be empty",
          certpush_journal_settle_n(NULL, 0, GOOD_ID, 16, "p", 1, "ELB", 3, 1, report));
  REFUSED("journal must not be empty",
          certpush_journal_settle_fields(NULL, 5, GOOD_ID, 16, "p", 1, "ELB", 3, 1, report));
}

static void unsettled_refuses_what_is_no_text(void) {
  certpush_report_list *pushes = NULL;
  REFUSED("journal is NULL", certpush_journal_unsettled(NULL, &pushes, report));
  REFUSED("journal is NULL", certpush_journal_unsettled_n(NULL, 1, &pushes, report));
  REFUSED("journal is not UTF-8", certpush_journal_unsettled(NOT_UTF8, &pushes, report));
  REFUSED("journal", certpush_journal_unsettled_fields("j", -1, &pushes, report));
  CHECK(pushes == NULL);
}

static void settle_refuses_what_is_no_text_and_no_truth(void) {
  const int32_t neither[] = {2, -1, INT32_MAX, INT32_MIN};
  size_t i;
  REFUSED("journal is not UTF-8", certpush_journal_settle(NOT_UTF8, GOOD_ID, "p", "ELB", 1, report));
  REFUSED("journal has an impossible length",
          certpush_journal_settle_n("j", (size_t)-1, GOOD_ID, 16, "p", 1, "ELB", 3, 1, report));
  REFUSED("target_project", certpush_journal_settle_n("j", 1, GOOD_ID, 16, "p\0q", 3, "ELB", 3, 1, report));
  REFUSED("journal_length must not be negative, but is -1",
          certpush_journal_settle_fields("j", -1, GOOD_ID, 16, "p", 1, "ELB", 3, 1, report));
  REFUSED("certificate_id_length must not be negative",
          certpush_journal_settle_fields("j", 1, GOOD_ID, -16, "p", 1, "ELB", 3, 1, report));
  REFUSED("target_project_length must not be negative",
          certpush_journal_settle_fields("j", 1, GOOD_ID, 16, "p", -1, "ELB", 3, 1, report));
  REFUSED("target_service_length must not be negative",
          certpush_journal_settle_fields("j", 1, GOOD_ID, 16, "p", 1, "ELB", INT32_MIN, 1, report));
  for (i = 0; i < sizeof neither / sizeof *neither; i++) {
    REFUSED("pushed must be 0 or 1",
            certpush_journal_settle("j", GOOD_ID, "p", "ELB", neither[i], report));
    REFUSED("pushed must be 0 or 1",
            certpush_journal_settle_n("j", 1, GOOD_ID, 16, "p", 1, "ELB", 3, neither[i], report));
    REFUSED("pushed must be 0 or 1",
            certpush_journal_settle_fields("j", 1, GOOD_ID, 16, "p", 1, "ELB", 3, neither[i], report));
  }
}

static void push_once_refuses_null(void) {
  REFUSED("certificate_id is NULL", certpush_push_once(NULL, NULL, NULL, "p", "ELB", report));
  REFUSED("target_service is NULL", certpush_push_once(NULL, NULL, GOOD_ID, "p", NULL, report));
  REFUSED("endpoint is not UTF-8", certpush_push_once(NOT_UTF8, NULL, GOOD_ID, "p", "ELB", report));
  REFUSED("token is not UTF-8", certpush_push_once(NULL, NOT_UTF8, GOOD_ID, "p", "ELB", report));
}

static void push_fields_does_without_any_pointer(void) {
  CHECK_NUMBER(certpush_push_fields(NULL, NULL, 0, NULL, 0, NULL, 0, 0, NULL, NULL, NULL, 0, NULL,
                                    0, NULL, 0, NULL),
               CERTPUSH_INVALID_CONFIG);
  certpush_client *client = service_client();
  CHECK_NUMBER(certpush_push_fields(client, NULL, 16, "p", 1, "ELB", 3, 0, NULL, NULL, NULL, 9,
                                    NULL, 9, NULL, 9, NULL),
               CERTPUSH_INVALID_ARGUMENT);
  CHECK_NUMBER(certpush_push_fields(client, GOOD_ID, 16, NULL, 9, "ELB", 3, 0, NULL, NULL, NULL,
                                    9, NULL, 9, NULL, 9, NULL),
               CERTPUSH_INVALID_ARGUMENT);
  CHECK_NUMBER(certpush_push_fields(client, GOOD_ID, 16, "p", 1, NULL, 3, 0, NULL, NULL, NULL, 9,
                                    NULL, 9, NULL, 9, NULL),
               CERTPUSH_INVALID_ARGUMENT);
  CHECK_NUMBER(certpush_push_fields(client, GOOD_ID, 16, NULL, 9, "CDN", 3, 0, NULL, NULL, NULL,
                                    9, NULL, 9, NULL, 9, NULL),
               CERTPUSH_OK);
  certpush_client_free(client);
}

static void token_request_functions_ignore_null(void) {
  certpush_token_request_give(NULL, NULL, 0);
  certpush_token_request_give(NULL, "x", 1);
  certpush_token_request_fail(NULL, NULL);
  certpush_token_request_fail(NULL, "x");
}

static void cancel_functions_ignore_null(void) {
  certpush_cancel_trigger(NULL);
  certpush_cancel_free(NULL);
}

static void nothing_reads_as_success_without_a_report(void) {
  char buffer[4] = "old";
  CHECK_NUMBER(certpush_report_status(NULL), CERTPUSH_INVALID_ARGUMENT);
  CHECK_NUMBER(certpush_report_outcome_unknown(NULL), 1);
  CHECK_NUMBER(certpush_report_retry_after_ms(NULL), -1);
  CHECK_NUMBER(certpush_report_http_status(NULL), 0);
  CHECK_NUMBER(certpush_report_retryable(NULL), 0);
  CHECK_NUMBER(certpush_report_attempts(NULL), 0);
  CHECK_TEXT(certpush_report_message(NULL), "");
  CHECK_TEXT(certpush_report_hint(NULL), "");
  CHECK_TEXT(certpush_report_phase(NULL), "");
  CHECK_TEXT(certpush_report_service_code(NULL), "");
  CHECK_TEXT(certpush_report_service_message(NULL), "");
  CHECK_TEXT(certpush_report_request_id(NULL), "");
  CHECK_TEXT(certpush_report_certificate_id(NULL), "");
  CHECK_TEXT(certpush_report_target_project(NULL), "");
  CHECK_TEXT(certpush_report_target_service(NULL), "");
  CHECK_TEXT(certpush_report_target_certificate_id(NULL), "");
  CHECK_NUMBER(certpush_report_copy_message(NULL, buffer, sizeof buffer), 0);
  CHECK_TEXT(buffer, "");
  CHECK_NUMBER(certpush_report_copy_message(NULL, NULL, 9), 0);
  CHECK_TEXT(certpush_report_outcome(NULL), "unknown");
  CHECK_TEXT(certpush_report_json(NULL),
             "{\"status\":1,\"status_name\":\"CERTPUSH_INVALID_ARGUMENT\",\"message\":\"\",\"hint\":\"\","
             "\"phase\":\"\",\"http_status\":0,\"service_code\":\"\",\"service_message\":\"\","
             "\"request_id\":\"\",\"retryable\":false,\"outcome_unknown\":true,\"retry_after_ms\":-1,"
             "\"attempts\":0,\"certificate_id\":\"\",\"target_project\":\"\",\"target_service\":\"\","
             "\"target_certificate_id\":\"\"}");
  CHECK(certpush_report_json(NULL) == certpush_report_json(NULL));
  CHECK(certpush_report_copy(NULL) == NULL);
  CHECK_NUMBER(certpush_report_copy_field(NULL, "outcome_unknown", 15, buffer, sizeof buffer), 4);
  CHECK(memcmp(buffer, "true", 4) == 0);
  CHECK_NUMBER(certpush_report_copy_field(NULL, NULL, 0, NULL, 0), -1);
  certpush_report_free(NULL);
}

static void every_number_has_a_name(void) {
  CHECK_TEXT(certpush_status_name(CERTPUSH_TIMEOUT), "CERTPUSH_TIMEOUT");
  CHECK_TEXT(certpush_status_message(CERTPUSH_OK), "the certificate was pushed");
  CHECK_TEXT(certpush_status_name(-7), "unknown status");
  CHECK_TEXT(certpush_status_message(INT_MAX), "unknown status");
}

static void library_and_header_are_the_same_version(void) {
  CHECK_TEXT(certpush_version(), CERTPUSH_VERSION_STRING);
  CHECK_NUMBER(certpush_version_number(), CERTPUSH_VERSION_NUMBER);
}

int main(void) {
  RUN(config_functions_refuse_null);
  RUN(config_functions_refuse_what_is_no_text);
  RUN(client_functions_refuse_null);
  RUN(push_refuses_null);
  RUN(push_refuses_what_is_no_text);
  RUN(push_n_refuses_null);
  RUN(push_n_refuses_what_is_no_text);
  RUN(push_n_refuses_times_outside_the_range);
  RUN(connect_refuses_times_outside_the_range);
  RUN(batch_push_refuses_null);
  RUN(batch_push_refuses_what_is_no_list_of_projects);
  RUN(a_list_that_is_not_there_has_no_reports);
  RUN(push_again_n_refuses_what_push_n_refuses);
  RUN(push_list_functions_refuse_null);
  RUN(push_list_functions_refuse_what_is_no_text);
  RUN(push_all_refuses_null_and_negative_times);
  RUN(settle_refuses_null);
  RUN(unsettled_refuses_what_is_no_text);
  RUN(settle_refuses_what_is_no_text_and_no_truth);
  RUN(push_once_refuses_null);
  RUN(push_fields_does_without_any_pointer);
  RUN(token_request_functions_ignore_null);
  RUN(cancel_functions_ignore_null);
  RUN(nothing_reads_as_success_without_a_report);
  RUN(every_number_has_a_name);
  RUN(library_and_header_are_the_same_version);
  return tests_ended();
}
