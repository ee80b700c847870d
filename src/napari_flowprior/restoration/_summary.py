"""What there is to say of a restoration in a line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["summarise"]

# Share of the largest value below which a noise level is what rounding left.
_ROUNDING = 1e-6
# Parts of an image that are told one by one.
_FEW = 3
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
        Estimator, prior, and how strong the noise was, if noise is what there was or
        there was any: "mmse with photo-gray, noise level 25".

    Examples
    --------
    >>> import numpy as np
    >>> from napari_flowprior import posterior
    >>> from napari_flowprior.restoration import Noise, summarise
    >>> image = np.random.default_rng(0).normal(128, 25, (64, 64)).astype(np.uint8)
    >>> found = posterior(image, degradation=Noise(sigma=25), samples=2, steps=4)
    >>> summarise(found.provenance)
    'sampling with photo-gray, noise level 25'
    """
    estimator, prior = (provenance[part]["name"] for part in ("estimator", "prior"))
    noise = _noise(provenance)
    return f"{estimator} with {prior}" + (f", {noise}" if noise else "")


def _noise(provenance: Mapping[str, Any]) -> str:
    if parts := provenance.get("parts"):
        return _several(parts)
    said = provenance["degradation"]
    if set(_CAMERA) <= set(said):
        # The level is that of the transformed image, always 1.
        return ", ".join(f"{word} {said[key]:.4g}" for key, word in _CAMERA.items())
    level = _sensible(provenance)
    if level == 0:
        # Of holes, or lost grey levels, nobody asked how noisy they are.
        return "no noise" if said["name"] == "noise" else ""
    kind = "correlated noise, level" if "excess" in said else "noise level"
    return f"{kind} {level:.4g}"


def _several(parts: Sequence[Mapping[str, Any]]) -> str:
    """Say in what several parts of an image differ, as far as a line can."""
    words = list(dict.fromkeys(filter(None, map(_noise, parts))))
    if len(words) <= _FEW:
        return "; ".join(words)
    return f"{len(parts)} parts, each with a noise of its own"


def _sensible(provenance: Mapping[str, Any]) -> float:
    """Return the noise level; what a computer loses by rounding is none."""
    intensity = provenance["intensity"]
    values = max(abs(intensity["offset"]), abs(intensity["gain"]))
    sigma: float = provenance["sigma"]
    return 0.0 if sigma < _ROUNDING * values else sigma
