"""Straight lines through the figures themselves: Theta methods and drift, at every origin of many series at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ipplan_analysis.trend.panel import LOG, Array, Matrix, from_scale, to_scale

LINE_GAINS = (0.3, 0.6, 1.0)  # how much of a surprise is level: from noisy figures to figures free of noise
FITTED, ENDS = 0, 1  # the slope of the least-squares line, and of the line from the first figure to the last
LEAST_SHARE = 1e-200  # of its largest figure that a positive figure counts at least, so that it has a logarithm


@dataclass(frozen=True)
class Line:
    """A smoothed level and a share of a straight line's slope: half of the fitted one is the Theta method."""

    level_gain: float
    slope: int
    share: float


LINES = (
    *(Line(gain, FITTED, share) for gain in LINE_GAINS for share in (0.5, 1.0)),
    Line(1.0, ENDS, 0.5),
    Line(1.0, ENDS, 1.0),
)


@dataclass(frozen=True)
class LineStates:
    """What the lines know at the end of each year.

    `level` : smoothed level on the working scale, shape (len(LINE_GAINS), S, T). `slope` : yearly change as a move on
    that scale from there, shape (2, len(LINE_GAINS), S, T). `years` : calendar years seen so far, shape (S, T).
    """

    level: Array
    slope: Array
    years: Array

    def at(self, rows: np.ndarray, columns: np.ndarray) -> LineStates:
        """The states of single origins, with one column each."""
        return LineStates(
            self.level[:, rows, columns][..., None],
            self.slope[:, :, rows, columns][..., None],
            self.years[rows, columns][:, None],
        )


def figures(data: Matrix) -> tuple[Array, Array]:
    """The figures over the largest of each series, shape (S, T), so that their sums stay finite; and that, (S, 1)."""
    plain = np.stack(
        [from_scale(z, str(kind), float(unit)) for z, kind, unit in zip(data.z, data.kinds, data.unit, strict=True)]
    )
    size = np.nanmax(np.abs(plain), axis=1, keepdims=True)
    size = np.where(size > 0, size, 1.0)
    positive = ((data.kinds == LOG) & (data.unit == 0))[:, None]
    return np.where(positive, np.maximum(plain / size, LEAST_SHARE), plain / size), size


def fit_lines(data: Matrix, values: Array, size: Array, change: Array) -> LineStates:
    """Levels and slopes at every origin.

    Parameters
    ----------
    values, size : `figures` of the data.
    change : change of the values per year into each column, shape (S, T); see `yearly_growth`.
    """
    first = np.argmax(np.isfinite(values), axis=1)[:, None]
    years = np.maximum(np.arange(values.shape[1])[None, :] - first + 1.0, 1.0)
    plain = np.stack([_smoothed_level(values, gain) for gain in LINE_GAINS])
    level = np.stack([to_scale(part * size, data.kinds, data.unit) for part in plain])
    # what a step of one is worth on the working scale: the derivative of log or asinh, and a constant without either
    unit, logs = data.unit[:, None] / size, (data.kinds == LOG)[:, None]
    worth = 1 / np.where(logs, np.hypot(plain, 2 * unit), np.where(unit > 0, unit, 1.0))
    return LineStates(level, _slopes(change, data.trust, years)[:, None] * worth[None], years)


def _smoothed_level(values: Array, gain: float) -> Array:
    """Simple exponential smoothing from the first figure on, shape (S, T)."""
    out, now, age = np.full(values.shape, np.nan), np.full(len(values), np.nan), np.zeros(len(values))
    for t, column in enumerate(values.T):
        age += 1
        seen = np.isfinite(column)
        known = np.where(np.isfinite(now), now, column)
        kept = (1 - gain) ** age
        now = np.where(seen, kept * known + (1 - kept) * column, now)
        age[seen] = 0
        out[:, t] = now
    return out


def _slopes(change: Array, trust: Array, years: Array) -> Array:
    """Slopes of the least-squares line and of the line between the ends, at every origin, shape (2, S, T)."""
    steps, weight = np.nan_to_num(change) * trust, np.isfinite(change) * trust
    total = np.cumsum(steps, axis=1)
    # least squares on the path of trusted changes: sums of time, and of time times height, from 0 at the first figure
    height, product = np.cumsum(total, axis=1), np.cumsum((years - 1) * total, axis=1)
    fitted = (product - (years - 1) / 2 * height) * 12 / np.maximum(years * (years**2 - 1), 1)
    return np.stack([fitted, total / np.maximum(np.cumsum(weight, axis=1), 1e-9)])


def project_line(states: LineStates, kinds: np.ndarray, line: Line, horizon: int) -> Array:
    """Point forecast of one line `horizon` years after every origin, on the working scale, shape (S, T).

    On the log scale a rise by a share s of the level is log(1 + s), a fall by s its mirror image, which no fall
    carries below nought. A smoothed level lags behind the line; Theta adds the lag (Hyndman & Billah 2003,
    doi:10.1016/S0169-2070(01)00143-1).
    """
    gain, row = line.level_gain, LINE_GAINS.index(line.level_gain)
    lead = horizon - 1 + (1 - (1 - gain) ** states.years) / gain
    rise = line.share * lead * states.slope[line.slope, row]
    bent = np.sign(rise) * np.log1p(np.abs(rise))
    return np.asarray(states.level[row] + np.where((kinds == LOG)[:, None], bent, rise))
