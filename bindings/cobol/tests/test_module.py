"""The copybook and the programs around the C library."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest

from compiler import MODULE, OPENED, RELEASE, Compiler, blocks, run, variables
from examples import CERTIFICATE_ID, TARGET_PROJECT, TARGET_SERVICE
from programs import tool
from simulated_service import SimulatedService

TARGET = {"target_project": TARGET_PROJECT, "target_service": TARGET_SERVICE}
PUSH = """\
           CALL "CERTPUSH-PUSH" USING CERTPUSH-CLIENT MY-CERTIFICATE
               MY-PROJECT MY-SERVICE CERTPUSH-REPORT
"""
CLOSE = """\
           CALL "CERTPUSH-CLOSE" USING CERTPUSH-CLIENT
"""
SHOW = """\
           DISPLAY CERTPUSH-STATUS " " CERTPUSH-OUTCOME-UNKNOWN " "
               RETURN-CODE
           DISPLAY FUNCTION TRIM (CERTPUSH-MESSAGE)
"""


def bodies(service: SimulatedService) -> list[str]:
    """What was sent, to the byte."""
    return [request["body"] for request in service.received()]


@pytest.mark.parametrize("name", ["certpush.cpy", "certpush-read.cpy"])
def test_the_copybooks_are_what_certpush_json_says(tmp_path: Path, name: str) -> None:
    folder = MODULE if os.environ.get("CERTPUSH_UPDATE") == "1" else tmp_path
    subprocess.run([sys.executable, MODULE / "generate.py", folder], check=True)
    assert (MODULE / name).read_text() == (folder / name).read_text()


class TestReadme:
    """What README shows is what happens."""

    def test_the_first_push(self, compiler: Compiler, service: SimulatedService) -> None:
        done = run(
            compiler.program(compiler.source(blocks("README.md")[0])), variables(service.options())
        )
        assert (done.status, done.errors) == (0, "")
        assert done.lines == [
            f"{CERTIFICATE_ID} was pushed to ELB in ap-southeast-3 (stored, not yet bound to a"
            " listener)"
        ]
        assert service.has_been_pushed_to()

    def test_a_push_that_may_have_been_made_is_told_from_one_that_was_not(
        self, compiler: Compiler
    ) -> None:
        program = compiler.program(compiler.source(blocks("README.md")[0]))
        with socket.create_server(("127.0.0.1", 0)) as server:
            endpoint = f"http://127.0.0.1:{server.getsockname()[1]}"
            options = {"endpoint": endpoint, "token": "t" * 40, "retries": "0"}
            loser = Thread(target=lose_a_request, args=[server])
            loser.start()
            in_doubt = run(program, variables(options))
            loser.join()
        assert (in_doubt.status, in_doubt.lines[1]) == (8, "look at the target before a repeat")
        not_made = run(program, variables(options))
        assert (not_made.status, len(not_made.lines)) == (4, 1)

    def test_a_batch_push(self, compiler: Compiler, service: SimulatedService) -> None:
        program = compiler.wrapped(OPENED + blocks("README.md")[1])
        done = run(program, variables(service.options()))
        assert done.lines == ["cn-north-4 00 false", "ap-southeast-3 00 false"]

    def test_the_module_can_be_loaded_when_the_program_starts(
        self, compiler: Compiler, service: SimulatedService
    ) -> None:
        module, program = compiler.folder / "certpush.so", compiler.folder / "whole"
        compiler.compile(
            *("-b", "-fstatic-call", "-o", module, MODULE / "certpush.cob"),
            *(f"-L{RELEASE}", "-lcertpush", "-Q", f"-Wl,-rpath,{RELEASE}"),
        )
        compiler.compile("-x", "-o", program, compiler.source(blocks("README.md")[0]))
        loaded = {"COB_LIBRARY_PATH": str(compiler.folder), "COB_PRE_LOAD": "certpush"}
        done = run(program, variables(service.options()) | loaded)
        assert (done.status, done.errors) == (0, "")
        assert service.has_been_pushed_to()


def lose_a_request(server: socket.socket) -> None:
    """Reads a request and says nothing to it."""
    connection, _ = server.accept()
    with connection:
        while b"\r\n\r\n{" not in connection.recv(100_000, socket.MSG_PEEK):
            pass


def test_bytes_behind_a_field_never_reach_the_wire(
    compiler: Compiler, service: SimulatedService
) -> None:
    fields = """\
       01  MY-RECORD.
           05  ITS-CERTIFICATE PIC X(16) VALUE "scs1600313391074".
           05  ITS-PROJECT     PIC X(14) VALUE "ap-southeast-3".
           05  ITS-SERVICE     PIC X(3)  VALUE "ELB".
           05  SALARY          PIC X(9)  VALUE "000123456".
"""
    push = """\
           CALL "CERTPUSH-PUSH" USING CERTPUSH-CLIENT ITS-CERTIFICATE
               ITS-PROJECT ITS-SERVICE CERTPUSH-REPORT
           CALL "CERTPUSH-PUSH" USING CERTPUSH-CLIENT MY-CERTIFICATE
               MY-PROJECT (1 : 10) MY-SERVICE (1 : 2) CERTPUSH-REPORT
"""
    run(compiler.wrapped(OPENED + push, fields), variables(service.options()))
    assert [json.loads(body) for body in bodies(service)] == [
        TARGET,
        {"target_project": "ap-southea", "target_service": "EL"},
    ]


def test_a_report_that_was_never_written_is_no_success_and_no_reason_to_push_again(
    compiler: Compiler,
) -> None:
    show = """\
           IF NOT CERTPUSH-OK AND CERTPUSH-MAY-HAVE-BEEN-PUSHED
                   AND NOT CERTPUSH-MAY-BE-REPEATED
               DISPLAY "in doubt"
           END-IF
"""
    clear = "           INITIALIZE CERTPUSH-REPORT\n"
    clear_bytes = "           MOVE LOW-VALUES TO CERTPUSH-REPORT\n"
    done = run(compiler.wrapped(show + clear + show + clear_bytes + show), {})
    assert done.lines == ["in doubt"] * 3


def test_a_report_that_is_not_there_may_have_been_pushed(
    compiler: Compiler, service: SimulatedService
) -> None:
    get = """\
           MOVE 1 TO CERTPUSH-REPORT-NUMBER
           CALL "CERTPUSH-GET" USING CERTPUSH-CLIENT CERTPUSH-REPORT
"""
    done = run(compiler.wrapped(OPENED + PUSH + get + SHOW), variables(service.options()))
    assert done.lines == ["99 true  +000000099", "there is no report of this number"]


@pytest.mark.parametrize("program", ["PUSH", "BATCH-PUSH", "PUSH-ALL"])
def test_a_closed_client_pushes_nothing_whatever_the_environment_has(
    compiler: Compiler, service: SimulatedService, program: str
) -> None:
    target = "" if program == "PUSH-ALL" else "MY-CERTIFICATE MY-PROJECT MY-SERVICE"
    push = f"""\
           CALL "CERTPUSH-{program}" USING CERTPUSH-CLIENT
               {target} CERTPUSH-REPORT
"""
    statements = push + SHOW + OPENED + CLOSE + CLOSE + push + SHOW
    done = run(compiler.wrapped(statements), variables(service.options()))
    assert done.lines == ["01 false +000000001", "client is NULL; nothing was sent"] * 2
    assert not service.received()


def test_a_client_may_be_opened_anew(compiler: Compiler, service: SimulatedService) -> None:
    reopen = '           CALL "CERTPUSH-OPEN" USING CERTPUSH-CLIENT CERTPUSH-REPORT\n'
    statements = OPENED + PUSH + reopen + PUSH + CLOSE + OPENED + PUSH + SHOW
    done = run(compiler.wrapped(statements), variables(service.options()))
    assert done.lines[0] == "00 false +000000000"
    assert len(service.received()) == 3


def test_a_refused_option_names_the_option_and_nothing_is_sent(
    compiler: Compiler, service: SimulatedService
) -> None:
    statements = (
        """\
           CALL "CERTPUSH-SET" USING CERTPUSH-CLIENT
               CERTPUSH-OPT-RETRIES "many" CERTPUSH-REPORT
"""
        + SHOW
    )
    done = run(compiler.wrapped(statements), {})
    assert done.lines[0] == "02 false +000000002"
    assert "retries" in done.lines[1]
    assert not service.received()


def test_a_time_limit_ends_a_call(compiler: Compiler) -> None:
    limit = "           MOVE 300 TO CERTPUSH-TIME-LIMIT-MS\n"
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        options = {"endpoint": endpoint, "token": "t" * 40, "retries": "0"}
        done = run(compiler.wrapped(OPENED + limit + PUSH + SHOW), variables(options))
    assert done.lines[0] == "14 true  +000000014"
    assert "300 ms" in done.lines[1]


LIST = """\
           CALL "CERTPUSH-ADD" USING CERTPUSH-CLIENT MY-CERTIFICATE
               MY-PROJECT MY-SERVICE CERTPUSH-REPORT
           CALL "CERTPUSH-ADD" USING CERTPUSH-CLIENT MY-CERTIFICATE
               "no-such-project" "WAF" CERTPUSH-REPORT
           CALL "CERTPUSH-ADD" USING CERTPUSH-CLIENT MY-CERTIFICATE
               " " "CDN" CERTPUSH-REPORT
"""
PUSH_ALL = """\
           CALL "CERTPUSH-PUSH-ALL" USING CERTPUSH-CLIENT
               CERTPUSH-REPORT
           DISPLAY FUNCTION TRIM (CERTPUSH-MESSAGE)
           PERFORM VARYING CERTPUSH-REPORT-NUMBER FROM 1 BY 1
                   UNTIL CERTPUSH-REPORT-NUMBER > CERTPUSH-REPORT-COUNT
               CALL "CERTPUSH-GET" USING CERTPUSH-CLIENT
                   CERTPUSH-REPORT
               DISPLAY FUNCTION TRIM (CERTPUSH-TARGET-SERVICE)
                   CERTPUSH-STATUS CERTPUSH-ATTEMPTS
           END-PERFORM
"""


class TestManyPushes:
    """A list, a journal, and what is settled."""

    def test_each_target_of_a_list_has_a_report_in_its_order(
        self, compiler: Compiler, service: SimulatedService
    ) -> None:
        done = run(compiler.wrapped(OPENED + LIST + PUSH_ALL), variables(service.options()))
        assert done.lines == [
            "3 targets: 2 pushed, 1 not pushed, 0 unknown, 0 not tried",
            *("ELB00000000001", "WAF20000000001", "CDN00000000001"),
        ]

    def test_a_list_stays_and_a_journal_remembers(
        self, compiler: Compiler, service: SimulatedService
    ) -> None:
        program = compiler.wrapped(OPENED + LIST + PUSH_ALL + PUSH_ALL)
        journal = {"CERTPUSH_JOURNAL": str(compiler.folder / "journal")}
        done = run(program, variables(service.options()) | journal)
        assert done.lines[4:] == [
            "3 targets: 2 pushed (2 earlier), 1 not pushed, 0 unknown, 0 not tried",
            *("ELB00000000000", "WAF20000000001", "CDN00000000000"),
        ]
        assert len(service.ask("pushed")) == 2

    def test_a_target_that_is_there_twice_is_refused(
        self, compiler: Compiler, service: SimulatedService
    ) -> None:
        add = LIST.split("           CALL")[1]
        program = compiler.wrapped(OPENED + f"           CALL{add}" * 2 + SHOW)
        done = run(program, variables(service.options()))
        assert done.lines[0].split()[:2] == ["01", "false"]

    def test_an_empty_list_is_pushed_at_once(
        self, compiler: Compiler, service: SimulatedService
    ) -> None:
        done = run(compiler.wrapped(OPENED + PUSH_ALL), variables(service.options()))
        assert done.lines == ["0 targets: 0 pushed, 0 not pushed, 0 unknown, 0 not tried"]

    def test_what_was_found_out_is_settled(
        self, compiler: Compiler, service: SimulatedService
    ) -> None:
        settle = blocks("batch.md")[0]
        unsettled = """\
           CALL "CERTPUSH-LIST-UNSETTLED" USING CERTPUSH-CLIENT
               "renewal.journal" CERTPUSH-REPORT
           DISPLAY CERTPUSH-REPORT-COUNT
           MOVE 1 TO CERTPUSH-REPORT-NUMBER
           CALL "CERTPUSH-GET" USING CERTPUSH-CLIENT CERTPUSH-REPORT
           DISPLAY CERTPUSH-STATUS CERTPUSH-CERTIFICATE-ID
"""
        perhaps = settle.replace('"pushed"', '"perhaps"')
        statements = unsettled + settle + SHOW + perhaps + SHOW + unsettled
        journal = compiler.folder / "renewal.journal"
        head = {"certpush_journal": 1, "endpoint": service.https}
        time = "2026-11-24T03:00:00Z"
        begun = {"event": "begin", "time": time, "certificate_id": CERTIFICATE_ID, **TARGET}
        journal.write_text(f"{json.dumps(head)}\n{json.dumps(begun)}\n")
        done = run(["env", "-C", compiler.folder, compiler.wrapped(statements)], {})
        assert done.lines[:2] == ["+0000000001", f"28{CERTIFICATE_ID}"]
        assert done.lines[2] == "00 false +000000000"
        assert done.lines[4] == "01 false +000000001"
        assert "pushed must be" in done.lines[5]
        assert done.lines[6] == "+0000000000"


def test_a_second_report_has_names_of_its_own(
    compiler: Compiler, service: SimulatedService
) -> None:
    fields = """\
       COPY "certpush.cpy"
           REPLACING LEADING ==CERTPUSH== BY ==OTHER==.
"""
    statements = (
        OPENED
        + PUSH
        + """\
           MOVE CERTPUSH-REPORT TO OTHER-REPORT
           MOVE "scs" TO MY-CERTIFICATE
"""
        + PUSH
        + """\
           DISPLAY OTHER-STATUS CERTPUSH-STATUS
           IF OTHER-OK AND CERTPUSH-INVALID-ARGUMENT
               DISPLAY FUNCTION TRIM (OTHER-CERTIFICATE-ID)
           END-IF
"""
    )
    done = run(compiler.wrapped(statements, fields), variables(service.options()))
    assert done.lines == ["0001", CERTIFICATE_ID]


def test_the_runtimes_own_checks_find_nothing(
    compiler: Compiler, service: SimulatedService
) -> None:
    statements = PUSH + OPENED + PUSH + LIST + PUSH_ALL + blocks("README.md")[1] + CLOSE + CLOSE
    program = compiler.wrapped(statements, "", "-debug")
    done = run(program, variables(service.options()))
    assert (done.status, done.errors) == (0, "")
    assert done.lines[-1] == "ap-southeast-3 00 false"


def test_valgrind_finds_nothing(compiler: Compiler, service: SimulatedService) -> None:
    valgrind = tool("valgrind", "valgrind")
    program = compiler.wrapped(OPENED + PUSH + LIST + PUSH_ALL + blocks("README.md")[1] + CLOSE)
    # What libcob makes once for each program it never frees.
    leaks = ["--leak-check=full", "--show-leak-kinds=definite", "--errors-for-leak-kinds=none"]
    command: list[str | Path] = [valgrind, "--quiet", "--error-exitcode=1", *leaks, program]
    options = service.options() | {"endpoint": service.http}
    done = run(command, variables(options))
    assert done.status == 0, done.errors
    assert "libcertpush" not in done.errors
