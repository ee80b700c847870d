"""What is looked at before a restoration, and told after it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from napari_flowprior._errors import FlowPriorError, RestoreError
from napari_flowprior._generators import relay
from napari_flowprior._version import version
from napari_flowprior.data import (
    ChosenRange,
    IntensityScale,
    PlaneView,
    unfilled_of,
)
from napari_flowprior.restoration.engine._events import RestoreEvent
from napari_flowprior.restoration.engine._intensity_curve import CurvedScale
from napari_flowprior.restoration.noise import repairs_of

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from napari_flowprior.priors import FlowPrior
    from napari_flowprior.restoration.degradations import Degradation, Observation
    from napari_flowprior.restoration.engine._plane_engine import PlaneEngine
    from napari_flowprior.restoration.engine._sampling_engine import SamplingEngine
    from napari_flowprior.restoration.engine._tile_engine import Engine

    AnyEngine = Engine | PlaneEngine | SamplingEngine

__all__ = ["errors_named", "provenance", "survey"]


@contextmanager
def errors_named() -> Iterator[None]:
    """Turn what torch raises into errors of ours.

    Generator workers of Qt swallow RuntimeErrors, which is what torch raises.

    Yields
    ------
    None
        Once, to the block.
    """
    try:
        yield
    except FlowPriorError:
        raise
    except RuntimeError as error:
        raise RestoreError(
            f"The computation failed: {str(error).splitlines()[0]}"
        ) from error


def survey(
    view: PlaneView,
    prior: FlowPrior,
    degradation: Degradation,
    seen: Observation,
    wanted: ChosenRange,
) -> Generator[RestoreEvent, None, IntensityScale | CurvedScale]:
    """Find the range of intensities of planes, given how noisy they are."""
    checking = RestoreEvent(done=0, total=0, message="Looking at the image")
    transform, sigma = seen.transform, seen.level
    # Other priors know the range of a type as they were trained with it.
    dim = prior.takes_maps and degradation.only_noise and not degradation.rounds
    search = wanted.find(view, seen.missing, used=dim)
    low, high, ends = yield from relay(search, checking)
    if transform is None:
        low, high = degradation.scene_range(view, low, high)
        return IntensityScale.fit(low, high, sigma, prior.sigma_max, ends=ends)
    low, high = (float(end) for end in transform.forward(np.array([low, high])))
    # What counts end at, zero, cuts no noise off; white of a type does.
    white = (False, ends[1])
    inner = IntensityScale.fit(low, high, sigma, prior.sigma_max, ends=white)
    return CurvedScale(transform, inner)


def provenance(
    engines: Sequence[AnyEngine], given: Degradation, seconds: float
) -> dict[str, Any]:
    """Tell how a result came about, JSON-able.

    Of several parts of an image, all are told under ``parts``, and what is not shared
    is that of the first one.
    """
    engine = engines[0]
    story = {
        "version": version(),
        "prior": {
            "name": engine.prior.name,
            "checksum": engine.prior.info.checksum,
        },
        "given": given.name,
        **_found(engine),
        "axes": engine.view.axes,
        "tile": list(engine.tile),
        "overlap": engine.overlap,
        "device": str(engine.prior.device),
        "precision": "bfloat16" if engine.prior.halves else "float32",
        "torch": torch.__version__,
        "seconds": round(seconds, 3),
        "warnings": [
            *_filled(engines),
            *(w for each in engines for w in _warnings(each)),
        ],
    }
    if len(engines) > 1:
        story["parts"] = [_place(each) | _found(each) for each in engines]
    return story


def _found(engine: AnyEngine) -> dict[str, Any]:
    repairs, unfilled = repairs_of(engine.view), unfilled_of(engine.view.array)
    return {
        "degradation": dict(engine.observation.provenance),
        **({"taken_out": repairs.summary()} if repairs else {}),
        **({"fill_values": list(unfilled.fill.values)} if unfilled else {}),
        "estimator": engine.estimator.summary(),
        "sigma": engine.sigma * engine.scale.gain,
        "intensity": {"offset": engine.scale.offset, "gain": engine.scale.gain},
    }


def _place(engine: AnyEngine) -> dict[str, Any]:
    return {"place": engine.view.fixed}


def _warnings(engine: AnyEngine) -> list[str]:
    words: Sequence[str] = getattr(engine, "warnings", ())
    return [engine.view.where + word for word in words]


def _filled(engines: Sequence[AnyEngine]) -> list[str]:
    """Say where there is no image, once of all parts that have it in common."""
    found: dict[str, list[str]] = {}
    for engine in engines:
        if (unfilled := unfilled_of(engine.view.array)) is not None:
            found.setdefault(str(unfilled.fill), []).append(engine.view.where)
    return [
        word if len(places) == len(engines) > 1 else _joined(places) + word
        for word, places in found.items()
    ]


def _joined(places: Sequence[str]) -> str:
    """Join the beginnings of sentences, such as "Z 1: "."""
    named = [place.removesuffix(": ") for place in places]
    more = f" and {len(named) - 3} more" if len(named) > 3 else ""
    joined = "; ".join(named[:3]) + more
    return f"{joined}: " if joined else ""
