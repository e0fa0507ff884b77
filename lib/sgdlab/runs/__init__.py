"""Results of runs: where they came from, and how they are kept."""

from sgdlab.runs.provenance import provenance
from sgdlab.runs.store import StoredResult, load, store

__all__ = ["StoredResult", "load", "provenance", "store"]
