/* A program's own source of tokens. */
#include "service.h"

#include <pthread.h>

#define TOKEN "a-token-that-a-function-of-the-program-gives"
#define SHOWN "<44 characters, "

/* A source that gives a token and counts how often it was asked, and on which thread last. */
struct source {
  int asked;
  pthread_t thread;
};

static void give(void *user, certpush_token_request *request) {
  struct source *source = (struct source *)user;
  source->asked++;
  source->thread = pthread_self();
  certpush_token_request_give(request, TOKEN, strlen(TOKEN));
}

static certpush_config *config_with(certpush_token_fn source, void *user) {
  certpush_config *config = config_without_token();
  CHECK_NUMBER(certpush_config_set(config, "retry_base_ms", "1", NULL), CERTPUSH_OK);
  CHECK_NUMBER(certpush_config_set_token_source(config, source, user, NULL), CERTPUSH_OK);
  return config;
}

/* Pushes with a source once. */
static int32_t push_with(certpush_token_fn source, void *user, certpush_report **report) {
  certpush_client *client = client_of(config_with(source, user));
  int32_t status = certpush_push(client, GOOD_ID, "p", "ELB", NULL, report);
  certpush_client_free(client);
  return status;
}

static void a_source_is_asked_for_each_push_on_its_thread(void) {
  struct source source = {0, 0};
  certpush_client *client = client_of(config_with(give, &source));
  CHECK_NUMBER(source.asked, 0);
  reset_service();
  CHECK_NUMBER(certpush_push(client, GOOD_ID, "p", "ELB", NULL, NULL), CERTPUSH_OK);
  CHECK_NUMBER(certpush_push(client, GOOD_ID, "p", "ELB", NULL, NULL), CERTPUSH_OK);
  CHECK_NUMBER(source.asked, 2);
  CHECK(pthread_equal(source.thread, pthread_self()));
  CHECK_NUMBER(service_count("/sim/received", SHOWN), 2);
  certpush_client_free(client);
}

static void a_refused_token_is_asked_for_once_more(void) {
  struct source source = {0, 0};
  certpush_client *client = client_of(config_with(give, &source));
  certpush_report *report = NULL;
  CHECK_NUMBER(certpush_push(client, REFUSED_ID, "p", "ELB", NULL, &report), CERTPUSH_UNAUTHORIZED);
  CHECK_NUMBER(source.asked, 2);
  /* It was the same one again, which is not sent twice. */
  CHECK_NUMBER(certpush_report_attempts(report), 1);
  certpush_report_free(report);
  certpush_client_free(client);
}

static void give_from_a_buffer_and_wipe_it(void *user, certpush_token_request *request) {
  char buffer[sizeof TOKEN];
  memcpy(buffer, TOKEN, sizeof buffer);
  (void)user;
  certpush_token_request_give(request, buffer, strlen(TOKEN));
  memset(buffer, '#', sizeof buffer);
}

static void a_token_is_copied_at_once(void) {
  CHECK_NUMBER(push_with(give_from_a_buffer_and_wipe_it, NULL, NULL), CERTPUSH_OK);
}

static void fail(void *user, certpush_token_request *request) {
  ++*(int *)user;
  certpush_token_request_fail(request, "the vault is sealed");
}

static void a_failure_is_told_after_the_retries(void) {
  int asked = 0;
  certpush_report *report = NULL;
  reset_service();
  CHECK_NUMBER(push_with(fail, &asked, &report), CERTPUSH_CREDENTIALS_UNAVAILABLE);
  CHECK_NUMBER(asked, 3);
  CHECK_CONTAINS(certpush_report_message(report), "token source failed: the vault is sealed;");
  CHECK_TEXT(certpush_report_phase(report), "credentials");
  CHECK_NUMBER(certpush_report_retryable(report), 1);
  CHECK_NUMBER(certpush_report_outcome_unknown(report), 0);
  CHECK_NUMBER(certpush_report_attempts(report), 0);
  CHECK_NUMBER(service_count("/sim/received", GOOD_ID), 0);
  certpush_report_free(report);
}

static void say_nothing(void *user, certpush_token_request *request) {
  (void)user;
  (void)request;
}

static void give_null(void *user, certpush_token_request *request) {
  give(user, request);
  certpush_token_request_give(request, NULL, 44);
}

static void give_an_impossible_length(void *user, certpush_token_request *request) {
  (void)user;
  certpush_token_request_give(request, TOKEN, (size_t)-1);
}

static void an_answer_that_is_none_is_a_failure(void) {
  const certpush_token_fn sources[] = {say_nothing, give_null, give_an_impossible_length};
  size_t i;
  for (i = 0; i < sizeof sources / sizeof *sources; i++) {
    struct source source = {0, 0};
    certpush_report *report = NULL;
    CHECK_NUMBER(push_with(sources[i], &source, &report), CERTPUSH_CREDENTIALS_UNAVAILABLE);
    CHECK_CONTAINS(certpush_report_message(report), "token source failed: it gave no token;");
    certpush_report_free(report);
  }
}

static void fail_without_a_reason(void *user, certpush_token_request *request) {
  (void)user;
  certpush_token_request_fail(request, NULL);
}

static void fail_in_latin_1(void *user, certpush_token_request *request) {
  (void)user;
  certpush_token_request_fail(request, "caf\xe9");
}

static void a_reason_may_be_missing_or_anything(void) {
  certpush_report *report = NULL;
  CHECK_NUMBER(push_with(fail_without_a_reason, NULL, &report), CERTPUSH_CREDENTIALS_UNAVAILABLE);
  CHECK_CONTAINS(certpush_report_message(report), "it gave no reason");
  certpush_report_free(report);
  CHECK_NUMBER(push_with(fail_in_latin_1, NULL, &report), CERTPUSH_CREDENTIALS_UNAVAILABLE);
  CHECK_CONTAINS(certpush_report_message(report), "caf\xef\xbf\xbd");
  certpush_report_free(report);
}

static void give_a_short_one(void *user, certpush_token_request *request) {
  (void)user;
  certpush_token_request_give(request, TOKEN, 31);
}

static void give_one_with_a_nul(void *user, certpush_token_request *request) {
  (void)user;
  certpush_token_request_give(request, TOKEN, sizeof TOKEN);
}

static void give_one_that_is_no_text(void *user, certpush_token_request *request) {
  (void)user;
  certpush_token_request_give(request, TOKEN "\xe9", sizeof TOKEN);
}

static void what_is_no_token_is_an_invalid_argument(void) {
  const certpush_token_fn sources[] = {give_a_short_one, give_one_with_a_nul,
                                       give_one_that_is_no_text};
  size_t i;
  for (i = 0; i < sizeof sources / sizeof *sources; i++) {
    certpush_report *report = NULL;
    CHECK_NUMBER(push_with(sources[i], NULL, &report), CERTPUSH_INVALID_ARGUMENT);
    CHECK_CONTAINS(certpush_report_message(report), "token source");
    CHECK(strstr(certpush_report_message(report), "a-token-that") == NULL);
    certpush_report_free(report);
  }
}

static void give_then_fail(void *user, certpush_token_request *request) {
  (void)user;
  certpush_token_request_give(request, TOKEN, strlen(TOKEN));
  certpush_token_request_fail(request, "after all");
}

static void fail_then_give(void *user, certpush_token_request *request) {
  (void)user;
  certpush_token_request_fail(request, "at first");
  certpush_token_request_give(request, TOKEN, strlen(TOKEN));
}

static void the_last_answer_counts(void) {
  CHECK_NUMBER(push_with(give_then_fail, NULL, NULL), CERTPUSH_CREDENTIALS_UNAVAILABLE);
  CHECK_NUMBER(push_with(fail_then_give, NULL, NULL), CERTPUSH_OK);
}

static void push_itself(void *user, certpush_token_request *request) {
  struct source inner = {0, 0};
  CHECK_NUMBER(push_with(give, &inner, NULL), CERTPUSH_OK);
  CHECK_NUMBER(inner.asked, 1);
  give(user, request);
}

static void a_source_may_push_itself(void) {
  struct source source = {0, 0};
  CHECK_NUMBER(push_with(push_itself, &source, NULL), CERTPUSH_OK);
  CHECK_NUMBER(source.asked, 1);
}

static void a_source_and_a_token_exclude_each_other(void) {
  struct source source = {0, 0};
  certpush_config *config = config_with(give, &source);
  certpush_client *client = NULL;
  certpush_report *report = NULL;
  certpush_config_set(config, "token_file", given("SERVICE_TOKEN_FILE"), NULL);
  CHECK_NUMBER(certpush_client_new(config, &client, &report), CERTPUSH_INVALID_CONFIG);
  CHECK_CONTAINS(certpush_report_message(report), "the token source and option token_file");
  certpush_report_free(report);
  CHECK_NUMBER(certpush_config_set_token_source(config, NULL, &source, NULL), CERTPUSH_OK);
  client = client_of(config);
  CHECK_NUMBER(certpush_push(client, GOOD_ID, "p", "ELB", NULL, NULL), CERTPUSH_OK);
  CHECK_NUMBER(source.asked, 0);
  certpush_client_free(client);
}

#define THREADS 8
#define PUSHES 50

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void give_to_many(void *user, certpush_token_request *request) {
  pthread_mutex_lock(&lock);
  give(user, request);
  pthread_mutex_unlock(&lock);
}

static void *push_often(void *client) {
  int i;
  for (i = 0; i < PUSHES; i++)
    if (certpush_push((certpush_client *)client, GOOD_ID, "p", "ELB", NULL, NULL) != CERTPUSH_OK)
      return client;
  return NULL;
}

static void threads_share_a_source(void) {
  struct source source = {0, 0};
  certpush_client *client = client_of(config_with(give_to_many, &source));
  pthread_t threads[THREADS];
  int i;
  for (i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, push_often, client);
  for (i = 0; i < THREADS; i++) {
    void *failed = client;
    pthread_join(threads[i], &failed);
    CHECK(failed == NULL);
  }
  CHECK_NUMBER(source.asked, THREADS * PUSHES);
  certpush_client_free(client);
}

static void a_client_describes_its_source(void) {
  struct source source = {0, 0};
  certpush_client *client = client_of(config_with(give, &source));
  CHECK_CONTAINS(certpush_client_describe(client), "the program's own source");
  certpush_client_free(client);
}

int main(void) {
  RUN(a_source_is_asked_for_each_push_on_its_thread);
  RUN(a_refused_token_is_asked_for_once_more);
  RUN(a_token_is_copied_at_once);
  RUN(a_failure_is_told_after_the_retries);
  RUN(an_answer_that_is_none_is_a_failure);
  RUN(a_reason_may_be_missing_or_anything);
  RUN(what_is_no_token_is_an_invalid_argument);
  RUN(the_last_answer_counts);
  RUN(a_source_may_push_itself);
  RUN(a_source_and_a_token_exclude_each_other);
  RUN(threads_share_a_source);
  RUN(a_client_describes_its_source);
  return tests_ended();
}
