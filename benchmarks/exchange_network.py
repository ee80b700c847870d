"""Put the score network of one prior beside the flow of another.

One network that is trained on all images serves several priors, whose flows differ::

    python benchmarks/exchange_network.py microscopy GREY.safetensors OUT.safetensors

With several networks, of one training, the mean of their weights is taken, by the
shares that are given (``OUT.safetensors --shares 0.8 0.2``).
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from napari_flowprior import FlowPrior
from napari_flowprior.flow import MultiscaleFlow

if TYPE_CHECKING:
    from torch import Tensor

NETWORK = "score_network."


def network_of(prior: FlowPrior) -> dict[str, Tensor]:
    """Return the weights of a score network."""
    weights = prior.flow.state_dict().items()
    return {name: tensor for name, tensor in weights if name.startswith(NETWORK)}


def mean(priors: list[FlowPrior], shares: list[float]) -> dict[str, Tensor]:
    """Return mean weights of score networks; inputs that one lacks have weight 0."""
    total: dict[str, Tensor] = {}
    for prior, share in zip(priors, shares, strict=True):
        for name, tensor in network_of(prior).items():
            if name in total and total[name].shape != tensor.shape:
                more = total[name].shape[1] - tensor.shape[1]
                tensor = torch.nn.functional.pad(tensor, (0, 0, 0, 0, 0, more))
            total[name] = total.get(name, 0) + share / sum(shares) * tensor
    return total


def exchanged(
    flow: FlowPrior, networks: list[FlowPrior], shares: list[float], name: str
) -> FlowPrior:
    """Join a flow and a network, and what is known of both."""
    first = networks[0]
    config = replace(
        flow.flow.config,
        score_widths=first.flow.config.score_widths,
        score_blocks=first.flow.config.score_blocks,
        score_clipping=first.flow.config.score_clipping,
    )
    made = MultiscaleFlow(config)
    rest = flow.flow.state_dict()
    made.load_state_dict({**rest, **mean(networks, shares)})
    about = flow.info.description.partition(", for noise")[0]
    info = replace(
        flow.info,
        name=name,
        description=f"{about}; for real noise up to {255 * first.sigma_max:g} of 255",
        sigma_max=first.sigma_max,
        density_sigma_max=flow.density_sigma_max,
        training={**flow.info.training, "network": first.info.training},
        licence=first.info.licence,
        sources=tuple(dict.fromkeys((*flow.info.sources, *first.info.sources))),
    )
    return FlowPrior(made, info)


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("flow", help="prior whose flow is kept")
    parser.add_argument("networks", nargs="+", help="priors, then the file to write")
    parser.add_argument("--shares", nargs="+", type=float)
    parser.add_argument("--overwrite", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    options = parse()
    *sources, out = options.networks
    priors = [FlowPrior.load(source) for source in sources]
    shares = options.shares or [1.0] * len(priors)
    joined = exchanged(FlowPrior.load(options.flow), priors, shares, Path(out).stem)
    joined.save(out, overwrite=options.overwrite, half=True)
