import math

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from sgdlab.problems.losses import cross_entropy, mean_square


def logits(n=6, classes=4, seed=0):
    return 3 * torch.randn(n, classes, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


CLASSES = torch.tensor([0, 3, 1, 1, 2, 0])


def test_mean_square_sums_over_outputs():
    outputs, targets = torch.tensor([[1.0, 2.0], [0.0, 0.0]]), torch.tensor([[0.0, 0.0], [3.0, 4.0]])
    assert mean_square(outputs, targets).tolist() == [2.5, 12.5]


def test_cross_entropy_and_its_derivatives_are_those_of_the_textbook_form():
    def ours(outputs):
        return cross_entropy(outputs, CLASSES)

    def textbook(outputs):
        return functional.cross_entropy(outputs, CLASSES, reduction="none")

    torch.testing.assert_close(ours(logits()), textbook(logits()))
    for derivative in (torch.func.jacrev, torch.func.jacfwd, torch.func.hessian):
        torch.testing.assert_close(derivative(ours)(logits()), derivative(textbook)(logits()))


def test_cross_entropy_of_two_outputs_is_the_logistic_loss():
    margin = torch.linspace(-50, 50, 11, dtype=torch.float64)
    outputs = torch.stack([margin, torch.zeros_like(margin)], 1)
    expected = [math.log1p(math.exp(-m)) if m > 0 else -m + math.log1p(math.exp(m)) for m in margin.tolist()]
    torch.testing.assert_close(cross_entropy(outputs, torch.zeros(11, dtype=torch.int64)).tolist(), expected)


def test_small_losses_and_their_gradients_keep_their_digits_in_float32():
    margin = 30.0
    outputs = torch.tensor([[margin, 0.0, 0.0]], dtype=torch.float32, requires_grad=True)
    loss = cross_entropy(outputs, torch.tensor([0]))[0]
    (gradient,) = torch.autograd.grad(loss, outputs)
    small = math.exp(-margin)
    torch.testing.assert_close(loss.item(), 2 * small, rtol=1e-5, atol=0)
    torch.testing.assert_close(gradient[0].tolist(), [-2 * small, small, small], rtol=1e-5, atol=0)


def test_large_losses_stay_finite():
    outputs = torch.tensor([[0.0, 1e4]], requires_grad=True)
    loss = cross_entropy(outputs, torch.tensor([0]))[0]
    assert loss.item() == 1e4
    assert torch.autograd.grad(loss, outputs)[0].tolist() == [[-1.0, 1.0]]


@settings(deadline=None)
@given(st.floats(-100, 100))
def test_cross_entropy_does_not_see_a_common_shift(shift):
    torch.testing.assert_close(
        cross_entropy(logits() + shift, CLASSES), cross_entropy(logits(), CLASSES), rtol=1e-9, atol=1e-12
    )
