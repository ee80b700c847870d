"""What was found in an image, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from napari_flowprior.restoration.engine._finding import Finding

__all__ = ["say_differences", "say_noise", "say_others"]

# Correlation of neighbours that is worth a word.
_ALIKE = 0.15
# That of planes, which share what is taken out of their scene.
_PLANES_ALIKE = 0.3


def say_differences(findings: Sequence[Finding], few: int) -> str:
    """Say in one sentence how the noise of parts differs; empty for few kinds."""
    varied = [finding for finding in findings if not finding.constant]
    if len({say_noise(finding) for finding in varied}) <= few:
        return ""
    levels = [finding.noise_level for finding in varied]
    return (
        "Noise differs from part to part: its level is from "
        f"{min(levels):.3g} to {max(levels):.3g}."
    )


def say_noise(finding: Finding) -> str:
    """Say what noise there is, or that there is none."""
    level = f"{finding.noise_level:.3g}"
    if finding.constant:
        return "All pixels have the same value, so there is nothing to restore."
    if finding.gain is not None:
        return _camera(finding)
    if finding.levels_at is not None:
        return _by_brightness(finding.levels_at, _alike(finding))
    if not finding.noise_level:
        return "No noise was found."
    if finding.degradation["name"] == "jpeg":
        return f"JPEG artefacts are as strong as noise of level {level}."
    if finding.excess is not None:
        return _correlated(finding)
    return (
        f"There is noise of level {level}, the same at all intensities{_alike(finding)}"
        "."
    )


def _camera(finding: Finding) -> str:
    text = (
        f"Noise grows with brightness: about {finding.gain:.3g} grey levels per photon"
    )
    if finding.read_noise:
        text += f", and read noise of {finding.read_noise:.3g} grey levels"
    if finding.noise_level:
        text += f"; at the median intensity its level is {finding.noise_level:.3g}"
    return f"{text}{_alike(finding)}."


def _by_brightness(levels_at: tuple[tuple[float, float], ...], alike: str) -> str:
    (dark, least), (bright, most) = levels_at[0], levels_at[-1]
    how = "grows with" if most > least else "falls with"
    return (
        f"Noise {how} brightness, but not as that of counted photons does: its level "
        f"is {least:.3g} at intensity {dark:.3g} and {most:.3g} at {bright:.3g}{alike}."
    )


def _correlated(finding: Finding) -> str:
    pair, level = finding.correlation, f"{finding.noise_level:.3g}"
    if pair is not None and max(map(abs, pair)) < _ALIKE:
        return (
            f"There is noise of level {level} or so; the finest scale of the flattest "
            "parts shows less."
        )
    how = "" if pair is None else f" (correlation {np.mean(pair):.1g})"
    return (
        f"Neighbouring pixels share their noise{how}, so the image was probably "
        f"resampled or demosaiced; its level is about {level}."
    )


def _alike(finding: Finding) -> str:
    pair = finding.correlation
    if pair is None or max(map(abs, pair)) < _ALIKE:
        return ""
    return (
        f" (correlation of neighbours {pair[0]:.1g} along Y and {pair[1]:.1g} along X)"
    )


def say_others(finding: Finding) -> Iterator[str]:
    """Say what else there is to say of an image, but of its noise."""
    if finding.fill_values is not None:
        yield str(finding.fill_values)
    yield from _taken_out(finding)
    if (alike := finding.plane_correlation) is not None and alike > _PLANES_ALIKE:
        yield (
            f"Neighbouring planes share their noise (correlation {alike:.1g}), so the "
            "stack was probably resampled or averaged."
        )
    if finding.jpeg_quality is not None:
        quality = finding.jpeg_quality
        yield f"It was compressed as JPEG, at a quality of about {quality}."
    if finding.at_least is not None:
        yield _cut_off(finding.at_least, "least", "darker")
    if finding.at_greatest is not None:
        yield _cut_off(finding.at_greatest, "greatest", "brighter")
    if finding.levels is not None:
        yield f"It uses only {finding.levels} grey levels."
    if finding.bad_pixels:
        number = finding.bad_pixels
        pixels = "pixel stands" if number == 1 else "pixels stand"
        yield f"{number} {pixels} out from all around, as dead and hot ones do."
    if finding.constant_planes and not finding.constant:
        yield f"{finding.constant_planes} of {finding.planes} planes are constant."


def _taken_out(finding: Finding) -> Iterator[str]:
    for name in ("rows", "columns"):
        if (level := finding.taken_out.get(name)) is not None:
            yield (
                f"Whole {name} are brighter or darker than their neighbours, by "
                f"{level:.2g} on average."
            )
    if (share := finding.taken_out.get("impulses")) is not None:
        yield (
            f"{100 * share:.2g} % of the pixels are black or white whatever is around "
            "them (impulses)."
        )


def _cut_off(share: float, end: str, how: str) -> str:
    return (
        f"{100 * share:.2g} % of the pixels have the {end} value, so what was {how} "
        "was probably cut off."
    )
