"""The laboratory of *The Physics of SGD*: what theory predicts, how SGD moves, and whether the two agree."""
