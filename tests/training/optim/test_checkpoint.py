"""Checkpoints, damaged ones among them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import torch
from steps import TINY, state_of, trainer

from napari_flowprior._errors import PriorFileError
from napari_flowprior.training.optim._checkpoint import save_checkpoint

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("lost", ["step", "skipped", "more"])
def test_incomplete_checkpoints_are_refused(tmp_path: Path, lost: str) -> None:
    path = tmp_path / "run.checkpoint"
    made = trainer()
    state = {"step": 0, "skipped": 0, "seconds": 0.0, "more": {}}
    del state[lost]
    save_checkpoint(path, made._tensors(), state)
    with pytest.raises(PriorFileError, match="incomplete"):
        made.resume(path)


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
    before = state_of(made)
    with pytest.raises(PriorFileError, match=path.name):
        made.resume(path)
    assert all(torch.equal(v, before[k]) for k, v in state_of(made).items())


def test_checkpoint_of_another_flow_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.checkpoint"
    trainer().save(path)
    with pytest.raises(PriorFileError, match="another flow"):
        trainer(flow=replace(TINY, hidden=7)).resume(path)


@pytest.mark.parametrize("name", ["adam.0.exp_avg", "flow.more", "average.more"])
def test_tensors_of_other_sizes_are_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "run.checkpoint"
    made = trainer()
    tensors = {**made._tensors(), name: torch.zeros(3, 5)}
    save_checkpoint(path, tensors, {"step": 0, "more": {}})
    with pytest.raises(PriorFileError, match="another flow"):
        made.resume(path)
