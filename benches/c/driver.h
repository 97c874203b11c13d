/* What a client in C is for the benchmark: driver.c runs it, one file for each client has it. */

#ifndef DRIVER_H
#define DRIVER_H

/* Where to push, and with what. */
typedef struct {
  const char *endpoint; /* http://HOST:PORT or https://HOST:PORT */
  const char *ca_file;  /* "" trusts what the library trusts by itself */
  const char *token;
} target;

#define CERTIFICATE_ID "scs1600313391074"
#define TARGET_PROJECT "ap-southeast-3"
#define TARGET_SERVICE "ELB"
#define PUSH_PATH "/v3/scm/certificates/" CERTIFICATE_ID "/push"
#define PUSH_BODY "{\"target_project\":\"" TARGET_PROJECT "\",\"target_service\":\"" TARGET_SERVICE "\"}"

/* Makes what a whole program has once. */
void *client_new(const target *where);

/* Makes what one thread needs to push; it may be the client itself. */
void *client_for_thread(void *client);

/* Pushes once. Ends the program unless the answer is 204. */
void client_push(void *of_thread);

/* Ends the program with a message. */
_Noreturn void fail(const char *what);

#endif
