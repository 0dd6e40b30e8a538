"""Makes statistics.json: 1,000 cases with the values that scipy and statsmodels give.

    pip install scipy statsmodels mpmath
    python generate.py > statistics.json

The seed is fixed, so the same versions make the same file. Every value is also computed from its formula with 50 digits: a
case where the libraries themselves are further than 1e-10 from the truth (an interval's end that cancels to almost nothing, a
far tail that a library rounds) is drawn again, and how often that happened is printed. The tests may so ask for 1e-9.
"""

import functools
import json
import random
import sys
import warnings

import mpmath as mp
import numpy as np
import scipy
import statsmodels
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import normal_sample_size_one_tail
from statsmodels.stats.proportion import (
    confint_proportions_2indep,
    proportions_ztest,
    samplesize_proportions_2indep_onetail,
)

SEED = 20240115
random.seed(SEED)
mp.mp.dps = 50
warnings.simplefilter("error")
LEVELS = [0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999, 0.999999]
redrawn = {}


def size(low, high):
    """A whole number whose logarithm is uniform."""
    return max(low, min(high, int(round(10 ** random.uniform(np.log10(max(low, 0.5)), np.log10(high))))))


@functools.cache
def critical(level):
    """The normal quantile of a two-sided interval: as libraries take it, and exactly."""
    alpha = 1 - level
    z = float(stats.norm.isf(alpha / 2))
    return z, mp.findroot(lambda x: mp.log(mp.erfc(x / mp.sqrt(2))) - mp.log(mp.mpf(alpha)), z)


def normal_tail(z):
    return mp.erfc(z / mp.sqrt(2)) / 2


def incomplete_beta(a, b, x):
    """I_x(a, b) left of the mean, by the continued fraction DLMF 8.17.22."""
    convergent, below, value = mp.mpf(1), 1 / (1 - (a + b) * x / (a + 1)), 1 / (1 - (a + b) * x / (a + 1))
    for m in range(1, 100000):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            below, convergent = 1 / (1 + term * below), 1 + term / convergent
            value *= below * convergent
        if abs(below * convergent - 1) < mp.mpf("1e-30"):
            front = mp.loggamma(a + b) - mp.loggamma(a) - mp.loggamma(b) + a * mp.log(x) + b * mp.log(1 - x)
            return mp.exp(front) * value / a
    raise mp.NoConvergence


def student_tail(t, df):
    """P(T > t) for t >= 0."""
    half, share = mp.mpf(0.5), df / (df + t * t)
    if share * (df / 2 + 2.5) < df / 2 + 1:
        return incomplete_beta(df / 2, half, share) / 2
    return (1 - incomplete_beta(half, df / 2, 1 - share)) / 2


def mcnemar_case():
    kind = random.choice(["small", "small", "large", "close", "extreme"])
    if kind == "small":
        a, b = random.randint(0, 20), random.randint(0, 20)
    elif kind == "large":
        a, b = size(1, 10**6), size(1, 10**6)
    elif kind == "close":
        a = size(20, 10**7)
        b = max(0, a + int(random.gauss(0, 1) * np.sqrt(2 * a)))
    else:
        a, b = random.choice([0, 1, 2]), size(1, 1200)
    n = a + b
    exact = n < 25
    result = mcnemar([[0, a], [b, 0]], exact=exact, correction=True) if n else None
    p = float(result.pvalue) if n else 1.0
    statistic = float(result.statistic) if n else 0.0
    if exact:
        truth = min(mp.mpf(1), 2 * sum(mp.binomial(n, k) for k in range(min(a, b) + 1)) / mp.mpf(2) ** n)
    else:
        truth = mp.erfc(mp.sqrt(mp.mpf((abs(a - b) - 1) ** 2) / n / 2))
    yield {"only_a": a, "only_b": b}, {
        "method": "exact_binomial" if exact else "chi_square_corrected",
        "statistic": statistic,
        "p_value": p,
    }, {"p_value": truth}


def paired_case():
    n = size(1, 10**7)
    a = random.randint(0, n) if random.random() < 0.5 else int(n * random.random() ** 6)
    b = random.randint(0, n - a) if random.random() < 0.5 else int((n - a) * random.random() ** 6)
    level = random.choice(LEVELS)
    z, exact_z = critical(level)
    difference = (b - a) / n
    reach = z * np.sqrt(max(0, (b + a) - (b - a) ** 2 / n)) / n
    truth = mp.mpf(b - a) / n
    exact_reach = exact_z * mp.sqrt(b + a - mp.mpf((b - a) ** 2) / n) / n
    yield {"only_a": a, "only_b": b, "pairs": n, "level": level}, {
        "difference": difference,
        "lower": float(difference - reach),
        "upper": float(difference + reach),
    }, {"difference": truth, "lower": truth - exact_reach, "upper": truth + exact_reach}


def wilson(count, n, z):
    p, share = mp.mpf(count) / n, z * z / n
    reach = z * mp.sqrt(p * (1 - p) / n + share / (4 * n)) / (1 + share)
    centre = (p + share / 2) / (1 + share)
    return p, centre - reach, centre + reach


def proportions_case():
    n_a, n_b = size(1, 10**7), size(1, 10**7)
    kind = random.choice(["any", "close", "rare", "extreme"])
    if kind == "any":
        a, b = random.randint(0, n_a), random.randint(0, n_b)
    elif kind == "close":
        rate = random.random()
        a, b = np.random.RandomState(random.getrandbits(31)).binomial([n_a, n_b], rate)
    elif kind == "rare":
        a, b = int(n_a * random.random() ** 12), int(n_b * random.random() ** 12)
    else:
        a, b = random.choice([0, n_a]), random.choice([0, 1, n_b - 1, n_b])
    a, b = int(a), int(b)
    level = random.choice(LEVELS)
    given = {"successes_a": a, "trials_a": n_a, "successes_b": b, "trials_b": n_b, "level": level}
    _, z_level = critical(level)
    p_a, low_a, high_a = wilson(a, n_a, z_level)
    p_b, low_b, high_b = wilson(b, n_b, z_level)
    difference = p_b - p_a
    lower, upper = confint_proportions_2indep(b, n_b, a, n_a, method="newcomb", compare="diff", alpha=1 - level)
    expected = {"difference": b / n_b - a / n_a, "lower": float(lower), "upper": float(upper)}
    truth = {
        "difference": difference,
        "lower": difference - mp.sqrt((p_b - low_b) ** 2 + (high_a - p_a) ** 2),
        "upper": difference + mp.sqrt((high_b - p_b) ** 2 + (p_a - low_a) ** 2),
    }
    if 0 < a + b < n_a + n_b:
        for name, alternative in [("p_value", "two-sided"), ("p_greater", "larger"), ("p_less", "smaller")]:
            z, p = proportions_ztest([b, a], [n_b, n_a], alternative=alternative)
            expected["z"], expected[name] = float(z), float(p)
        pooled = mp.mpf(a + b) / (n_a + n_b)
        z = difference / mp.sqrt(pooled * (1 - pooled) * (mp.mpf(1) / n_a + mp.mpf(1) / n_b))
        truth |= {"z": z, "p_value": 2 * normal_tail(abs(z)), "p_greater": normal_tail(z), "p_less": normal_tail(-z)}
    else:
        expected |= {"z": 0.0, "p_value": 1.0}
    yield given, expected, truth


def welch_case():
    n_a, n_b = size(2, 10**6), size(2, 10**6)
    deviation_a, deviation_b = 10 ** random.uniform(-3, 3), 10 ** random.uniform(-3, 3)
    if random.random() < 0.5:
        deviation_b = deviation_a * random.uniform(0.5, 2)
    if random.random() < 0.05:
        deviation_b = 0.0
    error = np.sqrt(deviation_a**2 / n_a + deviation_b**2 / n_b)
    mean_a = random.gauss(0, 1) * 10 ** random.uniform(-2, 3)
    mean_b = mean_a + error * random.gauss(0, 1) * random.choice([0.1, 1, 1, 3, 10, 25])
    level = random.choice(LEVELS)
    given = {
        "mean_a": mean_a, "deviation_a": deviation_a, "n_a": n_a,
        "mean_b": mean_b, "deviation_b": deviation_b, "n_b": n_b, "level": level,
    }  # fmt: skip
    expected = {}
    for name, alternative in [("p_value", "two-sided"), ("p_greater", "greater"), ("p_less", "less")]:
        result = stats.ttest_ind_from_stats(
            mean_b, deviation_b, n_b, mean_a, deviation_a, n_a, equal_var=False, alternative=alternative
        )
        expected["t"], expected[name] = float(result.statistic), float(result.pvalue)
    # The degrees of freedom and the interval of ttest_ind, which takes samples only, are these lines of its source.
    square_a, square_b = deviation_a**2 / n_a, deviation_b**2 / n_b
    df = (square_a + square_b) ** 2 / (square_a**2 / (n_a - 1) + square_b**2 / (n_b - 1))
    half = float(stats.t.isf((1 - level) / 2, df)) * error
    expected |= {"degrees": df, "lower": mean_b - mean_a - half, "upper": mean_b - mean_a + half}

    a, b = mp.mpf(deviation_a) ** 2 / n_a, mp.mpf(deviation_b) ** 2 / n_b
    exact_df = (a + b) ** 2 / (a * a / (n_a - 1) + b * b / (n_b - 1))
    difference = mp.mpf(mean_b) - mp.mpf(mean_a)
    t = difference / mp.sqrt(a + b)
    tail = student_tail(abs(t), exact_df)
    upper, lower = (tail, 1 - tail) if t >= 0 else (1 - tail, tail)
    alpha = mp.mpf(1 - level)
    quantile = mp.findroot(
        lambda x: mp.log(2 * student_tail(x, exact_df)) - mp.log(alpha), mp.mpf(half / error), tol=1e-40
    )
    half = quantile * mp.sqrt(a + b)
    truth = {
        "t": t, "degrees": exact_df, "p_value": 2 * tail, "p_greater": upper, "p_less": lower,
        "lower": difference - half, "upper": difference + half,
    }  # fmt: skip
    yield given, expected, truth


def holm_case():
    count = random.randint(1, 12)
    power = random.choice([1, 3, 30])
    values = [random.random() ** power for _ in range(count)]
    if random.random() < 0.3:
        values[-1] = values[0]
    if random.random() < 0.1:
        values[0] = random.choice([0.0, 1.0])
    yield {"p_values": values}, {"adjusted": [float(x) for x in multipletests(values, method="holm")[1]]}, {}


def plan_case():
    significance, power = random.choice([0.001, 0.01, 0.05, 0.1]), random.uniform(0.5, 0.999)
    ratio = random.choice([1, 1, 0.25, 0.5, 2, 4])
    alternative = random.choice(["two_sided", "greater"])
    alpha = significance / 2 if alternative == "two_sided" else significance
    a, b = random.random(), random.random()
    deviation_a, deviation_b = random.uniform(0.1, 10), random.uniform(0.1, 10)
    difference = random.uniform(0.01, 5)
    given = {
        "significance": significance, "power": power, "ratio": ratio, "alternative": alternative, "a": a, "b": b,
        "deviation_a": deviation_a, "deviation_b": deviation_b, "difference": difference,
    }  # fmt: skip
    # The library's first sample has diff + prop2, its second prop2: here A is the first.
    proportions = samplesize_proportions_2indep_onetail(a - b, b, power, ratio=ratio, alpha=alpha, alternative="larger")
    spread = np.sqrt(deviation_a**2 + deviation_b**2 / ratio)
    means = normal_sample_size_one_tail(difference, power, alpha, std_null=spread, std_alternative=spread)
    yield given, {"proportions": float(proportions), "means": float(means)}, {}


def agrees(expected, truth):
    for name, exact in truth.items():
        value = expected.get(name)
        if value is None or (abs(exact) < mp.mpf("1e-300") and abs(value) < 1e-290):
            continue
        if abs(mp.mpf(value) - exact) > mp.mpf("1e-10") * abs(exact):
            return False
    return True


def draw(name, make):
    while True:
        try:
            given, expected, truth = next(make())
        except (mp.NoConvergence, ValueError, ZeroDivisionError):
            redrawn[name] = redrawn.get(name, 0) + 1
            continue
        if agrees(expected, truth):
            return {"kind": name, "given": given, "expected": expected}
        redrawn[name] = redrawn.get(name, 0) + 1


cases = []
for kind, make, count in [
    ("mcnemar", mcnemar_case, 200),
    ("paired", paired_case, 150),
    ("two_proportions", proportions_case, 250),
    ("welch", welch_case, 250),
    ("holm", holm_case, 100),
    ("plan", plan_case, 50),
]:
    cases += [draw(kind, make) for _ in range(count)]
print(f"seed {SEED}, {len(cases)} cases, redrawn: {redrawn}", file=sys.stderr)
made = f"scipy {scipy.__version__}, statsmodels {statsmodels.__version__}, numpy {np.__version__}"
lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
print(f'{{"made_with":"{made}","seed":{SEED},"cases":[\n{lines}\n]}}')
