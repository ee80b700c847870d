"""Every public function has an example, and all examples run as they are printed."""

from __future__ import annotations

import doctest
import inspect
import sys
from typing import TYPE_CHECKING, Any

import pytest
from public_names import exported, is_function, public_methods

if TYPE_CHECKING:
    from pathlib import Path

EXPORTED = exported()
OPTIONS = doctest.NORMALIZE_WHITESPACE | doctest.IGNORE_EXCEPTION_DETAIL


def documented() -> dict[str, Any]:
    """Return functions, classes and methods whose docstring has an example."""
    methods = {
        f"{path}.{name}": getattr(value, name)
        for path, value in EXPORTED.items()
        if inspect.isclass(value)
        for name in public_methods(value)
    }
    return {
        path: value
        for path, value in (EXPORTED | methods).items()
        if ">>>" in (inspect.getdoc(value) or "")
    }


EXAMPLES = documented()


def test_every_function_has_an_example():
    functions = [path for path, value in EXPORTED.items() if is_function(value)]
    assert functions
    assert [path for path in functions if path not in EXAMPLES] == []


@pytest.mark.parametrize("path", EXAMPLES)
def test_example(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    text = inspect.getdoc(EXAMPLES[path]) or ""
    assert "+SKIP" not in text
    test = doctest.DocTestParser().get_doctest(text, {}, path, None, None)
    results = doctest.DocTestRunner(optionflags=OPTIONS).run(test, out=sys.stdout.write)
    assert results.attempted
    assert not results.failed, capsys.readouterr().out
