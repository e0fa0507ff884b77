"""The benchmarks as text."""

from collections.abc import Sequence

import numpy as np

from bench.growth import TERMS, Growth
from bench.timing import Rates, Row


def print_titles() -> None:
    """Print what the columns of the table are."""
    print(f"{'':92}{'at least':>9}{'aim for':>9}{'measured':>10}  range of the rounds")


def print_rows(rows: Sequence[Row]) -> None:
    """Print lines of the table; a mark at the end says that the median misses what it should at least be."""
    for row in rows:
        most = "at most" if row.aim < row.limit else ""
        limits = f"{row.name:84}{most:8}{row.limit:>9,g}{row.aim:>9,g}"
        if len(row.values) == 0:
            print(f"{limits}  not measured", flush=True)
            continue
        median = float(np.median(row.values))
        missed = median > row.limit if row.aim < row.limit else median < row.limit
        spread = f"{row.values.min():,.4g} to {row.values.max():,.4g}"
        print(f"{limits}{median:>10,.4g}  {spread}{'  MISSED' if missed else ''}", flush=True)


def print_rates(rates: Rates) -> None:
    """Print the rates behind the ratios, where there are any."""
    if not rates:
        return
    print("\nWork per second of CPU time:")
    for way, values in rates.items():
        print(f"  {way:60}{np.median(values):>12,.4g}")


def print_growth(growth: Growth, where: str) -> None:
    """Print the table of costs, the law, and how well it predicts."""
    costs = np.median(growth.costs, 1)
    ratios = growth.predictions / costs
    print(f"\nGrowth of the {growth.engine} engine, {where}: nanoseconds a replica-step")
    print(f"{'N':>9}{'d':>5}{'B':>5}{'R':>9}{'measured':>12}{'law':>12}{'law / measured':>16}")
    for case, cost, law, ratio, unseen in zip(
        growth.cases, costs, growth.predictions, ratios, growth.unseen, strict=True
    ):
        N, d, B, R = case
        print(f"{N:>9}{d:>5}{B:>5}{R:>9}{cost:>12.4g}{law:>12.4g}{ratio:>16.2f}{'  not fitted' if unseen else ''}")
    terms = [f"{value:.3g} ({term})" for value, term in zip(growth.coefficients, TERMS, strict=True)]
    errors = np.abs(ratios[~growth.unseen] - 1)
    print(f"Law: {' + '.join(terms)}. Error of the fit: median {np.median(errors):.0%}, largest {errors.max():.0%}.")
