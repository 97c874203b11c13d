/* The floor: the request formatted, one write and one read on a kept socket, TLS by OpenSSL. It
   checks nothing but the status, has no deadline and cannot be cancelled: a client can hardly cost
   less. */

#include "driver.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct client {
  struct sockaddr_in address;
  char host[64];
  SSL_CTX *tls; /* NULL for http */
  const char *authority;
  const char *token;
};

struct connection {
  const struct client *client;
  int socket; /* 0 before the first push */
  SSL *tls;
  char request[8192];
  char answer[4096];
};

static SSL_CTX *tls_context(const char *ca_file) {
  SSL_CTX *context = SSL_CTX_new(TLS_client_method());
  int trusted = *ca_file ? SSL_CTX_load_verify_locations(context, ca_file, NULL)
                         : SSL_CTX_set_default_verify_paths(context);
  if (!trusted) fail("the certificate authorities cannot be read");
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
  return context;
}

void *client_new(const target *where) {
  struct client *client = calloc(1, sizeof *client);
  int port;
  bool secure = strncmp(where->endpoint, "https://", 8) == 0;
  const char *authority = where->endpoint + (secure ? 8 : 7);
  if (sscanf(authority, "%63[^:]:%d", client->host, &port) != 2) fail("the endpoint has no port");
  client->address.sin_family = AF_INET;
  client->address.sin_port = htons((uint16_t)port);
  if (inet_pton(AF_INET, client->host, &client->address.sin_addr) != 1) fail("the endpoint has no IPv4 address");
  if (secure) client->tls = tls_context(where->ca_file);
  client->authority = authority;
  client->token = where->token;
  return client;
}

void *client_for_thread(void *argument) {
  struct connection *own = calloc(1, sizeof *own);
  own->client = argument;
  return own;
}

static void open_connection(struct connection *own) {
  const struct client *client = own->client;
  int yes = 1;
  own->socket = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(own->socket, (const struct sockaddr *)&client->address, sizeof client->address)) fail("no connection");
  setsockopt(own->socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  if (client->tls) {
    own->tls = SSL_new(client->tls);
    SSL_set_fd(own->tls, own->socket);
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(own->tls), client->host);
    if (SSL_connect(own->tls) != 1) fail(ERR_error_string(ERR_get_error(), NULL));
  }
}

static int format_request(struct connection *own) {
  return snprintf(own->request, sizeof own->request,
                  "POST /v3/scm/certificates/%s/push HTTP/1.1\r\n"
                  "host: %s\r\n"
                  "content-type: application/json\r\n"
                  "accept: application/json\r\n"
                  "user-agent: floor/1.0.0\r\n"
                  "x-language: en-us\r\n"
                  "content-length: %zu\r\n"
                  "x-auth-token: %s\r\n"
                  "\r\n"
                  "{\"target_project\":\"%s\",\"target_service\":\"%s\"}",
                  CERTIFICATE_ID, own->client->authority, strlen(PUSH_BODY), own->client->token,
                  TARGET_PROJECT, TARGET_SERVICE);
}

void client_push(void *of_thread) {
  struct connection *own = of_thread;
  if (!own->socket) open_connection(own);
  int length = format_request(own);
  ssize_t sent, received;
  if (own->tls) {
    sent = SSL_write(own->tls, own->request, length);
    received = SSL_read(own->tls, own->answer, sizeof own->answer);
  } else {
    sent = write(own->socket, own->request, (size_t)length);
    received = read(own->socket, own->answer, sizeof own->answer);
  }
  if (sent != length) fail("the request was not taken as a whole");
  if (received < 16 || memcmp(own->answer, "HTTP/1.1 204 ", 13) != 0) fail("the answer is not 204");
  if (memcmp(own->answer + received - 4, "\r\n\r\n", 4) != 0) fail("the answer came in pieces");
}
