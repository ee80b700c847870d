"""Whole adaptations: better where there is something to learn, and never worse."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from doubles import GaussianPrior

from napari_flowprior import FlowPrior, adapt, iter_adapt
from napari_flowprior._errors import InputError
from napari_flowprior.adaptation import _learner
from napari_flowprior.cli import main
from napari_flowprior.data import write_image
from napari_flowprior.flow import FlowConfig, MultiscaleFlow
from napari_flowprior.priors import PriorInfo
from napari_flowprior.restoration import (
    CorrelatedNoise,
    Noise,
    PoissonGaussian,
    SignalDependentNoise,
    VarianceCurve,
)

SIGMA = 0.15


def ignorant() -> FlowPrior:
    """A prior whose score network answers that there is no noise."""
    torch.manual_seed(0)
    config = FlowConfig(
        channels=1,
        levels=2,
        steps=1,
        hidden=6,
        noise_conditional=True,
        score_widths=(8, 8),
        score_blocks=1,
        score_clipping=True,
    )
    info = PriorInfo(name="ignorant", sigma_max=0.5, licence="CC0-1.0", sources=("a",))
    calibrated = {"noise": {"factor": 2.0}}
    vars(info)["calibration"] = calibrated
    return FlowPrior(MultiscaleFlow(config), info)


def clean(planes: int = 6, side: int = 128) -> np.ndarray:
    rows, columns = np.mgrid[:side, :side]
    return np.stack(
        [
            0.5 + 0.3 * np.sin(rows / (9 + k)) * np.cos(columns / 7)
            for k in range(planes)
        ]
    )


def noisy(**options: Any) -> np.ndarray:
    truth = clean(**options)
    return truth + np.random.default_rng(0).normal(0, SIGMA, truth.shape)


KNOWN: dict[str, Any] = {"degradation": Noise(SIGMA), "axes": "ZYX", "device": "cpu"}


def error(prior: FlowPrior, shown: np.ndarray) -> float:
    batch = torch.from_numpy(shown[:, None]).float()
    return float((prior.denoise(batch, SIGMA)[:, 0] - torch.from_numpy(clean())).std())


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Larger steps, as a network that knows nothing can take."""
    monkeypatch.setattr(_learner, "_RATE", 1e-2)


@pytest.mark.usefixtures("quick")
def test_a_prior_learns_from_noise_alone() -> None:
    prior, shown = ignorant(), noisy()
    before = {name: tensor.clone() for name, tensor in prior.flow.state_dict().items()}
    found = adapt(shown, prior=prior, steps=60, **KNOWN)
    assert found.improved
    assert error(found.prior, shown) < 0.8 * error(prior, shown)
    true = 20 * np.log10(error(prior, shown) / error(found.prior, shown))
    assert found.gain == pytest.approx(true, abs=1.5)
    assert f"about {found.gain:.2f} dB smaller" in found.sentence
    # The density stays, and so does the prior that it started from.
    after = found.prior.flow.state_dict()
    for name, tensor in before.items():
        assert torch.equal(prior.flow.state_dict()[name], tensor)
        assert torch.equal(after[name], tensor) == (
            not name.startswith("score_network")
        )
    info = found.prior.info
    assert info.training["started_from"] == "ignorant"
    assert (info.licence, info.sources) == ("CC0-1.0", ("a",))
    assert not info.calibration


@pytest.mark.usefixtures("quick")
def test_the_same_seed_gives_the_same_prior() -> None:
    shown = noisy()
    one, two = (adapt(shown, prior=ignorant(), steps=12, **KNOWN) for _ in range(2))
    other = adapt(shown, prior=ignorant(), steps=12, seed=1, **KNOWN)
    assert one.gain == two.gain != other.gain


def test_what_makes_nothing_better_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(flow: Any, batch: Any, rng: Any) -> torch.Tensor:
        answer = flow.denoise(batch.seen, batch.level, batch.clipped)
        return -(answer - batch.seen.mean()).square().mean()

    monkeypatch.setattr(_learner, "recorruption_loss", away)
    prior = ignorant()
    found = adapt(noisy(), prior=prior, steps=200, **KNOWN)
    assert found.prior is prior
    assert (found.improved, found.gain) == (False, 0.0)
    assert "nothing was surely better than ignorant" in found.sentence
    # It ends when nothing has got better for a while.
    assert found.steps < 200


@pytest.mark.usefixtures("quick")
def test_photons_are_learnt_under_their_curve() -> None:
    counts = np.random.default_rng(0).poisson(40 * clean()).astype(np.uint16)
    camera = PoissonGaussian(gain=1.0, offset=0.0, read_noise=0.5)
    options = KNOWN | {"degradation": camera}
    assert adapt(counts, prior=ignorant(), steps=40, **options).improved


@pytest.mark.usefixtures("quick")
def test_speckle_is_learnt_under_its_curve() -> None:
    truth = clean()
    shown = np.random.default_rng(0).normal(truth, SIGMA * truth)
    means = np.linspace(0.1, 1.0, 10)
    curve = VarianceCurve(tuple(means), tuple((SIGMA * means) ** 2))
    options = KNOWN | {"degradation": SignalDependentNoise(curve)}
    assert adapt(shown, prior=ignorant(), steps=40, **options).improved


def test_too_few_photons_are_refused() -> None:
    """Their noise is not normal, so that held-out errors tell of false gains."""
    counts = np.random.default_rng(0).poisson(3 * clean()).astype(np.uint16)
    camera = PoissonGaussian(gain=1.0, offset=0.0, read_noise=0.1)
    options = KNOWN | {"degradation": camera}
    with pytest.raises(InputError, match="photons on average"):
        adapt(counts, prior=ignorant(), steps=40, **options)


def test_few_photons_under_much_read_noise_are_not() -> None:
    """As dark images with white noise are taken for."""
    truth = 2 * clean()
    counts = np.random.default_rng(0).poisson(truth) + np.random.default_rng(1).normal(
        0, 4, truth.shape
    )
    camera = PoissonGaussian(gain=1.0, offset=0.0, read_noise=4.0)
    options = KNOWN | {"degradation": camera}
    assert adapt(counts, prior=ignorant(), steps=1, **options).steps == 1


@pytest.mark.usefixtures("quick")
def test_several_images_and_a_time() -> None:
    images = list(noisy(planes=5))
    options = KNOWN | {"axes": "YX"}
    run = iter_adapt(images, prior=ignorant(), minutes=0.03, **options)
    events = list(run)
    assert run.result.steps > 3
    counted = [event.done for event in events if event.total]
    assert counted == sorted(counted)
    assert events[-1].message.startswith("Learning from noise, step")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"minutes": 0}, "minutes is 0; it must be > 0"),
        ({"steps": 0}, "steps is 0"),
        ({"prior": GaussianPrior()}, "gauss has no score network"),
        ({"degradation": Noise(0.0)}, "there is nothing to adapt to"),
        ({"degradation": CorrelatedNoise(0.1)}, "found: Correlated noise"),
    ],
)
def test_what_is_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        adapt(noisy(), **{"prior": ignorant(), "steps": 1, **KNOWN, **options})


def test_no_image() -> None:
    with pytest.raises(InputError, match="There is no image"):
        adapt([], prior=ignorant())


def test_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(_learner, "_RATE", 3e-3)
    ignorant().save("start.safetensors")
    shown = noisy().astype(np.float32)
    write_image("a.tif", shown[:3], "ZYX")
    write_image("b.tif", shown[3:], "ZYX")
    command = ["adapt", "a.tif", "b.tif", "--prior", "start.safetensors"]
    command += ["--sigma", str(SIGMA), "--device", "cpu", "--out", "mine.safetensors"]
    assert main([*command, "--steps", "30"]) == 0
    said = capsys.readouterr().out
    assert said.startswith(
        "mine.safetensors: After 30 steps the error on what was held"
    )
    made = FlowPrior.load("mine.safetensors").info.training
    assert made["adapted_to_noisy_images"] == 2
    assert main([*command, "--steps", "30"]) == 2
    assert "exists; pass --overwrite" in capsys.readouterr().err
    command[-1] = "other.safetensors"
    monkeypatch.setattr(_learner, "_RATE", 1e-12)
    assert main([*command, "--steps", "1"]) == 0
    assert "nothing was surely better than ignorant" in capsys.readouterr().out
    assert not Path("other.safetensors").exists()
