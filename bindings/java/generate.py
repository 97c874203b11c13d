"""Writes what is made from include/certpush.json in this folder, or says with --check what differs.

That is the constants, fields and exceptions of the Java module, between the lines "generated:" and
"end of generated", and the version in pom.xml and README.md.
"""

from __future__ import annotations

import html
import json
import re
import sys
import textwrap
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
JAVA = HERE / "src/main/java/certpush"
KNOWN = json.loads((HERE / "../../include/certpush.json").read_text(encoding="utf-8"))
# What reads a field of a report, and as what.
READ = {"integer": "number", "string": "text", "boolean": "truth"}
TYPES = {"number": "int", "text": "String", "truth": "boolean"}
# What a report says that has lost a field.
LOST = {"status": "Status.INVALID_ARGUMENT", "retry_after_ms": "-1", "outcome_unknown": "true"}
BASES = {"Credentials": range(3, 6), "Transport": range(10, 16), "Api": range(20, 28)}


def comment(text: str) -> list[str]:
    """A comment for javadoc."""
    text = html.escape(text, quote=False)
    if len(text) < 110:
        return [f"/** {text} */"]
    wrapped = textwrap.wrap(text, 110, break_on_hyphens=False)
    return ["/**", *(f" * {line}" for line in wrapped), " */"]


def sentence(text: str) -> str:
    """A text that begins and ends as a sentence does."""
    return text[0].upper() + text[1:] + ("" if text.endswith(".") else ".")


def constants(rows: list[Any], kind: str) -> list[str]:
    """A constant for each name, value and comment."""
    lines = []
    for name, value, doc in rows:
        lines += [*comment(sentence(doc)), f"{kind} {name} = {value};", ""]
    return lines[:-1]


def fields() -> list[str]:
    """A method for each field of the report."""
    lines = []
    for field in KNOWN["report_fields"]:
        first, *others = field["name"].split("_")
        name = first + "".join(map(str.capitalize, others))
        read = READ[field["type"]]
        result = "long" if field["is_milliseconds"] else TYPES[read]
        lost = LOST.get(field["name"], {"number": "0", "truth": "false"}.get(read, ""))
        call = f'{read}("{field["name"]}"{lost and ", " + lost})'
        call = f"(int) {call}" if result == "int" else call
        doc = comment(field["doc"])
        lines += [*doc, f"public {result} {name}() {{", f"  return {call};", "}", ""]
    return lines[:-1]


def exceptions() -> list[str]:
    """A class for each status but success, and which of them is made of a report."""
    lines, cases = [], []
    for status in KNOWN["statuses"][1:]:
        name = "".join(map(str.capitalize, status["name"].split("_")))
        listed = ", targets" if name == "Incomplete" else ""
        cases += [f"    case Status.{status['name']}:", f"      return new {name}(report{listed});"]
        if listed:
            continue
        above = [base for base, numbers in BASES.items() if status["number"] in numbers]
        lines += [
            *comment(sentence(status["message"])),
            f"public static final class {name} extends {(above or ['CertpushException'])[0]} {{",
            "  private static final long serialVersionUID = 1;",
            "",
            f"  {name}(Report report) {{",
            "    super(report);",
            "  }",
            "}",
            "",
        ]
    return [
        *lines,
        "private static CertpushException made(Report report, List<Report> targets) {",
        "  switch (report.status()) {",
        *cases,
        "    default:",
        "      return new CertpushException(report);",
        "  }",
        "}",
    ]


def main() -> None:
    """Write the files, or end with the first that differs."""
    statuses = [[s["name"], s["number"], s["message"]] for s in KNOWN["statuses"]]
    options = [[o["key"].upper(), f'"{o["key"]}"', o["doc"]] for o in KNOWN["options"]]
    levels = [
        [level["c_name"].removeprefix("CERTPUSH_LOG_"), level["number"], level["doc"]]
        for level in KNOWN["log_levels"]
    ]
    parts = {
        "Status.java": ("statuses", constants(statuses, "public static final int")),
        "Option.java": ("options", constants(options, "public static final String")),
        "Client.java": ("levels", constants(levels, "int")),
        "Calls.java": ("library", [f'private static final String NAME = "{KNOWN["library"]}";']),
        "Report.java": ("fields", fields()),
        "CertpushException.java": ("exceptions", exceptions()),
    }
    wanted = {}
    for name, (part, lines) in parts.items():
        before = (JAVA / name).read_text(encoding="utf-8")
        marks = rf"^( *)// generated: {part}\n(.*?)^ *// end of generated$"
        found = re.search(marks, before, re.MULTILINE | re.DOTALL)
        assert found, f"{name} has no part {part}"
        made = "".join(f"{found[1]}{line}".rstrip() + "\n" for line in lines)
        wanted[JAVA / name] = before[: found.start(2)] + made + before[found.end(2) :]
    versions = {
        "pom.xml": {r"(?<=<artifactId>certpush</artifactId>\n  <version>)[^<]*": KNOWN["version"]},
        "README.md": {
            r"(?<=`certpush:certpush:)[^`]*": KNOWN["version"],
            r"libcertpush\.so\.[0-9.]*[0-9]": KNOWN["library"],
        },
    }
    for name, places in versions.items():
        text = (HERE / name).read_text(encoding="utf-8")
        for place, version in places.items():
            text, count = re.subn(place, version, text)
            assert count, f"{name} has no {place}"
        wanted[HERE / name] = text
    for path, text in wanted.items():
        if path.read_text(encoding="utf-8") != text:
            if sys.argv[1:] == ["--check"]:
                sys.exit(f"{path.name} is not what certpush.json says: generate.py writes it")
            path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
