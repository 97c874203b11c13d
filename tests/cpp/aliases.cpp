// What a program hands in may live in what the call fills, and what it holds may have been moved
// from. To be run with -fsanitize=address,undefined, too: with and without exceptions.
#include <certpush.hpp>
#include <service.h>

#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

using certpush::status;

static certpush::config service() {
  certpush::config config;
  certpush::report what;
  CHECK(config.set("endpoint", service_endpoint(), what));
  CHECK(config.set("ca_file", given("SERVICE_CA_FILE"), what));
  CHECK(config.set("token_file", given("SERVICE_TOKEN_FILE"), what));
  CHECK(config.set("retries", "0", what));
  return config;
}

static certpush::client new_client() {
  certpush::report what;
  auto client = certpush::client::make(service(), what);
  CHECK(client.has_value());
  return std::move(*client);
}

// A report of a push that failed, whose strings can be handed in.
static certpush::report of_a_refused_push(const certpush::client &client) {
  certpush::report what;
  CHECK(!client.push(REFUSED_ID, "ap-southeast-3", "ELB", what));
  return what;
}

static void a_report_feeds_its_own_retry() {
  const certpush::client client = new_client();
  certpush::report what = of_a_refused_push(client);
  for (int again = 0; again < 3; again++) {
    CHECK(!client.push(what.certificate_id(), what.target_project(), what.target_service(), what));
    CHECK(what.status() == status::unauthorized);
    CHECK(what.certificate_id() == REFUSED_ID);
    CHECK(what.target_project() == "ap-southeast-3");
    CHECK(what.target_service() == "ELB");
  }
  CHECK(client.push(GOOD_ID, what.target_project(), what.target_service(), what));
  CHECK(what.target_project() == "ap-southeast-3");
}

static void a_report_feeds_a_push_without_a_client() {
  const certpush::client client = new_client();
  certpush::report what = of_a_refused_push(client);
  setenv("CERTPUSH_CA_FILE", given("SERVICE_CA_FILE"), 1);
  setenv("CERTPUSH_TOKEN_FILE", given("SERVICE_TOKEN_FILE"), 1);
  for (int again = 0; again < 3; again++) {
    CHECK(!certpush::push_once(service_endpoint(), nullptr, what.certificate_id().data(),
                               what.target_project().data(), what.target_service().data(), what));
    CHECK(what.status() == status::unauthorized);
    CHECK(what.certificate_id() == REFUSED_ID);
  }
  unsetenv("CERTPUSH_CA_FILE");
  unsetenv("CERTPUSH_TOKEN_FILE");
}

static void a_report_feeds_the_options() {
  const certpush::client client = new_client();
  certpush::report what = of_a_refused_push(client);
  certpush::config config;
  // Its text as value, then as key: refused, each time by a report that is read in the next call.
  CHECK(!config.set("timeout_ms", what.message(), what));
  CHECK(what.status() == status::invalid_config);
  CHECK(what.message().find("timeout_ms") != std::string_view::npos);
  CHECK(!config.set("timeout_ms", what.message(), what));
  CHECK(what.message().find("timeout_ms") != std::string_view::npos);
  CHECK(!config.set(what.message().data(), what.hint(), what));
  CHECK(what.status() == status::invalid_config);
  CHECK(!config.set_options(what.message(), what));
  CHECK(!certpush::client::open(what.message(), what));
  what = of_a_refused_push(client);
  CHECK(config.set("user_agent", what.certificate_id(), what));
}

static void a_c_function_may_fill_the_report_that_it_reads() {
  const certpush::client client = new_client();
  certpush::report what = of_a_refused_push(client);
  certpush_config *config = certpush_config_new();
  for (int again = 0; again < 3; again++) {
    CHECK(certpush_config_set(config, "timeout_ms", what.message().data(), what.receive()) ==
          CERTPUSH_INVALID_CONFIG);
    CHECK(what.message().find("timeout_ms") != std::string_view::npos);
  }
  CHECK(certpush_config_set(config, "timeout_ms", "1", what.receive()) == CERTPUSH_OK);
  CHECK(what.status() == status::ok);
  certpush_config_free(config);
}

static void a_log_function_may_fill_the_report_of_the_call() {
  certpush::config config = service();
  certpush::report what;
  const certpush::client inner = new_client();
  auto log = [&](certpush::log_level, std::string_view) {
    CHECK(inner.push(GOOD_ID, "p", "WAF", what));
  };
  CHECK(config.log(log, what));
  const auto client = certpush::client::make(config, what);
  CHECK(client && client->push(GOOD_ID, "p", "ELB", what));
  CHECK(what.target_service() == "ELB");
}

// Calls on what was moved from, or on what was never filled, are refused by name.
static void refused(certpush::report &what, const char *name) {
  CHECK(what.status() == status::invalid_argument);
  CHECK(!what.outcome_unknown());
  CHECK(what.message().find(name) == 0);
}

static void a_client_that_was_moved_from_refuses() {
  certpush::client client = new_client();
  const certpush::client other(std::move(client));
  certpush::report what;
  CHECK(!client.push(GOOD_ID, "p", "ELB", what));
  refused(what, "client");
  CHECK(!client.connect(what));
  refused(what, "client");
  CHECK(client.describe().empty());
  client.close();
  CHECK(other.push(GOOD_ID, "p", "ELB", what));
  client = new_client();
  CHECK(client.push(GOOD_ID, "p", "ELB", what));
  certpush::client &same = client;
  client = std::move(same);
  CHECK(client.push(GOOD_ID, "p", "ELB", what));
}

static void a_client_that_is_assigned_keeps_what_the_old_one_calls_until_that_is_gone() {
  certpush::config config = service();
  certpush::report what;
  std::string lines;
  CHECK(config.log([&](certpush::log_level, std::string_view line) { lines += line; }, what));
  auto client = certpush::client::make(config, what);
  config = service();
  CHECK(client && client->push(GOOD_ID, "p", "ELB", what));
  *client = new_client();
  CHECK(client->push(GOOD_ID, "p", "ELB", what));
  CHECK(lines.find("outcome=pushed") == lines.rfind("outcome=pushed"));
}

static void a_config_that_was_moved_from_refuses() {
  certpush::config config = service();
  certpush::config other(std::move(config));
  certpush::report what;
  CHECK(!config.set("region", "ap-southeast-1", what));
  refused(what, "config");
  CHECK(!config.load_env(what));
  refused(what, "config");
  CHECK(!config.log([](certpush::log_level, std::string_view) {}, what));
  refused(what, "config");
  CHECK(!config.token_source([] { return std::string(); }, what));
  refused(what, "config");
  CHECK(!config.interrupt([] { return true; }, what));
  refused(what, "config");
  CHECK(!config.set_options("retries=1", what));
  refused(what, "config");
  CHECK(!certpush::client::make(config, what));
  refused(what, "config");
  CHECK(certpush::client::make(other, what).has_value());
  config = std::move(other);
  CHECK(certpush::client::make(config, what).has_value());
}

static void a_report_that_was_moved_from_reads_as_no_success() {
  const certpush::client client = new_client();
  certpush::report what;
  CHECK(client.push(GOOD_ID, "p", "ELB", what));
  const certpush::report other(std::move(what));
  CHECK(other.status() == status::ok);
  CHECK(what.status() == status::invalid_argument);
  CHECK(what.outcome_unknown() && !what.retryable() && !what.retry_after<std::chrono::seconds>());
  CHECK(what.message().empty() && what.hint().empty() && what.phase_name().empty());
  CHECK(what.phase() == certpush::phase::unknown);
  CHECK(what.http_status() == 0 && what.attempts() == 0);
  CHECK(what.service_code().empty() && what.service_message().empty());
  CHECK(what.request_id().empty() && what.certificate_id().empty());
  CHECK(what.target_project().empty() && what.target_service().empty());
  CHECK(client.push(GOOD_ID, "p", "ELB", what));
}

static void a_cancel_that_was_moved_stops_the_same_calls() {
  const certpush::client client = new_client();
  certpush::cancel first;
  certpush::cancel second(std::move(first));
  certpush::cancel third;
  third = std::move(second);
  certpush::report what;
  CHECK(client.push(GOOD_ID, "p", "ELB", what, {{}, first}));
  first.trigger();
  const std::vector<const certpush::cancel *> all{&first, &second, &third};
  for (const certpush::cancel *one : all) {
    CHECK(!client.push(GOOD_ID, "p", "ELB", what, {{}, *one}));
    CHECK(what.status() == status::cancelled && what.attempts() == 0);
  }
  const certpush::cancel none(nullptr);
  none.trigger();
  CHECK(client.push(GOOD_ID, "p", "ELB", what, {{}, none}));
}

// Numbers, truth values and nullptr are no text, and nullptr is no option either: they do not compile.
template <class Value, class = void>
struct can_be_set : std::false_type {};
template <class Value>
struct can_be_set<Value, std::void_t<decltype(std::declval<certpush::config &>().set(
                             "retries", std::declval<Value>(), std::declval<certpush::report &>()))>>
    : std::true_type {};
template <class Value, class = void>
struct can_be_a_project : std::false_type {};
template <class Value>
struct can_be_a_project<Value, std::void_t<decltype(std::declval<const certpush::client &>().push(
                                   "", std::declval<Value>(), "", std::declval<certpush::report &>()))>>
    : std::true_type {};

static_assert(can_be_set<int>::value && !can_be_a_project<int>::value);
static_assert(can_be_set<long>::value && !can_be_a_project<long>::value);
static_assert(can_be_set<bool>::value && !can_be_a_project<bool>::value);
static_assert(!can_be_set<char>::value && !can_be_a_project<char>::value);
static_assert(!can_be_set<double>::value && !can_be_a_project<double>::value);
static_assert(!can_be_set<std::nullptr_t>::value && !can_be_a_project<std::nullptr_t>::value);
static_assert(can_be_set<const char *>::value && can_be_a_project<const char *>::value);
static_assert(can_be_set<char *>::value && can_be_set<const char (&)[3]>::value);
static_assert(can_be_set<std::string>::value && can_be_set<const std::string &>::value);
static_assert(can_be_set<std::string &>::value && can_be_set<std::string_view>::value);

// Of a type that is only convertible to a view.
struct named {
  operator std::string_view() const noexcept { return GOOD_ID; }
};

static void a_null_pointer_is_refused_by_name() {
  const certpush::client client = new_client();
  certpush::config config = service();
  certpush::report what;
  const char *null = nullptr;
  CHECK(!config.set("retries", null, what));
  refused(what, "value");
  CHECK(!config.set(null, "1", what));
  refused(what, "key");
  CHECK(!client.push(null, "p", "ELB", what));
  refused(what, "certificate_id");
  CHECK(!client.push(GOOD_ID, "p", null, what));
  refused(what, "target_service");
  // As in C, no project is the empty one, which the CDN has.
  CHECK(client.push(GOOD_ID, null, "CDN", what));
  CHECK(!client.push(GOOD_ID, null, "ELB", what));
  refused(what, "target_project");
  CHECK(!certpush::push_once(service_endpoint(), nullptr, null, null, null, what));
  CHECK(what.status() == status::invalid_argument || what.status() == status::invalid_config);
}

static void text_may_be_of_many_types() {
  const certpush::client client = new_client();
  certpush::report what;
  const std::string project = "p";
  std::vector<char> service{'E', 'L', 'B', 0};
  CHECK(client.push(named(), project, service.data(), what));
  CHECK(client.push(std::string(GOOD_ID), {}, std::string_view("CDN"), what));
  CHECK(client.push(GOOD_ID, std::string_view(), "CDN", what));
  certpush::config config;
  CHECK(!config.set("timeout_ms", {}, what));
  CHECK(what.message().find("timeout_ms must not be empty") == 0);
}

#if CERTPUSH_EXCEPTIONS

template <class Call>
static certpush::error error_of(Call call) {
  try {
    call();
  } catch (const certpush::error &error) {
    return error;
  }
  throw std::logic_error("no error was thrown");
}

static void an_error_feeds_its_own_retry() {
  const certpush::client client = new_client();
  certpush::error error = error_of([&] { client.push(REFUSED_ID, "ap-southeast-3", "ELB"); });
  for (int again = 0; again < 3; again++) {
    try {
      client.push(error.certificate_id(), error.target_project(), error.target_service());
    } catch (const certpush::error &next) {
      error = next;
    }
    CHECK(error.status() == status::unauthorized);
    CHECK(error.certificate_id() == REFUSED_ID);
  }
  certpush::receipt receipt = client.push(GOOD_ID, error.target_project(), "ELB");
  receipt = client.push(receipt.certificate_id(), receipt.target_project(), "ELB");
  CHECK(receipt.target_project() == "ap-southeast-3");
  certpush::config config;
  error = error_of([&] { config.set("timeout_ms", error.message()); });
  error = error_of([&] { config.set(error.message().data(), error.hint()); });
  CHECK(error.status() == status::invalid_config);
}

static void an_error_that_was_moved_from_still_tells() {
  const certpush::client client = new_client();
  certpush::error error = error_of([&] { client.push(FAILED_ID, "p", "ELB"); });
  const certpush::error other(std::move(error));
  certpush::error third = error_of([&] { client.push(REFUSED_ID, "p", "ELB"); });
  third = std::move(error);
  const std::vector<const certpush::error *> all{&error, &other, &third};
  for (const certpush::error *one : all) {
    CHECK(one->status() == status::bad_request);
    CHECK(one->outcome_unknown());
    CHECK(one->what() == one->message());
    CHECK(one->c_report() == other.c_report());
  }
}

static void what_was_moved_from_throws() {
  certpush::client client = new_client();
  const certpush::client other(std::move(client));
  certpush::config config = service();
  const certpush::config taken(std::move(config));
  for (const auto &call : std::vector<std::function<void()>>{
           [&] { client.push(GOOD_ID, "p", "ELB"); }, [&] { client.connect(); },
           [&] { config.set("retries", "1"); }, [&] { config.load_env(); },
           [&] { config.log({}); }, [&] { config.token_source({}); },
           [&] { config.interrupt({}); }, [&] { config.set_options("retries=1"); },
           [&] { certpush::config(config).load_env(); },
           [&] { certpush::client made(config); }}) {
    const auto error = error_of(call);
    CHECK(error.status() == status::invalid_argument && !error.outcome_unknown());
  }
  certpush::receipt receipt = other.push(GOOD_ID, "p", "ELB");
  const certpush::receipt kept(std::move(receipt));
  CHECK(kept.status() == status::ok);
  CHECK(receipt.status() == status::ok && receipt.c_report() == kept.c_report());
}

#endif

int main() {
  RUN(a_report_feeds_its_own_retry);
  RUN(a_report_feeds_a_push_without_a_client);
  RUN(a_report_feeds_the_options);
  RUN(a_c_function_may_fill_the_report_that_it_reads);
  RUN(a_log_function_may_fill_the_report_of_the_call);
  RUN(a_client_that_was_moved_from_refuses);
  RUN(a_client_that_is_assigned_keeps_what_the_old_one_calls_until_that_is_gone);
  RUN(a_config_that_was_moved_from_refuses);
  RUN(a_report_that_was_moved_from_reads_as_no_success);
  RUN(a_cancel_that_was_moved_stops_the_same_calls);
  RUN(a_null_pointer_is_refused_by_name);
  RUN(text_may_be_of_many_types);
#if CERTPUSH_EXCEPTIONS
  RUN(an_error_feeds_its_own_retry);
  RUN(an_error_that_was_moved_from_still_tells);
  RUN(what_was_moved_from_throws);
#endif
  return tests_ended();
}
