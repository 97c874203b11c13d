/* A connection that is certpush's no more: descriptors that the host closed and uses itself, a
   process that has its parent's pid, the standard streams, signals, and a thread that ends. */
#define _GNU_SOURCE
#include "service.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define HIGHEST 1024

/* A client whose calls end soon where a request went astray. */
static certpush_client *impatient_client(void) {
  certpush_config *config = service_config();
  CHECK_NUMBER(certpush_config_set(config, "timeout_ms", "10000", NULL), CERTPUSH_OK);
  return client_of(config);
}

static ino_t inode_of(int fd) {
  struct stat file;
  return fstat(fd, &file) == 0 ? file.st_ino : 0;
}

/* The descriptor of the only connection of a client that has pushed once. */
static int kept_descriptor(const certpush_client *client) {
  static int was_open[HIGHEST];
  int fd, found = -1;
  for (fd = 0; fd < HIGHEST; fd++) was_open[fd] = fcntl(fd, F_GETFD) != -1;
  CHECK_NUMBER(certpush_push(client, GOOD_ID, "p", "ELB", NULL, NULL), CERTPUSH_OK);
  for (fd = 0; fd < HIGHEST; fd++)
    if (!was_open[fd] && fcntl(fd, F_GETFD) != -1) found = fd;
  CHECK(found >= 3);
  return found;
}

/* As a daemon does: closes all descriptors, and opens a file of its own for each. Ends with 0 if
   they are all untouched after a push. */
static int closes_all_and_logs(certpush_client *client, int kept, int frees) {
  char path[] = "log-XXXXXX";
  ino_t mine;
  int fd, log = mkstemp(path);
  mine = inode_of(log);
  for (fd = 3; fd < HIGHEST; fd++)
    if (fd != log) close(fd);
  for (fd = 3; fd <= kept; fd++) dup2(log, fd);
  if (certpush_push(client, GOOD_ID, "p", "ELB", NULL, NULL) != CERTPUSH_OK) return 1;
  if (frees) certpush_client_free(client);
  for (fd = 3; fd <= kept; fd++)
    if (inode_of(fd) != mine) return 2;
  return lseek(log, 0, SEEK_END) == 0 ? 0 : 3;
}

static void a_daemon_that_closes_all_descriptors_keeps_the_ones_it_opens(void) {
  certpush_client *client = impatient_client();
  const int kept = kept_descriptor(client);
  int state = -1;
  pid_t child;
  fflush(stdout);
  child = fork();
  if (child == 0) _exit(closes_all_and_logs(client, kept, 1));
  waitpid(child, &state, 0);
  CHECK(WIFEXITED(state));
  CHECK_NUMBER(WEXITSTATUS(state), 0);
  /* The parent's connection is what it was. */
  CHECK_NUMBER(certpush_push(client, GOOD_ID, "p", "ELB", NULL, NULL), CERTPUSH_OK);
  certpush_client_free(client);
}

static void a_program_that_closes_all_descriptors_without_a_fork_keeps_its_own(void) {
  int state = -1;
  pid_t child;
  fflush(stdout);
  child = fork();
  if (child == 0) {
    certpush_client *client = impatient_client();
    _exit(closes_all_and_logs(client, kept_descriptor(client), 0));
  }
  waitpid(child, &state, 0);
  CHECK(WIFEXITED(state));
  CHECK_NUMBER(WEXITSTATUS(state), 0);
}

static void a_foreign_socket_never_gets_a_request(void) {
  certpush_client *client = impatient_client();
  const int kept = kept_descriptor(client);
  int pair[2];
  char byte;
  CHECK_NUMBER(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  CHECK_NUMBER(dup2(pair[0], kept), kept);
  CHECK_NUMBER(certpush_push(client, GOOD_ID, "p", "ELB", NULL, NULL), CERTPUSH_OK);
  CHECK(recv(pair[1], &byte, 1, MSG_DONTWAIT) == -1);
  CHECK_NUMBER(inode_of(kept), inode_of(pair[0]));
  /* Nor when the client is freed while the number is the host's. */
  certpush_client_free(client);
  CHECK_NUMBER(inode_of(kept), inode_of(pair[0]));
  close(kept);
  close(pair[0]);
  close(pair[1]);
}

/* Pushes often, and ends with 0 if each push was answered for the certificate that it was about. */
static int each_gets_its_own(const certpush_client *client, const char *id, int32_t status) {
  int count, wrong = 0;
  for (count = 0; count < 300; count++)
    wrong += certpush_push(client, id, "p", "ELB", NULL, NULL) != status;
  return wrong != 0;
}

/* In a pid namespace of its own, where it is process 1: makes a connection and forks into another,
   where the child is process 1 too. */
static int two_processes_1(void) {
  certpush_client *client = impatient_client();
  int state = -1, wrong;
  pid_t child;
  if (getpid() != 1) return 10;
  if (certpush_push(client, GOOD_ID, "p", "ELB", NULL, NULL) != CERTPUSH_OK) return 11;
  if (unshare(CLONE_NEWPID) != 0) return 12;
  child = fork();
  if (child == 0) {
    if (getpid() != 1) _exit(13);
    _exit(each_gets_its_own(client, REFUSED_ID, CERTPUSH_UNAUTHORIZED));
  }
  wrong = each_gets_its_own(client, GOOD_ID, CERTPUSH_OK);
  waitpid(child, &state, 0);
  return wrong || !WIFEXITED(state) ? 14 : WEXITSTATUS(state);
}

/* Whether this user may make a pid namespace. */
static int may_unshare(void) {
  int state = -1;
  pid_t child;
  fflush(stdout);
  child = fork();
  if (child == 0) _exit(unshare(CLONE_NEWUSER | CLONE_NEWPID) != 0);
  waitpid(child, &state, 0);
  return WIFEXITED(state) && WEXITSTATUS(state) == 0;
}

static void two_processes_with_one_pid_do_not_share_a_connection(void) {
  int state = -1;
  pid_t outer;
  fflush(stdout);
  outer = fork();
  if (outer == 0) {
    pid_t first;
    if (unshare(CLONE_NEWUSER | CLONE_NEWPID) != 0) _exit(20);
    first = fork();
    if (first == 0) _exit(two_processes_1());
    waitpid(first, &state, 0);
    _exit(WIFEXITED(state) ? WEXITSTATUS(state) : 21);
  }
  waitpid(outer, &state, 0);
  CHECK(WIFEXITED(state));
  CHECK_NUMBER(WEXITSTATUS(state), 0);
}

/* In a process without standard streams: 0 if no connection has the number of one. */
static int is_kept_above_the_standard_streams(void) {
  const certpush_client *client = impatient_client();
  close(0);
  close(1);
  close(2);
  if (certpush_push(client, GOOD_ID, "p", "ELB", NULL, NULL) != CERTPUSH_OK) return 1;
  return fcntl(0, F_GETFD) != -1 || fcntl(1, F_GETFD) != -1 || fcntl(2, F_GETFD) != -1;
}

static void a_connection_never_takes_the_place_of_a_standard_stream(void) {
  int state = -1;
  pid_t child;
  fflush(stdout);
  child = fork();
  if (child == 0) _exit(is_kept_above_the_standard_streams());
  waitpid(child, &state, 0);
  CHECK(WIFEXITED(state));
  CHECK_NUMBER(WEXITSTATUS(state), 0);
}

static pthread_key_t at_end;
static int32_t status_at_end;
static int32_t unknown_at_end;

static void push_at_end(void *client) {
  certpush_report *report = NULL;
  status_at_end = certpush_push((certpush_client *)client, GOOD_ID, "p", "ELB", NULL, &report);
  unknown_at_end = certpush_report_outcome_unknown(report);
  certpush_report_free(report);
}

static void *push_and_end(void *client) {
  CHECK_NUMBER(
      certpush_push((certpush_client *)client, REFUSED_ID, "p", "ELB", NULL, NULL),
      CERTPUSH_UNAUTHORIZED);
  pthread_setspecific(at_end, client);
  return NULL;
}

/* The first push of the thread's last moments makes a connection, the next one uses a kept one; by
   name, the address is looked up on a thread of certpush's own. */
static void a_push_can_be_made_while_a_thread_ends(void) {
  int named;
  CHECK_NUMBER(pthread_key_create(&at_end, push_at_end), 0);
  for (named = 0; named < 2; named++) {
    certpush_config *config = service_config();
    char endpoint[64];
    certpush_client *client;
    pthread_t thread;
    if (named) {
      snprintf(endpoint, sizeof endpoint, "https://localhost:%s",
               strrchr(given("SERVICE_ENDPOINT"), ':') + 1);
      CHECK_NUMBER(certpush_config_set(config, "endpoint", endpoint, NULL), CERTPUSH_OK);
    }
    CHECK_NUMBER(certpush_config_set(config, "max_idle_connections", named ? "0" : "1", NULL),
                 CERTPUSH_OK);
    client = client_of(config);
    status_at_end = -1;
    pthread_create(&thread, NULL, push_and_end, client);
    pthread_join(thread, NULL);
    CHECK_NUMBER(status_at_end, CERTPUSH_OK);
    CHECK_NUMBER(unknown_at_end, 0);
    certpush_client_free(client);
  }
  pthread_key_delete(at_end);
}

static const certpush_client *client_at_exit;

static void push_at_exit(void) {
  int32_t status = certpush_push(client_at_exit, GOOD_ID, "p", "ELB", NULL, NULL);
  _exit(status == CERTPUSH_OK ? 0 : 40);
}

static void a_push_can_be_made_while_the_program_ends(void) {
  int state = -1;
  pid_t child;
  fflush(stdout);
  child = fork();
  if (child == 0) {
    client_at_exit = impatient_client();
    if (certpush_push(client_at_exit, GOOD_ID, "p", "ELB", NULL, NULL) != CERTPUSH_OK) _exit(41);
    atexit(push_at_exit);
    exit(0);
  }
  waitpid(child, &state, 0);
  CHECK(WIFEXITED(state));
  CHECK_NUMBER(WEXITSTATUS(state), 0);
}

static volatile sig_atomic_t handled_by;

static void handle(int signal) {
  (void)signal;
  handled_by = (sig_atomic_t)syscall(SYS_gettid);
}

static int is_slow;

/* Stands before the C library's: a name server that takes its time. */
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **found) {
  static pthread_mutex_t never = PTHREAD_MUTEX_INITIALIZER;
  static int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
  if (is_slow) {
    pthread_mutex_lock(&never);
    pthread_mutex_lock(&never);
  }
  *(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
  return real(name, service, hints, found);
}

/* A look-up that a call has left behind goes on: the host's signals must not be handled there. */
static void the_hosts_signals_are_not_handled_on_certpushs_thread(void) {
  certpush_config *config = service_config();
  certpush_client *client;
  certpush_report *report = NULL;
  struct sigaction action;
  sigset_t one, before, pending;
  is_slow = 1;
  CHECK_NUMBER(certpush_config_set(config, "endpoint", "https://scm.example", NULL), CERTPUSH_OK);
  CHECK_NUMBER(certpush_config_set(config, "timeout_ms", "200", NULL), CERTPUSH_OK);
  client = client_of(config);
  CHECK_NUMBER(certpush_push(client, GOOD_ID, "p", "ELB", NULL, &report), CERTPUSH_TIMEOUT);
  CHECK_TEXT(certpush_report_phase(report), "resolve");
  certpush_report_free(report);
  certpush_client_free(client);
  memset(&action, 0, sizeof action);
  action.sa_handler = handle;
  sigaction(SIGUSR1, &action, NULL);
  sigemptyset(&one);
  sigaddset(&one, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &one, &before);
  kill(getpid(), SIGUSR1);
  sigpending(&pending);
  CHECK(sigismember(&pending, SIGUSR1));
  CHECK_NUMBER(handled_by, 0);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  CHECK_NUMBER(handled_by, getpid());
  is_slow = 0;
}

int main(void) {
  RUN(a_daemon_that_closes_all_descriptors_keeps_the_ones_it_opens);
  RUN(a_program_that_closes_all_descriptors_without_a_fork_keeps_its_own);
  RUN(a_foreign_socket_never_gets_a_request);
  if (may_unshare())
    RUN(two_processes_with_one_pid_do_not_share_a_connection);
  else
    printf("# SKIPPED: two_processes_with_one_pid_do_not_share_a_connection: this user may not make "
           "a pid namespace\n");
  RUN(a_connection_never_takes_the_place_of_a_standard_stream);
  RUN(a_push_can_be_made_while_a_thread_ends);
  RUN(a_push_can_be_made_while_the_program_ends);
  RUN(the_hosts_signals_are_not_handled_on_certpushs_thread);
  return tests_ended();
}
