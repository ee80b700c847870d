"""
Few photons: the noise of a camera
==================================

A camera counts photons, so that bright pixels have more noise than dark ones, and adds
noise of its own when it reads them out. Gain, offset and read noise are estimated from
the image if they are not given. The generalised Anscombe transform makes the noise
even; its exact unbiased inverse leads back.
"""

import matplotlib.pyplot as plt
import numpy as np
from skimage import data
from skimage.metrics import peak_signal_noise_ratio as psnr

from napari_flowprior import restore
from napari_flowprior.restoration import PoissonGaussian

rng = np.random.default_rng(0)
clean = data.camera()[70:198, 180:308]
gain, offset, read_noise = 6, 100, 1.5 * 6
electrons = rng.poisson(clean / gain)
counts = offset + gain * electrons + rng.normal(0, read_noise, clean.shape)
damaged = np.clip(np.rint(counts), 0, 65535).astype(np.uint16)

# %%
# The type of the result is that of the image, and its black is still at the offset.
result = restore(damaged, degradation=PoissonGaussian())
known = PoissonGaussian(gain=gain, offset=offset, read_noise=read_noise)
told = restore(damaged, degradation=known)
assert result.dtype == damaged.dtype


def without_offset(image):
    """Return the values of the clean image, for comparison."""
    return np.clip(image.astype(float) - offset, 0, 255).astype(np.uint8)


noisy, restored = without_offset(damaged), without_offset(result)
print(f"camera told: {psnr(clean, without_offset(told)):.2f} dB")

# %%
# The peak signal-to-noise ratio, before and after.
before, after = psnr(clean, noisy), psnr(clean, restored)
print(f"camera: {before:.2f} dB, {after:.2f} dB")

figure, axes = plt.subplots(1, 3, figsize=(9, 3.4), layout="constrained")
titles = "clean", f"few photons ({before:.1f} dB)", f"restored ({after:.1f} dB)"
for axis, title, image in zip(axes, titles, (clean, noisy, restored), strict=True):
    axis.imshow(image, cmap="gray", vmin=0, vmax=255)
    axis.set_title(title)
    axis.axis("off")
plt.show()
