"""When to choose what, for people who know their images better than formulas."""

from __future__ import annotations

__all__ = ["DEGRADATION_TIPS", "ESTIMATOR_TIPS", "FIELD_TIPS", "TASK_TIPS"]

TASK_TIPS = {
    "Automatic": "Look at every channel, and undo its noise or its JPEG artefacts",
    "Denoise": "Remove grain: of cameras, of few photons, of scanners",
    "JPEG artefacts": "Remove blocks and ringing",
    "Inpaint": "Fill holes: scratches, text, dead pixels, what is NaN",
    "Deblur": "Sharpen what is out of focus, or moved, or blurred by optics",
    "Super-resolution": "Make more pixels, up to eight times as many along each side",
    "Blind": "Undo what nobody can name, if you know how strong it is",
    "Other": "Banding, or several things that happened in turn",
}
"""When a task is the right choice, by its name."""

DEGRADATION_TIPS = {
    "auto": (
        "Looks at every channel and finds the kind and the level of its noise, or JPEG "
        "artefacts. Take this if you don't know better; what was found is said with "
        "the result."
    ),
    "noise": (
        "Grain that is about as strong in dark as in bright parts, and as fine as the "
        "pixels. The level is estimated unless you type it."
    ),
    "poisson-gaussian": (
        "Grain that is stronger where the image is brighter, as in images of few "
        "photons: fluorescence, astronomy, photographs in low light."
    ),
    "signal-dependent": (
        "Grain whose strength depends on brightness, but not as that of photons does: "
        "speckle, scanned film, photographs whose dark parts were brightened."
    ),
    "correlated-noise": (
        "Grain that is coarser than the pixels: photographs of a camera, images that "
        "were enlarged, aligned or scanned line by line."
    ),
    "jpeg": (
        "Blocks and ringing of an image that was saved as JPEG. Open the JPEG file "
        "itself; after it was scaled, turned or edited this does not help."
    ),
    "quantized": (
        "Visible steps where there should be a smooth gradient, as the image was saved "
        "with too few grey levels."
    ),
    "inpaint": (
        "Pixels are missing or worthless: scratches, text, saturated or dead pixels, "
        "NaN. Paint over them in a Labels or Shapes layer."
    ),
    "blur": (
        "The image is out of focus, or moved, or was taken through optics whose point "
        "spread function you have as a layer."
    ),
    "downsample": "You want more pixels than the image has, up to eight times as many.",
    "blind": (
        "You don't know what happened, only how strong it is. A more specific choice "
        "gives a better result."
    ),
    "compose": (
        "More than one thing happened, such as blur and then noise: name them in the "
        "order in which they happened."
    ),
}
"""When a degradation is the right choice, by its name."""

ESTIMATOR_TIPS = {
    "mmse": (
        "The fastest, and on average the closest to the truth; removes noise only. "
        "Uncertain detail comes out soft."
    ),
    "hqs": "For blur and super-resolution: fast, the same result every time.",
    "annealing": (
        "For inpainting and super-resolution: invents plausible detail where nothing "
        "is known. Slower than plug-and-play."
    ),
    "sampled-mean": "For JPEG artefacts and quantisation: slow, but the closest.",
    "map": (
        "For any prior, also for those that know no noise levels. Sharper than the "
        "posterior mean, and less faithful."
    ),
    "latent-map": (
        "To compare with the publication on normalizing-flow priors; slow, and rarely "
        "better than the others."
    ),
    "discrepancy": "For unknown degradations, of which only the strength is known.",
}
"""When an estimator is the right choice, by its name."""

FIELD_TIPS = {
    "layer": "Image layer to restore",
    "level": (
        "Which resolution of the layer to restore: a coarser one takes a fraction of "
        "the time, and tells less"
    ),
    "output": (
        "The estimate is what you want as a rule. With uncertainty you also see which "
        "pixels not to trust, or between which intensities each of them lies, which "
        "takes much longer; the log-likelihood map shows "
        "where the image is unlike anything that the prior has learnt."
    ),
    "keep_source": (
        "Leave the layer visible when its result is there; otherwise it is hidden, and "
        "a click on its eye shows it again"
    ),
    "dtype": (
        "The layer's own type suits most purposes; float32 keeps what rounding would "
        "lose, for measurements. The units stay the same."
    ),
    "store": (
        "Folder that the result is written to, as OME-Zarr, and shown from while it "
        "is filled, so that it needs no memory; or a name that ends with .zarr. Empty "
        "to keep it in memory."
    ),
    "adapt": (
        "Let the prior learn from the noise of this layer for two minutes, without a "
        "clean image. It is kept only if it is surely better on parts of the layer "
        "that were held out. Stacks of what photographs do not show gain most."
    ),
}
"""Tool tips of fields, by their name."""
