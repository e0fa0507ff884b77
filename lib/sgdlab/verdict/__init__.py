"""Claims: prediction against measurement, the table of a chapter, and the ledger of the book."""

from sgdlab.verdict.claim import Claim
from sgdlab.verdict.table import VerdictTable

__all__ = ["Claim", "VerdictTable"]
