"""`Forecast`: simulated futures of one yearly series."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

DISPLAY_QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)  # median with the central 50 % and 80 % bands


@dataclass(frozen=True)
class Forecast:
    """Draws of one series' next years, joint over the years.

    Attributes
    ----------
    model : name of the trend model that made the draws.
    history : the figures used, indexed by year (ascending, gaps allowed), in the indicator's unit.
    draws : shape (n_draws, horizon), the same unit; column h-1 is the year ``origin + h``.
    calibrated : whether the model's intervals have been checked against outcomes never used to tune them.
    """

    model: str
    history: pd.Series
    draws: NDArray[np.float64]
    calibrated: bool = False

    @property
    def origin(self) -> int:
        """Last year whose figure was used."""
        return int(self.history.index[-1])

    @property
    def horizon(self) -> int:
        """Number of years simulated after the origin."""
        return int(self.draws.shape[1])

    @property
    def years(self) -> range:
        """Years of the columns of `draws`."""
        return range(self.origin + 1, self.origin + 1 + self.horizon)

    def year(self, year: int) -> NDArray[np.float64]:
        """Draws of one year, shape (n_draws,).

        Raises
        ------
        KeyError : the year is not among `years`.
        """
        if year not in self.years:
            raise KeyError(f"the forecast covers {self.years[0]}-{self.years[-1]}, not {year}")
        return self.draws[:, year - self.origin - 1]

    def quantiles(self, levels: tuple[float, ...] = DISPLAY_QUANTILES) -> pd.DataFrame:
        """Quantiles of the draws: one row per year, one column per level, in the indicator's unit."""
        table = np.quantile(self.draws, levels, axis=0).T
        return pd.DataFrame(table, index=pd.Index(self.years, name="year"), columns=list(levels))
