// A token that a source returns is not left in what is freed.
#include <certpush.hpp>
#include <service.h>

#include <cstdlib>
#include <malloc.h>
#include <new>
#include <optional>
#include <string>
#include <string_view>

// Never as a whole in the program, or it would be found there.
static std::string token() {
  std::string made(40, 't');
  for (std::size_t at = 0; at < made.size(); at++) made[at] = static_cast<char>('A' + at % 26);
  return made;
}

static constexpr std::string_view a_part = "CDEFGHIJKLMNOPQRSTUVWXYZ";
static int frees_with_a_token;

static void look_and_free(void *memory) noexcept {
  if (memory != nullptr) {
    const std::string_view bytes(static_cast<const char *>(memory), malloc_usable_size(memory));
    if (bytes.find(a_part) != std::string_view::npos) frees_with_a_token++;
  }
  std::free(memory);
}

void *operator new(std::size_t size) {
  if (void *memory = std::malloc(size)) return memory;
  std::abort();
}
void operator delete(void *memory) noexcept { look_and_free(memory); }
void operator delete(void *memory, std::size_t) noexcept { look_and_free(memory); }

template <class Source>
static int frees_with_a_token_after_a_push(Source source) {
  certpush::config config;
  config.set("endpoint", service_endpoint()).set("ca_file", given("SERVICE_CA_FILE"));
  const certpush::client client(config.token_source(std::move(source)));
  frees_with_a_token = 0;
  CHECK(client.push(GOOD_ID, "p", "ELB").attempts() == 1);
  return frees_with_a_token;
}

static void a_token_that_is_left_is_found() {
  frees_with_a_token = 0;
  {
    const std::string left = token();
  }
  CHECK_NUMBER(frees_with_a_token, 1);
}

static void a_string_that_a_source_returns_is_wiped() {
  CHECK_NUMBER(frees_with_a_token_after_a_push([] { return token(); }), 0);
  CHECK_NUMBER(
      frees_with_a_token_after_a_push([]() -> std::optional<std::string> { return token(); }), 0);
  // The end of what it once had, too.
  CHECK_NUMBER(frees_with_a_token_after_a_push([] {
                 std::string shorter(40, 't');
                 shorter.reserve(100);
                 for (std::size_t at = 0; at < 26; at++) shorter += static_cast<char>('A' + at);
                 shorter.resize(40);
                 return shorter;
               }),
               0);
}

static void a_string_of_the_sources_own_is_left_alone() {
  const std::string own = token();
  CHECK_NUMBER(frees_with_a_token_after_a_push([&]() -> const std::string & { return own; }), 0);
  std::string changeable = token();
  CHECK_NUMBER(frees_with_a_token_after_a_push([&]() -> std::string & { return changeable; }), 0);
  CHECK(own == token() && changeable == token());
}

int main() {
  RUN(a_token_that_is_left_is_found);
  RUN(a_string_that_a_source_returns_is_wiped);
  RUN(a_string_of_the_sources_own_is_left_alone);
  return tests_ended();
}
