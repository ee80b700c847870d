"""
Ask what is wrong with an image
===============================

``diagnose`` looks at an image and says what it finds, in sentences and in numbers, and
changes nothing. A restoration with nothing told begins with the same look.
"""

from io import BytesIO

import numpy as np
from PIL import Image
from skimage import data

from napari_flowprior import diagnose

clean = data.camera()[:192, 128:320]
rng = np.random.default_rng(0)
noisy = np.clip(clean + rng.normal(0, 15, clean.shape), 0, 255).astype(np.uint8)
photons = (100 + 4 * rng.poisson(clean / 4.0)).astype(np.uint16)
file = BytesIO()
Image.fromarray(clean).save(file, "JPEG", quality=15)

# %%
# White noise, photons, and JPEG of low quality, of the same photograph.
images = {"noise": noisy, "photons": photons, "JPEG": np.asarray(Image.open(file))}
found = {name: diagnose(image) for name, image in images.items()}
for name, diagnosis in found.items():
    print(f"{name}:")
    for sentence in diagnosis.sentences:
        print(f"  {sentence}")

# %%
# The numbers are there as well: one finding for each channel, or plane that differs.
print(found["noise"].findings[0])
