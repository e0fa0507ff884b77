"""The matplotlib style of the book; a notebook asks for it once."""

import matplotlib.pyplot as plt


def use_style() -> None:
    """Set the book's style for the figures that follow. PNG at twice the width of the text."""
    plt.style.use("sgdlab.figures.book")
