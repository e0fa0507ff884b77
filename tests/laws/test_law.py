import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import sympy as sp

from sgdlab.laws import Law, all_laws, find
from sgdlab.laws import quantities as q
from sgdlab.laws.proofs import Counterexample
from sgdlab.laws.quantities import QUANTITIES, names_of
from sgdlab.laws.translator import translate

LAWS = all_laws().values()
B, L, H, g, h = (getattr(q, name).symbol for name in ("batch_size", "loss", "hessian", "gradient", "curvature"))
scalar = Law("scalar", q.variance.symbol, 2 * L * h / B, "a test")
matrix = Law("matrix", q.covariance.symbol, (2 * L * H + g * g.T) / B, "a test")


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
def test_the_printed_equation_reads_back_as_the_law(law):
    value, expression = translate(law.latex(), names_of(law.value, law.expression))
    assert value == law.value
    assert law.verify(expression) == "proved"


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
def test_every_law_has_a_source_and_arguments_of_the_book(law):
    assert law.source
    assert law.arguments
    assert all(argument.name in QUANTITIES for argument in law.arguments)


def test_a_law_prints_its_letters_inside_of_a_beta_function():
    law = Law("with_beta", q.variance.symbol, 2 * sp.beta(B / 2, h), "a test")
    assert law.latex() == r"\Sigma_{xx} = 2 \mathrm{B}{\left(\frac{B}{2},h \right)}"


def test_a_law_is_written_the_same_in_every_process():
    assert (
        repr(Law("stable", q.variance.symbol, 2 * h, "a test", stable=lambda curvature: 2 * curvature))
        == "<law stable>"
    )


def _value(quantity, draw):
    if quantity.integer:
        return int(draw.integers(2, 9))
    if quantity.lower == -np.inf and quantity.upper < np.inf:
        return quantity.upper - draw.uniform(0.5, 4)
    if quantity.upper < np.inf:
        return draw.uniform(quantity.lower, quantity.upper)
    return quantity.lower + draw.uniform(0.5, 4) if quantity.lower > -np.inf else draw.uniform(-3, 3)


@pytest.mark.parametrize("law", [law for law in LAWS if not hasattr(law.expression, "shape")], ids=lambda law: law.name)
def test_numpy_and_javascript_agree_with_sympy(law):
    draw = np.random.default_rng(1)
    points = [{a.name: float(_value(a, draw)) for a in law.arguments} for _ in range(20)]
    exact = [float(law.expression.subs({a.symbol: sp.Float(p[a.name], 40) for a in law.arguments})) for p in points]
    assert [law(**point) for point in points] == pytest.approx(exact, rel=1e-14)
    names = ", ".join(a.name for a in law.arguments)
    program = f"const f = ({{{names}}}) => {law.javascript()}; console.log(JSON.stringify({json.dumps(points)}.map(f)))"
    places = [str(Path(sys.executable).parent), os.environ["PATH"]]  # the set-up may have put it into the environment
    node = shutil.which("node", path=os.pathsep.join(places))
    assert node, "node is part of the set-up"
    printed = subprocess.run([node, "-e", program], capture_output=True, text=True, check=True).stdout
    assert json.loads(printed) == pytest.approx(exact, rel=1e-14)


def test_scalars_broadcast_to_leading_axes_and_matrices_stay_behind():
    value = matrix(loss=[[1.0], [2.0]], batch_size=[1, 2, 4], hessian=np.eye(2), gradient=[1.0, 3.0])
    assert value.shape == (2, 3, 2, 2)
    np.testing.assert_allclose(value[1, 2], (4 * np.eye(2) + np.outer([1, 3], [1, 3])) / 4)
    assert isinstance(scalar(loss=1, curvature=1, batch_size=4), float)


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match=r"batch_size must be a finite number >= 1, got 0\.5"):
        scalar(loss=1, curvature=1, batch_size=[1, 0.5])
    with pytest.raises(ValueError, match="same number of parameters"):
        matrix(loss=1, batch_size=1, hessian=np.eye(2), gradient=[1, 2, 3])
    with pytest.raises(TypeError, match="batch_size"):
        scalar(loss=1, curvature=1)


def test_beyond_float64_is_infinite():
    assert scalar(loss=1e300, curvature=1e300, batch_size=1) == np.inf


def test_stable_evaluation_is_used():
    plain = Law("plain", q.variance.symbol, sp.log(1 + L), "a test")
    stable = Law("stable", q.variance.symbol, sp.log(1 + L), "a test", stable=lambda loss: np.log1p(loss))
    tiny = 1e-20
    exact = float(sp.log(1 + sp.Float(tiny, 60)))
    assert plain(loss=tiny) == 0
    assert stable(loss=tiny) == pytest.approx(exact, rel=1e-15)


def test_matrix_law_has_no_javascript():
    with pytest.raises(ValueError, match="matrix"):
        matrix.javascript()


def test_a_broken_sign_is_a_counterexample():
    with pytest.raises(Counterexample, match=r"^law matrix: "):
        matrix.verify((2 * L * H - g * g.T) / B)


def test_unknown_names():
    with pytest.raises(ValueError, match="no law is named 'gravity'"):
        find("gravity")
    with pytest.raises(ValueError, match="no quantities"):
        _ = Law("odd", q.variance.symbol, sp.Symbol("strange"), "a test").arguments
