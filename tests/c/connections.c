/* Connections: kept, shared by threads, warmed beforehand. Over TLS. */
#include "service.h"

#include <pthread.h>

#define THREADS 32
#define PUSHES_EACH 100

static const certpush_client *shared;
static int lines;

static void count_line(void *user, int32_t level, const char *line) {
  (void)level;
  (void)line;
  __atomic_add_fetch((int *)user, 1, __ATOMIC_RELAXED);
}

static void *push_many(void *succeeded) {
  int count;
  for (count = 0; count < PUSHES_EACH; count++) {
    certpush_report *report = NULL;
    if (certpush_push(shared, GOOD_ID, "ap-southeast-3", "ELB", NULL, &report) == CERTPUSH_OK &&
        certpush_report_http_status(report) == 204)
      ++*(int *)succeeded;
    certpush_report_free(report);
  }
  return NULL;
}

static void threads_share_one_client(void) {
  pthread_t threads[THREADS];
  int succeeded[THREADS] = {0}, all = 0, i;
  certpush_config *config = service_config();
  certpush_client *client;
  certpush_config_set_log(config, count_line, &lines, NULL);
  client = client_of(config);
  shared = client;
  reset_service();
  for (i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, push_many, &succeeded[i]);
  for (i = 0; i < THREADS; i++) {
    pthread_join(threads[i], NULL);
    all += succeeded[i];
  }
  CHECK_NUMBER(all, THREADS * PUSHES_EACH);
  CHECK_NUMBER(lines, THREADS * PUSHES_EACH);
  CHECK_NUMBER(service_count("/sim/pushed", GOOD_ID), THREADS * PUSHES_EACH);
  CHECK(service_connections() >= 1 && service_connections() <= THREADS);
  certpush_client_free(client);
}

static void a_connection_that_was_made_beforehand_is_used(void) {
  certpush_client *client = service_client();
  reset_service();
  CHECK_NUMBER(certpush_client_connect(client, NULL, NULL), CERTPUSH_OK);
  CHECK_NUMBER(service_connections(), 1);
  CHECK_NUMBER(service_count("/sim/received", GOOD_ID), 0);
  CHECK_NUMBER(certpush_push(client, GOOD_ID, "p", "ELB", NULL, NULL), CERTPUSH_OK);
  CHECK_NUMBER(certpush_push(client, GOOD_ID, "p", "ELB", NULL, NULL), CERTPUSH_OK);
  CHECK_NUMBER(service_connections(), 1);
  certpush_client_free(client);
}

static void without_idle_connections_each_push_makes_its_own(void) {
  certpush_config *config = service_config();
  certpush_client *client;
  certpush_config_set(config, "max_idle_connections", "0", NULL);
  client = client_of(config);
  reset_service();
  CHECK_NUMBER(certpush_push(client, GOOD_ID, "p", "ELB", NULL, NULL), CERTPUSH_OK);
  CHECK_NUMBER(certpush_push(client, GOOD_ID, "p", "ELB", NULL, NULL), CERTPUSH_OK);
  CHECK_NUMBER(service_connections(), 2);
  certpush_client_free(client);
}

int main(void) {
  RUN(threads_share_one_client);
  RUN(a_connection_that_was_made_beforehand_is_used);
  RUN(without_idle_connections_each_push_makes_its_own);
  return tests_ended();
}
