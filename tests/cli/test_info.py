"""``napari-flowprior info``, and what the program costs to start."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from napari_flowprior._resources import shipped_priors
from napari_flowprior.cli import main

if TYPE_CHECKING:
    from pathlib import Path


def test_info_names_versions_devices_and_priors(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["info"]) == 0
    text = capsys.readouterr().out
    for word in ("napari-flowprior: 0", "torch: ", "cpu: ", *shipped_priors()):
        assert word in text
    assert {"photo-gray", "photo-rgb"} <= set(shipped_priors())


def test_info_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert set(facts) == {"system", "python", "packages", "devices", "priors"}


def test_info_of_a_prior(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", "tiny.safetensors"]) == 0
    text = capsys.readouterr().out
    assert "name: tiny" in text
    assert "2 (list them with --sources)" in text
    assert main(["info", "tiny.safetensors", "--sources"]) == 0
    assert "- a\n" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["photo-gray", "photo-rgb"])
def test_shipped_priors_name_their_data(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["info", name, "--sources", "--json"]) == 0
    card = json.loads(capsys.readouterr().out)
    assert card["name"] == name
    assert card["licence"]
    assert len(card["sources"]) > 100


def test_no_such_prior(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", "nothing"]) == 1
    assert "no prior 'nothing'" in capsys.readouterr().err


def test_starting_is_cheap() -> None:
    code = (
        "import sys; from napari_flowprior.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "assert 'torch' not in sys.modules and 'napari' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
