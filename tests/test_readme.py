"""The README says what is true: its example runs as it is printed."""

from __future__ import annotations

from pathlib import Path

import pytest
from markdown import blocks, commands, links

from napari_flowprior.cli._main import _parser

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
MOST_BYTES = 8000


@pytest.mark.slow
def test_python_example() -> None:
    (example,) = blocks(README, "python")
    check = (
        "\nassert out.shape == image.shape and out.dtype == image.dtype"
        "\nassert abs(out - clean.astype(float)).mean() < 10"
        "\nassert (filled[~mask] == clean[~mask]).all()"
    )
    exec(example + check, {"__name__": "__main__"})


def test_commands_are_understood() -> None:
    found = commands(README)
    assert {"restore", "train", "diagnose"} <= {command[0] for command in found}
    for command in found:
        _parser(command).parse_args(command)


def test_pictures_are_there() -> None:
    found = links(README, pictures=True)
    assert found
    for link in found:
        assert (ROOT / link.split("/main/", 1)[-1]).is_file(), link


def test_links_lead_somewhere() -> None:
    found = [link for link in links(README) if "://" not in link]
    assert found
    assert [link for link in found if not (ROOT / link).exists()] == []


def test_two_screens_are_enough() -> None:
    assert len(README.read_bytes()) <= MOST_BYTES
