"""Killed restorations into stores, a few of them; `benchmarks/stress` has more."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "stress" / "stores.py"


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs to fork")
def test_killed_restorations_end_as_others_do() -> None:
    command = [sys.executable, str(SCRIPT), "--number", "8", "--seed", "16"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.endswith("     8  cases, 0 failures\n")
    assert "killed" in ran.stdout
