"""Where the mean of SGD on a quadratic loss diverges."""


def check_learning_rate(
    learning_rate: float, largest_curvature: float, *, momentum: float = 0.0, weight_decay: float = 0.0
) -> None:
    """Raise ValueError unless the mean of theta stays bounded: eta (h_max + lambda) < 2 (1 + beta), the heavy ball's.

    At the limit an eigenvalue of the step's mean, z^2 - (1 + beta - eta (h + lambda)) z + beta = 0, is -1.
    """
    stiffness = largest_curvature + weight_decay
    limit = 2 * (1 + momentum) / stiffness if stiffness > 0 else float("inf")
    if not learning_rate < limit:
        raise ValueError(
            f"learning_rate must be below 2 (1 + momentum) / (largest curvature + weight_decay) = {limit:g}, "
            f"or the mean diverges (allow_divergence=True runs it), got {learning_rate:g}"
        )
