"""Adapt a shipped prior to one's own images, and restore with it.

The image of a cell that comes with scikit-image stands for one's own clean images. Some
minutes (``--minutes 5``) are worth having; the few steps of the default show how it is
done.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from skimage.data import cell
from skimage.metrics import peak_signal_noise_ratio

from napari_flowprior import TrainJob, iter_train, restore
from napari_flowprior.restoration import Noise
from napari_flowprior.training import TrainingImage

SIGMA = 15

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--minutes", type=float)
options = parser.parse_args()

clean = cell()
training, test = clean[:480], clean[480:]
job = TrainJob(
    out=Path("cells.safetensors"),
    recipe="finetune",
    data=(TrainingImage(training, "YX", "a cell"),),
    steps=None if options.minutes else 4,
    minutes=options.minutes,
    overwrite=True,
)
for event in iter_train(job):
    if event.data is not None:
        print(event.data.sentence())
    if event.held_out is not None:
        print(event.held_out)

noise = np.random.default_rng(0).normal(0, SIGMA, test.shape)
noisy = np.clip(np.rint(test + noise), 0, 255).astype(np.uint8)
# A prior is written only if it is better than the one that it started from.
for prior in ("photo-gray", *([job.out] if job.out.exists() else [])):
    restored = restore(noisy, prior=prior, degradation=Noise(sigma=SIGMA))
    print(f"{prior}: {peak_signal_noise_ratio(test, restored):.2f} dB")
