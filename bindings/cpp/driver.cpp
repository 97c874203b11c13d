// The conformance driver of the C++ binding: pushes, and prints what is known as one line of JSON.
// tests/conformance/README.md says what a driver must do.
//
// Usage: driver ENDPOINT TOKEN_FILE CERTIFICATE_ID TARGET_PROJECT TARGET_SERVICE, each
// percent-encoded; other options are in the environment, and the region or the credentials too if
// ENDPOINT or TOKEN_FILE is empty.
#include <certpush.hpp>
#include <cstdlib>
#include <iostream>
#include <string>

// What an argument stands for: it may have NULs and be no UTF-8.
static std::string decoded(std::string_view argument) {
  std::string bytes;
  for (std::size_t at = 0; at < argument.size(); at++) {
    if (argument[at] == '%' && at + 2 < argument.size()) {
      bytes += static_cast<char>(std::stoi(std::string(argument.substr(at + 1, 2)), nullptr, 16));
      at += 2;
    } else {
      bytes += argument[at];
    }
  }
  return bytes;
}

// Everything that a report, a receipt or an error says; of a batch push, with the results in a last
// member, before the brace that ends the object.
template <class Report>
static void print(const Report &report, bool is_batch, const certpush::report_list &results = {}) {
  std::string_view json = report.json();
  if (!is_batch) {
    std::cout << json << '\n';
    return;
  }
  json.remove_suffix(1);
  std::cout << json << ",\"results\":" << results.json() << "}\n";
}

static std::string variable(const char *name, const char *otherwise) {
  const char *value = std::getenv(name);
  return value == nullptr ? otherwise : value;
}

int main(int count, char **arguments) {
  if (count != 6) {
    std::cerr << "usage: " << arguments[0]
              << " ENDPOINT TOKEN_FILE CERTIFICATE_ID TARGET_PROJECT TARGET_SERVICE\n";
    return 2;
  }
  const std::string operation = variable("CERTPUSH_DRIVER_OPERATION", "push");
  const bool is_batch = operation == "batch_push";
  if (operation != "push" && !is_batch) {
    std::cerr << arguments[0] << ": the operation " << operation << " is not known\n";
    return 2;
  }
  int times = std::stoi(variable("CERTPUSH_DRIVER_REPEAT", "1"));
  try {
    certpush::config config;
    const std::string endpoint = decoded(arguments[1]);
    if (!endpoint.empty()) config.set("endpoint", endpoint);
    const std::string token_file = decoded(arguments[2]);
    if (!token_file.empty()) config.set("token_file", token_file);
    const certpush::client client(config.load_env());
    const std::string certificate_id = decoded(arguments[3]);
    const std::string target_project = decoded(arguments[4]);
    const std::string target_service = decoded(arguments[5]);
    for (; times > 1; times--) {
      certpush::report earlier;
      certpush::report_list results;
      (void)(is_batch ? client.batch_push(certificate_id, target_project, target_service, results, earlier)
                      : client.push(certificate_id, target_project, target_service, earlier));
    }
    if (is_batch) {
      const auto receipt = client.batch_push(certificate_id, target_project, target_service);
      print(receipt, is_batch, receipt.results());
    } else {
      print(client.push(certificate_id, target_project, target_service), is_batch);
    }
  } catch (const certpush::error &error) {
    print(error, is_batch, error.results());
  }
  return 0;
}
