"""Sentences of the core in the words of the widgets: fields in place of arguments."""

from __future__ import annotations

import re

__all__ = ["LABELS", "NO_MEMORY", "in_fields"]

NO_MEMORY = (
    "There is not enough memory for this; choose a smaller Batch under Advanced or "
    "another Device, or close other programs."
)
"""Said when memory runs out, whoever noticed it."""

LABELS = {
    "mmse": "Posterior mean",
    "latent-map": "Latent descent",
    "hqs": "Plug-and-play (HQS)",
    "annealing": "Annealed HQS",
    "sampled-mean": "Sampled mean",
    "poisson-gaussian": "Poisson-Gaussian noise",
    "quantized": "Quantisation",
    "inpaint": "Inpainting",
    "downsample": "Super-resolution",
    "read_noise": "Read noise",
    "bad_pixels": "Bad pixels",
    "antialias": "Antialias",
    "sigma": "Noise level",
    "psf": "PSF",
    "prior_weight": "Weight of the prior",
    "batch_size": "Batch",
    "learning_rate": "Learning rate",
}
"""What the widgets call names that are no words."""

_NAMES = re.compile(r"(?<![\w./-])(" + "|".join(LABELS) + r")(?![\w/-]|\.\w)")

_SENTENCES = [
    # Holes, and values that are no numbers.
    (r"(NaN values?); restore them as holes, .* replace them", r"\1; choose {holes}"),
    (
        r"(infinite values?); restore them as holes, .* replace them",
        r"\1; choose {holes}, with a layer as Mask that marks them",
    ),
    (
        r"(pass|choose) a mask that (is True where a pixel is missing|marks them)",
        "choose a layer as Mask that marks the pixels that are missing",
    ),
    (r"(\w+) is None; it must be a number", r"the \1 is auto; type it"),
    (r"say how strong it is, with sigma=0", "type the Noise level, 0"),
    (r"looked for \(bad_pixels\)", "looked for (check Bad pixels)"),
    (
        r"pass image.filled\(0\) and .*\(image\)\)",
        "make one layer of the filled array and one of its mask, and choose Inpaint "
        "with that as Mask",
    ),
    (r"pass one with fewer holes", "choose one with fewer holes"),
    # Levels.
    (r"give sigma", "type the Noise level"),
    (r"give its level sigma", "type its Noise level"),
    (r"[Gg]ive the noise level sigma, or a map of it", "Set Noise level or Noise map"),
    (r"(give )?gain, offset and read_noise", "type Gain, Offset and Read noise"),
    (r"leave one out to have it", "set one to auto to have it"),
    # Kinds of images and of restorations.
    (r"name the quality or the file", "type the JPEG quality, or open the JPEG file"),
    (
        r"name the JPEG file, or the quality if it is known",
        "open the JPEG file itself, or type the JPEG quality if it is known",
    ),
    (r"leave the number of bits out", "set Bits to auto"),
    (r"restore it as noise", "choose Noise"),
    (r"psf, gaussian \(width\) and motion \(length\)", "PSF, Gaussian and Motion"),
    (r"put jpeg or quantized", "put JPEG artefacts or Quantisation"),
    (r"the last of jpeg and quantized", "the last of JPEG artefacts and quantized"),
    (r"use map or latent-map", "choose Most probable or Latent descent"),
    (r"pass its real part", "make a layer of its real part"),
    (r"pass one with pixels in it", "choose another"),
    (r"pass one of (\d+x\d+)", r"choose one of \1"),
    (r"phase is (\d+)", r"Phase is \1"),
    (r"leave it out, or turn antialias off", "set it to 0, or uncheck Antialias"),
    # Training.
    (
        r'Pass images="noisy" to adapt a prior to them as they are, or insist=True to',
        "The row My images are says noisy now: Train adapts a prior to them as they "
        "are. Or set it back, and check Insist under Advanced to",
    ),
    (r"or give the noise level", "or type the Noise level"),
    (r"or give that of the strongest noise", "or type that of the strongest noise"),
    (r"adapt one instead, with the recipe finetune", "choose Adapt (minutes) instead"),
    (r"pass one such as licence='(\S+)'", r"take one such as \1"),
    # Computing.
    (r"a smaller tile, or the device cpu", "a smaller Tile, or the Device cpu"),
]
_HOLES = "Inpaint, which fills them in"


def in_fields(sentence: str) -> str:
    """Say in the words of the widgets what the core says of its arguments.

    Parameters
    ----------
    sentence : str
        What the core says.

    Returns
    -------
    str
        The same where it names no arguments.
    """
    for pattern, words in _SENTENCES:
        sentence = re.sub(pattern, words.replace("{holes}", _HOLES), sentence)
    return _NAMES.sub(lambda name: LABELS[name[0]], sentence)
