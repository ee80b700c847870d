"""Several degradations: the chain of operators, the sum of noises, and what order."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from adjoints import drawn
from doubles import MEAN, GaussianPrior, without_care
from draining import drain
from PIL import Image
from scipy.ndimage import gaussian_filter
from skimage import data
from skimage.metrics import peak_signal_noise_ratio

from napari_flowprior import restore
from napari_flowprior._errors import InputError
from napari_flowprior.data import PlaneView
from napari_flowprior.restoration import (
    HQS,
    JPEG,
    Blind,
    Blur,
    Compose,
    Convolution,
    Degradation,
    Downsample,
    Inpaint,
    Noise,
    RestoreOptions,
    gaussian_psf,
    iter_restore,
)
from napari_flowprior.restoration.degradations import (
    NOISE_LEVELS,
    PoissonGaussian,
    Quantized,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray


SCENE = data.camera()[116:196, 196:276]
CAMERA = PoissonGaussian(2.0, 10.0, 3.0)


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def decibels(clean: NDArray[Any], found: NDArray[Any]) -> float:
    return float(peak_signal_noise_ratio(clean, found, data_range=255))


@pytest.mark.parametrize(
    "part",
    [
        Blur(gaussian=1.2, sigma=3),
        Blur(motion=5),
        Downsample(2),
        Noise(10),
        Noise(),
        CAMERA,
        JPEG(50),
        Quantized(bits=4),
        Inpaint(np.eye(48, dtype=bool)),
        Blind(10),
    ],
    ids=lambda part: part.name,
)
def test_one_alone_is_as_it_is_without(part: Degradation) -> None:
    noisy = np.clip(SCENE[:48, :48] + rng().normal(0, 10, (48, 48)), 0, 255)
    image = noisy.astype(np.uint8)
    if part.name == "jpeg":
        stream = io.BytesIO()
        Image.fromarray(image).save(stream, "JPEG", quality=50)
        image = np.asarray(Image.open(stream))
    if part.name == "quantized":
        image = image // 16 * 17
    composed = Compose(part)
    options = {"prior": GaussianPrior(), "device": "cpu", "dtype": "float64"}
    expected = restore(image, degradation=part, **options)
    np.testing.assert_array_equal(
        restore(image, degradation=composed, **options), expected
    )
    assert composed.only_noise == part.only_noise
    assert composed.whole_planes == part.whole_planes
    assert composed.enlargement == part.enlargement
    assert composed.summary() == {"name": "compose", "parts": [part.summary()]}


def test_blur_and_noise_are_a_noisy_blur() -> None:
    image = SCENE[:40, :48]
    options = {"prior": GaussianPrior(), "device": "cpu", "dtype": "float64"}
    expected = restore(image, degradation=Blur(gaussian=1.2, sigma=5), **options)
    for parts in (
        (Blur(gaussian=1.2), Noise(5)),
        (Blur(gaussian=1.2, sigma=3), Noise(4)),
        (Compose(Blur(gaussian=1.2, sigma=0), Noise(3)), Noise(4)),
    ):
        out = restore(image, degradation=Compose(*parts), **options)
        np.testing.assert_allclose(out, expected, rtol=0, atol=1e-9)


def test_noises_add_up_to_the_posterior_mean_of_their_sum() -> None:
    levels = np.full((40, 48), 6.0)
    options = {"prior": GaussianPrior(), "device": "cpu", "dtype": "float64"}
    image = SCENE[:40, :48]
    both = restore(image, degradation=Compose(Noise(8), Noise(map=levels)), **options)
    one = restore(image, degradation=Noise(10), **options)
    np.testing.assert_allclose(both, one, rtol=0, atol=1e-6)
    few = Compose(Noise(8), Quantized(bits=4))
    made = few.observe(PlaneView(image // 16 * 17, "YX")).level
    rounding = Quantized(bits=4).observe(PlaneView(image // 16 * 17, "YX")).level
    assert made == pytest.approx(np.hypot(8, rounding))


@pytest.mark.parametrize("varies", [False, True])
def test_mode_of_blur_and_noise_in_closed_form(
    varies: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of Gaussians it solves ``(A' W A + 1/s^2) (x - mean) = A' W (y - A mean)``."""
    # The image is none of the prior's, and its light is not that of the mode.
    monkeypatch.setattr(
        "napari_flowprior.restoration.engine._plane_engine.safely", without_care
    )
    size, last, spread = (12, 9), 0.05, 0.2
    psf, image = gaussian_psf(0.8), rng().random(size)
    levels = np.full(size, 0.1)
    if varies:
        levels[:, 4:] = 0.2
    noise = Noise(map=levels) if varies else Noise(0.1)
    estimator = HQS(steps=300, prior_weight=1.0, smallest=last, rest=0)
    out = restore(
        image,
        prior=GaussianPrior(spread),
        degradation=Compose(Blur(psf=psf), noise),
        estimator=estimator,
        overlap=0,
        device="cpu",
    )
    eye = torch.eye(image.size, dtype=torch.float64).reshape(-1, 1, *size)
    matrix = Convolution(torch.from_numpy(psf), size).forward(eye)
    matrix = matrix.reshape(image.size, image.size).T.numpy()
    weights = (1 / levels.ravel() ** 2)[:, None]
    usual = np.sqrt((levels**2).mean())
    own = 1 / (spread**2 + max(last, usual) ** 2)
    normal = matrix.T @ (weights * matrix) + own * np.eye(image.size)
    right = matrix.T @ (weights[:, 0] * (image.ravel() - MEAN))
    expected = MEAN + np.linalg.solve(normal, right).reshape(size)
    np.testing.assert_allclose(out, expected, atol=2e-3)


def test_camera_noise_is_that_of_the_light_around() -> None:
    light = np.where(np.arange(64) < 32, 20.0, 200.0) + np.zeros((64, 1))
    image = light + rng().normal(0, 1, light.shape)
    image[40:44, 40:44] = np.nan
    several = Compose(CAMERA, Noise(4), Inpaint())
    view = PlaneView(image, "YX")
    levels = several.observe(view).planes[NOISE_LEVELS]
    found = levels.read(0, slice(None), slice(None), np.float64)[0]
    expected = np.sqrt(2.0 * (light - 10) + 9 + 16)
    away = np.abs(np.arange(64) - 31.5) > 9
    np.testing.assert_allclose(found[:, away], expected[:, away], rtol=0.05)
    part = levels.read(0, slice(13, 50), slice(27, 64), np.float64)[0]
    np.testing.assert_allclose(part, found[13:50, 27:64], rtol=1e-12)
    usual = np.sqrt((found**2).mean())
    assert several.observe(view).level == pytest.approx(usual)
    dark = PlaneView(np.zeros((40, 40)), "YX")
    black = Compose(PoissonGaussian(2.0, 10.0, 0.0), Noise(0)).observe(dark).planes
    assert black[NOISE_LEVELS].read(0, slice(1), slice(1)) == pytest.approx(1.5**0.5)


@pytest.mark.parametrize("bits", [3, None])
@pytest.mark.parametrize("hole", [np.nan, 0.4321])
def test_holes_hold_no_levels(bits: int | None, hole: float) -> None:
    image = np.rint(rng().random((24, 20)) * 7) / 7
    holes = rng().random(image.shape) < 0.1
    parts = Quantized(bits), Inpaint(holes)
    view = PlaneView(np.where(holes, hole, image), "YX")
    alone = PlaneView(image, "YX")
    level = parts[0].observe(alone).level
    assert Compose(*parts).observe(view).level == pytest.approx(level)
    transform = Compose(*parts).observe(view).transform
    assert transform is not None
    np.testing.assert_allclose(transform.forward(image), image, atol=1e-6)
    out = restore(
        view.array, prior=GaussianPrior(), degradation=Compose(*parts), device="cpu"
    )
    assert np.isfinite(out).all()
    assert np.abs(out - image)[~holes].max() < np.abs(out - image)[holes].max()


def test_noise_before_a_blur_is_weaker_after_it() -> None:
    view = PlaneView(SCENE.astype(float), "YX")
    blur = Blur(gaussian=1.2)
    level = Compose(Noise(10), blur).observe(view).level
    assert level == pytest.approx(10 * np.sqrt((blur.kernel**2).sum()))
    assert Compose(blur, Noise(10)).observe(view).level == 10
    before, after = (
        c.observe(view).planes[NOISE_LEVELS].read(0, slice(9), slice(9))
        for c in (Compose(CAMERA, blur), Compose(blur, CAMERA))
    )
    np.testing.assert_allclose(before, after * level / 10, rtol=1e-6)


def test_what_is_not_known_is_estimated_once() -> None:
    noisy = SCENE + rng().normal(0, 20, SCENE.shape)
    view = PlaneView(noisy, "YX")
    alone = Noise().observe(view).level
    assert Compose(Noise(), Noise()).observe(view).level == pytest.approx(alone)
    blurs = Compose(Blur(gaussian=1), Downsample(2, sigma=None))
    assert blurs.observe(view).level == pytest.approx(alone)
    assert Compose(Blur(gaussian=1), Noise(3)).observe(view).level == 3


def test_geometry() -> None:
    several = Compose(Blur(gaussian=1, sigma=2), Downsample(2), Downsample(3))
    assert several.enlargement == 6
    assert several.whole_planes
    assert several.enlarges
    assert not several.only_noise
    scale, (shift,) = several.geometry((6.0,), (0.0,))
    assert scale == (1.0,)
    assert shift == pytest.approx(-2.5)
    assert Compose(Blur(gaussian=1), Noise(3)).geometry((2.0,), (7.0,)) == (
        (2.0,),
        (7.0,),
    )
    operator = several.operator((5, 7), drawn(0, 1))
    assert operator.forward(drawn(0, 1, 1, 30, 42)).shape == (1, 1, 5, 7)
    image = rng().random((2, 15, 17, 3))
    image[0, 2, 3] = np.nan
    out = restore(
        image,
        axes="ZYXS",
        prior=GaussianPrior(channels=3),
        degradation=Compose(*several.parts, Inpaint()),
        estimator=HQS(steps=2),
        overlap=0,
        device="cpu",
    )
    assert out.shape == (2, 90, 102, 3)
    assert np.isfinite(out).all()


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        ((Noise(3), CAMERA), "mmse"),
        ((Noise(3), JPEG(50)), "mmse"),
        ((Blur(gaussian=1), JPEG(50)), "hqs"),
        ((Noise(3), Downsample(2)), "hqs"),
    ],
)
def test_estimator(parts: tuple[Degradation, ...], name: str) -> None:
    assert Compose(*parts).default_estimator(GaussianPrior()).name == name


def test_summary_lists_the_parts() -> None:
    several = Compose(Blur(gaussian=1), CAMERA, JPEG(50))
    run = iter_restore(
        SCENE,
        RestoreOptions(
            prior=GaussianPrior(), degradation=several, estimator=HQS(steps=1)
        ),
    )
    found = drain(run).provenance["degradation"]
    assert [part["name"] for part in found["parts"]] == [
        "blur",
        "poisson-gaussian",
        "jpeg",
    ]
    assert json.loads(json.dumps(found)) == found


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ((), "pass degradations, such as"),
        ((5,), "5 is no degradation"),
        ((Noise(5), Blind(3)), "blind cannot be one of several"),
        ((JPEG(50), Noise(5)), "jpeg is followed by another degradation"),
        ((Inpaint(), Noise(5)), "inpaint is followed by another"),
        ((Inpaint(), Inpaint()), "inpaint is followed by another"),
        ((JPEG(50), JPEG(60)), "once; leave out all but the last"),
        ((Quantized(), JPEG(60)), "once; leave out all but the last"),
        ((CAMERA, CAMERA), "one camera only"),
        ((Noise(map=np.ones((9, 9))), Downsample(2)), "put the noise after blur"),
        ((PoissonGaussian(2.0), Blur(gaussian=1)), "give gain, offset and read_noise"),
        ((PoissonGaussian(), JPEG()), "JPEG takes away"),
        ((PoissonGaussian(2.0), JPEG(50), Inpaint()), "JPEG takes away"),
        ((Noise(), Inpaint()), "with sigma=0 if there is none"),
        ((PoissonGaussian(2.0), Inpaint()), "say how strong it is"),
        ((Blur(gaussian=1), Inpaint()), "cannot be estimated in an image with holes"),
    ],
)
def test_what_is_refused(parts: tuple[Any, ...], words: str) -> None:
    with pytest.raises(InputError, match=words):
        Compose(*parts)


def test_factor_and_maps_are_checked() -> None:
    image = np.zeros((6, 6))
    with pytest.raises(InputError, match="more than the image"):
        restore(image, degradation=Compose(Noise(3), Downsample(8)))
    with pytest.raises(InputError, match="does not fit"):
        restore(image, degradation=Compose(Noise(3), Noise(map=np.ones((5, 5)))))
    with pytest.raises(InputError, match="negative"):
        restore(image, degradation=Compose(Noise(3), Noise(map=-np.ones((6, 6)))))


def photograph() -> NDArray[np.uint8]:
    light = gaussian_filter(SCENE.astype(float), 1.2, mode="reflect")
    grey = 1.5 * rng().poisson(light / 1.5) + rng().normal(0, 1, light.shape)
    stream = io.BytesIO()
    eight_bits = np.clip(np.rint(grey), 0, 255).astype(np.uint8)
    Image.fromarray(eight_bits).save(stream, "JPEG", quality=75)
    return np.asarray(Image.open(stream))


def test_a_photograph_gains_by_each_part() -> None:
    image = photograph()
    blur, camera = Blur(gaussian=1.2), PoissonGaussian(1.5, 0.0, 1.0)
    jpeg = JPEG(75)
    options = {"prior": "photo-gray", "device": "cpu"}
    found = {
        name: decibels(SCENE, restore(image, degradation=degradation, **options))
        for name, degradation in (
            ("all", Compose(blur, camera, jpeg)),
            ("no blur", Compose(camera, jpeg)),
            ("no camera", Compose(blur, jpeg)),
            ("jpeg alone", jpeg),
        )
    }
    found["image"] = decibels(SCENE, image)
    best = found.pop("all")
    assert best > max(found.values()) + 0.3, found
