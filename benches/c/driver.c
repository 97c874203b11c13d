/* Runs a client as the harness asks on standard input; benches/README.md has the protocol. */

#define _GNU_SOURCE
#include "driver.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

_Noreturn void fail(const char *what) {
  fprintf(stderr, "%s: %s\n", program_invocation_short_name, what);
  exit(1);
}

static char *read_token(const char *path) {
  FILE *file = fopen(path, "r");
  char *token = NULL;
  size_t size = 0;
  if (!file || getline(&token, &size, file) < 0) fail("the token file cannot be read");
  fclose(file);
  token[strcspn(token, "\r\n")] = 0;
  return token;
}

static int64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static int64_t cpu_ns(void) {
  struct rusage used;
  getrusage(RUSAGE_SELF, &used);
  return (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000000LL +
         (used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1000LL;
}

static void push_many(void *of_thread, long count) {
  while (count-- > 0) client_push(of_thread);
}

static void time_many(void *of_thread, long count) {
  int64_t *took = calloc(count, sizeof *took);
  if (!took) fail("out of memory");
  int64_t cpu = cpu_ns();
  for (long i = 0; i < count; i++) {
    int64_t start = now_ns();
    client_push(of_thread);
    took[i] = now_ns() - start;
  }
  printf("%lld", (long long)(cpu_ns() - cpu));
  for (long i = 0; i < count; i++) printf(" %lld", (long long)took[i]);
  free(took);
}

struct share {
  void *client;
  long count;
};

static void *push_share(void *argument) {
  struct share *share = argument;
  push_many(client_for_thread(share->client), share->count);
  return NULL;
}

static void push_in_threads(void *client, long threads, long count) {
  struct share share = {client, count / threads};
  pthread_t *running = calloc(threads, sizeof *running);
  for (long i = 0; i < threads; i++)
    if (pthread_create(&running[i], NULL, push_share, &share)) fail("no thread");
  for (long i = 0; i < threads; i++) pthread_join(running[i], NULL);
  free(running);
}

int main(int argc, char **argv) {
  if (argc != 4) fail("arguments: ENDPOINT CA_FILE TOKEN_FILE");
  target where = {argv[1], argv[2], read_token(argv[3])};
  void *client = client_new(&where);
  void *own = NULL;
  char line[64];
  while (fgets(line, sizeof line, stdin)) {
    long threads, count;
    if (sscanf(line, "threads %ld %ld", &threads, &count) == 2) {
      push_in_threads(client, threads, count);
    } else {
      if (!own) own = client_for_thread(client);
      if (sscanf(line, "time %ld", &count) == 1)
        time_many(own, count);
      else if (sscanf(line, "push %ld", &count) == 1)
        push_many(own, count);
      else
        fail("unknown request");
    }
    puts("");
    fflush(stdout);
  }
  return 0;
}
