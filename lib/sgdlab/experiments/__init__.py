"""One module a figure: what is run, at which sizes.

A module has a frozen dataclass of its configuration, instances of it named `QUICK` (seconds, the embedded digits; what
the notebooks and CI run), `FULL` (minutes on a laptop) and, where it exists, `GPU`, and a function
`run(config) -> dict[str, np.ndarray]`. Notebooks call `run`; `python -m sgdlab.experiments NAME SIZE` calls it and
stores what it returns. Where the training takes minutes, `run` has a second argument, `checkpoints`: the folder in
which it keeps its checkpoints, None for none. The command gives it one, so that an interrupted run is resumed.
"""
