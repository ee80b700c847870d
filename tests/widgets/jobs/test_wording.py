"""Sentences of the core are said in the words of the fields."""

from __future__ import annotations

import re

import numpy as np
import pytest

from napari_flowprior._errors import FlowPriorError, InputError, MemoryLimitError
from napari_flowprior._widgets.jobs import failure, in_fields
from napari_flowprior._widgets.jobs._wording import LABELS, NO_MEMORY
from napari_flowprior.data import PlaneView, check_image, scan
from napari_flowprior.restoration import (
    DEGRADATIONS,
    ESTIMATORS,
    JPEG,
    Blur,
    Compose,
    Downsample,
    Inpaint,
    Noise,
    PoissonGaussian,
    Quantized,
    RestoreOptions,
    diagnose,
    estimate_noise,
    iter_restore,
)

ARGUMENTS = re.compile(
    r"\b(sigma|psf|read_noise|bad_pixels|pass|quantized|mmse|latent-map|np\.|Python)\b"
)
IMAGE = np.full((16, 16), 0.5)
STACK = np.full((2, 16, 16), 0.5)
ALL_MISSING = Inpaint(mask=np.stack([IMAGE > 0, IMAGE < 0]))


def look_at(image):
    check_image(image)
    list(scan(PlaneView(image, "YX")))


CASES = {
    "NaN": (lambda: look_at(IMAGE * np.nan), "choose Inpaint"),
    "infinite": (lambda: look_at(IMAGE * np.inf), "with a layer as Mask"),
    "masked": (
        lambda: look_at(np.ma.masked_less(IMAGE, 0.2)),
        "choose Inpaint with that as Mask",
    ),
    "nothing known": (
        lambda: list(iter_restore(STACK, RestoreOptions(degradation=ALL_MISSING))),
        "choose one with fewer holes",
    ),
    "too small to tell": (lambda: diagnose(IMAGE[:1, :1]), "choose one of 8x8"),
    "phase": (
        lambda: Downsample(factor=2, phase=1, antialias=True),
        "Phase is 1, but pixels that were filtered lie in the middle of their block; "
        "set it to 0, or uncheck Antialias",
    ),
    "complex": (lambda: look_at(IMAGE * 1j), "make a layer of its real part"),
    "tiny": (
        lambda: estimate_noise(PlaneView(IMAGE[:1, :1], "YX")),
        "type the Noise level",
    ),
    "two levels": (lambda: Noise(sigma=1, map=IMAGE), "Set Noise level or Noise map"),
    "no level": (lambda: Inpaint(sigma=None), "the Noise level is auto; type it"),
    "no hole": (
        lambda: list(iter_restore(IMAGE, RestoreOptions(degradation=Inpaint()))),
        "choose a layer as Mask that marks",
    ),
    "holes of integers": (
        lambda: Inpaint().missing(PlaneView(IMAGE.astype(np.uint8), "YX")),
        "check Bad pixels",
    ),
    "no blur": (Blur, "one of PSF, Gaussian and Motion"),
    "no camera": (lambda: PoissonGaussian(gain=0, read_noise=0), "set one to auto"),
    "order": (
        lambda: Compose(JPEG(quality=5), Noise(sigma=1)),
        "put JPEG artefacts or Quantisation after all others, and Inpainting last",
    ),
    "twice": (
        lambda: Compose(JPEG(quality=5), Quantized(bits=3)),
        "the last of JPEG artefacts and Quantisation",
    ),
    "cameras": (
        lambda: Compose(PoissonGaussian(), PoissonGaussian()),
        "all but one Poisson-Gaussian noise",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_arguments_become_fields(case):
    do, says = CASES[case]
    with pytest.raises(FlowPriorError) as error:
        do()
    sentence = failure(error.value).message
    assert says in sentence
    assert not ARGUMENTS.search(sentence)


def test_labels_are_those_of_the_fields():
    kinds = {**DEGRADATIONS, **ESTIMATORS}
    for name in set(LABELS) & set(kinds):
        assert LABELS[name] == kinds[name].label


@pytest.mark.parametrize(
    "sentence", ["/data/sigma/mmse.tif cannot be read.", "inpaint.png is gone."]
)
def test_names_of_files_stay(sentence):
    assert in_fields(sentence) == sentence


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("CUDA out of memory. Tried to allocate 20 MiB"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory"),
        np._core._exceptions._ArrayMemoryError((9, 9), np.dtype(float)),
    ],
)
def test_memory_that_ran_out(error):
    assert failure(error).message == NO_MEMORY


def test_what_the_core_says_of_memory_is_kept():
    error = MemoryLimitError("One tile does not fit. Choose a smaller tile.")
    assert failure(error).message == str(error)


def test_other_sentences_stay():
    assert failure(InputError("These are dark.")).message == "These are dark."
