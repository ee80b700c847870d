"""
Most pixels are missing
=======================

Nine pixels of ten are missing, here marked by NaN, which needs no mask.
"""

import matplotlib.pyplot as plt
import numpy as np
from skimage import data
from skimage.metrics import peak_signal_noise_ratio as psnr

from napari_flowprior import restore
from napari_flowprior.restoration import Inpaint

rng = np.random.default_rng(0)
clean = data.camera()[80:176, 190:286]
missing = rng.random(clean.shape) < 0.9
damaged = np.where(missing, np.nan, clean)

# %%
# NaN pixels are holes whatever else is said of an image that has holes.
restored = restore(damaged, degradation=Inpaint())
assert np.isfinite(restored).all()

# %%
# The peak signal-to-noise ratio, before and after.
before, after = (
    psnr(clean, np.nan_to_num(damaged).astype(np.uint8)),
    psnr(clean, np.clip(np.rint(restored), 0, 255).astype(np.uint8)),
)
print(f"missing_pixels: {before:.2f} dB, {after:.2f} dB")

figure, axes = plt.subplots(1, 3, figsize=(9, 3.4), layout="constrained")
titles = "clean", f"one pixel in ten ({before:.1f} dB)", f"restored ({after:.1f} dB)"
for axis, title, image in zip(axes, titles, (clean, damaged, restored), strict=True):
    axis.imshow(image, cmap="gray", vmin=0, vmax=255)
    axis.set_title(title)
    axis.axis("off")
plt.show()
