"""Losses against their formulas; the loop, its checkpoints and its patches."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
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
    Loss,
    PatchSampler,
    ScoreMatching,
    TrainConfig,
    Trainer,
    TrainEvent,
    TrainingBatch,
    Validation,
    iter_train,
)
from napari_flowprior.training._checkpoint import load_checkpoint, save_checkpoint

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


def test_score_matching_of_a_gaussian_flow() -> None:
    """The score of a fresh flow, which only turns its pixels, is that of N(0, 1)."""
    torch.manual_seed(0)
    fresh = MultiscaleFlow(replace(TINY, levels=1)).double()
    given = batch(fresh, sigma=0.2)
    error = squares((1 - 0.2**2) * given.noisy - given.clean)
    expected = (error / (0.1 * 0.2**2 + 0.02**2)).item()
    # A fresh rotation is orthogonal in float32 only.
    assert ScoreMatching()(given).item() == pytest.approx(expected, rel=1e-5)


def test_score_matching_averages_over_all_levels() -> None:
    given = batch(shaken(TINY), sigma=0.1)
    sigma = torch.tensor([0.0, 0.1, 0.2], dtype=torch.float64)
    mixed = replace(given, sigma=sigma)
    parts = []
    for i in (1, 2):
        y = given.noisy[i : i + 1]
        error = squares(
            y + sigma[i] ** 2 * given.flow.score(y, sigma[i]) - given.clean[i : i + 1]
        )
        parts.append(error / (0.1 * sigma[i] ** 2 + 0.02**2))
    expected = (parts[0] + parts[1]) / 3
    torch.testing.assert_close(ScoreMatching()(mixed).detach(), expected.detach())


def test_the_losses_have_the_same_optimum() -> None:
    """A Gaussian flow of the right variance minimises likelihood and score loss."""
    spread, sigma = 0.3, 0.2
    generator = torch.Generator().manual_seed(0)
    draw = torch.randn(2, 256, 1, 16, 16, generator=generator, dtype=torch.float64)
    clean = spread * draw[0]
    noisy = (clean + sigma * draw[1]).requires_grad_()
    level = torch.full((256,), sigma, dtype=torch.float64)
    found: dict[type, list[float]] = {Likelihood: [], ScoreMatching: []}
    right = math.hypot(spread, sigma)
    for std in (0.85 * right, right, 1.15 * right):
        torch.manual_seed(0)
        flow = MultiscaleFlow(replace(TINY, levels=1)).double()
        with torch.no_grad():
            flow.levels[0].base.log_std.fill_(math.log(std))
        given = TrainingBatch(flow, clean, noisy, level, generator)
        for kind, values in found.items():
            values.append(kind()(given).item())
    for low, best, high in found.values():
        assert best < min(low, high)
    error = 256 * (spread * sigma / right) ** 2 / (0.1 * sigma**2 + 0.02**2)
    assert found[ScoreMatching][1] == pytest.approx(error, rel=0.02)


def test_image_noise() -> None:
    """The formula on a flow that is not linear, with the same noise drawn again."""
    given = batch(shaken(TINY), sigma=0.1)
    state = given.generator.get_state()
    found = ImageNoise(magnitude=0.2)(given)
    given.generator.set_state(state)
    shift = given.uniform_like(given.clean, 0.2)
    assert 0.15 < shift.abs().max() < 0.2
    pairs = zip(
        given.flow(given.noisy + shift, given.sigma)[0],
        given.flow(given.noisy, given.sigma)[0],
        strict=True,
    )
    expected = sum(squares(a - b) for a, b in pairs)
    torch.testing.assert_close(found, expected)


def test_latent_noise() -> None:
    given = batch(shaken(TINY), sigma=0.1)
    assert LatentNoise(magnitude=0.0)(given) < 1e-20
    state = given.generator.get_state()
    found = LatentNoise()(given)
    given.generator.set_state(state)
    latents, _ = given.flow(given.noisy, given.sigma)
    noise = [given.uniform_like(u, 0.5) for u in latents]
    assert all(0.4 < n.abs().max() < 0.5 for n in noise)
    moved = [u + n for u, n in zip(latents, noise, strict=True)]
    image, _ = given.flow.inverse(moved, given.sigma)
    torch.testing.assert_close(found, squares(image - given.noisy))


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
    assert np.mean(losses[-10:]) < np.mean(losses[:10]) - 0.1


def test_resuming_continues_bit_exactly(tmp_path: Path) -> None:
    path = tmp_path / "run.checkpoint"
    whole = trainer()
    losses = [event.loss for event in iter_train(whole)]
    first = trainer()
    for _ in range(3):
        first.advance()
    first.save(path)
    second = trainer()
    torch.rand(7)
    second.resume(path)
    rest = [event.loss for event in iter_train(second)]
    assert rest == losses[3:]
    assert_same_state(whole, second, tmp_path)


def assert_same_state(one: Trainer, other: Trainer, folder: Path) -> None:
    """Weights, averages, moments of Adam and all random generators are equal."""
    one.save(folder / "one")
    other.save(folder / "other")
    (tensors, state), (others, other_state) = (
        load_checkpoint(folder / name) for name in ("one", "other")
    )
    assert state == other_state
    assert tensors.keys() == others.keys()
    kinds = {name.partition(".")[0] for name in tensors}
    assert kinds == {"flow", "average", "adam", "random"}
    assert [
        name for name in tensors if not torch.equal(tensors[name], others[name])
    ] == []


def test_resuming_restores_dropout_and_bfloat16(tmp_path: Path) -> None:
    flow = replace(TINY, noise_conditional=False, context_layers=3, context_dropout=0.5)
    recipe = replace(RECIPES["DIV2K"], steps=4, batch_size=2, bfloat16=True)

    def made() -> Trainer:
        torch.manual_seed(0)
        return Trainer(MultiscaleFlow(flow), recipe, PatchSampler(photos(), 16))

    recipe = replace(recipe, patch_size=16)
    whole, first, second = made(), made(), made()
    torch.manual_seed(1)
    drain(iter_train(whole))
    torch.manual_seed(1)
    first.advance()
    first.advance()
    first.save(tmp_path / "half")
    torch.manual_seed(2)
    second.resume(tmp_path / "half")
    drain(iter_train(second))
    assert_same_state(whole, second, tmp_path)


def test_a_resumed_training_keeps_nothing_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "run.checkpoint"
    first, second = trainer(), trainer()
    first.advance()
    first.save(path)
    second.resume(path)
    with path.open("r+b") as file:
        size = file.seek(0, 2)
        file.seek(size // 4)
        file.write(b"\x01" * (size - size // 4))
    first.advance()
    second.advance()
    assert_same_state(first, second, tmp_path)


@pytest.mark.parametrize("lost", ["random.generator", "random.global", "rng", "step"])
def test_incomplete_checkpoints_are_refused(tmp_path: Path, lost: str) -> None:
    path = tmp_path / "run.checkpoint"
    made = trainer()
    made.save(path)
    tensors, state = load_checkpoint(path)
    tensors.pop(lost, None)
    state.pop(lost, None)
    save_checkpoint(path, tensors, state)
    with pytest.raises(PriorFileError, match="incomplete"):
        made.resume(path)


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


def with_gradient(value: float, config: TrainConfig) -> tuple[Trainer, TrainEvent]:
    """Train a step in which a single gradient has a given value and all others 0."""
    made = trainer(replace(config, losses=(Likelihood(),)))
    for parameter in made.flow.parameters():
        parameter.register_hook(torch.zeros_like)
    shift = made.flow.levels[0].steps[1].shift
    shift.register_hook(lambda g: g.index_fill(1, torch.tensor([0]), value))
    return made, made.advance()


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
@pytest.mark.parametrize("clip_value", [1e5, math.inf])
def test_no_clipping_hides_a_non_finite_gradient(
    value: float, clip_value: float
) -> None:
    made, event = with_gradient(value, replace(QUICK, clip_value=clip_value))
    assert event.skipped == 1
    assert not math.isfinite(event.gradient_norm)
    assert not made.optimiser.state
    assert all(p.isfinite().all() for p in made.flow.parameters())


@pytest.mark.parametrize(
    ("clip_value", "clip_norm", "expected"),
    [(1e5, 1e4, 7.0), (3.0, 1e4, 3.0), (1e5, 2.0, 2.0), (3.0, 2.0, 2.0)],
)
def test_gradients_are_clipped_by_value_then_norm(
    clip_value: float, clip_norm: float, expected: float
) -> None:
    config = replace(QUICK, clip_value=clip_value, clip_norm=clip_norm)
    made, event = with_gradient(7.0, config)
    assert event.gradient_norm == pytest.approx(7.0)
    gradients = [p.grad for p in made.flow.parameters() if p.grad is not None]
    left = torch.cat([g.flatten() for g in gradients])
    assert left.abs().sum().item() == pytest.approx(expected, rel=1e-5)


def test_a_good_step_ends_a_row_of_skipped_ones() -> None:
    made = trainer(replace(QUICK, steps=200, losses=(Likelihood(),)))
    steps = iter(range(200))
    shift = made.flow.levels[0].steps[1].shift
    shift.register_hook(lambda g: g if next(steps) % 40 == 39 else g * math.nan)
    for _ in range(120):
        event = made.advance()
    assert event.skipped == 117


def test_the_average_follows_the_weights() -> None:
    made = trainer(replace(QUICK, ema=0.5))
    before = [p.clone() for p in made.average.parameters()]
    made.advance()
    # Early on, the average forgets faster than `ema` says.
    decay = 1 / 10
    triples = zip(
        before, made.flow.parameters(), made.average.parameters(), strict=True
    )
    for old, new, mean in triples:
        torch.testing.assert_close(mean, decay * old + (1 - decay) * new)
    assert not any(p.requires_grad for p in made.average.parameters())


@dataclass(frozen=True)
class Probe(Loss):
    """Keeps the batches that it sees."""

    seen: tuple[list[TrainingBatch]] = ([],)

    def __call__(self, batch: TrainingBatch) -> Tensor:
        self.seen[0].append(batch)
        return batch.log_prob.sum() * 0


def batches(config: TrainConfig, flow: FlowConfig = TINY) -> list[TrainingBatch]:
    probe = Probe(seen=([],))
    config = replace(config, losses=(probe,))
    drain(iter_train(Trainer(MultiscaleFlow(flow), config, PatchSampler(photos(), 16))))
    return probe.seen[0]


def test_images_are_dequantised() -> None:
    for given in batches(QUICK, replace(TINY, noise_conditional=False)):
        assert given.sigma is None
        grey = 255 * given.clean
        torch.testing.assert_close(grey, grey.round())
        fill = 255 * (given.noisy - given.clean)
        assert 0.45 < fill.abs().max() < 0.5 + 1e-4


def test_noise_has_its_level() -> None:
    config = replace(QUICK, steps=20, batch_size=16, clean_fraction=0.3, sigma_max=0.5)
    found = batches(config)
    sigma = torch.cat([given.sigma for given in found])
    assert (sigma == 0).float().mean().item() == pytest.approx(0.3, abs=0.1)
    assert 0.45 < sigma.max() < 0.5
    error = torch.cat([(b.noisy - b.clean).detach().flatten(1) for b in found])
    noisy = sigma > 0.1
    ratio = error.std(dim=1)[noisy] / sigma[noisy]
    torch.testing.assert_close(ratio, torch.ones_like(ratio), atol=0.25, rtol=0)
    all_clean = batches(replace(config, clean_fraction=1.0, steps=1))
    assert not all_clean[0].sigma.any()


def test_the_seed_decides_what_is_drawn() -> None:
    one, two, other = (
        batches(replace(QUICK, seed=seed), TINY)[-1].noisy for seed in (3, 3, 4)
    )
    assert torch.equal(one, two)
    assert not torch.equal(one, other)


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


def test_patches_are_uniform_over_places_and_turns() -> None:
    """Two images with 9 and 3 places, 8 turns each: 96 equally likely patches."""
    values = np.random.default_rng(1).permutation(256).astype(np.uint8)
    images = [values[:100].reshape(1, 10, 10), values[100:180].reshape(1, 8, 10)]
    sampler = PatchSampler(images, 8, keep_smooth=1.0)
    found = sampler.batch(9600, np.random.default_rng(0))
    counts = np.unique(found.reshape(9600, -1), axis=0, return_counts=True)[1]
    assert len(counts) == 96
    # Chi squared with 95 degrees of freedom: mean 95, standard deviation 14.
    assert 45 < ((counts - 100) ** 2 / 100).sum() < 155


def test_small_images_are_left_out() -> None:
    sampler = PatchSampler([*photos(1, 8), *photos(1, 40)], 16)
    assert [image.shape[1] for image in sampler.images] == [40]


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
    for wrong in (np.zeros((40, 40), np.uint8), np.zeros((1, 40, 40))):
        with pytest.raises(InputError, match="uint8 images of shape"):
            PatchSampler([*photos(), wrong], 16)


@pytest.mark.parametrize(
    "wrong",
    [
        {"steps": 0},
        {"learning_rate": 0.0},
        {"clip_norm": float("nan")},
        {"ema": 1.5},
        {"batch_size": -1},
        {"losses": ()},
    ],
    ids=str,
)
def test_bad_settings_are_refused(wrong: dict[str, object]) -> None:
    (name,) = wrong
    with pytest.raises(InputError, match=name):
        replace(QUICK, **wrong)


def test_score_matching_needs_conditioning() -> None:
    flow = MultiscaleFlow(replace(TINY, noise_conditional=False))
    with pytest.raises(InputError, match="noise-conditioned"):
        Trainer(flow, QUICK, PatchSampler(photos(), 16))
