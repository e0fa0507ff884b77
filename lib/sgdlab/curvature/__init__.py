"""Second-order work: Hessian and Gauss-Newton products and spectra, and their effective dimension."""

from sgdlab.curvature.effective_dimension import effective_dimension
from sgdlab.curvature.gauss_newton import (
    gauss_newton_quadratic_form,
    gauss_newton_spectrum,
    gauss_newton_vector_product,
    gram_matrix,
    symmetric_spectrum,
)
from sgdlab.curvature.hessian import hessian_vector_product, top_eigenpairs

__all__ = [
    "effective_dimension",
    "gauss_newton_quadratic_form",
    "gauss_newton_spectrum",
    "gauss_newton_vector_product",
    "gram_matrix",
    "hessian_vector_product",
    "symmetric_spectrum",
    "top_eigenpairs",
]
