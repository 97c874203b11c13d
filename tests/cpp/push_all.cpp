// Many pushes in C++: with exceptions, and without.
#include <certpush.hpp>
#include <service.h>

#include <chrono>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#define OTHER_ID "scs1590053258704"
// Closes the connection without an answer, as tests/c/scenarios.json says.
#define LOST_ID "scs8000000000008"
// No certificate of the service's.
#define UNKNOWN_ID "scs9999999999999"
#define JOURNAL "cpp.journal"

using certpush::outcome;
using certpush::status;
using namespace std::chrono_literals;

static_assert(std::is_nothrow_move_constructible_v<certpush::push_list>);
static_assert(std::is_nothrow_move_assignable_v<certpush::push_list>);
static_assert(!std::is_copy_constructible_v<certpush::push_list>);
static_assert(!std::is_copy_constructible_v<certpush::report_view>);
static_assert(noexcept(std::declval<certpush::client>().push_all(
    std::declval<const certpush::push_list &>(), std::declval<certpush::report_list &>(),
    std::declval<certpush::report &>(), {},
    std::declval<void (&)(std::size_t, const certpush::report_view &)>())));

static certpush::config service() {
  certpush::config config;
  certpush::report what;
  CHECK(config.set("endpoint", service_endpoint(), what));
  CHECK(config.set("ca_file", given("SERVICE_CA_FILE"), what));
  CHECK(config.set("token_file", given("SERVICE_TOKEN_FILE"), what));
  return config;
}

static certpush::client client_of(const certpush::config &config) {
  certpush::report what;
  auto client = certpush::client::make(config, what);
  CHECK(client.has_value());
  return std::move(*client);
}

static certpush::client client_with(certpush::text key, const certpush::option_value &value) {
  certpush::config config = service();
  certpush::report what;
  CHECK(config.set(key, value, what));
  return client_of(config);
}

static certpush::client new_client() { return client_of(service()); }

static certpush::push_list list_of(const std::vector<std::string> &ids) {
  certpush::push_list list;
  certpush::report what;
  for (const auto &id : ids) CHECK(list.add(id, "p", "ELB", what));
  return list;
}

// A list of up to 24 entries that the service takes.
static certpush::push_list good_list(std::size_t entries) {
  certpush::push_list list;
  certpush::report what;
  for (const char *service : {"ELB", "WAF", "CDN"}) {
    for (const char *project : {"p", "cn-north-4", "ap-southeast-1", "ap-southeast-3"}) {
      for (const char *id : {GOOD_ID, OTHER_ID}) {
        if (list.size() < entries) CHECK(list.add(id, project, service, what));
      }
    }
  }
  CHECK(list.size() == entries);
  return list;
}

static certpush::push_list list_with_silent_entries() {
  certpush::push_list list = good_list(1);
  certpush::report what;
  for (int entry = 0; entry < 8; entry++) {
    CHECK(list.add(SILENT_ID, "p" + std::to_string(entry), "ELB", what));
  }
  return list;
}

static std::string statuses(const certpush::report_list &results) {
  std::string told;
  for (const certpush::result &result : results) {
    told.append(name(result.outcome())).append(" ").append(name(result.status()).substr(9)).append(";");
  }
  return told;
}

static int count_of(const certpush::report_list &results, status which) {
  int count = 0;
  for (const certpush::result &result : results) count += result.status() == which;
  return count;
}

static void a_list_takes_entries_and_texts_or_says_why_not() {
  certpush::push_list list;
  certpush::report what;
  CHECK(list.empty() && list.size() == 0 && list.c_push_list() != nullptr);
  CHECK(list.add(GOOD_ID, "p", std::string("ELB"), what) && what.status() == status::ok);
  CHECK(list.add(std::string_view(GOOD_ID "!").substr(0, 16), {}, "CDN", what));
  CHECK(!list.add(GOOD_ID, "p", "elb", what) && what.status() == status::invalid_argument);
  CHECK(what.message().find("in the list already, as entry 1") != std::string_view::npos);
  CHECK(!list.add(GOOD_ID, "p ", "WAF", what));
  const char *null = nullptr;
  CHECK(!list.add(null, "p", "WAF", what) && what.message().find("certificate_id is NULL") == 0);
  CHECK(!list.read(null, what) && what.message().find("text is NULL") == 0);
  CHECK(list.read("certificate_id,target_project,target_service\n" OTHER_ID ",p,ELB\n", what));
  CHECK(!list.read("certificate_id,target_project,target_service\n" OTHER_ID ",p,WAF\nscs16,p,WAF\n", what));
  CHECK(what.status() == status::invalid_config);
  CHECK(what.message().find("line 3: certificate_id must be exactly 16") != std::string_view::npos);
  CHECK(!list.read("", what) && list.size() == 3);
}

static void a_list_that_was_moved_from_is_none() {
  const certpush::client client = new_client();
  certpush::push_list list = good_list(2);
  certpush::push_list other(std::move(list));
  certpush::report_list results;
  certpush::report what;
  CHECK(other.size() == 2 && list.size() == 0 && list.c_push_list() == nullptr);
  CHECK(!list.add(GOOD_ID, "p", "ELB", what) && what.message().find("list is NULL") == 0);
  CHECK(!list.read("", what) && what.message().find("list is NULL") == 0);
  CHECK(!client.push_all(list, results, what) && what.message().find("list is NULL") == 0);
  CHECK(results.empty() && what.outcome() == outcome::not_pushed);
  list = std::move(other);
  CHECK(client.push_all(list, results, what) && results.size() == 2);
}

static void every_entry_has_its_result_in_the_lists_order() {
  const certpush::client client = new_client();
  const certpush::push_list list = list_of({GOOD_ID, UNKNOWN_ID, FAILED_ID, LOST_ID, OTHER_ID});
  certpush::report_list results;
  certpush::report what;
  CHECK(!client.push_all(list, results, what));
  CHECK(what.status() == status::incomplete && what.outcome_unknown());
  CHECK(what.message() == "5 targets: 2 pushed, 1 not pushed, 2 unknown, 0 not tried");
  CHECK_TEXT(statuses(results).c_str(), "pushed OK;not_pushed BAD_REQUEST;unknown BAD_REQUEST;"
                                        "unknown CONNECTION_LOST;pushed OK;");
  CHECK(results[1].certificate_id() == UNKNOWN_ID && results[4].certificate_id() == OTHER_ID);
  CHECK(results.json().substr(0, 11) == "[{\"status\":");
  CHECK(client.push_all(certpush::push_list(), results, what) && results.empty());
  CHECK(what.status() == status::ok && results.c_report_list() != nullptr);
}

static void what_cannot_be_started_empties_the_results() {
  const certpush::client client = new_client();
  certpush::report_list results;
  certpush::report what;
  const certpush::push_list list = good_list(2);
  reset_service();
  for (const certpush::time_limit &limit : {certpush::time_limit(0s), certpush::time_limit(-1ns),
                                            certpush::time_limit(std::chrono::hours::min())}) {
    CHECK(client.push_all(good_list(1), results, what) && !results.empty());
    CHECK(!client.push_all(list, results, what, {limit}));
    CHECK(what.status() == status::invalid_argument && results.empty() && !what.outcome_unknown());
  }
  CHECK_NUMBER(service_count("/sim/pushed", "\"target_service\""), 3);
  // Longer than any single call may take.
  CHECK(client.push_all(list, results, what, {48h}));
  CHECK(client.push_all(list, results, what, {std::chrono::hours::max()}));
}

static void progress_is_told_of_each_entry_once_on_the_calling_thread() {
  const certpush::client client = client_with("jobs", 8);
  const certpush::push_list list = good_list(24);
  certpush::report_list results;
  certpush::report what;
  std::vector<certpush::report> told(24);
  std::vector<int> times(24);
  const auto here = std::this_thread::get_id();
  CHECK(client.push_all(list, results, what, {},
                        [&](std::size_t index, const certpush::report_view &view) {
                          CHECK(std::this_thread::get_id() == here);
                          CHECK(view.c_report() != nullptr && view.outcome() == outcome::pushed);
                          told[index] = certpush::report(view);
                          times[index]++;
                        }));
  for (std::size_t index = 0; index < 24; index++) {
    CHECK_NUMBER(times[index], 1);
    CHECK(told[index].json() == results[index].json());
  }
}

static int times_told;
static void count_entry(std::size_t, const certpush::report_view &) { times_told++; }

static void progress_is_whatever_can_be_called() {
  const certpush::client client = new_client();
  const certpush::push_list list = good_list(2);
  certpush::report_list results;
  certpush::report what;
  struct counter {
    int times = 0;
    void operator()(std::size_t, const certpush::report_view &) { times++; }
  } counted;
  CHECK(client.push_all(list, results, what, {}, counted) && counted.times == 2);
  times_told = 0;
  CHECK(client.push_all(list, results, what, {}, count_entry));
  CHECK(client.push_all(list, results, what, {}, &count_entry));
  std::function<void(std::size_t, const certpush::report_view &)> function = count_entry;
  CHECK(client.push_all(list, results, what, {}, function));
  CHECK(client.push_all(list, results, what, {}, std::as_const(function)));
  CHECK_NUMBER(times_told, 8);
  function = nullptr;
  CHECK(client.push_all(list, results, what, {}, function));
  void (*no_function)(std::size_t, const certpush::report_view &) = nullptr;
  CHECK(client.push_all(list, results, what, {}, no_function));
  const auto owned = std::make_unique<int>(0);
  CHECK(client.push_all(list, results, what, {}, [&owned](auto, auto &) { ++*owned; }) && *owned == 2);
}

static void progress_may_ask_for_no_more() {
  const certpush::client client = client_with("jobs", 2);
  const certpush::push_list list = good_list(24);
  certpush::report_list results;
  certpush::report what;
  int told = 0;
  CHECK(!client.push_all(list, results, what, {}, [&](auto, auto &) { return ++told == 1; }));
  CHECK(what.status() == status::incomplete && told == 24);
  CHECK(count_of(results, status::ok) >= 1);
  CHECK_NUMBER(count_of(results, status::ok) + count_of(results, status::not_tried), 24);
  CHECK(count_of(results, status::not_tried) > 0);
  CHECK(client.push_all(list, results, what, {}, [](auto, auto &) { return false; }));
}

static void another_thread_ends_a_run() {
  const certpush::client client = new_client();
  const certpush::push_list list = list_with_silent_entries();
  const certpush::cancel cancel;
  certpush::report_list results;
  certpush::report what;
  reset_service();
  std::thread canceller([&] {
    await_received(SILENT_ID, 4);
    cancel.trigger();
  });
  CHECK(!client.push_all(list, results, what, {{}, cancel}));
  canceller.join();
  CHECK_NUMBER(count_of(results, status::cancelled), 4);
  CHECK_NUMBER(count_of(results, status::not_tried), 4);
  CHECK(what.outcome_unknown() && results.size() == 9);
}

static void a_run_has_a_time_as_a_whole() {
  const certpush::client client = new_client();
  certpush::report_list results;
  certpush::report what;
  CHECK(!client.push_all(list_with_silent_entries(), results, what, {1500ms}));
  CHECK_NUMBER(count_of(results, status::timeout), 4);
  CHECK_NUMBER(count_of(results, status::not_tried), 4);
  CHECK(what.message().find("the time for it was up") != std::string_view::npos);
}

static void results_may_be_handed_to_the_call_that_fills_them() {
  const certpush::client client = new_client();
  certpush::push_list list;
  certpush::report_list results;
  certpush::report what;
  CHECK(client.push_all(good_list(1), results, what));
  CHECK(list.add(results[0].certificate_id(), results[0].target_project(), "WAF", what));
  CHECK(!list.add(results[0].certificate_id(), what.target_project(), what.message(), what));
  CHECK(client.push_all(list, results, what, {}, [&](auto, auto &view) {
    CHECK(results.size() == 1 && results[0].target_service() == "ELB");
    what = certpush::report(view);
  }));
  CHECK(results.size() == 1 && results[0].target_service() == "WAF" && what.message().find("1 target:") == 0);
}

static void a_journal_is_kept_and_settled() {
  certpush::report_list results;
  certpush::report what;
  const certpush::push_list list = list_of({GOOD_ID, FAILED_ID});
  reset_service();
  {
    const certpush::client client = client_with("journal", JOURNAL);
    CHECK(!client.push_all(list, results, what));
    CHECK(!client.push_all(list, results, what));
    CHECK_TEXT(statuses(results).c_str(), "pushed OK;unknown UNSETTLED;");
    CHECK(results[0].attempts() == 0);
    CHECK(!client.push_all(list, results, what, {{}, nullptr, true}));
    CHECK_TEXT(statuses(results).c_str(), "pushed OK;unknown UNSETTLED;");
    CHECK(results[0].attempts() == 1);
    CHECK(client.push(GOOD_ID, "p", "ELB", what) && what.attempts() == 0);
    CHECK(client.push(GOOD_ID, "p", "ELB", what, {{}, nullptr, true}) && what.attempts() == 1);
    CHECK(!certpush::settle(JOURNAL, FAILED_ID, "p", "ELB", outcome::pushed, what));
    CHECK(what.message().find("in use") != std::string_view::npos);
    CHECK(!certpush::unsettled(JOURNAL, results, what));
    CHECK(what.message().find("in use") != std::string_view::npos && results.size() == 0);
  }
  CHECK(certpush::unsettled(JOURNAL, results, what) && what.status() == status::ok);
  CHECK(results.size() == 1 && results[0].certificate_id() == FAILED_ID);
  CHECK_TEXT(statuses(results).c_str(), "unknown UNSETTLED;");
  CHECK_NUMBER(service_count("/sim/received", GOOD_ID), 3);
  CHECK_NUMBER(service_count("/sim/received", FAILED_ID), 1);
  CHECK(!certpush::settle(JOURNAL, FAILED_ID, "p", "ELB", outcome::unknown, what));
  CHECK(what.status() == status::invalid_argument && what.message().find("pushed must be 0 or 1") == 0);
  CHECK(!certpush::settle(JOURNAL, GOOD_ID, "p", "ELB", outcome::not_pushed, what));
  CHECK(what.status() == status::invalid_config);
  const char *null = nullptr;
  CHECK(!certpush::settle(null, GOOD_ID, "p", "ELB", outcome::pushed, what));
  CHECK(what.message().find("journal is NULL") == 0);
  for (const std::string_view name : {std::string_view(), std::string_view("a\0b", 3)}) {
    CHECK(!certpush::settle(name, FAILED_ID, "p", "ELB", outcome::pushed, what));
    CHECK(what.status() == status::invalid_argument);
    CHECK(!certpush::unsettled(name, results, what));
    CHECK(what.status() == status::invalid_argument);
  }
  CHECK(certpush::settle(JOURNAL, FAILED_ID, "p", "ELB", outcome::not_pushed, what));
  CHECK(certpush::settle(std::string(JOURNAL), FAILED_ID, "p", "elb", outcome::pushed, what));
  CHECK(client_with("journal", JOURNAL).push_all(list, results, what));
  CHECK_TEXT(statuses(results).c_str(), "pushed OK;pushed OK;");
  CHECK_NUMBER(service_count("/sim/received", FAILED_ID), 1);
  CHECK(unlink(JOURNAL) == 0);
}

#if CERTPUSH_EXCEPTIONS
struct key_pressed : std::runtime_error {
  explicit key_pressed(int which) : std::runtime_error("a key was pressed"), key(which) {}
  int key;
};

static int key_of(const std::exception_ptr &cause) {
  try {
    if (cause != nullptr) std::rethrow_exception(cause);
  } catch (const key_pressed &pressed) {
    return pressed.key;
  }
  return 0;
}

// An error that a call throws, and which of the two classes it was caught as.
template <class Call>
static certpush::error error_of(Call call, bool is_in_doubt) {
  try {
    call();
  } catch (const certpush::in_doubt &error) {
    CHECK(is_in_doubt && error.outcome() != outcome::not_pushed);
    return error;
  } catch (const certpush::error &error) {
    CHECK(!is_in_doubt && error.outcome() == outcome::not_pushed);
    return error;
  }
  throw std::logic_error("no error was thrown");
}

static void a_run_gives_a_receipt_with_results() {
  const certpush::client client = new_client();
  const certpush::push_all_receipt receipt =
      client.push_all(certpush::push_list().add(GOOD_ID, "p", "ELB").add(GOOD_ID, {}, "CDN"));
  CHECK(receipt.status() == status::ok && receipt.outcome() == outcome::pushed);
  CHECK(receipt.results().size() == 2 && receipt.results()[1].target_service() == "CDN");
  const certpush::push_all_receipt copy = receipt;
  CHECK(copy.c_report() == receipt.c_report());
  CHECK(client.push_all({}).results().empty());
}

static void a_list_throws_what_it_refuses() {
  certpush::push_list list;
  CHECK(error_of([&] { list.add("scs16", "p", "ELB"); }, false).status() == status::invalid_argument);
  CHECK(error_of([&] { list.read("x"); }, false).status() == status::invalid_config);
  CHECK(error_of([&] { certpush::settle("/no/such/file", GOOD_ID, "p", "ELB", outcome::pushed); }, false)
            .status() == status::invalid_config);
  CHECK(list.empty());
}

static void who_catches_an_error_that_is_no_doubt_knows_that_nothing_was_pushed() {
  const certpush::client client = new_client();
  const auto results_of = [&](const certpush::push_list &list, bool is_in_doubt) {
    const auto error = error_of([&] { client.push_all(list); }, is_in_doubt);
    CHECK(error.status() == status::incomplete && error.cause() == nullptr);
    return statuses(error.results());
  };
  CHECK_TEXT(results_of(list_of({UNKNOWN_ID}), false).c_str(), "not_pushed BAD_REQUEST;");
  CHECK_TEXT(results_of(list_of({GOOD_ID, UNKNOWN_ID}), true).c_str(), "pushed OK;not_pushed BAD_REQUEST;");
  CHECK_TEXT(results_of(list_of({UNKNOWN_ID, LOST_ID}), true).c_str(),
             "not_pushed BAD_REQUEST;unknown CONNECTION_LOST;");
  const auto error = error_of([&] { client.push_all(good_list(1), {0s}); }, false);
  CHECK(error.status() == status::invalid_argument && error.results().empty());
}

static void what_progress_throws_comes_with_all_results() {
  const certpush::client client = client_with("jobs", 2);
  const certpush::push_list list = good_list(24);
  int told = 0;
  reset_service();
  const auto error = error_of(
      [&] {
        client.push_all(list, {}, [&](auto, auto &) {
          told++;
          throw key_pressed(3);
        });
      },
      true);
  CHECK_NUMBER(told, 1);
  CHECK_NUMBER(key_of(error.cause()), 3);
  CHECK(error.status() == status::incomplete && error.results().size() == 24);
  const int pushed = count_of(error.results(), status::ok);
  CHECK(pushed >= 1 && count_of(error.results(), status::not_tried) == 24 - pushed);
  CHECK_NUMBER(service_count("/sim/pushed", "\"target_service\""), pushed);
  certpush::report_list results;
  certpush::report what;
  CHECK(!client.push_all(list, results, what, {}, [&](auto, auto &) { throw 1; }));
  CHECK(what.status() == status::incomplete && results.size() == 24);
}

static void what_progress_throws_is_not_lost_when_all_was_pushed_nor_is_that() {
  const certpush::client client = new_client();
  const certpush::push_list list = good_list(3);
  int told = 0;
  const auto error = error_of(
      [&] {
        client.push_all(list, {}, [&](auto, auto &) {
          if (++told == 3) throw key_pressed(5);
        });
      },
      true);
  CHECK_NUMBER(key_of(error.cause()), 5);
  CHECK(error.status() == status::ok && error.outcome() == outcome::pushed);
  CHECK_NUMBER(count_of(error.results(), status::ok), 3);
}

static void what_an_interrupt_throws_comes_with_all_results() {
  const certpush::client client = client_of(service().interrupt([] {
    if (service_count("/sim/received", SILENT_ID) == 4) throw key_pressed(7);
    return false;
  }));
  reset_service();
  const auto error = error_of([&] { client.push_all(list_with_silent_entries()); }, true);
  CHECK_NUMBER(key_of(error.cause()), 7);
  CHECK(error.status() == status::incomplete);
  CHECK_NUMBER(count_of(error.results(), status::cancelled), 4);
  CHECK_NUMBER(count_of(error.results(), status::not_tried), 4);
}

static void what_a_token_source_throws_is_told_of_the_entries() {
  certpush::config config;
  config.set("endpoint", service_endpoint()).set("ca_file", given("SERVICE_CA_FILE")).set("retries", 0);
  config.token_source([]() -> std::string { throw std::runtime_error("the vault is sealed"); });
  const auto error = error_of([&] { certpush::client(config).push_all(good_list(3)); }, false);
  CHECK(error.status() == status::incomplete && error.cause() == nullptr);
  const auto results = error.results();
  CHECK(results[0].status() == status::credentials_unavailable);
  CHECK(results[0].message().find("the vault is sealed") != std::string_view::npos);
}

static void a_run_within_a_progress_function_keeps_what_it_throws() {
  const certpush::client client = new_client();
  const certpush::push_list list = good_list(2), one = good_list(1);
  int inner = 0;
  const auto receipt = client.push_all(list, {}, [&](auto, auto &) {
    const auto error =
        error_of([&] { client.push_all(one, {}, [](auto, auto &) { throw key_pressed(9); }); }, true);
    inner += key_of(error.cause());
  });
  CHECK(receipt.results().size() == 2);
  CHECK_NUMBER(inner, 18);
}
#endif

int main() {
  RUN(a_list_takes_entries_and_texts_or_says_why_not);
  RUN(a_list_that_was_moved_from_is_none);
  RUN(every_entry_has_its_result_in_the_lists_order);
  RUN(what_cannot_be_started_empties_the_results);
  RUN(progress_is_told_of_each_entry_once_on_the_calling_thread);
  RUN(progress_is_whatever_can_be_called);
  RUN(progress_may_ask_for_no_more);
  RUN(another_thread_ends_a_run);
  RUN(a_run_has_a_time_as_a_whole);
  RUN(results_may_be_handed_to_the_call_that_fills_them);
  RUN(a_journal_is_kept_and_settled);
#if CERTPUSH_EXCEPTIONS
  RUN(a_run_gives_a_receipt_with_results);
  RUN(a_list_throws_what_it_refuses);
  RUN(who_catches_an_error_that_is_no_doubt_knows_that_nothing_was_pushed);
  RUN(what_progress_throws_comes_with_all_results);
  RUN(what_progress_throws_is_not_lost_when_all_was_pushed_nor_is_that);
  RUN(what_an_interrupt_throws_comes_with_all_results);
  RUN(what_a_token_source_throws_is_told_of_the_entries);
  RUN(a_run_within_a_progress_function_keeps_what_it_throws);
#endif
  return tests_ended();
}
