      *> Pushes with numbers of 32 bits and references alone, as GnuCOBOL
      *> 3 and 4 both pass them, and shows every member of the report.
      *> The endpoint, the token file and the CA file are in the
      *> environment, and so are the target's three parts.
       IDENTIFICATION DIVISION.
       PROGRAM-ID. PUSH.
       DATA DIVISION.
       WORKING-STORAGE SECTION.
       01  CONFIG-POINTER       USAGE POINTER.
       01  CLIENT-POINTER       USAGE POINTER.
       01  REPORT-POINTER       USAGE POINTER.
       01  OPTION-VALUE         PIC X(400).
       01  CERTIFICATE-ID       PIC X(20).
       01  TARGET-PROJECT       PIC X(40).
       01  TARGET-SERVICE       PIC X(8).
       01  OUTCOME-UNKNOWN      PIC S9(9) COMP-5 VALUE 0.
       01  HTTP-STATUS          PIC S9(9) COMP-5 VALUE 0.
       01  SERVICE-CODE         PIC X(20).
       01  REQUEST-ID           PIC X(40).
       01  PUSH-MESSAGE         PIC X(120).
       01  MEMBER-NAMES.
           05  FILLER PIC X(24) VALUE "status".
           05  FILLER PIC X(24) VALUE "status_name".
           05  FILLER PIC X(24) VALUE "message".
           05  FILLER PIC X(24) VALUE "hint".
           05  FILLER PIC X(24) VALUE "phase".
           05  FILLER PIC X(24) VALUE "http_status".
           05  FILLER PIC X(24) VALUE "service_code".
           05  FILLER PIC X(24) VALUE "service_message".
           05  FILLER PIC X(24) VALUE "request_id".
           05  FILLER PIC X(24) VALUE "retryable".
           05  FILLER PIC X(24) VALUE "outcome_unknown".
           05  FILLER PIC X(24) VALUE "retry_after_ms".
           05  FILLER PIC X(24) VALUE "attempts".
           05  FILLER PIC X(24) VALUE "certificate_id".
           05  FILLER PIC X(24) VALUE "target_project".
           05  FILLER PIC X(24) VALUE "target_service".
           05  FILLER PIC X(24) VALUE "target_certificate_id".
       01  FILLER REDEFINES MEMBER-NAMES.
           05  MEMBER-NAME PIC X(24) OCCURS 17.
       01  MEMBER-NUMBER        PIC 9(4) COMP-5.
       01  MEMBER-TEXT          PIC X(400).
       LINKAGE SECTION.
      *> What a handle points to: passed by reference, it is the handle.
       01  CONFIG-HANDLE        PIC X.
       01  CLIENT-HANDLE        PIC X.
       01  REPORT-HANDLE        PIC X.
       PROCEDURE DIVISION.
       MAIN SECTION.
           CALL "certpush_config_new" RETURNING CONFIG-POINTER.
           SET ADDRESS OF CONFIG-HANDLE TO CONFIG-POINTER.
           ACCEPT OPTION-VALUE FROM ENVIRONMENT "PUSH_ENDPOINT".
           CALL "certpush_config_set_fields" USING
               BY REFERENCE CONFIG-HANDLE
               BY REFERENCE "endpoint" BY VALUE 8
               BY REFERENCE OPTION-VALUE BY VALUE 400
               BY REFERENCE REPORT-POINTER
           END-CALL.
           PERFORM STOP-IF-FAILED.
           ACCEPT OPTION-VALUE FROM ENVIRONMENT "PUSH_TOKEN_FILE".
           CALL "certpush_config_set_fields" USING
               BY REFERENCE CONFIG-HANDLE
               BY REFERENCE "token_file" BY VALUE 10
               BY REFERENCE OPTION-VALUE BY VALUE 400
               BY REFERENCE REPORT-POINTER
           END-CALL.
           PERFORM STOP-IF-FAILED.
           CALL "certpush_client_new" USING
               BY REFERENCE CONFIG-HANDLE
               BY REFERENCE CLIENT-POINTER
               BY REFERENCE REPORT-POINTER
           END-CALL.
           PERFORM STOP-IF-FAILED.
           SET ADDRESS OF CLIENT-HANDLE TO CLIENT-POINTER.
           ACCEPT CERTIFICATE-ID FROM ENVIRONMENT "PUSH_ID".
           ACCEPT TARGET-PROJECT FROM ENVIRONMENT "PUSH_PROJECT".
           ACCEPT TARGET-SERVICE FROM ENVIRONMENT "PUSH_SERVICE".
           CALL "certpush_push_fields" USING
               BY REFERENCE CLIENT-HANDLE
               BY REFERENCE CERTIFICATE-ID BY VALUE 20
               BY REFERENCE TARGET-PROJECT BY VALUE 40
               BY REFERENCE TARGET-SERVICE BY VALUE 8
               BY VALUE 20000
               BY REFERENCE OUTCOME-UNKNOWN BY REFERENCE HTTP-STATUS
               BY REFERENCE SERVICE-CODE BY VALUE 20
               BY REFERENCE REQUEST-ID BY VALUE 40
               BY REFERENCE PUSH-MESSAGE BY VALUE 120
               BY REFERENCE REPORT-POINTER
           END-CALL.
           PERFORM SHOW-REPORT.
           CALL "certpush_client_free" USING
               BY REFERENCE CLIENT-HANDLE.
           CALL "certpush_config_free" USING
               BY REFERENCE CONFIG-HANDLE.
           STOP RUN.
       STOP-IF-FAILED SECTION.
           IF RETURN-CODE NOT = 0
               PERFORM SHOW-REPORT
               STOP RUN
           END-IF.
       SHOW-REPORT SECTION.
           DISPLAY "returned=" RETURN-CODE.
           DISPLAY "unknown=" OUTCOME-UNKNOWN.
           SET ADDRESS OF REPORT-HANDLE TO REPORT-POINTER.
           PERFORM VARYING MEMBER-NUMBER FROM 1 BY 1
                   UNTIL MEMBER-NUMBER > 17
               CALL "certpush_report_copy_field" USING
                   BY REFERENCE REPORT-HANDLE
                   BY REFERENCE MEMBER-NAME (MEMBER-NUMBER) BY VALUE 24
                   BY REFERENCE MEMBER-TEXT BY VALUE 400
               END-CALL
               DISPLAY FUNCTION TRIM (MEMBER-NAME (MEMBER-NUMBER))
                   "=" FUNCTION TRIM (MEMBER-TEXT)
           END-PERFORM.
           CALL "certpush_report_free" USING
               BY REFERENCE REPORT-HANDLE.
           MOVE 0 TO RETURN-CODE.
