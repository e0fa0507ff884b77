"""The test of the equation test: a broken page must be caught, and the message must say where."""

import json

import pytest

from sgdlab.laws import pages
from sgdlab.laws import quantities as q
from sgdlab.laws.proofs import proves

B, N = q.batch_size.symbol, q.n_samples.symbol
LAW = r"""$$
\Sigma = \frac{N-B}{B\,(N-1)}\, C
$$ (law-covariance_without_replacement)"""
STEP = r"""$$
v = \frac{B}{N}\left(1-\frac{B}{N}\right)
$$ (step-variance)"""


def page(tmp_path, *texts, proofs=()):
    cells = [{"cell_type": "markdown", "source": text} for text in texts]
    outputs = [{"output_type": "execute_result", "data": proof._repr_mimebundle_()} for proof in proofs]
    cells.append({"cell_type": "code", "source": "", "outputs": outputs})
    path = tmp_path / "page.ipynb"
    path.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    return path


def verdicts(path):
    stored = pages.proofs(path)
    return {equation.label: pages.verify(equation, stored) for equation in pages.equations(path)}


@pytest.fixture
def proof():
    value = B / N - B**2 / N**2
    return proves("step-variance", value, B / N * (1 - B / N), names={"v": value})


def test_a_true_page(tmp_path, proof):
    path = page(tmp_path, LAW, STEP, "$$ x := y $$ (def-x)", "$$ z \\ll 1 $$ (asm-small)", proofs=[proof])
    assert verdicts(path) == {
        "law-covariance_without_replacement": "proved",
        "step-variance": "proved",
        "def-x": "definition",
        "asm-small": "assumption",
    }


def test_a_broken_sign_in_a_law_names_page_and_equation(tmp_path):
    path = page(tmp_path, LAW.replace("N-1", "N+1"))
    with pytest.raises(
        pages.EquationError, match=r"page\.ipynb, equation law-covariance_without_replacement: .* is not "
    ):
        verdicts(path)


def test_a_wrong_left_side_of_a_law(tmp_path):
    with pytest.raises(pages.EquationError, match="left side"):
        verdicts(page(tmp_path, LAW.replace(r"\Sigma", "C", 1)))


def test_a_broken_sign_in_a_step_names_page_and_equation(tmp_path, proof):
    path = page(tmp_path, STEP.replace("1-", "1+"), proofs=[proof])
    with pytest.raises(pages.EquationError, match=r"page\.ipynb, equation step-variance: .* is not "):
        verdicts(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (STEP, "no cell of the page ends in proves"),
        (LAW.replace("law-", "law-no_such_"), "no law is named"),
        (LAW.replace(r"\Sigma", r"\Xi"), "expected a factor"),
        ("$$ x = y $$ (eq-x)", "begins with none of"),
        (LAW + "\n\n" + LAW, "stands twice"),
        ("```{math}\n:label: x\na = b\n```", "number equations as"),
        ("$$ a = b \\tag{1} $$", "number equations as"),
    ],
)
def test_what_cannot_be_held_against_a_law_is_an_error(tmp_path, text, message):
    with pytest.raises(pages.EquationError, match=message):
        verdicts(page(tmp_path, text))


def test_matrix_steps_are_read_back(tmp_path):
    H, L = q.hessian.symbol, q.loss.symbol
    proof = proves("step-matrix", (L + B) * H, L * H + B * H)
    assert verdicts(page(tmp_path, "$$ (L+B) H = L H + B H $$ (step-matrix)", proofs=[proof])) == {
        "step-matrix": "proved"
    }


def test_a_side_that_is_proved_but_not_printed(tmp_path):
    proof = proves(
        "step-variance", B / N * (1 - B / N), B / N - B**2 / N**2, B * (N - B) / N**2, names={"v": B / N * (1 - B / N)}
    )
    with pytest.raises(pages.EquationError, match="2 sides are printed, 3 are proved"):
        verdicts(page(tmp_path, STEP, proofs=[proof]))
