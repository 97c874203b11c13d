/* Ending a call from another thread, from a signal handler, and by closing the client. */
#include "service.h"

#include <pthread.h>
#include <signal.h>

/* A cancelled call returns within 100 ms; the rest is room for a busy machine. */
#define SOON_MS 1000

static long now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A push that the service never answers, on a thread of its own. */
struct waiting_push {
  certpush_client *client;
  const certpush_cancel *cancel;
  pthread_t thread;
  int32_t status;
  certpush_report *report;
};

static void *push_and_wait(void *argument) {
  struct waiting_push *push = (struct waiting_push *)argument;
  push->status =
      certpush_push(push->client, SILENT_ID, "p", "ELB", push->cancel, &push->report);
  return NULL;
}

static void begin(struct waiting_push *push, const certpush_client *client,
                  const certpush_cancel *cancel) {
  memset(push, 0, sizeof *push);
  push->client = (certpush_client *)client;
  push->cancel = cancel;
  pthread_create(&push->thread, NULL, push_and_wait, push);
}

static void ends_cancelled(struct waiting_push *push) {
  pthread_join(push->thread, NULL);
  CHECK_NUMBER(push->status, CERTPUSH_CANCELLED);
  CHECK_NUMBER(certpush_report_outcome_unknown(push->report), 1);
  CHECK_NUMBER(certpush_report_retryable(push->report), 0);
  CHECK_TEXT(certpush_report_phase(push->report), "receive");
  certpush_report_free(push->report);
}

static void another_thread_ends_a_push(void) {
  certpush_client *client = service_client();
  certpush_cancel *cancel = certpush_cancel_new();
  struct waiting_push push;
  long triggered;
  reset_service();
  begin(&push, client, cancel);
  await_received(SILENT_ID, 1);
  triggered = now_ms();
  certpush_cancel_trigger(cancel);
  ends_cancelled(&push);
  CHECK(now_ms() - triggered < SOON_MS);
  certpush_cancel_free(cancel);
  certpush_client_free(client);
}

static void one_cancel_ends_many_pushes_and_all_later_ones(void) {
  certpush_client *client = service_client();
  certpush_cancel *cancel = certpush_cancel_new();
  certpush_report *report = NULL;
  struct waiting_push first, second;
  reset_service();
  begin(&first, client, cancel);
  begin(&second, client, cancel);
  await_received(SILENT_ID, 2);
  certpush_cancel_trigger(cancel);
  ends_cancelled(&first);
  ends_cancelled(&second);
  CHECK_NUMBER(certpush_push(client, GOOD_ID, "p", "ELB", cancel, &report), CERTPUSH_CANCELLED);
  CHECK_NUMBER(certpush_report_attempts(report), 0);
  CHECK_NUMBER(certpush_report_outcome_unknown(report), 0);
  certpush_report_free(report);
  CHECK_NUMBER(certpush_client_connect(client, cancel, NULL), CERTPUSH_CANCELLED);
  CHECK_NUMBER(certpush_push(client, GOOD_ID, "p", "ELB", NULL, NULL), CERTPUSH_OK);
  certpush_cancel_free(cancel);
  certpush_client_free(client);
}

static certpush_cancel *cancel_of_the_handler;

static void on_signal(int number) {
  (void)number;
  certpush_cancel_trigger(cancel_of_the_handler);
}

static void *signal_when_received(void *main_thread) {
  await_received(SILENT_ID, 1);
  pthread_kill(*(pthread_t *)main_thread, SIGUSR1);
  return NULL;
}

static void a_signal_handler_ends_a_push(void) {
  certpush_client *client = service_client();
  certpush_report *report = NULL;
  pthread_t self = pthread_self(), sender;
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_signal;
  sigaction(SIGUSR1, &action, NULL);
  cancel_of_the_handler = certpush_cancel_new();
  reset_service();
  pthread_create(&sender, NULL, signal_when_received, &self);
  CHECK_NUMBER(certpush_push(client, SILENT_ID, "p", "ELB", cancel_of_the_handler, &report),
               CERTPUSH_CANCELLED);
  CHECK_NUMBER(certpush_report_outcome_unknown(report), 1);
  pthread_join(sender, NULL);
  certpush_report_free(report);
  certpush_cancel_free(cancel_of_the_handler);
  certpush_client_free(client);
}

static void ignore_signal(int number) { (void)number; }

static void *send_signals(void *main_thread) {
  const struct timespec pause = {0, 200000};
  int count;
  for (count = 0; count < 500; count++) {
    pthread_kill(*(pthread_t *)main_thread, SIGUSR2);
    nanosleep(&pause, NULL);
  }
  return NULL;
}

static void signals_alone_fail_no_push(void) {
  certpush_client *client = service_client();
  pthread_t self = pthread_self(), sender;
  struct sigaction action;
  int count;
  memset(&action, 0, sizeof action);
  action.sa_handler = ignore_signal;
  sigaction(SIGUSR2, &action, NULL);
  pthread_create(&sender, NULL, send_signals, &self);
  for (count = 0; count < 50; count++)
    CHECK_NUMBER(certpush_push(client, GOOD_ID, "p", "ELB", NULL, NULL), CERTPUSH_OK);
  pthread_join(sender, NULL);
  certpush_client_free(client);
}

static void a_cancel_may_be_freed_while_a_push_has_it(void) {
  certpush_client *client = service_client();
  certpush_cancel *cancel = certpush_cancel_new();
  struct waiting_push push;
  reset_service();
  begin(&push, client, cancel);
  await_received(SILENT_ID, 1);
  certpush_cancel_free(cancel);
  certpush_client_close(client);
  ends_cancelled(&push);
  certpush_client_free(client);
}

static void closing_a_client_ends_its_pushes(void) {
  certpush_client *client = service_client();
  struct waiting_push push;
  long closed;
  reset_service();
  begin(&push, client, NULL);
  await_received(SILENT_ID, 1);
  closed = now_ms();
  certpush_client_close(client);
  ends_cancelled(&push);
  CHECK(now_ms() - closed < SOON_MS);
  certpush_client_free(client);
}

int main(void) {
  RUN(another_thread_ends_a_push);
  RUN(one_cancel_ends_many_pushes_and_all_later_ones);
  RUN(a_signal_handler_ends_a_push);
  RUN(signals_alone_fail_no_push);
  RUN(a_cancel_may_be_freed_while_a_push_has_it);
  RUN(closing_a_client_ends_its_pushes);
  return tests_ended();
}
