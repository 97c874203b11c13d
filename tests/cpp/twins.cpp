// The noexcept twins: all that there is without exceptions, and the same with them.
#include <certpush.hpp>
#include <service.h>

#include <chrono>
#include <optional>
#include <string>

using certpush::status;

static_assert(noexcept(std::declval<certpush::client>().push("", "", "",
                                                             std::declval<certpush::report &>())));
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
  CHECK(!client.connect(what, {{}, cancel}));
  CHECK(what.status() == status::cancelled);
  CHECK(!client.push(GOOD_ID, "p", "ELB", what, {{}, cancel}));
  CHECK(what.attempts() == 0);
}

static void a_call_has_a_time_limit_of_its_own() {
  certpush::config config;
  const certpush::client client = service_client_of(config);
  certpush::report what;
  CHECK(!client.push(SILENT_ID, "p", "ELB", what, {std::chrono::seconds(2)}));
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

template <class Source>
static certpush::report pushed_with(Source source) {
  certpush::config config;
  certpush::report what;
  CHECK(config.set("endpoint", service_endpoint(), what));
  CHECK(config.set("ca_file", given("SERVICE_CA_FILE"), what));
  CHECK(config.set("retry_base_ms", 1, what));
  CHECK(config.token_source(std::move(source), what));
  const auto client = certpush::client::make(config, what);
  CHECK(client && client->push(GOOD_ID, "p", "ELB", what) == (what.status() == status::ok));
  return what;
}

static void a_function_fails_without_an_exception() {
  int asked = 0;
  certpush::report what = pushed_with([&]() -> std::optional<std::string> {
    asked++;
    return std::nullopt;
  });
  CHECK(what.status() == status::credentials_unavailable && what.retryable());
  CHECK(what.outcome() == certpush::outcome::not_pushed);
  CHECK(what.message().find("it gave no token") != std::string_view::npos);
  CHECK_NUMBER(asked, 3);
  what = pushed_with(
      [](certpush::token_request &request) { request.fail(std::string("it is night")); });
  CHECK(what.status() == status::credentials_unavailable && what.attempts() == 0);
  CHECK(what.message().find("it is night") != std::string_view::npos);
  what = pushed_with([](certpush::token_request &) {});
  CHECK(what.message().find("it gave no token") != std::string_view::npos);
  const char *null = nullptr;
  what = pushed_with([&](certpush::token_request &request) { request.fail(null); });
  CHECK(what.message().find("it gave no reason") != std::string_view::npos);
  what = pushed_with([&] { return null; });
  CHECK(what.message().find("it gave no token") != std::string_view::npos);
}

static void a_function_that_failed_may_give_a_token_the_next_time() {
  static const std::string token = "a-token-that-a-function-of-the-program-gives";
  int asked = 0;
  certpush::report what = pushed_with([&]() -> std::optional<std::string> {
    if (++asked == 1) return {};
    return token;
  });
  CHECK(what.status() == status::ok && asked == 2);
  what = pushed_with([&](certpush::token_request &request) {
    request.fail("not yet");
    request.give(token);
  });
  CHECK(what.status() == status::ok);
  what = pushed_with([&]() -> const std::string & { return token; });
  CHECK(what.status() == status::ok);
  what = pushed_with([&] { return std::string_view(token); });
  CHECK(what.status() == status::ok);
  what = pushed_with([&] { return std::optional<std::string_view>(token); });
  CHECK(what.status() == status::ok);
  what = pushed_with([&]() -> const std::optional<std::string> & {
    static const std::optional<std::string> kept(token);
    return kept;
  });
  CHECK(what.status() == status::ok);
  CHECK_TEXT(token.c_str(), "a-token-that-a-function-of-the-program-gives");
}

static void a_check_ends_a_call() {
  certpush::config config;
  certpush::report what;
  int asked = 0;
  CHECK(config.interrupt([&] { return ++asked > 1; }, what));
  const certpush::client client = service_client_of(config);
  CHECK(!client.push(SILENT_ID, "p", "ELB", what));
  CHECK(what.status() == status::cancelled && asked == 2);
  CHECK(config.interrupt(nullptr, what));
}

static std::string options_of_the_service() {
  return std::string("endpoint=") + service_endpoint() + "\nca_file=" + given("SERVICE_CA_FILE") +
         "\ntoken_file=" + given("SERVICE_TOKEN_FILE");
}

static void a_client_is_opened_with_one_text() {
  certpush::report what;
  const char *null = nullptr;
  for (const certpush::text &bad :
       {certpush::text("nothing=x"), certpush::text("{"), certpush::text()}) {
    CHECK(!certpush::client::open(bad, what).has_value());
    CHECK(what.status() == status::invalid_config && !what.outcome_unknown());
  }
  CHECK(!certpush::client::open(null, what).has_value());
  CHECK(what.status() == status::invalid_argument && what.message().find("options") == 0);
  const auto client = certpush::client::open(options_of_the_service(), what);
  CHECK(client && what.status() == status::ok);
  CHECK(client->push(GOOD_ID, "p", "ELB", what));
}

static void options_are_set_by_one_text() {
  certpush::config config;
  certpush::report what;
  const char *null = nullptr;
  CHECK(!config.set_options(null, what) && what.status() == status::invalid_argument);
  CHECK(!config.set_options(options_of_the_service() + "\nretries=11", what));
  CHECK(what.status() == status::invalid_config);
  CHECK(what.message().find("line 4") != std::string_view::npos);
  CHECK(!certpush::client::make(config, what).has_value());
  CHECK(config.set_options(options_of_the_service(), what) && config.set_options({}, what));
  CHECK(config.set_options(R"({"timeout_ms": 43210, "allow_http": true})", what));
  const auto client = certpush::client::make(config, what);
  CHECK(client && client->describe().find("43210 ms") != std::string_view::npos);
}

static bool has(std::string_view json, const char *member) {
  return json.find(member) != std::string_view::npos;
}

static void a_report_is_a_json_object() {
  certpush::config config;
  const certpush::client client = service_client_of(config);
  certpush::report what;
  CHECK(has(what.json(), "\"status\":1,") && has(what.json(), "\"outcome_unknown\":true"));
  CHECK(!client.push(FAILED_ID, "p", "ELB", what));
  CHECK(has(what.json(), "\"status\":20,") && has(what.json(), "\"service_code\":\"SCM.0203\""));
  CHECK(has(what.json(), "\"outcome_unknown\":true") && has(what.json(), "\"phase\":\"receive\""));
  CHECK(what.json().front() == '{' && what.json().back() == '}');
  CHECK(client.push(GOOD_ID, "p", "ELB", what) && has(what.json(), "\"phase\":\"\""));
}

static void a_report_and_its_copy_say_the_same() {
  certpush::config config;
  const certpush::client client = service_client_of(config);
  certpush::report what;
  CHECK(!client.push(FAILED_ID, "p", "ELB", what));
  const certpush::report copy = what;
  certpush::report other;
  const certpush::report nothing = other;
  CHECK(nothing.status() == status::invalid_argument && nothing.outcome_unknown());
  CHECK(!client.push(REFUSED_ID, "p", "ELB", what));
  CHECK(copy.outcome() == certpush::outcome::unknown && copy.service_code() == "SCM.0203");
  other = copy;
  const certpush::report &same = other;
  other = same;
  CHECK(other.json() == copy.json() && other.c_report() != copy.c_report());
  what = other;
  CHECK(what.json() == copy.json());
}

static void a_success_that_has_nothing_to_tell_reads_as_one() {
  certpush::config config;
  certpush::report what;
  const certpush::client client = service_client_of(config);
  const auto is_a_success = [&](bool succeeded) {
    const bool is = succeeded && what.status() == status::ok && !what.outcome_unknown() &&
                    !what.code() && what.phase() == certpush::phase::done &&
                    what.outcome() == certpush::outcome::not_pushed;
    what = certpush::report();
    return is;
  };
  CHECK(is_a_success(config.set("retries", 1, what)));
  CHECK(is_a_success(config.set_options("retries=2", what)));
  CHECK(is_a_success(config.load_env(what)));
  CHECK(is_a_success(config.log(nullptr, what)));
  CHECK(is_a_success(config.token_source(nullptr, what)));
  CHECK(is_a_success(config.interrupt(nullptr, what)));
  CHECK(is_a_success(certpush::client::make(config, what).has_value()));
  CHECK(is_a_success(certpush::client::open(options_of_the_service(), what).has_value()));
  CHECK(is_a_success(client.connect(what)));
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
  RUN(a_function_fails_without_an_exception);
  RUN(a_function_that_failed_may_give_a_token_the_next_time);
  RUN(a_check_ends_a_call);
  RUN(a_client_is_opened_with_one_text);
  RUN(options_are_set_by_one_text);
  RUN(a_report_is_a_json_object);
  RUN(a_report_and_its_copy_say_the_same);
  RUN(a_success_that_has_nothing_to_tell_reads_as_one);
  RUN(one_push_needs_no_client);
  return tests_ended();
}
