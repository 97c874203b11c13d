/* A test is a function; it fails if a CHECK in it does. For C99 and C++17. */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <string.h>

static int tests_passed, tests_failed, checks_failed;

static inline void check(int good, const char *condition, const char *file, int line) {
  if (!good) {
    checks_failed++;
    printf("# %s:%d: not so: %s\n", file, line, condition);
  }
}

static inline void check_text(const char *found, const char *expected, const char *file, int line) {
  if (strcmp(found, expected) != 0) {
    checks_failed++;
    printf("# %s:%d: \"%s\" is not \"%s\"\n", file, line, found, expected);
  }
}

static inline void check_number(long long found, long long expected, const char *file, int line) {
  if (found != expected) {
    checks_failed++;
    printf("# %s:%d: %lld is not %lld\n", file, line, found, expected);
  }
}

#define CHECK(condition) check(!!(condition), #condition, __FILE__, __LINE__)
#define CHECK_TEXT(found, expected) check_text(found, expected, __FILE__, __LINE__)
#define CHECK_NUMBER(found, expected) check_number(found, expected, __FILE__, __LINE__)
#define CHECK_CONTAINS(text, part) \
  check(strstr(text, part) != NULL, #text " contains " #part, __FILE__, __LINE__)

static inline void run_test(void (*test)(void), const char *name) {
  checks_failed = 0;
  test();
  printf("%s - %s\n", checks_failed ? "not ok" : "ok", name);
  *(checks_failed ? &tests_failed : &tests_passed) += 1;
}

#define RUN(test) run_test(test, #test)

/* The end of main: the line that is counted, and the program's status. */
static inline int tests_ended(void) {
  printf("%d passed, %d failed\n", tests_passed, tests_failed);
  return tests_failed || !tests_passed;
}

#endif
