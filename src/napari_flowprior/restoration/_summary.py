"""What there is to say of a restoration in a line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["summarise"]

# Share of the largest value below which a noise level is what rounding left.
_ROUNDING = 1e-6
_CAMERA = {"gain": "gain", "offset": "offset", "read_noise": "read noise"}


def summarise(provenance: Mapping[str, Any]) -> str:
    """Say how a result came about.

    Parameters
    ----------
    provenance : mapping
        That of a `RestoreResult`.

    Returns
    -------
    str
        Estimator, prior, and how strong the noise was: "mmse with photo-gray, noise
        level 25".
    """
    estimator, prior = (provenance[part]["name"] for part in ("estimator", "prior"))
    return f"{estimator} with {prior}, {_noise(provenance)}"


def _noise(provenance: Mapping[str, Any]) -> str:
    said = provenance["degradation"]
    if set(_CAMERA) <= set(said):
        # The level is that of the transformed image, always 1.
        return ", ".join(f"{word} {said[key]:.4g}" for key, word in _CAMERA.items())
    return f"noise level {_sensible(provenance):.4g}"


def _sensible(provenance: Mapping[str, Any]) -> float:
    """Return the noise level; what a computer loses by rounding is none."""
    intensity = provenance["intensity"]
    values = max(abs(intensity["offset"]), abs(intensity["gain"]))
    sigma: float = provenance["sigma"]
    return 0.0 if sigma < _ROUNDING * values else sigma
