// A further unit of the program in units.cpp, which is compiled with and without exceptions.
#include <certpush.hpp>

#if CERTPUSH_EXCEPTIONS
certpush::error error_with_exceptions() {
  certpush::report what;
  certpush::config().set("nothing", "x", what);
  return certpush::error(std::move(what));
}
#else
std::int32_t status_without_exceptions() {
  certpush::report what;
  certpush::config().set("nothing", "x", what);
  return static_cast<std::int32_t>(what.status());
}
#endif
