"""FlowPrior: a trained flow, what its intensities mean, and where it comes from."""

from __future__ import annotations

import math
import os
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from napari_flowprior._errors import InputError, PriorFileError
from napari_flowprior._resources import shipped_priors
from napari_flowprior.flow import MultiscaleFlow, bounded, without_struck
from napari_flowprior.priors import _file

__all__ = ["FlowPrior", "PriorInfo", "prior_path"]


# How far beyond black and white images may go: content by so much of the range, and
# noise by so many standard deviations.
_BEYOND, _NOISE_BEYOND = 0.25, 4.0


@dataclass(frozen=True, kw_only=True)
class PriorInfo:
    """What is known of a prior besides its weights.

    Parameters
    ----------
    name : str
        Short name.
    description : str
        What it was trained on and for.
    sigma_max : float
        Largest noise level it denoises, in normalised units; 0 without conditioning.
    density_sigma_max : float
        Largest noise level its density knows; 0 if it is `sigma_max` too.
    normalisation : str
        What the unit range of intensities stands for.
    training : dict
        Summary: steps, losses, validation figures.
    calibration : dict
        For each damage that its intervals are calibrated for, the ``factor`` by which
        they are wider than samples say, and how it was found; see
        `napari_flowprior.calibration.calibrate`.
    licence : str
        Licence of the prior.
    sources : tuple of str
        Sources and licences of the training data.
    checksum : str
        SHA-256 of the tensors; filled in by loading.
    """

    name: str = "unnamed"
    description: str = ""
    sigma_max: float = 0.0
    density_sigma_max: float = 0.0
    normalisation: str = "[0, 1] is the range of the image, 0 to 255 for 8 bits"
    training: dict[str, Any] = field(default_factory=dict)
    calibration: dict[str, dict[str, Any]] = field(default_factory=dict)
    licence: str = ""
    sources: tuple[str, ...] = ()
    checksum: str = ""

    @classmethod
    def from_card(cls, card: dict[str, Any]) -> PriorInfo:
        """Build from the JSON card of a prior file, ignoring what is not known here.

        Parameters
        ----------
        card : dict
            The card, checked by reading it.

        Returns
        -------
        PriorInfo
            The information.
        """
        known = {entry.name for entry in fields(cls)}
        values = {name: value for name, value in card.items() if name in known}
        values["sources"] = tuple(values.get("sources", ()))
        return cls(**values)


def prior_path(name_or_path: str | Path) -> Path:
    """Find the file of a prior.

    Parameters
    ----------
    name_or_path : str or Path
        Name of a shipped prior, or path of a file.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    PriorFileError
        If there is neither.

    Examples
    --------
    >>> from napari_flowprior.priors import prior_path
    >>> prior_path("microscopy").name
    'microscopy.safetensors'
    """
    shipped = shipped_priors()
    if str(name_or_path) in shipped:
        return Path(str(shipped[str(name_or_path)]))
    # Unlike their namesakes of Path, these two do not fail for names that cannot be.
    path = os.path.expanduser(name_or_path)
    if os.path.exists(path):
        return Path(path)
    raise PriorFileError(
        f"There is no prior {str(name_or_path)!r}: it is neither a file nor one of the "
        f"shipped priors ({', '.join(shipped) or 'none'})."
    )


class FlowPrior:
    """A normalizing flow as a prior for images.

    All methods take batches of shape (B, C, H, W), H and W divisible by `stride`,
    with intensities normalised so that [0, 1] is the range of the image, and `sigma`
    in the same units.

    Parameters
    ----------
    flow : MultiscaleFlow
        The flow; it is put into evaluation mode and frozen.
    info : PriorInfo
        What is known of it.

    Examples
    --------
    >>> import torch
    >>> from napari_flowprior import FlowPrior
    >>> prior = FlowPrior.load("photo-gray")
    >>> prior.log_prob(torch.rand(1, 1, 64, 64)).shape
    torch.Size([1])
    """

    def __init__(self, flow: MultiscaleFlow, info: PriorInfo | None = None) -> None:
        self.flow = flow.eval().requires_grad_(False)
        self.info = info or PriorInfo()

    @classmethod
    def load(
        cls, name_or_path: str | Path, *, device: str | torch.device = "cpu"
    ) -> FlowPrior:
        """Load a shipped prior by name, or any prior file by path.

        Parameters
        ----------
        name_or_path : str or Path
            Such as ``"photo-gray"`` or ``"mine.safetensors"``.
        device : str or device
            Where the weights go.

        Returns
        -------
        FlowPrior
            The prior.

        Raises
        ------
        PriorFileError
            If the file is missing, damaged, of a newer format, or does not fit.
        """
        path = prior_path(name_or_path)
        header = _file.read_header(path)
        info = PriorInfo.from_card(header.card)
        tensors = _file.read_tensors(path, header)
        # A fresh flow draws random weights; the caller's random state is not ours.
        with torch.random.fork_rng(devices=[]):
            flow = MultiscaleFlow(header.config)
        flow.load_state_dict(tensors)
        return cls(flow, info).to(device)

    def save(
        self, path: str | Path, *, overwrite: bool = False, half: bool = False
    ) -> None:
        """Write the prior to one safetensors file with a JSON header.

        Parameters
        ----------
        path : str or Path
            File to write.
        overwrite : bool
            Whether an existing file may be replaced.
        half : bool
            Whether convolution kernels of the networks are stored in half precision.

        Raises
        ------
        InputError
            If the file exists and `overwrite` is false, cannot be written, or could
            not be loaded again, as with weights that are not finite.
        """
        tensors = {
            name: tensor.half()
            if half and tensor.ndim == 4 and tensor.numel() > 4096
            else tensor.float()
            for name, tensor in self.flow.state_dict().items()
        }
        card = asdict(self.info)
        del card["checksum"]
        _file.write(Path(path), self.flow.config, card, tensors, overwrite=overwrite)

    def to(
        self, device: str | torch.device, dtype: torch.dtype | None = None
    ) -> FlowPrior:
        """Move the weights.

        Parameters
        ----------
        device : str or device
            Where to.
        dtype : dtype, optional
            Floating type to convert to.

        Returns
        -------
        FlowPrior
            This prior.
        """
        self.flow.to(device=device, dtype=dtype)
        self.flow.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        return self

    @property
    def name(self) -> str:
        """Short name."""
        return self.info.name

    @property
    def channels(self) -> int:
        """Image channels C."""
        return self.flow.config.channels

    @property
    def stride(self) -> int:
        """Number that the sides of a batch must divide by."""
        return self.flow.config.stride

    @property
    def sigma_max(self) -> float:
        """Largest noise level denoised, normalised units; 0 without conditioning."""
        return self.info.sigma_max if self.flow.config.noise_conditional else 0.0

    @property
    def density_sigma_max(self) -> float:
        """Largest noise level of `log_prob`, normalised units; 0 without conditioning.

        A score network may denoise more than the flow itself was trained for.
        """
        return min(self.info.density_sigma_max or self.sigma_max, self.sigma_max)

    @property
    def has_score_network(self) -> bool:
        """Whether `denoise` takes a network's estimate of the score."""
        return self.flow.score_network is not None

    @property
    def takes_maps(self) -> bool:
        """Whether `denoise` takes levels that differ from pixel to pixel.

        As networks do that were trained on them, with what is told of clipping.
        """
        return self.flow.config.score_clipping

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next(self.flow.parameters()).device

    @property
    def dtype(self) -> torch.dtype:
        """Floating type of the weights."""
        return next(self.flow.parameters()).dtype

    def _sigma(self, sigma: float | Tensor) -> float | Tensor | None:
        if not isinstance(sigma, Tensor) and not 0 <= sigma < math.inf:
            raise InputError(f"sigma is {sigma}; it must be finite and at least 0.")
        if self.flow.config.noise_conditional:
            return sigma
        if isinstance(sigma, Tensor) or sigma != 0:
            raise InputError(
                f"The prior {self.name} is not conditioned on a noise level, so it has "
                f"no density at sigma {sigma}; use sigma=0."
            )
        return None

    def _check(self, batch: Tensor) -> Tensor:
        """Refuse what torch would mix up or fail on deep inside the flow."""
        if not isinstance(batch, Tensor) or not batch.is_floating_point():
            kind = getattr(batch, "dtype", type(batch).__name__)
            raise InputError(
                f"The batch is of type {kind}; pass a tensor of type {self.dtype} with "
                "intensities from 0 to 1."
            )
        if (batch.dtype, batch.device) != (self.dtype, self.device):
            raise InputError(
                f"The batch is {batch.dtype} on {batch.device} and the prior "
                f"{self.name} {self.dtype} on {self.device}; convert one of them with "
                "to()."
            )
        return batch

    @torch.no_grad()
    def log_prob(self, batch: Tensor, sigma: float | Tensor = 0.0) -> Tensor:
        """Return the log density of images with noise of level sigma.

        Parameters
        ----------
        batch : Tensor
            Images, (B, C, H, W).
        sigma : float or Tensor
            Noise level, or one per image, (B,).

        Returns
        -------
        Tensor
            Log density in nats per image, (B,).

        Raises
        ------
        InputError
            If shape, type or device do not fit, sigma is negative or not finite, or the
            prior knows no noise levels.
        """
        return self.flow.log_prob(self._check(batch), self._sigma(sigma))

    def score(self, batch: Tensor, sigma: float | Tensor = 0.0) -> Tensor:
        """Return the gradient of `log_prob` by the images.

        Parameters
        ----------
        batch : Tensor
            Images, (B, C, H, W).
        sigma : float or Tensor
            Noise level, or one per image, (B,).

        Returns
        -------
        Tensor
            Score, shape of `batch`.

        Raises
        ------
        InputError
            If shape, type or device do not fit, sigma is negative or not finite, or the
            prior knows no noise levels.
        """
        return self.flow.score(self._check(batch), self._sigma(sigma))

    def denoise(
        self,
        batch: Tensor,
        sigma: float | Tensor,
        clipped: tuple[bool, bool] = (False, False),
    ) -> Tensor:
        """Return the posterior mean given noise of level sigma (Tweedie's formula).

        ``batch + sigma**2 * grad log p_sigma(batch)``, where the gradient is estimated
        by the prior's score network if it has one, and else is `score`, the flow's own.
        No pixel changes by more than five standard deviations, whatever the network
        answers; see `MultiscaleFlow.denoise`.

        A pixel that is hot, or a highlight far above white, is nothing that a prior has
        been trained on, and a network may answer anything for all pixels around. So the
        gradient is that at the image cut off a quarter of the range, and four standard
        deviations, below black and above white; what was cut off is kept as it is. So
        are single pixels that a score network meets which are unlike all about them.

        Parameters
        ----------
        batch : Tensor
            Noisy images, (B, C, H, W).
        sigma : float or Tensor
            Standard deviation of their Gaussian noise: a number, one per image, (B,),
            or, if the prior has a score network, one per pixel, (B, 1, H, W).
        clipped : tuple of bool
            Whether noisy intensities were cut off at 0, and at 1. The posterior mean is
            darker, or brighter, then. Priors that are not told have to guess.

        Returns
        -------
        Tensor
            The posterior mean, shape of `batch`.

        References
        ----------
        Efron, *Tweedie's formula and selection bias* (2011).

        Examples
        --------
        >>> import torch
        >>> from napari_flowprior import FlowPrior
        >>> prior = FlowPrior.load("photo-gray")
        >>> noisy = 0.5 + 0.1 * torch.randn(1, 1, 64, 64)
        >>> prior.denoise(noisy, 0.1).std() < 0.03
        tensor(True)
        """
        level = self._sigma(sigma)
        if level is None:
            return self._check(batch)
        strongest = float(sigma.max()) if isinstance(sigma, Tensor) else sigma
        reach = _BEYOND + _NOISE_BEYOND * strongest
        usual = self._check(batch).clamp(-reach, 1 + reach)
        if not self.has_score_network:
            scale = torch.as_tensor(sigma, dtype=usual.dtype, device=usual.device)
            scale = scale[:, None, None, None] if scale.ndim else scale
            return batch + scale * bounded(scale * self.score(usual, sigma))
        usual = without_struck(usual, strongest)
        cut = usual.new_tensor([clipped]).expand(len(usual), 2)
        with torch.no_grad():
            denoised = self.flow.denoise(usual, level, cut)
        return batch + (denoised - usual)
