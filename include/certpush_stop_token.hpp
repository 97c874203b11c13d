// SPDX-License-Identifier: MIT OR Apache-2.0

/// @file certpush_stop_token.hpp
///
/// certpush.hpp, and a cancel that a std::stop_token triggers (C++20). Without <stop_token> it is
/// certpush.hpp alone. Since 0.2.0.

#ifndef CERTPUSH_STOP_TOKEN_HPP
#define CERTPUSH_STOP_TOKEN_HPP

#include "certpush.hpp"

#if __cplusplus > 201703L && __has_include(<version>)
#include <version>
#endif

#if defined(__cpp_lib_jthread)
#include <stop_token>

namespace certpush {

/// A cancel that a request to stop triggers, for as long as it or a copy of it is there:
///
///     client.push(id, project, service, {.cancel = certpush::cancel_on(token)});
///
/// Since 0.1.0.
class cancel_on : public cancel {
 public:
  explicit cancel_on(std::stop_token token)
      : cancel(detail::shared<state>(new stoppable(std::move(token)))) {}

 private:
  struct triggering {
    const certpush_cancel *target;
    void operator()() const noexcept { certpush_cancel_trigger(target); }
  };

  class stoppable final : public state {
   public:
    explicit stoppable(std::stop_token token) : callback_(std::move(token), triggering{handle()}) {}

   private:
    std::stop_callback<triggering> callback_;
  };
};

}  // namespace certpush

#endif

#endif
