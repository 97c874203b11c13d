// SPDX-License-Identifier: MIT OR Apache-2.0

/// @file certpush_format.hpp
///
/// certpush.hpp, and std::format for a status, an outcome and a phase (C++20): their names,
/// formatted as a std::string_view is. Without <format> it is certpush.hpp alone. Since 0.2.0.
///
///     std::format("{:>28} {}", error.status(), error.phase())

#ifndef CERTPUSH_FORMAT_HPP
#define CERTPUSH_FORMAT_HPP

#include "certpush.hpp"

#if __cplusplus > 201703L && __has_include(<version>)
#include <version>
#endif

#if defined(__cpp_lib_format)
#include <format>

namespace certpush::detail {

/// Formats what has a name.
struct name_formatter : std::formatter<std::string_view> {
  template <class Named, class Context>
  auto format(Named which, Context &context) const {
    return std::formatter<std::string_view>::format(name(which), context);
  }
};

}  // namespace certpush::detail

template <>
struct std::formatter<certpush::status> : certpush::detail::name_formatter {};
template <>
struct std::formatter<certpush::outcome> : certpush::detail::name_formatter {};
template <>
struct std::formatter<certpush::phase> : certpush::detail::name_formatter {};

#endif

#endif
