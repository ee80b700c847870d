"""
The density, the score, and samples
===================================

A prior is a density: it says how probable an image is, and in which direction it
becomes more probable. It takes batches of shape (B, C, H, W) with intensities in [0,
1].
"""

import matplotlib.pyplot as plt
import numpy as np
import torch
from skimage import data

from napari_flowprior import FlowPrior

prior = FlowPrior.load("photo-gray")
print(f"{prior.name} knows noise up to {255 * prior.sigma_max:.0f} of 255")

rng = np.random.default_rng(0)
clean = data.camera()[64:192, 180:308] / np.float32(255)
noisy = (clean + rng.normal(0, 25 / 255, clean.shape)).astype(np.float32)
shuffled = rng.permutation(clean.ravel()).reshape(clean.shape)

# %%
# Bits per value are the negative logarithm of the density, for values of 8 bits. The
# same grey levels in random order are far less probable than the photograph.
for name, image in {"clean": clean, "noisy": noisy, "shuffled": shuffled}.items():
    batch = torch.from_numpy(image)[None, None]
    with torch.no_grad():
        nats = -prior.log_prob(batch, 1 / 255).item()
    bits = nats / image.size / np.log(2) + np.log2(255)
    print(f"{name}: {bits:.2f} bits per value")

# %%
# The score is the gradient of the logarithm of the density of noisy images. One step
# along it, by Tweedie's formula, is the mean of all clean images that may be behind it.
sigma = 25 / 255
batch = torch.from_numpy(noisy)[None, None]
with torch.no_grad():
    mean = batch + sigma**2 * prior.score(batch, sigma)
print(f"error before {np.abs(noisy - clean).mean():.3f}")
print(f"error after {np.abs(mean.numpy()[0, 0] - clean).mean():.3f}")

# %%
# And it can be drawn from. Samples of a small flow have the texture of photographs
# rather than their objects.
with torch.no_grad():
    generator = torch.Generator().manual_seed(0)
    samples = prior.flow.sample(
        2, (64, 64), temperature=0.7, sigma=0.0, generator=generator
    )

images = [noisy, mean.numpy()[0, 0], *samples[:, 0].numpy()]
figure, axes = plt.subplots(1, 4, figsize=(11, 3), layout="constrained")
titles = "noisy", "one step along the score", "a sample", "another one"
for axis, title, image in zip(axes, titles, images, strict=True):
    axis.imshow(image, cmap="gray", vmin=0, vmax=1)
    axis.set_title(title)
    axis.axis("off")
plt.show()
