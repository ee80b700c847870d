"""JPEG as a degradation: from pixels or a file to an image inside the cells."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from damaged import restored
from doubles import GaussianPrior
from PIL import Image
from skimage import data
from skimage.metrics import peak_signal_noise_ratio

from napari_flowprior import restore
from napari_flowprior._errors import InputError
from napari_flowprior.restoration import (
    HQS,
    JPEG,
    MMSE,
    JPEGCells,
    JPEGTables,
    RestoreOptions,
    iter_restore,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

GREY = data.camera()[104:168, 174:238]
COLOUR = data.astronaut()[72:136, 182:246]


def decoded(
    image: NDArray[np.uint8], quality: int, **options: str
) -> NDArray[np.uint8]:
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, "JPEG", quality=quality, **options)
    return np.asarray(Image.open(stream))


def gain(clean: NDArray[np.uint8], damaged: NDArray[np.uint8], out: object) -> float:
    return float(
        peak_signal_noise_ratio(clean, out) - peak_signal_noise_ratio(clean, damaged)
    )


@pytest.mark.parametrize("quality", [10, 30, 60])
def test_photographs_gain(quality: int) -> None:
    damaged = decoded(GREY, quality)
    out = restore(damaged, degradation=JPEG(), device="cpu")
    assert gain(GREY, damaged, out) > 0.8
    told = restore(damaged, degradation=JPEG(quality=quality), device="cpu")
    np.testing.assert_array_equal(told, out)


@pytest.mark.parametrize("quality", [10, 75, 90])
def test_stripes_lose_nothing(quality: int) -> None:
    """Blocks are multiples of stripes, which are right or nearly so already."""
    stripes = np.tile(np.repeat(np.uint8([0, 255]), 4), (64, 8))
    damaged = decoded(stripes, quality)
    out = restore(damaged, degradation=JPEG(quality=quality), device="cpu")
    assert gain(stripes, damaged, out) > -0.1


def test_what_the_prior_likes_no_better_stays() -> None:
    rng = np.random.default_rng(0)
    y = torch.from_numpy(rng.uniform(0.2, 0.8, (1, 1, 64, 64)))
    likelihood = JPEG(quality=50).likelihood(y, 0.03)
    near, far = y + 1e-4, y + 0.3
    wrong = torch.full_like(y, 1e-4)
    assert not likelihood.weight(near, wrong, wrong).any()
    assert (likelihood.weight(near, 2 * wrong, wrong) == 1).all()
    assert (likelihood.weight(far, 2 * wrong, wrong) < 0.1).all()


def test_colours_gain() -> None:
    damaged = decoded(COLOUR, 15)
    out = restore(damaged, degradation=JPEG(), device="cpu")
    assert gain(COLOUR, damaged, out) > 0.6


def test_the_result_compresses_to_the_same_file() -> None:
    damaged = decoded(GREY, 20)
    tables = JPEGTables.from_quality(20, grey=True)
    out = restore(
        damaged, degradation=JPEG(tables=tables), dtype="float64", device="cpu"
    )
    y = torch.tensor(damaged, dtype=torch.float64)[None, None]
    cells = JPEGCells(y, tables)
    distance = cells.energy(torch.from_numpy(out)[None, None]) / out.size
    assert distance.item() < 1e-6
    other = decoded(np.clip(np.rint(out), 0, 255).astype(np.uint8), 20)
    np.testing.assert_array_equal(other, damaged)


@pytest.mark.parametrize("factors", [(1, 1), (2, 1), (2, 2)])
def test_sampling_of_few_colours_is_found(factors: tuple[int, int]) -> None:
    """At low quality chroma has hardly a coefficient left that is not zero."""
    words = {(1, 1): "4:4:4", (2, 1): "4:2:2", (2, 2): "4:2:0"}[factors]
    damaged = decoded(data.chelsea()[80:208, 150:278], 10, subsampling=words)
    assert JPEGTables.estimate(damaged).subsampling == factors


@pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:2", "4:2:0"])
def test_colours_compress_to_the_same_file(subsampling: str) -> None:
    options = {"subsampling": subsampling}
    # What is cut off at black or white was known to the encoder alone.
    pale = 40 + COLOUR // 2
    damaged = decoded(pale, 10, **options)
    out = restore(damaged, degradation=JPEG(), device="cpu")
    assert out.dtype == np.uint8
    np.testing.assert_array_equal(decoded(out, 10, **options), damaged)


def test_stack_of_planes_each_with_its_quality() -> None:
    stack = np.stack([decoded(GREY, quality) for quality in (10, 40, 70)])
    run = {"prior": GaussianPrior(), "device": "cpu", "dtype": "float64"}
    out = restore(stack, axes="TYX", degradation=JPEG(), **run)
    for plane, quality in zip(range(3), (10, 40, 70), strict=True):
        tables = JPEGTables.from_quality(quality, grey=True)
        y = torch.tensor(stack[plane], dtype=torch.float64)[None, None]
        inside = JPEGCells(y, tables).energy(torch.from_numpy(out[plane])[None, None])
        assert inside.item() / out[plane].size < 1e-6


def test_provenance() -> None:
    run = iter_restore(
        decoded(GREY, 50), RestoreOptions(prior=GaussianPrior(), degradation=JPEG(50))
    )
    provenance = run.result.provenance
    assert provenance["degradation"] == {"name": "jpeg", "quality": 50, "tables": None}
    assert provenance["estimator"]["name"] == "sampled-mean"


def test_colours_begin_and_end_at_higher_levels() -> None:
    grey, colour = (
        restored(image, prior=GaussianPrior(channels=channels), degradation=JPEG(50))[1]
        for image, channels in ((GREY, 1), (COLOUR, 3))
    )
    levels = "first", "last"
    lower, higher = ([e["estimator"][k] for k in levels] for e in (grey, colour))
    assert all(h > low for h, low in zip(higher, lower, strict=True))


def test_quality_from_a_spin_box() -> None:
    assert JPEG(quality=75.0).quality == 75


@pytest.mark.parametrize("quality", [0, 101, 7.5, "high", True])
def test_qualities_that_are_none(quality: object) -> None:
    with pytest.raises(InputError, match="whole number from 1 to 100"):
        JPEG(quality=quality)


def test_a_quality_serves_colours_without_traces_of_jpeg() -> None:
    assert restore(COLOUR, degradation=JPEG(quality=40), device="cpu").std() > 0


def test_numbers_of_numpy_can_be_told() -> None:
    assert type(JPEG(quality=np.int64(40)).summary()["quality"]) is int


def test_tables_of_another_type() -> None:
    with pytest.raises(InputError, match=r"JPEGTables\.from_file"):
        JPEG(tables="photograph.jpg")


def test_quality_or_tables() -> None:
    with pytest.raises(InputError, match="not both"):
        JPEG(quality=50, tables=JPEGTables.from_quality(50, grey=True))


@pytest.mark.parametrize(
    ("image", "options", "words"),
    [
        (GREY.astype(np.uint16), {}, "images of 8 bits"),
        (decoded(COLOUR, 20), {"prior": "photo-gray"}, "three colours"),
        (GREY, {}, "no sign of JPEG"),
        (decoded(GREY, 20), {"estimator": MMSE()}, "use hqs"),
        (decoded(GREY, 20), {"estimator": "map"}, "use hqs"),
    ],
)
def test_what_is_refused(
    image: NDArray[np.generic], options: dict[str, object], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        restore(image, degradation=JPEG(), **options)


def test_more_steps_stay_inside() -> None:
    damaged = decoded(GREY, 30)
    run = {"estimator": HQS(steps=3), "dtype": "float64", "device": "cpu"}
    out = restore(damaged, degradation=JPEG(), **run)
    y = torch.tensor(damaged, dtype=torch.float64)[None, None]
    cells = JPEGCells(y, JPEGTables.from_quality(30, grey=True))
    assert cells.energy(torch.from_numpy(out)[None, None]).item() / out.size < 1e-6
