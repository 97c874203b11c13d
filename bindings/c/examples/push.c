/* Pushes a certificate and shows what is known of it afterwards; the exit status is the status, plus
 * 64 if the certificate may have been pushed. The options are in the environment:
 * CERTPUSH_REGION or CERTPUSH_ENDPOINT, CERTPUSH_TOKEN_FILE or CERTPUSH_TOKEN. */
#include <certpush.h>
#include <stdio.h>

static void show(const certpush_report *report) {
  printf("status          %s\n", certpush_status_name(certpush_report_status(report)));
  printf("outcome         %s\n", certpush_report_outcome(report));
  printf("message         %s\n", certpush_report_message(report));
  printf("http_status     %d\n", (int)certpush_report_http_status(report));
  printf("service_code    %s\n", certpush_report_service_code(report));
  printf("service_message %s\n", certpush_report_service_message(report));
  printf("request_id      %s\n", certpush_report_request_id(report));
  printf("retryable       %s\n", certpush_report_retryable(report) ? "true" : "false");
  printf("hint            %s\n", certpush_report_hint(report));
}

int main(int count, char **arguments) {
  if (count != 4) {
    fprintf(stderr, "usage: %s CERTIFICATE_ID TARGET_PROJECT TARGET_SERVICE\n", arguments[0]);
    return 1;
  }
  certpush_config *config = certpush_config_new();
  certpush_client *client = NULL;
  certpush_report *report = NULL;
  int32_t status = certpush_config_load_env(config, &report);

  if (status == CERTPUSH_OK) status = certpush_client_new(config, &client, &report);
  if (status == CERTPUSH_OK)
    status = certpush_push(client, arguments[1], arguments[2], arguments[3], NULL, &report);
  show(report);
  if (certpush_report_outcome_unknown(report) && status < 64) status += 64;
  certpush_report_free(report);
  certpush_client_free(client);
  certpush_config_free(config);
  return status;
}
