"""Run Python as a user does, in a folder of its own."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from contextlib import chdir, redirect_stdout
from io import StringIO
from typing import TYPE_CHECKING
from unittest.mock import patch

if TYPE_CHECKING:
    from pathlib import Path


def run_python(*arguments: str | Path, cwd: Path) -> str:
    """Run Python in a process of its own, and return what it printed.

    Fails with what it wrote to stderr.
    """
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        # Settings of the user are no part of a test.
        env={**os.environ, "XDG_CONFIG_HOME": str(cwd / "config")},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def run_script(path: Path, *options: str, cwd: Path) -> str:
    """Run a script in this process, which has torch already; return what it printed."""
    called = patch.object(sys, "argv", [str(path), *options])
    with called, chdir(cwd), redirect_stdout(StringIO()) as said:
        runpy.run_path(str(path), run_name="__main__")
    return said.getvalue()
