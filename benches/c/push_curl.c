/* libcurl with one handle that is used again, as its manual advises. */

#define _GNU_SOURCE
#include "driver.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct client {
  const target *where;
  char *url;
  struct curl_slist *headers;
};

static size_t ignore(char *bytes, size_t size, size_t count, void *user) {
  (void)bytes, (void)user;
  return size * count;
}

void *client_new(const target *where) {
  struct client *client = calloc(1, sizeof *client);
  char *token = NULL;
  curl_global_init(CURL_GLOBAL_DEFAULT);
  client->where = where;
  if (asprintf(&client->url, "%s" PUSH_PATH, where->endpoint) < 0 ||
      asprintf(&token, "X-Auth-Token: %s", where->token) < 0)
    fail("out of memory");
  client->headers = curl_slist_append(client->headers, "Content-Type: application/json");
  client->headers = curl_slist_append(client->headers, "X-Language: en-us");
  client->headers = curl_slist_append(client->headers, token);
  free(token);
  return client;
}

void *client_for_thread(void *argument) {
  struct client *client = argument;
  CURL *easy = curl_easy_init();
  if (!easy) fail("no handle");
  curl_easy_setopt(easy, CURLOPT_URL, client->url);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, client->headers);
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, PUSH_BODY);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, ignore);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, 60000L);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  /* The curl program looks there, the library does not. */
  const char *ca_file = *client->where->ca_file ? client->where->ca_file : getenv("SSL_CERT_FILE");
  if (ca_file) curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file);
  return easy;
}

void client_push(void *easy) {
  long status = 0;
  CURLcode code = curl_easy_perform(easy);
  if (code != CURLE_OK) fail(curl_easy_strerror(code));
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  if (status != 204) fail("the answer is not 204");
}
