      *> The conformance driver: pushes what five percent-encoded
      *> arguments say, and prints what is known as a line of JSON.
      *> tests/conformance/README.md says what a driver must do.
       IDENTIFICATION DIVISION.
       PROGRAM-ID. DRIVER.
       DATA DIVISION.
       WORKING-STORAGE SECTION.
       COPY "certpush.cpy".
       01  OPERATION        PIC X(40).
       01  REPEAT-TEXT      PIC X(9).
       01  REPEATS          PIC S9(9) COMP-5 VALUE 1.
       01  ENCODED          PIC X(16000).
       01  I                PIC S9(9) COMP-5.
       01  DIGIT            PIC S9(9) COMP-5.
       01  BYTE             PIC S9(9) COMP-5.
       01  CANNOT           PIC X VALUE "N".
       01  DECODED          PIC X(16000).
       01  DECODED-LENGTH   PIC S9(9) COMP-5.
       01  ENDPOINT         PIC X(4000).
       01  TOKEN-FILE       PIC X(4000).
       01  CERTIFICATE-ID   PIC X(16000).
       01  TARGET-PROJECT   PIC X(16000).
       01  TARGET-SERVICE   PIC X(16000).
       01  OUT-LINE             PIC X(262144).
       01  LINE-END         PIC S9(9) COMP-5 VALUE 1.
       01  MEMBER-NAME      PIC X(24).
       01  MEMBER-TEXT      PIC X(5000).
       01  MEMBER-NUMBER    PIC S9(18) COMP-5.
       01  DIGITS           PIC -(18)9.
       PROCEDURE DIVISION.
       MAIN SECTION.
           ACCEPT OPERATION FROM ENVIRONMENT "CERTPUSH_DRIVER_OPERATION"
           IF OPERATION NOT = SPACES AND NOT = "push"
                   AND NOT = "batch_push"
               DISPLAY "driver.cob: the operation "
                   FUNCTION TRIM (OPERATION) " is not known"
                   UPON SYSERR
               MOVE 2 TO RETURN-CODE
               STOP RUN
           END-IF
           ACCEPT REPEAT-TEXT FROM ENVIRONMENT "CERTPUSH_DRIVER_REPEAT"
           IF REPEAT-TEXT NOT = SPACES
               MOVE FUNCTION NUMVAL (REPEAT-TEXT) TO REPEATS
           END-IF
           PERFORM DECODE
           MOVE DECODED TO ENDPOINT
           PERFORM DECODE
           MOVE DECODED TO TOKEN-FILE
           PERFORM DECODE
           MOVE DECODED TO CERTIFICATE-ID
           PERFORM DECODE
           MOVE DECODED TO TARGET-PROJECT
           PERFORM DECODE
           MOVE DECODED TO TARGET-SERVICE
           IF CANNOT = "Y"
               DISPLAY '{"cannot":"what ends a field does not count"}'
               MOVE 0 TO RETURN-CODE
               STOP RUN
           END-IF
           CALL "CERTPUSH-LOAD-ENV" USING CERTPUSH-CLIENT
               CERTPUSH-REPORT
           IF CERTPUSH-OK AND ENDPOINT NOT = SPACES
               CALL "CERTPUSH-SET" USING CERTPUSH-CLIENT
                   CERTPUSH-OPT-ENDPOINT ENDPOINT CERTPUSH-REPORT
           END-IF
           IF CERTPUSH-OK AND TOKEN-FILE NOT = SPACES
               CALL "CERTPUSH-SET" USING CERTPUSH-CLIENT
                   CERTPUSH-OPT-TOKEN-FILE TOKEN-FILE CERTPUSH-REPORT
           END-IF
           IF CERTPUSH-OK
               CALL "CERTPUSH-OPEN" USING CERTPUSH-CLIENT
                   CERTPUSH-REPORT
           END-IF
           IF CERTPUSH-OK
               PERFORM PUSH REPEATS TIMES
           END-IF
           STRING "{" DELIMITED BY SIZE
               INTO OUT-LINE POINTER LINE-END
           PERFORM PUT-REPORT
           IF OPERATION = "batch_push"
               PERFORM PUT-RESULTS
           END-IF
           STRING "}" DELIMITED BY SIZE
               INTO OUT-LINE POINTER LINE-END
           DISPLAY OUT-LINE (1 : LINE-END - 1)
           CALL "CERTPUSH-CLOSE" USING CERTPUSH-CLIENT
           STOP RUN.

       DECODE SECTION.
           MOVE SPACES TO ENCODED DECODED
           MOVE 0 TO DECODED-LENGTH
           ACCEPT ENCODED FROM ARGUMENT-VALUE
           PERFORM VARYING I FROM 1 BY 1
                   UNTIL I > 16000 OR ENCODED (I : 1) = SPACE
               ADD 1 TO DECODED-LENGTH
               MOVE ENCODED (I : 1) TO DECODED (DECODED-LENGTH : 1)
               IF ENCODED (I : 1) = "%"
                   MOVE 0 TO BYTE
                   PERFORM 2 TIMES
                       ADD 1 TO I
                       MOVE 0 TO DIGIT
                       INSPECT "0123456789ABCDEF" TALLYING DIGIT
                           FOR CHARACTERS BEFORE ENCODED (I : 1)
                       COMPUTE BYTE = BYTE * 16 + DIGIT
                   END-PERFORM
                   MOVE FUNCTION CHAR (BYTE + 1)
                       TO DECODED (DECODED-LENGTH : 1)
               END-IF
           END-PERFORM
           IF DECODED-LENGTH > 0
               IF DECODED (DECODED-LENGTH : 1) = SPACE OR LOW-VALUE
                   MOVE "Y" TO CANNOT
               END-IF
           END-IF.

       PUSH SECTION.
           IF OPERATION = "batch_push"
               CALL "CERTPUSH-BATCH-PUSH" USING CERTPUSH-CLIENT
                   CERTIFICATE-ID TARGET-PROJECT TARGET-SERVICE
                   CERTPUSH-REPORT
           ELSE
               CALL "CERTPUSH-PUSH" USING CERTPUSH-CLIENT
                   CERTIFICATE-ID TARGET-PROJECT TARGET-SERVICE
                   CERTPUSH-REPORT
           END-IF.

       PUT-RESULTS SECTION.
           STRING ',"results":[' DELIMITED BY SIZE
               INTO OUT-LINE POINTER LINE-END
           PERFORM VARYING CERTPUSH-REPORT-NUMBER FROM 1 BY 1
                   UNTIL CERTPUSH-REPORT-NUMBER > CERTPUSH-REPORT-COUNT
               IF CERTPUSH-REPORT-NUMBER > 1
                   STRING "," DELIMITED BY SIZE
                       INTO OUT-LINE POINTER LINE-END
               END-IF
               STRING "{" DELIMITED BY SIZE
                   INTO OUT-LINE POINTER LINE-END
               CALL "CERTPUSH-GET" USING CERTPUSH-CLIENT
                   CERTPUSH-REPORT
               PERFORM PUT-REPORT
               STRING "}" DELIMITED BY SIZE
                   INTO OUT-LINE POINTER LINE-END
           END-PERFORM
           STRING "]" DELIMITED BY SIZE
               INTO OUT-LINE POINTER LINE-END.

       PUT-REPORT SECTION.
           MOVE "status" TO MEMBER-NAME
           MOVE FUNCTION NUMVAL (CERTPUSH-STATUS) TO MEMBER-NUMBER
           MOVE MEMBER-NUMBER TO DIGITS
           STRING '"status":' FUNCTION TRIM (DIGITS) DELIMITED BY SIZE
               INTO OUT-LINE POINTER LINE-END
           MOVE "http_status" TO MEMBER-NAME
           MOVE CERTPUSH-HTTP-STATUS TO MEMBER-NUMBER
           PERFORM PUT-NUMBER
           MOVE "attempts" TO MEMBER-NAME
           MOVE CERTPUSH-ATTEMPTS TO MEMBER-NUMBER
           PERFORM PUT-NUMBER
           MOVE "retry_after_ms" TO MEMBER-NAME
           MOVE CERTPUSH-RETRY-AFTER-MS TO MEMBER-NUMBER
           PERFORM PUT-NUMBER
           STRING ',"retryable":' FUNCTION TRIM (CERTPUSH-RETRYABLE)
               ',"outcome_unknown":'
               FUNCTION TRIM (CERTPUSH-OUTCOME-UNKNOWN)
               DELIMITED BY SIZE INTO OUT-LINE POINTER LINE-END
           MOVE "status_name" TO MEMBER-NAME
           MOVE CERTPUSH-STATUS-NAME TO MEMBER-TEXT
           PERFORM PUT-TEXT
           MOVE "message" TO MEMBER-NAME
           MOVE CERTPUSH-MESSAGE TO MEMBER-TEXT
           PERFORM PUT-TEXT
           MOVE "hint" TO MEMBER-NAME
           MOVE CERTPUSH-HINT TO MEMBER-TEXT
           PERFORM PUT-TEXT
           MOVE "phase" TO MEMBER-NAME
           MOVE CERTPUSH-PHASE TO MEMBER-TEXT
           PERFORM PUT-TEXT
           MOVE "service_code" TO MEMBER-NAME
           MOVE CERTPUSH-SERVICE-CODE TO MEMBER-TEXT
           PERFORM PUT-TEXT
           MOVE "service_message" TO MEMBER-NAME
           MOVE CERTPUSH-SERVICE-MESSAGE TO MEMBER-TEXT
           PERFORM PUT-TEXT
           MOVE "request_id" TO MEMBER-NAME
           MOVE CERTPUSH-REQUEST-ID TO MEMBER-TEXT
           PERFORM PUT-TEXT
           MOVE "certificate_id" TO MEMBER-NAME
           MOVE CERTPUSH-CERTIFICATE-ID TO MEMBER-TEXT
           PERFORM PUT-TEXT
           MOVE "target_project" TO MEMBER-NAME
           MOVE CERTPUSH-TARGET-PROJECT TO MEMBER-TEXT
           PERFORM PUT-TEXT
           MOVE "target_service" TO MEMBER-NAME
           MOVE CERTPUSH-TARGET-SERVICE TO MEMBER-TEXT
           PERFORM PUT-TEXT
           MOVE "target_certificate_id" TO MEMBER-NAME
           MOVE CERTPUSH-TARGET-CERTIFICATE-ID TO MEMBER-TEXT
           PERFORM PUT-TEXT.

       PUT-NUMBER SECTION.
           MOVE MEMBER-NUMBER TO DIGITS
           STRING ',"' FUNCTION TRIM (MEMBER-NAME) '":'
               FUNCTION TRIM (DIGITS) DELIMITED BY SIZE
               INTO OUT-LINE POINTER LINE-END.

       PUT-TEXT SECTION.
           STRING ',"' FUNCTION TRIM (MEMBER-NAME) '":"'
               DELIMITED BY SIZE INTO OUT-LINE POINTER LINE-END
           PERFORM VARYING I FROM 1 BY 1 UNTIL I > LENGTH OF MEMBER-TEXT
               IF MEMBER-TEXT (I :) = SPACES
                   EXIT PERFORM
               END-IF
               IF MEMBER-TEXT (I : 1) = '"' OR "\"
                   STRING "\" DELIMITED BY SIZE
                       INTO OUT-LINE POINTER LINE-END
               END-IF
               STRING MEMBER-TEXT (I : 1) DELIMITED BY SIZE
                   INTO OUT-LINE POINTER LINE-END
           END-PERFORM
           STRING '"' DELIMITED BY SIZE
               INTO OUT-LINE POINTER LINE-END.
