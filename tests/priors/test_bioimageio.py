"""Packages of bioimage.io hold the denoiser, and are what the format asks for."""

from __future__ import annotations

import io
import sys
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from napari_flowprior import FlowPrior
from napari_flowprior._errors import InputError
from napari_flowprior.flow import FlowConfig, MultiscaleFlow
from napari_flowprior.priors import PriorInfo, export_bioimageio

if TYPE_CHECKING:
    from pathlib import Path

SIGMA = 0.15


# Not when tests are collected, which each process does: it takes seconds.
@pytest.fixture(autouse=True, scope="module")
def spec() -> Any:
    return pytest.importorskip("bioimageio.spec")


def small(channels: int = 1, *, licence: str = "MIT; as it says") -> FlowPrior:
    """Make a prior with a small score network whose answers are not nothing."""
    torch.manual_seed(0)
    config = FlowConfig(
        channels=channels,
        hidden=8,
        steps=1,
        levels=2,
        noise_conditional=True,
        score_widths=(8, 8),
        score_blocks=1,
    )
    flow = MultiscaleFlow(config)
    flow.initialize(torch.rand(4, channels, 16, 16), torch.full((4,), 0.1))
    torch.nn.init.normal_(flow.score_network.tail.weight, std=0.1)
    told = PriorInfo(name="small", sigma_max=0.2, licence=licence, sources=("a photo",))
    return FlowPrior(flow, told)


def array(package: zipfile.ZipFile, name: str) -> np.ndarray:
    return np.load(io.BytesIO(package.read(name)))


@pytest.mark.parametrize("channels", [1, 3])
def test_the_package_does_what_the_prior_does(channels: int, tmp_path: Path) -> None:
    prior, path = small(channels), tmp_path / "small.zip"
    export_bioimageio(prior, path, sigma=SIGMA)
    package = zipfile.ZipFile(path)
    denoise = torch.jit.load(io.BytesIO(package.read("weights.pt")))
    x = torch.rand(2, channels, 40, 64)
    with torch.no_grad():
        torch.testing.assert_close(denoise(x), prior.flow.denoise(x, SIGMA))
        assert not torch.allclose(denoise(x), x, atol=1e-3)
    noisy, clean = (array(package, f"{name}.npy") for name in ("input", "output"))
    assert noisy.shape == clean.shape == (1, channels, 128, 128)
    found = denoise(torch.from_numpy(noisy)).numpy()
    np.testing.assert_allclose(found, clean, atol=1e-5)


def test_the_description_is_valid(spec: Any, tmp_path: Path) -> None:
    path = tmp_path / "small.zip"
    export_bioimageio(small(), path, sigma=SIGMA, authors=["Ada", "Bo"])
    with spec.ValidationContext(perform_io_checks=False):
        model = spec.load_description(path)
    assert not isinstance(model, spec.InvalidDescr)
    assert model.name == "small denoiser"
    assert str(model.license) == "MIT"
    assert [author.name for author in model.authors] == ["Ada", "Bo"]
    (taken,) = model.inputs
    assert [axis.id for axis in taken.axes] == ["batch", "channel", "y", "x"]
    assert taken.axes[2].size.step == small().stride
    text = zipfile.ZipFile(path).read("README.md").decode()
    assert "standard deviation of 0.15" in text
    assert "- a photo" in text


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"sigma": 0.3}, "sigma is 0.3; the prior small takes noise out"),
        ({"sigma": 0.0}, "sigma is 0"),
        ({"licence": "my own"}, "'my own' is no SPDX identifier"),
    ],
)
def test_what_cannot_be_is_explained(options: dict, says: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=says):
        export_bioimageio(small(), tmp_path / "small.zip", **options)
    assert list(tmp_path.iterdir()) == []


def test_names_and_files_in_the_way(tmp_path: Path) -> None:
    path = tmp_path / "small.zip"
    with pytest.raises(InputError, match=r"end it with \.zip"):
        export_bioimageio(small(), tmp_path / "small")
    path.write_text("mine")
    with pytest.raises(InputError, match="exists already"):
        export_bioimageio(small(), path)
    assert path.read_text() == "mine"
    export_bioimageio(small(), path, overwrite=True)
    assert zipfile.is_zipfile(path)


def test_a_prior_without_a_score_network(tmp_path: Path) -> None:
    config = FlowConfig(hidden=8, steps=1, levels=2, noise_conditional=True)
    prior = FlowPrior(MultiscaleFlow(config), PriorInfo(name="flow", sigma_max=0.2))
    with pytest.raises(InputError, match="flow has no score network"):
        export_bioimageio(prior, tmp_path / "flow.zip")


def test_without_the_library_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "bioimageio.spec", None)
    with pytest.raises(InputError, match=r"napari-flowprior\[bioimageio\]"):
        export_bioimageio(small(), tmp_path / "small.zip")
