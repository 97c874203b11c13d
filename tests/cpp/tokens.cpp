// A program's own source of tokens, and what it throws.
#include <certpush.hpp>
#include <service.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

using certpush::status;

static const std::string token = "a-token-that-a-function-of-the-program-gives";

// What a program's own code may throw.
struct vault_sealed : std::runtime_error {
  explicit vault_sealed(int when) : std::runtime_error("the vault is sealed"), since(when) {}
  int since;
};

template <class Source>
static certpush::client client_with(Source source) {
  certpush::config config;
  config.set("endpoint", service_endpoint())
      .set("ca_file", given("SERVICE_CA_FILE"))
      .set("retry_base_ms", "1")
      .token_source(std::move(source));
  return certpush::client(config);
}

static void a_function_gives_the_token_of_each_push() {
  std::thread::id asked_on;
  int asked = 0;
  certpush::client client = client_with([&] {
    asked++;
    asked_on = std::this_thread::get_id();
    return token;
  });
  reset_service();
  client.push(GOOD_ID, "p", "ELB");
  const certpush::client moved(std::move(client));
  moved.push(GOOD_ID, "p", "ELB");
  CHECK_NUMBER(asked, 2);
  CHECK(asked_on == std::this_thread::get_id());
  CHECK_NUMBER(service_count("/sim/received", "<44 characters, "), 2);
}

static void what_it_throws_comes_out_of_the_push() {
  int asked = 0;
  const auto client = client_with([&]() -> std::string { throw vault_sealed(++asked); });
  reset_service();
  try {
    client.push(GOOD_ID, "p", "ELB");
    CHECK(false && "it was thrown");
  } catch (const vault_sealed &exception) {
    CHECK_NUMBER(exception.since, 3);
  }
  CHECK_NUMBER(asked, 3);
  CHECK_NUMBER(service_count("/sim/received", GOOD_ID), 0);
}

static void so_does_what_is_no_exception_of_the_library() {
  const auto client = client_with([]() -> std::string { throw 42; });
  try {
    client.push(GOOD_ID, "p", "ELB");
    CHECK(false && "it was thrown");
  } catch (int number) {
    CHECK_NUMBER(number, 42);
  }
}

static void a_twin_tells_it_in_its_report() {
  const auto client = client_with([]() -> std::string { throw vault_sealed(1); });
  certpush::report what;
  CHECK(!client.push(GOOD_ID, "p", "ELB", what));
  CHECK(what.status() == status::credentials_unavailable);
  CHECK(what.message().find("the vault is sealed") != std::string_view::npos);
  CHECK(!what.outcome_unknown() && what.retryable());
}

static void what_passes_is_not_thrown() {
  int asked = 0;
  const auto client = client_with([&] {
    if (++asked == 1) throw vault_sealed(1);
    return token;
  });
  CHECK(client.push(GOOD_ID, "p", "ELB").attempts() == 1);
}

static void what_passed_before_another_failure_is_not_thrown() {
  int asked = 0;
  const auto client = client_with([&]() -> std::string {
    if (++asked == 1) throw vault_sealed(1);
    return "short";
  });
  try {
    client.push(GOOD_ID, "p", "ELB");
    CHECK(false && "it was thrown");
  } catch (const certpush::error &error) {
    CHECK(error.status() == status::invalid_argument);
  }
}

static void a_source_may_push_and_keeps_its_own_exception() {
  const auto inner = client_with([]() -> std::string { throw vault_sealed(1); });
  const auto outer = client_with([&]() -> std::string {
    certpush::report what;
    CHECK(!inner.push(GOOD_ID, "p", "ELB", what));
    try {
      inner.push(GOOD_ID, "p", "ELB");
      CHECK(false && "it was thrown");
    } catch (const vault_sealed &) {
    }
    throw std::logic_error("the outer one");
  });
  try {
    outer.push(GOOD_ID, "p", "ELB");
    CHECK(false && "it was thrown");
  } catch (const std::logic_error &exception) {
    CHECK_TEXT(exception.what(), "the outer one");
  }
}

static void a_log_function_may_push_with_another_source() {
  const auto inner = client_with([]() -> std::string { throw std::logic_error("the inner one"); });
  certpush::config config;
  config.set("endpoint", service_endpoint())
      .set("ca_file", given("SERVICE_CA_FILE"))
      .set("retries", "0")
      .token_source([]() -> std::string { throw vault_sealed(1); })
      .log([&](certpush::log_level, std::string_view) {
        certpush::report what;
        CHECK(!inner.push(GOOD_ID, "p", "ELB", what));
      });
  const certpush::client client(config);
  try {
    client.push(GOOD_ID, "p", "ELB");
    CHECK(false && "it was thrown");
  } catch (const std::runtime_error &exception) {
    CHECK_TEXT(exception.what(), "the vault is sealed");
  }
}

static void a_source_and_a_token_exclude_each_other() {
  certpush::config config;
  config.set("endpoint", service_endpoint())
      .set("token_file", given("SERVICE_TOKEN_FILE"))
      .token_source([] { return token; });
  certpush::report what;
  CHECK(!certpush::client::make(config, what).has_value());
  CHECK(what.status() == status::invalid_config);
  config.token_source(nullptr);
  CHECK(certpush::client::make(config, what).has_value());
}

static void an_empty_function_is_no_source() {
  certpush::config config;
  config.set("endpoint", service_endpoint()).set("ca_file", given("SERVICE_CA_FILE"));
  config.set("token_file", given("SERVICE_TOKEN_FILE"));
  std::string (*no_function)() = nullptr;
  for (int again = 0; again < 3; again++) {
    config.token_source([] { return token; });
    if (again == 0) config.token_source(std::function<std::string()>());
    if (again == 1) config.token_source(no_function);
    if (again == 2) config.token_source({});
    CHECK(certpush::client(config).push(GOOD_ID, "p", "ELB").attempts() == 1);
  }
}

static void a_source_may_be_moved_only_and_is_freed_with_its_last_client() {
  auto owned = std::make_unique<std::string>(token);
  const auto counted = std::make_shared<int>();
  {
    const auto client = client_with([owned = std::move(owned), counted] { return *owned; });
    CHECK_NUMBER(counted.use_count(), 2);
    client.push(GOOD_ID, "p", "ELB");
  }
  CHECK_NUMBER(counted.use_count(), 1);
}

static void copies_of_a_config_share_its_source() {
  int asked = 0;
  certpush::config config;
  config.set("endpoint", service_endpoint()).set("ca_file", given("SERVICE_CA_FILE"));
  config.token_source([&asked] {
    asked++;
    return token;
  });
  const certpush::client first(certpush::config(config).set("retries", 0));
  config.token_source(nullptr).set("token_file", given("SERVICE_TOKEN_FILE"));
  const certpush::client second(config);
  first.push(GOOD_ID, "p", "ELB");
  second.push(GOOD_ID, "p", "ELB");
  CHECK_NUMBER(asked, 1);
}

int main() {
  RUN(a_function_gives_the_token_of_each_push);
  RUN(what_it_throws_comes_out_of_the_push);
  RUN(so_does_what_is_no_exception_of_the_library);
  RUN(a_twin_tells_it_in_its_report);
  RUN(what_passes_is_not_thrown);
  RUN(what_passed_before_another_failure_is_not_thrown);
  RUN(a_source_may_push_and_keeps_its_own_exception);
  RUN(a_log_function_may_push_with_another_source);
  RUN(a_source_and_a_token_exclude_each_other);
  RUN(an_empty_function_is_no_source);
  RUN(a_source_may_be_moved_only_and_is_freed_with_its_last_client);
  RUN(copies_of_a_config_share_its_source);
  return tests_ended();
}
