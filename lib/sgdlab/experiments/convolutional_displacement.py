"""How far a small convolutional network on Fashion-MNIST moves: `network_displacement` on images."""

from sgdlab.experiments._walk_starts import Start
from sgdlab.experiments._walks import Setting
from sgdlab.experiments.network_displacement import Config, run

__all__ = ["FULL", "Config", "run"]

FULL = Config(
    start=Start(
        data="fashion-mnist",
        n_samples=2400,
        architecture="convolutional",
        widths=(8, 16),
        weight_decay=1e-2,
        learning_rates=(0.01, 0.001),
        batch_size=24,
        epochs=6,
        iterations=60,
        precision="float32",
        seed=1,
    ),
    base=Setting(learning_rate=0.0002, batch_size=8, momentum=0.9),
    learning_rates=(0.00005, 0.0008),
    batch_sizes=(2, 32),
    momenta=(0.6, 0.975),
    stopped_after=2,
    replicas=8,
    probes=8,
    quadrature=(12, 3, 12),
    measured_replicas=2,
    measured_samples=400,
    seed=1,
)
