"""The front door: inputs of all kinds, outputs that fit them, errors for people."""

from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path
from typing import TYPE_CHECKING

import dask.array as da
import numpy as np
import pytest
from doubles import MEAN, GaussianPrior, identity_prior
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.metrics import peak_signal_noise_ratio

from napari_flowprior import FlowPrior, iter_restore, restore
from napari_flowprior._errors import (
    FlowPriorError,
    InputError,
    PriorFileError,
    RestoreError,
)
from napari_flowprior.restoration import (
    HQS,
    MMSE,
    Inpaint,
    Noise,
    RestoreOptions,
    RestoreResult,
    available_devices,
    resolve_device,
)

if TYPE_CHECKING:
    import torch

    from napari_flowprior import Run
    from napari_flowprior.restoration import RestoreEvent

RNG = np.random.default_rng(0)
DTYPES = ["bool", "u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f2", "f4", "f8"]


def fix(image: object, **options: object) -> np.ndarray:
    options = {"prior": GaussianPrior(), "device": "cpu", "tile": 16, **options}
    return restore(image, **options)


@pytest.mark.parametrize("name", DTYPES)
def test_every_real_dtype(name: str) -> None:
    dtype = np.dtype(name)
    image = (RNG.random((20, 24)) * 100).astype(dtype)
    out = fix(image, degradation=Noise(0.1))
    assert out.shape == image.shape
    assert out.dtype == dtype
    assert not np.may_share_memory(out, image)
    wide = fix(image, degradation=Noise(0.1), dtype=np.float64)
    assert wide.dtype == np.float64
    if dtype.kind in "iu":
        np.testing.assert_array_equal(out, np.rint(wide).astype(dtype))


@pytest.mark.parametrize("axes", ["".join(p) for p in permutations("TZYX")][::5])
def test_order_of_axes_does_not_matter(axes: str) -> None:
    sizes = {"T": 2, "Z": 3, "Y": 20, "X": 17}
    image = RNG.random([sizes[a] for a in "TZYX"])
    order = ["TZYX".index(a) for a in axes]
    expected = fix(image, axes="TZYX", degradation=Noise(0.1))
    found = fix(image.transpose(order), axes=axes, degradation=Noise(0.1))
    np.testing.assert_allclose(found, expected.transpose(order), atol=1e-12)


def test_stack_is_its_planes() -> None:
    image = RNG.random((3, 20, 17)).clip(0.01, 0.99)
    stack = fix(image, degradation=Noise(0.1))
    for plane, whole in zip(image, stack, strict=True):
        np.testing.assert_allclose(fix(plane, degradation=Noise(0.1)), whole)


def test_colour_jointly_and_one_by_one() -> None:
    image = (RNG.random((20, 24, 3)) * 255).astype(np.uint8)
    joint = fix(image, prior=GaussianPrior(channels=3), degradation=Noise(20))
    single = fix(image, prior=GaussianPrior(channels=1), degradation=Noise(20))
    np.testing.assert_array_equal(joint, single)


@pytest.mark.parametrize("channels", [1, 3])
def test_alpha_is_kept(channels: int) -> None:
    image = (RNG.random((20, 24, 4)) * 255).astype(np.uint8)
    out = fix(image, prior=GaussianPrior(channels=channels), degradation=Noise(20))
    np.testing.assert_array_equal(out[..., 3], image[..., 3])
    assert (out[..., :3] != image[..., :3]).any()


def test_colour_prior_needs_colour() -> None:
    with pytest.raises(InputError, match="no colours"):
        fix(np.zeros((20, 20)), prior=GaussianPrior(channels=3))


def test_lazy_input() -> None:
    image = RNG.random((3, 20, 17))
    lazy = da.from_array(image, chunks=(1, 7, 9))
    expected = fix(image, degradation=Noise(0.1))
    np.testing.assert_array_equal(fix(lazy, degradation=Noise(0.1)), expected)


def test_the_result_goes_where_it_is_asked_to() -> None:
    image = np.random.default_rng(0).normal(100, 9, (2, 70, 40)).astype(np.float32)
    made: list[tuple[tuple[int, ...], np.dtype]] = []

    def make(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
        made.append((shape, dtype))
        return np.zeros(shape, dtype)

    options = {"prior": identity_prior(1), "degradation": Noise(sigma=9), "axes": "ZYX"}
    with pytest.raises(InputError):
        _ = iter_restore(image, out=make, **options | {"axes": "YX"}).result
    assert made == []
    result = iter_restore(image, out=make, **options).result
    assert made == [((2, 70, 40), np.dtype(np.float32))]
    np.testing.assert_array_equal(result.image, restore(image, **options))


@settings(max_examples=15)
@given(gain=st.floats(10, 1e6), offset=st.floats(-1e5, 1e5))
def test_intensities_are_not_rescaled(gain: float, offset: float) -> None:
    image = RNG.random((20, 20))
    image[0, :2] = 0, 2
    pair = [
        restore(
            picture,
            prior=identity_prior(),
            degradation=Noise(0.3 * unit),
            estimator="map",
            device="cpu",
            dtype=np.float64,
        )
        for picture, unit in ((image, 1.0), (image * gain + offset, gain))
    ]
    np.testing.assert_allclose(
        pair[1], pair[0] * gain + offset, rtol=1e-6, atol=1e-6 * gain
    )


def test_noise_beyond_the_prior_widens_the_range() -> None:
    image = (RNG.random((40, 40)) * 255).astype(np.uint8)
    result = finish(
        iter_restore(
            image,
            RestoreOptions(
                prior=GaussianPrior(),
                degradation=Noise(400.0),
                device="cpu",
                dtype=np.float64,
            ),
        )
    )
    scale = result.provenance["intensity"]
    assert 400 / scale["gain"] == pytest.approx(GaussianPrior().sigma_max)
    assert scale["offset"] == pytest.approx(127.5 - scale["gain"] / 2)
    mean, spread = scale["offset"] + MEAN * scale["gain"], 0.2 * scale["gain"]
    expected = (spread**2 * image + 400**2 * mean) / (spread**2 + 400**2)
    np.testing.assert_allclose(result.image, expected, rtol=1e-9)


def finish(run: Run[RestoreEvent, RestoreResult]) -> RestoreResult:
    events = list(run)
    assert all(0 <= event.fraction <= 1 for event in events)
    assert events[-1].done == events[-1].total > 0
    return run.result


def test_provenance_is_plain_data() -> None:
    result = finish(
        iter_restore(
            RNG.random((40, 40)),
            RestoreOptions(
                prior=GaussianPrior(), degradation=Noise(0.1), tile=16, device="cpu"
            ),
        )
    )
    read = json.loads(json.dumps(result.provenance))
    assert read["degradation"] == {"name": "noise", "sigma": 0.1}
    assert read["estimator"] == {"name": "mmse", "quality": "fast"}
    assert read["tile"] == [16, 16]
    assert read["device"] == "cpu"
    assert read["sigma"] == pytest.approx(0.1)


def test_closing_the_generator_cancels() -> None:
    run = iter_restore(
        RNG.random((200, 200)), RestoreOptions(prior=GaussianPrior(), tile=16)
    )
    next(run)
    run.close()
    with pytest.raises(StopIteration):
        next(run)


def test_sigma_is_estimated() -> None:
    clean = np.tile(np.linspace(50, 200, 128), (128, 1))
    noisy = clean + 12 * RNG.standard_normal(clean.shape)
    result = finish(
        iter_restore(noisy, RestoreOptions(prior=GaussianPrior(), device="cpu"))
    )
    assert result.provenance["sigma"] == pytest.approx(12, rel=0.1)


BAD = {
    "a list of text": (["a", "b"], "not numeric"),
    "a number": (3.0, "two axes"),
    "nothing": (None, "not numeric"),
    "empty": (np.zeros((0, 5)), "empty"),
    "complex": (np.zeros((5, 5), complex), "complex"),
    "objects": (np.full((5, 5), None), "not numeric"),
    "one axis": (np.zeros(5), "two axes"),
    "six axes": (np.zeros((2, 2, 2, 2, 2, 2)), "guessed"),
    "NaN": (np.array([[0.0, np.nan], [1.0, 2.0]]), "1 NaN value"),
    "infinity": (np.full((9, 9), np.inf), "81 infinite values"),
    "one pixel": (np.zeros((1, 1), np.uint8), "cannot be estimated"),
    "dates": (np.zeros((5, 5), "datetime64[s]"), "not numeric"),
}


@pytest.mark.parametrize(("image", "words"), BAD.values(), ids=BAD.keys())
def test_bad_images_get_a_sentence(image: object, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        fix(image)
    assert str(caught.value).endswith(".")


def test_one_pixel_with_a_given_sigma() -> None:
    out = fix(np.full((1, 1), 200, np.uint8), degradation=Noise(25))
    assert out.shape == (1, 1)


def test_a_constant_image_stays() -> None:
    image = np.full((40, 40), 0.5)
    np.testing.assert_allclose(fix(image), image, rtol=1e-12)


OPTIONS = {
    "prior": ({"prior": "no-such-prior"}, PriorFileError, "no prior 'no-such-prior'"),
    "path": ({"prior": Path("/nowhere.safetensors")}, PriorFileError, "no prior"),
    "degradation": ({"degradation": "noise"}, InputError, "Noise"),
    "estimator": ({"estimator": "best"}, InputError, "unknown"),
    "axes": ({"axes": "QYX"}, InputError, "letters"),
    "device": ({"device": "abacus"}, InputError, "not available"),
    "tile": ({"tile": 15}, InputError, "not divisible"),
    "overlap": ({"overlap": 18}, InputError, "overlap"),
    "batch": ({"batch_size": 0}, InputError, "batch_size"),
    "dtype": ({"dtype": "complex64"}, InputError, "complex"),
    "no dtype": ({"dtype": "nonsense"}, InputError, "nonsense"),
}


@pytest.mark.parametrize(
    ("options", "kind", "words"), OPTIONS.values(), ids=OPTIONS.keys()
)
def test_bad_options_get_a_sentence(
    options: dict[str, object], kind: type[FlowPriorError], words: str
) -> None:
    image = np.zeros((20, 20, 20), np.uint8)
    with pytest.raises(kind, match=words):
        fix(image, **options)


@pytest.mark.parametrize("sigma", [-1, np.nan, np.inf, "5", True])
def test_bad_sigma(sigma: object) -> None:
    with pytest.raises(InputError, match="sigma"):
        Noise(sigma)
    with pytest.raises(InputError, match="sigma"):
        Inpaint(np.zeros((5, 5), bool), sigma=sigma)


def test_bad_masks() -> None:
    with pytest.raises(InputError, match="labels > 0"):
        Inpaint(np.zeros((5, 5), np.uint8))
    with pytest.raises(InputError, match="every pixel"):
        Inpaint(np.ones((5, 5), bool))
    with pytest.raises(InputError, match="does not fit"):
        fix(np.zeros((20, 20)), degradation=Inpaint(np.zeros((5, 5), bool)))


def test_nan_under_a_mask_is_a_hole() -> None:
    image = RNG.random((3, 20, 20))
    image[:, 5:9, 5:9] = np.nan
    out = fix(image, degradation=Inpaint(np.isnan(image)))
    assert np.isfinite(out).all()


def test_mask_of_a_plane_serves_a_stack_and_colours() -> None:
    # As the prior has it, and as few pixels that were hidden can confirm.
    image = np.random.default_rng(0).normal(MEAN, 0.2, (2, 20, 20, 3)).clip(0, 1)
    mask = np.zeros((20, 20), bool)
    mask[4:8, 4:8] = True
    settled = HQS(steps=100)
    out = fix(image, axes="ZYXS", degradation=Inpaint(mask), estimator=settled)
    np.testing.assert_allclose(out[:, ~mask], image[:, ~mask], rtol=1e-6)
    np.testing.assert_allclose(out[:, mask], MEAN, atol=0.08)


class Broken(GaussianPrior):
    def denoise(
        self,
        batch: torch.Tensor,
        sigma: float | torch.Tensor,
        clipped: tuple[bool, bool] = (False, False),
    ) -> torch.Tensor:
        raise RuntimeError("CUDA error: unspecified launch failure\nlong story")


def test_errors_of_torch_become_ours() -> None:
    with pytest.raises(RestoreError, match=r"unspecified launch failure$"):
        fix(np.zeros((20, 20)), prior=Broken(), degradation=Noise(1.0))


def test_devices() -> None:
    assert available_devices()[-1] == "cpu"
    assert resolve_device("auto").type == available_devices()[0]
    with pytest.raises(InputError, match="cuda:99"):
        resolve_device("cuda:99")


def test_the_input_is_not_changed() -> None:
    image = RNG.random((20, 20))
    image.flags.writeable = False
    fix(image, degradation=Noise(0.1), estimator=MMSE())


def add_noise(clean: np.ndarray, sigma: float) -> np.ndarray:
    noise = np.random.default_rng(1).normal(0, sigma, clean.shape)
    return np.clip(np.rint(clean + noise), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("name", ["photo-gray", "photo-rgb", "microscopy"])
def test_shipped_priors_gain_five_decibels(name: str) -> None:
    from skimage import data

    clean = data.astronaut() if name == "photo-rgb" else data.camera()
    clean = clean[:256, 100:356]
    noisy = add_noise(clean, 25)
    out = restore(noisy, prior=name, degradation=Noise(25), device="cpu")
    gain = peak_signal_noise_ratio(clean, out) - peak_signal_noise_ratio(clean, noisy)
    assert gain > 5


@pytest.mark.parametrize(
    ("prior", "estimator"),
    [
        ("photo-gray", "mmse"),
        ("microscopy", "mmse"),
        ("photo-gray", "map"),
        ("photo-gray", "hqs"),
    ],
)
def test_a_hot_pixel_stays_alone(prior: str, estimator: str) -> None:
    """Far above all that a prior was trained on, it does no harm to the others."""
    from skimage import data

    clean = 10.0 * data.camera()[116:180, 166:230] + 1000
    image = clean + np.random.default_rng(1).normal(0, 250, clean.shape)
    options = {"prior": prior, "degradation": Noise(250), "estimator": estimator}
    expected = restore(image.astype(np.uint16), **options)
    image[24, 34] = 65535
    out = restore(image.astype(np.uint16), **options).astype(float)
    near = np.zeros(clean.shape, bool)
    near[16:33, 26:43] = True
    assert np.abs(out - expected)[~near].max() < 250
    near[24, 34] = False
    assert np.abs(out - clean)[near].max() < 4 * 250
    assert out[24, 34] > 30_000


def test_no_seams() -> None:
    """The error on the borders of tiles is what it is without any border."""
    from skimage import data

    clean = data.camera()[100:388, 100:388].astype(float)
    noisy = add_noise(clean, 25)
    prior = FlowPrior.load("photo-gray")
    options = {"prior": prior, "degradation": Noise(25), "dtype": "float32"}
    tiled = restore(noisy, tile=64, overlap=8, **options)
    whole = restore(noisy, tile=288, overlap=0, **options)
    borders = np.zeros(clean.shape, bool)
    for start in range(56, 288, 56):
        borders[start : start + 8] = borders[:, start : start + 8] = True
    error, reference = (tiled - clean) ** 2, (whole - clean) ** 2
    on_borders = error[borders].mean() / reference[borders].mean()
    inside = error[~borders].mean() / reference[~borders].mean()
    assert on_borders < 1.05
    assert on_borders / inside < 1.05
