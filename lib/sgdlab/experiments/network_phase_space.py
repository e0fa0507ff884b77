"""A network near its minimum in phase space, along eigenvectors of its Hessian: figures 4 to 6 of Kunin et al. (2024).

SGD with momentum from the minimum, with independent and with reshuffled batches: how wide position and velocity are
along each eigenvector, laws `position_variance_langevin` and `velocity_variance_langevin`; equipartition; oscillation.
"""

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from sgdlab.curvature import top_eigenpairs
from sgdlab.experiments import _tanh_minimum
from sgdlab.experiments._phase_space_run import Run, autocorrelation, stationary_run
from sgdlab.experiments._polished_minima import same_digits
from sgdlab.measure import Estimate, jackknife, projected_gradients
from sgdlab.problems import Network

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Config:
    """What is run.

    Attributes:
        minimum: the network, and where it starts.
        samplings: of the batches, one run each; `run` calls them the S samplings.
        sharpest: learning rate, in units of one over the largest Hessian eigenvalue.
        momentum, batch_size: of SGD; the batch size divides the number of samples.
        eigenvectors: K leading ones of the Hessian of the loss, without weight decay.
        replicas, transient, steps: of each run; it is observed from the transient on, at every step.
        virial_every: steps between two evaluations of the gradient of all samples.
        lags: of the autocorrelation.
        shown: steps of the first replica that are kept.
        cloud: positions and velocities that are kept, of all replicas.
        grid: places along each axis of the plane in which the loss is evaluated.
        reach: half the width of this plane, in standard deviations of the position along the flattest eigenvector.
        seed: of batches and of Lanczos' iteration.
    """

    minimum: _tanh_minimum.Minimum
    samplings: tuple[str, ...]
    sharpest: float
    momentum: float
    batch_size: int
    eigenvectors: int
    replicas: int
    transient: int
    steps: int
    virial_every: int
    lags: int
    shown: int
    cloud: int
    grid: int
    reach: float
    seed: int


QUICK = Config(
    minimum=_tanh_minimum.Minimum(
        data="digits",
        n_samples=896,
        task="parity",
        hidden=10,
        weight_decay=0.01,
        iterations=200,
        newton_steps=60,
        seed=1,
    ),
    samplings=("with-replacement", "reshuffled"),
    sharpest=0.2,
    momentum=0.9,
    batch_size=64,
    eigenvectors=30,
    replicas=12,
    transient=500,
    steps=1400,
    virial_every=43,
    lags=120,
    shown=300,
    cloud=850,
    grid=17,
    reach=3.5,
    seed=1,
)
FULL = replace(
    QUICK,
    minimum=replace(QUICK.minimum, data="mnist", n_samples=5000, hidden=32, iterations=400),
    batch_size=50,
    replicas=8,
    transient=1500,
    steps=4500,
    virial_every=151,
    lags=200,
    shown=400,
    cloud=1200,
    grid=31,
)
CLASSES = replace(
    QUICK,
    minimum=replace(QUICK.minimum, task="classes", n_samples=640, hidden=32),
    samplings=("with-replacement",),
    replicas=8,
    transient=300,
    steps=800,
    grid=2,
)


def run(config: Config) -> dict[str, Array]:
    """Find the minimum, its eigenvectors and its noise, and run both samplings.

    Returns:
        K eigenvectors, R replicas, S samplings.
        eigenvalue, noise (K,): of the Hessian of the loss; variance of the samples' gradients along each eigenvector.
        loss (), gradient (): of all samples at the minimum; norm of the gradient, weight decay included, over that of
        the decay alone. learning_rate ().
        position, midpoint, velocity, virial_along (S, R, K), drift (S, K), virial, kinetic, virial_batch, excess_loss
        (S, R): as `stationary_run` returns them.
        autocorrelation, and _error (2, lags + 1): of the position along the sharpest and the flattest eigenvector,
        first sampling. path (2, shown, 2): position and velocity along the two, of the first replica.
        cloud (2, M, 2): positions, and velocities, of all replicas along the two.
        plane (G,), train, test (G, G): distances along the two, and losses there, the sharpest eigenvector on axis 0.
    """
    network, test, minimum = _tanh_minimum.find(config.minimum)
    decay = config.minimum.weight_decay
    with same_digits():
        eigenvalue, vectors = top_eigenpairs(network, minimum, config.eigenvectors, config.seed)
        noise = projected_gradients(network, minimum, vectors).var(0, correction=0)
        rate = config.sharpest / float(eigenvalue[0])
        watched = [
            stationary_run(
                network,
                minimum,
                eigenvalue,
                vectors,
                Run(
                    rate,
                    config.momentum,
                    decay,
                    config.batch_size,
                    sampling,
                    config.replicas,
                    config.transient,
                    config.steps,
                    config.virial_every,
                    config.seed,
                ),
            )
            for sampling in config.samplings
        ]
        pair = watched[0][0][:, :, [0, -1]]  # (T, R, 2), first sampling
        plane = np.linspace(-1, 1, config.grid) * config.reach * pair.std((0, 1)).max()
        losses = {
            name: _losses(problem, minimum, vectors[[0, -1]], plane)
            for name, problem in (("train", network), ("test", test))
        }
        left = network.gradient(minimum) + decay * minimum
        loss = float(network.loss(minimum))
    moments = {name: np.array([found[name] for _, found in watched]) for name in watched[0][1]}
    return {
        "eigenvalue": eigenvalue.double().numpy(),
        "noise": noise.numpy(),
        "loss": np.array(loss),
        "gradient": np.array(float(left.norm() / (decay * minimum).norm())),
        "learning_rate": np.array(rate),
        **moments,
        **Estimate.stack([autocorrelation(pair[..., mode], config.lags) for mode in (0, 1)]).named("autocorrelation"),
        **_pictures(pair, rate, config),
        "plane": plane,
        **losses,
    }


def _losses(problem: Network, minimum: torch.Tensor, directions: torch.Tensor, plane: Array) -> Array:
    """Loss (G, G) of all samples in the plane of two directions."""
    first, second = directions
    return np.array([[float(problem.loss(minimum + a * first + b * second)) for b in plane] for a in plane])


def _pictures(pair: Array, learning_rate: float, config: Config) -> dict[str, Array]:
    """What figures show of the positions (T, R, 2) along two directions: clouds, and the end of one path."""
    velocity = np.diff(pair, axis=0) / learning_rate
    both = np.stack([pair[1:], velocity])  # (2, T - 1, R, 2)
    cloud = both.reshape(2, -1, 2)
    return {
        "cloud": cloud[:, np.linspace(0, cloud.shape[1] - 1, config.cloud).astype(int)],
        "path": both[:, -config.shown :, 0].transpose(2, 1, 0),
    }


def spread_exponent(moments: Array, eigenvalue: Array) -> Estimate:
    """Exponent p of moment ~ eigenvalue^p along K eigenvectors, from the moments (R, K) of R replicas.

    0 where the law is isotropic, -1 in a heat bath; the error is by jackknife over the replicas.
    """
    log = np.log(eigenvalue) - np.log(eigenvalue).mean()
    return jackknife(lambda some: np.log(some.mean(0)) @ log / (log @ log), moments, blocks=len(moments))


def isotropy_ratio(moments: Array) -> Estimate:
    """Mean moment along the sharper half of the K eigenvectors over that along the flatter half; 1 if isotropic."""
    half = moments.shape[1] // 2
    return jackknife(lambda some: some[:, :half].mean() / some[:, -half:].mean(), moments, blocks=len(moments))
