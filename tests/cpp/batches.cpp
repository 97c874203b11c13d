// A batch push in C++: with exceptions, and without.
#include <certpush.hpp>
#include <service.h>

#include <chrono>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

// Answered as tests/c/scenarios.json says.
#define INCOMPLETE_ID "scs8000000000010"
#define UNTOLD_ID "scs8000000000011"
#define PLAIN_ID "scs8000000000012"

using certpush::outcome;
using certpush::status;
using namespace std::chrono_literals;

static_assert(std::is_nothrow_copy_constructible_v<certpush::report_list>);
static_assert(std::is_nothrow_move_constructible_v<certpush::report_list>);
static_assert(std::is_nothrow_copy_constructible_v<certpush::result>);
static_assert(!std::is_default_constructible_v<certpush::result>);
static_assert(noexcept(std::declval<certpush::client>().batch_push(
    "", "", "", std::declval<certpush::report_list &>(), std::declval<certpush::report &>())));

static certpush::client service() {
  certpush::config config;
  certpush::report what;
  CHECK(config.set("endpoint", service_endpoint(), what));
  CHECK(config.set("ca_file", given("SERVICE_CA_FILE"), what));
  CHECK(config.set("token_file", given("SERVICE_TOKEN_FILE"), what));
  auto client = certpush::client::make(config, what);
  CHECK(client.has_value());
  return std::move(*client);
}

static void a_list_is_filled_in_the_order_asked_for() {
  const certpush::client client = service();
  certpush::report_list results;
  certpush::report what;
  CHECK(client.batch_push(GOOD_ID, "cn-north-4,p", "ELB", results, what));
  CHECK(what.status() == status::ok && what.outcome() == outcome::pushed);
  CHECK(what.target_project() == "cn-north-4,p");
  CHECK(results.size() == 2 && !results.empty());
  CHECK(results[0].target_project() == "cn-north-4" && results[1].target_project() == "p");
  CHECK(results[0].target_certificate_id() != results[1].target_certificate_id());
  CHECK(results[0].request_id() == what.request_id());
  CHECK(results[2].status() == status::invalid_argument && results[2].outcome_unknown());
}

static void a_list_is_gone_through() {
  const certpush::client client = service();
  certpush::report_list results;
  certpush::report what;
  CHECK(!client.batch_push(INCOMPLETE_ID, "a,b,c", "ELB", results, what));
  CHECK(what.status() == status::incomplete && what.phase() == certpush::phase::receive);
  std::string told;
  for (const certpush::result &result : results) {
    told.append(result.target_project()).append(" ").append(name(result.outcome())).append(" ");
    told.append(result.target_certificate_id()).append(";");
  }
  CHECK_TEXT(told.c_str(), "a pushed id-of-a;b unknown ;c unknown ;");
  CHECK(results[1].status() == status::target_refused);
  CHECK(results[1].service_message() == "Failed to push to ELB.");
  CHECK(results[2].status() == status::unexpected_response);
  const std::vector<certpush::result> kept(results.begin(), results.end());
  CHECK(kept.size() == 3 && kept[1].status() == status::target_refused);
  auto next = results.begin();
  CHECK((*next++).target_project() == "a" && (*next).target_project() == "b");
  CHECK(++next != results.end() && ++next == results.end());
}

static void what_was_read_from_a_list_outlives_it() {
  const certpush::client client = service();
  certpush::report_list results;
  certpush::report what;
  CHECK(!client.batch_push(INCOMPLETE_ID, "a,b", "ELB", results, what));
  const certpush::result result = results[0];
  const certpush::report copy(results[1]);
  const certpush::report_list same = results;
  results = certpush::report_list();
  CHECK(results.empty() && results.size() == 0 && results.json() == "[]");
  CHECK(results.begin() == results.end() && results.c_report_list() == nullptr);
  CHECK(result.target_certificate_id() == "id-of-a");
  CHECK(copy.status() == status::target_refused && copy.target_project() == "b");
  CHECK(same.size() == 2 && same.json().substr(0, 11) == "[{\"status\":");
}

static void a_list_may_be_handed_to_the_call_that_fills_it() {
  const certpush::client client = service();
  certpush::report_list results;
  certpush::report what;
  CHECK(!client.batch_push(INCOMPLETE_ID, "a,b", "ELB", results, what));
  for (int again = 0; again < 3; again++) {
    CHECK(!client.batch_push(what.certificate_id(), what.target_project(), results[0].target_service(),
                             results, what));
    CHECK(results.size() == 2 && results[0].target_project() == "a");
  }
}

static void what_fails_as_a_whole_empties_the_list() {
  const certpush::client client = service();
  certpush::report_list results;
  certpush::report what;
  CHECK(client.batch_push(GOOD_ID, "p", "ELB", results, what));
  CHECK(!client.batch_push(REFUSED_ID, "a,b", "ELB", results, what));
  CHECK(results.empty() && what.outcome() == outcome::not_pushed);
  CHECK(!client.batch_push(UNTOLD_ID, "a,b", "ELB", results, what));
  CHECK(results.empty() && what.outcome() == outcome::unknown);
  CHECK(!client.batch_push(SILENT_ID, "a,b", "ELB", results, what, {300ms}));
  CHECK(results.empty() && what.status() == status::timeout && what.outcome_unknown());
  const certpush::cancel cancel;
  cancel.trigger();
  CHECK(!client.batch_push(GOOD_ID, "a,b", "ELB", results, what, {{}, cancel}));
  CHECK(results.empty() && what.status() == status::cancelled && !what.outcome_unknown());
}

static void what_is_no_list_of_projects_is_refused() {
  const certpush::client client = service();
  const char *null = nullptr;
  certpush::report_list results;
  certpush::report what;
  reset_service();
  for (const certpush::text projects : {"", ",", "a,", "a,a", "a, b"}) {
    CHECK(!client.batch_push(GOOD_ID, projects, "ELB", results, what));
    CHECK(what.status() == status::invalid_argument && results.empty());
    CHECK(what.message().find("target_projects must ") == 0);
  }
  CHECK(!client.batch_push(GOOD_ID, null, "ELB", results, what));
  CHECK(what.message().find("target_projects is NULL") == 0);
  CHECK_NUMBER(service_count("/sim/received", GOOD_ID), 0);
}

#if CERTPUSH_EXCEPTIONS
static void a_batch_push_gives_a_receipt_with_results() {
  const certpush::client client = service();
  const certpush::batch_receipt receipt = client.batch_push(GOOD_ID, "cn-north-4,p", "ELB");
  CHECK(receipt.status() == status::ok && receipt.http_status() == 200);
  CHECK(receipt.results().size() == 2);
  const certpush::result second = receipt.results()[1];
  CHECK(second.target_project() == "p" && !second.target_certificate_id().empty());
  const certpush::batch_receipt copy = receipt;
  CHECK(copy.c_report() == receipt.c_report());
}

template <class Call>
static std::string caught(Call call) {
  try {
    call();
  } catch (const certpush::in_doubt &error) {
    CHECK(error.outcome() == outcome::unknown);
    return "in doubt, " + std::to_string(error.results().size());
  } catch (const certpush::error &error) {
    CHECK(error.outcome() == outcome::not_pushed);
    return "not pushed, " + std::to_string(error.results().size());
  }
  return "pushed";
}

static void who_catches_an_error_that_is_no_doubt_knows_that_nobody_has_it() {
  const certpush::client client = service();
  const auto push = [&](const char *id, const char *projects) {
    return caught([&] { client.batch_push(id, projects, "ELB"); });
  };
  CHECK_TEXT(push(GOOD_ID, "p").c_str(), "pushed");
  CHECK_TEXT(push(INCOMPLETE_ID, "a,b").c_str(), "in doubt, 2");
  // One was pushed to and one was not: nobody may take the whole for not pushed.
  CHECK_TEXT(push(PLAIN_ID, "a,b").c_str(), "in doubt, 2");
  CHECK_TEXT(push(PLAIN_ID, "b").c_str(), "not pushed, 1");
  CHECK_TEXT(push(UNTOLD_ID, "a,b").c_str(), "in doubt, 0");
  CHECK_TEXT(push(REFUSED_ID, "a,b").c_str(), "not pushed, 0");
  CHECK_TEXT(push(GOOD_ID, "a,a").c_str(), "not pushed, 0");
}

static void the_results_of_an_error_outlive_it() {
  const certpush::client client = service();
  certpush::report_list results;
  try {
    client.batch_push(INCOMPLETE_ID, "a,b", "ELB");
  } catch (const certpush::error &error) {
    results = error.results();
  }
  CHECK(results.size() == 2 && results[0].target_certificate_id() == "id-of-a");
}
#endif

int main() {
  RUN(a_list_is_filled_in_the_order_asked_for);
  RUN(a_list_is_gone_through);
  RUN(what_was_read_from_a_list_outlives_it);
  RUN(a_list_may_be_handed_to_the_call_that_fills_it);
  RUN(what_fails_as_a_whole_empties_the_list);
  RUN(what_is_no_list_of_projects_is_refused);
#if CERTPUSH_EXCEPTIONS
  RUN(a_batch_push_gives_a_receipt_with_results);
  RUN(who_catches_an_error_that_is_no_doubt_knows_that_nobody_has_it);
  RUN(the_results_of_an_error_outlive_it);
#endif
  return tests_ended();
}
