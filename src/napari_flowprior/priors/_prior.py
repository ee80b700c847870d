"""FlowPrior: a trained flow, what its intensities mean, and where it comes from."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from napari_flowprior._errors import InputError
from napari_flowprior.flow import bounded, without_struck
from napari_flowprior.priors import _file
from napari_flowprior.priors._arguments import checked_batch, checked_level
from napari_flowprior.priors._check import empty_flow
from napari_flowprior.priors._frozen import FrozenFlow
from napari_flowprior.priors._info import PriorInfo
from napari_flowprior.priors._names import prior_path
from napari_flowprior.priors._probability_flow import carry

__all__ = ["FlowPrior"]

# How far beyond black and white images may go: content by so much of the range, and
# noise by so many standard deviations.
_BEYOND, _NOISE_BEYOND = 0.25, 4.0
# Where the ODE begins: below, networks cannot tell noise from what fills the cells of
# intensities of 8 bits.
_FAINTEST = 0.1 / 255


class FlowPrior(FrozenFlow):
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
        # A fresh flow would draw random weights, which takes longer than all else.
        flow = empty_flow(header.config)
        flow.load_state_dict(tensors, assign=True)
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
        card = asdict(self.info)
        del card["checksum"]
        config, tensors = self.flow.config, self.flow.state_dict()
        _file.write(Path(path), config, card, tensors, half=half, overwrite=overwrite)

    def _level(self, sigma: float | Tensor) -> float | Tensor | None:
        return checked_level(
            sigma, self.name, conditional=self.flow.config.noise_conditional
        )

    def _batch(self, batch: Tensor) -> Tensor:
        return checked_batch(batch, next(self.flow.parameters()), self.name)

    @torch.no_grad()
    def log_prob(
        self,
        batch: Tensor,
        sigma: float | Tensor = 0.0,
        *,
        method: Literal["flow", "ode"] = "flow",
    ) -> Tensor:
        """Return the log density of images with noise of level sigma.

        Parameters
        ----------
        batch : Tensor
            Images, (B, C, H, W).
        sigma : float or Tensor
            Noise level, or one per image, (B,).
        method : {"flow", "ode"}
            "flow" is the density of the flow. "ode" takes the score network for a
            continuous flow from `sigma`, at least 0.1 grey levels of 255, up to
            `density_sigma_max`, and only there the flow: 48 evaluations of the network
            for a density that tells more, to about 0.01 bits per value; see `carry`.

        Returns
        -------
        Tensor
            Log density in nats per image, (B,).

        Raises
        ------
        InputError
            If shape, type or device do not fit, sigma is negative or not finite, or the
            prior knows no noise levels or, for "ode", has no score network.

        Examples
        --------
        >>> import torch
        >>> from napari_flowprior import FlowPrior
        >>> prior = FlowPrior.load("photo-gray")
        >>> smooth = torch.linspace(0.3, 0.6, 32).expand(1, 1, 32, 32)
        >>> known = smooth + (torch.rand(1, 1, 32, 32) - 0.5) / 255
        >>> bool(prior.log_prob(known, method="ode") > prior.log_prob(known))
        True
        """
        batch, level = self._batch(batch), self._level(sigma)
        if method == "ode":
            return self._carried_log_prob(batch, level)
        if method != "flow":
            raise InputError(f"method is {method!r}; choose 'flow' or 'ode'.")
        return self.flow.log_prob(batch, level)

    def _carried_log_prob(self, batch: Tensor, level: float | Tensor | None) -> Tensor:
        """Return the log density by the score network, and beyond by the flow."""
        if level is None or not self.has_score_network:
            raise InputError(
                f"The prior {self.name} has no score network, which the method 'ode' "
                "needs; use 'flow'."
            )
        end = self.density_sigma_max
        start = torch.as_tensor(level, dtype=batch.dtype, device=batch.device)
        start = start.expand(len(batch)).clamp(min=_FAINTEST)
        below = start.clamp(max=end)
        carried, log_det = carry(self.flow.scaled_score, batch, below, end)
        return self.flow.log_prob(carried, start.clamp(min=end)) + log_det

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
        return self.flow.score(self._batch(batch), self._level(sigma))

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
        level = self._level(sigma)
        if level is None:
            return self._batch(batch)
        strongest = float(sigma.max()) if isinstance(sigma, Tensor) else sigma
        reach = _BEYOND + _NOISE_BEYOND * strongest
        usual = self._batch(batch).clamp(-reach, 1 + reach)
        if not self.has_score_network:
            scale = torch.as_tensor(sigma, dtype=usual.dtype, device=usual.device)
            scale = scale[:, None, None, None] if scale.ndim else scale
            return batch + scale * bounded(scale * self.score(usual, sigma))
        usual = without_struck(usual, strongest)
        cut = usual.new_tensor([clipped]).expand(len(usual), 2)
        with torch.no_grad():
            denoised = self.flow.denoise(usual, level, cut, half=self.halves)
        return batch + (denoised - usual)
