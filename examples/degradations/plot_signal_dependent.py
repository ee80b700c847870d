"""
Noise that depends on brightness
================================

Photons make noise that grows with the root of brightness, for which there is a
formula. Speckle grows in proportion to brightness, and where a camera brightened the
dark parts of a photograph, noise is strongest there. Then the curve of the noise level
against brightness is measured in the image.
"""

import matplotlib.pyplot as plt
import numpy as np
from skimage import data
from skimage.metrics import peak_signal_noise_ratio as psnr

from napari_flowprior import restore
from napari_flowprior.restoration import Noise, SignalDependentNoise, iter_restore

rng = np.random.default_rng(0)
clean = data.camera()[64:256, 128:320].astype(float)
level = 25 - 22 * clean / 255
noisy = rng.normal(clean, level)
damaged = np.clip(np.rint(noisy), 0, 255).astype(np.uint8)

# %%
# As noise of one level, some is left in the dark, and detail is lost in the light.
white = restore(damaged, degradation=Noise())
result = iter_restore(damaged, degradation=SignalDependentNoise()).result
print(f"as white noise: {psnr(clean, white, data_range=255):.2f} dB")

# %%
# The level that was found at each intensity, and the peak signal-to-noise ratio, before
# and after.
found = result.provenance["degradation"]
before, after = (
    psnr(clean, image, data_range=255) for image in (damaged, result.image)
)
print(f"signal_dependent: {before:.2f} dB, {after:.2f} dB")

figure, axes = plt.subplots(1, 3, figsize=(9, 3.4), layout="constrained")
axes[0].plot(np.sort(clean.ravel()), -np.sort(-level.ravel()), label="true")
axes[0].plot(found["intensities"], found["levels"], "o", label="found")
axes[0].set_xlabel("intensity")
axes[0].set_ylabel("noise level")
axes[0].legend()
titles = f"noisy ({before:.1f} dB)", f"restored ({after:.1f} dB)"
for axis, title, image in zip(axes[1:], titles, (damaged, result.image), strict=True):
    axis.imshow(image, cmap="gray", vmin=0, vmax=255)
    axis.set_title(title)
    axis.axis("off")
plt.show()
