/* What a host process must be able to rely on: fork, SIGPIPE, and its file descriptors. */
#include "service.h"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#define THREADS 8
#define PUSHES_OF_A_THREAD 625

/* What one thread pushes many times, and how often it was not answered as it must be. */
struct task {
  const certpush_client *client;
  const char *id;
  int32_t status;
  int wrong;
};

static void *push_many(void *argument) {
  struct task *task = (struct task *)argument;
  int count;
  for (count = 0; count < PUSHES_OF_A_THREAD; count++)
    task->wrong +=
        certpush_push(task->client, task->id, "p", "ELB", NULL, NULL) != task->status;
  return NULL;
}

/* Pushes 5,000 times, from all threads at once; 0 if each push got its own answer. */
static int push_from_all_threads(const certpush_client *client, const char *id, int32_t status) {
  pthread_t threads[THREADS];
  struct task tasks[THREADS];
  int index, wrong = 0;
  for (index = 0; index < THREADS; index++) {
    tasks[index].client = client;
    tasks[index].id = id;
    tasks[index].status = status;
    tasks[index].wrong = 0;
    pthread_create(&threads[index], NULL, push_many, &tasks[index]);
  }
  for (index = 0; index < THREADS; index++) {
    pthread_join(threads[index], NULL);
    wrong += tasks[index].wrong;
  }
  return wrong;
}

static void parent_and_child_both_use_a_client(void) {
  certpush_client *client = service_client();
  int state = -1;
  pid_t child;
  /* Connections are kept from before the fork: nobody may take the other's answer from them. */
  CHECK_NUMBER(push_from_all_threads(client, GOOD_ID, CERTPUSH_OK), 0);
  fflush(stdout);
  child = fork();
  if (child == 0) {
    int wrong = push_from_all_threads(client, REFUSED_ID, CERTPUSH_UNAUTHORIZED);
    certpush_client_free(client);
    _exit(wrong != 0);
  }
  CHECK_NUMBER(push_from_all_threads(client, GOOD_ID, CERTPUSH_OK), 0);
  waitpid(child, &state, 0);
  CHECK(WIFEXITED(state) && WEXITSTATUS(state) == 0);
  CHECK_NUMBER(certpush_push(client, GOOD_ID, "p", "ELB", NULL, NULL), CERTPUSH_OK);
  certpush_client_free(client);
}

/* A list of one certificate's entries, and a client that keeps them. */
static certpush_push_list *list_of(const char *id) {
  static const char *const projects[] = {"p", "cn-north-4", "ap-southeast-1", "ap-southeast-3"};
  static const char *const services[] = {"ELB", "WAF"};
  certpush_push_list *list = certpush_push_list_new();
  int i;
  for (i = 0; i < 8; i++)
    CHECK_NUMBER(certpush_push_list_add(list, id, projects[i / 2], services[i % 2], NULL), CERTPUSH_OK);
  return list;
}

static certpush_client *keeping_client(void) {
  certpush_config *config = service_config();
  CHECK_NUMBER(certpush_config_set(config, "journal", "processes.journal", NULL), CERTPUSH_OK);
  return client_of(config);
}

/* Forks in the middle of a run: 0 in the child. */
static int32_t fork_once(void *user, size_t index, const certpush_report *report) {
  pid_t *child = (pid_t *)user;
  (void)index, (void)report;
  if (*child < 0) *child = fork();
  return 0;
}

/* What a forked child is told of its parent's run: nothing that may read as not pushed. */
static int is_lost(const certpush_client *client, int32_t status, const certpush_report_list *reports) {
  size_t i;
  int lost = 0, pushed = 0;
  for (i = 0; i < certpush_report_list_count(reports); i++) {
    const certpush_report *told = certpush_report_list_get(reports, i);
    pushed += certpush_report_status(told) == CERTPUSH_OK;
    lost += certpush_report_status(told) == CERTPUSH_INTERNAL && certpush_report_outcome_unknown(told);
  }
  return status == CERTPUSH_INCOMPLETE && lost > 0 && pushed > 0 && lost + pushed == 8 &&
         /* The journal is its parent's. */
         certpush_push(client, GOOD_ID, "p", "CDN", NULL, NULL) == CERTPUSH_INVALID_CONFIG;
}

static void a_child_has_no_part_in_its_parents_run(void) {
  certpush_client *client = keeping_client();
  certpush_push_list *list = list_of(GOOD_ID);
  certpush_report_list *reports = NULL;
  certpush_report *report = NULL;
  int state = -1;
  pid_t child = -1;
  int32_t status;
  fflush(stdout);
  reset_service();
  status = certpush_push_all(client, list, 0, fork_once, &child, NULL, &reports, &report);
  if (child == 0) {
    const int as_it_must = is_lost(client, status, reports);
    certpush_report_list_free(reports);
    certpush_push_list_free(list);
    certpush_client_free(client);
    _exit(!as_it_must);
  }
  waitpid(child, &state, 0);
  CHECK(WIFEXITED(state) && WEXITSTATUS(state) == 0);
  CHECK_NUMBER(status, CERTPUSH_OK);
  CHECK_NUMBER(service_count("/sim/pushed", GOOD_ID), 8);
  certpush_report_free(report);
  certpush_report_list_free(reports);
  CHECK_NUMBER(certpush_push_all(client, list, 0, NULL, NULL, NULL, NULL, &report), CERTPUSH_OK);
  CHECK_CONTAINS(certpush_report_message(report), "8 pushed (8 earlier)");
  certpush_report_free(report);
  certpush_push_list_free(list);
  certpush_client_free(client);
  CHECK(unlink("processes.journal") == 0);
}

/* Takes one connection, hangs up in the middle of the request, and ends. */
static void *hang_up(void *listening) {
  char byte;
  int fd = accept(*(int *)listening, NULL, NULL);
  CHECK(read(fd, &byte, 1) == 1);
  /* First the end of the answer, then a reset, for much is unread: the next write is a SIGPIPE. */
  shutdown(fd, SHUT_WR);
  close(fd);
  close(*(int *)listening);
  return NULL;
}

static void a_peer_that_hangs_up_raises_no_sigpipe(void) {
  const size_t length = 2097152;
  char *token = (char *)malloc(length + 1);
  char endpoint[64];
  struct sockaddr_in address;
  socklen_t size = sizeof address;
  int listening = socket(AF_INET, SOCK_STREAM, 0);
  /* Short segments and little room, so that the client's kernel cannot take the request at once. */
  const int segment = 1000, room = 4096;
  pthread_t peer;
  certpush_config *config = certpush_config_new();
  certpush_client *client;
  certpush_report *report = NULL;

  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  setsockopt(listening, IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof segment);
  setsockopt(listening, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
  CHECK(bind(listening, (struct sockaddr *)&address, size) == 0 && listen(listening, 1) == 0);
  getsockname(listening, (struct sockaddr *)&address, &size);
  snprintf(endpoint, sizeof endpoint, "http://127.0.0.1:%d", ntohs(address.sin_port));
  memset(token, 't', length);
  token[length] = '\0';
  certpush_config_set(config, "endpoint", endpoint, NULL);
  certpush_config_set(config, "token", token, NULL);
  certpush_config_set(config, "retries", "0", NULL);
  free(token);
  client = client_of(config);
  signal(SIGPIPE, SIG_DFL);
  pthread_create(&peer, NULL, hang_up, &listening);
  CHECK_NUMBER(certpush_push(client, GOOD_ID, "p", "ELB", NULL, &report), CERTPUSH_CONNECTION_LOST);
  CHECK_NUMBER(certpush_report_outcome_unknown(report), 0);
  pthread_join(peer, NULL);
  certpush_report_free(report);
  certpush_client_free(client);
}

static void nothing_is_written_to_the_hosts_descriptors(void) {
  char path[] = "output-XXXXXX";
  int file = mkstemp(path), out, err;
  certpush_client *client;
  certpush_push_list *list = list_of(REFUSED_ID);
  fflush(stdout);
  out = dup(1);
  err = dup(2);
  dup2(file, 1);
  dup2(file, 2);
  client = service_client();
  certpush_push(client, GOOD_ID, "p", "ELB", NULL, NULL);
  certpush_push(client, REFUSED_ID, "p", "ELB", NULL, NULL);
  certpush_push(client, NULL, NULL, NULL, NULL, NULL);
  certpush_push_n(client, SILENT_ID, 16, "p", 1, "ELB", 3, 50, NULL, NULL);
  certpush_push_all(client, list, 0, NULL, NULL, NULL, NULL, NULL);
  certpush_push_list_read_n(list, "nothing", 7, NULL);
  certpush_journal_settle("/no/such/journal", GOOD_ID, "p", "ELB", 1, NULL);
  certpush_push_list_free(list);
  certpush_client_free(client);
  fflush(stdout);
  dup2(out, 1);
  dup2(err, 2);
  close(out);
  close(err);
  CHECK_NUMBER(lseek(file, 0, SEEK_END), 0);
  close(file);
  unlink(path);
}

/* How many descriptors are open, and how many of them a program that is exec'ed would have. */
static void count_descriptors(int *open, int *inherited) {
  int fd;
  *open = *inherited = 0;
  for (fd = 0; fd < 1024; fd++) {
    int flags = fcntl(fd, F_GETFD);
    *open += flags != -1;
    *inherited += flags != -1 && !(flags & FD_CLOEXEC);
  }
}

/* How many threads this process has. */
static int threads(void) {
  char line[256];
  int count = -1;
  FILE *file = fopen("/proc/self/status", "r");
  while (file != NULL && fgets(line, sizeof line, file) != NULL)
    if (strncmp(line, "Threads:", 8) == 0) count = (int)strtol(line + 8, NULL, 10);
  if (file != NULL) fclose(file);
  return count;
}

/* A thread that was joined is counted until the kernel has put it away. */
static void await_one_thread(void) {
  const struct timespec pause = {0, 1000000};
  int tries;
  for (tries = 0; tries < 2000 && threads() != 1; tries++) nanosleep(&pause, NULL);
  CHECK_NUMBER(threads(), 1);
}

static void descriptors_are_closed_and_not_inherited(void) {
  int open_before, inherited_before, open, inherited;
  certpush_client *client = service_client();
  count_descriptors(&open_before, &inherited_before);
  CHECK_NUMBER(certpush_push(client, GOOD_ID, "p", "ELB", NULL, NULL), CERTPUSH_OK);
  count_descriptors(&open, &inherited);
  CHECK_NUMBER(open, open_before + 1);
  CHECK_NUMBER(inherited, inherited_before);
  certpush_client_free(client);
  count_descriptors(&open, &inherited);
  CHECK_NUMBER(open, open_before);
}

static void a_run_leaves_no_descriptor_and_no_thread(void) {
  certpush_push_list *list = list_of(GOOD_ID);
  int open_before, inherited_before, open, inherited, round;
  certpush_client *client;
  count_descriptors(&open_before, &inherited_before);
  client = keeping_client();
  for (round = 0; round < 3; round++) {
    CHECK_NUMBER(certpush_push_all_again(client, list, 0, NULL, NULL, NULL, NULL, NULL), CERTPUSH_OK);
    count_descriptors(&open, &inherited);
    /* The journal, and a connection for each job at most. */
    CHECK(open > open_before + 1 && open <= open_before + 1 + 4);
    CHECK_NUMBER(inherited, inherited_before);
    await_one_thread();
  }
  certpush_push_list_free(list);
  certpush_client_free(client);
  count_descriptors(&open, &inherited);
  CHECK_NUMBER(open, open_before);
  CHECK(unlink("processes.journal") == 0);
}

/* What a one-off call does with a secret key that is not the access key's: its attempts. */
static int32_t attempts_of_a_one_off_push(int32_t status) {
  certpush_report *report = NULL;
  int32_t attempts;
  CHECK_NUMBER(certpush_push_once(NULL, NULL, GOOD_ID, "ap-southeast-3", "ELB", &report), status);
  attempts = certpush_report_attempts(report);
  certpush_report_free(report);
  return attempts;
}

static void a_refused_key_is_not_tried_again_by_one_off_calls_nor_by_a_child(void) {
  static const char *const names[] = {"CERTPUSH_ENDPOINT",   "CERTPUSH_CA_FILE",
                                      "CERTPUSH_ACCESS_KEY", "CERTPUSH_SECRET_KEY",
                                      "CERTPUSH_DOMAIN_ID",  "CERTPUSH_RETRIES"};
  const char *const values[] = {service_endpoint(),
                                given("SERVICE_CA_FILE"),
                                "SIMACCESSKEY00000001",
                                "not-the-secret-key-of-that-access-key",
                                "d0a1b2c3d4e5f60718293a4b5c6d7e8f",
                                "0"};
  size_t index;
  int count, state = -1;
  pid_t child;
  for (index = 0; index < sizeof names / sizeof *names; index++)
    setenv(names[index], values[index], 1);
  CHECK_NUMBER(attempts_of_a_one_off_push(CERTPUSH_UNAUTHORIZED), 1);
  for (count = 0; count < 6; count++)
    CHECK_NUMBER(attempts_of_a_one_off_push(CERTPUSH_UNAUTHORIZED), 0);
  fflush(stdout);
  child = fork();
  if (child == 0)
    _exit(attempts_of_a_one_off_push(CERTPUSH_UNAUTHORIZED) != 0);
  waitpid(child, &state, 0);
  CHECK(WIFEXITED(state) && WEXITSTATUS(state) == 0);
  for (index = 0; index < sizeof names / sizeof *names; index++)
    unsetenv(names[index]);
}

int main(void) {
  RUN(parent_and_child_both_use_a_client);
  RUN(a_child_has_no_part_in_its_parents_run);
  RUN(a_refused_key_is_not_tried_again_by_one_off_calls_nor_by_a_child);
  RUN(a_peer_that_hangs_up_raises_no_sigpipe);
  RUN(nothing_is_written_to_the_hosts_descriptors);
  RUN(descriptors_are_closed_and_not_inherited);
  RUN(a_run_leaves_no_descriptor_and_no_thread);
  return tests_ended();
}
