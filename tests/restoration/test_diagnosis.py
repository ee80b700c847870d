"""What is said to be wrong with images, with a shipped prior."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from doubles import GaussianPrior, identity_prior
from draining import drain
from jpegs import compress
from scipy.ndimage import gaussian_filter
from skimage import data

from napari_flowprior import Diagnosis, FlowPrior, diagnose, iter_diagnose
from napari_flowprior._errors import InputError
from napari_flowprior.restoration import Finding, RestoreEvent
from napari_flowprior.restoration.noise import neighbour_correlation

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Where one tile tells what is to be found, and where it takes several.
CAMERA = data.camera()[60:124, 176:240].astype(float)
WIDE = data.camera()[60:156, 160:256].astype(float)


@pytest.fixture(scope="module")
def prior() -> FlowPrior:
    return FlowPrior.load("photo-gray")


def eight_bits(values: NDArray[Any]) -> NDArray[np.uint8]:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def noise(
    shape: tuple[int, ...], width: float | tuple[float, float] = 0.0
) -> NDArray[np.float64]:
    drawn = np.random.default_rng(0).standard_normal(shape)
    drawn = gaussian_filter(drawn, width, mode="wrap") if width else drawn
    return drawn / drawn.std()


def only(diagnosis: Diagnosis) -> Finding:
    (finding,) = diagnosis.findings
    return finding


def test_impulses_and_rows(prior: FlowPrior) -> None:
    rng = np.random.default_rng(4)
    image = 30 + 0.75 * WIDE + 12 * rng.normal(size=(96, 1)) + 2 * noise((96, 96))
    chance = rng.random(image.shape)
    image[chance < 0.01], image[chance > 0.99] = 0, 255
    found = diagnose(eight_bits(image), prior=prior)
    finding = only(found)
    assert finding.taken_out["impulses"] == pytest.approx(0.02, rel=0.3)
    assert finding.taken_out["rows"] == pytest.approx(12, rel=0.35)
    assert finding.bad_pixels is None
    told = " ".join(found.sentences)
    assert "Whole rows are brighter or darker" in told
    assert "(impulses)" in told
    assert json.loads(json.dumps(found.as_dict()))["findings"][0]["taken_out"]


def test_white_noise(prior: FlowPrior) -> None:
    image = (50 + CAMERA / 2 + 12 * noise(CAMERA.shape)).astype(np.float32)
    found = diagnose(image, prior=prior)
    finding = only(found)
    assert finding.noise_level == pytest.approx(12, rel=0.15)
    assert finding.correlation is not None
    assert max(map(abs, finding.correlation)) < 0.15
    assert (finding.excess, finding.gain, finding.jpeg_quality) == (None,) * 3
    level = f"{finding.noise_level:.3g}"
    assert found.sentences == (
        f"There is noise of level {level}, the same at all intensities.",
    )


def test_correlated_noise(prior: FlowPrior) -> None:
    # Of smaller details, less noise is believed.
    scene = data.camera()[60:188, 160:288].astype(float)
    found = diagnose(eight_bits(scene + 12 * noise(scene.shape, 0.8)), prior=prior)
    finding = only(found)
    assert finding.degradation["name"] == "correlated-noise"
    assert finding.excess is not None
    assert finding.excess > 1.25
    assert finding.noise_level == pytest.approx(12, rel=0.2)
    # Of a Gaussian filter: exp(-1 / (4 * 0.8**2)).
    assert finding.correlation == pytest.approx((0.68, 0.68), abs=0.15)
    assert found.sentences[0].startswith("Neighbouring pixels share their noise (corr")


def test_noise_that_falls_with_brightness(prior: FlowPrior) -> None:
    scene = data.camera()[64:256, 128:320].astype(float)
    level = 25 - 22 * scene / 255
    noisy = eight_bits(np.random.default_rng(0).normal(scene, level))
    found = diagnose(noisy, prior=prior)
    finding = only(found)
    assert finding.degradation["name"] == "signal-dependent"
    assert finding.levels_at is not None
    assert finding.noise_curve is not None
    curve = finding.noise_curve
    dark, bright = np.interp([30, 180], curve.intensities, curve.explained)
    assert dark == pytest.approx(25 - 22 * 30 / 255, rel=0.2)
    assert bright == pytest.approx(25 - 22 * 180 / 255, rel=0.2)
    assert found.sentences[0].startswith("Noise falls with brightness")
    assert json.loads(json.dumps(found.as_dict())) == found.as_dict()


def test_plot(prior: FlowPrior) -> None:
    channels = np.stack([CAMERA, 90 + 0.3 * CAMERA, np.full_like(CAMERA, 7)])
    noisy = channels + [[[12]], [[4]], [[0]]] * noise((3, 64, 64))
    found = diagnose(eight_bits(noisy), prior=prior, axes="CYX")
    axes = found.plot().axes
    assert [each.get_title() for each in axes[::2]] == ["C 1", "C 2", "C 3"]
    (measured, explained), (down, right) = axes[0].lines, axes[1].lines[:2]
    assert len(measured.get_xdata()) == len(explained.get_xdata()) > 5
    np.testing.assert_allclose(explained.get_ydata(), 12, rtol=0.15)
    assert down.get_ydata()[0] == right.get_ydata()[0] == 1
    assert np.abs(down.get_ydata()[1:]).max() < 0.2
    assert axes[5].texts[0].get_text() == "no noise"
    below = found.plot(columns=1).axes
    titles = [each.get_title() for each in below]
    assert titles == ["C 1", "", "C 2", "", "C 3", ""]
    assert len({round(each.get_position().x0, 2) for each in below}) == 1
    with pytest.raises(InputError, match="columns is 3; pass 1 or 2"):
        found.plot(columns=3)


def test_plots_need_matplotlib(
    prior: FlowPrior, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = diagnose(eight_bits(CAMERA), prior=prior)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(InputError, match="not installed"):
        found.plot()


def test_few_photons(prior: FlowPrior) -> None:
    counts = np.random.default_rng(0).poisson(WIDE / 255 * 12) * 15.0
    found = diagnose(counts.astype(np.uint16), prior=prior)
    finding = only(found)
    assert finding.gain == pytest.approx(15, rel=0.15)
    assert finding.degradation["gain"] == finding.gain
    assert finding.noise_level == pytest.approx(
        np.sqrt(15 * np.median(counts)), rel=0.2
    )
    assert found.sentences[0].startswith("Noise grows with brightness: about 1")
    # There are few counts, but noise hides that.
    assert finding.levels is None


def test_drawing(prior: FlowPrior) -> None:
    y, x = np.mgrid[:64, :64]
    drawing = (80 * ((x // 7 + y // 5) % 4)).astype(np.uint8)
    drawing[40, 40] = 255
    found = diagnose(drawing, prior=prior)
    assert found.sentences == ("No noise was found.", "It uses only 5 grey levels.")
    assert only(found).bad_pixels is None


@pytest.mark.parametrize("quality", [30, 90])
def test_jpeg(prior: FlowPrior, quality: int) -> None:
    found = diagnose(compress(eight_bits(CAMERA), quality), prior=prior)
    assert only(found).jpeg_quality == quality
    assert f"at a quality of about {quality}." in found.sentences[1]
    assert (only(found).degradation["name"] == "jpeg") == (quality == 30)


def test_jpeg_of_colours_that_are_looked_at_one_by_one() -> None:
    photo = compress(data.astronaut()[:64, 100:164], 80)
    found = diagnose(photo, prior=GaussianPrior())
    assert {finding.jpeg_quality for finding in found.findings} == {80}
    assert [finding.place for finding in found.findings] == [{"S": n} for n in range(3)]


def test_white_that_is_cut_off(prior: FlowPrior) -> None:
    bright = eight_bits(20 + 1.6 * CAMERA)
    found = diagnose(bright, prior=prior)
    assert only(found).at_greatest == pytest.approx((bright == 255).mean())
    assert only(found).at_least is None
    assert any("what was brighter was probably cut off" in s for s in found.sentences)


def test_dead_and_hot_pixels(prior: FlowPrior) -> None:
    image = 100 + 50 * gaussian_filter(noise((64, 64)), 8) + 2 * noise((64, 64))
    image[20, 30], image[50, 12] = 900, 0
    found = diagnose(image.astype(np.float32), prior=prior)
    assert only(found).bad_pixels == 2
    assert any(
        sentence.startswith("2 pixels stand out") for sentence in found.sentences
    )


@pytest.mark.parametrize("value", [7, 0])
def test_constant_image(prior: FlowPrior, value: int) -> None:
    found = diagnose(np.full((32, 32), value, np.uint8), prior=prior)
    assert found.sentences == (
        "All pixels have the same value, so there is nothing to restore.",
    )


def test_channels_of_different_brightness() -> None:
    image = np.stack([CAMERA + 3 * noise(CAMERA.shape), 10 * CAMERA]).astype(np.float32)
    image[1] += 100 * noise(CAMERA.shape)
    found = diagnose(image, prior=GaussianPrior(), axes="CYX")
    dim, bright = found.findings
    assert (dim.place, bright.place) == ({"C": 0}, {"C": 1})
    assert bright.noise_level == pytest.approx(100, rel=0.25)
    assert dim.noise_level < 10
    assert found.sentences[0].startswith("C 1: There is noise of level ")
    assert found.sentences[1].startswith("C 2: There is noise of level 1")


def test_planes_that_differ() -> None:
    levels = [3, 6, 0, 12, 18, 24]
    planes = [CAMERA * (n > 0) + n * noise(CAMERA.shape) for n in levels]
    found = diagnose(np.stack(planes), prior=GaussianPrior(), axes="ZYX")
    assert [finding.place["Z"] for finding in found.findings] == list(range(6))
    first, second = found.sentences[:2]
    assert first.startswith("5 of 6 parts: Noise differs from part to part: its level")
    assert second.startswith("Z 3: All pixels have the same value")


def test_planes_that_are_empty() -> None:
    image = np.zeros((3, 4, 32, 32), np.uint8)
    image[:2] = 90 + 60 * noise((4, 32, 32)).clip(-1, 1)
    found = diagnose(image, prior=GaussianPrior(), axes="CZYX")
    assert [part.constant_planes for part in found.findings] == [0, 0, 4]
    assert [part.planes for part in found.findings] == [4, 4, 4]
    assert any(sentence.startswith("C 3: All pixels") for sentence in found.sentences)


def test_large_planes_are_looked_at_in_their_middle() -> None:
    image = np.zeros((840, 900), np.float32)
    image[36:804, 66:834] = 100 + 10 * noise((768, 768))
    found = diagnose(image, prior=GaussianPrior())
    assert found.middle == (768, 768)
    assert only(found).noise_level == pytest.approx(10, rel=0.1)
    assert found.sentences[-1] == "Only the middle 768x768 pixels were looked at."
    np.testing.assert_array_equal(image[:3, :3], 0)


def test_prior_that_knows_no_noise_levels() -> None:
    found = diagnose(CAMERA + 9 * noise(CAMERA.shape), prior=identity_prior())
    assert only(found).noise_level == pytest.approx(9, rel=0.3)
    assert only(found).correlation is None


def test_json() -> None:
    found = diagnose(CAMERA + 9 * noise(CAMERA.shape), prior=GaussianPrior())
    told = json.loads(json.dumps(found.as_dict()))
    assert told["sentences"] == list(found.sentences)
    assert told["findings"][0]["noise_level"] == only(found).noise_level
    assert (told["axes"], told["prior"], told["middle"]) == ("YX", "gauss", None)


def test_progress() -> None:
    run = iter_diagnose(CAMERA, prior=GaussianPrior())
    assert isinstance(next(run), RestoreEvent)
    assert drain(run) == diagnose(CAMERA, prior=GaussianPrior())


@pytest.mark.parametrize("shared", [0.0, 1.0])
def test_noise_that_planes_share(prior: FlowPrior, shared: float) -> None:
    drawn = np.random.default_rng(0).standard_normal((5, 64, 64))
    drawn = drawn[1:] + shared * drawn[:-1]
    # Scenes that differ, as texture that is taken out is alike in planes that don't.
    scenes = np.stack([np.roll(CAMERA, 20 * k, axis=0) for k in range(4)])
    stack = eight_bits(scenes + 10 * drawn / drawn.std())
    found = diagnose(stack, prior=prior, axes="ZYX")
    correlation = only(found).plane_correlation
    assert correlation is not None
    # What is taken out of scenes is in it, too, so that 0.5 looks like less.
    assert (abs(correlation) < 0.1) if not shared else (0.3 < correlation < 0.55)
    told = [s for s in found.sentences if s.startswith("Neighbouring planes share")]
    assert len(told) == bool(shared)


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (np.zeros((5, 40)), "5x40 pixels, from which nothing can be told"),
        (np.full((16, 16), np.nan), "256 NaN values"),
        (np.zeros((16, 16), complex), "complex"),
    ],
)
def test_what_cannot_be_looked_at(image: NDArray[Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        diagnose(image, prior=GaussianPrior())


def test_correlation_along_one_axis() -> None:
    drawn = noise((1, 128, 128), (0, 0, 1.0))
    found = neighbour_correlation(drawn, np.zeros_like(drawn))
    assert found == pytest.approx((0, np.exp(-0.25)), abs=0.05)


def test_correlation_of_nothing() -> None:
    assert neighbour_correlation(np.zeros((1, 32, 32)), np.zeros((1, 32, 32))) is None
    assert neighbour_correlation(np.ones((1, 15, 32)), np.zeros((1, 15, 32))) is None
