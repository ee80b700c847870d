"""
Dead and hot pixels
===================

Some pixels of a camera are always black or always white. Nobody knows which; they are
searched for, and restored like holes.
"""

import matplotlib.pyplot as plt
import numpy as np
from skimage import data
from skimage.metrics import peak_signal_noise_ratio as psnr

from napari_flowprior import restore
from napari_flowprior.restoration import Inpaint

rng = np.random.default_rng(0)
clean = data.camera()[80:176, 190:286]
bad = rng.random(clean.shape)
damaged = np.where(bad < 0.003, 0, np.where(bad > 0.997, 255, clean)).astype(np.uint8)

# %%
# A mask of pixels that are known to be bad could be passed as well.
restored = restore(damaged, degradation=Inpaint(bad_pixels=True))
print(f"{(restored != damaged).sum()} of {(damaged != clean).sum()} pixels changed")

# %%
# The peak signal-to-noise ratio, before and after.
before, after = psnr(clean, damaged), psnr(clean, restored)
print(f"bad_pixels: {before:.2f} dB, {after:.2f} dB")

figure, axes = plt.subplots(1, 3, figsize=(9, 3.4), layout="constrained")
titles = "clean", f"dead and hot ({before:.1f} dB)", f"restored ({after:.1f} dB)"
for axis, title, image in zip(axes, titles, (clean, damaged, restored), strict=True):
    axis.imshow(image, cmap="gray", vmin=0, vmax=255)
    axis.set_title(title)
    axis.axis("off")
plt.show()
