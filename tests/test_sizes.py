"""Functions are short, to be read at a glance, and files a few screens at most."""

from __future__ import annotations

import ast
from pathlib import Path
from statistics import median, quantiles

SOURCE = Path(__file__).parents[1] / "src" / "napari_flowprior"
LONGEST, NINE_IN_TEN, MEDIAN = 60, 24, 7
LONGEST_FILE = 300


def functions() -> dict[str, int]:
    """Count the lines of every function, but for those of its docstring."""
    return {
        f"{path.relative_to(SOURCE)}:{node.lineno} {node.name}": length(node)
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    }


def length(node: ast.FunctionDef) -> int:
    first = node.body[0]
    told = first if ast.get_docstring(node) is not None else None
    lines = node.end_lineno - node.lineno + 1
    return lines - (told.end_lineno - told.lineno + 1 if told else 0)


def test_functions_are_short() -> None:
    found = functions()
    assert len(found) > 1000
    assert [name for name, lines in found.items() if lines > LONGEST] == []
    assert quantiles(found.values(), n=10)[-1] < NINE_IN_TEN
    assert median(found.values()) <= MEDIAN


def test_files_are_short() -> None:
    files = list(SOURCE.rglob("*.py"))
    assert len(files) > 300
    lines = {path: path.read_text(encoding="utf-8").count("\n") for path in files}
    assert [path for path in files if lines[path] > LONGEST_FILE] == []
