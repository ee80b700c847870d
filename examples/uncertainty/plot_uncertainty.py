"""
How sure is each pixel?
=======================

A noisy photograph is restored by the mean of the posterior, the images that explain
what was observed, each weighed by how probable it is to the prior. The spread of
samples gives every pixel an interval, and the bits that the prior needs for each tile
say what it did not foresee.
"""

import matplotlib.pyplot as plt
import numpy as np
from skimage import data

from napari_flowprior import log_prob_map, posterior
from napari_flowprior.restoration import Noise

SIGMA, COVERAGE, TILE = 25, 0.9, 32

rng = np.random.default_rng(0)
clean = data.camera()[60:156, 170:266].astype(float)
noisy = clean + rng.normal(0, SIGMA, clean.shape)
noisy = np.clip(np.rint(noisy), 0, 255).astype(np.uint8)

# %%
# Mean and standard deviation of samples of what the image may have been: the more
# samples, the smoother is the map, and the longer it takes. ``margin`` is half the
# width of the interval that should hold the true value in nine pixels of ten.
found = posterior(noisy, degradation=Noise(sigma=SIGMA), samples=4)
errors = np.abs(found.mean - clean)
inside = (errors <= found.margin(COVERAGE)).mean()
print(f"inside the interval of {COVERAGE:.0%}: {inside:.1%} of the pixels")

# %%
# Bits per value: the more the prior needs, the less it has foreseen what is there.
# Where they are many, the restoration is to be believed less.
bits = log_prob_map(found.mean, tile=TILE)


def tiles(values):
    """Return the mean of every tile, (rows, columns)."""
    rows, columns = (side // TILE for side in values.shape)
    return values.reshape(rows, TILE, columns, TILE).mean(axis=(1, 3))


print(f"all tiles: {bits.mean():.2f} bits, error {errors.mean():.1f}")
for number in np.argsort(tiles(bits), axis=None)[::-1][:3]:
    row, column = divmod(int(number), bits.shape[1] // TILE)
    print(
        f"rows from {row * TILE}, columns from {column * TILE}: "
        f"{tiles(bits)[row, column]:.2f} bits, error {tiles(errors)[row, column]:.1f}"
    )

# %%
# What is restored, how uncertain it is, what the prior needs for it, and the true
# error, which is known here only because the photograph is.
figure, axes = plt.subplots(1, 4, figsize=(11, 3), layout="constrained")
titles = "restored", "standard deviation", "bits per value", "true error"
images = found.mean, found.std, bits, errors
for axis, title, image in zip(axes, titles, images, strict=True):
    axis.imshow(image, cmap="gray" if image is found.mean else "viridis")
    axis.set_title(title)
    axis.axis("off")
plt.show()
