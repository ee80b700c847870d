"""
Adapt a prior to your own images
================================

The image of a cell that comes with scikit-image stands for your own clean images. Some
minutes (``minutes=5`` in place of ``steps=2``) are worth having; the few steps taken
here only show how it is done.
"""

from pathlib import Path
from tempfile import mkdtemp

import matplotlib.pyplot as plt
import numpy as np
from skimage import data
from skimage.metrics import peak_signal_noise_ratio as psnr

from napari_flowprior import TrainJob, iter_train, restore
from napari_flowprior.restoration import Noise
from napari_flowprior.training import TrainingImage

SIGMA = 15

clean = data.cell()
training, test = clean[:480], clean[480:580, 100:400]
job = TrainJob(
    out=Path(mkdtemp()) / "cells.safetensors",
    recipe="finetune",
    data=(TrainingImage(training, "YX", "a cell"),),
    steps=2,
)

# %%
# The training yields what it does. A part of the images is held out, and the prior is
# written whenever it is the best so far on that part; closing the run stops it in an
# orderly way.
for event in iter_train(job):
    if event.data is not None:
        print(event.data.sentence())
    if event.held_out is not None:
        print(event.held_out)

# %%
# The file is a prior like the shipped ones. It is written only if it is better than the
# one that it started from.
noisy = test + np.random.default_rng(0).normal(0, SIGMA, test.shape)
noisy = np.clip(np.rint(noisy), 0, 255).astype(np.uint8)
results = {"noisy": noisy}
for prior in ("photo-gray", *([job.out] if job.out.exists() else [])):
    name = str(getattr(prior, "stem", prior))
    results[name] = restore(noisy, prior=prior, degradation=Noise(sigma=SIGMA))
for name, image in results.items():
    print(f"{name}: {psnr(test, image):.2f} dB")

figure, axes = plt.subplots(len(results), 1, figsize=(7, 5), layout="constrained")
for axis, (title, image) in zip(axes, results.items(), strict=True):
    axis.imshow(image, cmap="gray", vmin=0, vmax=255)
    axis.set_title(title)
    axis.axis("off")
plt.show()
