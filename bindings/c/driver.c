/* The conformance driver of the C binding: pushes, and prints what is known as one line of JSON.
 * tests/conformance/README.md says what a driver must do.
 *
 * Usage: driver ENDPOINT TOKEN_FILE CERTIFICATE_ID TARGET_PROJECT TARGET_SERVICE, each
 * percent-encoded; other options are in the environment, and the region or the credentials too if
 * ENDPOINT or TOKEN_FILE is empty. */
#include <certpush.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct bytes {
  char *start;
  size_t length;
};

/* Decodes an argument in its place. What it stands for may have NULs and be no UTF-8. */
static struct bytes decoded(char *argument) {
  struct bytes bytes = {argument, 0};
  const char *next = argument;
  while (*next != '\0') {
    if (*next == '%' && next[1] != '\0' && next[2] != '\0') {
      const char digits[3] = {next[1], next[2], '\0'};
      bytes.start[bytes.length++] = (char)strtol(digits, NULL, 16);
      next += 3;
    } else {
      bytes.start[bytes.length++] = *next++;
    }
  }
  return bytes;
}

int main(int count, char **arguments) {
  certpush_config *config = certpush_config_new();
  certpush_client *client = NULL;
  certpush_report *report = NULL;
  const char *operation = getenv("CERTPUSH_DRIVER_OPERATION");
  const char *repeat = getenv("CERTPUSH_DRIVER_REPEAT");
  long times = repeat == NULL ? 1 : strtol(repeat, NULL, 10);
  int is_batch = operation != NULL && strcmp(operation, "batch_push") == 0;
  certpush_report_list *list = NULL;
  struct bytes given[5];
  const char *json;
  int i;

  if (count != 6) {
    fprintf(stderr, "usage: %s ENDPOINT TOKEN_FILE CERTIFICATE_ID TARGET_PROJECT TARGET_SERVICE\n",
            arguments[0]);
    return 2;
  }
  if (operation != NULL && strcmp(operation, "push") != 0 && !is_batch) {
    fprintf(stderr, "%s: the operation %s is not known\n", arguments[0], operation);
    return 2;
  }
  for (i = 0; i < 5; i++) given[i] = decoded(arguments[i + 1]);
  if ((given[0].length == 0 ||
       certpush_config_set_n(config, "endpoint", 8, given[0].start, given[0].length, &report) == 0) &&
      (given[1].length == 0 ||
       certpush_config_set_n(config, "token_file", 10, given[1].start, given[1].length, &report) ==
           0) &&
      certpush_config_load_env(config, &report) == 0 &&
      certpush_client_new(config, &client, &report) == 0)
    for (; times > 0; times--) {
      certpush_report_free(report);
      certpush_report_list_free(list);
      list = NULL;
      if (is_batch)
        certpush_batch_push_n(client, given[2].start, given[2].length, given[3].start,
                              given[3].length, given[4].start, given[4].length, 0, NULL, &list,
                              &report);
      else
        certpush_push_n(client, given[2].start, given[2].length, given[3].start, given[3].length,
                        given[4].start, given[4].length, 0, NULL, &report);
    }
  json = certpush_report_json(report);
  if (is_batch)
    /* The results stand in a last member, before the brace that ends the object. */
    printf("%.*s,\"results\":%s}\n", (int)strlen(json) - 1, json, certpush_report_list_json(list));
  else
    puts(json);
  certpush_report_list_free(list);
  certpush_report_free(report);
  certpush_client_free(client);
  certpush_config_free(config);
  return 0;
}
