"""What a look at an image finds, with shipped priors, and what comes of it."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from _drawings import COLOUR as COLOUR_DRAWINGS
from _drawings import GREY
from damaged import restored, rms
from doubles import GaussianPrior
from PIL import Image
from scipy.ndimage import gaussian_filter
from skimage import data

from napari_flowprior import FlowPrior, Run
from napari_flowprior.data import PlaneView
from napari_flowprior.restoration import (
    JPEG,
    Auto,
    CorrelatedNoise,
    Noise,
    PoissonGaussian,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

RNG = np.random.default_rng(0)
# Where one tile tells what is to be found, and where it takes several.
CAMERA = data.camera()[60:124, 176:240].astype(float)
WIDE = data.camera()[60:188, 160:288].astype(float)
COLOUR = data.coffee()[150:214, 250:314].astype(float)


@pytest.fixture(scope="module")
def prior() -> FlowPrior:
    return FlowPrior.load("photo-gray")


def eight_bits(values: NDArray[Any]) -> NDArray[np.uint8]:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def noise(shape: tuple[int, ...], width: float = 0.0) -> NDArray[np.float64]:
    drawn = RNG.standard_normal(shape)
    if width:
        drawn = gaussian_filter(drawn, (width, width, 0)[: drawn.ndim], mode="wrap")
    return drawn / drawn.std()


def compressed(values: NDArray[Any], quality: int) -> NDArray[np.uint8]:
    file = io.BytesIO()
    Image.fromarray(eight_bits(values)).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file))


@pytest.mark.parametrize("level", [8, 30])
def test_white_noise(prior: FlowPrior, level: float) -> None:
    noisy = eight_bits(WIDE + level * noise(WIDE.shape))
    out, found = restored(noisy, prior=prior)
    told, _ = restored(noisy, prior=prior, degradation=Noise())
    assert found["given"] == "auto"
    assert found["degradation"]["name"] in ("noise", "poisson-gaussian")
    assert rms(out, WIDE) < 1.03 * rms(told, WIDE)


@pytest.mark.parametrize("width", [0.8, 1.5])
def test_correlated_noise(prior: FlowPrior, width: float) -> None:
    noisy = eight_bits(WIDE + 12 * noise(WIDE.shape, width))
    out, found = restored(noisy, prior=prior)
    assert found["degradation"]["name"] == "correlated-noise"
    assert found["sigma"] == pytest.approx(12, rel=0.15)
    as_white, _ = restored(noisy, prior=prior, degradation=Noise())
    assert rms(out, WIDE) < 0.8 * min(rms(noisy, WIDE), rms(as_white, WIDE))


def test_few_photons(prior: FlowPrior) -> None:
    counts = eight_bits(RNG.poisson(CAMERA / 255 * 12) * 15.0)
    out, found = restored(counts, prior=prior)
    assert found["degradation"]["name"] == "poisson-gaussian"
    told = PoissonGaussian(gain=15.0, offset=0.0, read_noise=0.3)
    best, _ = restored(counts, prior=prior, degradation=told)
    expected = CAMERA * 12 * 15 / 255
    assert rms(out, expected) < 1.05 * rms(best, expected) < 0.5 * rms(counts, expected)


def test_jpeg(prior: FlowPrior) -> None:
    photograph = compressed(CAMERA[:80, :80], 30)
    out, found = restored(photograph, prior=prior)
    told, _ = restored(photograph, prior=prior, degradation=JPEG(quality=30))
    assert found["degradation"]["name"] == "jpeg"
    np.testing.assert_array_equal(out, told)


def test_noise_that_hides_the_artefacts(prior: FlowPrior) -> None:
    photograph = compressed(WIDE + 12 * noise(WIDE.shape), 70)
    out, found = restored(photograph, prior=prior)
    assert found["degradation"]["name"] in ("noise", "correlated-noise")
    assert rms(out, WIDE) < 0.7 * rms(photograph, WIDE)


def test_noise_in_smooth_scenes_that_were_compressed(prior: FlowPrior) -> None:
    """The cells hold the noise, so that nothing is gained by what JPEG allows alone."""
    scene = 60 + 0.5 * gaussian_filter(CAMERA, 4)
    photograph = compressed(scene + 10 * noise(scene.shape), 60)
    out, found = restored(photograph, prior=prior)
    assert found["degradation"]["name"] == "correlated-noise"
    assert rms(out, scene) < 0.5 * rms(photograph, scene)


def test_impulses_and_rows_go_first(prior: FlowPrior) -> None:
    plain = 20 + 0.8 * WIDE + 6 * noise(WIDE.shape)
    noisy = eight_bits(plain + 15 * noise((WIDE.shape[0], 1)))
    chance = RNG.random(WIDE.shape)
    noisy[chance < 0.005], noisy[chance > 0.995] = 0, 255
    out, found = restored(noisy, prior=prior)
    assert set(found["taken_out"]) == {"impulses", "rows"}
    assert found["sigma"] == pytest.approx(6, rel=0.3)
    without, _ = restored(eight_bits(plain), prior=prior)
    truth = 20 + 0.8 * WIDE
    assert rms(out, truth) < 0.5 * rms(noisy, truth)
    assert rms(out, truth) < 2.3 * rms(without, truth)


def test_noise_cut_off_at_black_is_no_light(prior: FlowPrior) -> None:
    """It is weaker in the dark, as that of a camera, but for another reason."""
    dark = 20 + 0.4 * CAMERA
    noisy = eight_bits(dark + 50 * noise(CAMERA.shape))
    out, found = restored(noisy, prior=prior)
    assert found["degradation"]["name"] == "noise"
    told, _ = restored(noisy, prior=prior, degradation=Noise(sigma=50))
    assert rms(out, dark) < 1.05 * rms(told, dark)


def test_colour() -> None:
    noisy = eight_bits(COLOUR + 10 * noise(COLOUR.shape, 0.8))
    out, found = restored(noisy)
    assert found["degradation"]["name"] == "correlated-noise"
    assert rms(out, COLOUR) < 0.6 * rms(noisy, COLOUR)


@pytest.mark.parametrize("name", ["grass", "gravel", "moon", "brick", "page"])
def test_clean_pictures_are_left_alone(prior: FlowPrior, name: str) -> None:
    clean = getattr(data, name)()[:64, :64]
    out, _ = restored(clean, prior=prior)
    assert rms(out, clean) < 0.5


# Details that are alike all over, as noise is.
TEXTURES = {
    "gravel": (128, 160),
    "grass": (256, 320),
    "chelsea": (0, 160),
}


@pytest.mark.parametrize("name", TEXTURES)
def test_small_details_of_texture_are_left_alone(prior: FlowPrior, name: str) -> None:
    top, left = TEXTURES[name]
    picture = getattr(data, name)()
    if picture.ndim == 3:
        picture = picture @ np.array([0.299, 0.587, 0.114])
    detail = eight_bits(picture[top : top + 64, left : left + 64])
    out, _ = restored(detail, prior=prior)
    assert rms(out, detail) < 0.5


@pytest.mark.parametrize("kind", ["stripes", "blocks", "text"])
def test_drawings_are_left_alone(prior: FlowPrior, kind: str) -> None:
    y, x = np.mgrid[:64, :64]
    drawn = {
        "stripes": 255 * (x % 2),
        "blocks": 80 * ((x // 7 + y // 5) % 4),
        "text": np.where((x * y) % 23 < 3, 0, 255),
    }[kind].astype(np.uint8)
    out, found = restored(drawn, prior=prior)
    assert found["degradation"] == {"name": "noise", "sigma": 0.0}
    np.testing.assert_array_equal(out, drawn)


@pytest.mark.parametrize("name", ["Siemens star", "checkerboard", "text of 9 pixels"])
@pytest.mark.parametrize("level", [2, 10])
def test_drawings_with_noise_do_not_get_worse(
    prior: FlowPrior, name: str, level: int
) -> None:
    drawing = GREY[name](96)
    noisy = eight_bits(drawing + level * noise(drawing.shape))
    out, _ = restored(noisy, prior=prior)
    assert rms(out, drawing) < 1.02 * rms(noisy, drawing)


def test_light_is_kept_over_four_decades(prior: FlowPrior) -> None:
    counts = RNG.poisson(CAMERA).astype(np.float32)
    means = []
    for gain in (0.01, 1.0, 100.0):
        out, _ = restored(gain * counts, prior=prior)
        means.append(out.mean() / gain)
        # The error of the mean of so many photons is a third of that.
        assert abs(means[-1] - counts.mean()) < 0.003 * counts.mean()
    np.testing.assert_allclose(means, means[0], rtol=1e-3)


def test_channels_of_other_brightness(prior: FlowPrior) -> None:
    truth = np.stack([100 + 20 * CAMERA, 100 + 0.5 * CAMERA[::-1]])
    counts = RNG.poisson(truth - 100) + 100 + RNG.normal(0, 3, truth.shape)
    stack = counts.round().astype(np.uint16)
    together, found = restored(stack, prior=prior, axes="CYX")
    assert len(found["parts"]) == 2
    for number, channel in enumerate(stack):
        alone, _ = restored(channel, prior=prior)
        np.testing.assert_array_equal(together[number], alone)


def test_priors_without_a_score_network_know_white_noise() -> None:
    noisy = (CAMERA + 12 * noise(CAMERA.shape, 0.8)).astype(np.float32)
    options: dict[str, Any] = {"prior": GaussianPrior(), "device": "cpu"}
    out, found = restored(noisy, **options)
    assert found["degradation"]["name"] == "noise"
    told, _ = restored(noisy, degradation=Noise(), **options)
    np.testing.assert_array_equal(out, told)


def test_correlated_noise_that_is_told(prior: FlowPrior) -> None:
    noisy = CAMERA + 12 * noise(CAMERA.shape, 0.8)
    out, found = restored(noisy, prior=prior, degradation=CorrelatedNoise(sigma=12.0))
    assert found["sigma"] == pytest.approx(12)
    told, _ = restored(noisy, prior=prior, degradation=Noise(sigma=12.0))
    np.testing.assert_array_equal(out, told)


def test_correlated_noise_that_is_estimated(prior: FlowPrior) -> None:
    noisy = eight_bits(WIDE + 12 * noise(WIDE.shape, 0.8))
    _, found = restored(noisy, prior=prior, degradation=CorrelatedNoise())
    assert found["sigma"] == pytest.approx(12, rel=0.15)


@pytest.mark.parametrize("sigma", [2, 10, 25])
def test_noise_of_drawings_is_white(prior: FlowPrior, sigma: float) -> None:
    """Of strokes on white paper, whose edges are not taken for noise."""
    drawing = GREY["text of 16 pixels"](128).astype(float)
    noisy = eight_bits(drawing + sigma * noise(drawing.shape))
    out, found = restored(noisy, prior=prior)
    assert found["degradation"]["name"] == "noise"
    assert found["sigma"] == pytest.approx(sigma, rel=0.15)
    assert rms(out, drawing) < 0.9 * rms(noisy, drawing)


def test_chequers_are_no_correlated_noise() -> None:
    drawing = COLOUR_DRAWINGS["colour checkerboard"](128).astype(float)
    noisy = eight_bits(drawing + 2 * noise(drawing.shape))
    out, _ = restored(noisy)
    assert rms(out, drawing) < 1.02 * rms(noisy, drawing)


def test_strokes_in_the_dark_make_no_curve(prior: FlowPrior) -> None:
    """Their edges look like noise that is strong as soon as it is not dark."""
    drawing = GREY["white text"](128).astype(float)
    rng = np.random.default_rng(0)
    counts = rng.poisson(drawing) + rng.normal(100, 2, drawing.shape)
    noisy = np.rint(counts).clip(0).astype(np.uint16)
    out, found = restored(noisy, prior=prior)
    assert found["degradation"]["name"] != "signal-dependent"
    assert rms(out, drawing + 100) < 1.02 * rms(noisy, drawing + 100)


def test_all_of_an_image_is_read_for_its_range_only_once(
    prior: FlowPrior, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[PlaneView] = []
    place = "napari_flowprior.restoration.noise._response.image_range"
    monkeypatch.setattr(place, asked.append)
    noisy = eight_bits(RNG.poisson(CAMERA / 4) * 4.0)
    found = Run(Auto().resolve(PlaneView(noisy, "YX"), prior)).result
    assert isinstance(found, PoissonGaussian)
    assert not asked
