"""Slips of a unit or a row in the tables: said by `ipplan check` and beside the verdict that they decide."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ipplan_analysis import assess, load_plan
from ipplan_analysis.cli import main
from ipplan_analysis.data import Plan
from ipplan_analysis.data.slips import is_far_above, slip_faults

Row = dict[str, str]
# indicator, figure of the last year as it slipped: a stock in 万, and a handful with twelve zeros
SLIPS = [("registered_trademarks", "11.99"), ("patent_agencies", "1000000000000"), ("valid_invention_patents", "7")]


@pytest.mark.parametrize(("indicator", "wrong"), SLIPS)
def test_a_slip_is_said_with_its_place_and_beside_the_verdict(
    indicator: str, wrong: str, plan: Plan, edit_table: Callable[..., Path], capfd: pytest.CaptureFixture[str]
) -> None:
    last, before = plan.series(indicator).iloc[-1], plan.series(indicator).iloc[-2]
    place: list[int] = []

    def change(rows: list[Row], note: str = "") -> None:
        place[:] = [number for number, row in enumerate(rows, start=2) if row["observation"] == last["observation"]]
        rows[place[0] - 2] |= {"value": wrong, "note": note}

    folder = edit_table("observations", change)
    assert main(["check", "--data", str(folder)]) == 0
    shown = capfd.readouterr().out
    (line,) = [line for line in shown.splitlines() if line.startswith("warning: ")]
    assert line.startswith(f"warning: {folder / 'observations.csv'}, row {place[0]}, column value: found {wrong} (")
    assert f"expected a figure like the {before['value']:.15g} of {before.name}" in line
    seen = load_plan(data_dir=folder)
    target = seen.target_of(indicator)
    if target is not None:
        row = assess(seen, draws=200).set_index("target_id").loc[target.target_id]
        assert row["reason"].startswith("Check first: ") and last["observation"] in row["reason"]
        assert row["reason_zh"].startswith("请先核对：") and row["why"] in row["reason"]
    folder = edit_table("observations", lambda rows: change(rows, "accepted: the yearbook says so"))
    assert slip_faults(load_plan(data_dir=folder).snapshot) == []
    assert not assess(load_plan(data_dir=folder), draws=200)["reason"].str.contains("Check first").any()


@pytest.mark.parametrize("year", [2012, 2016, 2019, 2020, 2021, 2025])
def test_shipped_figures_hold_no_slip_in_any_year(year: int) -> None:
    assert slip_faults(load_plan(data_through=year).snapshot) == []


def test_a_new_level_that_lasts_and_a_slip_in_the_middle(edit_table: Callable[..., Path], plan: Plan) -> None:
    series = plan.series("registered_trademarks")
    middle, later = series["observation"].iloc[-2], set(series["observation"].iloc[-2:])

    def times(names: set[str], factor: float) -> Callable[[list[Row]], None]:
        return lambda rows: (
            [row.update(value=f"{float(row['value']) * factor:.0f}") for row in rows if row["observation"] in names]
            and None
        )

    lasting = edit_table("observations", times(later, 1000))
    assert slip_faults(load_plan(data_dir=lasting).snapshot) == []
    edit_table("observations", times(later, 0.001))
    (fault,) = slip_faults(load_plan(data_dir=edit_table("observations", times({middle}, 1000))).snapshot)
    assert middle in fault.found


def test_far_is_either_more_than_times_or_from_nought() -> None:
    assert is_far_above(119900, 11.99, is_count=True) and is_far_above(50, 10, is_count=True)
    assert not is_far_above(20, 0, is_count=True) and not is_far_above(21, 1, is_count=True)
    assert is_far_above(5, 0, is_count=False) and not is_far_above(4.9, 1, is_count=False)
