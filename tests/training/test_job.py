"""Whole trainings: from images to a prior, stopped, resumed, and refused."""

from __future__ import annotations

import csv
import errno
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from patches import rough_images
from recipes import TINY

from napari_flowprior._errors import InputError, TrainingError
from napari_flowprior.flow import FlowConfig, MultiscaleFlow
from napari_flowprior.priors import FlowPrior, PriorInfo
from napari_flowprior.training import (
    Trainer,
    TrainEvent,
    TrainingImage,
    TrainJob,
    TrainOutputs,
    iter_foresee,
    iter_train,
    load_recipe,
    train,
)
from napari_flowprior.training import _run as run_module
from napari_flowprior.training._starting import _with_score_network

if TYPE_CHECKING:
    from pathlib import Path


def stack(side: int = 64) -> TrainingImage:
    images = rough_images(4, side)[:, 0]
    return TrainingImage(images, "ZYX", "blocks")


@pytest.fixture
def job(tmp_path: Path) -> TrainJob:
    """A job for a second; nobody looks whether its images are noisy."""
    recipe = tmp_path / "tiny.toml"
    recipe.write_text(TINY)
    return TrainJob(
        out=tmp_path / "mine.safetensors",
        recipe=recipe,
        data=(stack(),),
        device="cpu",
        insist=True,
    )


def changed(job: TrainJob, **values: object) -> TrainJob:
    return TrainJob(**{**vars(job), **values})


def rows(job: TrainJob) -> list[dict[str, str]]:
    with TrainOutputs(job.out).metrics.open(newline="") as file:
        return list(csv.DictReader(file))


def without_time(job: TrainJob) -> list[dict[str, str]]:
    return [{k: v for k, v in row.items() if k != "seconds"} for row in rows(job)]


def test_a_prior_is_trained_and_used(job: TrainJob) -> None:
    job = changed(job, description="blocks", licence="CC0", sources=("drawn here",))
    job = changed(job, insist=False)
    run = iter_train(changed(job, pictures=True))
    events = list(run)
    check_events(events)
    result = run.result
    assert result.finished
    assert result.best in [event.held_out for event in events]
    prior = FlowPrior.load(result.prior)
    assert prior.denoise(torch.rand(1, 1, 16, 16), 0.1).shape == (1, 1, 16, 16)
    assert (prior.info.licence, prior.info.sources) == ("CC0", ("drawn here",))
    assert prior.info.training["steps"] == result.best.step
    assert prior.sigma_max == pytest.approx(60 / 255)
    assert [row["step"] for row in rows(job)] == [str(i) for i in range(1, 9)]
    assert [bool(row["bits_per_dim"]) for row in rows(job)] == [False] * 3 + [True] + [
        False
    ] * 3 + [True]


def check_events(events: list[TrainEvent]) -> None:
    (plan,) = [event.plan for event in events if event.plan]
    assert plan.parameters > 100
    assert plan.memory > 1000
    assert (plan.steps, plan.batch_size, plan.device) == (8, 4, "cpu")
    (data,) = [event.data for event in events if event.data]
    assert data.planes == 4
    assert [event.step.step for event in events if event.step] == list(range(1, 9))
    assert [event.held_out.step for event in events if event.held_out] == [4, 8]
    pictures = [event.pictures for event in events if event.pictures]
    assert len(pictures) == 2
    assert pictures[0].restored is not None
    phases = list(dict.fromkeys(event.phase for event in events))
    assert phases == ["reading", "training", "validating"]


def test_a_training_is_foreseen(job: TrainJob) -> None:
    foreseen = iter_foresee(job).result
    events = list(iter_train(job))
    (plan,) = [event.plan for event in events if event.plan]
    (data,) = [event.data for event in events if event.data]
    assert (foreseen.plan, foreseen.data) == (plan, data)


def test_nothing_is_written_by_foreseeing(job: TrainJob, tmp_path: Path) -> None:
    # A file of that name is no obstacle.
    job.out.touch()
    files = sorted(tmp_path.iterdir())
    before = torch.random.get_rng_state()
    assert iter_foresee(job).result.plan is not None
    assert sorted(tmp_path.iterdir()) == files
    assert job.out.stat().st_size == 0
    assert torch.equal(torch.random.get_rng_state(), before)


def test_an_adaptation_is_foreseen(job: TrainJob) -> None:
    adapts = changed(job, recipe="finetune", images="noisy", start="photo-gray")
    foreseen = iter_foresee(adapts).result
    assert foreseen.data.planes == 4
    prior = FlowPrior.load("photo-gray")
    network = sum(p.numel() for p in prior.flow.score_network.parameters())
    assert foreseen.plan.parameters == network
    # The network, gradients and two moments of each weight at least.
    assert foreseen.plan.memory > 4 * 4 * network
    with pytest.raises(InputError, match="from nothing"):
        iter_foresee(changed(job, images="noisy")).result  # noqa: B018


def test_the_best_prior_is_kept(job: TrainJob, monkeypatch: pytest.MonkeyPatch) -> None:
    psnrs = iter([20.0, 30.0, 25.0, 26.0])
    real = run_module.Validation.measure

    def measure(self: object, flow: MultiscaleFlow, step: int) -> object:
        figures = yield from real(self, flow, step)
        vars(figures)["denoising_psnr"] = next(psnrs)
        return figures

    monkeypatch.setattr(run_module.Validation, "measure", measure)
    recipe = job.recipe.with_name("often.toml")
    recipe.write_text(TINY.replace("validate_every = 4", "validate_every = 2"))
    result = train(changed(job, recipe=recipe))
    assert result.best.step == 4
    assert FlowPrior.load(job.out).info.training["steps"] == 4


def test_stopped_and_resumed_it_goes_on_bit_exactly(
    job: TrainJob, tmp_path: Path
) -> None:
    whole = changed(job, out=tmp_path / "whole.safetensors")
    train(whole)
    run = iter_train(job)
    for event in run:
        if event.step and event.step.step == 5:
            break
    run.close()
    assert TrainOutputs(job.out).checkpoint.exists()
    # What a killed process may leave behind: rows after the last checkpoint.
    with TrainOutputs(job.out).metrics.open("a") as file:
        file.write("6,1.0,0.1,0.2,0.3,0.4,0,,\n7,1")
    result = train(changed(job, resume=True))
    assert result.step == 8
    assert without_time(job) == without_time(whole)
    tensors = FlowPrior.load(job.out).flow.state_dict()
    expected = FlowPrior.load(whole.out).flow.state_dict()
    assert all(torch.equal(tensors[name], expected[name]) for name in expected)


def test_stopped_in_a_validation_nothing_is_missing_from_the_table(
    job: TrainJob, tmp_path: Path
) -> None:
    whole = changed(job, out=tmp_path / "whole.safetensors")
    train(whole)
    for resume in (False, True):
        run = iter_train(changed(job, resume=resume))
        for event in run:
            if event.phase == "validating" and event.done == event.total // 2:
                break
        run.close()
    result = train(changed(job, resume=True))
    assert result.best is not None
    assert without_time(job) == without_time(whole)


def test_stopping_before_a_validation_still_leaves_a_prior(job: TrainJob) -> None:
    run = iter_train(job)
    for event in run:
        if event.step:
            break
    run.close()
    assert FlowPrior.load(job.out).info.training["steps"] == 1


def test_stopping_before_the_first_step_leaves_nothing(
    job: TrainJob, tmp_path: Path
) -> None:
    before = set(tmp_path.iterdir())
    run = iter_train(job)
    for event in run:
        if event.plan:
            break
    run.close()
    assert set(tmp_path.iterdir()) == before


def test_a_finished_training_can_be_extended(job: TrainJob) -> None:
    train(job)
    assert train(changed(job, resume=True)).step == 8
    result = train(changed(job, resume=True, steps=10))
    assert result.step == 10
    assert len(rows(job)) == 10


def test_time_budget(job: TrainJob) -> None:
    result = train(changed(job, minutes=0.01, steps=100_000))
    assert 6 < result.steps < 100_000
    assert result.finished
    assert result.seconds < 3


def test_fine_tuning_starts_from_a_prior(job: TrainJob, tmp_path: Path) -> None:
    start = train(changed(job, out=tmp_path / "start.safetensors", licence="CC0"))
    result = train(changed(job, start=start.prior, steps=4))
    events = list(iter_train(changed(job, start=start.prior, overwrite=True)))
    assert events[-1].step.step == 8
    info = FlowPrior.load(result.prior).info
    assert info.training["started_from"] == "start"
    assert info.licence == "CC0"


def test_fine_tuning_that_fails_writes_no_prior(job: TrainJob, tmp_path: Path) -> None:
    start = train(changed(job, out=tmp_path / "start.safetensors", steps=40))
    job.out.write_bytes(b"another")
    run = train(
        changed(job, start=start.prior, learning_rate=1.0, steps=2, overwrite=True)
    )
    assert run.best is not None
    assert run.best.step == 0
    assert not run.improved
    assert job.out.read_bytes() == b"another"
    assert start.improved


def test_a_prior_without_noise_levels_is_tuned_on_the_likelihood(
    job: TrainJob, tmp_path: Path
) -> None:
    flow = MultiscaleFlow(FlowConfig(channels=1, levels=2, steps=1, hidden=6))
    path = tmp_path / "plain.safetensors"
    FlowPrior(flow, PriorInfo(name="plain")).save(path)
    events = list(iter_train(changed(job, start=path)))
    (plan,) = [event.plan for event in events if event.plan]
    assert "likelihood alone" in plan.warnings[0]
    assert FlowPrior.load(job.out).sigma_max == 0


SCORE = TINY.replace("[patches]", "score_widths = [4, 6]\n[patches]")
SCORE_ALONE = SCORE[: SCORE.index("[[train.losses]]")] + (
    '[[train.losses]]\nname = "denoising"\n'
)


@pytest.fixture
def score_job(job: TrainJob, tmp_path: Path) -> TrainJob:
    """A job that gives a prior a score network."""
    start = train(changed(job, out=tmp_path / "start.safetensors")).prior
    recipe = tmp_path / "score.toml"
    recipe.write_text(SCORE_ALONE)
    return changed(job, recipe=recipe, start=start)


def test_a_prior_gets_a_score_network_and_keeps_its_flow(score_job: TrainJob) -> None:
    result = train(score_job)
    before = FlowPrior.load(score_job.start).flow
    after = FlowPrior.load(result.prior).flow
    assert after.config.score_widths == (4, 6)
    weights = after.state_dict()
    for name, tensor in before.state_dict().items():
        assert torch.equal(weights[name], tensor), name
    assert weights["score_network.tail.weight"].abs().sum() > 0
    assert FlowPrior.load(result.prior).info.training["losses"] == {"denoising": 1.0}


def test_training_of_a_score_network_resumes_bit_exactly(
    score_job: TrainJob, tmp_path: Path
) -> None:
    whole = changed(score_job, out=tmp_path / "whole.safetensors")
    train(whole)
    run = iter_train(score_job)
    for event in run:
        if event.step and event.step.step == 5:
            break
    run.close()
    train(changed(score_job, resume=True))
    assert without_time(score_job) == without_time(whole)
    tensors = FlowPrior.load(score_job.out).flow.state_dict()
    expected = FlowPrior.load(whole.out).flow.state_dict()
    assert all(torch.equal(tensors[name], expected[name]) for name in expected)


def test_more_training_of_a_score_network_keeps_it(
    score_job: TrainJob, tmp_path: Path
) -> None:
    first = train(score_job).prior
    again = changed(score_job, start=first, steps=1, out=tmp_path / "again.safetensors")
    events = list(iter_train(again))
    (begin,) = [e.held_out for e in events if e.held_out and e.held_out.step == 0]
    psnr = FlowPrior.load(first).info.training["held_out_psnr_at_sigma_25"]
    assert begin.denoising_psnr == pytest.approx(psnr, abs=1e-3)


def test_a_score_network_learns_where_noise_was_cut_off(
    score_job: TrainJob, tmp_path: Path
) -> None:
    """What it is told besides has no effect before training has."""
    first = train(score_job).prior
    recipe = tmp_path / "told.toml"
    told = SCORE_ALONE.replace("[patches]", "score_clipping = true\n[patches]")
    recipe.write_text(told + "clipped = 0.5\nhighest = 0.9\n")
    out = tmp_path / "told.safetensors"
    again = changed(score_job, recipe=recipe, start=first, out=out)
    train(again)
    prior = FlowPrior.load(out)
    assert prior.flow.config.score_clipping
    assert prior.sigma_max == 0.9
    assert prior.density_sigma_max == FlowPrior.load(first).sigma_max
    tuned = changed(again, start=out, recipe="finetune", steps=1, overwrite=True)
    train(changed(tuned, out=tmp_path / "tuned.safetensors"))
    after = FlowPrior.load(tmp_path / "tuned.safetensors")
    assert (after.sigma_max, after.density_sigma_max) == (
        prior.sigma_max,
        prior.density_sigma_max,
    )


def test_what_is_told_besides_has_no_effect_at_first() -> None:
    config = FlowConfig(
        channels=1,
        levels=2,
        steps=1,
        hidden=6,
        activation="silu",
        noise_conditional=True,
        score_widths=(4, 6),
    )
    torch.manual_seed(0)
    flow = MultiscaleFlow(config).eval()
    torch.nn.init.normal_(flow.score_network.tail.weight)
    recipe = load_recipe("score")
    larger = _with_score_network(flow, recipe).eval()
    assert larger.config == replace(config, score_clipping=True)
    x, cut = torch.rand(1, 1, 16, 16), torch.ones(1, 2)
    torch.testing.assert_close(larger.denoise(x, 0.1, cut), flow.denoise(x, 0.1))


def test_flow_and_score_network_are_trained_together(
    job: TrainJob, tmp_path: Path
) -> None:
    recipe = tmp_path / "joint.toml"
    recipe.write_text(SCORE + '[[train.losses]]\nname = "denoising"\n')
    result = train(changed(job, recipe=recipe))
    prior = FlowPrior.load(result.prior)
    assert set(prior.info.training["losses"]) == {"likelihood", "score", "denoising"}
    assert prior.flow.score_network is not None


def test_fine_tuning_trains_what_restores(job: TrainJob, tmp_path: Path) -> None:
    """Without a score network that is the gradient of the flow."""
    start = train(changed(job, out=tmp_path / "start.safetensors")).prior
    recipe = tmp_path / "tune.toml"
    tune = SCORE_ALONE[: SCORE_ALONE.index("[flow]")]
    recipe.write_text(tune + SCORE_ALONE[SCORE_ALONE.index("[patches]") :])
    result = train(changed(job, recipe=recipe, start=start))
    prior = FlowPrior.load(result.prior)
    assert prior.flow.score_network is None
    assert set(prior.info.training["losses"]) == {"score"}


def test_a_prior_without_noise_levels_gets_no_score_network(
    score_job: TrainJob, tmp_path: Path
) -> None:
    flow = MultiscaleFlow(FlowConfig(channels=1, levels=2, steps=1, hidden=6))
    path = tmp_path / "plain.safetensors"
    FlowPrior(flow, PriorInfo(name="plain")).save(path)
    with pytest.raises(InputError, match="start from another prior"):
        train(changed(score_job, start=path))


def test_existing_files_are_not_replaced(job: TrainJob) -> None:
    train(job)
    before = job.out.read_bytes()
    with pytest.raises(InputError, match="exists already"):
        train(job)
    assert job.out.read_bytes() == before
    assert train(changed(job, overwrite=True)).step == 8


def test_a_failed_training_leaves_the_last_good_state(
    job: TrainJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Trainer._accumulate

    def failing(self: Trainer, chunk: list[object]) -> torch.Tensor:
        if self.step == 6:
            raise torch.OutOfMemoryError("no more")
        return real(self, chunk)

    monkeypatch.setattr(Trainer, "_accumulate", failing)
    with pytest.raises(torch.OutOfMemoryError):
        train(job)
    monkeypatch.undo()
    result = train(changed(job, resume=True))
    assert result.step == 8
    assert len(rows(job)) == 8


def test_lack_of_memory_is_explained(
    job: TrainJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object) -> None:
        raise torch.OutOfMemoryError("no more")

    monkeypatch.setattr(Trainer, "_batch", full)
    with pytest.raises(TrainingError, match="fewer with a smaller batch size"):
        train(changed(job, start="photo-gray"))


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"data": ()}, "needs images"),
        ({"recipe": "sprites"}, "draws its images"),
        ({"recipe": "mnist", "data": ("a", "b")}, "MNIST is one npz"),
        ({"resume": True}, "no .*checkpoint.* to resume"),
        ({"steps": 0}, "steps is 0"),
        ({"device": "cuda:77"}, "not available"),
        ({"start": "photo-rgb"}, "for images of 3 channels"),
        ({"start": "nowhere"}, "There is no prior"),
        ({"colour": "pink"}, "pink"),
    ],
    ids=str,
)
def test_jobs_that_cannot_be_done(
    job: TrainJob, values: dict[str, object], sentence: str
) -> None:
    with pytest.raises((InputError, ValueError), match=sentence):
        train(changed(job, **values))
    assert not job.out.exists()


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("prior", "name it prior.safetensors"),
        ("a.checkpoint.safetensors", "name of a checkpoint"),
        ("no/where.safetensors", "does not exist"),
    ],
)
def test_bad_names(job: TrainJob, tmp_path: Path, name: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        train(changed(job, out=tmp_path / name))


def test_minutes_are_positive(job: TrainJob) -> None:
    with pytest.raises(InputError, match="minutes is 0"):
        changed(job, minutes=0)


def test_memory_is_foreseen(job: TrainJob) -> None:
    """The plan counts weights, moments and features; data are counted with it."""
    small, large = (
        next(e.plan for e in iter_train(changed(job, batch_size=b)) if e.plan)
        for b in (2, 8)
    )
    assert large.memory > small.memory
    assert large.parameters == small.parameters
    assert np.isfinite(large.memory)


def test_two_trainings_of_one_prior_are_refused(job: TrainJob) -> None:
    with iter_train(job) as first:
        next(first)
        for more in ({}, {"overwrite": True}, {"resume": True}):
            with pytest.raises(InputError, match="is being trained already"):
                train(changed(job, **more))
            TrainOutputs(job.out).checkpoint.touch()
        TrainOutputs(job.out).checkpoint.unlink()
        with iter_train(changed(job, out=job.out.with_stem("other"))) as other:
            next(other)
    assert train(job).finished
    left = {path.name for path in job.out.parent.iterdir()}
    assert not any(name.startswith(".") for name in left)


def test_what_a_killed_training_left_is_removed(job: TrainJob) -> None:
    outputs = TrainOutputs(job.out)
    unfinished = [
        path.with_name(f".0123456789ab-{path.name}")
        for path in (job.out, outputs.checkpoint, outputs.metrics)
    ]
    others = job.out.with_name(".0123456789ab-yours.safetensors")
    for path in (*unfinished, others):
        path.touch()
    train(changed(job, steps=1))
    assert not any(path.exists() for path in unfinished)
    assert others.exists()


def test_where_nothing_can_be_locked_it_is_trained_all_the_same(
    job: TrainJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(self: object) -> None:
        raise NotImplementedError

    monkeypatch.setattr("filelock.FileLock._acquire", missing)
    assert train(changed(job, steps=1)).finished


def test_folder_that_cannot_be_written_to_is_told_first(
    job: TrainJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr("filelock.FileLock._acquire", refuse)
    with pytest.raises(InputError, match="Read-only file system"):
        train(job)


def test_data_that_is_taken_away_stops_it_and_is_gone_on_with(job: TrainJob) -> None:
    recipe = job.out.with_name("uncached.toml")
    recipe.write_text(TINY.replace("size = 16\n", "size = 16\ncache = 0\n"))
    images = job.out.with_name("images")
    images.mkdir()
    for number, image in enumerate(rough_images(3, 64)[:, 0]):
        np.save(images / f"{number}.npy", image)
    job = changed(job, data=(images,), recipe=recipe)
    expected = train(changed(job, out=job.out.with_stem("whole"))).best
    with iter_train(job) as training:
        while (step := next(training).step) is None or step.step < 3:
            pass
        images.rename(job.out.with_name("elsewhere"))
        with pytest.raises(InputError, match=r"npy is gone, .* and resume"):
            list(training)
    job.out.with_name("elsewhere").rename(images)
    assert train(changed(job, resume=True)).best == expected


def test_full_disk_is_explained_and_leaves_the_files(job: TrainJob) -> None:
    resource = pytest.importorskip("resource")
    train(changed(job, steps=4))
    outputs = TrainOutputs(job.out)
    before = outputs.checkpoint.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) // 2, hard))
    try:
        with pytest.raises(InputError, match="the space left"):
            train(changed(job, resume=True, steps=8))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert outputs.checkpoint.read_bytes() == before
    assert FlowPrior.load(outputs.prior)
    assert train(changed(job, resume=True, steps=8)).finished
