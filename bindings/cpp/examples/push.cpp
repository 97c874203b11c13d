// Pushes a certificate and shows what is known of it afterwards; the exit status is the status, plus
// 64 if the certificate may have been pushed. The options are in the environment:
// CERTPUSH_REGION or CERTPUSH_ENDPOINT, CERTPUSH_TOKEN_FILE or CERTPUSH_TOKEN.
#include <certpush.hpp>
#include <iostream>

static void show(const certpush::report &report) {
  std::cout << "status          " << report.status()
            << "\noutcome         " << report.outcome()
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
    show(certpush::report(client.push(arguments[1], arguments[2], arguments[3])));
    return 0;
  } catch (const certpush::error &error) {
    show(certpush::report(error));
    const int number = error.code().value();
    return error.outcome_unknown() && number < 64 ? number + 64 : number;
  }
}
