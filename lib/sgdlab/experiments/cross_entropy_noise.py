"""The strength of the gradient noise against the cross-entropy loss, along the training of two networks.

Mori et al. (2022), appendix D and fig. 5, on the networks of sec. 5.2.
"""

from dataclasses import replace

from sgdlab.experiments import noise_strength
from sgdlab.experiments._training_noise import Config, run

__all__ = ["FULL", "GPU", "QUICK", "Config", "run"]

# The learning rates and batch sizes are ours: they reach a small loss in few steps.
QUICK = Config(
    dense=replace(noise_strength.QUICK.dense, loss="cross-entropy", learning_rate=0.3, epochs=150),
    convolutional=replace(noise_strength.QUICK.convolutional, loss="cross-entropy", learning_rate=0.5),
)
FULL = Config(
    dense=replace(
        noise_strength.FULL.dense,
        loss="cross-entropy",
        batch_size=25,
        epochs=80,
        measured_samples=1000,
    ),
    convolutional=replace(
        noise_strength.FULL.convolutional,
        loss="cross-entropy",
        learning_rate=0.05,
        batch_size=25,
        epochs=100,
        measured_samples=1000,
    ),
)
GPU = Config(
    dense=replace(noise_strength.GPU.dense, loss="cross-entropy"),
    convolutional=replace(noise_strength.GPU.convolutional, loss="cross-entropy"),
)
