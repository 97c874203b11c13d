// Units with and without exceptions that include the header are linked into one program.
#include <certpush.hpp>
#include <check.h>

// In unit.cpp.
certpush::error error_with_exceptions();
std::int32_t status_without_exceptions();

static void an_error_comes_from_another_unit() {
  try {
    throw error_with_exceptions();
  } catch (const certpush::error &error) {
    CHECK(error.status() == certpush::status::invalid_config);
    return;
  }
}

static void a_unit_without_exceptions_agrees() {
  CHECK_NUMBER(status_without_exceptions(), CERTPUSH_INVALID_CONFIG);
}

int main() {
  RUN(an_error_comes_from_another_unit);
  RUN(a_unit_without_exceptions_agrees);
  return tests_ended();
}
