"""What is generated in this folder, from include/certpush.json: the constants, fields and exceptions of the Java
module, between the lines "generated:" and "end of generated", and the version in pom.xml.

    generate.py          says which files differ, and fails if one does
    CERTPUSH_UPDATE=1    writes them
"""

from __future__ import annotations

import html
import json
import os
import re
import sys
import textwrap
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
JAVA = HERE / "src/main/java/certpush"
KNOWN = json.loads((HERE / "../../include/certpush.json").read_text(encoding="utf-8"))
TYPES = {"integer": "number", "string": "text", "boolean": "truth"}
# What a report says that has lost a field.
LOST = {"status": "Status.INVALID_ARGUMENT", "retry_after_ms": "-1", "outcome_unknown": "true"}
BASES = {"Credentials": range(3, 6), "Transport": range(10, 16), "Api": range(20, 28)}


def comment(text: str) -> list[str]:
    """A comment for javadoc."""
    text = html.escape(text, quote=False)
    if len(text) < 110:
        return [f"/** {text} */"]
    return ["/**", *(f" * {line}" for line in textwrap.wrap(text, 110, break_on_hyphens=False)), " */"]


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
        read = TYPES[field["type"]]
        is_long = field["is_milliseconds"]
        result = {"number": "long" if is_long else "int", "text": "String", "truth": "boolean"}[read]
        lost = LOST.get(field["name"], {"number": "0", "truth": "false"}.get(read, ""))
        call = f'{read}("{field["name"]}"{lost and ", " + lost})'
        call = f"(int) {call}" if result == "int" else call
        lines += [*comment(field["doc"]), f"public {result} {name}() {{", f"  return {call};", "}", ""]
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


def main() -> int:
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
        found = re.search(rf"^( *)// generated: {part}\n(.*?)^ *// end of generated$", before, re.M | re.S)
        assert found, f"{name} has no part {part}"
        made = "".join(f"{found[1]}{line}".rstrip() + "\n" for line in lines)
        wanted[JAVA / name] = before[: found.start(2)] + made + before[found.end(2) :]
    pom = HERE / "pom.xml"
    version = rf"(<artifactId>certpush</artifactId>\s*<version>)[^<]*"
    wanted[pom] = re.sub(version, rf"\g<1>{KNOWN['version']}", pom.read_text(encoding="utf-8"), count=1)
    differing = [path for path, text in wanted.items() if path.read_text(encoding="utf-8") != text]
    for path in differing:
        print(f"{path.name} is not what certpush.json says: CERTPUSH_UPDATE=1 {Path(__file__).name} writes it")
        if os.environ.get("CERTPUSH_UPDATE") == "1":
            path.write_text(wanted[path], encoding="utf-8")
    return int(bool(differing) and os.environ.get("CERTPUSH_UPDATE") != "1")


if __name__ == "__main__":
    sys.exit(main())
