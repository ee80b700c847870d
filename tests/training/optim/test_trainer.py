"""Steps, checkpoints, averages and settings of a training."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from doubles import MEAN, identity_flow
from draining import drain
from patches import ArrayPatches, rough_images
from steps import QUICK, TINY, state_of, trainer
from torch import Tensor

from napari_flowprior._errors import InputError, TrainingError
from napari_flowprior.flow import FlowConfig, MultiscaleFlow
from napari_flowprior.training import (
    Likelihood,
    Loss,
    StepFigures,
    TrainConfig,
    Trainer,
    TrainingBatch,
    load_recipe,
)

if TYPE_CHECKING:
    from pathlib import Path


def advance(made: Trainer, steps: int = 1) -> list[StepFigures]:
    return [drain(made.advance()) for _ in range(steps)]


def assert_same_state(one: Trainer, other: Trainer) -> None:
    """Weights, averages and moments of Adam are equal to the last bit."""
    tensors, others = state_of(one), state_of(other)
    assert tensors.keys() == others.keys()
    assert {name.partition(".")[0] for name in tensors} == {"flow", "average", "adam"}
    assert [
        name for name in tensors if not torch.equal(tensors[name], others[name])
    ] == []
    assert (one.step, one.skipped) == (other.step, other.skipped)


@pytest.mark.parametrize("name", ["sprites", "div2k"])
def test_losses_of_the_paper_train(name: str) -> None:
    flow = replace(TINY, noise_conditional=False, activation="relu")
    config = replace(load_recipe(name).train, batch_size=2)
    made = trainer(config, flow)
    before = [p.clone() for p in made.flow.parameters()]
    advance(made, 2)
    after = made.flow.parameters()
    assert any((a != b).any() for a, b in zip(after, before, strict=True))


def test_training_lowers_the_loss() -> None:
    found = advance(trainer(replace(QUICK, steps=60)), 60)
    losses = [figures.loss for figures in found]
    assert np.mean(losses[-10:]) < np.mean(losses[:10]) - 0.1
    assert [figures.step for figures in found] == list(range(1, 61))


def test_figures_of_a_step() -> None:
    """The loss and the bits of a flow that stays as it is: a normal density."""

    class Still(ArrayPatches):
        def draw(self, rng: np.random.Generator) -> np.ndarray:
            return np.full((1, 8, 8), 0.5, np.float32)

    source = Still(rough_images(), 8)
    config = replace(QUICK, losses=(Likelihood(weight=2.0),))
    made = Trainer(identity_flow().float(), config, source, initialize=False)
    (figures,) = advance(made)
    nats = 0.5 * (0.5 - MEAN) ** 2 + 0.5 * math.log(2 * math.pi)
    assert figures.loss == pytest.approx(2 * nats, rel=1e-4)
    expected = nats / math.log(2) + math.log2(255)
    assert figures.bits_per_dim == pytest.approx(expected, rel=1e-4)


def test_resuming_continues_bit_exactly(tmp_path: Path) -> None:
    path = tmp_path / "run.checkpoint"
    whole, first, second = trainer(), trainer(), trainer()
    losses = [figures.loss for figures in advance(whole, 6)]
    advance(first, 3)
    first.save(path, {"kept": [1, 2]})
    torch.rand(7)
    assert second.resume(path) == {"kept": [1, 2]}
    assert [figures.loss for figures in advance(second, 3)] == losses[3:]
    assert_same_state(whole, second)


def test_resuming_restores_dropout_and_bfloat16(tmp_path: Path) -> None:
    flow = replace(TINY, noise_conditional=False, context_layers=3, context_dropout=0.5)
    config = replace(
        load_recipe("div2k").train, batch_size=2, precision="bfloat16", steps=4
    )
    whole, first, second = (trainer(config, flow) for _ in range(3))
    advance(whole, 4)
    advance(first, 2)
    first.save(tmp_path / "half")
    torch.manual_seed(2)
    second.resume(tmp_path / "half")
    advance(second, 2)
    assert_same_state(whole, second)


def test_dropout_leaves_the_random_state_of_the_caller() -> None:
    flow = replace(TINY, noise_conditional=False, context_layers=3, context_dropout=0.5)
    made = trainer(replace(QUICK, losses=(Likelihood(),)), flow)
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    advance(made)
    assert torch.equal(torch.rand(3), expected)


def test_a_resumed_training_keeps_nothing_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "run.checkpoint"
    first, second = trainer(), trainer()
    advance(first)
    first.save(path)
    second.resume(path)
    with path.open("r+b") as file:
        size = file.seek(0, 2)
        file.seek(size // 4)
        file.write(b"\x01" * (size - size // 4))
    advance(first)
    advance(second)
    assert_same_state(first, second)


def test_a_step_that_is_given_up_leaves_no_trace(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Trainer, "patches_at_a_time", 1)
    made, other = trainer(), trainer()
    before = state_of(made)
    unfinished = made.advance()
    for _ in range(3):
        next(unfinished)
    unfinished.close()
    assert made.step == 0
    assert all(torch.equal(v, before[k]) for k, v in state_of(made).items())
    advance(made, 2)
    advance(other, 2)
    assert_same_state(made, other)


def test_results_do_not_depend_on_how_a_step_is_cut(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = []
    for at_a_time in (1, 3, 4):
        monkeypatch.setattr(Trainer, "patches_at_a_time", at_a_time)
        found.append([figures.loss for figures in advance(trainer(), 4)])
    np.testing.assert_allclose(found[0], found[2], rtol=1e-4)
    np.testing.assert_allclose(found[1], found[2], rtol=1e-4)


def test_big_flows_are_computed_patch_by_patch() -> None:
    made = trainer()
    assert made.patches_at_a_time >= made.config.batch_size
    big = FlowConfig(channels=1, levels=2, steps=16, hidden=192)
    config = replace(QUICK, losses=(Likelihood(),), batch_size=64)
    source = ArrayPatches(rough_images(side=64), 64)
    made = Trainer(MultiscaleFlow(big), config, source, initialize=False)
    assert 1 <= made.patches_at_a_time < 64


def test_a_whole_batch_of_patches_is_drawn_once(tmp_path: Path) -> None:
    """Every patch of every step is drawn from a generator of its own."""
    made, probe = trainer(), Probe(seen=([],))
    made.config = replace(QUICK, losses=(probe,))
    advance(made, 3)
    drawn = torch.cat([given.noisy for given in probe.seen[0]]).flatten(1)
    assert len(torch.unique(drawn.detach(), dim=0)) == 12


def test_non_finite_gradients_are_skipped_then_reported() -> None:
    made = trainer(replace(QUICK, steps=100, learning_rate=1e-3))
    with torch.no_grad():
        made.flow.levels[0].steps[1].shift.fill_(float("nan"))
    before = [p.clone() for p in made.average.parameters()]
    (figures,) = advance(made)
    assert figures.skipped == 1
    pairs = zip(made.average.parameters(), before, strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)
    with pytest.raises(TrainingError, match="50 steps in a row"):
        advance(made, 100)


def with_gradient(value: float, config: TrainConfig) -> tuple[Trainer, StepFigures]:
    """Train a step in which a single gradient has a given value and all others 0."""
    made = trainer(replace(config, losses=(Likelihood(),)))
    for parameter in made.flow.parameters():
        parameter.register_hook(torch.zeros_like)
    shift = made.flow.levels[0].steps[1].shift
    shift.register_hook(lambda g: g.index_fill(1, torch.tensor([0]), value))
    return made, advance(made)[0]


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
@pytest.mark.parametrize("clip_value", [1e5, math.inf])
def test_no_clipping_hides_a_non_finite_gradient(
    value: float, clip_value: float
) -> None:
    made, event = with_gradient(value, replace(QUICK, clip_value=clip_value))
    assert event.skipped == 1
    assert not math.isfinite(event.gradient_norm)
    assert not made.optimisers.adam.state
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
        (event,) = advance(made)
    assert event.skipped == 117


def test_the_average_follows_the_weights() -> None:
    made = trainer(replace(QUICK, ema=0.5))
    before = [p.clone() for p in made.average.parameters()]
    advance(made)
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
    advance(trainer(replace(config, losses=(probe,)), flow), config.steps)
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
    made = replace(QUICK, steps=100, warmup=10, decay=0.4, learning_rate=1.0)
    assert made.learning_rate_at(0) == pytest.approx(0.1)
    assert made.learning_rate_at(9) == made.learning_rate_at(59) == 1.0
    assert made.learning_rate_at(80) == pytest.approx(0.5)
    assert made.learning_rate_at(99) < 0.01
    flat = replace(QUICK, warmup=0, decay=0.0)
    assert flat.learning_rate_at(0) == flat.learning_rate_at(5) == QUICK.learning_rate


def test_score_matching_needs_conditioning() -> None:
    with pytest.raises(InputError, match="conditioned on the noise"):
        trainer(flow=replace(TINY, noise_conditional=False))


def test_patches_must_fit_the_flow() -> None:
    with pytest.raises(InputError, match="1 channels and the flow 3"):
        trainer(flow=replace(TINY, channels=3))
    with pytest.raises(InputError, match="18 pixels do not divide by 4"):
        trainer(size=18)
