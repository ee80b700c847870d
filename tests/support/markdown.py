"""What Markdown pages contain: code, commands, links and pictures."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = "napari-flowprior "


def blocks(page: Path, language: str) -> list[str]:
    """Return the code blocks of a language, in their order."""
    text = page.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.S | re.M)


def commands(page: Path) -> list[list[str]]:
    """Return the arguments of every command of the program in the shell blocks."""
    lines = "\n".join(blocks(page, "sh")).splitlines()
    return [
        shlex.split(line, comments=True)[1:]
        for line in lines
        if line.startswith(PROGRAM)
    ]


def links(page: Path, *, pictures: bool = False) -> list[str]:
    """Return where links lead to, or the files of pictures."""
    text = re.sub(
        r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.S | re.M
    )
    found = re.findall(r"(!?)\[(?:[^\[\]]|!\[[^\]]*\]\([^)]*\))*\]\(([^)\s]+)\)", text)
    return [target for mark, target in found if bool(mark) == pictures]
