      *> Pushes a certificate and shows what is known of it afterwards:
      *> push CERTIFICATE_ID TARGET_PROJECT TARGET_SERVICE. Its options
      *> are in the environment. It ends with the status, plus 64 if
      *> the certificate may have been pushed.
       IDENTIFICATION DIVISION.
       PROGRAM-ID. PUSH.
       DATA DIVISION.
       WORKING-STORAGE SECTION.
       COPY "certpush.cpy".
       01  MY-CERTIFICATE  PIC X(20).
       01  MY-PROJECT      PIC X(64).
       01  MY-SERVICE      PIC X(8).
       01  EXIT-STATUS     PIC 9(3).
       PROCEDURE DIVISION.
           ACCEPT MY-CERTIFICATE FROM ARGUMENT-VALUE
           ACCEPT MY-PROJECT FROM ARGUMENT-VALUE
           ACCEPT MY-SERVICE FROM ARGUMENT-VALUE
           CALL "CERTPUSH-LOAD-ENV" USING CERTPUSH-CLIENT
               CERTPUSH-REPORT
           IF CERTPUSH-OK
               CALL "CERTPUSH-OPEN" USING CERTPUSH-CLIENT
                   CERTPUSH-REPORT
           END-IF
           IF CERTPUSH-OK
               CALL "CERTPUSH-PUSH" USING CERTPUSH-CLIENT
                   MY-CERTIFICATE MY-PROJECT MY-SERVICE
                   CERTPUSH-REPORT
           END-IF
           CALL "CERTPUSH-CLOSE" USING CERTPUSH-CLIENT

           MOVE FUNCTION NUMVAL (CERTPUSH-STATUS) TO EXIT-STATUS
           IF CERTPUSH-MAY-HAVE-BEEN-PUSHED
               ADD 64 TO EXIT-STATUS
               DISPLAY "outcome         it may have been pushed"
           ELSE
               IF CERTPUSH-OK
                   DISPLAY "outcome         it was pushed"
               ELSE
                   DISPLAY "outcome         it was not pushed"
               END-IF
           END-IF
           DISPLAY "status          "
               FUNCTION TRIM (CERTPUSH-STATUS-NAME)
           DISPLAY "message         " FUNCTION TRIM (CERTPUSH-MESSAGE)
           DISPLAY "http_status     " CERTPUSH-HTTP-STATUS
           DISPLAY "service_code    "
               FUNCTION TRIM (CERTPUSH-SERVICE-CODE)
           DISPLAY "service_message "
               FUNCTION TRIM (CERTPUSH-SERVICE-MESSAGE)
           DISPLAY "request_id      "
               FUNCTION TRIM (CERTPUSH-REQUEST-ID)
           DISPLAY "hint            " FUNCTION TRIM (CERTPUSH-HINT)
           MOVE EXIT-STATUS TO RETURN-CODE
           STOP RUN.
