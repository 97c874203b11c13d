// The names of statuses, outcomes and phases, as text, in streams, formats and error codes. With and
// without exceptions.
#include <certpush_format.hpp>
#include <check.h>

#include <iomanip>
#include <map>
#include <sstream>
#include <string>

using certpush::outcome;
using certpush::phase;
using certpush::status;

static const auto no_status = static_cast<status>(98);

template <class Value>
static std::string printed(Value value) {
  std::ostringstream out;
  out << std::setw(8) << value << '|' << value;
  return out.str();
}

static void statuses_have_names() {
  CHECK(certpush::name(status::timeout) == "CERTPUSH_TIMEOUT");
  CHECK(certpush::name(no_status) == "unknown status");
  CHECK(certpush::message(status::ok) == "the certificate was pushed");
  CHECK(certpush::version() == CERTPUSH_VERSION_STRING);
  CHECK_TEXT(printed(status::tls).c_str(), "CERTPUSH_TLS|CERTPUSH_TLS");
  CHECK_TEXT(printed(status::ok).c_str(), "CERTPUSH_OK|CERTPUSH_OK");
}

static void outcomes_have_names() {
  CHECK(certpush::name(outcome::pushed) == "pushed");
  CHECK(certpush::name(outcome::not_pushed) == "not_pushed");
  CHECK(certpush::name(outcome::unknown) == "unknown");
  CHECK(certpush::name(static_cast<outcome>(7)) == "unknown");
  CHECK_TEXT(printed(outcome::pushed).c_str(), "  pushed|pushed");
}

static void phases_have_names() {
  CHECK(certpush::name(phase::done).empty());
  CHECK(certpush::name(phase::start) == "start");
  CHECK(certpush::name(phase::tls) == "tls");
  CHECK(certpush::name(phase::pause) == "pause");
  CHECK(certpush::name(phase::unknown) == "unknown");
  CHECK(certpush::name(static_cast<phase>(99)) == "unknown");
  CHECK(certpush::name(static_cast<phase>(-2)) == "unknown");
  CHECK_TEXT(printed(phase::resolve).c_str(), " resolve|resolve");
}

static void a_phase_that_this_header_does_not_know_is_unknown() {
  using certpush::detail::phase_named;
  CHECK(phase_named("receive") == phase::receive);
  CHECK(phase_named("") == phase::done);
  CHECK(phase_named("committee") == phase::unknown);
  CHECK(phase_named("unknown") == phase::unknown);
}

static void a_status_is_an_error_code() {
  const std::error_code code = status::timeout;
  CHECK(code && code == status::timeout && code != status::connect);
  CHECK_NUMBER(code.value(), CERTPUSH_TIMEOUT);
  CHECK_TEXT(code.category().name(), "certpush");
  CHECK(code.category() == certpush::category());
  CHECK_TEXT(code.message().c_str(), "the time allowed ran out");
  CHECK(!make_error_code(status::ok));
  CHECK(make_error_code(no_status) && make_error_code(no_status).message() == "unknown status");
}

static void no_code_equals_one_that_programs_repeat_calls_after() {
  const std::map<status, std::errc> alike{{status::timeout, std::errc::timed_out},
                                          {status::connection_lost, std::errc::connection_reset},
                                          {status::cancelled, std::errc::operation_canceled}};
  for (const auto &[which, condition] : alike) {
    CHECK(make_error_code(which) != condition);
    CHECK(std::error_code(static_cast<int>(condition), std::generic_category()) != which);
  }
}

static void a_report_has_a_code() {
  certpush::report what;
  CHECK(what.code() == status::invalid_argument);
  certpush::config config;
  CHECK(!config.set("nothing", "x", what));
  CHECK(what.code() == status::invalid_config && what.phase() == phase::config);
  CHECK(what.phase_name() == "config" && what.outcome() == outcome::not_pushed);
}

#if defined(__cpp_lib_format)
static void they_are_formatted_as_their_names() {
  CHECK_TEXT(std::format("{}", status::connect).c_str(), "CERTPUSH_CONNECT");
  CHECK_TEXT(std::format("{:>12}|{:-<8.3}|{}", status::ok, outcome::unknown, phase::pause).c_str(),
             " CERTPUSH_OK|unk-----|pause");
}
#endif

int main() {
  RUN(statuses_have_names);
  RUN(outcomes_have_names);
  RUN(phases_have_names);
  RUN(a_phase_that_this_header_does_not_know_is_unknown);
  RUN(a_status_is_an_error_code);
  RUN(no_code_equals_one_that_programs_repeat_calls_after);
  RUN(a_report_has_a_code);
#if defined(__cpp_lib_format)
  RUN(they_are_formatted_as_their_names);
#endif
  return tests_ended();
}
