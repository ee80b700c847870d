"""Train the network that tells noise from texture, see `NoiseNetwork`.

Details of images in grey are taken as they are, reduced, enlarged or dimmed, and have
no noise, or some: white, correlated as score networks are trained on, of a camera, or
any of these and then compressed as JPEG; some are drawings. Weights are written every
1000 steps. At the end details of other images are judged, printed as Markdown::

    python benchmarks/train_noise_network.py PHOTOS/train MICROGRAPHS/train \
        --validation PHOTOS/val --out noise.safetensors --minutes 60

With `--start` it goes on from weights. The shipped ones took 5200 steps of 24 details
of 128x128 pixels, then 13 000 by this script in 50 minutes of a core that other work
shared.
"""

from __future__ import annotations

import argparse
import io
import math
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from _suite import SUFFIXES
from numpy.typing import NDArray
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from napari_flowprior.restoration.noise._noise_network import (
    NoiseNetwork,
    finest_scale_of,
)
from napari_flowprior.training.drawings import draw_patch
from napari_flowprior.training.observations._correlation import correlated_noise

Pixels = NDArray[np.float32]
Images = list[Pixels]

SIDES, BATCH = (64, 96, 128, 128), 24
RATE, WARM_UP, KEEP = 1.5e-3, 200, 0.995
KINDS = ("none", "white", "correlated", "camera", "compressed", "JPEG")
SHARES = (0.3, 0.2, 0.27, 0.1, 0.07, 0.06)
DRAWN, ENLARGED, DIMMED, NEGATIVE, UNROUNDED = 0.06, 0.12, 0.3, 0.1, 0.1
LEVELS = (1.0, 40.0)
# Noise of less cannot be seen, and of more can; in between both answers are right.
UNSEEN, SEEN = 0.8, 1.5
FILTERS = Image.Resampling.BOX, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS
FLATTEST = 2.0


class Example(NamedTuple):
    """A detail as it is seen, the level of its noise of 255, and how fine that is."""

    seen: Pixels
    level: float
    fine: float


def read(folders: list[Path]) -> Images:
    return [
        np.asarray(Image.open(path).convert("L"), np.float32)
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in SUFFIXES
    ]


def resized(image: Pixels, rng: np.random.Generator, side: int) -> Pixels:
    """Cut a detail out, of more or fewer pixels than the side, and bring it to that."""
    ratio = float(rng.choice([1, 1, 1, 2, 2, 3]))
    if rng.random() < ENLARGED:
        ratio = 1 / rng.uniform(1.1, 2.0)
    most = min(image.shape)
    wanted = min(math.ceil(side * ratio), most)
    y, x = (int(rng.integers(0, n - wanted + 1)) for n in image.shape)
    detail = image[y : y + wanted, x : x + wanted]
    if wanted == side:
        return detail
    smaller = wanted > side
    method = FILTERS[int(rng.integers(0 if smaller else 1, len(FILTERS)))]
    whole = Image.fromarray(detail).resize((side, side), method)
    return np.asarray(whole, np.float32)


def clean_detail(images: Images, rng: np.random.Generator, side: int) -> Pixels:
    if rng.random() < DRAWN:
        return 255 * draw_patch(rng, side, 1)[0]
    while True:
        detail = resized(images[rng.integers(len(images))], rng, side)
        if rng.random() < 0.5:
            detail = detail.T
        if rng.random() < 0.5:
            detail = detail[::-1]
        if rng.random() < DIMMED:
            detail = detail * rng.uniform(0.1, 0.8) + rng.uniform(0, 20)
        if rng.random() < NEGATIVE:
            detail = 255 - detail
        if detail.std() > FLATTEST:
            return np.ascontiguousarray(detail, np.float32)


def rounded(image: Pixels) -> NDArray[np.uint8]:
    return np.rint(image).clip(0, 255).astype(np.uint8)


def compressed(image: Pixels, quality: int) -> Pixels:
    file = io.BytesIO()
    Image.fromarray(rounded(image)).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file), np.float32)


def finest(noise: Pixels) -> float:
    return float(finest_scale_of(torch.from_numpy(noise)[None, None] / 255)[0]) * 255


def example(
    images: Images, rng: np.random.Generator, side: int, kind: str = ""
) -> Example:
    """Draw a detail, with noise of a kind that is drawn, too, if none is given."""
    clean = clean_detail(images, rng, side)
    kind = kind or str(rng.choice(KINDS, p=SHARES))
    if kind in ("none", "JPEG"):
        seen = rounded(clean).astype(np.float32)
        quality = int(rng.integers(75, 99))
        return Example(compressed(clean, quality) if kind == "JPEG" else seen, 0.0, 1.0)
    noise = correlated_noise(rng, 1, side)[0]
    if kind == "white" or (kind != "correlated" and rng.random() < 0.5):
        noise = rng.standard_normal(clean.shape, dtype=np.float32)
    if kind == "camera":
        noise = noise * np.sqrt((2 * clean / 255).clip(min=0.04))
    noise = noise * np.float32(np.exp(rng.uniform(*np.log(LEVELS))))
    seen = clean + noise
    if kind == "compressed":
        quality = int(rng.integers(80, 98))
        seen = compressed(seen, quality)
        noise = seen - compressed(clean, quality)
    elif rng.random() > UNROUNDED:
        seen = rounded(seen).astype(np.float32)
        noise = seen - clean
    level = float(noise.std())
    return Example(seen, level, min(finest(noise) / max(level, UNSEEN), 1.5))


def costs(answers: Tensor, tiles: Tensor, level: Tensor, fine: Tensor) -> Tensor:
    """Return the costs of the odds, of the level and of how fine the noise is."""
    odds, ratio, spread, finest_share = answers.unbind(1)
    known = (level > SEEN) | (level < UNSEEN)
    noisy = (level > SEEN).float()
    wrong = functional.binary_cross_entropy_with_logits(odds[known], noisy[known])
    some = level > UNSEEN
    true = torch.log(level[some] / (255 * finest_scale_of(tiles)[some]))
    scale = spread[some].clamp(-4, 2)
    off = ((ratio[some] - true).abs() / scale.exp() + scale).mean()
    apart = (finest_share[some] - fine[some].clamp_min(0.03).log()).abs().mean()
    return torch.stack([wrong, off, apart])


def batch(
    images: Images, rng: np.random.Generator, side: int, number: int
) -> tuple[Tensor, Tensor, Tensor]:
    drawn = [example(images, rng, side) for _ in range(number)]
    tiles = torch.from_numpy(np.stack([each.seen for each in drawn]))[:, None] / 255
    return (
        tiles,
        torch.tensor([each.level for each in drawn]),
        torch.tensor([each.fine for each in drawn]),
    )


def save(weights: dict[str, Tensor], path: Path) -> None:
    whole = {name: each.half().contiguous() for name, each in weights.items()}
    save_file(whole, path.with_suffix(".part"))
    path.with_suffix(".part").replace(path)


def train(network: NoiseNetwork, images: Images, options: argparse.Namespace) -> None:
    """Train for a time, and save the mean of the weights."""
    rng, begun, step = np.random.default_rng(options.seed), time.perf_counter(), 0
    optimiser = torch.optim.AdamW(network.parameters(), RATE, weight_decay=1e-4)
    mean = {n: each.detach().clone() for n, each in network.named_parameters()}
    usual = torch.zeros(3)
    while (share := (time.perf_counter() - begun) / 60 / options.minutes) < 1:
        rate = RATE * min(1, step / WARM_UP) * (1 + math.cos(math.pi * share)) / 2
        optimiser.param_groups[0]["lr"] = rate
        side = int(rng.choice(SIDES))
        tiles, level, fine = batch(images, rng, side, BATCH * 128**2 // side**2)
        with torch.autocast("cpu", torch.bfloat16):
            answers = network(tiles)
        found = costs(answers.float(), tiles, level, fine)
        optimiser.zero_grad()
        (found @ torch.tensor([2.0, 1.0, 0.5])).backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        step += 1
        for name, each in network.named_parameters():
            mean[name].lerp_(each.detach(), max(1 - KEEP, 1 / (step + 1)))
        usual = usual.lerp(found.detach(), max(0.01, 1 / step))
        if step % 100 == 0:
            print(step, f"{60 * options.minutes * share:.0f} s", usual, flush=True)
        if step % 1000 == 0:
            save(mean, options.out)
    save(mean, options.out)


@torch.no_grad()
def validate(network: NoiseNetwork, images: Images, seed: int, number: int) -> None:
    """Print how surely noise of each kind is found, and how well its level is told."""
    print("| kind | found at odds of 1 | 2 | 3 | level off by |")
    print("|---|---|---|---|---|")
    for kind in KINDS:
        rng = np.random.default_rng(seed)
        odds, off = [], []
        for _ in range(number):
            drawn = example(images, rng, 128, kind)
            if UNSEEN < drawn.level < SEEN:
                continue
            tile = torch.from_numpy(drawn.seen)[None, None] / 255
            answer = network(tile)[0]
            odds.append(float(answer[0]))
            if drawn.level > SEEN:
                level = answer[1].exp() * 255 * finest_scale_of(tile)[0]
                off.append(abs(math.log(float(level) / drawn.level)))
        shares = " | ".join(
            f"{np.mean(np.array(odds) > each):.2f}" for each in (1, 2, 3)
        )
        told = f"{np.median(off):.0%}" if off else ""
        print(f"| {kind} | {shares} | {told} |")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--validation", nargs="+", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--start", type=Path)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--number", type=int, default=100, help="judged of each kind")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


def main() -> None:
    options = parse()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    network = NoiseNetwork()
    if options.start is not None:
        weights = load_file(options.start)
        network.load_state_dict({name: each.float() for name, each in weights.items()})
    if options.minutes > 0:
        train(network, read(options.folders), options)
        weights = load_file(options.out)
        network.load_state_dict({name: each.float() for name, each in weights.items()})
    validate(network.eval(), read(options.validation), options.seed, options.number)


if __name__ == "__main__":
    main()
