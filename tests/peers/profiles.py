"""Profile files of every kind: as people write them, and as nobody should."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

SECTIONS = ["global", "basic"]
# What the SDK lets a program name.
NAMED = ["global", "basic", "global-of-ops", "basic_2"]
OTHERS = ["DEFAULT", "Global", "GLOBAL", " global", "global ", "default", "staging", "[global"]
COMMENTS = ["# the production account", "; owner = ops", "#", ";", "# sk = old", "#a", ";b: c"]
KEYS = ["ak", "sk", "domain_id", "project_id", "iam_endpoint", "security_token"]
OTHER_KEYS = ["region", "output", "idp_id", "id_token_file", "x", "a key", "ak2", "\u017fk", "Ü"]
BLANKS = [" ", "\t", "  ", "\u00a0", "\x0b", "\x0c", "\x1c", "\x1f", "\x85", "\u2028", "\u3000"]
INVISIBLE = ["\u200b", "\ufeff", "\u2060", "\x00", "\x7f", "\u00ad"]
ENDS = ["\n", "\n", "\n", "\r\n", "\r\n", "\r"]
SEPARATORS = ["\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029", "\n\r"]
SPOILERS = ["%", "%%", "%(", ")s", "[", "]", "[x]", "=", ":", "#", ";", " ", "\n", "\r", "\n ", '"']


@dataclass(frozen=True)
class Profile:
    """A file, and the section that is asked for, if one is."""

    content: bytes
    section: str | None


class Profiles:
    """Profiles, by a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.count = 0
        self.oddness = 1.0

    def profile(self) -> Profile:
        """The next one: as it should be, a little odd, or very."""
        self.oddness = self.random.choice([0, 0.1, 0.1, 0.3, 1])
        names = self.random.sample(NAMED, self.random.randint(1, 3))
        text = self.text(names)
        for _ in range(self.pick({0: 8, 1: 2, 2: 1}) if self.chance(1) else 0):
            text = self.spoilt(text)
        section = self.random.choice([None, None, *names, *names, *NAMED])
        return Profile(self.encoded(text), section)

    def text(self, names: list[str]) -> str:
        """Sections of these names and others, with what stands between them."""
        names = [*names]
        names += self.random.choices(OTHERS, k=self.pick({0: 6, 1: 2}))
        names += ["DEFAULT"] * self.pick({0: 3, 1: 2, 2: 1})
        names += self.random.choices(NAMED, k=1 if self.chance(0.1) else 0)
        self.random.shuffle(names)
        lines = self.random.choices([*COMMENTS, ""], k=self.pick({0: 3, 1: 2, 2: 1}))
        for name in names:
            lines += self.section(name)
        if self.chance(0.02):
            lines.insert(0, self.entry("ak"))
        return self.joined(lines)

    def section(self, name: str) -> list[str]:
        """A header, and the keys behind it."""
        behind = self.pick({"": 6, " ": 1, "comment": 4})
        if behind == "comment":
            behind = self.random.choice(["", " ", "\t"]) + self.random.choice(COMMENTS)
        indent = self.random.choice(BLANKS) if self.chance(0.05) else ""
        lines = [f"{indent}[{name}]{behind}"]
        own = self.random.sample(KEYS, self.random.randint(0, len(KEYS)))
        keys = [*{*own, *([] if self.chance(0.4) else ["ak", "sk"])}]
        keys += self.random.choices(OTHER_KEYS, k=self.pick({0: 4, 1: 3, 2: 1}))
        keys += self.random.choices(keys or ["x"], k=1 if self.chance(0.07) else 0)
        self.random.shuffle(keys)
        # The keys of a section stand in one column, or they would continue each other.
        column = self.pick({"": 8, "  ": 1, "\t": 1})
        for key in keys:
            lines += self.random.choices(
                [*COMMENTS, "", "  ", "  # indented"], k=self.pick({0: 6, 1: 1})
            )
            lines.append(column + self.entry(key))
            if self.chance(0.04):
                lines.append(column + self.random.choice(BLANKS) + self.value(key))
            if self.chance(0.01):
                lines.append(self.random.choice(["ak", "a b", "=", ": x", "[]", "[", "!"]))
        return lines

    def entry(self, key: str) -> str:
        """A key and its value."""
        if self.chance(0.15):
            key = self.random.choice([key.upper(), key.title(), key.swapcase()])
        before, after = (self.pick({"": 3, " ": 5, "blank": 1}) for _ in range(2))
        before = self.random.choice(BLANKS) if before == "blank" else before
        after = self.random.choice(BLANKS) if after == "blank" else after
        return f"{key}{before}{self.random.choice('===:')}{after}{self.value(key)}"

    def value(self, key: str) -> str:
        """A value, no two alike."""
        self.count += 1
        plain = f"{key.upper().replace('_', '').replace(' ', '')}{self.count}"
        if key == "iam_endpoint":
            plain = f"http://iam-{self.count}.example"
        if key.endswith("_id") and self.chance(0.5):
            plain = f"{self.random.getrandbits(128):032x}"
        if key in {"sk", "security_token"}:
            plain += "".join(self.random.choices("aZ0+/=:#;[]-_.~", k=self.random.randint(0, 20)))
        odd = {"percent": 2, "reference": 3, "odd": 1, "behind": 1, "empty": 1, "long": 0.2}
        kind = self.pick(odd) if self.chance(0.2) else "plain"
        if kind == "odd":
            around = self.random.choice(['"', "'", *INVISIBLE, "é", "推"])
            return around + plain + self.random.choice([around, ""])
        if kind == "reference":
            name = self.random.choice([*KEYS, "x", "X", "AK", "none", "region", "", "a)b"])
            end = self.random.choice(["s", "s", "s-b", "d"])
            return f"{self.random.choice(['', 'a'])}%({name}){end}"
        behind = {
            "plain": [""],
            "percent": ["%%", "%%%%", "%%(x)s", "%", "%d", "100%"],
            "behind": [*COMMENTS, *BLANKS, *[f" {comment}" for comment in COMMENTS]],
            "long": ["z" * 1000, "z" * 20_000, "z" * 70_000],
        }
        return plain + self.random.choice(behind[kind]) if kind in behind else ""

    def joined(self, lines: list[str]) -> str:
        """The lines, ended in one way or in several."""
        end = self.random.choice(ENDS)
        if self.chance(0.1):
            return "".join(line + self.random.choice(ENDS) for line in lines)
        if self.chance(0.05):
            other = self.random.choice(SEPARATORS)
            return "".join(line + (other if self.chance(0.2) else end) for line in lines)
        return end.join(lines) + self.random.choice([end, ""])

    def spoilt(self, text: str) -> str:
        """The text with a few characters more or fewer."""
        at = self.random.randrange(len(text) + 1)
        new = self.random.choice([*SPOILERS, *INVISIBLE, *BLANKS, ""])
        return text[:at] + new + text[at + self.random.choice([0, 0, 1, 2]) :]

    def encoded(self, text: str) -> bytes:
        """The text as bytes, nearly always as UTF-8."""
        kind = self.pick({"utf-8-sig": 2, "utf-16": 1, "latin-1": 1, "broken": 1})
        kind = kind if self.chance(0.1) else "utf-8"
        if kind == "broken":
            whole = text.encode()
            at = self.random.randrange(len(whole) + 1)
            return whole[:at] + self.random.choice([b"\xe4", b"\xff", b"\xc0\x80"]) + whole[at:]
        return text.encode(kind, "replace")

    def pick(self, weights: dict[Any, float]) -> Any:
        """One of these, by weight."""
        return self.random.choices([*weights], [*weights.values()])[0]

    def chance(self, share: float) -> bool:
        """Whether something odd is so."""
        return self.random.random() < share * self.oddness
