// Pushes a certificate and shows what is known of it afterwards; the exit status is the status, plus
// 64 if the certificate may have been pushed. The options are in the environment:
// CERTPUSH_REGION or CERTPUSH_ENDPOINT, CERTPUSH_TOKEN_FILE or CERTPUSH_TOKEN.
#include <certpush.hpp>
#include <iostream>

template <class Report>
static void show(const Report &report, const char *outcome) {
  std::cout << "status          " << certpush::name(report.status())
            << "\noutcome         " << outcome
            << "\nmessage         " << report.message()
            << "\nhttp_status     " << report.http_status()
            << "\nservice_code    " << report.service_code()
            << "\nservice_message " << report.service_message()
            << "\nrequest_id      " << report.request_id()
            << "\nretryable       " << (report.retryable() ? "true" : "false")
            << "\nhint            " << report.hint() << '\n';
}

int main(int count, char **arguments) {
  if (count != 4) {
    std::cerr << "usage: " << arguments[0] << " CERTIFICATE_ID TARGET_PROJECT TARGET_SERVICE\n";
    return 1;
  }
  try {
    const certpush::client client(certpush::config().load_env());
    show(client.push(arguments[1], arguments[2], arguments[3]), "pushed");
    return 0;
  } catch (const certpush::error &error) {
    show(error, error.outcome_unknown() ? "unknown" : "not_pushed");
    const int number = static_cast<int>(error.status());
    return error.outcome_unknown() && number < 64 ? number + 64 : number;
  }
}
