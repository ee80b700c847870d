"""A part of a layer restored as the form says, for a preview."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_flowprior._errors import InputError
from napari_flowprior._widgets import jobs
from napari_flowprior._widgets.fields import device_here
from napari_flowprior._widgets.layers import array_fields
from napari_flowprior._widgets.preview import (
    Asked,
    Picture,
    Region,
    crop,
    find_region,
    middle_region,
)
from napari_flowprior._widgets.restore._cost import Cost, measure
from napari_flowprior._widgets.restore._job import Part, RestoreJob, compute
from napari_flowprior._widgets.restore._new_layer import NewLayer

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Hashable

    import napari

    from napari_flowprior.restoration import RestoreResult

__all__ = ["Previews"]

# Seconds from which on a rough picture comes first, and its rows and columns where a
# restoration takes its time.
_SOON, _ROUGH_SIDE = 0.25, 64
# Most of what an estimator does for a rough picture, where it takes steps.
_FEW = {"steps": 2, "chains": 1}


class Previews:
    """Computes previews and costs one at a time, with a prior that is kept.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
        Where they are shown.
    take : callable
        Takes down a layer, and how it is restored; raises an `InputError` if that is
        wrong.
    """

    def __init__(
        self,
        viewer: napari.viewer.Viewer,
        take: Callable[[], tuple[Any, RestoreJob]],
    ) -> None:
        self._viewer = viewer
        self._take = take
        self._turn = threading.Lock()
        self._prior: tuple[Hashable, Any] = (None, None)
        self._seconds: dict[Hashable, float] = {}

    def ask(self, shapes: Any) -> Asked:
        """Take down what is to be previewed.

        Parameters
        ----------
        shapes : Shapes or None
            What bounds it; None for what is in view.

        Returns
        -------
        Asked
            Independent of what becomes of layers and fields.

        Raises
        ------
        InputError
            If the settings are wrong, or there is nothing to be seen.
        """
        layer, job = self._take()
        axes, level = job.options["axes"], job.level
        region = find_region(self._viewer, layer, axes, shapes, level=level)
        new = NewLayer(layer, job)
        return Asked(
            layer=layer,
            region=region,
            covering=new.earlier(self._viewer.layers),
            settings=new.settings,
            work=partial(self._work, job, region),
        )

    def estimate(self) -> Callable[[], Generator[Any, None, Cost]] | None:
        """Take down what is to be restored, to tell what it will take.

        Returns
        -------
        generator function or None
            It restores a tile of it and returns the cost; None if nothing can be
            restored with these settings.
        """
        try:
            _, job = self._take()
        except InputError:
            return None
        if device_here(device := job.options["device"]) != device:
            # What a cluster takes, nobody knows.
            return None
        shape = tuple(job.image.shape)
        region = middle_region(shape, job.options["axes"], _ROUGH_SIDE)
        return partial(self._measured, job, region)

    def _measured(self, job: RestoreJob, region: Region) -> Generator[Any, None, Cost]:
        yield from self._wait()
        try:
            with jobs.quietly():
                job = self._with_prior(job)
                tile = _cut(job, region, tuple(job.image.shape))
                return (yield from measure(job, tile, region))
        finally:
            self._turn.release()

    def _work(self, job: RestoreJob, region: Region) -> Generator[Any, None, None]:
        yield from self._wait()
        try:
            with jobs.quietly():
                yield from self._pictures(job, region)
        finally:
            self._turn.release()

    def _wait(self) -> Generator[None, None, None]:
        while not self._turn.acquire(timeout=0.1):
            yield

    def _pictures(self, job: RestoreJob, region: Region) -> Generator[Any, None, None]:
        yield
        job = replace(self._with_prior(job), sampling=None, log_likelihood=False)
        kind = tuple(part.name for part in job.degradation), job.estimator
        if self._seconds.get((kind, region.shape), 1.0) > _SOON:
            yield from _restored(*_rough(job, region), rough=True)
        began = time.monotonic()
        yield from _restored(job, region)
        self._seconds[kind, region.shape] = time.monotonic() - began

    def _with_prior(self, job: RestoreJob) -> RestoreJob:
        prior = self._loaded(job)
        # What is in view is sooner restored here than sent to a cluster.
        device = device_here(job.options["device"])
        return replace(job, options={**job.options, "prior": prior, "device": device})

    def _loaded(self, job: RestoreJob) -> Any:
        from napari_flowprior.priors import FlowPrior, default_prior
        from napari_flowprior.restoration import DEGRADATIONS

        name = job.options["prior"]
        if name == "auto":
            # Of the whole image, as a part may be grey.
            whole = job.image if job.whole is None else job.whole
            rounds = any(DEGRADATIONS[part.name].rounds for part in job.degradation)
            name = default_prior(whole, job.options["axes"], together=rounds)
        path = Path(name)
        key = name, path.stat().st_mtime if path.is_file() else None
        if self._prior[0] != key:
            self._prior = key, FlowPrior.load(name)
        return self._prior[1]


def _rough(job: RestoreJob, region: Region) -> tuple[RestoreJob, Region]:
    """Ask for what comes soon: less of it, and noise as if it were plain."""
    from napari_flowprior.restoration import DEGRADATIONS, Noise

    kinds: list[Any] = [DEGRADATIONS[part.name] for part in job.degradation]
    if not all(kind.only_noise for kind in kinds):
        finer = any(kind.enlarges for kind in kinds)
        side = _ROUGH_SIDE // 2 if finer else _ROUGH_SIDE
        return _in_few_steps(job, kinds), region.middle(side)
    options = {"sigma": job.degradation[-1].options.get("sigma")}
    plain = (Part(name=Noise.name, options=options, arrays={}),)
    simple = replace(job, degradation=plain, estimator="auto", estimator_options={})
    return simple, region.middle(2 * _ROUGH_SIDE)


def _in_few_steps(job: RestoreJob, kinds: list[Any]) -> RestoreJob:
    """Let an estimator take as few steps as show what it would come to."""
    from napari_flowprior.restoration import ESTIMATORS, Compose
    from napari_flowprior.restoration import options as options_of

    name, options = job.estimator, dict(job.estimator_options)
    if name == "auto":
        made = [kind.example() for kind in kinds]
        degradation = made[0] if len(made) == 1 else Compose(*made)
        name, chosen = degradation.default_estimator(job.options["prior"])
        options = dict(chosen)
    own = {option.name: option.default for option in options_of(ESTIMATORS[name])}
    few = {
        setting: min(most, options.get(setting, own[setting]))
        for setting, most in _FEW.items()
        if setting in own
    }
    return replace(job, estimator=name, estimator_options={**options, **few})


def _restored(
    job: RestoreJob, region: Region, *, rough: bool = False
) -> Generator[Any, None, None]:
    shape = tuple(job.image.shape)
    result = yield from compute(_cut(job, region, shape))
    yield _picture(result, region, shape, rough=rough)


def _cut(job: RestoreJob, region: Region, shape: tuple[int, ...]) -> RestoreJob:
    """Leave the region only, of the image and of all arrays of its size."""
    return replace(
        job,
        image=crop(job.image, region, shape),
        whole=job.image,
        degradation=tuple(_cut_part(part, region, shape) for part in job.degradation),
    )


def _cut_part(part: Part, region: Region, shape: tuple[int, ...]) -> Part:
    from napari_flowprior.restoration import DEGRADATIONS

    kind: Any = DEGRADATIONS[part.name]
    kinds = array_fields(kind)
    arrays: dict[str, Callable[[], Any]] = {
        name: make if kinds[name] == "psf" else partial(_cropped, make, region, shape)
        for name, make in part.arrays.items()
    }
    return replace(part, arrays=arrays)


def _cropped(make: Callable[[], Any], region: Region, shape: tuple[int, ...]) -> Any:
    return crop(make(), region, shape)


def _picture(
    result: RestoreResult, region: Region, shape: tuple[int, ...], *, rough: bool
) -> Picture:
    column = region.axes.index("X")
    read = region.read[column]
    factor = result.image.shape[column] // (read.stop - read.start)
    data = result.image[region.inner(factor)]
    return Picture(region, data, factor, _say(result, region, rough=rough))


def _say(result: RestoreResult, region: Region, *, rough: bool) -> str:
    if rough:
        return "A rough look; the real one follows…"
    rows, columns = region.shape
    text = f"{rows}x{columns} pixels in {result.provenance['seconds']:.1f} s"
    text += "." if region.whole else ", the middle of what is in view."
    return " ".join([text, *map(jobs.in_fields, result.warnings)])
