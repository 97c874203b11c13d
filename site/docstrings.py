"""Docstrings of certpush for mkdocstrings."""

from __future__ import annotations

import re
from typing import Any

from griffe import Extension, Object

ARGUMENT = re.compile(r"^([a-z_]+(?:, [a-z_]+)*): ", re.MULTILINE)
"""A line that tells of an argument, or of several."""


class Plain(Extension):
    """Makes Markdown of docstrings, and shows `__new__` of a stub as what makes an object."""

    def on_object(self, *, obj: Object, **_: Any) -> None:
        """Changes an object as it is loaded."""
        if obj.docstring is not None:
            obj.docstring.value = markdown(obj.docstring.value)
        if obj.is_class and "__new__" in obj.members and "__init__" not in obj.members:
            obj.members["__init__"] = obj.members["__new__"]

    def on_package(self, *, pkg: Object, **_: Any) -> None:
        """Changes the package, whose docstring is read after it has begun."""
        if pkg.docstring is not None:
            pkg.docstring.value = markdown(pkg.docstring.value)


def markdown(text: str) -> str:
    """A docstring with its arguments as a list, and its sessions as code."""
    paragraphs = []
    for paragraph in text.split("\n\n"):
        if paragraph.startswith(">>> "):
            paragraphs.append(f"```pycon\n{paragraph}\n```")
        elif ARGUMENT.match(paragraph):
            lines = paragraph.split("\n")
            marked = [
                ARGUMENT.sub(r"- `\1`: ", line) if ARGUMENT.match(line) else f"    {line}"
                for line in lines
            ]
            paragraphs.append("\n".join(marked))
        else:
            paragraphs.append(paragraph)
    return "\n\n".join(paragraphs)
