"""What a line says of a restoration."""

from __future__ import annotations

import pytest

from napari_flowprior.restoration import summarise

PART = {"intensity": {"offset": 0.0, "gain": 255.0}}


def part(name, sigma, **said):
    return PART | {"sigma": sigma, "degradation": {"name": name, **said}}


def line(**provenance):
    names = {"estimator": {"name": "mmse"}, "prior": {"name": "photo-gray"}}
    return summarise(names | provenance)


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (part("noise", 25.0), ", noise level 25"),
        (part("noise", 0.0), ", no noise"),
        (part("inpaint", 0.0), ""),
        (part("inpaint", 1e-5), ""),
        (part("inpaint", 3.0), ", noise level 3"),
        (part("correlated-noise", 3.0, excess=0.5), ", correlated noise, level 3"),
        (
            part("poisson-gaussian", 1.0, gain=2.0, offset=0.0, read_noise=1.5),
            ", gain 2, offset 0, read noise 1.5",
        ),
    ],
)
def test_noise_is_said_where_there_is_any(found, says):
    assert line(**found) == f"mmse with photo-gray{says}"


@pytest.mark.parametrize(
    ("levels", "says"),
    [
        ((0.0, 0.0), ""),
        ((0.0, 3.0), ", noise level 3"),
        ((1.0, 2.0), ", noise level 1; noise level 2"),
        ((1.0, 2.0, 3.0, 4.0), ", 4 parts, each with a noise of its own"),
    ],
)
def test_parts(levels, says):
    parts = [part("inpaint", level) for level in levels]
    assert line(parts=parts) == f"mmse with photo-gray{says}"
