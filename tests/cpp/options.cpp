// Options and times of all types, and which of them are refused. With and without exceptions.
#include <certpush.hpp>
#include <service.h>

#include <chrono>
#include <limits>
#include <string>
#include <type_traits>

using certpush::status;
using namespace std::chrono_literals;

static certpush::config service() {
  certpush::config config;
  certpush::report what;
  CHECK(config.set("endpoint", service_endpoint(), what));
  CHECK(config.set("ca_file", given("SERVICE_CA_FILE"), what));
  CHECK(config.set("token_file", given("SERVICE_TOKEN_FILE"), what));
  CHECK(config.set("retries", 0, what));
  return config;
}

static certpush::client client_of(const certpush::config &config) {
  certpush::report what;
  auto client = certpush::client::make(config, what);
  CHECK(client.has_value());
  return std::move(*client);
}

// The value's text, as C is given it.
static std::string text_of(const certpush::option_value &value) {
  return std::string(value.data(), value.size());
}

static void refused(const char *key, const certpush::option_value &value, const char *message) {
  certpush::config config = service();
  certpush::report what;
  CHECK(!config.set(key, value, what));
  CHECK(what.status() == status::invalid_config);
  CHECK_CONTAINS(what.message().data(), message);
  // It has the value that it had.
  CHECK(certpush::client::make(config, what).has_value());
}

static void bad_values_are_refused_whatever_their_type() {
  refused("retries", 11, "retries must be decimal digits, 0 to 10, but is \"11\"");
  refused("retries", -1, "but is \"-1\"");
  refused("retries", true, "but is \"true\"");
  refused("retries", std::numeric_limits<unsigned long long>::max(), "retries must be");
  refused("retries", std::numeric_limits<long long>::min(), "retries must be");
  refused("retries", (1ULL << 32) + 1, "but is \"4294967297\"");
  refused("allow_http", 1, "allow_http must be");
  refused("timeout_ms", 0s, "but is \"0\"");
  refused("timeout_ms", -5s, "but is \"-5000\"");
  refused("timeout_ms", -1ns, "but is \"-1\"");
  refused("timeout_ms", 25h, "but is \"90000000\"");
  refused("timeout_ms", std::chrono::hours::max(), "timeout_ms must be");
  refused("timeout_ms", std::chrono::duration<double>(std::numeric_limits<double>::quiet_NaN()),
          "timeout_ms must be");
  refused("timeout_ms", std::chrono::duration<double>(std::numeric_limits<double>::infinity()),
          "timeout_ms must be");
}

static void a_duration_is_for_what_is_counted_in_milliseconds() {
  refused("retries", 2s, "\"retries in milliseconds\" is no option");
  refused("max_idle_connections", 1ms, "in millis");
  refused("user_agent", 1s, "\"user_agent in milliseconds\" is no option");
  refused("timeout", 1s, "\"timeout in milliseconds\" is no option");
  refused("_m", 1s, "\"_m in milliseconds\" is no option");
  refused("", 1s, "\" in milliseconds\" is no option");
  refused("nothing_ms", 1s, "\"nothing_ms\" is no option");
}

static void durations_are_rounded_up_to_milliseconds() {
  CHECK(text_of(30s) == "30000" && text_of(2min) == "120000" && text_of(1h) == "3600000");
  CHECK(text_of(1500us) == "2" && text_of(1ns) == "1" && text_of(2000000ns) == "2");
  CHECK(text_of(0ns) == "0" && text_of(-1500us) == "-2");
  CHECK(text_of(0.3s) == "300" && text_of(0.1s) == "100" && text_of(1.1s) == "1100");
  CHECK(text_of(std::chrono::duration<float>(0.7F)) == "700");
  CHECK(text_of(0.0001s) == "1" && text_of(1e-30s) == "1" && text_of(-0.0001s) == "-1");
  CHECK(text_of(std::chrono::duration<std::uint8_t>(200)) == "200000");
  CHECK(text_of(std::chrono::duration<int, std::ratio<1, 30>>(31)) == "1034");
  CHECK(text_of(std::chrono::duration<std::int64_t, std::atto>(1)) == "1");
  CHECK(text_of(std::chrono::duration<std::int64_t, std::peta>(10)) == "9223372036854775807");
  CHECK(text_of(std::chrono::nanoseconds::min()) == "-9223372036855");
  CHECK(text_of(std::chrono::hours::min()) == "-9223372036854775807");
  static_assert(certpush::time_limit(1500us).c_timeout_ms() == 2);
}

static void a_wait_is_never_shortened() {
  using certpush::detail::at_least;
  using std::chrono::duration;
  CHECK(at_least<std::chrono::milliseconds>(1001) == 1001ms &&
        at_least<std::chrono::seconds>(1001) == 2s);
  CHECK(at_least<std::chrono::seconds>(1000) == 1s && at_least<std::chrono::hours>(3600000) == 1h);
  CHECK(at_least<std::chrono::hours>(3600001) == 2h && at_least<std::chrono::minutes>(1) == 1min);
  CHECK(at_least<std::chrono::nanoseconds>(3) == 3ms && at_least<std::chrono::seconds>(0) == 0s);
  CHECK((at_least<duration<int, std::ratio<1, 30>>>(1001).count()) == 31);
  CHECK(at_least<duration<double>>(1500).count() == 1.5);
  CHECK(at_least<std::chrono::nanoseconds>(INT64_MAX) == std::chrono::nanoseconds::max());
  CHECK(at_least<std::chrono::milliseconds>(INT64_MAX - 1).count() == INT64_MAX - 1);
  CHECK(at_least<duration<std::int8_t>>(128000) == duration<std::int8_t>::max());
}

static void values_of_many_types_count() {
  certpush::config config = service();
  certpush::report what;
  const std::string key = "timeout_ms";
  CHECK(config.set(key, 12345, what) &&
        config.set(std::string_view("retries"), std::uint8_t{3}, what));
  CHECK(config.set(std::string_view("retries is the key").substr(0, 7), 4UL, what));
  CHECK(config.set("allow_http", true, what) && config.set("allow_http", false, what));
  CHECK(config.set("connect_timeout_ms", 2s, what) && config.set("idle_timeout_ms", 0ms, what));
  CHECK(client_of(config).describe().find("12345 ms") != std::string_view::npos);
  CHECK(config.set(key, 54321ms, what));
  CHECK(client_of(config).describe().find("54321 ms") != std::string_view::npos);
  CHECK(text_of(0) == "0" && text_of(-7) == "-7" && text_of(1234567890) == "1234567890");
  CHECK(text_of(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
  CHECK(text_of(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
  CHECK(text_of(true) == "true" && text_of(false) == "false" && text_of({}).empty());
}

static void a_key_is_text_with_a_length() {
  certpush::config config = service();
  certpush::report what;
  const char *null = nullptr;
  CHECK(!config.set(null, 1, what));
  CHECK(what.status() == status::invalid_argument && what.message().find("key") == 0);
  CHECK(!config.set(null, 1s, what));
  CHECK(what.status() == status::invalid_argument && what.message().find("key") == 0);
  CHECK(!config.set({}, 1, what));
  CHECK(what.status() == status::invalid_config);
  CHECK(!config.set(std::string("timeout_ms\0nothing", 18), 1, what));
  CHECK(what.status() == status::invalid_config || what.status() == status::invalid_argument);
  CHECK(client_of(config).describe().find("60000 ms") != std::string_view::npos);
}

static void a_config_and_its_copy_are_changed_apart() {
  certpush::config config = service();
  certpush::report what;
  certpush::config copy = config;
  CHECK(copy.set("timeout_ms", 11111, what));
  CHECK(client_of(copy).describe().find("11111 ms") != std::string_view::npos);
  CHECK(client_of(config).describe().find("11111 ms") == std::string_view::npos);
  config = copy;
  const certpush::config &same = config;
  config = same;
  copy = certpush::config();
  CHECK(client_of(config).describe().find("11111 ms") != std::string_view::npos);
  CHECK(!certpush::client::make(copy, what).has_value());
  certpush::config taken(std::move(config));
  certpush::config nothing(config);
  CHECK(!nothing.set("retries", 1, what) && what.status() == status::invalid_argument);
  CHECK(taken.set("retries", 1, what));
}

// Neither is sent: the limit that has passed would be the client's, to C.
static void a_time_that_has_passed_is_refused_and_nothing_is_sent() {
  const certpush::client client = client_of(service());
  certpush::report what;
  reset_service();
  const certpush::time_limit none_left[] = {
      0s,
      -1s,
      0ns,
      -1ns,
      std::chrono::nanoseconds::min(),
      std::chrono::duration<double>(0),
      std::chrono::duration<double>(-0.0001),
      std::chrono::duration<double>(std::numeric_limits<double>::quiet_NaN()),
      std::chrono::steady_clock::time_point() - std::chrono::steady_clock::now()};
  for (const certpush::time_limit &limit : none_left) {
    for (const bool push : {true, false}) {
      CHECK(!(push ? client.push(GOOD_ID, "p", "ELB", what, {limit})
                   : client.connect(what, {limit})));
      CHECK(what.status() == status::invalid_argument && !what.outcome_unknown());
      CHECK(what.attempts() == 0 && !what.retryable());
      CHECK(what.message().find("timeout_ms must be positive, or 0 from C") == 0);
    }
  }
  CHECK_NUMBER(service_count("/sim/received", GOOD_ID), 0);
  CHECK_NUMBER(service_connections(), 0);
}

static void a_time_beyond_the_range_is_refused() {
  const certpush::client client = client_of(service());
  certpush::report what;
  const certpush::time_limit too_long[] = {24h + 1ms, 24h + 1ns, std::chrono::hours::max(),
                                           std::chrono::duration<double>(1e300)};
  for (const certpush::time_limit &limit : too_long) {
    CHECK(!client.push(GOOD_ID, "p", "ELB", what, {limit}));
    CHECK(what.status() == status::invalid_argument);
  }
  CHECK(client.push(GOOD_ID, "p", "ELB", what, {24h}));
}

static void no_time_of_its_own_is_the_clients() {
  certpush::config config = service();
  certpush::report what;
  CHECK(config.set("timeout_ms", 300, what));
  const certpush::client client = client_of(config);
  std::optional<std::chrono::seconds> none;
  for (const certpush::call_options &options :
       {certpush::call_options(), certpush::call_options{{}, nullptr},
        certpush::call_options{std::nullopt, {}}, certpush::call_options{none, {}}}) {
    CHECK(!client.push(SILENT_ID, "p", "ELB", what, options));
    CHECK(what.status() == status::timeout && what.outcome() == certpush::outcome::unknown);
  }
  none = 1s;
  const auto begun = std::chrono::steady_clock::now();
  CHECK(!client.push(SILENT_ID, "p", "ELB", what, {none}));
  CHECK(std::chrono::steady_clock::now() - begun > 900ms);
}

static void connecting_has_a_time_limit_of_its_own() {
  certpush::config config = service();
  certpush::report what;
  // The kernel takes the connection, and nobody answers the handshake.
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  socklen_t size = sizeof address;
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto *any = reinterpret_cast<sockaddr *>(&address);
  CHECK(bind(listener, any, size) == 0 && listen(listener, 8) == 0);
  CHECK(getsockname(listener, any, &size) == 0);
  CHECK(
      config.set("endpoint", "https://127.0.0.1:" + std::to_string(ntohs(address.sin_port)), what));
  const certpush::client client = client_of(config);
  const auto begun = std::chrono::steady_clock::now();
  CHECK(!client.connect(what, {150ms}));
  CHECK(what.status() == status::timeout && what.phase() == certpush::phase::tls);
  CHECK(what.outcome() == certpush::outcome::not_pushed);
  CHECK(std::chrono::steady_clock::now() - begun < 5s);
  close(listener);
}

template <class From>
constexpr bool is_value = std::is_convertible_v<From, certpush::option_value>;
static_assert(is_value<int> && is_value<unsigned short> && is_value<std::int8_t> && is_value<bool>);
static_assert(is_value<std::chrono::minutes> && is_value<std::string> && is_value<const char *>);
static_assert(!is_value<char> && !is_value<wchar_t> && !is_value<char16_t> && !is_value<char32_t>);
static_assert(!is_value<double> && !is_value<float> && !is_value<std::nullptr_t>);
static_assert(!is_value<void *> && !is_value<status> && !is_value<const wchar_t *>);
template <class From>
constexpr bool is_limit = std::is_convertible_v<From, certpush::time_limit>;
static_assert(is_limit<std::chrono::hours> && is_limit<std::chrono::duration<float>>);
static_assert(is_limit<std::optional<std::chrono::milliseconds>> && is_limit<std::nullopt_t>);
static_assert(!is_limit<int> && !is_limit<double> && !is_limit<std::nullptr_t>);

int main() {
  RUN(bad_values_are_refused_whatever_their_type);
  RUN(a_duration_is_for_what_is_counted_in_milliseconds);
  RUN(durations_are_rounded_up_to_milliseconds);
  RUN(a_wait_is_never_shortened);
  RUN(values_of_many_types_count);
  RUN(a_key_is_text_with_a_length);
  RUN(a_config_and_its_copy_are_changed_apart);
  RUN(a_time_that_has_passed_is_refused_and_nothing_is_sent);
  RUN(a_time_beyond_the_range_is_refused);
  RUN(no_time_of_its_own_is_the_clients);
  RUN(connecting_has_a_time_limit_of_its_own);
  return tests_ended();
}
