/* The callers: many threads push through the C ABI, and each call's report becomes one line.
 *
 *   client CLIENTS CALLS SEED THREADS >REPORTS
 *
 * CLIENTS has one client a line, as key=value options that tabs divide. What call number i does
 * follows from SEED and i alone. Four of five sockets get a small send buffer, as on a host with a
 * small tcp_wmem: a few KB more than that, and a send has to wait. ORACLE_LIE (unknown, retryable, pushed, answer) makes the program
 * tell a lie now and then: the oracle must notice. */
#include <certpush.h>

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define MOST_CLIENTS 1024
#define MOST_THREADS 64

static certpush_client *clients[MOST_CLIENTS];
static int client_count;
static long calls, next_call;
static uint64_t seed;
static int thread_count;
static const char *lie;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* What a thread's call is to be cancelled with, and when: 0 is never. */
static struct {
  certpush_cancel *cancel;
  int64_t due;
} slots[MOST_THREADS];
static int finished;

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

static void rest(long microseconds) {
  struct timespec time;
  time.tv_sec = microseconds / 1000000;
  time.tv_nsec = microseconds % 1000000 * 1000;
  nanosleep(&time, NULL);
}

/* splitmix64 */
static uint64_t draw(uint64_t *state) {
  uint64_t z = *state += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

static long below(uint64_t *state, long limit) {
  return (long)(draw(state) % (uint64_t)limit);
}

/* From 1 to 800, the small as often as the large. */
static long short_time(uint64_t *state) {
  long most = 1L << below(state, 11);
  return 1 + below(state, most < 800 ? most : 800);
}

/* Takes the place of the C library's, for certpush too. */
int socket(int domain, int type, int protocol) {
  int made = (int)syscall(SYS_socket, domain, type, protocol);
  static uint64_t number;
  uint64_t state;
  int size;
  pthread_mutex_lock(&lock);
  state = seed + ++number;
  pthread_mutex_unlock(&lock);
  size = 4096 << below(&state, 3);
  if (made >= 0 && below(&state, 5)) setsockopt(made, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  return made;
}

static void make_client(char *line) {
  certpush_config *config = certpush_config_new();
  certpush_report *report = NULL;
  char *option;
  for (option = strtok(line, "\t\n"); option; option = strtok(NULL, "\t\n")) {
    char *value = strchr(option, '=');
    if (!value || client_count == MOST_CLIENTS) exit(2);
    *value++ = '\0';
    if (certpush_config_set(config, option, value, &report) != CERTPUSH_OK) {
      fprintf(stderr, "%s\n", certpush_report_message(report));
      exit(2);
    }
  }
  if (certpush_client_new(config, &clients[client_count++], &report) != CERTPUSH_OK) {
    fprintf(stderr, "%s\n", certpush_report_message(report));
    exit(2);
  }
  certpush_config_free(config);
}

/* Text that holds no tab and no line end. */
static const char *plain(const char *text, char *copy, size_t size) {
  size_t i;
  for (i = 0; text[i] && i + 1 < size; i++)
    copy[i] = text[i] == '\t' || text[i] == '\n' ? ' ' : text[i];
  copy[i] = '\0';
  return copy;
}

static void tell(long number, int client, long timeout, long cancel_after, int64_t begun,
                 const certpush_report *report) {
  char message[400], code[64], id[64];
  int status = certpush_report_status(report);
  int http_status = certpush_report_http_status(report);
  int unknown = certpush_report_outcome_unknown(report);
  int retryable = certpush_report_retryable(report);
  plain(certpush_report_message(report), message, sizeof message);
  plain(certpush_report_service_code(report), code, sizeof code);
  plain(certpush_report_request_id(report), id, sizeof id);
  if (lie && number % 5 == 0) {
    if (!strcmp(lie, "unknown") && unknown) unknown = 0;
    if (!strcmp(lie, "retryable") && unknown) retryable = 1;
    if (!strcmp(lie, "pushed") && unknown) status = unknown = 0;
    if (!strcmp(lie, "answer") && id[0]) id[strlen(id) - 1] ^= 1;
  }
  printf("orc%013ld\t%d\t%ld\t%ld\t%lld\t%lld\t%d\t%d\t%d\t%d\t%d\t%s\t%s\t%s\t%s\n", number, client,
         timeout, cancel_after, (long long)begun, (long long)now(), status, http_status, unknown,
         retryable, certpush_report_attempts(report), certpush_report_phase(report), id, code,
         message);
}

static void push(int slot, long number) {
  uint64_t state = seed + (uint64_t)number * 0xd1342543de82ef95u;
  char id[32];
  int chosen = (int)below(&state, client_count);
  /* As many calls have little time as have more than any fault takes. */
  long timeout = below(&state, 2) ? short_time(&state) : 5000;
  long cancel_after = below(&state, 8) ? -1 : short_time(&state) * 500;
  int warm = below(&state, 25) == 0;
  int64_t begun;
  certpush_cancel *cancel = certpush_cancel_new();
  certpush_report *report = NULL;
  snprintf(id, sizeof id, "orc%013ld", number);
  if (warm) {
    certpush_client_connect(clients[chosen], NULL, &report);
    certpush_report_free(report);
  }
  begun = now();
  if (cancel_after >= 0) {
    pthread_mutex_lock(&lock);
    slots[slot].cancel = cancel;
    slots[slot].due = begun + cancel_after;
    pthread_mutex_unlock(&lock);
  }
  certpush_push_n(clients[chosen], id, 16, "ap-southeast-3", 14, "ELB", 3, timeout, cancel,
                  &report);
  tell(number, chosen, timeout, cancel_after, begun, report);
  pthread_mutex_lock(&lock);
  slots[slot].cancel = NULL;
  pthread_mutex_unlock(&lock);
  certpush_cancel_free(cancel);
  certpush_report_free(report);
}

static void *work(void *argument) {
  int slot = *(int *)argument;
  for (;;) {
    long number;
    pthread_mutex_lock(&lock);
    number = next_call++;
    pthread_mutex_unlock(&lock);
    if (number >= calls) return NULL;
    push(slot, number);
  }
}

static void *cancel_them(void *unused) {
  (void)unused;
  for (;;) {
    int slot, done;
    pthread_mutex_lock(&lock);
    for (slot = 0; slot < thread_count; slot++)
      if (slots[slot].cancel && slots[slot].due <= now()) {
        certpush_cancel_trigger(slots[slot].cancel);
        slots[slot].cancel = NULL;
      }
    done = finished;
    pthread_mutex_unlock(&lock);
    if (done) return NULL;
    rest(500);
  }
}

int main(int argc, char **argv) {
  static char line[4096];
  pthread_t threads[MOST_THREADS], canceller;
  int numbers[MOST_THREADS], i;
  FILE *file;
  if (argc != 5 || !(file = fopen(argv[1], "r"))) return 2;
  calls = atol(argv[2]);
  seed = strtoull(argv[3], NULL, 10);
  thread_count = atoi(argv[4]);
  lie = getenv("ORACLE_LIE");
  if (thread_count < 1 || thread_count > MOST_THREADS) return 2;
  while (fgets(line, sizeof line, file)) make_client(line);
  fclose(file);
  if (!client_count) return 2;
  pthread_create(&canceller, NULL, cancel_them, NULL);
  for (i = 0; i < thread_count; i++) {
    numbers[i] = i;
    pthread_create(&threads[i], NULL, work, &numbers[i]);
  }
  for (i = 0; i < thread_count; i++) pthread_join(threads[i], NULL);
  pthread_mutex_lock(&lock);
  finished = 1;
  pthread_mutex_unlock(&lock);
  pthread_join(canceller, NULL);
  for (i = 0; i < client_count; i++) certpush_client_free(clients[i]);
  return 0;
}
