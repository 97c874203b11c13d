/* What is left of secrets in this process's memory once a client is freed. It looks for them itself,
 * so it never has one as a whole: what it knows of a secret is veiled. */
#include "service.h"

#include <fcntl.h>
#include <pthread.h>

#define PIECE 12
#define VEIL 0x5a
/* No text but a token that the service made up is as long: PEM has lines of 64. */
#define LONGEST_LINE 64

struct secret {
  unsigned char veiled[4096];
  size_t length;
};

/* Reads what is in a file, but for the ends of lines, byte by byte and veils each at once. */
static void read_veiled(const char *path, struct secret *secret) {
  unsigned char byte;
  int fd = open(path, O_RDONLY);
  secret->length = 0;
  while (secret->length < sizeof secret->veiled && read(fd, &byte, 1) == 1)
    if (byte != '\n') secret->veiled[secret->length++] = byte ^ VEIL;
  byte = 0;
  close(fd);
  CHECK(secret->length >= PIECE);
}

typedef const volatile unsigned char *memory;

/* How often something is in memory from start to end. */
typedef int (*count_fn)(const struct secret *secret, memory start, memory end);

static int is_there(memory at, memory end, const unsigned char *veiled, size_t length) {
  size_t i = 0;
  if ((size_t)(end - at) < length) return 0;
  while (i < length && (at[i] ^ VEIL) == veiled[i]) i++;
  return i == length;
}

/* The beginning, the middle or the end of a secret. */
static int count_pieces(const struct secret *secret, memory start, memory end) {
  const size_t last = secret->length - PIECE;
  int count = 0;
  for (; start < end; start++)
    count += is_there(start, end, secret->veiled, PIECE) ||
             is_there(start, end, secret->veiled + last / 2, PIECE) ||
             is_there(start, end, secret->veiled + last, PIECE);
  return count;
}

/* A token that the service made up: what begins as IAM's do and goes on in base64. */
static int count_issued(const struct secret *secret, memory start, memory end) {
  const unsigned char beginning[] = {'M' ^ VEIL, 'I' ^ VEIL, 'I' ^ VEIL};
  int count = 0;
  (void)secret;
  for (; start < end; start++) {
    memory at = start;
    if (!is_there(start, end, beginning, sizeof beginning)) continue;
    while (at < end && at - start <= LONGEST_LINE &&
           (('A' <= *at && *at <= 'Z') || ('a' <= *at && *at <= 'z') ||
            ('0' <= *at && *at <= '9') || *at == '+' || *at == '-'))
      at++;
    count += at - start > LONGEST_LINE;
  }
  return count;
}

/* Counts in all memory that this process can write. */
static int count_in_memory(count_fn count, const struct secret *secret) {
  FILE *maps = fopen("/proc/self/maps", "r");
  char line[512], readable, writable;
  unsigned long start, end;
  int sum = 0;
  while (fgets(line, sizeof line, maps) != NULL)
    if (sscanf(line, "%lx-%lx %c%c", &start, &end, &readable, &writable) == 4 &&
        readable == 'r' && writable == 'w')
      sum += count(secret, (memory)start, (memory)end);
  fclose(maps);
  return sum;
}

static int32_t status_of_push;

static void *push(void *client) {
  certpush_report *report = NULL;
  status_of_push =
      certpush_push((const certpush_client *)client, GOOD_ID, "p", "ELB", NULL, &report);
  certpush_report_free(report);
  return NULL;
}

/* Pushes on this thread and on one that ends, and looks before and after the client is freed. */
static void is_gone_with_its_client(certpush_config *config, count_fn count,
                                    const struct secret *secret) {
  certpush_client *client = client_of(config);
  pthread_t thread;
  push(client);
  CHECK_NUMBER(status_of_push, CERTPUSH_OK);
  pthread_create(&thread, NULL, push, client);
  pthread_join(thread, NULL);
  CHECK_NUMBER(status_of_push, CERTPUSH_OK);
  CHECK(count_in_memory(count, secret) > 0);
  certpush_client_free(client);
  CHECK_NUMBER(count_in_memory(count, secret), 0);
}

/* Writes a secret to a file. Each letter is given as the one after it. */
static void write_shifted(const char *path, const char *shifted) {
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  for (; *shifted != '\0'; shifted++) {
    const char byte = (char)(*shifted - 1);
    CHECK(write(fd, &byte, 1) == 1);
  }
  close(fd);
}

static certpush_config *config_without_credentials(void) {
  certpush_config *config = certpush_config_new();
  CHECK_NUMBER(certpush_config_set(config, "endpoint", service_endpoint(), NULL), CERTPUSH_OK);
  CHECK_NUMBER(certpush_config_set(config, "ca_file", given("SERVICE_CA_FILE"), NULL), CERTPUSH_OK);
  CHECK_NUMBER(certpush_config_set(config, "iam_endpoint", service_endpoint(), NULL), CERTPUSH_OK);
  CHECK_NUMBER(certpush_config_set(config, "metadata_endpoint", given("SERVICE_HTTP"), NULL),
               CERTPUSH_OK);
  return config;
}

static void write_token(struct secret *token) {
  write_shifted("own-token", "[y:Rw8.OpPuifsUfyuIbtUijt.BoeJuJtOpuJoDfsujgjdbuft");
  read_veiled("own-token", token);
}

static void a_token_is_gone(void) {
  certpush_config *config = config_without_credentials();
  struct secret token;
  write_token(&token);
  certpush_config_set(config, "token_file", "own-token", NULL);
  is_gone_with_its_client(config, count_pieces, &token);
}

/* The program wipes the text that it made: what is left is certpush's. */
static void set_token_in_a_text(certpush_config *config, const char *before, const char *after) {
  char options[4096];
  size_t length = strlen(before);
  int fd = open("own-token", O_RDONLY);
  memcpy(options, before, length);
  length += (size_t)read(fd, options + length, sizeof options - 100);
  close(fd);
  memcpy(options + length, after, strlen(after));
  length += strlen(after);
  CHECK_NUMBER(certpush_config_set_options(config, options, length, NULL), CERTPUSH_OK);
  while (length > 0) ((volatile char *)options)[--length] = 0;
}

static void a_token_in_a_text_of_options_is_gone(void) {
  certpush_config *lines = config_without_credentials(), *json = config_without_credentials();
  struct secret token;
  write_token(&token);
  set_token_in_a_text(lines, "retries=1\ntoken=", "\ntimeout_ms=30000");
  is_gone_with_its_client(lines, count_pieces, &token);
  /* An escape that has to be undone. */
  set_token_in_a_text(json, "{\"timeout_ms\":30000,\"token\":\"", "\\u0041\"}");
  is_gone_with_its_client(json, count_pieces, &token);
}

static void a_refused_text_of_options_leaves_no_token(void) {
  certpush_config *config = config_without_credentials();
  struct secret token;
  char options[4096];
  size_t length;
  int fd;
  write_token(&token);
  fd = open("own-token", O_RDONLY);
  memcpy(options, "token=", 6);
  length = 6 + (size_t)read(fd, options + 6, sizeof options - 100);
  close(fd);
  memcpy(options + length, "\nretries=many", 13);
  CHECK_NUMBER(certpush_config_set_options(config, options, length + 13, NULL),
               CERTPUSH_INVALID_CONFIG);
  CHECK(count_in_memory(count_pieces, &token) > 0);
  for (length += 13; length > 0;) ((volatile char *)options)[--length] = 0;
  CHECK_NUMBER(count_in_memory(count_pieces, &token), 0);
  certpush_config_free(config);
}

/* The source hands on a token that it, too, does not keep. */
static void give_from_a_file(void *user, certpush_token_request *request) {
  char token[4096];
  int fd = open("own-token", O_RDONLY);
  ssize_t length = read(fd, token, sizeof token), i;
  (void)user;
  close(fd);
  certpush_token_request_give(request, token, (size_t)length);
  for (i = 0; i < length; i++) ((volatile char *)token)[i] = 0;
}

static void a_token_from_a_source_is_gone_with_the_push(void) {
  certpush_config *config = config_without_credentials();
  certpush_client *client;
  struct secret token;
  write_token(&token);
  certpush_config_set_token_source(config, give_from_a_file, NULL, NULL);
  client = client_of(config);
  push(client);
  CHECK_NUMBER(status_of_push, CERTPUSH_OK);
  CHECK_NUMBER(count_in_memory(count_pieces, &token), 0);
  certpush_client_free(client);
}

static void a_secret_key_is_gone(void) {
  certpush_config *config = config_without_credentials();
  struct secret key;
  write_shifted("secret-key", "tjnvmbufe.tfdsfu.lfz.pg.gpsuz.dibsbdufst");
  read_veiled("secret-key", &key);
  certpush_config_set(config, "access_key", "SIMACCESSKEY00000001", NULL);
  certpush_config_set(config, "secret_key_file", "secret-key", NULL);
  is_gone_with_its_client(config, count_pieces, &key);
}

static certpush_config *config_with_password(struct secret *password) {
  certpush_config *config = config_without_credentials();
  write_shifted("password", "JBNQbttxpseA2");
  read_veiled("password", password);
  certpush_config_set(config, "user_name", "IAMUser", NULL);
  certpush_config_set(config, "user_domain", "IAMDomain", NULL);
  certpush_config_set(config, "user_password_file", "password", NULL);
  return config;
}

static void a_password_is_gone(void) {
  struct secret password;
  is_gone_with_its_client(config_with_password(&password), count_pieces, &password);
}

static void the_token_for_a_password_is_gone(void) {
  struct secret password;
  is_gone_with_its_client(config_with_password(&password), count_issued, NULL);
}

static void a_temporary_key_is_gone(void) {
  certpush_config *config = config_without_credentials();
  certpush_config_set(config, "credentials", "metadata", NULL);
  is_gone_with_its_client(config, count_issued, NULL);
}

int main(void) {
  RUN(a_token_is_gone);
  RUN(a_token_in_a_text_of_options_is_gone);
  RUN(a_refused_text_of_options_leaves_no_token);
  RUN(a_token_from_a_source_is_gone_with_the_push);
  RUN(a_secret_key_is_gone);
  RUN(a_password_is_gone);
  RUN(a_temporary_key_is_gone);
  RUN(the_token_for_a_password_is_gone);
  return tests_ended();
}
