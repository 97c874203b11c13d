/* Configs, clients and pushes that do what they say. */
#include "service.h"

static void a_client_does_not_need_its_config(void) {
  certpush_config *config = service_config();
  certpush_client *client = NULL;
  CHECK_NUMBER(certpush_client_new(config, &client, NULL), CERTPUSH_OK);
  CHECK_NUMBER(certpush_config_set(config, "endpoint", "https://nowhere.invalid", NULL), CERTPUSH_OK);
  CHECK_NUMBER(certpush_push(client, GOOD_ID, "p", "ELB", NULL, NULL), CERTPUSH_OK);
  certpush_config_free(config);
  CHECK_NUMBER(certpush_push(client, GOOD_ID, "p", "ELB", NULL, NULL), CERTPUSH_OK);
  certpush_client_free(client);
}

static void one_config_makes_many_clients(void) {
  certpush_config *config = service_config();
  certpush_client *first = NULL, *second = NULL;
  CHECK_NUMBER(certpush_client_new(config, &first, NULL), CERTPUSH_OK);
  CHECK_NUMBER(certpush_client_new(config, &second, NULL), CERTPUSH_OK);
  certpush_config_free(config);
  certpush_client_free(first);
  CHECK_NUMBER(certpush_push(second, GOOD_ID, "p", "ELB", NULL, NULL), CERTPUSH_OK);
  certpush_client_free(second);
}

static void a_refused_value_leaves_the_one_before(void) {
  certpush_config *config = service_config();
  certpush_client *client;
  CHECK_NUMBER(certpush_config_set(config, "timeout_ms", "12345", NULL), CERTPUSH_OK);
  CHECK_NUMBER(certpush_config_set(config, "timeout_ms", "never", NULL), CERTPUSH_INVALID_CONFIG);
  client = client_of(config);
  CHECK_CONTAINS(certpush_client_describe(client), "12345 ms");
  certpush_client_free(client);
}

static void a_description_shows_the_endpoint_and_no_token(void) {
  certpush_config *config = certpush_config_new();
  certpush_client *client;
  certpush_config_set(config, "endpoint", service_endpoint(), NULL);
  certpush_config_set(config, "token", "a-token-that-nobody-must-ever-see", NULL);
  client = client_of(config);
  CHECK_CONTAINS(certpush_client_describe(client), service_endpoint());
  CHECK(strstr(certpush_client_describe(client), "nobody") == NULL);
  certpush_client_free(client);
}

static void strings_with_a_length_need_no_nul(void) {
  const char text[] = "<" GOOD_ID "ap-southeast-3ELB>";
  certpush_client *client = service_client();
  certpush_report *report = NULL;
  CHECK_NUMBER(certpush_push_n(client, text + 1, 16, text + 17, 14, text + 31, 3, 0, NULL, &report),
               CERTPUSH_OK);
  CHECK_TEXT(certpush_report_target_project(report), "ap-southeast-3");
  CHECK_TEXT(certpush_report_target_service(report), "ELB");
  certpush_report_free(report);
  certpush_client_free(client);
}

static void an_option_with_a_length_needs_no_nul(void) {
  certpush_config *config = service_config();
  certpush_client *client;
  CHECK_NUMBER(certpush_config_set_n(config, "timeout_ms!", 10, "123456", 5, NULL), CERTPUSH_OK);
  client = client_of(config);
  CHECK_CONTAINS(certpush_client_describe(client), "12345 ms");
  certpush_client_free(client);
}

static void a_call_has_a_time_limit_of_its_own(void) {
  certpush_client *client = service_client();
  certpush_report *report = NULL;
  CHECK_NUMBER(certpush_push_n(client, SILENT_ID, 16, "p", 1, "ELB", 3, 2000, NULL, &report),
               CERTPUSH_TIMEOUT);
  CHECK_CONTAINS(certpush_report_message(report), "2000 ms");
  CHECK_TEXT(certpush_report_phase(report), "receive");
  CHECK_NUMBER(certpush_report_outcome_unknown(report), 1);
  certpush_report_free(report);
  CHECK_NUMBER(certpush_push_n(client, GOOD_ID, 16, "p", 1, "ELB", 3, 0, NULL, NULL), CERTPUSH_OK);
  certpush_client_free(client);
}

static void a_closed_client_refuses(void) {
  certpush_client *client = service_client();
  certpush_report *report = NULL;
  certpush_client_close(client);
  certpush_client_close(client);
  CHECK_NUMBER(certpush_push(client, GOOD_ID, "p", "ELB", NULL, &report), CERTPUSH_CANCELLED);
  CHECK_NUMBER(certpush_report_attempts(report), 0);
  CHECK_NUMBER(certpush_report_outcome_unknown(report), 0);
  certpush_report_free(report);
  CHECK_NUMBER(certpush_client_connect(client, NULL, NULL), CERTPUSH_CANCELLED);
  certpush_client_free(client);
}

static void a_copy_of_a_config_is_changed_alone(void) {
  certpush_config *config = service_config(), *copy = certpush_config_copy(config);
  certpush_client *client, *unchanged;
  CHECK_NUMBER(certpush_config_set(copy, "timeout_ms", "12345", NULL), CERTPUSH_OK);
  client = client_of(copy);
  unchanged = client_of(config);
  CHECK_CONTAINS(certpush_client_describe(client), "12345 ms");
  CHECK(strstr(certpush_client_describe(unchanged), "12345 ms") == NULL);
  CHECK_NUMBER(certpush_push(client, GOOD_ID, "p", "ELB", NULL, NULL), CERTPUSH_OK);
  certpush_client_free(client);
  certpush_client_free(unchanged);
}

static void connecting_has_a_time_limit_of_its_own(void) {
  /* The kernel takes the connection, and nobody answers the handshake. */
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address;
  socklen_t size = sizeof address;
  certpush_config *config = service_config();
  certpush_report *report = NULL;
  certpush_client *client;
  char endpoint[64];
  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  CHECK(bind(listener, (struct sockaddr *)&address, sizeof address) == 0);
  CHECK(listen(listener, 8) == 0);
  CHECK(getsockname(listener, (struct sockaddr *)&address, &size) == 0);
  snprintf(endpoint, sizeof endpoint, "https://127.0.0.1:%d", ntohs(address.sin_port));
  certpush_config_set(config, "endpoint", endpoint, NULL);
  certpush_config_set(config, "retries", "0", NULL);
  client = client_of(config);
  CHECK_NUMBER(certpush_client_connect_within(client, 150, NULL, &report), CERTPUSH_TIMEOUT);
  CHECK_TEXT(certpush_report_phase(report), "tls");
  CHECK_NUMBER(certpush_report_outcome_unknown(report), 0);
  certpush_report_free(report);
  certpush_client_free(client);
  close(listener);
}

static void connecting_where_nobody_listens_is_told(void) {
  certpush_config *config = service_config();
  certpush_report *report = NULL;
  certpush_client *client;
  certpush_config_set(config, "endpoint", "https://127.0.0.1:1", NULL);
  client = client_of(config);
  CHECK_NUMBER(certpush_client_connect(client, NULL, &report), CERTPUSH_CONNECT);
  CHECK_NUMBER(certpush_report_outcome_unknown(report), 0);
  CHECK_TEXT(certpush_report_phase(report), "connect");
  certpush_report_free(report);
  certpush_client_free(client);
}

static void the_environment_counts_less_than_the_program(void) {
  certpush_config *config = certpush_config_new();
  certpush_client *client;
  setenv("CERTPUSH_ENDPOINT", "https://nowhere.invalid", 1);
  setenv("CERTPUSH_TOKEN_FILE", given("SERVICE_TOKEN_FILE"), 1);
  setenv("CERTPUSH_CA_FILE", given("SERVICE_CA_FILE"), 1);
  CHECK_NUMBER(certpush_config_set(config, "endpoint", service_endpoint(), NULL), CERTPUSH_OK);
  CHECK_NUMBER(certpush_config_load_env(config, NULL), CERTPUSH_OK);
  client = client_of(config);
  CHECK_NUMBER(certpush_push(client, GOOD_ID, "p", "ELB", NULL, NULL), CERTPUSH_OK);
  certpush_client_free(client);
  unsetenv("CERTPUSH_ENDPOINT");
  unsetenv("CERTPUSH_TOKEN_FILE");
  unsetenv("CERTPUSH_CA_FILE");
}

static void a_bad_variable_is_named(void) {
  certpush_config *config = certpush_config_new();
  certpush_report *report = NULL;
  setenv("CERTPUSH_TIMEOUT_MS", "soon", 1);
  CHECK_NUMBER(certpush_config_load_env(config, &report), CERTPUSH_INVALID_CONFIG);
  CHECK_CONTAINS(certpush_report_message(report), "CERTPUSH_TIMEOUT_MS");
  unsetenv("CERTPUSH_TIMEOUT_MS");
  certpush_report_free(report);
  certpush_config_free(config);
}

static void one_push_needs_no_client(void) {
  certpush_report *report = NULL;
  setenv("CERTPUSH_ENDPOINT", service_endpoint(), 1);
  setenv("CERTPUSH_TOKEN_FILE", given("SERVICE_TOKEN_FILE"), 1);
  setenv("CERTPUSH_CA_FILE", given("SERVICE_CA_FILE"), 1);
  CHECK_NUMBER(certpush_push_once(NULL, NULL, GOOD_ID, "p", "ELB", &report), CERTPUSH_OK);
  CHECK_NUMBER(certpush_report_http_status(report), 204);
  certpush_report_free(report);
  CHECK_NUMBER(certpush_push_once("https://127.0.0.1:1", "thirty-two-characters-at-least-ok",
                                  GOOD_ID, "p", "ELB", NULL),
               CERTPUSH_CONNECT);
  CHECK_NUMBER(certpush_push_once(NULL, "too short", GOOD_ID, NULL, "CDN", &report),
               CERTPUSH_INVALID_ARGUMENT);
  CHECK_CONTAINS(certpush_report_message(report), "token");
  certpush_report_free(report);
  unsetenv("CERTPUSH_ENDPOINT");
  unsetenv("CERTPUSH_TOKEN_FILE");
  unsetenv("CERTPUSH_CA_FILE");
}

static void a_token_of_two_mebibytes_arrives_whole(void) {
  const size_t length = 2097152;
  char *token = (char *)malloc(length + 1);
  char shown[64];
  uint64_t hash = 0xcbf29ce484222325;
  certpush_config *config = certpush_config_new();
  certpush_client *client;
  size_t i;
  for (i = 0; i < length; i++) {
    token[i] = (char)('A' + i % 26);
    hash = (hash ^ (uint64_t)token[i]) * 0x00000100000001b3;
  }
  token[length] = '\0';
  certpush_config_set(config, "endpoint", service_endpoint(), NULL);
  certpush_config_set(config, "ca_file", given("SERVICE_CA_FILE"), NULL);
  CHECK_NUMBER(certpush_config_set_n(config, "token", 5, token, length + 1, NULL),
               CERTPUSH_INVALID_ARGUMENT);
  CHECK_NUMBER(certpush_config_set(config, "token", token, NULL), CERTPUSH_OK);
  free(token);
  client = client_of(config);
  reset_service();
  CHECK_NUMBER(certpush_push(client, GOOD_ID, "p", "ELB", NULL, NULL), CERTPUSH_OK);
  snprintf(shown, sizeof shown, "<2097152 characters, fingerprint %016llx>", (unsigned long long)hash);
  CHECK_NUMBER(service_count("/sim/received", shown), 1);
  certpush_client_free(client);
}

int main(void) {
  RUN(a_client_does_not_need_its_config);
  RUN(one_config_makes_many_clients);
  RUN(a_refused_value_leaves_the_one_before);
  RUN(a_description_shows_the_endpoint_and_no_token);
  RUN(strings_with_a_length_need_no_nul);
  RUN(an_option_with_a_length_needs_no_nul);
  RUN(a_call_has_a_time_limit_of_its_own);
  RUN(a_closed_client_refuses);
  RUN(a_copy_of_a_config_is_changed_alone);
  RUN(connecting_has_a_time_limit_of_its_own);
  RUN(connecting_where_nobody_listens_is_told);
  RUN(the_environment_counts_less_than_the_program);
  RUN(a_bad_variable_is_named);
  RUN(one_push_needs_no_client);
  RUN(a_token_of_two_mebibytes_arrives_whole);
  return tests_ended();
}
