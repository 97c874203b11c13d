/* Pushes one certificate; region and token come from the environment. */
#include <certpush.h>
#include <stdio.h>

int main(void) {
  certpush_report *report = NULL;
  int32_t status =
      certpush_push_once(NULL, NULL, "scs1600313391074", "ap-southeast-3", "ELB", &report);
  int unknown = certpush_report_outcome_unknown(report);

  puts(certpush_report_message(report));
  if (unknown) puts("It may have been pushed: look at the target before you try again.");
  certpush_report_free(report);
  return unknown && status < 64 ? status + 64 : status;
}
