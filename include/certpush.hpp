// SPDX-License-Identifier: MIT OR Apache-2.0

/// @file certpush.hpp
///
/// certpush for C++17 and later, header-only: a thin layer over certpush.h, whose comment at the
/// top tells what a push is, what its outcome means, and what holds for threads, fork and signals.
///
///     certpush::client client(certpush::config().load_env());
///     try {
///       auto receipt = client.push("scs1600313391074", "ap-southeast-3", "ELB");
///       std::cout << "pushed, request " << receipt.request_id() << '\n';
///     } catch (const certpush::in_doubt &error) {
///       std::cout << error.what() << "\nlook at the target before a repeat\n";
///     } catch (const certpush::error &error) {
///       std::cout << error.what() << "\nit was not pushed\n";
///     }
///
/// Each function that throws certpush::error has a noexcept twin, which takes a report to fill and
/// returns whether the call succeeded. Without exceptions (-fno-exceptions) the twins are what
/// there is:
///
///     certpush::report what;
///     if (!client->push("scs1600313391074", "ap-southeast-3", "ELB", what)) log(what.message());
///
/// All but a client and a push_list can be copied; those can be moved. A config, a client, a push_list
/// or a report that was moved from, or a default report, is as NULL is in C: calls on it fail with
/// status::invalid_argument, and nothing reads as a success. A receipt, an error or a cancel that
/// was moved from is still what it was.
///
/// After a call that succeeded and had nothing to push, the report says so, with status::ok.
///
/// A std::string_view that a function returns has a NUL after its end and lives as long as the
/// object that it was read from; a report keeps it until the call that fills it next has ended, so
/// it may be handed to that call. When small memory is exhausted, the noexcept twins end the program.

#ifndef CERTPUSH_HPP
#define CERTPUSH_HPP

// Few and small ones, for they are most of what this header costs to compile: a duration is known
// by what it has, and what needs <format> or <stop_token> stands in headers of its own.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>

#include "certpush.h"

/// 1 if the functions that throw are there, else 0.
#if defined(__cpp_exceptions) || defined(__EXCEPTIONS) || defined(_CPPUNWIND)
#define CERTPUSH_EXCEPTIONS 1
#else
#define CERTPUSH_EXCEPTIONS 0
#endif

// Of the shared objects of one program, each has these classes: it is one class to all of them,
// also where they are compiled with -fvisibility=hidden.
#if defined(__GNUC__)
#define CERTPUSH_VISIBLE __attribute__((visibility("default")))
#else
#define CERTPUSH_VISIBLE
#endif

// Lets the compiler say that a view outlives what it was read from.
#define CERTPUSH_LIFETIMEBOUND
#if defined(__has_cpp_attribute)
#if __has_cpp_attribute(clang::lifetimebound)
#undef CERTPUSH_LIFETIMEBOUND
#define CERTPUSH_LIFETIMEBOUND [[clang::lifetimebound]]
#elif __has_cpp_attribute(msvc::lifetimebound)
#undef CERTPUSH_LIFETIMEBOUND
#define CERTPUSH_LIFETIMEBOUND [[msvc::lifetimebound]]
#endif
#endif

namespace certpush {

/// What became of a call. A later library may return numbers that are not here: take an unknown
/// status for a failure. Since 0.1.0.
enum class status : std::int32_t {
  // generated: statuses
  ok = CERTPUSH_OK,
  invalid_argument = CERTPUSH_INVALID_ARGUMENT,
  invalid_config = CERTPUSH_INVALID_CONFIG,
  no_credentials = CERTPUSH_NO_CREDENTIALS,
  credentials_refused = CERTPUSH_CREDENTIALS_REFUSED,
  credentials_unavailable = CERTPUSH_CREDENTIALS_UNAVAILABLE,
  resolve = CERTPUSH_RESOLVE,
  connect = CERTPUSH_CONNECT,
  tls = CERTPUSH_TLS,
  proxy = CERTPUSH_PROXY,
  timeout = CERTPUSH_TIMEOUT,
  connection_lost = CERTPUSH_CONNECTION_LOST,
  unexpected_response = CERTPUSH_UNEXPECTED_RESPONSE,
  cancelled = CERTPUSH_CANCELLED,
  bad_request = CERTPUSH_BAD_REQUEST,
  unauthorized = CERTPUSH_UNAUTHORIZED,
  forbidden = CERTPUSH_FORBIDDEN,
  not_found = CERTPUSH_NOT_FOUND,
  throttled = CERTPUSH_THROTTLED,
  rejected = CERTPUSH_REJECTED,
  server_error = CERTPUSH_SERVER_ERROR,
  target_refused = CERTPUSH_TARGET_REFUSED,
  unsettled = CERTPUSH_UNSETTLED,
  not_tried = CERTPUSH_NOT_TRIED,
  incomplete = CERTPUSH_INCOMPLETE,
  internal = CERTPUSH_INTERNAL,
  // end of generated
};

/// The name of a status in C, such as "CERTPUSH_TIMEOUT". Since 0.1.0.
[[nodiscard]] inline std::string_view name(status which) noexcept {
  return certpush_status_name(static_cast<std::int32_t>(which));
}

/// What a status means, in one sentence without a final stop. Since 0.1.0.
[[nodiscard]] inline std::string_view message(status which) noexcept {
  return certpush_status_message(static_cast<std::int32_t>(which));
}

/// Where the certificate is, as far as a report tells. Since 0.2.0.
enum class outcome : std::int32_t {
  /// It was pushed.
  pushed,
  /// It was not pushed; so after a call that pushes nothing, also when that succeeded.
  not_pushed,
  /// It may have been pushed although the call failed.
  unknown,
};

/// "pushed", "not_pushed" or "unknown". Since 0.2.0.
[[nodiscard]] constexpr std::string_view name(outcome which) noexcept {
  return which == outcome::pushed       ? "pushed"
         : which == outcome::not_pushed ? "not_pushed"
                                        : "unknown";
}

/// How far a call had come when it failed. The numbers may change from one version to the next:
/// keep the name. Since 0.2.0.
enum class phase : std::int32_t {
  /// One that a later library has, whose name phase_name() tells; or nothing has filled the report.
  unknown = -1,
  /// The call succeeded.
  done,
  // generated: phases
  /// The call had just begun.
  start,
  /// The arguments were looked at.
  arguments,
  /// The options were looked at.
  config,
  /// Credentials were obtained.
  credentials,
  /// The host name was looked up.
  resolve,
  /// A TCP connection was made.
  connect,
  /// TLS was negotiated.
  tls,
  /// A proxy was asked for a connection.
  proxy,
  /// The request was being sent.
  send,
  /// The answer was awaited or read.
  receive,
  /// A pause before another attempt.
  pause,
  // end of generated
};

namespace detail {

/// The phases' names, in the order of the enumeration.
inline constexpr std::string_view phase_names[] = {
    "",
    // generated: names of phases
    "start",
    "arguments",
    "config",
    "credentials",
    "resolve",
    "connect",
    "tls",
    "proxy",
    "send",
    "receive",
    "pause",
    // end of generated
};

constexpr phase phase_named(std::string_view name) noexcept {
  std::int32_t number = 0;
  for (const std::string_view known : phase_names) {
    if (known == name) return static_cast<phase>(number);
    ++number;
  }
  return phase::unknown;
}

}  // namespace detail

/// The name of a phase, such as "connect"; "" for phase::done. Since 0.2.0.
[[nodiscard]] constexpr std::string_view name(phase which) noexcept {
  const auto number = static_cast<std::int32_t>(which);
  const bool is_known =
      number >= 0 && number < static_cast<std::int32_t>(std::size(detail::phase_names));
  return is_known ? detail::phase_names[number] : "unknown";
}

/// How much a log line matters. Since 0.1.0.
enum class log_level : std::int32_t {
  info = CERTPUSH_LOG_INFO,
  warning = CERTPUSH_LOG_WARNING,
  error = CERTPUSH_LOG_ERROR,
};

/// Writes the name. Since 0.2.0.
template <class Traits>
std::basic_ostream<char, Traits> &operator<<(std::basic_ostream<char, Traits> &out, status which) {
  return out << name(which).data();
}

/// Writes the name. Since 0.2.0.
template <class Traits>
std::basic_ostream<char, Traits> &operator<<(std::basic_ostream<char, Traits> &out, outcome which) {
  return out << name(which).data();
}

/// Writes the name. Since 0.2.0.
template <class Traits>
std::basic_ostream<char, Traits> &operator<<(std::basic_ostream<char, Traits> &out, phase which) {
  return out << name(which).data();
}

namespace detail {

class CERTPUSH_VISIBLE status_category final : public std::error_category {
 public:
  const char *name() const noexcept override { return "certpush"; }
  std::string message(int number) const override { return certpush_status_message(number); }
};

}  // namespace detail

/// The category of a status as a std::error_code. It equals no std::errc on purpose: who repeats
/// what timed out would push twice. Since 0.2.0.
[[nodiscard]] CERTPUSH_VISIBLE inline const std::error_category &category() noexcept {
  static const detail::status_category only;
  return only;
}

/// A status as a std::error_code, which is false for status::ok alone. Since 0.2.0.
[[nodiscard]] inline std::error_code make_error_code(status which) noexcept {
  return {static_cast<int>(which), category()};
}

/// The version of the library that runs, such as "0.2.0". Since 0.1.0.
[[nodiscard]] inline std::string_view version() noexcept { return certpush_version(); }

/// Text that is handed in: whatever a std::string_view can be made of, and {} for "". A pointer
/// that is null is handed on as it is, and refused by the argument's name. Numbers and nullptr are
/// no text: push(id, 0, "ELB") does not compile. Since 0.1.0.
class text {
  template <class From>
  static constexpr bool is_text = std::is_convertible_v<const From &, std::string_view> &&
                                  !std::is_null_pointer_v<std::remove_cv_t<From>>;
  template <class From>
  static constexpr bool is_safe = std::is_pointer_v<From> || std::is_array_v<From> ||
                                  std::is_nothrow_constructible_v<std::string_view, const From &>;

 public:
  constexpr text() noexcept = default;

  constexpr text(const char *data, std::size_t size) noexcept : data_(data), size_(size) {}

  template <class From, std::enable_if_t<is_text<From>, int> = 0>
  constexpr text(const From &from) noexcept(is_safe<From>) : data_(nullptr) {
    if constexpr (std::is_pointer_v<From>) {
      if (from == nullptr) return;
    }
    const std::string_view view = from;
    // A view may be empty without pointing to anything, which would read as a null pointer.
    data_ = view.empty() ? "" : view.data();
    size_ = view.size();
  }

  text(std::nullptr_t) = delete;

  /// Where it begins, nullptr if it was made from a null pointer.
  constexpr const char *data() const noexcept { return data_; }
  constexpr std::size_t size() const noexcept { return size_; }

 private:
  const char *data_ = "";
  std::size_t size_ = 0;
};

namespace detail {

template <class Integer>
constexpr bool is_negative(Integer number) noexcept {
  if constexpr (std::is_signed_v<Integer>) return number < 0;
  return false;
}

/// A number without its sign.
template <class Integer>
constexpr std::uintmax_t size_of(Integer number) noexcept {
  const auto bits = static_cast<std::uintmax_t>(number);
  return is_negative(number) ? 0 - bits : bits;
}

/// A std::chrono::duration, and what is like one.
template <class Duration, class = void>
struct is_duration : std::false_type {};
template <class Duration>
struct is_duration<Duration,
                   std::void_t<decltype(Duration::period::num), decltype(Duration::period::den),
                               decltype(std::declval<const Duration &>().count())>>
    : std::is_arithmetic<typename Duration::rep> {};

constexpr std::uintmax_t greatest_common_divisor(std::uintmax_t one,
                                                 std::uintmax_t other) noexcept {
  return other == 0 ? one : greatest_common_divisor(other, one % other);
}

/// A duration as whole milliseconds, rounded away from zero, as far as 64 bits go. What is no
/// number is the least.
template <class Duration>
constexpr std::int64_t milliseconds(const Duration &time) noexcept {
  using Rep = typename Duration::rep;
  using Period = typename Duration::period;
  const Rep count = time.count();
  if constexpr (std::is_floating_point_v<Rep>) {
    // What is less than a nanosecond is but what the number could not hold: 0.3 s are 300 ms.
    constexpr long double noise = 1e-6L;
    const long double exact = static_cast<long double>(count) * 1000 * Period::num / Period::den;
    if (!(exact > -9e18L)) return INT64_MIN;
    if (exact > 9e18L) return INT64_MAX;
    const auto whole = static_cast<std::int64_t>(exact);
    const long double rest = exact - static_cast<long double>(whole);
    if (rest > noise || (whole == 0 && exact > 0)) return whole + 1;
    if (rest < -noise || (whole == 0 && exact < 0)) return whole - 1;
    return whole;
  } else {
    constexpr std::uintmax_t most = INT64_MAX, num = Period::num, den = Period::den;
    constexpr std::uintmax_t common = greatest_common_divisor(1000, den);
    constexpr std::uintmax_t times = num > most / (1000 / common) ? most : num * (1000 / common);
    constexpr std::uintmax_t parts = den / common;
    const std::uintmax_t whole = size_of(count) / parts, rest = size_of(count) % parts;
    std::uintmax_t sum = most;
    if (whole <= most / times && rest <= most / times) {
      const std::uintmax_t more = rest * times / parts + (rest * times % parts != 0 ? 1 : 0);
      sum = whole * times > most - more ? most : whole * times + more;
    }
    return is_negative(count) ? -static_cast<std::int64_t>(sum) : static_cast<std::int64_t>(sum);
  }
}

/// Milliseconds as the shortest duration that is not shorter, as far as its numbers go.
template <class Duration>
constexpr Duration at_least(std::uintmax_t wait) noexcept {
  using Rep = typename Duration::rep;
  constexpr std::uintmax_t num = Duration::period::num, den = Duration::period::den;
  if constexpr (std::is_floating_point_v<Rep>) {
    return Duration(static_cast<Rep>(static_cast<long double>(wait) / 1000 * den / num));
  } else {
    constexpr std::uintmax_t common = greatest_common_divisor(1000, den);
    constexpr std::uintmax_t times = den / common, parts = num * (1000 / common);
    constexpr auto most = static_cast<std::uintmax_t>((Duration::max)().count());
    if (wait / parts >= most / times) return (Duration::max)();
    return Duration(
        static_cast<Rep>(wait / parts * times + (wait % parts * times + parts - 1) / parts));
  }
}

/// What could become an integer and is meant for something else.
template <class From>
inline constexpr bool is_no_integer =
    std::is_floating_point_v<From> || std::is_same_v<From, char> || std::is_same_v<From, wchar_t> ||
    std::is_same_v<From, char16_t> ||
#if defined(__cpp_char8_t)
    std::is_same_v<From, char8_t> ||
#endif
    std::is_same_v<From, char32_t>;

}  // namespace detail

/// The value of an option: text, an integer, true or false, or a duration, which is rounded up to
/// whole milliseconds and is for the options that are counted in them. A character, a number with a
/// point and nullptr are none: set("retries", 0.5) does not compile. Since 0.2.0.
class option_value {
  template <class From>
  static constexpr bool is_text = std::is_convertible_v<const From &, text>;

 public:
  constexpr option_value() noexcept = default;

  template <class From, std::enable_if_t<is_text<From>, int> = 0>
  constexpr option_value(const From &from) noexcept(
      std::is_nothrow_constructible_v<text, const From &>)
      : text_(from) {}

  // Only a bool: any pointer could become one.
  template <class From, std::enable_if_t<std::is_same_v<From, bool>, int> = 0>
  constexpr option_value(From is_so) noexcept : text_(is_so ? "true" : "false") {}

  // One for each type, and not a template: then compilers warn of a NULL that becomes 0.
  constexpr option_value(int number) noexcept : option_value(number, made_of_digits()) {}
  constexpr option_value(unsigned number) noexcept : option_value(number, made_of_digits()) {}
  constexpr option_value(long number) noexcept : option_value(number, made_of_digits()) {}
  constexpr option_value(unsigned long number) noexcept : option_value(number, made_of_digits()) {}
  constexpr option_value(long long number) noexcept : option_value(number, made_of_digits()) {}
  constexpr option_value(unsigned long long number) noexcept
      : option_value(number, made_of_digits()) {}

  template <class From, std::enable_if_t<detail::is_no_integer<From>, int> = 0>
  option_value(From) = delete;

  template <class From, std::enable_if_t<detail::is_duration<From>::value, int> = 0>
  constexpr option_value(const From &time) noexcept : option_value(detail::milliseconds(time)) {
    is_duration_ = true;
  }

  option_value(std::nullptr_t) = delete;

  /// The text that C is given, nullptr if it was made from a null pointer.
  constexpr const char *data() const noexcept CERTPUSH_LIFETIMEBOUND {
    return length_ == 0 ? text_.data() : digits_ + (sizeof digits_ - length_);
  }
  constexpr std::size_t size() const noexcept { return length_ == 0 ? text_.size() : length_; }
  constexpr bool is_duration() const noexcept { return is_duration_; }

 private:
  struct made_of_digits {};

  template <class Integer>
  constexpr option_value(Integer number, made_of_digits) noexcept {
    std::uintmax_t left = detail::size_of(number);
    do {
      put(static_cast<char>('0' + left % 10));
      left /= 10;
    } while (left != 0);
    if (detail::is_negative(number)) put('-');
  }

  constexpr void put(char before) noexcept {
    ++length_;
    digits_[sizeof digits_ - length_] = before;
  }

  text text_{};
  // The end of it has the digits of a number.
  char digits_[21] = {};
  std::size_t length_ = 0;
  bool is_duration_ = false;
};

namespace detail {

/// The length for a C function that refuses NULL with any length but 0.
template <class Text>
constexpr std::size_t length_of(const Text &given) noexcept {
  return given.data() == nullptr ? 1 : given.size();
}

/// Where a C function puts a new handle. The owner takes it at the end of the expression: what it
/// had is there as long as the call may be reading it.
template <class Owner, class Handle>
class receiver {
 public:
  explicit receiver(Owner &owner) noexcept : owner_(owner) {}
  receiver(const receiver &) = delete;
  receiver &operator=(const receiver &) = delete;
  ~receiver() { owner_ = Owner(handle_); }

  operator Handle **() && noexcept { return &handle_; }

 private:
  Owner &owner_;
  Handle *handle_ = nullptr;
};

/// Owns one handle of the C ABI.
template <class Handle, void (*Free)(Handle *)>
class owner {
 public:
  owner() noexcept = default;
  explicit owner(Handle *handle) noexcept : handle_(handle) {}
  owner(owner &&other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  owner &operator=(owner &&other) noexcept {
    if (this != &other) {
      Free(handle_);
      handle_ = std::exchange(other.handle_, nullptr);
    }
    return *this;
  }
  owner(const owner &) = delete;
  owner &operator=(const owner &) = delete;
  ~owner() { Free(handle_); }

  Handle *get() const noexcept { return handle_; }

  receiver<owner, Handle> receive() noexcept { return receiver<owner, Handle>(*this); }

 private:
  Handle *handle_ = nullptr;
};

/// What has several owners, on any threads: they count themselves.
class CERTPUSH_VISIBLE counted {
 public:
  counted() noexcept = default;
  counted(const counted &) = delete;
  counted &operator=(const counted &) = delete;
  virtual ~counted() = default;

  void take() noexcept { owners_.fetch_add(1, std::memory_order_relaxed); }
  void leave() noexcept {
    if (owners_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

 private:
  std::atomic<std::size_t> owners_{1};
};

/// One of the owners of a counted object, or of none.
template <class Counted>
class CERTPUSH_VISIBLE shared {
 public:
  shared() noexcept = default;
  /// The first owner of a new object.
  explicit shared(Counted *counted) noexcept : counted_(counted) {}
  shared(const shared &other) noexcept : counted_(other.counted_) {
    if (counted_ != nullptr) counted_->take();
  }
  shared(shared &&other) noexcept : counted_(std::exchange(other.counted_, nullptr)) {}
  shared &operator=(shared other) noexcept {
    std::swap(counted_, other.counted_);
    return *this;
  }
  ~shared() {
    if (counted_ != nullptr) counted_->leave();
  }

  Counted *get() const noexcept { return counted_; }
  Counted *operator->() const noexcept { return counted_; }

 private:
  Counted *counted_ = nullptr;
};

/// What can be read from a report, for everything that has one.
template <class Holder>
class CERTPUSH_VISIBLE readable {
 public:
  /// The status of the call.
  [[nodiscard]] certpush::status status() const noexcept {
    return static_cast<certpush::status>(certpush_report_status(get()));
  }

  /// The status as a std::error_code, for what is written for those.
  [[nodiscard]] std::error_code code() const noexcept { return make_error_code(status()); }

  /// Whether the certificate was pushed, was not, or may have been.
  [[nodiscard]] certpush::outcome outcome() const noexcept {
    const std::string_view known = certpush_report_outcome(get());
    for (const auto which : {certpush::outcome::pushed, certpush::outcome::not_pushed}) {
      if (known == name(which)) return which;
    }
    return certpush::outcome::unknown;
  }

  /// What happened, in one line that is fit for a log.
  [[nodiscard]] std::string_view message() const noexcept CERTPUSH_LIFETIMEBOUND {
    return certpush_report_message(get());
  }

  /// What to do about it, "" if nothing is known.
  [[nodiscard]] std::string_view hint() const noexcept CERTPUSH_LIFETIMEBOUND {
    return certpush_report_hint(get());
  }

  /// How far the call had come when it failed; phase::done after a success alone.
  [[nodiscard]] certpush::phase phase() const noexcept {
    const certpush::phase known = detail::phase_named(phase_name());
    // What nothing has filled has no name either.
    const bool is_unfilled = known == certpush::phase::done && status() != certpush::status::ok;
    return is_unfilled ? certpush::phase::unknown : known;
  }

  /// The name of the phase, of one that this header does not know, too.
  [[nodiscard]] std::string_view phase_name() const noexcept CERTPUSH_LIFETIMEBOUND {
    return certpush_report_phase(get());
  }

  /// The HTTP status of the last answer, 0 if there was none.
  [[nodiscard]] int http_status() const noexcept { return certpush_report_http_status(get()); }

  /// The service's error_code, such as "SCM.0069", or "".
  [[nodiscard]] std::string_view service_code() const noexcept CERTPUSH_LIFETIMEBOUND {
    return certpush_report_service_code(get());
  }

  /// The service's error_msg, or "".
  [[nodiscard]] std::string_view service_message() const noexcept CERTPUSH_LIFETIMEBOUND {
    return certpush_report_service_message(get());
  }

  /// The service's id of the request, or "": Huawei Cloud's support asks for it.
  [[nodiscard]] std::string_view request_id() const noexcept CERTPUSH_LIFETIMEBOUND {
    return certpush_report_request_id(get());
  }

  /// Whether the same call may simply be made again: it provably pushed nothing, and what stopped
  /// it may pass.
  [[nodiscard]] bool retryable() const noexcept { return certpush_report_retryable(get()) != 0; }

  /// Whether the certificate may have been pushed although the call failed.
  [[nodiscard]] bool outcome_unknown() const noexcept {
    return certpush_report_outcome_unknown(get()) != 0;
  }

  /// How long the service asks to wait before another call, rounded up to the unit that is asked
  /// for:
  ///
  ///     const auto wait = error.retry_after<std::chrono::seconds>();
  ///     if (wait) std::this_thread::sleep_for(*wait);
  template <class Duration, std::enable_if_t<detail::is_duration<Duration>::value, int> = 0>
  [[nodiscard]] std::optional<Duration> retry_after() const noexcept {
    const std::int64_t wait = certpush_report_retry_after_ms(get());
    if (wait < 0) return std::nullopt;
    return detail::at_least<Duration>(static_cast<std::uintmax_t>(wait));
  }

  /// How many attempts were begun, 0 if nothing was tried.
  [[nodiscard]] int attempts() const noexcept { return certpush_report_attempts(get()); }

  /// The certificate's id, "" if the call was no push or an argument was refused.
  [[nodiscard]] std::string_view certificate_id() const noexcept CERTPUSH_LIFETIMEBOUND {
    return certpush_report_certificate_id(get());
  }

  /// The project that the certificate was pushed to, "" as above.
  [[nodiscard]] std::string_view target_project() const noexcept CERTPUSH_LIFETIMEBOUND {
    return certpush_report_target_project(get());
  }

  /// The service that the certificate was pushed to, "" as above.
  [[nodiscard]] std::string_view target_service() const noexcept CERTPUSH_LIFETIMEBOUND {
    return certpush_report_target_service(get());
  }

  /// The id that the certificate has on its target, "" if the service did not tell: only a batch
  /// push tells, of each target that got the certificate.
  [[nodiscard]] std::string_view target_certificate_id() const noexcept CERTPUSH_LIFETIMEBOUND {
    return certpush_report_target_certificate_id(get());
  }

  /// All of this as one JSON object on one line, which the command certpush prints for --json.
  [[nodiscard]] std::string_view json() const noexcept CERTPUSH_LIFETIMEBOUND {
    return certpush_report_json(get());
  }

 protected:
  readable() noexcept = default;
  readable(const readable &) noexcept = default;
  readable &operator=(const readable &) noexcept = default;
  ~readable() = default;

 private:
  const certpush_report *get() const noexcept {
    return static_cast<const Holder &>(*this).c_report();
  }
};

class list_answer;

/// Makes views of C's reports.
struct viewing;

}  // namespace detail

/// What is known of one call; see certpush.h for what each member says. Since 0.1.0.
class CERTPUSH_VISIBLE report : public detail::readable<report> {
 public:
  /// Nothing is known: a report for a noexcept twin to fill. It reads as status::invalid_argument
  /// and outcome::unknown.
  report() noexcept = default;

  report(const report &other) noexcept : report(other.c_report()) {}
  report(report &&) noexcept = default;
  report &operator=(const report &other) noexcept {
    *this = report(other);
    return *this;
  }
  report &operator=(report &&) noexcept = default;
  ~report() = default;

  /// What a receipt or an error says, for what takes reports. Since 0.2.0.
  template <class Holder>
  explicit report(const detail::readable<Holder> &other) noexcept
      : report(static_cast<const Holder &>(other).c_report()) {}

#if CERTPUSH_EXCEPTIONS
  /// Throws error, or in_doubt, with what this says, unless it is of a success. Since 0.2.0.
  void throw_if_failed() const;
#endif

  /// The report for the C functions; it stays this object's.
  [[nodiscard]] const certpush_report *c_report() const noexcept CERTPUSH_LIFETIMEBOUND {
    return handle_.get();
  }

  /// Where a C function puts a report: the last parameter of those that can fail. It converts to
  /// certpush_report ** for that call, at whose end this object has the new report; do not keep it.
  [[nodiscard]] auto receive() noexcept { return handle_.receive(); }

 private:
  explicit report(const certpush_report *other) noexcept : handle_(certpush_report_copy(other)) {}

  detail::owner<certpush_report, certpush_report_free> handle_{};
};

/// What became of one entry of a run of many pushes, as a progress function is told. It is gone when
/// that returns; report(view) makes a report that stays. Since 0.2.0.
class CERTPUSH_VISIBLE report_view : public detail::readable<report_view> {
 public:
  report_view(const report_view &) = delete;
  report_view &operator=(const report_view &) = delete;

  /// The report for the C functions; it stays certpush's.
  [[nodiscard]] const certpush_report *c_report() const noexcept CERTPUSH_LIFETIMEBOUND {
    return report_;
  }

 private:
  friend struct detail::viewing;

  explicit report_view(const certpush_report *report) noexcept : report_(report) {}

  const certpush_report *report_;
};

class result;

/// What became of each project of a batch push, or of each entry of a run of many pushes, in the order
/// asked for; or nothing, if the service told of none, or there was no run. Copies share one list,
/// which never changes. Since 0.2.0.
class CERTPUSH_VISIBLE report_list {
 public:
  class iterator;
  using value_type = result;
  using const_iterator = iterator;

  /// Nothing: a list for a noexcept twin to fill.
  report_list() noexcept = default;

  [[nodiscard]] std::size_t size() const noexcept {
    return certpush_report_list_count(c_report_list());
  }
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }

  /// What became of a project, or of an entry. Past the end it reads as a report that nothing has filled
  /// does.
  [[nodiscard]] result operator[](std::size_t index) const noexcept;

  [[nodiscard]] iterator begin() const noexcept;
  [[nodiscard]] iterator end() const noexcept;

  /// All as one JSON list on one line, "[]" for nothing.
  [[nodiscard]] std::string_view json() const noexcept CERTPUSH_LIFETIMEBOUND {
    return certpush_report_list_json(c_report_list());
  }

  /// The list for the C functions, nullptr for nothing; it stays this object's.
  [[nodiscard]] const certpush_report_list *c_report_list() const noexcept CERTPUSH_LIFETIMEBOUND {
    return state_.get() == nullptr ? nullptr : state_->handle();
  }

 private:
  friend class result;
  friend class detail::list_answer;

  using owner = detail::owner<certpush_report_list, certpush_report_list_free>;

  class state final : public detail::counted {
   public:
    explicit state(owner &&handle) noexcept : handle_(std::move(handle)) {}

    const certpush_report_list *handle() const noexcept { return handle_.get(); }

   private:
    owner handle_;
  };

  explicit report_list(owner &&handle)
      : state_(handle.get() == nullptr ? nullptr : new state(std::move(handle))) {}

  detail::shared<state> state_{};
};

/// What became of one project of a batch push, or of one entry of a run of many pushes. It keeps the
/// list that it is of. Since 0.2.0.
class CERTPUSH_VISIBLE result : public detail::readable<result> {
 public:
  /// The report for the C functions; it stays the list's.
  [[nodiscard]] const certpush_report *c_report() const noexcept CERTPUSH_LIFETIMEBOUND {
    return certpush_report_list_get(list_.c_report_list(), index_);
  }

 private:
  friend class report_list;

  result(report_list list, std::size_t index) noexcept : list_(std::move(list)), index_(index) {}

  report_list list_;
  std::size_t index_;
};

/// Goes through a list. Since 0.2.0.
class report_list::iterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = result;
  using difference_type = std::ptrdiff_t;
  using pointer = void;
  using reference = result;

  iterator() noexcept = default;

  [[nodiscard]] result operator*() const noexcept { return list_[index_]; }
  iterator &operator++() noexcept {
    ++index_;
    return *this;
  }
  iterator operator++(int) noexcept {
    iterator before = *this;
    ++index_;
    return before;
  }
  [[nodiscard]] friend bool operator==(const iterator &one, const iterator &other) noexcept {
    return one.index_ == other.index_;
  }
  [[nodiscard]] friend bool operator!=(const iterator &one, const iterator &other) noexcept {
    return one.index_ != other.index_;
  }

 private:
  friend class report_list;

  iterator(report_list list, std::size_t index) noexcept : list_(std::move(list)), index_(index) {}

  report_list list_{};
  std::size_t index_ = 0;
};

inline result report_list::operator[](std::size_t index) const noexcept { return {*this, index}; }
inline report_list::iterator report_list::begin() const noexcept { return {*this, 0}; }
inline report_list::iterator report_list::end() const noexcept { return {*this, size()}; }

namespace detail {

struct viewing {
  static report_view of(const certpush_report *report) noexcept { return report_view(report); }
};

/// Takes a list of reports from C, at the end of the call: what is read from the list that was there
/// before may be handed to that call.
class list_answer {
 public:
  explicit list_answer(report_list &results) noexcept : results_(results) {}
  list_answer(const list_answer &) = delete;
  list_answer &operator=(const list_answer &) = delete;
  ~list_answer() { results_ = report_list(std::move(handle_)); }

  [[nodiscard]] auto receive() noexcept { return handle_.receive(); }

 private:
  report_list &results_;
  report_list::owner handle_{};
};

}  // namespace detail

#if CERTPUSH_EXCEPTIONS

class in_doubt;
class receipt;
class batch_receipt;
class push_all_receipt;

namespace detail {

/// What is known of a call that is over, for all who hold it; it never changes.
class CERTPUSH_VISIBLE told final : public counted {
 public:
  told(report &&what, std::exception_ptr cause, report_list &&results) noexcept
      : what_(std::move(what)), cause_(std::move(cause)), results_(std::move(results)) {}

  const certpush_report *c_report() const noexcept { return what_.c_report(); }
  const std::exception_ptr &cause() const noexcept { return cause_; }
  const report_list &results() const noexcept { return results_; }

 private:
  report what_;
  std::exception_ptr cause_;
  report_list results_;
};

/// What a call has come to, in an exception or a receipt.
struct answer {
  [[noreturn]] static void failed(report &&what, std::exception_ptr cause = nullptr,
                                  report_list &&results = {});
  static receipt pushed(report &&what);
  static batch_receipt pushed(report &&what, report_list &&results);
  static push_all_receipt pushed_all(report &&what, report_list &&results);
};

}  // namespace detail

/// Why a call failed, and whether the certificate may have been pushed all the same: then it is
/// in_doubt. Copies share one report, and so do an error and what was moved from it: none ever
/// loses the answer. Since 0.1.0.
class CERTPUSH_VISIBLE error : public std::exception, public detail::readable<error> {
 public:
  error(const error &) noexcept = default;
  error &operator=(const error &) noexcept = default;

  /// As message().
  const char *what() const noexcept CERTPUSH_LIFETIMEBOUND override { return message().data(); }

  /// What the program's own interrupt, or the progress function of a run of many pushes, threw, if that
  /// is what ended the call. Since 0.2.0.
  [[nodiscard]] std::exception_ptr cause() const noexcept { return told_->cause(); }

  /// What became of each project of a batch push that did not reach all of them, or of each entry of a
  /// run of many pushes: after status::incomplete, and status::ok where a function of the program's own
  /// has thrown. Empty after anything else, and then what outcome() says holds for all of them.
  /// Since 0.2.0.
  [[nodiscard]] report_list results() const noexcept { return told_->results(); }

  /// The report for the C functions; it stays this object's.
  [[nodiscard]] const certpush_report *c_report() const noexcept CERTPUSH_LIFETIMEBOUND {
    return told_->c_report();
  }

 private:
  friend class in_doubt;
  friend struct detail::answer;

  explicit error(detail::shared<detail::told> told) noexcept : told_(std::move(told)) {}

  detail::shared<detail::told> told_;
};

/// An error after which the certificate may have been pushed: outcome() is not outcome::not_pushed. Look
/// at the target before a repeat; after a batch push or a run of many, at results(). Since 0.2.0.
class CERTPUSH_VISIBLE in_doubt : public error {
 private:
  friend struct detail::answer;

  explicit in_doubt(detail::shared<detail::told> told) noexcept : error(std::move(told)) {}
};

/// The proof of a push: the service answered that the certificate is on its target. Only a push
/// makes one; copies share one report, and what was moved from is a proof still. Since 0.1.0.
class CERTPUSH_VISIBLE receipt : public detail::readable<receipt> {
 public:
  receipt(const receipt &) noexcept = default;
  receipt &operator=(const receipt &) noexcept = default;

  /// The report for the C functions; it stays this object's.
  [[nodiscard]] const certpush_report *c_report() const noexcept CERTPUSH_LIFETIMEBOUND {
    return told_->c_report();
  }

 private:
  friend struct detail::answer;

  explicit receipt(detail::shared<detail::told> told) noexcept : told_(std::move(told)) {}

  detail::shared<detail::told> told_;
};

/// The proof of a batch push: the service answered that the certificate is on every target. Only a
/// batch push makes one; copies share it. Since 0.2.0.
class CERTPUSH_VISIBLE batch_receipt : public detail::readable<batch_receipt> {
 public:
  batch_receipt(const batch_receipt &) noexcept = default;
  batch_receipt &operator=(const batch_receipt &) noexcept = default;

  /// One for each project, in the order asked for, with the certificate's id there.
  [[nodiscard]] report_list results() const noexcept { return told_->results(); }

  /// The report of the whole for the C functions; it stays this object's.
  [[nodiscard]] const certpush_report *c_report() const noexcept CERTPUSH_LIFETIMEBOUND {
    return told_->c_report();
  }

 private:
  friend struct detail::answer;

  explicit batch_receipt(detail::shared<detail::told> told) noexcept : told_(std::move(told)) {}

  detail::shared<detail::told> told_;
};

/// The proof of a run of many pushes: every entry is pushed, now or, as the client's journal has it,
/// earlier. Only push_all makes one; copies share it. Since 0.2.0.
class CERTPUSH_VISIBLE push_all_receipt : public detail::readable<push_all_receipt> {
 public:
  push_all_receipt(const push_all_receipt &) noexcept = default;
  push_all_receipt &operator=(const push_all_receipt &) noexcept = default;

  /// One for each entry, in the order of the list. attempts() is 0 if it was pushed earlier.
  [[nodiscard]] report_list results() const noexcept { return told_->results(); }

  /// The report of the whole for the C functions; it stays this object's.
  [[nodiscard]] const certpush_report *c_report() const noexcept CERTPUSH_LIFETIMEBOUND {
    return told_->c_report();
  }

 private:
  friend struct detail::answer;

  explicit push_all_receipt(detail::shared<detail::told> told) noexcept : told_(std::move(told)) {}

  detail::shared<detail::told> told_;
};

namespace detail {

inline void answer::failed(report &&what, std::exception_ptr cause, report_list &&results) {
  // A run that has pushed everything, and of which a progress function has thrown, is one, too: what is
  // an error and no doubt was not pushed.
  const bool is_in_doubt = what.outcome() != outcome::not_pushed;
  shared<told> kept(new told(std::move(what), std::move(cause), std::move(results)));
  if (is_in_doubt) throw in_doubt(std::move(kept));
  throw error(std::move(kept));
}

inline receipt answer::pushed(report &&what) {
  return receipt(shared<told>(new told(std::move(what), nullptr, {})));
}

inline batch_receipt answer::pushed(report &&what, report_list &&results) {
  return batch_receipt(shared<told>(new told(std::move(what), nullptr, std::move(results))));
}

inline push_all_receipt answer::pushed_all(report &&what, report_list &&results) {
  return push_all_receipt(shared<told>(new told(std::move(what), nullptr, std::move(results))));
}

}  // namespace detail

inline void report::throw_if_failed() const {
  if (status() != certpush::status::ok) detail::answer::failed(report(*this));
}

namespace detail {

/// What a program's own function throws while a call runs, from there to the call's end. Calls may
/// be nested: a token source may push.
class CERTPUSH_VISIBLE thrown_inside {
 public:
  thrown_inside() noexcept : outer_(std::exchange(current(), this)) {}
  ~thrown_inside() { current() = outer_; }
  thrown_inside(const thrown_inside &) = delete;
  thrown_inside &operator=(const thrown_inside &) = delete;

  /// Keeps what a token source has thrown, and is being handled, for this thread's call.
  static void keep_from_source() noexcept {
    if (current() != nullptr) current()->from_source_ = std::current_exception();
  }

  /// The same for one that an interrupt has thrown.
  static void keep_from_interrupt() noexcept {
    if (current() != nullptr) current()->from_interrupt_ = std::current_exception();
  }

  /// The same for one that a progress function has thrown.
  static void keep_from_progress() noexcept {
    if (current() != nullptr) current()->from_progress_ = std::current_exception();
  }

  /// What ended a run of many pushes, nullptr if nothing was thrown. What a token source has thrown is
  /// in the reports.
  std::exception_ptr end_of_run() const noexcept {
    return from_progress_ != nullptr ? from_progress_ : from_interrupt_;
  }

  /// Throws what a call has failed with.
  [[noreturn]] void raise(report &&what, report_list &&results = {}) const {
    switch (what.status()) {
      case status::credentials_unavailable:
        if (from_source_ != nullptr) std::rethrow_exception(from_source_);
        break;
      case status::cancelled:
        // Itself it could not say whether the certificate may have been pushed.
        answer::failed(std::move(what), from_interrupt_);
      default:
        break;
    }
    answer::failed(std::move(what), nullptr, std::move(results));
  }

 private:
  static thrown_inside *&current() noexcept {
    static thread_local thrown_inside *innermost = nullptr;
    return innermost;
  }

  thrown_inside *outer_;
  std::exception_ptr from_source_{};
  std::exception_ptr from_interrupt_{};
  std::exception_ptr from_progress_{};
};

}  // namespace detail

#endif

namespace detail {

/// Overwrites what is going to be freed.
template <class Traits, class Allocator>
void wipe(std::basic_string<char, Traits, Allocator> &secret) noexcept {
  secret.resize(secret.capacity());
  // Nobody reads it any more: written otherwise, the compiler would leave it out.
  volatile char *byte = secret.data();
  for (std::size_t left = secret.size(); left > 0; --left) *byte++ = '\0';
}

template <class Token>
struct is_optional : std::false_type {};
template <class Token>
struct is_optional<std::optional<Token>> : std::true_type {};

template <class Token, class = void>
struct is_string : std::false_type {};
template <class Token>
struct is_string<Token, std::void_t<decltype(detail::wipe(std::declval<Token &>()))>>
    : std::true_type {};

/// A program's own function, kept for C to call.
template <class Function>
class kept_function final : public counted {
 public:
  explicit kept_function(Function &&function) : function_(std::move(function)) {}

  static Function &of(void *user) noexcept {
    return static_cast<kept_function *>(static_cast<counted *>(user))->function_;
  }

 private:
  Function function_;
};

template <class Function, class = void>
struct may_be_empty : std::is_pointer<Function> {};
template <class Function>
struct may_be_empty<Function, std::void_t<decltype(&Function::operator bool)>> : std::true_type {};

/// Keeps a function, or nothing of an empty one.
template <class Function>
shared<counted> kept(Function &&function) {
  using Kept = std::decay_t<Function>;
  if constexpr (may_be_empty<Kept>::value) {
    if (!function) return {};
  }
  return shared<counted>(new kept_function<Kept>(std::move(function)));
}

/// What a config and its clients call.
struct functions {
  shared<counted> log{};
  shared<counted> token_source{};
  shared<counted> interrupt{};
};

}  // namespace detail

/// Stops calls from another thread or a signal handler. It works once. Copies are the same cancel,
/// and so is what one was moved from: whoever holds it triggers it. certpush_stop_token.hpp has one
/// that a std::stop_token triggers. Since 0.1.0.
class cancel {
 public:
  /// A cancel that has not been triggered.
  cancel() noexcept : state_(new state) {}

  /// No cancel: calls that are given it run to their end.
  cancel(std::nullptr_t) noexcept {}

  cancel(const cancel &) noexcept = default;
  cancel &operator=(const cancel &) noexcept = default;

  /// Stops the calls that were given this cancel, within 100 ms, and all that will be given it.
  void trigger() const noexcept { certpush_cancel_trigger(c_cancel()); }

  /// The cancel for the C functions, nullptr for none; it stays this object's.
  [[nodiscard]] const certpush_cancel *c_cancel() const noexcept CERTPUSH_LIFETIMEBOUND {
    return state_.get() == nullptr ? nullptr : state_->handle();
  }

 protected:
  class state : public detail::counted {
   public:
    const certpush_cancel *handle() const noexcept { return handle_.get(); }

   private:
    detail::owner<certpush_cancel, certpush_cancel_free> handle_{certpush_cancel_new()};
  };

  explicit cancel(detail::shared<state> made) noexcept : state_(std::move(made)) {}

 private:
  detail::shared<state> state_{};
};

/// How long a call may take as a whole: any std::chrono duration, rounded up to milliseconds,
/// within the range of the option timeout_ms; of a run of many pushes, any. What is not positive is no
/// limit that a call could keep: a deadline that has passed is refused with status::invalid_argument.
/// {} and std::nullopt are the client's own, and no limit for a run. Since 0.2.0.
class time_limit {
 public:
  constexpr time_limit() noexcept = default;
  constexpr time_limit(std::nullopt_t) noexcept {}

  template <class Duration, std::enable_if_t<detail::is_duration<Duration>::value, int> = 0>
  constexpr time_limit(const Duration &time) noexcept : milliseconds_(detail::milliseconds(time)) {
    // To C, 0 is the client's.
    if (milliseconds_ == 0) milliseconds_ = -1;
  }

  template <class Duration, std::enable_if_t<detail::is_duration<Duration>::value, int> = 0>
  constexpr time_limit(const std::optional<Duration> &time) noexcept
      : time_limit(time ? time_limit(*time) : time_limit()) {}

  /// As C takes it.
  constexpr std::int64_t c_timeout_ms() const noexcept { return milliseconds_; }

 private:
  std::int64_t milliseconds_ = 0;
};

/// What one call does differently from its client:
///
///     client.push(id, project, service, {.timeout = 5s, .cancel = stop});  // since C++20
///     client.push(id, project, service, {5s, stop});
///
/// again pushes once more what the client's journal has as pushed; a target may then have a second
/// copy. What the journal does not know the end of is not pushed even so. Since 0.2.0.
struct call_options {
  time_limit timeout{};
  certpush::cancel cancel{nullptr};
  bool again = false;
};

// Code with and code without exceptions may be linked into one program: these classes differ.
#if CERTPUSH_EXCEPTIONS
inline namespace with_exceptions {
#else
inline namespace without_exceptions {
#endif

/// The question that a token source is asked, for a source that takes it as its argument. It is
/// gone when the source returns. Since 0.2.0.
class token_request {
 public:
  token_request(const token_request &) = delete;
  token_request &operator=(const token_request &) = delete;

  /// Answers with a token, which is copied at once. The last answer counts.
  void give(text token) noexcept {
    certpush_token_request_give(request_, token.data(), token.size());
  }

  /// Answers that there is no token, and why, in a line that may be shown and logged. The last
  /// answer counts.
  void fail(text why) noexcept {
    const std::string line(why.data() == nullptr ? "" : why.data(), why.size());
    certpush_token_request_fail(request_, why.data() == nullptr ? nullptr : line.c_str());
  }

 private:
  friend class config;
  explicit token_request(certpush_token_request *request) noexcept : request_(request) {}

  certpush_token_request *request_;
};

/// Options for clients. The functions that change it can be chained, on a temporary config, too. A
/// copy is a config of its own; both call the same functions. Since 0.1.0.
class config {
 public:
  /// Every option has its default.
  config() noexcept : handle_(certpush_config_new()) {}

  config(const config &other) noexcept
      : handle_(certpush_config_copy(other.handle_.get())), functions_(other.functions_) {}
  config(config &&) noexcept = default;
  config &operator=(const config &other) noexcept {
    *this = config(other);
    return *this;
  }
  config &operator=(config &&) noexcept = default;
  ~config() = default;

#if CERTPUSH_EXCEPTIONS
  /// Sets an option, such as "region", "retries" or "timeout_ms". A duration is rounded up to whole
  /// milliseconds, and refused where the option counts something else. Throws error.
  config &set(text key, const option_value &value) & CERTPUSH_LIFETIMEBOUND {
    report what;
    if (!set(key, value, what)) detail::answer::failed(std::move(what));
    return *this;
  }
  config &&set(text key, const option_value &value) && CERTPUSH_LIFETIMEBOUND {
    return std::move(set(key, value));
  }

  /// Sets options from one text: a JSON object, or lines KEY=VALUE; see
  /// certpush_config_set_options(). All of them, or none. Throws error. Since 0.2.0.
  config &set_options(text options) & CERTPUSH_LIFETIMEBOUND {
    report what;
    if (!set_options(options, what)) detail::answer::failed(std::move(what));
    return *this;
  }
  config &&set_options(text options) && CERTPUSH_LIFETIMEBOUND {
    return std::move(set_options(options));
  }

  /// Reads the options from the environment: CERTPUSH_REGION and so on. What is set counts more.
  /// Throws error.
  config &load_env() & CERTPUSH_LIFETIMEBOUND {
    report what;
    if (!load_env(what)) detail::answer::failed(std::move(what));
    return *this;
  }
  config &&load_env() && CERTPUSH_LIFETIMEBOUND { return std::move(load_env()); }

  /// Has log called for each push and each warning, with a log_level and a std::string_view, on the
  /// thread that makes the call: by several threads at once if several use the client. nullptr, or
  /// a function that is empty, for none. What it throws is dropped. It is kept as long as this
  /// config, its copies and their clients. Throws error.
  template <class Log>
  config &log(Log function) & CERTPUSH_LIFETIMEBOUND {
    report what;
    if (!log(std::move(function), what)) detail::answer::failed(std::move(what));
    return *this;
  }
  config &log(std::nullptr_t) & CERTPUSH_LIFETIMEBOUND { return log<no_log>(nullptr); }
  template <class Log>
  config &&log(Log function) && CERTPUSH_LIFETIMEBOUND {
    return std::move(log(std::move(function)));
  }
  config &&log(std::nullptr_t) && CERTPUSH_LIFETIMEBOUND { return std::move(log(nullptr)); }

  /// Has source asked for the token of each push, instead of any credential among the options, on
  /// the thread that makes the call: by several threads at once if several use the client. nullptr,
  /// or a function that is empty, for none. A source is called without an argument and returns the
  /// token, a std::string or what a std::string_view can be made of, or a std::optional of that,
  /// empty if there is none; or it is called with a token_request & and answers there. A string
  /// that it returns is wiped when the token was taken from it.
  ///
  /// A source that gives no token, or throws, is asked again as often as the option retries allows.
  /// Then the push fails with status::credentials_unavailable, or throws what the source threw. It
  /// is kept as long as this config, its copies and their clients. Throws error.
  template <class Source>
  config &token_source(Source function) & CERTPUSH_LIFETIMEBOUND {
    report what;
    if (!token_source(std::move(function), what)) detail::answer::failed(std::move(what));
    return *this;
  }
  config &token_source(std::nullptr_t) & CERTPUSH_LIFETIMEBOUND {
    return token_source<no_source>(nullptr);
  }
  template <class Source>
  config &&token_source(Source function) && CERTPUSH_LIFETIMEBOUND {
    return std::move(token_source(std::move(function)));
  }
  config &&token_source(std::nullptr_t) && CERTPUSH_LIFETIMEBOUND {
    return std::move(token_source(nullptr));
  }

  /// Has check asked whether a call shall end, at least every 50 ms while one waits and at once
  /// when a signal has interrupted that, on the thread that makes the call: by several threads at
  /// once if several use the client. true ends the call with status::cancelled; so does what check
  /// throws, which error::cause() has then. It is asked while a client is made, too. nullptr, or a
  /// function that is empty, for none. It is kept as long as this config, its copies and their
  /// clients. Throws error. Since 0.2.0.
  template <class Check>
  config &interrupt(Check function) & CERTPUSH_LIFETIMEBOUND {
    report what;
    if (!interrupt(std::move(function), what)) detail::answer::failed(std::move(what));
    return *this;
  }
  config &interrupt(std::nullptr_t) & CERTPUSH_LIFETIMEBOUND {
    return interrupt<no_check>(nullptr);
  }
  template <class Check>
  config &&interrupt(Check function) && CERTPUSH_LIFETIMEBOUND {
    return std::move(interrupt(std::move(function)));
  }
  config &&interrupt(std::nullptr_t) && CERTPUSH_LIFETIMEBOUND {
    return std::move(interrupt(nullptr));
  }
#endif

  /// As the function without a report, but returns whether it succeeded.
  [[nodiscard]] bool set(text key, const option_value &value, report &what) noexcept {
    if (!value.is_duration() || key.data() == nullptr || is_of_milliseconds(key)) {
      return set_c(key, value, what);
    }
    // Of another option the number would be a count: the library shall say that there is none.
    return set_c(std::string(key.data(), key.size()) + " in milliseconds", value, what);
  }

  /// As the function without a report, but returns whether it succeeded. Since 0.2.0.
  [[nodiscard]] bool set_options(text options, report &what) noexcept {
    return certpush_config_set_options(handle_.get(), options.data(), detail::length_of(options),
                                       what.receive()) == CERTPUSH_OK;
  }

  /// As the function without a report, but returns whether it succeeded.
  [[nodiscard]] bool load_env(report &what) noexcept {
    return certpush_config_load_env(handle_.get(), what.receive()) == CERTPUSH_OK;
  }

  /// As the function without a report, but returns whether it succeeded.
  template <class Log>
  [[nodiscard]] bool log(Log function, report &what) noexcept {
    static_assert(std::is_invocable_v<Log &, log_level, std::string_view>,
                  "a log is called with a certpush::log_level and a std::string_view");
    auto kept = detail::kept(std::move(function));
    if (certpush_config_set_log(handle_.get(), kept.get() == nullptr ? nullptr : &config::tell<Log>,
                                kept.get(), what.receive()) != CERTPUSH_OK) {
      return false;
    }
    functions_.log = std::move(kept);
    return true;
  }
  [[nodiscard]] bool log(std::nullptr_t, report &what) noexcept {
    return log<no_log>(nullptr, what);
  }

  /// As the function without a report, but returns whether it succeeded.
  template <class Source>
  [[nodiscard]] bool token_source(Source function, report &what) noexcept {
    static_assert(
        std::is_invocable_v<Source &> || std::is_invocable_v<Source &, token_request &>,
        "a token source is called without an argument, or with a certpush::token_request &");
    auto kept = detail::kept(std::move(function));
    if (certpush_config_set_token_source(handle_.get(),
                                         kept.get() == nullptr ? nullptr : &config::ask<Source>,
                                         kept.get(), what.receive()) != CERTPUSH_OK) {
      return false;
    }
    functions_.token_source = std::move(kept);
    return true;
  }
  [[nodiscard]] bool token_source(std::nullptr_t, report &what) noexcept {
    return token_source<no_source>(nullptr, what);
  }

  /// As the function without a report, but returns whether it succeeded. Since 0.2.0.
  template <class Check>
  [[nodiscard]] bool interrupt(Check function, report &what) noexcept {
    static_assert(
        std::is_invocable_r_v<bool, Check &>,
        "an interrupt is called without an argument and returns whether the call shall end");
    auto kept = detail::kept(std::move(function));
    if (certpush_config_set_interrupt(handle_.get(),
                                      kept.get() == nullptr ? nullptr : &config::shall_end<Check>,
                                      kept.get(), what.receive()) != CERTPUSH_OK) {
      return false;
    }
    functions_.interrupt = std::move(kept);
    return true;
  }
  [[nodiscard]] bool interrupt(std::nullptr_t, report &what) noexcept {
    return interrupt<no_check>(nullptr, what);
  }

 private:
  friend class client;

  static bool is_of_milliseconds(text key) noexcept {
    constexpr std::string_view end = "_ms";
    const std::string_view name(key.data(), key.size());
    return name.size() >= end.size() && name.substr(name.size() - end.size()) == end;
  }

  using no_log = void (*)(log_level, std::string_view);
  using no_source = std::string (*)();
  using no_check = bool (*)();

  bool set_c(text key, const option_value &value, report &what) noexcept {
    return certpush_config_set_n(handle_.get(), key.data(), detail::length_of(key), value.data(),
                                 detail::length_of(value), what.receive()) == CERTPUSH_OK;
  }

  template <class Log>
  static void tell(void *user, std::int32_t level, const char *line) noexcept {
    auto &function = detail::kept_function<Log>::of(user);
#if CERTPUSH_EXCEPTIONS
    try {
      function(static_cast<log_level>(level), std::string_view(line));
    } catch (...) {
      // Rust could not let it pass, and the push it tells of is over.
    }
#else
    function(static_cast<log_level>(level), std::string_view(line));
#endif
  }

  template <class Check>
  static std::int32_t shall_end(void *user) noexcept {
    auto &check = detail::kept_function<Check>::of(user);
#if CERTPUSH_EXCEPTIONS
    try {
      return static_cast<bool>(check()) ? 1 : 0;
    } catch (...) {
      detail::thrown_inside::keep_from_interrupt();
      return 1;
    }
#else
    return static_cast<bool>(check()) ? 1 : 0;
#endif
  }

  template <class Source>
  static void ask(void *user, certpush_token_request *c_request) noexcept {
    auto &source = detail::kept_function<Source>::of(user);
    token_request request(c_request);
#if CERTPUSH_EXCEPTIONS
    try {
      answer(source, request);
    } catch (const std::exception &exception) {
      detail::thrown_inside::keep_from_source();
      request.fail(exception.what());
    } catch (...) {
      detail::thrown_inside::keep_from_source();
      request.fail("it threw something else than a std::exception");
    }
#else
    answer(source, request);
#endif
  }

  template <class Source>
  static void answer(Source &source, token_request &request) {
    if constexpr (std::is_invocable_v<Source &, token_request &>) {
      source(request);
    } else {
      auto &&token = source();
      using Token = decltype(source());
      if constexpr (detail::is_optional<std::decay_t<Token>>::value) {
        if (token) give<std::is_reference_v<Token>>(*token, request);
      } else {
        give<std::is_reference_v<Token>>(token, request);
      }
    }
  }

  /// Gives a token, and wipes it unless it is the source's own.
  template <bool is_the_sources, class Token>
  static void give(Token &token, token_request &request) {
    request.give(token);
    if constexpr (!is_the_sources && detail::is_string<Token>::value) detail::wipe(token);
  }

  detail::owner<certpush_config, certpush_config_free> handle_;
  detail::functions functions_{};
};

/// Certificates to push, and where to, for client.push_all(). Every entry is within the documented
/// limits, and none is there twice. The functions that change it can be chained. Since 0.2.0.
class push_list {
 public:
  /// Without entries.
  push_list() noexcept : handle_(certpush_push_list_new()) {}

#if CERTPUSH_EXCEPTIONS
  /// Adds one entry to the end. What push() would refuse, what has blanks around it, and what is there
  /// already throws error; the list stays as it was.
  push_list &add(text certificate_id, text target_project, text target_service) & CERTPUSH_LIFETIMEBOUND {
    report what;
    if (!add(certificate_id, target_project, target_service, what)) {
      detail::answer::failed(std::move(what));
    }
    return *this;
  }
  push_list &&add(text certificate_id, text target_project,
                  text target_service) && CERTPUSH_LIFETIMEBOUND {
    return std::move(add(certificate_id, target_project, target_service));
  }

  /// Adds all entries of a text, such as a file's content: CSV whose first line is
  /// certificate_id,target_project,target_service, or JSON Lines; see certpush_push_list_read_n(). All of
  /// them, or none: throws error, whose message names the first faults by their lines.
  push_list &read(text entries) & CERTPUSH_LIFETIMEBOUND {
    report what;
    if (!read(entries, what)) detail::answer::failed(std::move(what));
    return *this;
  }
  push_list &&read(text entries) && CERTPUSH_LIFETIMEBOUND { return std::move(read(entries)); }
#endif

  /// As the function without a report, but returns whether it succeeded.
  [[nodiscard]] bool add(text certificate_id, text target_project, text target_service,
                         report &what) noexcept {
    return certpush_push_list_add_n(handle_.get(), certificate_id.data(),
                                    detail::length_of(certificate_id), target_project.data(),
                                    target_project.size(), target_service.data(),
                                    detail::length_of(target_service), what.receive()) == CERTPUSH_OK;
  }

  /// As the function without a report, but returns whether it succeeded.
  [[nodiscard]] bool read(text entries, report &what) noexcept {
    return certpush_push_list_read_n(handle_.get(), entries.data(), detail::length_of(entries),
                                     what.receive()) == CERTPUSH_OK;
  }

  [[nodiscard]] std::size_t size() const noexcept { return certpush_push_list_count(handle_.get()); }
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }

  /// The list for the C functions; it stays this object's.
  [[nodiscard]] const certpush_push_list *c_push_list() const noexcept CERTPUSH_LIFETIMEBOUND {
    return handle_.get();
  }

 private:
  detail::owner<certpush_push_list, certpush_push_list_free> handle_;
};

/// Pushes certificates to one endpoint with one credential. It never changes, and any number of
/// threads may share it. Since 0.1.0.
class client {
 public:
  client(client &&) noexcept = default;
  client &operator=(client &&other) noexcept {
    if (this != &other) {
      // What was here goes in the order in which it must: the handle first.
      const client replaced(std::move(*this));
      functions_ = std::move(other.functions_);
      handle_ = std::move(other.handle_);
    }
    return *this;
  }
  client(const client &) = delete;
  client &operator=(const client &) = delete;
  ~client() = default;

  /// Makes a client, or nothing. Reads the files that the options name; sends nothing.
  [[nodiscard]] static std::optional<client> make(const config &from, report &what) noexcept {
#if CERTPUSH_EXCEPTIONS
    const detail::thrown_inside dropped;
#endif
    return make_c(from, what);
  }

  /// Makes a client from one text of options, as config().set_options() takes it, or nothing.
  /// Since 0.2.0.
  [[nodiscard]] static std::optional<client> open(text options, report &what) noexcept {
    client made;
    if (certpush_client_open(options.data(), detail::length_of(options), made.handle_.receive(),
                             what.receive()) != CERTPUSH_OK) {
      return std::nullopt;
    }
    return made;
  }

#if CERTPUSH_EXCEPTIONS
  /// Makes a client. Reads the files that the options name; sends nothing. Throws error.
  explicit client(const config &from) {
    const detail::thrown_inside thrown;
    report what;
    auto made = make_c(from, what);
    if (!made) thrown.raise(std::move(what));
    *this = std::move(*made);
  }

  /// Makes a client from one text of options, as config().set_options() takes it:
  ///
  ///     const auto client = certpush::client::open("region=ap-southeast-1\nload_env=true");
  ///
  /// Reads the files that the options name; sends nothing. Throws error. Since 0.2.0.
  [[nodiscard]] static client open(text options) {
    report what;
    auto made = open(options, what);
    if (!made) detail::answer::failed(std::move(what));
    return std::move(*made);
  }

  /// Makes a connection, TLS handshake included, and keeps it for the next push. Sends no
  /// request. Throws error.
  void connect(const call_options &options = {}) const {
    const detail::thrown_inside thrown;
    report what;
    if (!connect_c(what, options)) thrown.raise(std::move(what));
  }

  /// Pushes a certificate to a service in a project, and waits for the answer. Throws error, as
  /// in_doubt if the certificate may have been pushed all the same; or what a token source threw:
  /// then it was not pushed.
  receipt push(text certificate_id, text target_project, text target_service,
               const call_options &options = {}) const {
    const detail::thrown_inside thrown;
    report what;
    if (!push_c(certificate_id, target_project, target_service, what, options)) {
      thrown.raise(std::move(what));
    }
    return detail::answer::pushed(std::move(what));
  }

  /// Pushes a certificate to one service in 1 to 10 projects by one request, and waits for the answer:
  ///
  ///     client.batch_push(id, "ap-southeast-1,ap-southeast-3", "ELB")
  ///
  /// Throws error, as in_doubt if the certificate may be on a target all the same. With
  /// status::incomplete the service answered, and results() tells of each project. After anything
  /// else what outcome() says holds for all of them: one time-out, one lost connection leaves all of
  /// them in doubt. Since 0.2.0.
  batch_receipt batch_push(text certificate_id, text target_projects, text target_service,
                           const call_options &options = {}) const {
    const detail::thrown_inside thrown;
    report_list results;
    report what;
    if (!batch_push_c(certificate_id, target_projects, target_service, results, what, options)) {
      thrown.raise(std::move(what), std::move(results));
    }
    return detail::answer::pushed(std::move(what), std::move(results));
  }

  /// Pushes all entries of a list, one request each, as many at the same time as the option jobs says,
  /// and waits for all of them; certpush_push_all() tells what holds a run back and what stops it.
  /// options.timeout is that of the run as a whole.
  ///
  /// Throws error, as in_doubt if a certificate may be on a target, with status::incomplete if an entry
  /// is not pushed: results() tells of each, whatever happened to the others. After anything else there
  /// are none, and nothing was sent. Since 0.2.0.
  push_all_receipt push_all(const push_list &list, const call_options &options = {}) const {
    return push_all(list, options, no_progress());
  }

  /// The same, and has progress told of each entry when it has ended, with its index in the list and a
  /// const report_view &, on the calling thread, one entry after the other:
  ///
  ///     client.push_all(list, {}, [](std::size_t index, const certpush::report_view &told) {
  ///       std::cout << index << ": " << told.message() << '\n';
  ///     });
  ///
  /// A progress function returns nothing, or a bool: true has no more begun, as from an interrupt. If it
  /// throws, no more is begun, it is not called again, and when all that is under way has ended, an error
  /// is thrown that carries both: cause() is what it threw, and results() tells of each entry. That is so
  /// if every entry was pushed all the same, too: the error is in_doubt then, with status::ok.
  template <class Progress>
  push_all_receipt push_all(const push_list &list, const call_options &options,
                            Progress &&progress) const {
    const detail::thrown_inside thrown;
    report_list results;
    report what;
    const bool is_pushed = push_all_c(list, results, what, options, progress);
    std::exception_ptr cause = thrown.end_of_run();
    if (!is_pushed || cause != nullptr) {
      detail::answer::failed(std::move(what), std::move(cause), std::move(results));
    }
    return detail::answer::pushed_all(std::move(what), std::move(results));
  }
#endif

  /// As the function without a report, but returns whether it succeeded.
  [[nodiscard]] bool connect(report &what, const call_options &options = {}) const noexcept {
#if CERTPUSH_EXCEPTIONS
    const detail::thrown_inside dropped;
#endif
    return connect_c(what, options);
  }

  /// As the function without a report, but returns whether it succeeded.
  [[nodiscard]] bool push(text certificate_id, text target_project, text target_service,
                          report &what, const call_options &options = {}) const noexcept {
#if CERTPUSH_EXCEPTIONS
    const detail::thrown_inside dropped;
#endif
    return push_c(certificate_id, target_project, target_service, what, options);
  }

  /// As the function without a report, but returns whether every project got the certificate. The
  /// results are empty unless the service told of them. Since 0.2.0.
  [[nodiscard]] bool batch_push(text certificate_id, text target_projects, text target_service,
                                report_list &results, report &what,
                                const call_options &options = {}) const noexcept {
#if CERTPUSH_EXCEPTIONS
    const detail::thrown_inside dropped;
#endif
    return batch_push_c(certificate_id, target_projects, target_service, results, what, options);
  }

  /// As the function without a report, but returns whether every entry is pushed. The results are empty
  /// if there was no run. Since 0.2.0.
  [[nodiscard]] bool push_all(const push_list &list, report_list &results, report &what,
                              const call_options &options = {}) const noexcept {
    return push_all(list, results, what, options, no_progress());
  }

  /// The same, with progress as for the function without a report. If it throws, no more is begun, and
  /// what it threw is dropped.
  template <class Progress>
  [[nodiscard]] bool push_all(const push_list &list, report_list &results, report &what,
                              const call_options &options, Progress &&progress) const noexcept {
#if CERTPUSH_EXCEPTIONS
    const detail::thrown_inside dropped;
#endif
    return push_all_c(list, results, what, options, progress);
  }

  /// Endpoint, credentials and where they came from, one item on each line; no secrets.
  [[nodiscard]] std::string_view describe() const noexcept CERTPUSH_LIFETIMEBOUND {
    return certpush_client_describe(handle_.get());
  }

  /// Ends running calls and refuses later ones, with status::cancelled. Any thread may call it.
  void close() const noexcept { certpush_client_close(handle_.get()); }

 private:
  client() noexcept = default;

  using no_progress = void (*)(std::size_t, const report_view &);

  static std::optional<client> make_c(const config &from, report &what) noexcept {
    client made;
    if (certpush_client_new(from.handle_.get(), made.handle_.receive(), what.receive()) !=
        CERTPUSH_OK) {
      return std::nullopt;
    }
    made.functions_ = from.functions_;
    return made;
  }

  bool connect_c(report &what, const call_options &options) const noexcept {
    return certpush_client_connect_within(handle_.get(), options.timeout.c_timeout_ms(),
                                   options.cancel.c_cancel(), what.receive()) == CERTPUSH_OK;
  }

  bool push_c(text certificate_id, text target_project, text target_service, report &what,
              const call_options &options) const noexcept {
    const auto call = options.again ? &certpush_push_again_n : &certpush_push_n;
    return call(handle_.get(), certificate_id.data(), detail::length_of(certificate_id),
                target_project.data(), target_project.size(), target_service.data(),
                detail::length_of(target_service), options.timeout.c_timeout_ms(),
                options.cancel.c_cancel(), what.receive()) == CERTPUSH_OK;
  }

  template <class Progress>
  bool push_all_c(const push_list &list, report_list &results, report &what,
                  const call_options &options, Progress &progress) const noexcept {
    static_assert(std::is_invocable_v<Progress &, std::size_t, const report_view &>,
                  "a progress function is called with a std::size_t and a const certpush::report_view &");
    telling<Progress> told{progress};
    const auto run = options.again ? &certpush_push_all_again : &certpush_push_all;
    detail::list_answer answer(results);
    return run(handle_.get(), list.c_push_list(), options.timeout.c_timeout_ms(), told.c_progress(),
               &told, options.cancel.c_cancel(), answer.receive(), what.receive()) == CERTPUSH_OK;
  }

  /// A progress function, for C to call while a run lasts.
  template <class Progress>
  class telling {
   public:
    explicit telling(Progress &progress) noexcept : progress_(progress) {}
    telling(const telling &) = delete;
    telling &operator=(const telling &) = delete;

    /// The function for C, nullptr for one that is empty.
    certpush_progress_fn c_progress() const noexcept {
      if constexpr (detail::may_be_empty<std::remove_const_t<Progress>>::value) {
        if (!progress_) return nullptr;
      }
      return &telling::tell;
    }

   private:
    using returned = std::invoke_result_t<Progress &, std::size_t, const report_view &>;
    static_assert(std::is_void_v<returned> || std::is_same_v<returned, bool>,
                  "a progress function returns nothing, or a bool: whether no more is to be begun");

    static std::int32_t tell(void *user, std::size_t index, const certpush_report *c_report) noexcept {
      auto &told = *static_cast<telling *>(user);
#if CERTPUSH_EXCEPTIONS
      if (told.has_thrown_) return 1;
      try {
        return told.call(index, c_report);
      } catch (...) {
        // Rust could not let it pass.
        told.has_thrown_ = true;
        detail::thrown_inside::keep_from_progress();
        return 1;
      }
#else
      return told.call(index, c_report);
#endif
    }

    std::int32_t call(std::size_t index, const certpush_report *c_report) {
      const report_view view = detail::viewing::of(c_report);
      if constexpr (std::is_void_v<returned>) {
        progress_(index, view);
        return 0;
      } else {
        return progress_(index, view) ? 1 : 0;
      }
    }

    Progress &progress_;
#if CERTPUSH_EXCEPTIONS
    bool has_thrown_ = false;
#endif
  };

  bool batch_push_c(text certificate_id, text target_projects, text target_service,
                    report_list &results, report &what, const call_options &options) const noexcept {
    detail::list_answer answer(results);
    return certpush_batch_push_n(handle_.get(), certificate_id.data(), detail::length_of(certificate_id),
                                 target_projects.data(), detail::length_of(target_projects),
                                 target_service.data(), detail::length_of(target_service),
                                 options.timeout.c_timeout_ms(), options.cancel.c_cancel(),
                                 answer.receive(), what.receive()) == CERTPUSH_OK;
  }

  // Freed last: the client calls them.
  detail::functions functions_{};
  detail::owner<certpush_client, certpush_client_free> handle_{};
};

/// One push without a client, with options from the environment. endpoint and token count more
/// than the environment's unless they are nullptr. Returns whether it succeeded. Since 0.1.0.
[[nodiscard]] inline bool push_once(const char *endpoint, const char *token,
                                    const char *certificate_id, const char *target_project,
                                    const char *target_service, report &what) noexcept {
  return certpush_push_once(endpoint, token, certificate_id, target_project, target_service,
                            what.receive()) == CERTPUSH_OK;
}

/// Writes into a journal, the file that the option journal names, what a person, or a look at the target,
/// has found out about a push that is status::unsettled: outcome::pushed or outcome::not_pushed. The
/// client that has the journal must be gone. A later run tells of the push as pushed, or makes it. Returns
/// whether it succeeded. Since 0.2.0.
[[nodiscard]] inline bool settle(text journal, text certificate_id, text target_project,
                                 text target_service, outcome found, report &what) noexcept {
  // C refuses what is neither.
  const std::int32_t pushed = found == outcome::pushed ? 1 : found == outcome::not_pushed ? 0 : -1;
  return certpush_journal_settle_n(journal.data(), detail::length_of(journal), certificate_id.data(),
                                   detail::length_of(certificate_id), target_project.data(),
                                   target_project.size(), target_service.data(),
                                   detail::length_of(target_service), pushed,
                                   what.receive()) == CERTPUSH_OK;
}

/// What a journal does not know the end of: the pushes that are to be settled, each with the report
/// status::unsettled that a run gives it, the oldest first. The client that has the journal must be gone.
/// Returns whether it succeeded; pushes is empty if not. Since 0.2.0.
[[nodiscard]] inline bool unsettled(text journal, report_list &pushes, report &what) noexcept {
  detail::list_answer answer(pushes);
  return certpush_journal_unsettled_n(journal.data(), detail::length_of(journal), answer.receive(),
                                      what.receive()) == CERTPUSH_OK;
}

#if CERTPUSH_EXCEPTIONS
/// As the function with a report, but throws error. Since 0.2.0.
[[nodiscard]] inline report_list unsettled(text journal) {
  report_list pushes;
  report what;
  if (!unsettled(journal, pushes, what)) detail::answer::failed(std::move(what));
  return pushes;
}

/// As the function with a report, but throws error. Since 0.2.0.
inline void settle(text journal, text certificate_id, text target_project, text target_service,
                   outcome found) {
  report what;
  if (!settle(journal, certificate_id, target_project, target_service, found, what)) {
    detail::answer::failed(std::move(what));
  }
}

/// As the function with a report, but throws error. Since 0.1.0.
inline receipt push_once(const char *endpoint, const char *token, const char *certificate_id,
                         const char *target_project, const char *target_service) {
  report what;
  if (!push_once(endpoint, token, certificate_id, target_project, target_service, what)) {
    detail::answer::failed(std::move(what));
  }
  return detail::answer::pushed(std::move(what));
}
#endif

}  // namespace with_exceptions, without_exceptions
}  // namespace certpush

/// Lets a std::error_code be made from a status. Since 0.2.0.
template <>
struct std::is_error_code_enum<certpush::status> : std::true_type {};

#undef CERTPUSH_LIFETIMEBOUND
#undef CERTPUSH_VISIBLE

#endif
