/* The log function: what it is told, and for whom. */
#include "service.h"

#define MOST_LINES 4

struct lines {
  int count;
  int32_t levels[MOST_LINES];
  char texts[MOST_LINES][2048];
};

static void note(void *user, int32_t level, const char *line) {
  struct lines *lines = (struct lines *)user;
  CHECK(lines->count < MOST_LINES);
  lines->levels[lines->count] = level;
  snprintf(lines->texts[lines->count], sizeof lines->texts[0], "%s", line);
  lines->count++;
}

static certpush_client *logging_client(struct lines *lines) {
  certpush_config *config = service_config();
  memset(lines, 0, sizeof *lines);
  CHECK_NUMBER(certpush_config_set_log(config, note, lines, NULL), CERTPUSH_OK);
  return client_of(config);
}

static void each_push_has_a_line(void) {
  struct lines lines;
  certpush_client *client = logging_client(&lines);
  certpush_push(client, GOOD_ID, "ap-southeast-3", "ELB", NULL, NULL);
  certpush_push(client, REFUSED_ID, "ap-southeast-3", "WAF", NULL, NULL);
  CHECK_NUMBER(lines.count, 2);
  CHECK_NUMBER(lines.levels[0], CERTPUSH_LOG_INFO);
  CHECK_CONTAINS(lines.texts[0], "certificate_id=" GOOD_ID);
  CHECK_CONTAINS(lines.texts[0], "outcome=pushed");
  CHECK_NUMBER(lines.levels[1], CERTPUSH_LOG_ERROR);
  CHECK_CONTAINS(lines.texts[1], "status=CERTPUSH_UNAUTHORIZED");
  CHECK_CONTAINS(lines.texts[1], "request_id=request-refused");
  CHECK_CONTAINS(lines.texts[1], "outcome=not_pushed");
  CHECK(strchr(lines.texts[1], '\n') == NULL);
  certpush_client_free(client);
}

static void connecting_pushes_nothing(void) {
  struct lines lines;
  certpush_client *client = logging_client(&lines);
  CHECK_NUMBER(certpush_client_connect(client, NULL, NULL), CERTPUSH_OK);
  CHECK_NUMBER(lines.count, 1);
  CHECK_CONTAINS(lines.texts[0], " connect certificate_id=- ");
  CHECK_CONTAINS(lines.texts[0], "outcome=not_pushed");
  certpush_client_free(client);
}

static void a_warning_has_a_line(void) {
  char path[] = "token-XXXXXX";
  int fd = mkstemp(path);
  struct lines lines;
  certpush_config *config = service_config();
  certpush_client *client;
  CHECK(write(fd, "a-token-of-at-least-32-characters", 33) == 33);
  close(fd);
  memset(&lines, 0, sizeof lines);
  certpush_config_set(config, "token_file", path, NULL);
  certpush_config_set_log(config, note, &lines, NULL);
  client = client_of(config);
  unlink(path);
  CHECK_NUMBER(certpush_push(client, GOOD_ID, "p", "ELB", NULL, NULL), CERTPUSH_OK);
  CHECK_NUMBER(lines.count, 2);
  CHECK_NUMBER(lines.levels[0], CERTPUSH_LOG_WARNING);
  CHECK_CONTAINS(lines.texts[0], path);
  CHECK(strstr(lines.texts[0], "a-token-of") == NULL);
  certpush_client_free(client);
}

static void null_ends_the_lines(void) {
  struct lines lines;
  certpush_config *config = service_config();
  certpush_client *client;
  memset(&lines, 0, sizeof lines);
  certpush_config_set_log(config, note, &lines, NULL);
  certpush_config_set_log(config, NULL, &lines, NULL);
  client = client_of(config);
  certpush_push(client, GOOD_ID, "p", "ELB", NULL, NULL);
  CHECK_NUMBER(lines.count, 0);
  certpush_client_free(client);
}

static certpush_client *client_of_the_log;

static void push_another(void *user, int32_t level, const char *line) {
  int *calls = (int *)user;
  (void)level;
  (void)line;
  if (++*calls == 1)
    CHECK_NUMBER(certpush_push(client_of_the_log, GOOD_ID, "p", "ELB", NULL, NULL), CERTPUSH_OK);
}

static void a_log_function_may_push(void) {
  int calls = 0;
  certpush_config *config = service_config();
  certpush_config_set_log(config, push_another, &calls, NULL);
  client_of_the_log = client_of(config);
  CHECK_NUMBER(certpush_push(client_of_the_log, GOOD_ID, "p", "ELB", NULL, NULL), CERTPUSH_OK);
  CHECK_NUMBER(calls, 2);
  certpush_client_free(client_of_the_log);
}

int main(void) {
  RUN(each_push_has_a_line);
  RUN(connecting_pushes_nothing);
  RUN(a_warning_has_a_line);
  RUN(null_ends_the_lines);
  RUN(a_log_function_may_push);
  return tests_ended();
}
