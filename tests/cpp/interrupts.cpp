// A program's own check whether a call shall end, and what it throws.
#include <certpush.hpp>
#include <service.h>

#include <fcntl.h>
#include <sys/stat.h>

#include <chrono>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

using certpush::status;

struct key_pressed : std::runtime_error {
  explicit key_pressed(int which) : std::runtime_error("a key was pressed"), key(which) {}
  int key;
};

static certpush::config service() {
  certpush::config config;
  config.set("endpoint", service_endpoint())
      .set("ca_file", given("SERVICE_CA_FILE"))
      .set("token_file", given("SERVICE_TOKEN_FILE"))
      .set("retries", 0);
  return config;
}

template <class Call>
static certpush::error error_of(Call call) {
  try {
    call();
  } catch (const certpush::error &error) {
    return error;
  }
  throw std::logic_error("no error was thrown");
}

static int key_of(const std::exception_ptr &cause) {
  try {
    if (cause != nullptr) std::rethrow_exception(cause);
  } catch (const key_pressed &pressed) {
    return pressed.key;
  }
  return 0;
}

// Whether the service has the push that it does not answer.
static bool is_in_doubt() { return service_count("/sim/received", SILENT_ID) > 0; }

static void true_ends_the_call() {
  const certpush::client client(service().interrupt(is_in_doubt));
  reset_service();
  const auto error = error_of([&] { client.push(SILENT_ID, "p", "ELB"); });
  CHECK(error.status() == status::cancelled && error.outcome_unknown());
  CHECK(error.cause() == nullptr);
  certpush::report what;
  reset_service();
  CHECK(!client.push(SILENT_ID, "p", "ELB", what));
  CHECK(what.status() == status::cancelled && what.outcome() == certpush::outcome::unknown);
}

static void what_it_throws_is_the_cause_of_an_error_that_tells_the_outcome() {
  const certpush::client client(service().interrupt([] {
    if (is_in_doubt()) throw key_pressed(3);
    return false;
  }));
  reset_service();
  try {
    client.push(SILENT_ID, "p", "ELB");
    CHECK(false && "it was thrown");
  } catch (const certpush::in_doubt &error) {
    CHECK(error.status() == status::cancelled);
    CHECK_NUMBER(key_of(error.cause()), 3);
    const certpush::error copy = error;
    CHECK_NUMBER(key_of(copy.cause()), 3);
  }
  certpush::report what;
  reset_service();
  CHECK(!client.push(SILENT_ID, "p", "ELB", what));
  CHECK(what.status() == status::cancelled && what.outcome_unknown());
}

static void a_call_that_another_ended_has_no_cause() {
  const certpush::client client(service().interrupt([] { return false; }));
  const certpush::cancel cancel;
  cancel.trigger();
  const auto error = error_of([&] { client.push(SILENT_ID, "p", "ELB", {{}, cancel}); });
  CHECK(error.status() == status::cancelled && error.cause() == nullptr);
  CHECK(error_of([&] { client.push(REFUSED_ID, "p", "ELB"); }).cause() == nullptr);
}

static void it_is_asked_on_the_calling_thread() {
  std::thread::id asked_on;
  const certpush::client client(service().interrupt([&] {
    asked_on = std::this_thread::get_id();
    return true;
  }));
  error_of([&] { client.push(SILENT_ID, "p", "ELB"); });
  CHECK(asked_on == std::this_thread::get_id());
}

static void the_making_of_a_client_is_ended_too() {
  CHECK(mkfifo("waiting", 0600) == 0);
  // Somebody has it open, and writes nothing.
  const int held = open("waiting", O_RDWR);
  certpush::config config = service();
  config.set("token_file", "waiting").interrupt([]() -> bool { throw key_pressed(5); });
  const auto error = error_of([&] { certpush::client made(config); });
  CHECK(error.status() == status::cancelled && !error.outcome_unknown());
  CHECK_NUMBER(key_of(error.cause()), 5);
  certpush::report what;
  CHECK(!certpush::client::make(config, what) && what.status() == status::cancelled);
  close(held);
  unlink("waiting");
}

static void an_empty_function_is_no_interrupt() {
  bool (*no_function)() = nullptr;
  certpush::config config = service();
  for (int again = 0; again < 3; again++) {
    config.interrupt([] { return true; });
    if (again == 0) config.interrupt(std::function<bool()>());
    if (again == 1) config.interrupt(no_function);
    if (again == 2) config.interrupt({});
    const certpush::client client(config);
    const auto error =
        error_of([&] { client.push(SILENT_ID, "p", "ELB", {std::chrono::seconds(1)}); });
    CHECK(error.status() == status::timeout);
  }
}

static void it_lives_as_long_as_its_last_client() {
  const auto counted = std::make_shared<int>();
  {
    certpush::config config = service();
    const certpush::client client(config.interrupt([counted] { return true; }));
    const certpush::config copy = config;
    config = certpush::config();
    CHECK_NUMBER(counted.use_count(), 2);
    const certpush::client other(copy);
    for (const certpush::client *one : {&client, &other}) {
      CHECK(error_of([&] { one->push(SILENT_ID, "p", "ELB"); }).status() == status::cancelled);
    }
  }
  CHECK_NUMBER(counted.use_count(), 1);
}

static void a_source_that_threw_before_is_not_the_cause() {
  int asked = 0;
  certpush::config config;
  config.set("endpoint", service_endpoint()).set("ca_file", given("SERVICE_CA_FILE"));
  config.set("retries", 1).set("retry_base_ms", 1).token_source([&]() -> std::string {
    if (++asked == 1) throw key_pressed(7);
    return std::string(40, 't');
  });
  const certpush::client client(config.interrupt([&] { return asked == 2; }));
  const auto error = error_of([&] { client.push(SILENT_ID, "p", "ELB"); });
  CHECK(error.status() == status::cancelled && error.cause() == nullptr);
  CHECK_NUMBER(asked, 2);
}

int main() {
  RUN(true_ends_the_call);
  RUN(what_it_throws_is_the_cause_of_an_error_that_tells_the_outcome);
  RUN(a_call_that_another_ended_has_no_cause);
  RUN(it_is_asked_on_the_calling_thread);
  RUN(the_making_of_a_client_is_ended_too);
  RUN(an_empty_function_is_no_interrupt);
  RUN(it_lives_as_long_as_its_last_client);
  RUN(a_source_that_threw_before_is_not_the_cause);
  return tests_ended();
}
