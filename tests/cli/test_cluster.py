"""``napari-flowprior restore --scheduler``: files here, workers anywhere."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from clusters import local_cluster
from PIL import Image

from napari_flowprior.cli import main

NOISE = ["--prior", "tiny.safetensors", "--degradation", "noise", "--sigma", "25"]


def test_files_are_those_of_this_computer(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["restore", "in.png", "here.png", *NOISE]) == 0
    with local_cluster() as cluster:
        address = cluster.scheduler_address
        place = ["--scheduler", address.removeprefix("tcp://")]
        assert main(["restore", "in.png", "there.png", *NOISE, *place]) == 0
    assert f"s on {address}" in capsys.readouterr().out
    here, there = (np.asarray(Image.open(f"{name}.png")) for name in ("here", "there"))
    np.testing.assert_array_equal(here, there)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "No scheduler of Dask answers at tcp://127.0.0.1:1"),
        (["--device", "cpu"], "--device cpu is of this computer"),
        (["--uncertainty", "out"], "--uncertainty is of; leave one of them out"),
    ],
)
def test_what_does_not_go_together_is_refused_at_once(
    folder: Path, capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    place = ["--scheduler", "127.0.0.1:1", *options]
    assert main(["restore", "in.png", "out.png", *NOISE, *place]) == 2
    assert said in capsys.readouterr().err
    assert not Path("out.png").exists()
