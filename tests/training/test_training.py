"""Losses against their formulas; the loop, its checkpoints and its patches."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from doubles import MEAN, identity_flow
from draining import drain
from torch import Tensor

from napari_flowprior._errors import InputError, PriorFileError, TrainingError
from napari_flowprior.flow import FlowConfig, MultiscaleFlow
from napari_flowprior.training import (
    RECIPES,
    Autoencoder,
    ImageNoise,
    LatentNoise,
    Likelihood,
    PatchSampler,
    ScoreMatching,
    TrainConfig,
    Trainer,
    TrainingBatch,
    Validation,
    iter_train,
)

if TYPE_CHECKING:
    from pathlib import Path

TINY = FlowConfig(
    channels=1, levels=2, steps=1, hidden=6, activation="silu", noise_conditional=True
)
QUICK = TrainConfig(
    steps=6,
    batch_size=4,
    patch_size=16,
    learning_rate=1e-2,
    warmup=2,
    decay=0.5,
    losses=(Likelihood(), ScoreMatching()),
    validate_every=3,
)


def photos(number: int = 3, side: int = 40, channels: int = 1) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    rough = rng.integers(0, 256, (number, channels, side // 4, side // 4))
    return list(rough.repeat(4, axis=2).repeat(4, axis=3).astype(np.uint8))


def batch(flow: MultiscaleFlow, sigma: float | None = None) -> TrainingBatch:
    generator = torch.Generator().manual_seed(0)
    clean = torch.rand(3, 1, 8, 8, generator=generator, dtype=torch.float64)
    noise = torch.randn(clean.shape, generator=generator, dtype=torch.float64)
    noisy = (clean + 0.1 * noise).requires_grad_()
    level = None if sigma is None else torch.full((3,), sigma, dtype=torch.float64)
    return TrainingBatch(flow, clean, noisy, level, generator)


def shaken(config: FlowConfig) -> MultiscaleFlow:
    torch.manual_seed(0)
    flow = MultiscaleFlow(config).double().eval()
    with torch.no_grad():
        for parameter in flow.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return flow


def squares(x: Tensor) -> Tensor:
    return x.square().sum(dim=(1, 2, 3)).mean()


def test_likelihood() -> None:
    given = batch(identity_flow())
    normal = torch.distributions.Normal(MEAN, 1.0)
    expected = -normal.log_prob(given.noisy).sum(dim=(1, 2, 3)).mean()
    torch.testing.assert_close(Likelihood()(given), expected)


def test_score_matching() -> None:
    given = batch(shaken(TINY), sigma=0.1)
    score = given.flow.score(given.noisy, 0.1)
    error = squares(given.noisy + 0.01 * score - given.clean)
    expected = error / (0.1 * 0.01 + 0.02**2)
    torch.testing.assert_close(ScoreMatching()(given).detach(), expected.detach())


def test_score_matching_leaves_small_levels_to_the_likelihood() -> None:
    assert ScoreMatching()(batch(shaken(TINY), sigma=0.001)) == 0


def test_latent_noise_of_the_identity_is_its_variance() -> None:
    flow = identity_flow()
    given = batch(flow)
    assert LatentNoise(magnitude=0.0)(given) < 1e-20
    values = [LatentNoise(magnitude=0.5)(given).item() for _ in range(200)]
    assert np.mean(values) == pytest.approx(64 / 12, rel=0.05)


def test_autoencoder_keeps_the_coarse_latent() -> None:
    one_level = batch(identity_flow())
    assert Autoencoder()(one_level) < 1e-20
    given = batch(shaken(TINY), sigma=0.1)
    eps, _ = given.flow(given.noisy, given.sigma, whiten=True)
    image, _ = given.flow.inverse(
        [eps[0], torch.zeros_like(eps[1])], given.sigma, whitened=True
    )
    torch.testing.assert_close(Autoencoder()(given), squares(image - given.noisy))


def test_image_noise_of_the_identity_is_its_variance() -> None:
    given = batch(identity_flow())
    assert ImageNoise(magnitude=0.0)(given) == 0
    values = [ImageNoise(magnitude=0.3)(given).item() for _ in range(200)]
    assert np.mean(values) == pytest.approx(64 * 0.3**2 / 3, rel=0.05)


@pytest.mark.parametrize("name", ["SPRITES", "DIV2K"])
def test_losses_of_the_paper_train(name: str) -> None:
    config = replace(TINY, noise_conditional=False, activation="relu")
    recipe = replace(RECIPES[name], steps=2, patch_size=16, batch_size=2)
    trainer = Trainer(MultiscaleFlow(config), recipe, PatchSampler(photos(), 16))
    before = [p.clone() for p in trainer.flow.parameters()]
    drain(iter_train(trainer))
    after = trainer.flow.parameters()
    assert any((a != b).any() for a, b in zip(after, before, strict=True))


def trainer(config: TrainConfig = QUICK) -> Trainer:
    torch.manual_seed(0)
    return Trainer(MultiscaleFlow(TINY), config, PatchSampler(photos(), 16))


def test_training_lowers_the_loss() -> None:
    events = list(iter_train(trainer(replace(QUICK, steps=60, validate_every=60))))
    losses = [event.loss for event in events]
    assert np.mean(losses[-10:]) < np.mean(losses[:10])


def test_resuming_continues_bit_exactly(tmp_path: Path) -> None:
    path = tmp_path / "run.checkpoint"
    whole = trainer()
    losses = [event.loss for event in iter_train(whole)]
    first = trainer()
    for _ in range(3):
        first.advance()
    first.save(path)
    second = trainer(replace(QUICK))
    torch.rand(7)
    second.resume(path)
    rest = [event.loss for event in iter_train(second)]
    assert rest == losses[3:]
    pairs = zip(whole.average.parameters(), second.average.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)


def test_checkpoints_are_written_at_validations(tmp_path: Path) -> None:
    path = tmp_path / "run.checkpoint"
    held_out = np.stack(photos(2, 16))
    run = iter_train(trainer(), validation=Validation(held_out), checkpoint=path)
    measured = {event.step: event for event in run if event.bits_per_dim is not None}
    assert list(measured) == [3, 6]
    assert measured[6].denoising_psnr is not None
    fresh = trainer()
    fresh.resume(path)
    assert fresh.step == 6


@pytest.mark.parametrize("damage", ["missing", "truncated", "other", "pickle"])
def test_bad_checkpoints_are_refused(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "run.checkpoint"
    made = trainer()
    made.save(path)
    if damage == "missing":
        path.unlink()
    elif damage == "truncated":
        path.write_bytes(path.read_bytes()[:-100])
    elif damage == "other":
        path.write_bytes(b"\x02\x00\x00\x00\x00\x00\x00\x00{}")
    else:
        torch.save({"step": 1}, path)
    with pytest.raises(PriorFileError, match=path.name):
        made.resume(path)


def test_checkpoint_of_another_flow_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.checkpoint"
    trainer().save(path)
    other = MultiscaleFlow(replace(TINY, hidden=7))
    made = Trainer(other, QUICK, PatchSampler(photos(), 16))
    with pytest.raises(PriorFileError, match="another flow"):
        made.resume(path)


def test_non_finite_gradients_are_skipped_then_reported() -> None:
    made = trainer(replace(QUICK, steps=100, learning_rate=1e-3))
    with torch.no_grad():
        made.flow.levels[0].steps[1].shift.fill_(float("nan"))
    before = [p.clone() for p in made.average.parameters()]
    assert made.advance().skipped == 1
    pairs = zip(made.average.parameters(), before, strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)
    with pytest.raises(TrainingError, match="50 steps in a row"):
        drain(iter_train(made))


def test_learning_rate() -> None:
    made = trainer(replace(QUICK, steps=100, warmup=10, decay=0.4, learning_rate=1.0))
    assert made.learning_rate(0) == pytest.approx(0.1)
    assert made.learning_rate(9) == made.learning_rate(59) == 1.0
    assert made.learning_rate(80) == pytest.approx(0.5)
    assert made.learning_rate(99) < 0.01
    flat = trainer(replace(QUICK, warmup=0, decay=0.0))
    assert flat.learning_rate(0) == flat.learning_rate(5) == QUICK.learning_rate


def test_validation_bits_of_a_known_density() -> None:
    flow = identity_flow().float()
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (4, 1, 32, 32), dtype=np.uint8)
    bits, psnr = Validation(images).measure(flow)
    x = images / 255
    nats = 0.5 * np.mean((x - MEAN) ** 2) + 0.5 * np.log(2 * np.pi)
    assert bits == pytest.approx(nats / np.log(2) + np.log2(255), rel=1e-3)
    assert psnr is None


def test_patches_come_from_the_images() -> None:
    images = [np.full((1, 20, 20), value, np.uint8) for value in (10, 200)]
    images[0][:, ::2], images[1][:, ::2] = 30, 220
    sampler = PatchSampler(images, 8)
    found = sampler.batch(200, np.random.default_rng(0))
    assert found.shape == (200, 1, 8, 8)
    assert set(np.unique(found)) == {10, 30, 200, 220}
    assert 60 < (found.max(axis=(1, 2, 3)) == 220).sum() < 140
    again = sampler.batch(200, np.random.default_rng(0))
    np.testing.assert_array_equal(found, again)


def test_smooth_patches_are_rare() -> None:
    half = np.zeros((1, 64, 64), np.uint8)
    half[:, :, :32] = np.random.default_rng(0).integers(0, 256, (64, 32))
    found = PatchSampler([half], 8, keep_smooth=0.1).batch(
        300, np.random.default_rng(0)
    )
    smooth = (found == 0).all(axis=(1, 2, 3)).mean()
    assert smooth < 0.2


def test_an_image_of_one_colour_still_gives_patches() -> None:
    flat = [np.zeros((1, 16, 16), np.uint8)]
    assert not PatchSampler(flat, 8).batch(4, np.random.default_rng(0)).any()
    with pytest.raises(InputError, match="keep_smooth"):
        PatchSampler(flat, 8, keep_smooth=0.0)


def test_bad_images_are_refused() -> None:
    with pytest.raises(InputError, match="None of the 3 images"):
        PatchSampler(photos(side=40), 64)
    with pytest.raises(InputError, match="different numbers of channels"):
        PatchSampler([*photos(), *photos(channels=3)], 16)


@pytest.mark.parametrize(
    "wrong", [{"steps": 0}, {"learning_rate": 0.0}, {"ema": 1.5}, {"batch_size": -1}]
)
def test_bad_settings_are_refused(wrong: dict[str, float]) -> None:
    (name,) = wrong
    with pytest.raises(InputError, match=name):
        replace(QUICK, **wrong)


def test_score_matching_needs_conditioning() -> None:
    flow = MultiscaleFlow(replace(TINY, noise_conditional=False))
    with pytest.raises(InputError, match="noise-conditioned"):
        Trainer(flow, QUICK, PatchSampler(photos(), 16))
