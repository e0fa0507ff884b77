"""Numbers that the prose rounds into words, held against the stored results they come from."""

from pathlib import Path

import numpy as np

from sgdlab.experiments import decoupling
from sgdlab.measure import scaling_exponent
from sgdlab.runs import load

CHAPTER = (Path(__file__).parents[2] / "book" / "noise" / "noise_proportional_to_loss.ipynb").read_text(
    encoding="utf-8"
)
FULL = load("decoupling", "full").arrays
GRADIENT, EIGEN, RANDOM = np.split(FULL["rho"], [1, 1 + decoupling.FULL.eigenvectors], axis=-1)


def test_the_outliers_agree_within_thirty_percent():
    assert "the outliers within thirty percent" in CHAPTER
    spectra = load("decoupled_spectra", "full").arrays
    exact, decoupled = spectra["exact"][:, :10], spectra["decoupled"][:, :10]
    assert 0.2 < np.abs(exact / decoupled - 1).max() < 0.3


def test_the_mean_ratio_of_a_trained_network_is_one_within_ten_percent():
    assert "is 1 within about ten percent" in CHAPTER
    for kind in (EIGEN, RANDOM):
        assert np.abs(kind[:, 1:].mean(axis=(0, 2)) - 1).max() < 0.105


def test_the_ratio_along_the_gradient_lies_a_few_percent_above_one():
    assert "the ratio lies a few percent above 1" in CHAPTER
    trained = GRADIENT[:, 1:, 0]
    assert (trained > 1).all()
    assert 0.03 < trained.mean() - 1 < 0.1


def test_the_dense_network_lies_above_its_line_by_a_factor_of_about_two():
    assert "a factor of about two" in CHAPTER
    noise = load("noise_strength", "full").arrays
    late = (noise["dense_noise"] / (noise["dense_residual"] * noise["dense_gradient"]))[0, -5:]
    assert 1.7 < late.mean() < 2.5


def exponent(experiment, network, part, highest):
    result = load(experiment, "full").arrays
    return scaling_exponent(result[f"{network}_loss"], result[f"{network}_{part}"], 0.0, highest).value


def test_at_full_size_the_noise_falls_with_an_exponent_near_nine_tenths():
    assert "with an exponent near 0.9" in CHAPTER
    exponents = [exponent("noise_strength", net, "noise", 0.05) for net in ("dense", "convolutional")]
    np.testing.assert_allclose(exponents, 0.9, atol=0.05)


def test_at_full_size_the_cross_entropy_comes_close_to_the_exponent_two_by_two_errors():
    assert "come close to the exponent 2, but for two reasons" in CHAPTER
    for net in ("dense", "convolutional"):
        noise, residual, gradient = (
            exponent("cross_entropy_noise", net, part, 0.01) for part in ("noise", "residual", "gradient")
        )
        assert abs(noise - 2) < 0.15
        assert residual > 2.1
        assert gradient < -0.1
