// The noexcept twins: all that there is without exceptions, and the same with them.
#include <certpush.hpp>
#include <service.h>

#include <string>

using certpush::status;

static_assert(noexcept(std::declval<certpush::client>().push(
    "", "", "", std::declval<certpush::report &>())));
static_assert(noexcept(certpush::client::make(std::declval<const certpush::config &>(),
                                              std::declval<certpush::report &>())));

static certpush::client service_client_of(certpush::config &config) {
  certpush::report what;
  CHECK(config.set("endpoint", service_endpoint(), what));
  CHECK(config.set("ca_file", given("SERVICE_CA_FILE"), what));
  CHECK(config.set("token_file", given("SERVICE_TOKEN_FILE"), what));
  auto client = certpush::client::make(config, what);
  CHECK(client.has_value());
  return std::move(*client);
}

static void a_push_fills_a_report() {
  certpush::config config;
  const certpush::client client = service_client_of(config);
  certpush::report what;
  CHECK(client.push(GOOD_ID, "ap-southeast-3", "ELB", what));
  CHECK(what.status() == status::ok && what.http_status() == 204);
  CHECK(!client.push(REFUSED_ID, "ap-southeast-3", "ELB", what));
  CHECK(what.status() == status::unauthorized && what.service_code() == "APIGW.0301");
}

static void a_report_is_filled_again_and_again() {
  certpush::config config;
  certpush::report what;
  CHECK(!config.set("nothing", "x", what));
  CHECK(what.status() == status::invalid_config);
  CHECK(config.set("timeout_ms", "5", what));
  CHECK(what.status() == status::ok && !what.outcome_unknown());
  CHECK(!config.set("timeout_ms", std::string_view(), what));
  CHECK(what.message().find("timeout_ms must not be empty") == 0);
}

static void a_client_that_cannot_be_made_is_none() {
  certpush::report what;
  CHECK(!certpush::client::make(certpush::config(), what).has_value());
  CHECK(what.status() == status::invalid_config);
}

static void a_client_connects_and_is_cancelled() {
  certpush::config config;
  const certpush::client client = service_client_of(config);
  certpush::report what;
  CHECK(client.connect(what));
  CHECK(what.status() == status::ok && !what.outcome_unknown());
  const certpush::cancel cancel;
  cancel.trigger();
  CHECK(!client.connect(what, cancel));
  CHECK(what.status() == status::cancelled);
  CHECK(!client.push(GOOD_ID, "p", "ELB", what, cancel));
  CHECK(what.attempts() == 0);
}

static void a_call_has_a_time_limit_of_its_own() {
  certpush::config config;
  const certpush::client client = service_client_of(config);
  certpush::report what;
  CHECK(!client.push(SILENT_ID, "p", "ELB", what, nullptr, std::chrono::seconds(2)));
  CHECK(what.status() == status::timeout && what.outcome_unknown());
}

static void log_lines_arrive() {
  certpush::config config;
  certpush::report what;
  std::string lines;
  CHECK(config.log([&](certpush::log_level, std::string_view line) { lines += line; }, what));
  const certpush::client client = service_client_of(config);
  CHECK(client.push(GOOD_ID, "p", "ELB", what));
  CHECK(lines.find("outcome=pushed") != std::string::npos);
}

static void a_function_gives_the_token() {
  certpush::config config;
  certpush::report what;
  int asked = 0;
  auto source = [&] {
    asked++;
    return std::string("a-token-that-a-function-of-the-program-gives");
  };
  CHECK(config.set("endpoint", service_endpoint(), what));
  CHECK(config.set("ca_file", given("SERVICE_CA_FILE"), what));
  CHECK(config.token_source(source, what));
  const auto client = certpush::client::make(config, what);
  CHECK(client && client->push(GOOD_ID, "p", "ELB", what));
  CHECK_NUMBER(asked, 1);
  CHECK(config.token_source(nullptr, what));
  CHECK(config.set("token_file", given("SERVICE_TOKEN_FILE"), what));
  CHECK(certpush::client::make(config, what).has_value());
}

static void one_push_needs_no_client() {
  certpush::report what;
  setenv("CERTPUSH_TOKEN_FILE", given("SERVICE_TOKEN_FILE"), 1);
  setenv("CERTPUSH_CA_FILE", given("SERVICE_CA_FILE"), 1);
  CHECK(certpush::push_once(service_endpoint(), nullptr, GOOD_ID, "p", "ELB", what));
  CHECK(!certpush::push_once(nullptr, nullptr, GOOD_ID, "p", "ELB", what));
  CHECK(what.status() == status::invalid_config);
  certpush::config config;
  CHECK(config.load_env(what));
}

int main() {
  RUN(a_push_fills_a_report);
  RUN(a_report_is_filled_again_and_again);
  RUN(a_client_that_cannot_be_made_is_none);
  RUN(a_client_connects_and_is_cancelled);
  RUN(a_call_has_a_time_limit_of_its_own);
  RUN(log_lines_arrive);
  RUN(a_function_gives_the_token);
  RUN(one_push_needs_no_client);
  return tests_ended();
}
