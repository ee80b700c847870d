"""Colours and sampling, as libjpeg has them."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from jpegs import (
    ALL_SAMPLINGS,
    CAT,
    COLOUR,
    GREY,
    cells,
    decode,
    encode,
    part,
    sizes,
    tables,
    tensor,
)

from napari_flowprior.restoration.jpeg._dct import block_dct, block_idct
from napari_flowprior.restoration.jpeg._planes import (
    decoded_planes,
    encoder_planes,
    rounding_noise,
    to_pixels,
)


@given(size=sizes, sampling=st.sampled_from(list(ALL_SAMPLINGS)))
def test_planes_are_those_that_pixels_were_made_of(
    size: tuple[int, int], sampling: str
) -> None:
    factors = ALL_SAMPLINGS[sampling]
    x = tensor(part(COLOUR, *size))
    planes = encoder_planes(x, factors)
    decoded = to_pixels(planes, size, factors, smooth=True) + 128
    for plane, again in zip(planes, decoded_planes(decoded, factors), strict=True):
        height, width = again.shape[1:]
        torch.testing.assert_close(again, plane[:, :height, :width], rtol=0, atol=1e-9)


@pytest.mark.parametrize(
    "size", [(1, 1), (3, 5), (8, 8), (9, 17), (16, 33), (37, 21), (40, 44), (41, 45)]
)
@pytest.mark.parametrize("sampling", ["grey", *ALL_SAMPLINGS])
def test_edges_are_coded_as_libjpeg_does(size: tuple[int, int], sampling: str) -> None:
    grey = sampling == "grey"
    image = part(GREY if grey else COLOUR, *size)
    factors = ALL_SAMPLINGS.get(sampling, (1, 1))
    content = decode(encode(image, 20, "4:2:0" if grey else sampling))
    steps = tables(image, 20).steps
    planes = []
    for plane, step in zip(encoder_planes(tensor(image), factors), steps, strict=True):
        q = torch.from_numpy(step)
        planes.append(block_idct((block_dct(plane.round()) / q).round() * q))
    modelled = to_pixels(planes, size, factors, smooth=True) + 128
    misses = (modelled.clamp(0, 255) - tensor(content)).abs()
    # Ties are rounded otherwise, in a few blocks.
    assert misses.mean() < 1.0
    assert misses.quantile(0.9) < 2.5


@pytest.mark.parametrize("sampling", ALL_SAMPLINGS)
def test_rounding_noise(sampling: str) -> None:
    image = part(CAT, 160, 160)
    found = cells(image, 90, sampling)
    for index, plane in enumerate(decoded_planes(found.y, ALL_SAMPLINGS[sampling])):
        step = torch.from_numpy(found.tables.steps[index])
        miss = block_dct(plane) - found.coefficients[index] * step
        expected = rounding_noise(index, False, ALL_SAMPLINGS[sampling]).square().mean()
        assert 0.7 < miss.square().mean() / expected < 1.35
