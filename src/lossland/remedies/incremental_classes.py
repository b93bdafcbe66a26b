r"""A classifier to which classes can be added one by one, without a second look at the others.

Each class is remembered by the number of its examples, their mean, and what it adds to the common scatter matrix.  A
new example is given to the class with the largest

.. math:: \delta_c(x)=\mu_c^\top\Sigma^{-1}x-\tfrac12\mu_c^\top\Sigma^{-1}\mu_c,\qquad
   \Sigma=(1-\gamma)S+\gamma\tfrac{\operatorname{tr}S}{d}1,

linear discriminant analysis with equal priors and shrinkage :math:`\gamma`.  The statistics are sums: in whatever order
and in however many parts the examples come, the classifier is the same, to rounding.

Source: Hastie, Tibshirani and Friedman (2009), *The Elements of Statistical Learning*, sections 4.3 and 18.3; Glukhov
(2024), section 6.3, for the task.
"""

from __future__ import annotations

import numpy as np

from lossland import _checks


class IncrementalClassifier:
    """Linear discriminant analysis by sums, class by class.

    Args:
        n_features: Number of features d.
        shrinkage: Share of the common variance in all directions, in [0, 1].

    Attributes:
        classes: Labels seen so far, sorted.

    Raises:
        ValueError: If an argument is out of range.

    >>> classifier = IncrementalClassifier(1, shrinkage=0.5)
    >>> classifier.add([[0.0], [0.2]], [3, 3]).add([[5.0], [5.2]], [8, 8]).predict([[0.5], [4.0]]).tolist()
    [3, 8]
    """

    def __init__(self, n_features: int, *, shrinkage: float = 0.1):
        self.n_features = _checks.integer("n_features", n_features, low=1)
        self.shrinkage = _checks.real_number("shrinkage", shrinkage, low=0.0, high=1.0)
        self._counts: dict[int, int] = {}
        self._means: dict[int, np.ndarray] = {}
        self._scatter = np.zeros((self.n_features, self.n_features))

    @property
    def classes(self) -> np.ndarray:
        """Labels seen so far, sorted."""
        return np.array(sorted(self._counts), dtype=np.int64)

    def add(self, features, labels) -> IncrementalClassifier:
        """Learn from examples, of known classes or of new ones; earlier examples are not needed.

        Args:
            features: (n, n_features).
            labels: Integers (n,).

        Returns:
            The classifier itself.

        Raises:
            TypeError: If labels are not integers.
            ValueError: If shapes do not fit, or a feature is not finite; then nothing is learned.
        """
        features, labels = self._check_features(features), np.asarray(labels)
        if labels.shape != features.shape[:1]:
            raise ValueError(f"labels: expected one for each of {len(features)} examples, got the shape {labels.shape}")
        if labels.dtype.kind not in "iu":
            raise TypeError(f"labels: expected integers, got {labels.dtype}")
        for label in np.unique(labels):
            own = features[labels == label]
            mean, key = own.mean(axis=0), int(label)
            centered = own - mean
            self._scatter += centered.T @ centered
            before = self._counts.get(key, 0)
            if before:  # the scatter of two groups around their common mean
                apart = mean - self._means[key]
                self._scatter += before * len(own) / (before + len(own)) * np.outer(apart, apart)
                mean = self._means[key] + apart * len(own) / (before + len(own))
            self._counts[key], self._means[key] = before + len(own), mean
        return self

    def scores(self, features) -> np.ndarray:
        """Return the discriminants (n, n_classes), in the order of ``classes``.

        Raises:
            ValueError: If nothing has been learned, shapes do not fit, or the scatter is singular without shrinkage.
        """
        if not self._counts:
            raise ValueError("features: nothing to compare them with; call add() first")
        features = self._check_features(features)
        freedom = max(sum(self._counts.values()) - len(self._counts), 1)
        scatter = self._scatter / freedom
        level = np.trace(scatter) / self.n_features or 1.0  # one example for each class has no scatter
        covariance = (1 - self.shrinkage) * scatter + self.shrinkage * level * np.eye(self.n_features)
        means = np.stack([self._means[label] for label in self.classes.tolist()])
        try:
            directions = np.linalg.solve(covariance, means.T)
        except np.linalg.LinAlgError as error:
            raise ValueError("shrinkage: expected a positive one, since the features have no scatter in some direction "
                             f"of {self.n_features}, got {self.shrinkage:g}") from error  # fmt: skip
        return features @ directions - 0.5 * np.sum(means.T * directions, axis=0)

    def predict(self, features) -> np.ndarray:
        """Return the most likely class of each example, (n,)."""
        return self.classes[np.argmax(self.scores(features), axis=1)]

    def _check_features(self, features) -> np.ndarray:
        array = _checks.real_array("features", features)
        if array.ndim != 2 or array.shape[1] != self.n_features:
            raise ValueError(f"features: expected (n, {self.n_features}), got the shape {array.shape}")
        return array
