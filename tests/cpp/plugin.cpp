// A shared object, compiled with -fvisibility=hidden: what it throws is caught in plugins.cpp.
#include <certpush.hpp>
#include <service.h>

#include "plugin.h"

PLUGIN void fail_with(const certpush::client &client, const char *certificate_id) {
  client.push(certificate_id, "p", "ELB");
}

PLUGIN certpush::client client_of_the_plugin() {
  return certpush::client(certpush::config()
                              .set("endpoint", service_endpoint())
                              .set("ca_file", given("SERVICE_CA_FILE"))
                              .set("retry_base_ms", 1)
                              .token_source([]() -> std::string { throw 42; }));
}

PLUGIN std::error_code code_of_the_plugin() { return certpush::status::timeout; }
