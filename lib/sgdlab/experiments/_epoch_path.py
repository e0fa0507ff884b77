"""How far replicas of SGD spread in one epoch from a common point."""

import torch

from sgdlab.dynamics import sgd
from sgdlab.problems import Network


def path_variance(
    network: Network,
    theta: torch.Tensor,
    directions: torch.Tensor,
    *,
    learning_rate: float,
    batch_size: int,
    sampling: str,
    replicas: int,
    seed: int,
) -> torch.Tensor:
    """Squared deviation from the replicas' mean after each step of one epoch of SGD, over the squared learning rate.

    Args:
        network: what is trained, N samples.
        theta: (P,) from where.
        directions: (D, P), float64, along which the deviation is taken.
        learning_rate, batch_size, sampling, seed: of SGD.
        replicas: R.

    Returns:
        (R, N/B + 1, D), scaled by R/(R - 1), so that the mean over the replicas is the unbiased variance.
    """
    steps = network.n_samples // batch_size
    states = sgd(
        network,
        theta.expand(replicas, -1),
        learning_rate=learning_rate,
        batch_size=batch_size,
        steps=steps,
        sampling=sampling,
        seed=seed,
        observe=lambda states: (states - theta).double() @ directions.T / learning_rate,
        observe_at=range(steps + 1),
    )
    moved = torch.stack(states, dim=1)
    return (moved - moved.mean(0)).square() * (replicas / (replicas - 1))
