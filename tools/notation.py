"""Write book/notation.md from `sgdlab.laws.quantities`."""

from pathlib import Path

from generated_page import write_if_changed
from sgdlab.laws.quantities import QUANTITIES, Quantity

PAGE = Path(__file__).resolve().parents[1] / "book" / "notation.md"

HEAD = """# Notation

One letter has one meaning in the whole book. The name is the one that code, sliders and error messages use.
Units are built from two, that of the loss and that of a parameter; 1 means a pure number.

| letter | meaning | name in code | domain | unit |
| :-- | :-- | :-- | :-- | :-- |
"""

TAIL = r"""
Conventions that every chapter shares:

- A step of SGD is $\theta_{k+1}=\theta_k-\eta\,\nabla L_{\mathcal B_k}(\theta_k)$, and time is $t=\eta k$: one unit of
  time is $1/\eta$ steps.
- Averages over the samples carry no bar: $L=\frac1N\sum_\mu\ell_\mu$. The mean-square loss of a sample has the factor
  one half, $\ell_\mu=\frac12\lVert f_\mu-y_\mu\rVert^2$.
- A star marks the minimum, $L^*=L(\theta^*)$. Residual variance and loss there are tied by $\sigma^2=2L^*$.
- $\Sigma$ is the covariance of one minibatch gradient. The noise of one step of SGD has covariance $\eta^2\Sigma$.
"""


def domain(quantity: Quantity) -> str:
    """The domain as the table prints it."""
    return quantity.range.removeprefix("a finite ")


def row(quantity: Quantity) -> str:
    """One line of the table."""
    unit = quantity.unit.replace("^2", "²")
    return f"| ${quantity.latex}$ | {quantity.words} | `{quantity.name}` | {domain(quantity)} | {unit} |"


def main() -> None:
    """Write the page."""
    write_if_changed(PAGE, HEAD + "\n".join(row(quantity) for quantity in QUANTITIES.values()) + "\n" + TAIL)


if __name__ == "__main__":
    main()
