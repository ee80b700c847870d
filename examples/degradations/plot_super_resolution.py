"""
Super-resolution
================

An image of half as many rows and columns, made with a bicubic filter, as good programs
do. The result, made small again, is the image.
"""

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image
from skimage import data
from skimage.metrics import peak_signal_noise_ratio as psnr

from napari_flowprior import restore
from napari_flowprior.restoration import Downsample

clean = data.camera()[70:198, 180:308]
bicubic = Image.Resampling.BICUBIC
damaged = np.asarray(Image.fromarray(clean).resize((64, 64), bicubic))

# %%
# In napari the scale of the result is halved and its place shifted, so that it lies on
# the same ground.
restored = restore(damaged, degradation=Downsample(2))
assert restored.shape == clean.shape
enlarged = np.asarray(Image.fromarray(damaged).resize((128, 128), bicubic))

# %%
# Compared with bicubic interpolation.
before, after = psnr(clean, enlarged), psnr(clean, restored)
print(f"super_resolution: {before:.2f} dB, {after:.2f} dB")

figure, axes = plt.subplots(1, 3, figsize=(9, 3.4), layout="constrained")
titles = "clean", f"half the size ({before:.1f} dB)", f"restored ({after:.1f} dB)"
for axis, title, image in zip(axes, titles, (clean, enlarged, restored), strict=True):
    axis.imshow(image, cmap="gray", vmin=0, vmax=255)
    axis.set_title(title)
    axis.axis("off")
plt.show()
