"""Docstrings of certpush for mkdocstrings."""

from __future__ import annotations

import re
from typing import Any

from griffe import Extension, Object

ARGUMENT = re.compile(r"^([a-z_]+(?:, [a-z_]+)*): ", re.MULTILINE)
"""A line that tells of an argument, or of several."""


class Arguments(Extension):
    """Makes a list of the lines that tell of arguments, which would be one paragraph otherwise."""

    def on_object(self, *, obj: Object, **_: Any) -> None:
        """Changes an object's docstring as it is loaded."""
        if obj.docstring is not None:
            obj.docstring.value = listed(obj.docstring.value)


def listed(text: str) -> str:
    """A docstring with its arguments as a list."""
    paragraphs = []
    for paragraph in text.split("\n\n"):
        if ARGUMENT.match(paragraph):
            lines = paragraph.split("\n")
            marked = [
                ARGUMENT.sub(r"- `\1`: ", line) if ARGUMENT.match(line) else f"    {line}"
                for line in lines
            ]
            paragraphs.append("\n".join(marked))
        else:
            paragraphs.append(paragraph)
    return "\n\n".join(paragraphs)
