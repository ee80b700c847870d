"""The files of a training: prior, checkpoint and table of figures."""

from __future__ import annotations

import csv
import io
import math
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from napari_flowprior._errors import InputError
from napari_flowprior.data import atomic_path, remove_unfinished

if TYPE_CHECKING:
    from collections.abc import Iterator

    from napari_flowprior.training._events import HeldOutFigures, StepFigures

__all__ = ["COLUMNS", "TrainOutputs"]

_SUFFIX = ".safetensors"
COLUMNS = (
    "step",
    "seconds",
    "loss",
    "train_bits_per_dim",
    "gradient_norm",
    "learning_rate",
    "skipped",
    "bits_per_dim",
    "denoising_psnr",
)
"""Columns of the table of figures; the last two are filled at validations."""


@dataclass(frozen=True)
class TrainOutputs:
    """Where a training writes.

    Parameters
    ----------
    prior : Path
        The prior, ``NAME.safetensors``.

    Raises
    ------
    InputError
        If the name has another suffix.
    """

    prior: Path

    def __post_init__(self) -> None:
        object.__setattr__(self, "prior", Path(self.prior).expanduser())
        if self.prior.suffix != _SUFFIX:
            raise InputError(
                f"A prior is a {_SUFFIX} file; name it {self.prior.name}{_SUFFIX}."
            )
        if self.prior.stem.endswith(".checkpoint"):
            raise InputError(f"{self.prior} is the name of a checkpoint; name a prior.")

    @property
    def checkpoint(self) -> Path:
        """The last state."""
        return self.prior.with_name(f"{self.prior.stem}.checkpoint{_SUFFIX}")

    @property
    def metrics(self) -> Path:
        """The table of figures."""
        return self.prior.with_name(f"{self.prior.stem}.metrics.csv")

    def check(self, *, resume: bool, overwrite: bool) -> None:
        """Refuse to lose what is there, before anything is done.

        Parameters
        ----------
        resume : bool
            Whether a training goes on.
        overwrite : bool
            Whether files may be replaced.

        Raises
        ------
        InputError
            If there is nothing to resume, a file exists, or the folder does not.
        """
        if not self.prior.parent.is_dir():
            raise InputError(
                f"The folder {self.prior.parent} does not exist; create it first."
            )
        if resume:
            if not self.checkpoint.is_file():
                raise InputError(
                    f"There is no {self.checkpoint} to resume; start without resuming."
                )
            return
        taken = [p for p in (self.prior, self.checkpoint, self.metrics) if p.exists()]
        if taken and not overwrite:
            raise InputError(
                f"{taken[0]} exists already; resume that training, overwrite it, or "
                "choose another name."
            )

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep other trainings away from these files, and tidy up after killed ones.

        Yields
        ------
        None
            Once, to the block that may write.

        Raises
        ------
        InputError
            If another training has these files, or the folder cannot be written to.
        """
        path = self.prior.with_name(f".{self.prior.stem}.lock")
        # A training may be closed by another thread than began it.
        lock = FileLock(path, timeout=0, thread_local=False)
        try:
            lock.acquire()
        except Timeout:
            raise InputError(
                f"{self.prior} is being trained already, here or by another program; "
                "wait for it, stop it, or choose another name."
            ) from None
        except NotImplementedError:
            # Some file systems have no locks.
            yield
            return
        except OSError as error:
            raise InputError(
                f"{self.prior.parent} cannot be written to ({error.strerror}); check "
                "its permissions, or choose another folder."
            ) from error
        try:
            for file in (self.prior, self.checkpoint, self.metrics):
                remove_unfinished(file)
            yield
        finally:
            # Windows removes no file that is open.
            with suppress(OSError):
                path.unlink()
            lock.release()

    def start_metrics(self, step: int) -> None:
        """Begin the table, or keep the rows up to a step that a training resumes from.

        Parameters
        ----------
        step : int
            Steps done.
        """
        rows: list[tuple[str, ...]] = [COLUMNS]
        if step and self.metrics.is_file():
            with self.metrics.open(newline="") as file:
                kept = list(csv.reader(file))[1:]
            rows += [tuple(row) for row in kept if _is_up_to(row, step)]
        with atomic_path(self.metrics, overwrite=True) as temporary:
            temporary.write_text("".join(map(_line, rows)))

    def add_metrics(
        self, figures: StepFigures, held_out: HeldOutFigures | None
    ) -> None:
        """Append a row to the table.

        Parameters
        ----------
        figures : StepFigures
            Of the step.
        held_out : HeldOutFigures or None
            Of the validation after it, if there was one.

        Raises
        ------
        InputError
            If the table cannot be written.
        """
        row = (
            figures.step,
            round(figures.seconds, 3),
            figures.loss,
            figures.bits_per_dim,
            figures.gradient_norm,
            figures.learning_rate,
            figures.skipped,
            None if held_out is None else held_out.bits_per_dim,
            None if held_out is None else held_out.denoising_psnr,
        )
        texts = ["" if _is_empty(value) else repr(value) for value in row]
        try:
            with self.metrics.open("a", newline="") as file:
                file.write(_line(texts))
        except OSError as error:
            raise InputError(
                f"{self.metrics} cannot be written ({error.strerror}); check the "
                "folder, its permissions and the space left."
            ) from error


def _is_empty(value: float | None) -> bool:
    return value is None or math.isnan(value)


def _is_up_to(row: list[str], step: int) -> bool:
    # The last row is cut short where a computer went down.
    return len(row) == len(COLUMNS) and row[0].isdigit() and int(row[0]) <= step


def _line(row: tuple[object, ...] | list[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(row)
    return text.getvalue()
