/* Memory that ends: what is large is refused with a report, and the process goes on. */
#include "service.h"

#include <malloc.h>
#include <sys/resource.h>

#define LENGTH 2097152
#define PATH "a-large-token"
/* What the process may still take: enough for a push, not for a large token. */
#define ROOM (1024 * 1024)

static char token[LENGTH + 1];

static void limit_memory(void) {
  struct rlimit limit;
  unsigned long pages = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  CHECK(file != NULL && fscanf(file, "%lu", &pages) == 1);
  fclose(file);
  getrlimit(RLIMIT_AS, &limit);
  limit.rlim_cur = pages * (rlim_t)sysconf(_SC_PAGESIZE) + ROOM;
  CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
}

static void lift_limit(void) {
  struct rlimit limit;
  getrlimit(RLIMIT_AS, &limit);
  limit.rlim_cur = limit.rlim_max;
  CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
}

/* Checks that a report speaks of memory and of nothing sent, and frees it. */
static void check_told(certpush_report *report) {
  CHECK_CONTAINS(certpush_report_message(report), "no memory for");
  CHECK_NUMBER(certpush_report_outcome_unknown(report), 0);
  certpush_report_free(report);
}

static void a_token_is_refused_and_may_be_set_later(void) {
  certpush_config *config = config_without_token();
  certpush_client *client;
  certpush_report *report = NULL;
  limit_memory();
  CHECK_NUMBER(certpush_config_set(config, "token", token, &report), CERTPUSH_INTERNAL);
  lift_limit();
  check_told(report);
  CHECK_NUMBER(certpush_config_set(config, "token", token, NULL), CERTPUSH_OK);
  client = client_of(config);
  CHECK_NUMBER(certpush_push(client, GOOD_ID, "p", "ELB", NULL, NULL), CERTPUSH_OK);
  certpush_client_free(client);
}

static void a_text_of_options_is_refused_and_may_be_set_later(void) {
  const char *const formats[] = {"token=%s", "{\"token\":\"%s\"}"};
  char *options = (char *)malloc(LENGTH + 32);
  size_t i;
  for (i = 0; i < sizeof formats / sizeof *formats; i++) {
    certpush_config *config = config_without_token();
    certpush_client *client = NULL;
    certpush_report *report = NULL;
    const size_t length = (size_t)sprintf(options, formats[i], token);
    limit_memory();
    CHECK_NUMBER(certpush_config_set_options(config, options, length, &report), CERTPUSH_INTERNAL);
    lift_limit();
    check_told(report);
    limit_memory();
    CHECK_NUMBER(certpush_client_open(options, length, &client, &report), CERTPUSH_INTERNAL);
    lift_limit();
    check_told(report);
    CHECK_NUMBER(certpush_config_set_options(config, options, length, NULL), CERTPUSH_OK);
    client = client_of(config);
    CHECK_NUMBER(certpush_push(client, GOOD_ID, "p", "ELB", NULL, NULL), CERTPUSH_OK);
    certpush_client_free(client);
  }
  free(options);
}

static void a_token_file_is_refused_and_may_be_read_later(void) {
  FILE *file = fopen(PATH, "w");
  certpush_config *config = config_without_token();
  certpush_client *client = NULL;
  certpush_report *report = NULL;
  CHECK(fwrite(token, 1, LENGTH, file) == LENGTH && fclose(file) == 0);
  certpush_config_set(config, "token_file", PATH, NULL);
  limit_memory();
  CHECK_NUMBER(certpush_client_new(config, &client, &report), CERTPUSH_INTERNAL);
  lift_limit();
  CHECK_CONTAINS(certpush_report_message(report), PATH);
  check_told(report);
  client = client_of(config);
  CHECK_NUMBER(certpush_push(client, GOOD_ID, "p", "ELB", NULL, NULL), CERTPUSH_OK);
  certpush_client_free(client);
}

static void give(void *user, certpush_token_request *request) {
  (void)user;
  limit_memory();
  certpush_token_request_give(request, token, LENGTH);
  lift_limit();
}

static void a_token_that_a_program_gives_is_refused(void) {
  certpush_config *config = config_without_token();
  certpush_client *client;
  certpush_report *report = NULL;
  certpush_config_set(config, "retries", "0", NULL);
  CHECK_NUMBER(certpush_config_set_token_source(config, give, NULL, NULL), CERTPUSH_OK);
  client = client_of(config);
  reset_service();
  CHECK_NUMBER(certpush_push(client, GOOD_ID, "p", "ELB", NULL, &report),
               CERTPUSH_CREDENTIALS_UNAVAILABLE);
  check_told(report);
  CHECK_NUMBER(service_count("/sim/received", GOOD_ID), 0);
  certpush_client_free(client);
}

/* The kept connection needs nothing new, so that all the room is the answer's. */
static void what_an_answer_decides_is_told_without_its_body(void) {
  certpush_client *client = service_client();
  certpush_report *report = NULL;
  CHECK_NUMBER(certpush_push(client, GOOD_ID, "p", "ELB", NULL, NULL), CERTPUSH_OK);
  limit_memory();
  CHECK_NUMBER(certpush_push(client, LARGE_ID, "p", "ELB", NULL, &report), CERTPUSH_NOT_FOUND);
  lift_limit();
  CHECK_NUMBER(certpush_report_http_status(report), 404);
  check_told(report);
  CHECK_NUMBER(certpush_push(client, GOOD_ID, "p", "ELB", NULL, NULL), CERTPUSH_OK);
  certpush_client_free(client);
}

int main(void) {
  /* What is large comes from the kernel and goes back to it, however much was freed before. */
  mallopt(M_MMAP_THRESHOLD, 128 * 1024);
  memset(token, 't', LENGTH);
  RUN(a_token_is_refused_and_may_be_set_later);
  RUN(a_text_of_options_is_refused_and_may_be_set_later);
  RUN(a_token_file_is_refused_and_may_be_read_later);
  RUN(a_token_that_a_program_gives_is_refused);
  RUN(what_an_answer_decides_is_told_without_its_body);
  return tests_ended();
}
