"""The strength of the gradient noise against the mean-square loss, along the training of two networks.

Mori et al. (2022), sec. 5.2 and fig. 2: ten classes, one-hot targets, learning rate 0.1, batches of 100. The paper
states neither how pixels are scaled nor for how many epochs it trains. On standardised Fashion-MNIST images a learning
rate of 0.1 makes the dense network diverge within three steps; on pixels between 0 and 1 it does not.
"""

from dataclasses import replace

from sgdlab.experiments._training_noise import Config, Training, run

__all__ = ["FULL", "GPU", "QUICK", "Config", "run"]

QUICK = Config(
    dense=Training(
        data="digits",
        n_samples=300,
        normalise=True,
        hidden=(100, 100, 100),
        loss="mean-square",
        learning_rate=0.1,
        batch_size=100,
        epochs=100,
        measurements=10,
        measured_samples=300,
        replicas=4,
        precision="float64",
    ),
    convolutional=Training(
        data="digits",
        n_samples=200,
        normalise=True,
        hidden=((8,), (16,)),
        loss="mean-square",
        learning_rate=0.1,
        batch_size=50,
        epochs=80,
        measurements=9,
        measured_samples=200,
        replicas=3,
        precision="float64",
    ),
)
# The networks of the paper, reduced until two cores train them far enough in minutes: the first 1,000 images instead of
# all, and an eighth of the channels.
FULL = Config(
    dense=Training(
        data="fashion-mnist",
        n_samples=1000,
        normalise=False,
        hidden=(2000, 2000, 2000),
        loss="mean-square",
        learning_rate=0.1,
        batch_size=100,
        epochs=200,
        measurements=30,
        measured_samples=500,
        replicas=1,
        precision="float32",
    ),
    convolutional=Training(
        data="cifar-10",
        n_samples=1000,
        normalise=True,
        hidden=((8, 8, 8), (16, 16, 16), (32, 32, 32)),
        loss="mean-square",
        learning_rate=0.1,
        batch_size=100,
        epochs=340,
        measurements=30,
        measured_samples=500,
        replicas=1,
        precision="float32",
    ),
)
# The paper's images and channels. The number of epochs is ours.
GPU = Config(
    dense=replace(FULL.dense, n_samples=60_000, epochs=200, measurements=200, measured_samples=2000, device="cuda"),
    convolutional=replace(
        FULL.convolutional,
        n_samples=50_000,
        hidden=((64, 64, 64), (128, 128, 128), (256, 256, 256)),
        epochs=200,
        measurements=200,
        measured_samples=2000,
        device="cuda",
    ),
)
