"""A widget that lets the prior learn from the layer that is to be restored."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Signal

from napari_flowprior._widgets import jobs
from napari_flowprior._widgets.fields import (
    KNOWN,
    device_here,
    free_name,
    make_user_folder,
)
from napari_flowprior._widgets.jobs import Pending
from napari_flowprior._widgets.restore._repeating import RepeatingWidget

if TYPE_CHECKING:
    from napari_flowprior._widgets.restore._form import RestoreForm
    from napari_flowprior.training import TrainJob, TrainResult

__all__ = ["AdaptingWidget"]


class AdaptingWidget(RepeatingWidget):
    """Adapts a prior to a noisy layer in the background, and chooses it.

    Attributes
    ----------
    adapted : Signal(object)
        Emitted once for every `adapt`, with the path of the prior; None if nothing was
        better than the prior to start from, or nothing came of it.
    """

    adapted = Signal(object)

    def adapt(self, minutes: float = 2.0, *, steps: int | None = None) -> Pending:
        """Adapt the chosen prior to the noise of the layer, and choose what it becomes.

        The noise is what a look at the layer finds. The prior is kept only if it is
        surely better on parts of the layer that were held out; its file goes into the
        folder of the user's priors.

        Parameters
        ----------
        minutes : float
            Time to spend at most.
        steps : int, optional
            Steps to make at most, in place of a time.

        Returns
        -------
        Pending
            Its ``wait()`` returns the path of the new prior; None if there is none, or
            if it was cancelled.

        Examples
        --------
        >>> path = widget.adapt(minutes=2).wait()
        >>> layer = widget.run().wait()
        """
        pending = Pending(self, self.adapted, self.failed)
        if not self.running:
            self._adapt(minutes, steps)
        return pending

    def _adapt_briefly(self) -> None:
        self.adapt()

    def _adapt(self, minutes: float, steps: int | None) -> None:
        job = None
        with self._said():
            job = _job(self.form, minutes, steps)
        if job is None:
            self.adapted.emit(None)
            return
        self._start(
            jobs.train,
            job,
            description=f"the adaptation to {self.layer.name}",
            conclude=partial(self._take_prior, self.layer),
        )

    def _take_prior(self, layer: Any, result: TrainResult | None) -> None:
        """Offer a new prior, and choose it if the form still shows the layer."""
        path = None
        if result is not None and result.adapted is not None:
            said = result.adapted.sentence
            if result.adapted.improved:
                path = result.prior
                KNOWN.add(path)
                said += f" It is the prior {path.stem}."
            if path is not None and self.layer is layer:
                self.prior = path
            self._bar.say(said)
        self.adapted.emit(path)


def _job(form: RestoreForm, minutes: float, steps: int | None) -> TrainJob:
    """Describe the training of a prior on the layer of a form."""
    from napari_flowprior.training import TrainingImage, TrainJob

    image, axes = form.source.image()
    name = form.fields["layer"].value.name
    folder = make_user_folder()
    stem = re.sub(r"[^\w-]+", "-", name).strip("-") or "layer"
    return TrainJob(
        out=folder / f"{free_name(folder, f'{stem}-adapted')}.safetensors",
        data=(TrainingImage(image, axes, name),),
        start=form.fields["prior"].value,
        minutes=minutes,
        steps=steps,
        device=device_here(form.fields["device"].value),
        images="noisy",
    )
