"""One time step of Langevin dynamics: Euler-Maruyama for any landscape and noise, and the exact Gaussian step.

Each integrator owns the states of one block of replicas and changes them in place. States (R, d) are stored mode after
mode, so that what is the same for all modes of a replica (its loss) multiplies whole rows of memory.
"""

from typing import Protocol

import torch

from sgdlab.dynamics.gradient_noise import GradientNoise
from sgdlab.dynamics.ornstein_uhlenbeck import Transition
from sgdlab.problems.landscape import Landscape


class Integrator(Protocol):
    """States (R, d) of a block of replicas, positions first, their generator, and the step that moves them on."""

    states: list[torch.Tensor]
    generator: torch.Generator

    def step(self) -> None:
        """Move all replicas on by one time step."""


class EulerMaruyama:
    """theta' = theta - grad L dt + sqrt(eta dt) xi with xi ~ N(0, Sigma(theta)), eq. (4) of Mori et al. (2022)."""

    def __init__(
        self, landscape: Landscape, noise: GradientNoise, start: torch.Tensor, *, learning_rate: float, time_step: float
    ) -> None:
        self.states = [mode_by_mode(start)]
        self._landscape = landscape
        self._noise = noise
        self.generator = noise.generator
        self._time_step = time_step
        self._strength = (learning_rate * time_step) ** 0.5

    def step(self) -> None:
        """Move all replicas on by one time step."""
        (theta,) = self.states
        gradient = self._landscape.gradient(theta)
        self._noise.add_to(theta, theta, gradient, self._strength)
        theta.sub_(gradient, alpha=self._time_step)


class UnderdampedEulerMaruyama:
    """theta' = theta + w dt, w' = w - (grad L + lambda theta + (1 - beta) w) dt / m + sqrt(eta dt) xi / m.

    The mass is m = eta (1 + beta) / 2: the underdamped Langevin equation of Kunin et al. (2024).
    """

    def __init__(
        self,
        landscape: Landscape,
        noise: GradientNoise,
        start: torch.Tensor,
        velocity: torch.Tensor,
        *,
        learning_rate: float,
        momentum: float,
        weight_decay: float,
        time_step: float,
    ) -> None:
        self.states = [mode_by_mode(start), mode_by_mode(velocity)]
        self._landscape = landscape
        self._noise = noise
        self.generator = noise.generator
        self._weight_decay = weight_decay
        self._time_step = time_step
        mass = learning_rate * (1 + momentum) / 2
        self._friction = (1 - momentum) * time_step / mass
        self._impulse = time_step / mass
        self._strength = (learning_rate * time_step) ** 0.5 / mass

    def step(self) -> None:
        """Move all replicas on by one time step."""
        theta, w = self.states
        gradient = self._landscape.gradient(theta)
        displacement = w * self._time_step
        w.mul_(1 - self._friction)
        self._noise.add_to(w, theta, gradient, self._strength)
        w.sub_(gradient.add_(theta, alpha=self._weight_decay), alpha=self._impulse)
        theta.add_(displacement)


class GaussianStep:
    """z' = centre + P (z - centre) + F n with n ~ N(0, 1): a transition's law, exact for any time step."""

    def __init__(self, transition: Transition, start: list[torch.Tensor], generator: torch.Generator) -> None:
        self.states = [mode_by_mode(state) for state in start]
        centre = transition.centre[:, :, None]
        offset = (centre - transition.propagator @ centre)[:, :, 0]
        # The mode last: a row of numbers for each entry of the k x k matrices.
        like = start[0]
        self._offset = torch.as_tensor(offset.T.copy()).to(like)
        self._propagator = torch.as_tensor(transition.propagator.transpose(1, 2, 0).copy()).to(like)
        self._factor = torch.as_tensor(transition.factor.transpose(1, 2, 0).copy()).to(like)
        self._normal = torch.empty(len(start), *like.T.shape, dtype=like.dtype, device=like.device)
        self.generator = generator

    def step(self) -> None:
        """Move all replicas on by one time step."""
        normal = self._normal.normal_(generator=self.generator)
        before = [state.clone() for state in self.states]
        for i, state in enumerate(self.states):
            state.copy_(self._offset[i])
            for j, old in enumerate(before):
                state.addcmul_(old, self._propagator[i, j])
            for j in range(i + 1):
                state.addcmul_(normal[j].T, self._factor[i, j])


def mode_by_mode(states: torch.Tensor) -> torch.Tensor:
    """A copy of the states (R, d) in which a mode's numbers, one of each replica, are neighbours in memory."""
    return states.T.clone(memory_format=torch.contiguous_format).T
