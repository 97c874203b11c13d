/* Keeps what the library tells a test program, in $TRANSCRIPTS/$SUITE.transcript: every report and
 * list of reports when it is freed, every description of a client, every line of a log and every
 * field that is filled. The linker puts it between the program and the library (--wrap), see
 * tests/c/suite.sh. */
#include <certpush.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void __real_certpush_report_free(certpush_report *report);
void __real_certpush_report_list_free(certpush_report_list *list);
void __real_certpush_client_free(certpush_client *client);
int32_t __real_certpush_config_set_log(certpush_config *config, certpush_log_fn log, void *user,
                                       certpush_report **report);
int32_t __real_certpush_push_fields(const certpush_client *client, const char *certificate_id,
                                    int32_t certificate_id_length, const char *target_project,
                                    int32_t target_project_length, const char *target_service,
                                    int32_t target_service_length, int32_t timeout_ms,
                                    int32_t *outcome_unknown, int32_t *http_status,
                                    char *service_code, int32_t service_code_length,
                                    char *request_id, int32_t request_id_length, char *message,
                                    int32_t message_length, certpush_report **report);

/* One write, so that threads and children do not mix. */
static void keep_bytes(const char *what, const char *text, size_t length) {
  const char *folder = getenv("TRANSCRIPTS"), *suite = getenv("SUITE");
  char path[4096];
  char *line;
  int fd;
  if (folder == NULL || suite == NULL) return;
  snprintf(path, sizeof path, "%s/%s.transcript", folder, suite);
  line = malloc(strlen(what) + length + 3);
  fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (line == NULL || fd < 0) abort();
  strcpy(line, what);
  strcat(line, " ");
  memcpy(line + strlen(what) + 1, text, length);
  line[strlen(what) + 1 + length] = '\n';
  if (write(fd, line, strlen(what) + length + 2) < 0) abort();
  close(fd);
  free(line);
}

static void keep(const char *what, const char *text) {
  if (*text != '\0') keep_bytes(what, text, strlen(text));
}

void __wrap_certpush_report_free(certpush_report *report) {
  keep("message", certpush_report_message(report));
  keep("hint", certpush_report_hint(report));
  keep("phase", certpush_report_phase(report));
  keep("service_code", certpush_report_service_code(report));
  keep("service_message", certpush_report_service_message(report));
  keep("request_id", certpush_report_request_id(report));
  keep("certificate_id", certpush_report_certificate_id(report));
  keep("target_project", certpush_report_target_project(report));
  keep("target_service", certpush_report_target_service(report));
  keep("target_certificate_id", certpush_report_target_certificate_id(report));
  keep("json", certpush_report_json(report));
  __real_certpush_report_free(report);
}

void __wrap_certpush_report_list_free(certpush_report_list *list) {
  keep("list", certpush_report_list_json(list));
  __real_certpush_report_list_free(list);
}

void __wrap_certpush_client_free(certpush_client *client) {
  keep("client", certpush_client_describe(client));
  __real_certpush_client_free(client);
}

/* The log of a config. All are kept, for nobody says when the last line has come. */
struct log {
  certpush_log_fn log;
  void *user;
  struct log *next;
};
static struct log *logs;

static void keep_line(void *user, int32_t level, const char *line) {
  const struct log *given = user;
  keep("log", line);
  given->log(given->user, level, line);
}

int32_t __wrap_certpush_config_set_log(certpush_config *config, certpush_log_fn log, void *user,
                                       certpush_report **report) {
  struct log *given;
  if (log == NULL) return __real_certpush_config_set_log(config, log, user, report);
  given = malloc(sizeof *given);
  if (given == NULL) abort();
  given->log = log;
  given->user = user;
  given->next = __atomic_load_n(&logs, __ATOMIC_RELAXED);
  while (!__atomic_compare_exchange_n(&logs, &given->next, given, 0, __ATOMIC_RELEASE,
                                      __ATOMIC_RELAXED)) {
  }
  return __real_certpush_config_set_log(config, keep_line, given, report);
}

int32_t __wrap_certpush_push_fields(const certpush_client *client, const char *certificate_id,
                                    int32_t certificate_id_length, const char *target_project,
                                    int32_t target_project_length, const char *target_service,
                                    int32_t target_service_length, int32_t timeout_ms,
                                    int32_t *outcome_unknown, int32_t *http_status,
                                    char *service_code, int32_t service_code_length,
                                    char *request_id, int32_t request_id_length, char *message,
                                    int32_t message_length, certpush_report **report) {
  const int32_t status = __real_certpush_push_fields(
      client, certificate_id, certificate_id_length, target_project, target_project_length,
      target_service, target_service_length, timeout_ms, outcome_unknown, http_status, service_code,
      service_code_length, request_id, request_id_length, message, message_length, report);
  if (service_code != NULL && service_code_length > 0)
    keep_bytes("service_code", service_code, (size_t)service_code_length);
  if (request_id != NULL && request_id_length > 0)
    keep_bytes("request_id", request_id, (size_t)request_id_length);
  if (message != NULL && message_length > 0)
    keep_bytes("message", message, (size_t)message_length);
  return status;
}
