// What C++ adds with exceptions: errors that are thrown and copied, objects that own and move.
#include <certpush_stop_token.hpp>
#include <service.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

using certpush::status;
using namespace std::chrono_literals;

static_assert(!std::is_copy_constructible_v<certpush::client>);
static_assert(std::is_nothrow_copy_constructible_v<certpush::report>);
static_assert(std::is_nothrow_move_constructible_v<certpush::client>);
static_assert(std::is_nothrow_move_assignable_v<certpush::client>);
static_assert(std::is_nothrow_copy_constructible_v<certpush::config>);
static_assert(std::is_nothrow_copy_constructible_v<certpush::cancel>);
static_assert(std::is_nothrow_copy_constructible_v<certpush::error>);
static_assert(std::is_nothrow_copy_constructible_v<certpush::in_doubt>);
static_assert(std::is_nothrow_copy_constructible_v<certpush::receipt>);
static_assert(std::is_base_of_v<std::exception, certpush::error>);
static_assert(std::is_base_of_v<certpush::error, certpush::in_doubt>);
// A receipt is no report: nothing can be filled into it.
static_assert(!std::is_convertible_v<certpush::receipt &, certpush::report &>);
static_assert(!std::is_constructible_v<certpush::receipt>);
static_assert(!std::is_constructible_v<certpush::receipt, certpush::report>);
static_assert(!std::is_constructible_v<certpush::error>);
static_assert(!std::is_constructible_v<certpush::error, certpush::report>);
static_assert(!std::is_constructible_v<certpush::in_doubt, certpush::report>);
static_assert(!std::is_constructible_v<certpush::in_doubt, certpush::error>);

static certpush::config service() {
  certpush::config config;
  config.set("endpoint", service_endpoint())
      .set("ca_file", given("SERVICE_CA_FILE"))
      .set("token_file", given("SERVICE_TOKEN_FILE"));
  return config;
}

// The error that a call throws.
template <class Call>
static certpush::error error_of(Call call) {
  try {
    call();
  } catch (const certpush::error &error) {
    return error;
  }
  throw std::logic_error("no error was thrown");
}

static void a_push_gives_a_receipt() {
  const certpush::client client(service());
  const certpush::receipt receipt = client.push(GOOD_ID, "ap-southeast-3", "ELB");
  CHECK(receipt.status() == status::ok);
  CHECK(receipt.http_status() == 204);
  CHECK(receipt.request_id().size() == 32);
  CHECK(receipt.message() ==
        GOOD_ID " was pushed to ELB in ap-southeast-3 (stored, not yet bound to a listener)");
  CHECK(receipt.certificate_id() == GOOD_ID);
  CHECK(receipt.target_project() == "ap-southeast-3");
  CHECK(receipt.target_service() == "ELB");
  CHECK(receipt.target_certificate_id().empty());
  CHECK(receipt.attempts() == 1);
  CHECK(!receipt.outcome_unknown() && !receipt.retryable() && !receipt.retry_after<std::chrono::seconds>());
  CHECK(receipt.outcome() == certpush::outcome::pushed);
  CHECK(receipt.phase() == certpush::phase::done && receipt.phase_name().empty());
}

static void a_refusal_is_thrown_with_its_report() {
  const certpush::client client(service());
  const auto error = error_of([&] { client.push(REFUSED_ID, "p", "WAF"); });
  CHECK(error.status() == status::unauthorized);
  CHECK(error.http_status() == 401);
  CHECK(error.service_code() == "APIGW.0301");
  CHECK(error.service_message() == "Incorrect IAM authentication information: decrypt token fail");
  CHECK(error.request_id() == "request-refused");
  CHECK(error.phase() == certpush::phase::receive && error.phase_name() == "receive");
  CHECK(error.outcome() == certpush::outcome::not_pushed);
  CHECK(!error.hint().empty());
  CHECK(!error.outcome_unknown() && !error.retryable());
  CHECK(error.what() == error.message());
}

static void doubt_and_waiting_are_told() {
  const certpush::client client(service());
  const auto failed = error_of([&] { client.push(FAILED_ID, "p", "ELB"); });
  CHECK(failed.outcome_unknown() && failed.outcome() == certpush::outcome::unknown);
  const auto throttled = error_of([&] { client.push(THROTTLED_ID, "p", "ELB"); });
  CHECK(throttled.retryable());
  CHECK(throttled.retry_after<std::chrono::seconds>() == 1h);
  CHECK(throttled.retry_after<std::chrono::milliseconds>()->count() == 3600000);
}

// What catches in_doubt knows that the certificate may be there, what catches error afterwards that
// it is not.
template <class Call>
static const char *caught(Call call) {
  try {
    call();
  } catch (const certpush::in_doubt &error) {
    CHECK(error.outcome_unknown());
    return "in_doubt";
  } catch (const certpush::error &error) {
    CHECK(!error.outcome_unknown());
    return "error";
  }
  return "nothing";
}

static void doubt_is_an_exception_of_its_own() {
  certpush::config config = service();
  const certpush::client client(config);
  CHECK_TEXT(caught([&] { client.push(FAILED_ID, "p", "ELB"); }), "in_doubt");
  CHECK_TEXT(caught([&] { client.push(SILENT_ID, "p", "ELB", {1s}); }), "in_doubt");
  CHECK_TEXT(caught([&] { client.push(REFUSED_ID, "p", "ELB"); }), "error");
  CHECK_TEXT(caught([&] { client.push("", "p", "ELB"); }), "error");
  CHECK_TEXT(caught([&] { config.set("nothing", "x"); }), "error");
  CHECK_TEXT(caught([&] { client.connect({0s}); }), "error");
  CHECK_TEXT(caught([&] { client.push(GOOD_ID, "p", "ELB"); }), "nothing");
}

static void an_error_may_be_nested_and_passed_between_threads() {
  const certpush::client client(service());
  std::exception_ptr passed;
  std::thread([&] {
    try {
      client.push(FAILED_ID, "p", "ELB");
    } catch (const certpush::error &) {
      passed = std::current_exception();
    }
  }).join();
  CHECK_TEXT(caught([&] { std::rethrow_exception(passed); }), "in_doubt");
  try {
    try {
      throw std::runtime_error("first");
    } catch (...) {
      try {
        client.push(FAILED_ID, "p", "ELB");
      } catch (const certpush::in_doubt &error) {
        std::throw_with_nested(error);
      }
    }
  } catch (const certpush::in_doubt &error) {
    CHECK(error.service_code() == "SCM.0203");
    CHECK(dynamic_cast<const std::nested_exception *>(&error) != nullptr);
  }
}

static void copies_of_an_error_share_one_report() {
  const certpush::client client(service());
  certpush::error copy = error_of([&] { client.push("", "p", "ELB"); });
  {
    const auto error = error_of([&] { client.push(REFUSED_ID, "p", "ELB"); });
    copy = error;
    CHECK(copy.c_report() == error.c_report());
  }
  CHECK(copy.service_code() == "APIGW.0301");
}

static void a_report_throws_what_it_says() {
  const certpush::client client(service());
  certpush::report what;
  CHECK_TEXT(caught([&] { what.throw_if_failed(); }), "in_doubt");
  CHECK(!client.push(FAILED_ID, "p", "ELB", what));
  CHECK_TEXT(caught([&] { what.throw_if_failed(); }), "in_doubt");
  CHECK(!client.push(REFUSED_ID, "p", "ELB", what));
  CHECK_TEXT(caught([&] { what.throw_if_failed(); }), "error");
  CHECK(error_of([&] { what.throw_if_failed(); }).service_code() == "APIGW.0301");
  CHECK(what.service_code() == "APIGW.0301");
  CHECK(client.push(GOOD_ID, "p", "ELB", what));
  CHECK_TEXT(caught([&] { what.throw_if_failed(); }), "nothing");
  CHECK(client.connect(what));
  CHECK_TEXT(caught([&] { what.throw_if_failed(); }), "nothing");
}

static void what_a_receipt_or_an_error_says_is_a_report() {
  const certpush::client client(service());
  const certpush::report pushed(client.push(GOOD_ID, "p", "ELB"));
  CHECK(pushed.outcome() == certpush::outcome::pushed && pushed.target_service() == "ELB");
  const auto error = error_of([&] { client.push(FAILED_ID, "p", "ELB"); });
  const certpush::report failed(error);
  CHECK(failed.json() == error.json() && failed.outcome_unknown());
}

static void a_client_is_opened_with_one_text() {
  CHECK_TEXT(caught([] { (void)certpush::client::open("nothing=x"); }), "error");
  const auto client = certpush::client::open(std::string("endpoint=") + service_endpoint() +
                                             "\nca_file=" + given("SERVICE_CA_FILE") +
                                             "\ntoken_file=" + given("SERVICE_TOKEN_FILE"));
  CHECK(client.push(GOOD_ID, "p", "ELB").json().find("CERTPUSH_OK") != std::string_view::npos);
  certpush::config config;
  CHECK_TEXT(caught([&] { config.set_options("retries=1\nretries=2"); }), "error");
  CHECK_TEXT(caught([&] { certpush::client made(config.set_options("{}")); }), "error");
}

static void receipts_are_copied_and_moved_and_stay_receipts() {
  const certpush::client client(service());
  certpush::receipt first = client.push(GOOD_ID, "p", "ELB");
  certpush::receipt second = client.push(GOOD_ID, "p", "WAF");
  const certpush::receipt copy(first), moved(std::move(first));
  CHECK(first.target_service() == "ELB" && copy.target_service() == "ELB");
  CHECK(moved.target_service() == "ELB" && moved.status() == status::ok);
  first = std::move(second);
  CHECK(second.status() == status::ok && first.target_service() == "WAF");
  CHECK(copy.c_report() == moved.c_report() && first.c_report() == second.c_report());
  std::swap(first, second);
  CHECK(first.outcome() == certpush::outcome::pushed && second.status() == status::ok);
}

static void a_bad_option_is_thrown_by_name() {
  certpush::config config;
  const auto error = error_of([&] { config.set("timeout_ms", "soon"); });
  CHECK(error.status() == status::invalid_config);
  CHECK_CONTAINS(error.what(), "timeout_ms");
  CHECK(error_of([&] { config.set("nothing", "x"); }).status() == status::invalid_config);
  CHECK(error_of([&] { certpush::client client(config); }).status() == status::invalid_config);
}

static void text_is_taken_with_its_length() {
  const std::string text = "<" GOOD_ID "CDN>";
  const std::string_view view(text);
  const certpush::client client(service());
  CHECK(client.push(view.substr(1, 16), {}, view.substr(17, 3)).target_service() == "CDN");
  const std::string with_nul("p\0q", 3);
  CHECK(error_of([&] { client.push(GOOD_ID, with_nul, "ELB"); }).status() ==
        status::invalid_argument);
}

static void what_was_moved_from_refuses() {
  certpush::client client(service());
  const certpush::client other(std::move(client));
  CHECK(other.push(GOOD_ID, "p", "ELB").status() == status::ok);
  CHECK(error_of([&] { client.push(GOOD_ID, "p", "ELB"); }).status() == status::invalid_argument);
  client = certpush::client(service());
  CHECK(client.push(GOOD_ID, "p", "ELB").status() == status::ok);

  certpush::config config;
  const certpush::config taken(std::move(config));
  CHECK(error_of([&] { config.load_env(); }).status() == status::invalid_argument);
  CHECK(certpush::report().status() == status::invalid_argument);
  CHECK(certpush::report().outcome() == certpush::outcome::unknown);
}

static void a_client_describes_itself() {
  const certpush::client client(service().set("timeout_ms", "12345"));
  CHECK(client.describe().find("12345 ms") != std::string_view::npos);
}

static void a_client_connects_beforehand() {
  const certpush::client client(service());
  reset_service();
  client.connect();
  client.push(GOOD_ID, "p", "ELB");
  CHECK_NUMBER(service_connections(), 1);
  const certpush::client nobody(service().set("endpoint", "https://127.0.0.1:1"));
  CHECK(error_of([&] { nobody.connect(); }).status() == status::connect);
}

static void a_call_has_a_time_limit_of_its_own() {
  const certpush::client client(service());
  const auto error = error_of([&] { client.push(SILENT_ID, "p", "ELB", {2s}); });
  CHECK(error.status() == status::timeout);
  CHECK(error.outcome_unknown());
}

static void a_log_function_outlives_its_config_and_may_throw() {
  std::vector<std::string> lines;
  auto log = [&lines](certpush::log_level level, std::string_view line) {
    CHECK(level == certpush::log_level::info);
    lines.emplace_back(line);
    throw 1;
  };
  certpush::client client(service().log(log));
  client.push(GOOD_ID, "p", "ELB");
  certpush::client moved(std::move(client));
  moved.push(GOOD_ID, "p", "ELB");
  CHECK_NUMBER(static_cast<long long>(lines.size()), 2);
  CHECK(lines.at(0).find("certificate_id=" GOOD_ID) != std::string::npos);

  certpush::config silent = service();
  silent.log(log).log(nullptr);
  certpush::client(silent).push(GOOD_ID, "p", "ELB");
  CHECK_NUMBER(static_cast<long long>(lines.size()), 2);
}

static void another_thread_cancels() {
  const certpush::client client(service());
  const certpush::cancel cancel;
  reset_service();
  std::thread canceller([&] {
    await_received(SILENT_ID, 1);
    cancel.trigger();
  });
  const auto error = error_of([&] { client.push(SILENT_ID, "p", "ELB", {{}, cancel}); });
  canceller.join();
  CHECK(error.status() == status::cancelled);
  CHECK(error.outcome_unknown());
  CHECK(error_of([&] { client.connect({{}, cancel}); }).status() == status::cancelled);
  CHECK(client.push(GOOD_ID, "p", "ELB", {}).status() == status::ok);
}

static void closing_ends_calls() {
  const certpush::client client(service());
  reset_service();
  std::thread closer([&] {
    await_received(SILENT_ID, 1);
    client.close();
  });
  CHECK(error_of([&] { client.push(SILENT_ID, "p", "ELB"); }).status() == status::cancelled);
  closer.join();
  CHECK(error_of([&] { client.push(GOOD_ID, "p", "ELB"); }).attempts() == 0);
}

#if defined(__cpp_lib_jthread)
static void a_stop_token_cancels() {
  const certpush::client client(service());
  std::stop_source stop;
  reset_service();
  std::thread stopper([&] {
    await_received(SILENT_ID, 1);
    stop.request_stop();
  });
  const auto error =
      error_of([&] { client.push(SILENT_ID, "p", "ELB", {.cancel = certpush::cancel_on(stop.get_token())}); });
  stopper.join();
  CHECK(error.status() == status::cancelled);
  const std::stop_source going_on;
  const certpush::call_options options{.timeout = 5s, .cancel = certpush::cancel_on(going_on.get_token())};
  CHECK(client.push(GOOD_ID, "p", "ELB", options).status() == status::ok);
}

static void a_stop_token_cancels_for_as_long_as_a_copy_of_the_cancel_is_there() {
  const certpush::client client(service());
  std::stop_source stop;
  certpush::call_options options;
  {
    const certpush::cancel first = certpush::cancel_on(stop.get_token());
    options.cancel = first;
  }
  CHECK(client.push(GOOD_ID, "p", "ELB", options).status() == status::ok);
  stop.request_stop();
  CHECK(error_of([&] { client.push(GOOD_ID, "p", "ELB", options); }).attempts() == 0);
  const certpush::cancel_on late(stop.get_token());
  CHECK(error_of([&] { client.connect({.cancel = late}); }).status() == status::cancelled);
  const certpush::cancel_on never((std::stop_token()));
  CHECK(client.push(GOOD_ID, "p", "ELB", {.cancel = never}).status() == status::ok);
  never.trigger();
  CHECK(error_of([&] { client.connect({.cancel = never}); }).status() == status::cancelled);
}
#endif

static void threads_share_one_client() {
  constexpr int threads = 32, pushes = 100;
  const certpush::client client(service());
  std::atomic<int> succeeded{0};
  std::vector<std::thread> running;
  reset_service();
  for (int thread = 0; thread < threads; thread++) {
    running.emplace_back([&] {
      for (int push = 0; push < pushes; push++) {
        if (client.push(GOOD_ID, "ap-southeast-3", "ELB").http_status() == 204) ++succeeded;
      }
    });
  }
  for (auto &thread : running) thread.join();
  CHECK_NUMBER(succeeded, threads * pushes);
  CHECK_NUMBER(service_count("/sim/pushed", GOOD_ID), threads * pushes);
  CHECK(service_connections() >= 1 && service_connections() <= threads);
}

static void a_token_of_two_mebibytes_is_sent() {
  const certpush::client client(certpush::config()
                                    .set("endpoint", service_endpoint())
                                    .set("ca_file", given("SERVICE_CA_FILE"))
                                    .set("token", std::string(2097152, 't')));
  reset_service();
  client.push(GOOD_ID, "p", "ELB");
  CHECK_NUMBER(service_count("/sim/received", "<2097152 characters, "), 1);
  certpush::config config;
  CHECK(error_of([&] { config.set("token", std::string(2097153, 't')); }).status() ==
        status::invalid_argument);
}

static void one_push_needs_no_client() {
  setenv("CERTPUSH_ENDPOINT", service_endpoint(), 1);
  setenv("CERTPUSH_TOKEN_FILE", given("SERVICE_TOKEN_FILE"), 1);
  setenv("CERTPUSH_CA_FILE", given("SERVICE_CA_FILE"), 1);
  CHECK(certpush::push_once(nullptr, nullptr, GOOD_ID, "p", "ELB").http_status() == 204);
  const auto error = error_of(
      [] { certpush::push_once("https://127.0.0.1:1", nullptr, GOOD_ID, "p", "ELB"); });
  CHECK(error.status() == status::connect);
  certpush::client(certpush::config().load_env()).push(GOOD_ID, "p", "ELB");
}

int main() {
  RUN(a_push_gives_a_receipt);
  RUN(a_refusal_is_thrown_with_its_report);
  RUN(doubt_and_waiting_are_told);
  RUN(doubt_is_an_exception_of_its_own);
  RUN(an_error_may_be_nested_and_passed_between_threads);
  RUN(copies_of_an_error_share_one_report);
  RUN(a_report_throws_what_it_says);
  RUN(what_a_receipt_or_an_error_says_is_a_report);
  RUN(a_client_is_opened_with_one_text);
  RUN(receipts_are_copied_and_moved_and_stay_receipts);
  RUN(a_bad_option_is_thrown_by_name);
  RUN(text_is_taken_with_its_length);
  RUN(what_was_moved_from_refuses);
  RUN(a_client_describes_itself);
  RUN(a_client_connects_beforehand);
  RUN(a_call_has_a_time_limit_of_its_own);
  RUN(a_log_function_outlives_its_config_and_may_throw);
  RUN(another_thread_cancels);
  RUN(closing_ends_calls);
#if defined(__cpp_lib_jthread)
  RUN(a_stop_token_cancels);
  RUN(a_stop_token_cancels_for_as_long_as_a_copy_of_the_cancel_is_there);
#endif
  RUN(threads_share_one_client);
  RUN(a_token_of_two_mebibytes_is_sent);
  RUN(one_push_needs_no_client);
  return tests_ended();
}
