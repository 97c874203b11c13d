// What the shared object of plugin.cpp offers to plugins.cpp.
#ifndef PLUGIN_H
#define PLUGIN_H

#include <certpush.hpp>

#define PLUGIN __attribute__((visibility("default")))

PLUGIN void fail_with(const certpush::client &client, const char *certificate_id);
PLUGIN certpush::client client_of_the_plugin();
PLUGIN std::error_code code_of_the_plugin();

#endif
