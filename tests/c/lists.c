/* The list of many pushes: what it takes, and what it refuses and stays as it was. */
#include "service.h"

#include <limits.h>

#define HEADER "certificate_id,target_project,target_service\n"
#define OTHER_ID "scs1590053258704"

/* Checks how many entries a list has after a change, and what became of that; frees the report. */
static void told(certpush_push_list *list, size_t count, int32_t status, int32_t expected,
                 certpush_report *report, const char *message) {
  CHECK_NUMBER(certpush_push_list_count(list), count);
  CHECK_NUMBER(status, expected);
  CHECK_NUMBER(certpush_report_status(report), expected);
  CHECK_TEXT(certpush_report_outcome(report), "not_pushed");
  CHECK_CONTAINS(certpush_report_message(report), message);
  certpush_report_free(report);
}

static void read_gives(certpush_push_list *list, const char *text, size_t count, int32_t expected,
                       const char *message) {
  certpush_report *report = NULL;
  const int32_t status = certpush_push_list_read_n(list, text, strlen(text), &report);
  told(list, count, status, expected, report, message);
}

static void entries_are_added_one_by_one(void) {
  certpush_push_list *list = certpush_push_list_new();
  certpush_report *report = NULL;
  CHECK_NUMBER(certpush_push_list_count(list), 0);
  CHECK_NUMBER(certpush_push_list_add(list, GOOD_ID, "p", "ELB", &report), CERTPUSH_OK);
  CHECK_NUMBER(certpush_report_status(report), CERTPUSH_OK);
  CHECK_NUMBER(certpush_push_list_add(list, GOOD_ID, NULL, "CDN", NULL), CERTPUSH_OK);
  CHECK_NUMBER(certpush_push_list_add_n(list, GOOD_ID "!", 16, "pq", 1, "WAFF", 3, NULL), CERTPUSH_OK);
  CHECK_NUMBER(certpush_push_list_add_n(list, OTHER_ID, 16, NULL, 0, "CDN", 3, NULL), CERTPUSH_OK);
  CHECK_NUMBER(certpush_push_list_count(list), 4);
  certpush_push_list_free(list);
}

static void fields_may_have_blanks_and_nuls_at_their_end(void) {
  certpush_push_list *list = certpush_push_list_new();
  CHECK_NUMBER(certpush_push_list_add_fields(list, GOOD_ID "   ", 19, "p\0 \0", 4, "ELB ", 4, NULL),
               CERTPUSH_OK);
  CHECK_NUMBER(certpush_push_list_add_fields(list, GOOD_ID, 16, "    ", 4, "CDN", 3, NULL),
               CERTPUSH_OK);
  CHECK_NUMBER(certpush_push_list_add_fields(list, OTHER_ID, 16, NULL, 9, "CDN", 3, NULL),
               CERTPUSH_OK);
  /* They are what they are without: there already. */
  CHECK_NUMBER(certpush_push_list_add_n(list, GOOD_ID, 16, "p", 1, "ELB", 3, NULL),
               CERTPUSH_INVALID_ARGUMENT);
  CHECK_NUMBER(certpush_push_list_add_fields(list, GOOD_ID, 16, " q", 2, "ELB", 3, NULL),
               CERTPUSH_INVALID_ARGUMENT);
  CHECK_NUMBER(certpush_push_list_count(list), 3);
  certpush_push_list_free(list);
}

static void what_could_not_be_sent_is_not_added(void) {
  static const struct {
    const char *id, *project, *service, *message;
  } refused[] = {{"scs16", "p", "ELB", "certificate_id must be exactly 16"},
                 {" " GOOD_ID, "p", "ELB", "certificate_id"},
                 {GOOD_ID, "", "ELB", "target_project is empty"},
                 {GOOD_ID, " p", "ELB", "target_project has blanks around it"},
                 {GOOD_ID, "p ", "ELB", "target_project has blanks around it"},
                 {GOOD_ID, "p\n", "ELB", "target_project"},
                 {GOOD_ID, "p", "", "target_service"},
                 {GOOD_ID, "p", "ELB ", "target_service has blanks around it"},
                 {GOOD_ID, "q", "elb", "in the list already, as entry 1"}};
  certpush_push_list *list = certpush_push_list_new();
  size_t i;
  CHECK_NUMBER(certpush_push_list_add(list, GOOD_ID, "q", "ELB", NULL), CERTPUSH_OK);
  for (i = 0; i < sizeof refused / sizeof *refused; i++) {
    certpush_report *report = NULL;
    const int32_t status = certpush_push_list_add(list, refused[i].id, refused[i].project,
                                                  refused[i].service, &report);
    told(list, 1, status, CERTPUSH_INVALID_ARGUMENT, report, refused[i].message);
  }
  certpush_push_list_free(list);
}

static void both_forms_of_a_text_are_read(void) {
  certpush_push_list *list = certpush_push_list_new();
  read_gives(list, "\xef\xbb\xbf" HEADER GOOD_ID ",p,ELB\r\n\r\n\"" GOOD_ID "\",,CDN", 2, CERTPUSH_OK, "");
  read_gives(list, "target_service,certificate_id,target_project\nWAF," GOOD_ID ",p\n", 3, CERTPUSH_OK,
             "");
  read_gives(list,
             "{\"certificate_id\":\"" OTHER_ID "\",\"target_project\":\"p\",\"target_service\":\"ELB\"}\n"
             "{\"target_service\":\"CDN\",\"target_project\":\"\",\"certificate_id\":\"" OTHER_ID "\"}\n",
             5, CERTPUSH_OK, "");
  certpush_push_list_free(list);
}

static void a_text_is_taken_whole_or_refused_by_its_lines(void) {
  certpush_push_list *list = certpush_push_list_new();
  CHECK_NUMBER(certpush_push_list_add(list, OTHER_ID, "p", "ELB", NULL), CERTPUSH_OK);
  read_gives(list, HEADER GOOD_ID ",p,ELB\nscs16,p,ELB\n" GOOD_ID ",p ,WAF\n" GOOD_ID ",p,elb\n", 1,
             CERTPUSH_INVALID_CONFIG, "line 3: certificate_id must be exactly 16");
  read_gives(list, HEADER GOOD_ID ",p,ELB\nscs16,p,ELB\n" GOOD_ID ",p ,WAF\n" GOOD_ID ",p,elb\n", 1,
             CERTPUSH_INVALID_CONFIG, "line 4: target_project has blanks around it");
  read_gives(list, HEADER GOOD_ID ",p,ELB\n" GOOD_ID ",p,elb\n", 1, CERTPUSH_INVALID_CONFIG,
             "line 3: is in the list already, in line 2");
  read_gives(list, HEADER OTHER_ID ",p,ELB\n", 1, CERTPUSH_INVALID_CONFIG, "as entry 1");
  read_gives(list, HEADER, 1, CERTPUSH_INVALID_CONFIG, "no entry");
  read_gives(list, "", 1, CERTPUSH_INVALID_CONFIG, "is empty");
  read_gives(list, "id,project,service\n", 1, CERTPUSH_INVALID_CONFIG, "the first line must be");
  read_gives(list, "{\"certificate_id\":\"" GOOD_ID "\"}\n", 1, CERTPUSH_INVALID_CONFIG, "line 1");
  read_gives(list, HEADER GOOD_ID ",caf\xe9,ELB\n", 1, CERTPUSH_INVALID_CONFIG, "UTF-8");
  certpush_push_list_free(list);
}

static void a_text_ends_where_its_length_says(void) {
  const char text[] = HEADER GOOD_ID ",p,ELB\n" OTHER_ID ",p,ELB\n";
  certpush_push_list *list = certpush_push_list_new();
  certpush_report *report = NULL;
  CHECK_NUMBER(certpush_push_list_read_n(list, text, strlen(HEADER GOOD_ID) + 7, NULL), CERTPUSH_OK);
  CHECK_NUMBER(certpush_push_list_count(list), 1);
  CHECK_NUMBER(certpush_push_list_read_n(list, HEADER OTHER_ID ",p\0q,ELB", sizeof HEADER + 23, &report),
               CERTPUSH_INVALID_CONFIG);
  CHECK_CONTAINS(certpush_report_message(report), "NUL");
  certpush_report_free(report);
  certpush_push_list_free(list);
}

static void a_negative_length_is_refused(void) {
  int32_t lengths[3] = {16, 1, 3};
  const char *const names[] = {"certificate_id_length", "target_project_length", "target_service_length"};
  certpush_push_list *list = certpush_push_list_new();
  size_t i;
  for (i = 0; i < 3; i++) {
    const int32_t kept = lengths[i];
    certpush_report *report = NULL;
    int32_t status;
    lengths[i] = i == 0 ? INT32_MIN : -1;
    status = certpush_push_list_add_fields(list, GOOD_ID, lengths[0], "p", lengths[1], "ELB", lengths[2],
                                           &report);
    told(list, 0, status, CERTPUSH_INVALID_ARGUMENT, report, names[i]);
    lengths[i] = kept;
  }
  certpush_push_list_free(list);
}

static void a_list_has_room_for_thousands(void) {
  certpush_push_list *list = certpush_push_list_new();
  char project[32];
  int i;
  for (i = 0; i < 5000; i++) {
    const int length = sprintf(project, "project-%d", i);
    CHECK_NUMBER(certpush_push_list_add_n(list, GOOD_ID, 16, project, (size_t)length, "ELB", 3, NULL),
                 CERTPUSH_OK);
  }
  CHECK_NUMBER(certpush_push_list_count(list), 5000);
  certpush_push_list_free(list);
}

int main(void) {
  RUN(entries_are_added_one_by_one);
  RUN(fields_may_have_blanks_and_nuls_at_their_end);
  RUN(what_could_not_be_sent_is_not_added);
  RUN(both_forms_of_a_text_are_read);
  RUN(a_text_is_taken_whole_or_refused_by_its_lines);
  RUN(a_text_ends_where_its_length_says);
  RUN(a_negative_length_is_refused);
  RUN(a_list_has_room_for_thousands);
  return tests_ended();
}
