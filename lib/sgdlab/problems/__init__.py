"""What is trained: problems, each a loss over samples with its derivatives."""

from sgdlab.problems.double_well import DoubleWell
from sgdlab.problems.gaussian_inputs import GaussianInputs
from sgdlab.problems.landscape import Landscape
from sgdlab.problems.linear_regression import LinearRegression, gaussian_design
from sgdlab.problems.networks import Network, convolutional, fully_connected
from sgdlab.problems.problem import Problem
from sgdlab.problems.quadratic import Quadratic
from sgdlab.problems.saddle import Saddle

__all__ = [
    "DoubleWell",
    "GaussianInputs",
    "Landscape",
    "LinearRegression",
    "Network",
    "Problem",
    "Quadratic",
    "Saddle",
    "convolutional",
    "fully_connected",
    "gaussian_design",
]
