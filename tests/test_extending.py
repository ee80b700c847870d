"""The degradation of the tutorial is found by the command line, with its option."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pytest
from markdown import blocks
from PIL import Image

from napari_flowprior.cli import main
from napari_flowprior.restoration.degradations import _registry

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "extending" / "plot_own_degradation.py"
TUTORIAL = ROOT / "docs" / "tutorials" / "degradation.md"


def defined() -> str:
    """Join the imports of the tutorial and the class of the example, as in a file."""
    text = EXAMPLE.read_text(encoding="utf-8")
    (imports,) = blocks(TUTORIAL, "python")
    return imports + text[text.index("@dataclass") :].partition("# %%")[0]


@pytest.fixture
def registered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "_interlaced.py"
    file.write_text(defined(), encoding="utf-8")
    interlaced = runpy.run_path(str(file), run_name="interlaced")["Interlaced"]
    monkeypatch.setitem(_registry._KINDS, interlaced.name, interlaced)


@pytest.mark.slow
@pytest.mark.usefixtures("registered")
def test_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rows = np.linspace(60, 180, 48).round().astype(np.uint8)
    clean = np.repeat(rows[:, None], 48, axis=1)
    damaged = clean.copy()
    damaged[::2] = 0
    Image.fromarray(damaged).save("in.png")
    command = "restore in.png out.png --degradation interlaced --first-row 1"
    assert main(command.split()) == 0
    restored = np.asarray(Image.open("out.png"))
    assert (restored[1::2] == clean[1::2]).all()
    assert abs(restored[2:-2].astype(int) - clean[2:-2]).max() < 8


def test_command_line_checks_the_option(
    registered: None, capsys: pytest.CaptureFixture[str]
) -> None:
    command = "restore in.png out.png --degradation interlaced --first-row 2"
    assert main(command.split()) == 2
    assert "--first-row is 2" in capsys.readouterr().err
