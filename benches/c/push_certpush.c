/* certpush through its C ABI, as a program would use it. */

#include "driver.h"

#include <certpush.h>

static void set(certpush_config *config, const char *key, const char *value) {
  certpush_report *report = NULL;
  if (certpush_config_set(config, key, value, &report) != CERTPUSH_OK) fail(certpush_report_message(report));
}

void *client_new(const target *where) {
  certpush_config *config = certpush_config_new();
  certpush_client *client = NULL;
  certpush_report *report = NULL;
  set(config, "endpoint", where->endpoint);
  set(config, "token", where->token);
  if (*where->ca_file) set(config, "ca_file", where->ca_file);
  if (certpush_client_new(config, &client, &report) != CERTPUSH_OK) fail(certpush_report_message(report));
  certpush_config_free(config);
  return client;
}

void *client_for_thread(void *client) { return client; }

void client_push(void *of_thread) {
  certpush_report *report = NULL;
  if (certpush_push(of_thread, CERTIFICATE_ID, TARGET_PROJECT, TARGET_SERVICE, NULL, &report) != CERTPUSH_OK)
    fail(certpush_report_message(report));
  certpush_report_free(report);
}
