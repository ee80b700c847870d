"""
Restore a stack, and watch
==========================

Stacks have axes, which can be named: T, Z, C, Y, X, and S for colours. Every channel
has a noise and a range of intensities of its own, and so have planes that differ.
"""

import matplotlib.pyplot as plt
import numpy as np
from skimage import data

from napari_flowprior import RestoreOptions, iter_restore
from napari_flowprior.restoration import Noise

rng = np.random.default_rng(0)
plane = data.cell()[240:368, 200:328].astype(float)
planes = np.stack([plane, plane[::-1], plane[:, ::-1]])
stack = np.clip(64 * planes + rng.normal(0, 900, planes.shape), 0, 65535)
stack = stack.astype(np.uint16)

# %%
# ``iter_restore`` takes the options of ``restore`` in one description and returns a
# run: iterate it for events, close it to cancel, ask it for its result, which holds the
# image and how it came about.
options = RestoreOptions(axes="ZYX", prior="microscopy", degradation=Noise(sigma=900))
run = iter_restore(stack, options)
for event in run:
    print(f"{event.fraction:4.0%} {event.message}")
result = run.result

for key in ("prior", "degradation", "estimator", "sigma"):
    print(f"{key}: {result.provenance[key]}")

figure, axes = plt.subplots(1, 2, figsize=(7, 3.8), layout="constrained")
low, high = np.percentile(stack, [1, 99])
for axis, image in zip(axes, (stack[0], result.image[0]), strict=True):
    axis.imshow(image, cmap="gray", vmin=low, vmax=high)
    axis.axis("off")
plt.show()
