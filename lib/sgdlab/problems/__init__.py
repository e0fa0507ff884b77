"""What is trained: problems, each a loss over samples with its derivatives."""

from sgdlab.problems.linear_regression import LinearRegression, gaussian_design
from sgdlab.problems.networks import Network, convolutional, fully_connected
from sgdlab.problems.problem import Problem

__all__ = ["LinearRegression", "Network", "Problem", "convolutional", "fully_connected", "gaussian_design"]
