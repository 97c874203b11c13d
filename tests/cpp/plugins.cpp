// A program, and a shared object of it that was compiled with -fvisibility=hidden, as this is.
#include <certpush.hpp>
#include <service.h>

#include "plugin.h"

static certpush::client service() {
  return certpush::client(certpush::config()
                              .set("endpoint", service_endpoint())
                              .set("ca_file", given("SERVICE_CA_FILE"))
                              .set("token_file", given("SERVICE_TOKEN_FILE"))
                              .set("retries", 0));
}

static const char *caught(const char *certificate_id) {
  const certpush::client client = service();
  try {
    fail_with(client, certificate_id);
  } catch (const certpush::in_doubt &) {
    return "in_doubt";
  } catch (const certpush::error &) {
    return "error";
  } catch (const std::exception &) {
    return "exception";
  } catch (...) {
    return "something";
  }
  return "nothing";
}

static void what_a_shared_object_throws_is_caught_as_what_it_is() {
  CHECK_TEXT(caught(FAILED_ID), "in_doubt");
  CHECK_TEXT(caught(REFUSED_ID), "error");
  CHECK_TEXT(caught("short"), "error");
  CHECK_TEXT(caught(GOOD_ID), "nothing");
}

static void a_code_of_a_shared_object_is_of_the_same_category() {
  CHECK(code_of_the_plugin() == certpush::status::timeout);
  CHECK(code_of_the_plugin().category() == certpush::category());
}

static void what_a_source_of_a_shared_object_throws_comes_out_of_a_push_here() {
  const certpush::client client = client_of_the_plugin();
  try {
    client.push(GOOD_ID, "p", "ELB");
    CHECK(false && "it was thrown");
  } catch (int number) {
    CHECK_NUMBER(number, 42);
  }
}

int main() {
  RUN(what_a_shared_object_throws_is_caught_as_what_it_is);
  RUN(a_code_of_a_shared_object_is_of_the_same_category);
  RUN(what_a_source_of_a_shared_object_throws_comes_out_of_a_push_here);
  return tests_ended();
}
