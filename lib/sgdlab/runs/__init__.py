"""Runs: how long ones are interrupted and resumed, where results came from, and how they are kept."""

from sgdlab.runs.checkpoint import Checkpoint
from sgdlab.runs.provenance import provenance
from sgdlab.runs.store import StoredResult, load, store

__all__ = ["Checkpoint", "StoredResult", "load", "provenance", "store"]
