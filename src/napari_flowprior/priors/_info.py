"""What is known of a prior besides its weights."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

__all__ = ["PriorInfo"]


@dataclass(frozen=True, kw_only=True)
class PriorInfo:
    """What is known of a prior besides its weights.

    Parameters
    ----------
    name : str
        Short name.
    description : str
        What it was trained on and for.
    sigma_min : float
        Least noise level that it knows, normalised units: of a prior trained on noisy
        images alone it is that of theirs, of all others 0.
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
    sigma_min: float = 0.0
    sigma_max: float = 0.0
    density_sigma_max: float = 0.0
    normalisation: str = "[0, 1] is the range of the image, 0 to 255 for 8 bits"
    training: dict[str, Any] = field(default_factory=dict)
    calibration: dict[str, dict[str, Any]] = field(default_factory=dict)
    licence: str = ""
    sources: tuple[str, ...] = ()
    checksum: str = ""

    @property
    def restriction(self) -> str:
        """Sentence on what it cannot do; empty if it takes any image."""
        if not self.sigma_min:
            return ""
        return (
            "It was trained on noisy images alone, and knows no noise below a level of "
            f"{255 * self.sigma_min:.3g} of 255; what passes through weaker noise, as "
            "all estimators but mmse do, takes another prior."
        )

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
