"""A new degradation is one class and one line of the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from stripes import Stripes

from napari_flowprior.cli import main
from napari_flowprior.restoration.degradations import _registry

if TYPE_CHECKING:
    from pathlib import Path

TINY = ["--prior", "tiny.safetensors", "--device", "cpu", "--degradation"]
COMMAND = ["restore", "in.png", "out.png", *TINY]


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(_registry._KINDS, Stripes.name, Stripes)


def test_the_command_line_restores_it(folder: Path) -> None:
    options = ["--sigma", "20", "--period", "3", "--along", "columns", "--last-line"]
    assert main([*COMMAND, "stripes", *options]) == 0
    before, after = (np.asarray(Image.open(n), int) for n in ("in.png", "out.png"))
    changed = (before != after).any(0)
    assert changed[2::3].all()
    assert not changed[0::3].any()
    assert not changed[1::3].any()


def test_one_of_several(folder: Path) -> None:
    options = ["--sigma", "20", "--period", "3"]
    assert main([*COMMAND, "noise,stripes", *options]) == 0
    assert main([*COMMAND, "blur,stripes", "--gaussian", "1", "--overwrite"]) == 0


def test_its_options_are_listed_and_checked(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["restore", "--help"])
    text = " ".join(capsys.readouterr().out.split())
    assert "stripes: Distance of lines (2 to 9, default 2)." in text
    assert "--along {rows,columns} stripes: Which lines (default rows)." in text
    assert main([*COMMAND, "stripes", "--period", "1"]) == 2
    assert "--period is 1; it must be a whole number" in capsys.readouterr().err
