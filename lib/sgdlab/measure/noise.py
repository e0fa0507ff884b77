"""Gradient noise: its strength, its components along directions, and the noise of drawn batches and epochs."""

from functools import partial

import torch
from torch.nn.functional import embedding_bag

from sgdlab.curvature.layer_factors import sample_gradient_squares
from sgdlab.dynamics.batches import batches, check_batch_size
from sgdlab.measure.estimate import Estimate
from sgdlab.problems import Network, Problem

# Directions that share one forward pass: more of them gain nothing.
_DIRECTIONS = 8
# Sample numbers are drawn for as many batches at once as this allows.
_BYTES = 200_000_000


def projected_gradients(
    problem: Problem, theta: torch.Tensor, directions: torch.Tensor, samples: torch.Tensor | None = None
) -> torch.Tensor:
    """Components v_k . grad ell_mu of each sample's gradient, shape (N, K), float64.

    Forward-mode derivatives of the losses: no per-sample gradient is formed.

    Args:
        problem: N samples, P parameters.
        theta: (P,).
        directions: (K, P), K at least 1.
        samples: sample numbers (M,); None for all.

    Raises:
        ValueError: `directions` of another shape.
    """
    if directions.ndim != 2 or len(directions) == 0 or directions.shape[1] != problem.dimension:
        raise ValueError(f"directions must be (K, {problem.dimension}), K at least 1, got {tuple(directions.shape)}")
    rows = []
    for chunk in problem.chunks(samples):
        for part in chunk.split(max(1, len(chunk) // _DIRECTIONS)):
            along = torch.func.vmap(partial(_slopes, problem, theta, part))
            rows.append(torch.cat([along(some) for some in directions.split(_DIRECTIONS)]).T.double())
    return torch.cat(rows)


def noise_strength(problem: Problem, theta: torch.Tensor, samples: torch.Tensor | None = None) -> Estimate:
    """Noise strength (1/N) sum_mu |grad ell_mu|^2 - |grad L|^2, the trace of the per-sample gradients' covariance.

    Mori et al. (2022), sec. 5.2, unnumbered: Tr Sigma is this, times (N - B) / (B (N - 1)). From all samples it is
    exact and its standard error is 0. From a random subset without repetition it is the unbiased estimate, with the
    standard error of the mean of |grad ell_mu - grad L|^2, corrected for the share of the samples that was seen.

    Args:
        problem: N samples, P parameters; a network may have Linear and Conv2d layers only.
        theta: (P,).
        samples: sample numbers (M,), drawn at random, 2 <= M <= N; None for all.

    Raises:
        ValueError: fewer than 2 samples, or a sample twice.
    """
    n = problem.n_samples
    m = n if samples is None else len(samples)
    if m < 2:
        raise ValueError(f"samples must be at least 2, got {m}")
    if samples is not None and len(samples.unique()) < m:
        raise ValueError("samples must be drawn without repetition")
    gradient = torch.zeros_like(theta)
    for part in problem.chunks(samples):
        gradient += problem.gradient(theta, part) * (len(part) / m)
    squares = torch.cat([_gradient_squares(problem, theta, part) for part in problem.chunks(samples)])
    along = projected_gradients(problem, theta, gradient[None], samples)[:, 0]
    distances = squares - 2 * along + gradient.double().square().sum()
    strength = float(distances.mean())
    if m == n:
        return Estimate(strength, 0.0)
    error = float(distances.std()) * ((1 - m / n) / m) ** 0.5
    return Estimate(strength * m / (m - 1) * (n - 1) / n, error)


def batch_noise(projections: torch.Tensor, batch_size: int, sampling: str, n_batches: int, seed: int) -> torch.Tensor:
    """Noise xi = -(mean over a batch - mean over all samples) of independent batches, shape (n_batches, K), float64.

    Mori et al. (2022), eq. (3).

    Args:
        projections: (N, K) components of the per-sample gradients, from `projected_gradients`.
        batch_size: B, at most N without replacement.
        sampling: `"with-replacement"` or `"without-replacement"`.
        n_batches: how many, at least 1.
        seed: of the batches.

    Raises:
        ValueError: an argument outside its range.
    """
    if sampling == "reshuffled":
        raise ValueError("sampling must be with- or without-replacement, for reshuffled batches see epoch_noise")
    if n_batches < 1:
        raise ValueError(f"n_batches must be at least 1, got {n_batches}")
    centred = _centred(projections)
    n_samples = len(centred)
    block = min(n_batches, max(1, _BYTES // (8 * max(batch_size, 1))))
    stream = batches(n_samples, batch_size, steps=-(-n_batches // block), sampling=sampling, seed=seed, replicas=block)
    return -torch.cat([embedding_bag(samples, centred, mode="mean") for samples in stream])[:n_batches]


def epoch_noise(projections: torch.Tensor, batch_size: int, n_epochs: int, seed: int) -> torch.Tensor:
    """Noises of the consecutive batches of independent reshuffled epochs, shape (n_epochs, N/B, K), float64.

    The point is held fixed: the noises of an epoch sum to 0, and two of them have the covariance -C / (N - 1).

    Args:
        projections: (N, K) components of the per-sample gradients, from `projected_gradients`.
        batch_size: B, a divisor of N.
        n_epochs: how many, at least 1.
        seed: of the permutations.

    Raises:
        ValueError: an argument outside its range.
    """
    if n_epochs < 1:
        raise ValueError(f"n_epochs must be at least 1, got {n_epochs}")
    centred = _centred(projections)
    n_samples = len(centred)
    check_batch_size(batch_size, n_samples, "reshuffled")
    block = min(n_epochs, max(1, _BYTES // (8 * n_samples)))
    # A whole permutation as one batch, cut here into the batches of its epoch.
    stream = batches(
        n_samples, n_samples, steps=-(-n_epochs // block), sampling="reshuffled", seed=seed, replicas=block
    )
    noises = [embedding_bag(samples.reshape(-1, batch_size), centred, mode="mean") for samples in stream]
    return -torch.cat(noises).reshape(-1, n_samples // batch_size, centred.shape[1])[:n_epochs]


def _slopes(problem: Problem, theta: torch.Tensor, samples: torch.Tensor, direction: torch.Tensor) -> torch.Tensor:
    """Derivatives of the samples' losses along one direction (P,), shape (B,)."""
    losses = partial(problem.sample_losses, samples=samples)
    slopes: torch.Tensor = torch.func.jvp(losses, (theta,), (direction,))[1]
    return slopes


def _gradient_squares(problem: Problem, theta: torch.Tensor, samples: torch.Tensor) -> torch.Tensor:
    if isinstance(problem, Network):
        return sample_gradient_squares(problem, theta, samples)
    return problem.sample_gradients(theta, samples).double().square().sum(1)


def _centred(projections: torch.Tensor) -> torch.Tensor:
    if projections.ndim != 2 or 0 in projections.shape:
        raise ValueError(f"projections must be (N, K), N and K at least 1, got {tuple(projections.shape)}")
    projections = projections.double().cpu()
    return projections - projections.mean(0)
