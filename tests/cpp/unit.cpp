// A further unit of the program in units.cpp, which is compiled with and without exceptions, and
// without run-time type information.
#include <certpush.hpp>

#if CERTPUSH_EXCEPTIONS && !defined(__GXX_RTTI) && !defined(__cpp_rtti)
void fail_without_rtti(const certpush::client &client, const char *certificate_id) {
  client.push(certificate_id, "p", "ELB");
}
#elif CERTPUSH_EXCEPTIONS
void fail_with_exceptions() { certpush::config().set("nothing", "x"); }
#else
certpush::report report_without_exceptions() {
  certpush::report what;
  if (certpush::config().set("nothing", "x", what)) return {};
  return what;
}
certpush::cancel cancel_without_exceptions() { return {}; }
std::error_code code_without_exceptions() { return certpush::status::timeout; }
#endif
