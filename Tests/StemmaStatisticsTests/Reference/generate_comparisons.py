"""Makes comparisons.json: predictions of two models on the same examples, with the metrics of scikit-learn, McNemar's tests and
Holm's correction of statsmodels, and the intervals of a paired bootstrap with numpy.

    pip install scipy statsmodels scikit-learn
    python generate_comparisons.py > comparisons.json

The seed is fixed. The bootstrap is numpy's own, so its intervals agree with another one's only about as far as two runs of it do.
"""

import json
import sys

import numpy as np
import scipy
import sklearn
import statsmodels
from scipy import stats
from sklearn.metrics import accuracy_score, precision_recall_fscore_support
from statsmodels.stats.contingency_tables import mcnemar

SEED = 20240115
RESAMPLES = 10_000
random = np.random.default_rng(SEED)


def predictions(labels, classes, accuracy):
    """The labels, each but with that probability replaced by any class."""
    wrong = random.random(len(labels)) > accuracy
    return np.where(wrong, random.choice(classes, len(labels)), labels)


def scores(labels, predicted, average, positive):
    if average == "binary":
        # One class against all others, which is the usual thing where there are two.
        labels, predicted = labels == positive, predicted == positive
        arguments = {"average": "binary", "pos_label": True}
    else:
        arguments = {"average": average}
    precision, recall, f1, _ = precision_recall_fscore_support(labels, predicted, zero_division=0, **arguments)
    return np.array([precision, recall, f1])


def test(a_right, b_right):
    only_a, only_b, n = int(np.sum(a_right & ~b_right)), int(np.sum(~a_right & b_right)), len(a_right)
    exact = only_a + only_b < 25
    result = mcnemar([[0, only_a], [only_b, 0]], exact=exact, correction=True) if only_a + only_b else None
    difference = (only_b - only_a) / n if n else 0.0
    spread = (only_a + only_b) - (only_b - only_a) ** 2 / n if n else 0.0
    reach = stats.norm.isf(0.025) * np.sqrt(spread) / n if n else 0.0
    return {
        "method": "mcnemar_exact_binomial" if exact else "mcnemar_chi_square_corrected",
        "only_a": only_a, "only_b": only_b, "p_value": float(result.pvalue) if result else 1.0,
        "interval": [float(difference - reach), float(difference + reach)],
    }  # fmt: skip


def case(n, classes, weights, average, positive=None, extra=None, accuracies=(0.85, 0.88), shared=0.5):
    labels = random.choice(classes, n, p=weights)
    a = predictions(labels, classes, accuracies[0])
    b = np.where(random.random(n) < shared, a, predictions(labels, classes, accuracies[1]))
    if extra is not None:
        b = np.where(random.random(n) < 0.05, extra, b)
    one, two = scores(labels, a, average, positive), scores(labels, b, average, positive)
    differences = np.empty((RESAMPLES, 3))
    for row in range(RESAMPLES if n <= 1000 else 0):
        drawn = random.integers(0, n, n)
        differences[row] = scores_fast(labels[drawn], b[drawn], average, positive) - scores_fast(
            labels[drawn], a[drawn], average, positive
        )
    tests = {"accuracy": test(a == labels, b == labels)}
    if average == "binary":
        wanted = labels == positive
        tests["recall"] = test(a[wanted] == positive, b[wanted] == positive)
    elif average == "weighted":
        tests["recall"] = tests["accuracy"]
    intervals = np.percentile(differences, [2.5, 97.5], axis=0)
    return {
        "average": average, "positive_label": positive, "labels": labels.tolist(), "predictions_a": a.tolist(),
        "predictions_b": b.tolist(), "tests": tests,
        "model_a": [float(accuracy_score(labels, a)), *map(float, one)],
        "model_b": [float(accuracy_score(labels, b)), *map(float, two)],
        "bootstrap": {name: intervals[:, i].tolist() for i, name in enumerate(["precision", "recall", "f1"])},
    }  # fmt: skip


def scores_fast(labels, predicted, average, positive):
    """What scores() gives, without its checks: resamples are many."""
    classes = [positive] if average == "binary" else np.union1d(labels, predicted)
    correct = np.array([np.sum((labels == c) & (predicted == c)) for c in classes], dtype=float)
    support = np.array([np.sum(labels == c) for c in classes], dtype=float)
    found = np.array([np.sum(predicted == c) for c in classes], dtype=float)
    precision = np.divide(correct, found, out=np.zeros_like(correct), where=found > 0)
    recall = np.divide(correct, support, out=np.zeros_like(correct), where=support > 0)
    f1 = 2 * correct / (found + support)
    weights = support / support.sum() if average == "weighted" else np.full(len(classes), 1 / len(classes))
    return np.array([np.sum(weights * precision), np.sum(weights * recall), np.sum(weights * f1)])


cases = [
    case(400, ["0", "1"], [0.7, 0.3], "binary", "1"),
    case(60, ["0", "1"], [0.5, 0.5], "binary", "1", accuracies=(0.8, 0.82), shared=0.8),
    case(300, ["no", "yes"], [0.9, 0.1], "binary", "yes", accuracies=(0.7, 0.95), shared=0.0),
    case(200, ["ham", "spam"], [0.6, 0.4], "binary", "spam"),
    case(250, ["a", "b", "c"], [0.5, 0.3, 0.2], "binary", "c"),
    case(300, ["a", "b", "c"], [0.5, 0.3, 0.2], "macro"),
    case(300, ["a", "b", "c", "d", "e"], [0.2] * 5, "macro", extra="unknown", accuracies=(0.6, 0.7)),
    case(200, ["0", "1"], [0.8, 0.2], "macro"),
    case(350, ["a", "b", "c", "d"], [0.55, 0.25, 0.15, 0.05], "weighted", accuracies=(0.7, 0.9)),
    case(200, ["a", "b", "c"], [0.4, 0.3, 0.3], "weighted", extra="unknown"),
]
for one in cases:
    labels, a = np.array(one["labels"]), np.array(one["predictions_a"])
    fast, slow = (f(labels, a, one["average"], one["positive_label"]) for f in (scores_fast, scores))
    assert np.allclose(fast, slow, rtol=1e-12), (fast, slow)
print(f"seed {SEED}, {len(cases)} cases", file=sys.stderr)
made = f"scikit-learn {sklearn.__version__}, statsmodels {statsmodels.__version__}, scipy {scipy.__version__}, numpy {np.__version__}"
lines = ",\n".join(json.dumps(one, separators=(",", ":")) for one in cases)
print(f'{{"made_with":"{made}","seed":{SEED},"cases":[\n{lines}\n]}}')
