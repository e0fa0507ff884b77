"""How it moves: ensembles of replicas, replica always on axis 0."""

from sgdlab.dynamics.batches import batches
from sgdlab.dynamics.langevin import langevin
from sgdlab.dynamics.linear_regression import Passage, RegressionRun, first_passage, regression_sgd
from sgdlab.dynamics.sgd import sgd
from sgdlab.dynamics.underdamped_langevin import underdamped_langevin

__all__ = [
    "Passage",
    "RegressionRun",
    "batches",
    "first_passage",
    "langevin",
    "regression_sgd",
    "sgd",
    "underdamped_langevin",
]
