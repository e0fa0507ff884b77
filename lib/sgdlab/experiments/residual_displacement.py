"""How far a slim residual network on CIFAR-10 moves: `network_displacement` on colour images.

The network has no batch normalisation, in which the samples of a batch would see each other, and none at all.
"""

from dataclasses import replace

from sgdlab.experiments import convolutional_displacement
from sgdlab.experiments.network_displacement import Config, run

__all__ = ["FULL", "Config", "run"]

FULL = replace(
    convolutional_displacement.FULL,
    start=replace(
        convolutional_displacement.FULL.start,
        data="cifar-10",
        architecture="residual",
        weight_decay=3e-3,
        learning_rates=(0.03, 0.003),
        epochs=10,
        iterations=80,
    ),
    batch_sizes=(4, 32),
    momenta=(0.975,),
    stopped_after=4,
    quadrature=(8, 2, 10),
    probes=6,
)
