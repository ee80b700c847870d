"""Priors as packages of bioimage.io, for other programs that denoise."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from napari_flowprior._checks import check_number
from napari_flowprior._errors import InputError
from napari_flowprior._version import version
from napari_flowprior.data import atomic_path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_flowprior.flow import MultiscaleFlow
    from napari_flowprior.priors._prior import FlowPrior

__all__ = ["export_bioimageio"]

_SIDE = 128  # pixels of the image that a package is tested with
_COLOURS = {1: ["intensity"], 3: ["red", "green", "blue"]}
_REPOSITORY = "https://github.com/napari-flowprior/napari-flowprior"


def export_bioimageio(
    prior: FlowPrior,
    path: Path,
    *,
    sigma: float = 0.1,
    authors: Sequence[str] = (),
    licence: str = "",
    overwrite: bool = False,
) -> None:
    """Write the denoiser of a prior, at one noise level, as a bioimage.io package.

    Parameters
    ----------
    prior : FlowPrior
        A prior with a score network.
    path : Path
        The package, ``NAME.zip``.
    sigma : float
        Standard deviation of the noise that is taken out, as a share of the range of
        intensities.
    authors : sequence of str
        Names; by default those of this package.
    licence : str
        SPDX identifier of its licence; by default what the prior says first of its own.
    overwrite : bool
        Whether a file that is there may be replaced.

    Raises
    ------
    InputError
        If bioimageio.spec is not installed, the prior has no score network or knows no
        such noise, its licence is no SPDX identifier, or the file exists already.

    Examples
    --------
    >>> from pathlib import Path
    >>> from napari_flowprior import FlowPrior
    >>> from napari_flowprior.priors import export_bioimageio
    >>> prior = FlowPrior.load("photo-gray")
    >>> export_bioimageio(prior, Path("photo-gray.zip"), sigma=0.1)
    """
    spec = _spec()
    _check(prior, path, sigma)
    with (
        tempfile.TemporaryDirectory() as folder,
        atomic_path(path, overwrite) as new,
    ):
        files = _write_files(prior, sigma, Path(folder))
        told = licence or prior.info.licence.split(";")[0].strip()
        try:
            model = _describe(spec, prior, sigma, files, tuple(authors), told)
        except ValueError as error:
            raise InputError(_reason(error, told)) from error
        with warnings.catch_warnings():
            # It leaves files to be closed by themselves.
            warnings.simplefilter("ignore", ResourceWarning)
            spec.save_bioimageio_package(model, output_path=new)


def _spec() -> Any:
    try:
        import bioimageio.spec
        import bioimageio.spec.model.v0_5
    except ImportError:
        raise InputError(
            "Packages of bioimage.io are written by bioimageio.spec, which is not "
            "installed; install it with: python -m pip install "
            "'napari-flowprior[bioimageio]'"
        ) from None
    return bioimageio.spec


def _check(prior: FlowPrior, path: Path, sigma: float) -> None:
    check_number("sigma", sigma)
    if path.suffix != ".zip":
        raise InputError(f"{path} is no name of a package; end it with .zip.")
    if not prior.has_score_network:
        raise InputError(
            f"The prior {prior.name} has no score network, which is what a package "
            "holds; choose one that has, such as photo-gray."
        )
    if not 0 < sigma <= prior.sigma_max:
        raise InputError(
            f"sigma is {sigma}; the prior {prior.name} takes noise out above 0 and up "
            f"to {prior.sigma_max:.3g} of the range of intensities."
        )


class _Denoiser(nn.Module):
    """The posterior mean at one noise level, of an image alone."""

    sigma: Tensor

    def __init__(self, flow: MultiscaleFlow, sigma: float) -> None:
        super().__init__()
        self.flow = flow
        self.register_buffer("sigma", torch.tensor(sigma))

    def forward(self, x: Tensor) -> Tensor:
        """Take the noise out of images (B, C, H, W)."""
        return self.flow.denoise(x, self.sigma)


def _write_files(prior: FlowPrior, sigma: float, folder: Path) -> dict[str, Path]:
    """Write the weights, a noisy image and what comes of it, and what to know."""
    x = torch.from_numpy(_noisy(prior.channels, sigma))
    denoiser = _Denoiser(prior.flow, sigma).to(prior.device).eval()
    files = {
        name: folder / f"{name}{suffix}"
        for name, suffix in (("weights", ".pt"), ("input", ".npy"), ("output", ".npy"))
    }
    with torch.no_grad(), warnings.catch_warnings():
        # Shapes are checked while it is traced, and so only then; and torch would have
        # models of another kind, of which the format knows none.
        warnings.simplefilter("ignore")
        x = x.to(prior.device, prior.dtype)
        traced: Any = torch.jit.trace(denoiser, x, check_trace=False)
        clean = traced(x)
    traced.cpu().save(str(files["weights"]))
    np.save(files["input"], x.float().cpu().numpy())
    np.save(files["output"], clean.float().cpu().numpy())
    files["documentation"] = folder / "README.md"
    files["documentation"].write_text(_documentation(prior, sigma), encoding="utf-8")
    return files


def _noisy(channels: int, sigma: float) -> np.ndarray[Any, np.dtype[np.float32]]:
    from skimage import data

    image = data.astronaut()[:_SIDE, 160 : 160 + _SIDE] / 255
    planes = np.moveaxis(image, -1, 0)[:channels]
    noise = np.random.default_rng(0).normal(0, sigma, planes.shape)
    noisy: np.ndarray[Any, np.dtype[np.float32]] = (planes + noise).astype(np.float32)
    return noisy[np.newaxis]


def _documentation(prior: FlowPrior, sigma: float) -> str:
    sources = "\n".join(f"- {source}" for source in prior.info.sources) or "- not told"
    return (
        f"# {prior.name}\n\n{prior.info.description}\n\n"
        "Takes white Gaussian noise out of images whose intensities were scaled to the "
        f"range from 0 to 1: noise of a standard deviation of {sigma:g}, and no other. "
        f"Where noise is stronger or weaker, or of photons, use [napari-flowprior]"
        f"({_REPOSITORY}), which tells the network its level, in each pixel.\n\n"
        f"## Licence\n\n{prior.info.licence or 'not told'}\n\n"
        f"## Images it was trained on\n\n{sources}\n"
    )


def _describe(
    spec: Any,
    prior: FlowPrior,
    sigma: float,
    files: dict[str, Path],
    authors: tuple[str, ...],
    licence: str,
) -> Any:
    m = spec.model.v0_5
    names = authors or ("napari-flowprior developers",)
    source, _, _ = torch.__version__.partition("+")
    return m.ModelDescr(
        name=f"{prior.name} denoiser".replace("_", "-"),
        description=f"Denoiser of the flow prior {prior.name}, for noise of {sigma:g} "
        "of the range of intensities",
        authors=[m.Author(name=name) for name in names],
        cite=[m.CiteEntry(text="napari-flowprior", url=_REPOSITORY)],
        license=licence,
        documentation=m.FileDescr(source=files["documentation"]),
        git_repo=_REPOSITORY,
        tags=["denoising", "2d", "pytorch"],
        version_comment=f"napari-flowprior {version()}",
        inputs=[_input(m, prior, files["input"])],
        outputs=[_output(m, prior, files["output"])],
        weights=m.WeightsDescr(
            torchscript=m.TorchscriptWeightsDescr(
                source=files["weights"], pytorch_version=source
            )
        ),
    )


def _input(m: Any, prior: FlowPrior, test: Path) -> Any:
    size = m.ParameterizedSize(min=max(32, prior.stride), step=prior.stride)
    return m.InputTensorDescr(
        id="noisy",
        description="intensities scaled to the range from 0 to 1, with their noise",
        axes=[
            m.BatchAxis(),
            m.ChannelAxis(channel_names=_COLOURS[prior.channels]),
            m.SpaceInputAxis(id="y", size=size),
            m.SpaceInputAxis(id="x", size=size),
        ],
        test_tensor=m.FileDescr(source=test),
    )


def _output(m: Any, prior: FlowPrior, test: Path) -> Any:
    axes = [
        m.SpaceOutputAxis(
            id=axis, size=m.SizeReference(tensor_id="noisy", axis_id=axis)
        )
        for axis in ("y", "x")
    ]
    channels = m.ChannelAxis(channel_names=_COLOURS[prior.channels])
    return m.OutputTensorDescr(
        id="denoised",
        description="the same without noise",
        axes=[m.BatchAxis(), channels, *axes],
        test_tensor=m.FileDescr(source=test),
    )


def _reason(error: Any, licence: str) -> str:
    """Say what is wrong with a description that pydantic has refused."""
    wrong = [part for each in error.errors() for part in each["loc"]]
    if "license" in wrong:
        return (
            f"The licence {licence!r} is no SPDX identifier; pass one such as "
            "licence='CC-BY-4.0'."
        )
    return f"The package was not accepted: {str(error).splitlines()[0]}."
