"""The look of the book's figures, and the few plots that chapters share."""

from sgdlab.figures.style import use_style

__all__ = ["use_style"]
