"""
White noise
===========

Noise of the same strength everywhere, independent from pixel to pixel, as of a good
camera in bright light. If the level is not given, it is estimated from the image.
"""

import matplotlib.pyplot as plt
import numpy as np
from skimage import data
from skimage.metrics import peak_signal_noise_ratio as psnr

from napari_flowprior import restore
from napari_flowprior.restoration import Noise

rng = np.random.default_rng(0)
clean = data.camera()[70:198, 180:308]
noisy = clean + rng.normal(0, 25, clean.shape)
damaged = np.clip(np.rint(noisy), 0, 255).astype(np.uint8)

# %%
# The level is the standard deviation of the noise in the units of the image. The
# estimator is ``mmse``, the posterior mean: one pass of the score network.
told = restore(damaged, degradation=Noise(sigma=25))
restored = restore(damaged, degradation=Noise())
print(f"level told: {psnr(clean, told):.2f} dB")

# %%
# The peak signal-to-noise ratio, before and after.
before, after = psnr(clean, damaged), psnr(clean, restored)
print(f"noise: {before:.2f} dB, {after:.2f} dB")

figure, axes = plt.subplots(1, 3, figsize=(9, 3.4), layout="constrained")
titles = "clean", f"white noise ({before:.1f} dB)", f"restored ({after:.1f} dB)"
for axis, title, image in zip(axes, titles, (clean, damaged, restored), strict=True):
    axis.imshow(image, cmap="gray", vmin=0, vmax=255)
    axis.set_title(title)
    axis.axis("off")
plt.show()
