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
///     } catch (const certpush::error &error) {
///       std::cout << error.what() << '\n';
///       if (error.outcome_unknown()) std::cout << "look at the target before a repeat\n";
///     }
///
/// Each function that throws certpush::error has a noexcept twin, which takes a report to fill and
/// returns whether the call succeeded. Without exceptions (-fno-exceptions) the twins are what
/// there is:
///
///     certpush::report what;
///     if (!client->push("scs1600313391074", "ap-southeast-3", "ELB", what)) log(what.message());
///
/// After a call that succeeded and had nothing to push, the report says so, with status::ok.
///
/// Objects own what they stand for and can be moved, not copied; errors can be copied. A config, a
/// client or a report that was moved from, or a default report, is as NULL is in C: calls on it fail
/// with status::invalid_argument, and nothing reads as a success. An error or a cancel that was moved
/// from is still what it was: both share it. A std::string_view that a function returns has a NUL
/// after its end and lives as long as the object that it was read from; a report keeps it until the
/// call that fills it next has ended, so it may be handed to that call. When small memory is
/// exhausted, the noexcept twins end the program.

#ifndef CERTPUSH_HPP
#define CERTPUSH_HPP

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#if defined(__has_include)
#if __has_include(<stop_token>) && __cplusplus >= 202002L
#include <stop_token>
#endif
#endif

#include "certpush.h"

/// 1 if the functions that throw are there, else 0.
#if defined(__cpp_exceptions) || defined(__EXCEPTIONS) || defined(_CPPUNWIND)
#define CERTPUSH_EXCEPTIONS 1
#else
#define CERTPUSH_EXCEPTIONS 0
#endif

namespace certpush {

// Code with and code without exceptions may be linked into one program: the classes differ.
#if CERTPUSH_EXCEPTIONS
inline namespace with_exceptions {
#else
inline namespace without_exceptions {
#endif

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
  incomplete = CERTPUSH_INCOMPLETE,
  internal = CERTPUSH_INTERNAL,
  // end of generated
};

/// The name of a status in C, such as "CERTPUSH_TIMEOUT". Since 0.1.0.
inline std::string_view name(status which) noexcept {
  return certpush_status_name(static_cast<std::int32_t>(which));
}

/// What a status means, in one sentence without a final stop. Since 0.1.0.
inline std::string_view message(status which) noexcept {
  return certpush_status_message(static_cast<std::int32_t>(which));
}

/// How much a log line matters. Since 0.1.0.
enum class log_level : std::int32_t {
  info = CERTPUSH_LOG_INFO,
  warning = CERTPUSH_LOG_WARNING,
  error = CERTPUSH_LOG_ERROR,
};

/// The version of the library that runs, such as "0.2.0". Since 0.1.0.
inline std::string_view version() noexcept { return certpush_version(); }

/// Text that is handed in: whatever a std::string_view can be made of, and {} for "". A pointer that
/// is null is handed on as it is, and refused by the argument's name. Numbers and nullptr are no text:
/// set("retries", 0) does not compile. Since 0.1.0.
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

  /// Where it begins, nullptr if it was made from a null pointer.
  constexpr const char *data() const noexcept { return data_; }
  constexpr std::size_t size() const noexcept { return size_; }

 private:
  const char *data_ = "";
  std::size_t size_ = 0;
};

namespace detail {

/// The length for a C function that refuses NULL with any length but 0.
constexpr std::size_t length_of(const text &given) noexcept {
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

/// What can be read from a report, for everything that has one.
template <class Holder>
class readable {
 public:
  /// The status of the call.
  certpush::status status() const noexcept {
    return static_cast<certpush::status>(certpush_report_status(get()));
  }

  /// What happened, in one line that is fit for a log.
  std::string_view message() const noexcept { return certpush_report_message(get()); }

  /// What to do about it, "" if nothing is known.
  std::string_view hint() const noexcept { return certpush_report_hint(get()); }

  /// How far the call had come when it failed, such as "connect"; "" after a success.
  std::string_view phase() const noexcept { return certpush_report_phase(get()); }

  /// The HTTP status of the last answer, 0 if there was none.
  int http_status() const noexcept { return certpush_report_http_status(get()); }

  /// The service's error_code, such as "SCM.0069", or "".
  std::string_view service_code() const noexcept { return certpush_report_service_code(get()); }

  /// The service's error_msg, or "".
  std::string_view service_message() const noexcept {
    return certpush_report_service_message(get());
  }

  /// The service's id of the request, or "": Huawei Cloud's support asks for it.
  std::string_view request_id() const noexcept { return certpush_report_request_id(get()); }

  /// Whether the same call may simply be made again: it provably pushed nothing, and what stopped
  /// it may pass.
  bool retryable() const noexcept { return certpush_report_retryable(get()) != 0; }

  /// Whether the certificate may have been pushed although the call failed.
  bool outcome_unknown() const noexcept { return certpush_report_outcome_unknown(get()) != 0; }

  /// How long the service asks to wait before another call.
  std::optional<std::chrono::milliseconds> retry_after() const noexcept {
    const std::int64_t wait = certpush_report_retry_after_ms(get());
    if (wait < 0) return std::nullopt;
    return std::chrono::milliseconds(wait);
  }

  /// How many attempts were begun, 0 if nothing was tried.
  int attempts() const noexcept { return certpush_report_attempts(get()); }

  /// The certificate's id, "" if the call was no push or an argument was refused.
  std::string_view certificate_id() const noexcept {
    return certpush_report_certificate_id(get());
  }

  /// The project that the certificate was pushed to, "" as above.
  std::string_view target_project() const noexcept {
    return certpush_report_target_project(get());
  }

  /// The service that the certificate was pushed to, "" as above.
  std::string_view target_service() const noexcept {
    return certpush_report_target_service(get());
  }

  /// The id that the certificate has on its target, "" if the service did not tell: only a batch
  /// push tells, of each target that got the certificate.
  std::string_view target_certificate_id() const noexcept {
    return certpush_report_target_certificate_id(get());
  }

 private:
  const certpush_report *get() const noexcept { return static_cast<const Holder &>(*this).c_report(); }
};

}  // namespace detail

/// What is known of one call; see certpush.h for what each member says. Since 0.1.0.
class report : public detail::readable<report> {
 public:
  /// Nothing is known: a report for a noexcept twin to fill.
  report() noexcept = default;

  /// The report for the C functions; it stays this object's.
  const certpush_report *c_report() const noexcept { return handle_.get(); }

  /// Where a C function puts a report: the last parameter of those that can fail. It converts to
  /// certpush_report ** for that call, at whose end this object has the new report; do not keep it.
  [[nodiscard]] auto receive() noexcept { return handle_.receive(); }

 private:
  detail::owner<certpush_report, certpush_report_free> handle_;
};

#if CERTPUSH_EXCEPTIONS

/// Why a call failed, and whether the certificate may have been pushed all the same. Copies share
/// one report, and so do an error and what was moved from it: none ever loses the answer.
/// Since 0.1.0.
class error : public std::exception, public detail::readable<error> {
 public:
  explicit error(report &&what) : report_(std::make_shared<const report>(std::move(what))) {}
  error(const error &) noexcept = default;
  error &operator=(const error &) noexcept = default;

  /// As message().
  const char *what() const noexcept override { return message().data(); }

  /// The report for the C functions; it stays this object's.
  const certpush_report *c_report() const noexcept { return report_->c_report(); }

 private:
  std::shared_ptr<const report> report_;
};

/// The proof of a push: the service answered that the certificate is on its target. Since 0.1.0.
class receipt : public report {
 public:
  explicit receipt(report &&what) noexcept : report(std::move(what)) {}
};

#endif

namespace detail {

#if CERTPUSH_EXCEPTIONS

/// What a token source throws, from there to the end of the call that asked it. Calls may be
/// nested: a source may push.
class source_exception {
 public:
  source_exception() noexcept : outer_(std::exchange(current(), this)) {}
  ~source_exception() { current() = outer_; }
  source_exception(const source_exception &) = delete;
  source_exception &operator=(const source_exception &) = delete;

  /// Keeps the exception that is being handled for this thread's call.
  static void keep() noexcept {
    if (current() != nullptr) current()->exception_ = std::current_exception();
  }

  /// Throws what was kept, if the call failed for it.
  void rethrow_after(status result) const {
    if (result == status::credentials_unavailable && exception_) {
      std::rethrow_exception(exception_);
    }
  }

 private:
  static source_exception *&current() noexcept {
    static thread_local source_exception *innermost = nullptr;
    return innermost;
  }

  source_exception *outer_;
  std::exception_ptr exception_;
};

#endif

}  // namespace detail

/// Options for clients. Since 0.1.0.
class config {
 public:
  /// What gets a line for each push and each warning, on the thread that makes the call. What it
  /// throws is dropped.
  using log_function = std::function<void(log_level, std::string_view)>;

  /// What returns the token of a push, on the thread that makes the call. What it throws comes out
  /// of the push.
  using token_function = std::function<std::string()>;

  /// Every option has its default.
  config() noexcept : handle_(certpush_config_new()) {}

#if CERTPUSH_EXCEPTIONS
  /// Sets an option, such as "region" or "timeout_ms", to a value written as text. Throws error.
  config &set(const char *key, text value) {
    report what;
    if (!set(key, value, what)) throw error(std::move(what));
    return *this;
  }

  /// Reads the options from the environment: CERTPUSH_REGION and so on. What is set counts more.
  /// Throws error.
  config &load_env() {
    report what;
    if (!load_env(what)) throw error(std::move(what));
    return *this;
  }

  /// Has log called for each push and each warning; an empty one for none. It is kept as long as
  /// this config or a client that is made from it. Throws error.
  config &log(log_function log) {
    report what;
    if (!this->log(std::move(log), what)) throw error(std::move(what));
    return *this;
  }

  /// Has source asked for the token of each push, instead of any credential among the options; an
  /// empty one for none. If it throws, it is asked again as often as the option retries allows;
  /// then the push throws the same, but a noexcept twin has status::credentials_unavailable. It is
  /// kept as long as this config or a client that is made from it. Throws error.
  config &token_source(token_function source) {
    report what;
    if (!token_source(std::move(source), what)) throw error(std::move(what));
    return *this;
  }
#endif

  /// As the function without a report, but returns whether it succeeded.
  bool set(const char *key, text value, report &what) noexcept {
    const text name = key;
    return certpush_config_set_n(handle_.get(), name.data(), detail::length_of(name), value.data(),
                                 detail::length_of(value), what.receive()) == CERTPUSH_OK;
  }

  /// As the function without a report, but returns whether it succeeded.
  bool load_env(report &what) noexcept {
    return certpush_config_load_env(handle_.get(), what.receive()) == CERTPUSH_OK;
  }

  /// As the function without a report, but returns whether it succeeded.
  bool log(log_function log, report &what) noexcept {
    auto kept = log ? std::make_shared<log_function>(std::move(log)) : nullptr;
    const auto result = certpush_config_set_log(handle_.get(), kept ? &config::tell : nullptr,
                                                kept.get(), what.receive());
    if (result != CERTPUSH_OK) return false;
    log_ = std::move(kept);
    return true;
  }

  /// As the function without a report, but returns whether it succeeded.
  bool token_source(token_function source, report &what) noexcept {
    auto kept = source ? std::make_shared<token_function>(std::move(source)) : nullptr;
    const auto result = certpush_config_set_token_source(
        handle_.get(), kept ? &config::ask : nullptr, kept.get(), what.receive());
    if (result != CERTPUSH_OK) return false;
    token_source_ = std::move(kept);
    return true;
  }

 private:
  friend class client;

  static void tell(void *user, std::int32_t level, const char *line) noexcept {
    const auto &log = *static_cast<const log_function *>(user);
#if CERTPUSH_EXCEPTIONS
    try {
      log(static_cast<log_level>(level), line);
    } catch (...) {
      // Rust could not let it pass, and the push it tells of is over.
    }
#else
    log(static_cast<log_level>(level), line);
#endif
  }

  static void ask(void *user, certpush_token_request *request) noexcept {
    const auto &source = *static_cast<const token_function *>(user);
#if CERTPUSH_EXCEPTIONS
    try {
      give(request, source());
    } catch (const std::exception &exception) {
      detail::source_exception::keep();
      certpush_token_request_fail(request, exception.what());
    } catch (...) {
      detail::source_exception::keep();
      certpush_token_request_fail(request, "it threw something else than a std::exception");
    }
#else
    give(request, source());
#endif
  }

  static void give(certpush_token_request *request, const std::string &token) noexcept {
    certpush_token_request_give(request, token.data(), token.size());
  }

  detail::owner<certpush_config, certpush_config_free> handle_;
  std::shared_ptr<log_function> log_;
  std::shared_ptr<token_function> token_source_;
};

/// Stops calls from another thread or a signal handler. It works once. What was moved from is the
/// same cancel as what it was moved to: whoever still holds it triggers it, too. Since 0.1.0.
class cancel {
 public:
  /// A cancel that has not been triggered.
  cancel() noexcept : handle_(certpush_cancel_new(), certpush_cancel_free) {}

  /// No cancel: calls that are given it run to their end.
  cancel(std::nullptr_t) noexcept {}

  cancel(cancel &&other) noexcept : handle_(other.handle_) {}
  cancel &operator=(cancel &&other) noexcept {
    handle_ = other.handle_;
    return *this;
  }

  /// Stops the calls that were given this cancel, within 100 ms, and all that will be given it.
  void trigger() const noexcept { certpush_cancel_trigger(handle_.get()); }

 private:
  friend class client;
  std::shared_ptr<certpush_cancel> handle_;
};

#if defined(__cpp_lib_jthread)

/// A cancel that a stop token triggers, for the time that this object lives (C++20):
///
///     client.push(id, project, service, certpush::cancel_on(token));
///
/// Since 0.1.0.
class cancel_on {
 public:
  explicit cancel_on(std::stop_token token) : callback_(std::move(token), trigger{&cancel_}) {}
  cancel_on(const cancel_on &) = delete;
  cancel_on &operator=(const cancel_on &) = delete;

  operator const cancel &() const noexcept { return cancel_; }

 private:
  struct trigger {
    const cancel *target;
    void operator()() const noexcept { target->trigger(); }
  };

  cancel cancel_;
  std::stop_callback<trigger> callback_;
};

#endif

/// Pushes certificates to one endpoint with one credential. It never changes, and any number of
/// threads may share it. Since 0.1.0.
class client {
 public:
  client(client &&) noexcept = default;
  client &operator=(client &&other) noexcept {
    if (this != &other) {
      // What was here goes in the order in which it must: the handle first.
      const client replaced(std::move(*this));
      log_ = std::move(other.log_);
      token_source_ = std::move(other.token_source_);
      handle_ = std::move(other.handle_);
    }
    return *this;
  }

  /// Makes a client, or nothing. Reads the files that the options name; sends nothing.
  static std::optional<client> make(const config &from, report &what) noexcept {
    client made;
    if (certpush_client_new(from.handle_.get(), made.handle_.receive(), what.receive()) !=
        CERTPUSH_OK) {
      return std::nullopt;
    }
    made.log_ = from.log_;
    made.token_source_ = from.token_source_;
    return made;
  }

#if CERTPUSH_EXCEPTIONS
  /// Makes a client. Reads the files that the options name; sends nothing. Throws error.
  explicit client(const config &from) {
    report what;
    auto made = make(from, what);
    if (!made) throw error(std::move(what));
    *this = std::move(*made);
  }

  /// Makes a connection, TLS handshake included, and keeps it for the next push. Sends no
  /// request. Throws error.
  void connect(const cancel &stop = nullptr) const {
    report what;
    if (!connect(what, stop)) throw error(std::move(what));
  }

  /// Pushes a certificate to a service in a project, and waits for the answer. A timeout of 0 is
  /// the client's. Throws error, whose outcome_unknown() tells whether the certificate may have
  /// been pushed all the same; or what a token source threw: then it was not pushed.
  receipt push(text certificate_id, text target_project, text target_service,
               const cancel &stop = nullptr,
               std::chrono::milliseconds timeout = std::chrono::milliseconds::zero()) const {
    detail::source_exception thrown;
    report what;
    if (!push_n(certificate_id, target_project, target_service, what, stop, timeout)) {
      thrown.rethrow_after(what.status());
      throw error(std::move(what));
    }
    return receipt(std::move(what));
  }
#endif

  /// As the function without a report, but returns whether it succeeded.
  bool connect(report &what, const cancel &stop = nullptr) const noexcept {
    return certpush_client_connect(handle_.get(), stop.handle_.get(), what.receive()) ==
           CERTPUSH_OK;
  }

  /// As the function without a report, but returns whether it succeeded.
  bool push(text certificate_id, text target_project, text target_service, report &what,
            const cancel &stop = nullptr,
            std::chrono::milliseconds timeout = std::chrono::milliseconds::zero()) const noexcept {
#if CERTPUSH_EXCEPTIONS
    detail::source_exception dropped;
#endif
    return push_n(certificate_id, target_project, target_service, what, stop, timeout);
  }

  /// Endpoint, credentials and where they came from, one item on each line; no secrets.
  std::string_view describe() const noexcept { return certpush_client_describe(handle_.get()); }

  /// Ends running calls and refuses later ones, with status::cancelled. Any thread may call it.
  void close() const noexcept { certpush_client_close(handle_.get()); }

 private:
  client() noexcept = default;

  bool push_n(text certificate_id, text target_project, text target_service, report &what,
              const cancel &stop, std::chrono::milliseconds timeout) const noexcept {
    return certpush_push_n(handle_.get(), certificate_id.data(), detail::length_of(certificate_id),
                           target_project.data(), target_project.size(), target_service.data(),
                           detail::length_of(target_service), timeout.count(), stop.handle_.get(),
                           what.receive()) == CERTPUSH_OK;
  }

  // Freed last: the client calls them.
  std::shared_ptr<config::log_function> log_;
  std::shared_ptr<config::token_function> token_source_;
  detail::owner<certpush_client, certpush_client_free> handle_;
};

/// One push without a client, with options from the environment. endpoint and token count more
/// than the environment's unless they are nullptr. Returns whether it succeeded. Since 0.1.0.
inline bool push_once(const char *endpoint, const char *token, const char *certificate_id,
                      const char *target_project, const char *target_service,
                      report &what) noexcept {
  return certpush_push_once(endpoint, token, certificate_id, target_project, target_service,
                            what.receive()) == CERTPUSH_OK;
}

#if CERTPUSH_EXCEPTIONS
/// As the function with a report, but throws error. Since 0.1.0.
inline receipt push_once(const char *endpoint, const char *token, const char *certificate_id,
                         const char *target_project, const char *target_service) {
  report what;
  if (!push_once(endpoint, token, certificate_id, target_project, target_service, what)) {
    throw error(std::move(what));
  }
  return receipt(std::move(what));
}
#endif

}  // namespace with_exceptions, without_exceptions
}  // namespace certpush

#endif
