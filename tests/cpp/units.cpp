// Units with and without exceptions, of different standards and flags, that include the header are
// linked into one program.
#include <certpush.hpp>
#include <service.h>

// In unit.cpp.
void fail_with_exceptions();
void fail_without_rtti(const certpush::client &client, const char *certificate_id);
certpush::report report_without_exceptions();
certpush::cancel cancel_without_exceptions();
std::error_code code_without_exceptions();

static void an_error_comes_from_another_unit() {
  try {
    fail_with_exceptions();
    CHECK(false && "it was thrown");
  } catch (const certpush::error &error) {
    CHECK(error.status() == certpush::status::invalid_config);
  }
}

static void what_a_unit_without_rtti_throws_is_caught() {
  const certpush::client client(certpush::config()
                                    .set("endpoint", service_endpoint())
                                    .set("ca_file", given("SERVICE_CA_FILE"))
                                    .set("token_file", given("SERVICE_TOKEN_FILE")));
  try {
    fail_without_rtti(client, FAILED_ID);
    CHECK(false && "it was thrown");
  } catch (const certpush::in_doubt &error) {
    CHECK(error.outcome_unknown());
  }
  try {
    fail_without_rtti(client, REFUSED_ID);
    CHECK(false && "it was thrown");
  } catch (const certpush::in_doubt &) {
    CHECK(false && "it was not pushed");
  } catch (const std::exception &error) {
    CHECK(dynamic_cast<const certpush::error *>(&error) != nullptr);
  }
}

static void a_unit_without_exceptions_agrees() {
  CHECK(report_without_exceptions().status() == certpush::status::invalid_config);
  CHECK(code_without_exceptions() == certpush::status::timeout);
}

static void what_a_unit_without_exceptions_made_is_used_here() {
  const certpush::cancel cancel = cancel_without_exceptions();
  cancel.trigger();
  const certpush::client client(
      certpush::config().set("endpoint", "https://127.0.0.1:1").set("token", std::string(32, 't')));
  certpush::report what = report_without_exceptions();
  CHECK(!client.connect(what, {{}, cancel}));
  CHECK(what.status() == certpush::status::cancelled);
}

int main() {
  RUN(an_error_comes_from_another_unit);
  RUN(what_a_unit_without_rtti_throws_is_caught);
  RUN(a_unit_without_exceptions_agrees);
  RUN(what_a_unit_without_exceptions_made_is_used_here);
  return tests_ended();
}
