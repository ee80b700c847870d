"""Adam, and Muon for the kernels of convolutions."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from collections.abc import Iterable

    from napari_flowprior.flow import MultiscaleFlow
    from napari_flowprior.training.optim._config import TrainConfig

__all__ = ["Muon", "Optimisers", "clip"]

# Smaller matrices have no directions worth evening out.
_SMALLEST = 16
# Coefficients of the quintic iteration, chosen by Jordan for speed: singular values
# end between about 0.7 and 1.2.
_QUINTIC = (3.4445, -4.7750, 2.0315)
_ITERATIONS = 5


class Muon(torch.optim.Optimizer):
    """Momentum whose matrices are made orthogonal before every step.

    The singular values of an update become about 1, so that rare directions learn as
    fast as common ones. A kernel (out, in, h, w) is taken as a matrix of `out` rows;
    its update is scaled by ``sqrt(max(1, rows / columns))``.

    Parameters
    ----------
    parameters : iterable of Parameter
        Kernels with at least two axes.
    lr : float
        Step size: the spectral norm of an update, about.
    momentum : float
        Decay of the running mean of the gradient, used in Nesterov's way.
    half : bool
        Whether updates are made orthogonal in bfloat16, which needs no exactness.

    References
    ----------
    Jordan et al., *Muon: an optimizer for hidden layers in neural networks* (2024).
    """

    def __init__(
        self,
        parameters: Iterable[nn.Parameter],
        lr: float,
        momentum: float = 0.95,
        *,
        half: bool = False,
    ) -> None:
        super().__init__(parameters, {"lr": lr, "momentum": momentum})
        self._type = torch.bfloat16 if half else torch.float32

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Make a step.

        Parameters
        ----------
        closure : None
            Not used.
        """
        for group in self.param_groups:
            decay = group["momentum"]
            # Kernels of one shape are worked on together.
            alike: dict[tuple[int, ...], list[tuple[nn.Parameter, Tensor]]]
            alike = defaultdict(list)
            for kernel in group["params"]:
                if kernel.grad is None:
                    continue
                state = self.state[kernel]
                mean = state.setdefault("mean", torch.zeros_like(kernel.grad))
                mean.lerp_(kernel.grad, 1 - decay)
                ahead = kernel.grad.lerp(mean, decay)
                alike[tuple(kernel.shape)].append((kernel, ahead.flatten(1)))
            for pairs in alike.values():
                stacked = torch.stack([u.to(self._type) for _, u in pairs])
                updates = orthogonalised(stacked)
                rows, columns = updates.shape[1:]
                size = group["lr"] * max(1.0, rows / columns) ** 0.5
                for (kernel, _), update in zip(pairs, updates, strict=True):
                    kernel.sub_(update.view(kernel.shape).to(kernel), alpha=size)


def orthogonalised(matrices: Tensor) -> Tensor:
    """Bring the singular values of matrices near 1, by five quintic iterations.

    Parameters
    ----------
    matrices : Tensor
        Of shape (N, rows, columns).

    Returns
    -------
    Tensor
        Of the same shape, with nearly the same singular vectors.
    """
    a, b, c = _QUINTIC
    tall = matrices.shape[1] > matrices.shape[2]
    x = matrices.mT if tall else matrices
    x = x / x.norm(dim=(1, 2), keepdim=True).clamp_min(1e-20)
    for _ in range(_ITERATIONS):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    result: Tensor = x.mT if tall else x
    return result


class Optimisers:
    """What changes the weights of a flow in a training.

    Parameters
    ----------
    flow : MultiscaleFlow
        The flow.
    config : TrainConfig
        Which, and their rates.

    Attributes
    ----------
    adam : Adam
        For all parameters, or for those that Muon leaves.
    muon : Muon or None
        For the kernels of convolutions that are no small matrices.
    """

    def __init__(self, flow: MultiscaleFlow, config: TrainConfig) -> None:
        kernels = _kernels(flow) if config.optimiser == "muon" else []
        chosen = set(map(id, kernels))
        rest = [p for p in flow.parameters() if id(p) not in chosen]
        self.adam = torch.optim.Adam(rest, lr=config.learning_rate)
        self.muon: Muon | None = None
        if kernels:
            half = config.uses_bfloat16(kernels[0].device)
            self.muon = Muon(kernels, lr=config.kernel_rate, half=half)
        self._rates = {"adam": config.learning_rate, "muon": config.kernel_rate}

    @property
    def _parts(self) -> dict[str, torch.optim.Optimizer]:
        parts: dict[str, torch.optim.Optimizer] = {"adam": self.adam}
        return parts if self.muon is None else {**parts, "muon": self.muon}

    def step(self, fraction: float) -> None:
        """Make a step.

        Parameters
        ----------
        fraction : float
            Of the full rates.
        """
        for name, part in self._parts.items():
            for group in part.param_groups:
                group["lr"] = fraction * self._rates[name]
            part.step()

    def tensors(self) -> dict[str, Tensor]:
        """Return the state, by name.

        Returns
        -------
        dict of str to Tensor
            For `load`.
        """
        return {
            f"{name}.{index}.{key}": value
            for name, part in self._parts.items()
            for index, entry in part.state_dict()["state"].items()
            for key, value in entry.items()
        }

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shapes of all that a state may hold, by name.

        Returns
        -------
        dict of str to tuple
            Shapes.
        """
        shapes: dict[str, tuple[int, ...]] = {}
        for name, part in self._parts.items():
            keys = ("exp_avg", "exp_avg_sq") if name == "adam" else ("mean",)
            (group,) = part.param_groups
            for index, parameter in enumerate(group["params"]):
                shapes |= {f"{name}.{index}.{k}": tuple(parameter.shape) for k in keys}
                if name == "adam":
                    shapes[f"{name}.{index}.step"] = ()
        return shapes

    def load(self, tensors: dict[str, Tensor]) -> None:
        """Take over a state.

        Parameters
        ----------
        tensors : dict of str to Tensor
            From `tensors`; others are ignored.
        """
        for name, part in self._parts.items():
            entries: dict[int, dict[str, Any]] = defaultdict(dict)
            for full, tensor in tensors.items():
                kind, _, rest = full.partition(".")
                if kind == name:
                    index, _, key = rest.partition(".")
                    entries[int(index)][key] = tensor
            part.load_state_dict(part.state_dict() | {"state": dict(entries)})


def _kernels(flow: MultiscaleFlow) -> list[nn.Parameter]:
    convolutions = (m for m in flow.modules() if isinstance(m, nn.Conv2d))
    weights = (p for conv in convolutions for p in conv.parameters() if p.ndim == 4)
    return [w for w in weights if min(w.shape[0], w[0].numel()) >= _SMALLEST]


def clip(parameters: Iterable[nn.Parameter], config: TrainConfig) -> float:
    """Clip the gradient, first each number of it, then all of it.

    Parameters
    ----------
    parameters : iterable of Parameter
        What it is the gradient by; those without one are left out.
    config : TrainConfig
        By how much.

    Returns
    -------
    float
        Its norm before.
    """
    parameters = list(parameters)
    gradients = [p.grad for p in parameters if p.grad is not None]
    # Measured first: clipping by value would turn an infinite gradient finite.
    norms = torch.stack([gradient.norm() for gradient in gradients])
    if math.isfinite(config.clip_value):
        nn.utils.clip_grad_value_(parameters, config.clip_value)
    nn.utils.clip_grad_norm_(parameters, config.clip_norm)
    return float(norms.norm())
