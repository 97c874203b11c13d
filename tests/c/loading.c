/* The library as a plugin's dependency: loaded, used and unloaded again and again. */
#include "service.h"

#include <dlfcn.h>
#include <pthread.h>

/* Loads the library, pushes once through it and unloads it, all by name. */
static int32_t load_push_and_unload(void) {
  void *library = dlopen(given("CERTPUSH_LIBRARY"), RTLD_NOW | RTLD_LOCAL);
  int32_t (*push_once)(const char *, const char *, const char *, const char *, const char *,
                       certpush_report **);
  int32_t status;
  if (library == NULL) {
    printf("# %s\n", dlerror());
    return -1;
  }
  *(void **)&push_once = dlsym(library, "certpush_push_once");
  status = push_once == NULL ? -1 : push_once(NULL, NULL, GOOD_ID, "p", "ELB", NULL);
  dlclose(library);
  return status;
}

static void the_library_can_be_loaded_again_and_again(void) {
  int count;
  for (count = 0; count < 50; count++) CHECK_NUMBER(load_push_and_unload(), CERTPUSH_OK);
}

static void *load_on_a_thread(void *status) {
  *(int32_t *)status = load_push_and_unload();
  return NULL;
}

static void a_thread_may_end_after_it_unloaded_the_library(void) {
  int count;
  for (count = 0; count < 50; count++) {
    pthread_t thread;
    int32_t status = -1;
    pthread_create(&thread, NULL, load_on_a_thread, &status);
    pthread_join(thread, NULL);
    CHECK_NUMBER(status, CERTPUSH_OK);
  }
}

int main(void) {
  setenv("CERTPUSH_ENDPOINT", service_endpoint(), 1);
  setenv("CERTPUSH_TOKEN_FILE", given("SERVICE_TOKEN_FILE"), 1);
  setenv("CERTPUSH_CA_FILE", given("SERVICE_CA_FILE"), 1);
  RUN(a_thread_may_end_after_it_unloaded_the_library);
  RUN(the_library_can_be_loaded_again_and_again);
  return tests_ended();
}
