"""Where training pictures lie in a network's feature space: what is far from them is refused."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class FeatureSpace:
    """Where training pictures lie among the pooled features: probabilistic PCA (Tipping and Bishop 1999).

    ``mean`` ``[D]``; ``axes`` ``[D, K]``, orthonormal principal axes, with standard deviations ``spread`` ``[K]``;
    ``noise`` is the standard deviation in each of the other D - K directions.
    """

    mean: NDArray[np.float32]
    axes: NDArray[np.float32]
    spread: NDArray[np.float32]
    noise: float

    @classmethod
    def fit(cls, features: NDArray[np.float32], dimensions: int) -> FeatureSpace:
        """From ``features`` ``[N, D]`` of training pictures, N > ``dimensions``."""
        mean = features.mean(axis=0)
        _, singular, rows = np.linalg.svd(features - mean, full_matrices=False)
        variance = singular**2 / (len(features) - 1)
        kept = min(dimensions, len(variance) - 1)
        noise = max(float(np.sqrt(variance[kept:].sum() / (features.shape[1] - kept))), 1e-6)
        spread = np.maximum(np.sqrt(variance[:kept]), noise)
        return cls(mean, np.ascontiguousarray(rows[:kept].T), spread, noise)

    @property
    def method(self) -> str:
        """For the card."""
        return (
            f"Mahalanobis distance of the pooled features under probabilistic PCA with {self.axes.shape[1]} axes, "
            "fitted to the training fold (Tipping and Bishop 1999), per square root of dimensions"
        )
