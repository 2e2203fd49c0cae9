"""Evaluation: scores, backtests and scorecards of forecasts against what happened."""
