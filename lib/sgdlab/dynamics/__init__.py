"""How it moves: ensembles of replicas, replica always on axis 0."""

from sgdlab.dynamics.batches import batches
from sgdlab.dynamics.sgd import sgd

__all__ = ["batches", "sgd"]
