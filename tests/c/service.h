/* The simulated service that run.sh has started: where it is, and what it saw. POSIX, C99, C++17. */
#ifndef SERVICE_H
#define SERVICE_H

#include <certpush.h>

#include "check.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* A certificate that the service knows, and ids that it answers as scenarios.json says. */
#define GOOD_ID "scs1600313391074"
#define SILENT_ID "scs8000000000001"
#define REFUSED_ID "scs8000000000002"
#define THROTTLED_ID "scs8000000000003"
#define FAILED_ID "scs8000000000004"
#define LARGE_ID "scs8000000000005"

/* A variable that run.sh sets. */
static inline const char *given(const char *name) {
  const char *value = getenv(name);
  if (value == NULL) {
    fprintf(stderr, "%s is not set: run.sh runs this program\n", name);
    exit(2);
  }
  return value;
}

/* The service's base URL: https, or http where TLS would be in the way (valgrind). */
static inline const char *service_endpoint(void) { return given("SERVICE_ENDPOINT"); }

/* A config for the service that has no token yet. */
static inline certpush_config *config_without_token(void) {
  certpush_config *config = certpush_config_new();
  CHECK_NUMBER(certpush_config_set(config, "endpoint", service_endpoint(), NULL), CERTPUSH_OK);
  CHECK_NUMBER(certpush_config_set(config, "ca_file", given("SERVICE_CA_FILE"), NULL), CERTPUSH_OK);
  return config;
}

/* A config for the service. */
static inline certpush_config *service_config(void) {
  certpush_config *config = config_without_token();
  CHECK_NUMBER(certpush_config_set(config, "token_file", given("SERVICE_TOKEN_FILE"), NULL),
               CERTPUSH_OK);
  return config;
}

/* The client of a config, which it frees. */
static inline certpush_client *client_of(certpush_config *config) {
  certpush_client *client = NULL;
  CHECK_NUMBER(certpush_client_new(config, &client, NULL), CERTPUSH_OK);
  certpush_config_free(config);
  return client;
}

static inline certpush_client *service_client(void) { return client_of(service_config()); }

/* Asks the service over plain http; the answer is to be freed. */
static inline char *ask_service(const char *method, const char *path) {
  struct sockaddr_in address;
  char request[200];
  size_t room = 1 << 16, length = 0;
  char *answer = (char *)malloc(room);
  ssize_t count;
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  const char *port = strrchr(given("SERVICE_HTTP"), ':') + 1;

  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_port = htons((uint16_t)strtol(port, NULL, 10));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  snprintf(request, sizeof request,
           "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
           method, path);
  if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
      write(fd, request, strlen(request)) != (ssize_t)strlen(request)) {
    perror("the simulated service");
    exit(2);
  }
  while ((count = read(fd, answer + length, room - length - 1)) > 0) {
    length += (size_t)count;
    if (room - length < 4096) answer = (char *)realloc(answer, room *= 2);
  }
  answer[length] = '\0';
  close(fd);
  return answer;
}

/* Has the service forget what it saw. */
static inline void reset_service(void) { free(ask_service("POST", "/sim/reset")); }

/* How often a text is in what the service tells of itself at a path. */
static inline int service_count(const char *path, const char *text) {
  char *answer = ask_service("GET", path);
  const char *found = answer;
  int count = 0;
  while ((found = strstr(found, text)) != NULL) {
    found += strlen(text);
    count++;
  }
  free(answer);
  return count;
}

/* How many TLS connections there were. */
static inline int service_connections(void) {
  char *answer = ask_service("GET", "/sim/connections");
  const char *number = strstr(answer, "\"https\":");
  int count = number == NULL ? -1 : (int)strtol(number + strlen("\"https\":"), NULL, 10);
  free(answer);
  return count;
}

/* Waits until the service has received so many pushes of a certificate. */
static inline void await_received(const char *certificate_id, int pushes) {
  const struct timespec pause = {0, 2000000};
  while (service_count("/sim/received", certificate_id) < pushes) nanosleep(&pause, NULL);
}

#endif
