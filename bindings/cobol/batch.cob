      *> Pushes what a file of fixed width lists, keeps each push in a
      *> journal, and writes a report of fixed width. After anything, a
      *> crash included, run it again: it sends what was not pushed,
      *> and nothing else. batch.md says how it is used.
      *>
      *> DD_TARGETS, DD_REPORT and DD_JOURNAL name the files; certpush's
      *> options are in the environment, too (CERTPUSH_REGION, ...).
      *>
      *> RETURN-CODE   0  everything is pushed, now or earlier
      *>               4  something is not pushed, and all is known
      *>               8  something may have been pushed
      *>              12  the run was cut short
      *>              16  nothing was begun
       IDENTIFICATION DIVISION.
       PROGRAM-ID. BATCH.
       ENVIRONMENT DIVISION.
       INPUT-OUTPUT SECTION.
       FILE-CONTROL.
           SELECT TARGETS ASSIGN TO "TARGETS"
               ORGANIZATION LINE SEQUENTIAL
               FILE STATUS FILE-STATUS.
      *> Not LINE SEQUENTIAL, whose errors a buffer would swallow: each
      *> record ends with a line feed of its own.
           SELECT RESULTS ASSIGN TO "REPORT"
               ORGANIZATION SEQUENTIAL
               FILE STATUS FILE-STATUS.
       DATA DIVISION.
       FILE SECTION.
       FD  TARGETS.
       01  TARGET.
           05  TARGET-CERTIFICATE  PIC X(16).
           05  TARGET-PROJECT      PIC X(32).
           05  TARGET-SERVICE      PIC X(8).
      *> What follows is not certpush's.
           05  TARGET-REMARK       PIC X(24).
       FD  RESULTS.
       01  RESULT.
           05  RESULT-CERTIFICATE  PIC X(16).
           05  FILLER              PIC X.
           05  RESULT-PROJECT      PIC X(32).
           05  FILLER              PIC X.
           05  RESULT-SERVICE      PIC X(8).
           05  FILLER              PIC X.
           05  RESULT-STATUS       PIC XX.
           05  FILLER              PIC X.
           05  RESULT-STATUS-NAME  PIC X(32).
           05  FILLER              PIC X.
           05  RESULT-HTTP-STATUS  PIC 9(3).
           05  FILLER              PIC X.
           05  RESULT-CODE         PIC X(20).
           05  FILLER              PIC X.
           05  RESULT-OUTCOME      PIC X(20).
           05  RESULT-LINE-FEED    PIC X.
       01  TOTAL.
           05  TOTAL-TEXT          PIC X(28).
           05  TOTAL-COUNT         PIC Z(5)9.
           05  FILLER              PIC X(106).
           05  TOTAL-LINE-FEED     PIC X.
       WORKING-STORAGE SECTION.
       COPY "certpush.cpy".
       01  FILE-STATUS             PIC XX.
       01  JOURNAL-NAME            PIC X(1024).
       01  END-OF-TARGETS          PIC X VALUE "N".
       01  CUT-SHORT               PIC X VALUE "N".
       01  WITHOUT-ANSWER          PIC 9(6) COMP-5 VALUE 0.
       01  TOTAL-NAME              PIC X(28).
       01  TOTAL-NUMBER            PIC 9(6) COMP-5.
       01  COUNTS.
           05  COUNT-PUSHED        PIC 9(6) COMP-5 VALUE 0.
           05  COUNT-EARLIER       PIC 9(6) COMP-5 VALUE 0.
           05  COUNT-NOT-PUSHED    PIC 9(6) COMP-5 VALUE 0.
           05  COUNT-IN-DOUBT      PIC 9(6) COMP-5 VALUE 0.
           05  COUNT-NOT-TRIED     PIC 9(6) COMP-5 VALUE 0.
       PROCEDURE DIVISION.
       MAIN SECTION.
           PERFORM OPEN-CLIENT
           PERFORM OPEN-FILES
           PERFORM READ-TARGET
           PERFORM UNTIL END-OF-TARGETS = "Y"
               MOVE SPACES TO RESULT
               MOVE TARGET-CERTIFICATE TO RESULT-CERTIFICATE
               MOVE TARGET-PROJECT TO RESULT-PROJECT
               MOVE TARGET-SERVICE TO RESULT-SERVICE
               IF CUT-SHORT = "Y"
                   MOVE "NOT TRIED" TO RESULT-OUTCOME
                   ADD 1 TO COUNT-NOT-TRIED
               ELSE
                   PERFORM PUSH-TARGET
               END-IF
               PERFORM WRITE-RESULT
               PERFORM READ-TARGET
           END-PERFORM
           CLOSE TARGETS
           PERFORM WRITE-TOTALS
           CALL "CERTPUSH-CLOSE" USING CERTPUSH-CLIENT
           EVALUATE TRUE
               WHEN CUT-SHORT = "Y"       MOVE 12 TO RETURN-CODE
               WHEN COUNT-IN-DOUBT > 0    MOVE 8 TO RETURN-CODE
               WHEN COUNT-NOT-PUSHED > 0  MOVE 4 TO RETURN-CODE
               WHEN OTHER                 MOVE 0 TO RETURN-CODE
           END-EVALUATE
           STOP RUN.

       OPEN-CLIENT SECTION.
           ACCEPT JOURNAL-NAME FROM ENVIRONMENT "DD_JOURNAL"
           IF JOURNAL-NAME = SPACES
               DISPLAY "BATCH: DD_JOURNAL names no journal" UPON SYSERR
               PERFORM GIVE-UP
           END-IF
           CALL "CERTPUSH-LOAD-ENV" USING CERTPUSH-CLIENT
               CERTPUSH-REPORT
           IF CERTPUSH-OK
               CALL "CERTPUSH-SET" USING CERTPUSH-CLIENT
                   CERTPUSH-OPT-JOURNAL JOURNAL-NAME CERTPUSH-REPORT
           END-IF
           IF CERTPUSH-OK
               CALL "CERTPUSH-OPEN" USING CERTPUSH-CLIENT
                   CERTPUSH-REPORT
           END-IF
           IF NOT CERTPUSH-OK
               DISPLAY "BATCH: " FUNCTION TRIM (CERTPUSH-MESSAGE)
                   UPON SYSERR
               PERFORM GIVE-UP
           END-IF.

       OPEN-FILES SECTION.
           OPEN INPUT TARGETS
           IF FILE-STATUS NOT = "00"
               DISPLAY "BATCH: DD_TARGETS: FILE STATUS " FILE-STATUS
                   UPON SYSERR
               PERFORM GIVE-UP
           END-IF
           OPEN OUTPUT RESULTS
           IF FILE-STATUS NOT = "00"
               DISPLAY "BATCH: DD_REPORT: FILE STATUS " FILE-STATUS
                   UPON SYSERR
               CLOSE TARGETS
               PERFORM GIVE-UP
           END-IF.

       GIVE-UP SECTION.
           CALL "CERTPUSH-CLOSE" USING CERTPUSH-CLIENT
           MOVE 16 TO RETURN-CODE
           STOP RUN.

       READ-TARGET SECTION.
           READ TARGETS
           EVALUATE FILE-STATUS
               WHEN "00"
                   CONTINUE
               WHEN "10"
                   MOVE "Y" TO END-OF-TARGETS
               WHEN OTHER
                   DISPLAY "BATCH: DD_TARGETS: FILE STATUS " FILE-STATUS
                       UPON SYSERR
                   MOVE "Y" TO CUT-SHORT END-OF-TARGETS
           END-EVALUATE.

       PUSH-TARGET SECTION.
           CALL "CERTPUSH-PUSH" USING CERTPUSH-CLIENT
               TARGET-CERTIFICATE TARGET-PROJECT TARGET-SERVICE
               CERTPUSH-REPORT
           MOVE CERTPUSH-STATUS TO RESULT-STATUS
           MOVE CERTPUSH-STATUS-NAME TO RESULT-STATUS-NAME
           MOVE CERTPUSH-HTTP-STATUS TO RESULT-HTTP-STATUS
           MOVE CERTPUSH-SERVICE-CODE TO RESULT-CODE
           EVALUATE TRUE
               WHEN CERTPUSH-MAY-HAVE-BEEN-PUSHED
                   MOVE "MAY HAVE BEEN PUSHED" TO RESULT-OUTCOME
                   ADD 1 TO COUNT-IN-DOUBT
               WHEN CERTPUSH-OK AND CERTPUSH-ATTEMPTS = 0
                   MOVE "PUSHED EARLIER" TO RESULT-OUTCOME
                   ADD 1 TO COUNT-EARLIER
               WHEN CERTPUSH-OK
                   MOVE "PUSHED" TO RESULT-OUTCOME
                   ADD 1 TO COUNT-PUSHED
               WHEN OTHER
                   MOVE "NOT PUSHED" TO RESULT-OUTCOME
                   ADD 1 TO COUNT-NOT-PUSHED
           END-EVALUATE
           IF NOT CERTPUSH-OK
               DISPLAY "BATCH: " FUNCTION TRIM (CERTPUSH-MESSAGE)
                   UPON SYSERR
           END-IF
           PERFORM JUDGE-THE-RUN.

      *> Five refused tokens lock an account, a journal that cannot be
      *> kept refuses every push, and nobody answers on a dead line.
       JUDGE-THE-RUN SECTION.
           EVALUATE TRUE
               WHEN CERTPUSH-UNSETTLED
                   CONTINUE
               WHEN CERTPUSH-INVALID-CONFIG
               WHEN CERTPUSH-NO-CREDENTIALS
               WHEN CERTPUSH-CREDENTIALS-REFUSED
               WHEN CERTPUSH-UNAUTHORIZED
                   MOVE "Y" TO CUT-SHORT
               WHEN CERTPUSH-HTTP-STATUS = 0 AND CERTPUSH-ATTEMPTS > 0
                   ADD 1 TO WITHOUT-ANSWER
               WHEN CERTPUSH-ATTEMPTS > 0
                   MOVE 0 TO WITHOUT-ANSWER
           END-EVALUATE
           IF WITHOUT-ANSWER = 10
               MOVE "Y" TO CUT-SHORT
           END-IF.

      *> Without a report nobody would know: no more is begun.
       WRITE-RESULT SECTION.
           MOVE X"0A" TO RESULT-LINE-FEED
           WRITE RESULT
           IF FILE-STATUS NOT = "00"
               DISPLAY "BATCH: DD_REPORT: FILE STATUS " FILE-STATUS
                   UPON SYSERR
               MOVE "Y" TO CUT-SHORT END-OF-TARGETS
           END-IF.

       WRITE-TOTALS SECTION.
           MOVE "TOTAL PUSHED" TO TOTAL-NAME
           MOVE COUNT-PUSHED TO TOTAL-NUMBER
           PERFORM WRITE-TOTAL
           MOVE "TOTAL PUSHED EARLIER" TO TOTAL-NAME
           MOVE COUNT-EARLIER TO TOTAL-NUMBER
           PERFORM WRITE-TOTAL
           MOVE "TOTAL NOT PUSHED" TO TOTAL-NAME
           MOVE COUNT-NOT-PUSHED TO TOTAL-NUMBER
           PERFORM WRITE-TOTAL
           MOVE "TOTAL MAY HAVE BEEN PUSHED" TO TOTAL-NAME
           MOVE COUNT-IN-DOUBT TO TOTAL-NUMBER
           PERFORM WRITE-TOTAL
           MOVE "TOTAL NOT TRIED" TO TOTAL-NAME
           MOVE COUNT-NOT-TRIED TO TOTAL-NUMBER
           PERFORM WRITE-TOTAL
           CLOSE RESULTS.

       WRITE-TOTAL SECTION.
           MOVE SPACES TO RESULT
           MOVE TOTAL-NAME TO TOTAL-TEXT
           MOVE TOTAL-NUMBER TO TOTAL-COUNT
           PERFORM WRITE-RESULT.
