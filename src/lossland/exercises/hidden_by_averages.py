"""Checker of chapter 12: what an average of objectives, parameters, gradients or losses tells, and what it hides."""

from __future__ import annotations

from lossland.exercises.checker import checker
from lossland.exercises.truth_table import TruthTable

_TABLE = TruthTable(
    {
        "mean iterate beats mean loss": True,
        "two starts average well": False,
        "every loss wants the mean": False,
        "100 samples, spread / 10": False,
        "sample variance proves it": False,
        "lopsided well, no shift": False,
        "large batches cure a bias": False,
        "one batch beats two": True,
        "all data, no noise": True,
        "5000 iterates, 5000 samples": False,
    }
)
BOWL, TWO, MEAN, TENTH, EMPIRICAL, LOPSIDED, BIAS, ONE_BATCH, ALL_DATA, ITERATES = _TABLE.statements


@checker(
    _TABLE.kind,
    reference=_TABLE.reference,
    mistakes=[
        _TABLE.everywhere(True, "all_true", "Then averages would never hide anything. Begin with the two starts."),
        _TABLE.everywhere(False, "all_false", "Too dark: three of these hold, and each has its place in practice."),
        _TABLE.at(
            BOWL, "jensen", "On a convex objective Jensen's inequality decides, and on a bowl the gap is ½tr(HΣ) ≥ 0."
        ),
        _TABLE.at(
            TWO, "two_starts", "Between two starts the objective is not convex: neurons have other places, and the "
            "mean of two of them is a third one. The figure of averaged networks shows it.",
        ),
        _TABLE.at(
            MEAN, "always_the_mean", "More data make the answer of a loss more certain, not another one: a pinball "
            "loss asks for a quantile however many data there are.",
        ),
        _TABLE.at(
            TENTH, "root_law", "One over the root of the batch size needs a variance. The mean of 100 Cauchy samples "
            "has the law of one.",
        ),
        _TABLE.at(
            EMPIRICAL, "empirical_variance", "Every finite sample has a finite empirical variance, samples of a "
            "Cauchy law, too. Look whether it settles as the sample grows.",
        ),
        _TABLE.at(
            LOPSIDED, "no_shift", "In equilibrium the mean of the GRADIENT vanishes. If the well rises faster on one "
            "side, the iterates have to be more on the other.",
        ),
        _TABLE.at(
            BIAS, "bias_averaged", "Batches average what is random. A bias is the same in every sample, and moves the "
            "mean of the iterates by -H⁻¹b.",
        ),
        _TABLE.at(
            ONE_BATCH, "own_batches", "On one batch most of the noise is common to both networks and cancels in the "
            "difference; it is what the Lipschitz condition of the noise says.",
        ),
        _TABLE.at(
            ALL_DATA, "all_data", "The factor (N - B)/(N - 1) vanishes at B = N: the sample is the data. Whether the "
            "data are the world is another question.",
        ),
        _TABLE.at(
            ITERATES, "independent_iterates", "Successive iterates remember each other for about 1/(ηλ) steps: count "
            "how many memories fit in.",
        ),
    ],
    success="Averages are honest about what was averaged, over what, and with which law. Ask these three.",
    hints=(
        "Ask of each: is the function convex, is there a variance, are the samples independent?",
        "Three of the ten hold.",
    ),
)  # fmt: skip
def check_hidden_by_averages(answer):
    """Check which of ten statements about averages hold."""
