"""What a run may see of the data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ipplan_analysis.data import Plan, load_plan, load_tables
from ipplan_analysis.data import plan as plan_module
from ipplan_analysis.data.check import Tables
from ipplan_analysis.data.snapshot import NATION, violations
from ipplan_analysis.schema import DataError, ParameterError
from tests.intake_files import small_package

Row = dict[str, str]


def test_trademarks_keep_their_gaps(plan: Plan) -> None:
    series = plan.series("registered_trademarks")
    assert list(series.index) == [2014, 2015, 2016, 2017, 2020, 2024]
    assert series.loc[2024, "value"] == 119900
    assert plan.sources.loc[series.loc[2020, "source"], "title"].startswith("宁夏回族自治区知识产权")


def test_per_head_series_is_computed_from_both_published_ones(plan: Plan) -> None:
    derived = plan.derived("invention_patents_per_10k")
    assert derived.loc[2023, "value"] == pytest.approx(6527 / 729)
    assert derived.loc[2023, "observation"].count("&") == 1
    assert plan.derived("registered_trademarks").empty


def test_population_vintage_is_the_one_known_then(plan: Plan, plan_2020: Plan) -> None:
    assert plan.series("population").loc[2016, "value"] == 695
    assert plan_2020.series("population").loc[2016, "value"] == 675
    assert 2020 not in plan_2020.series("population").index  # the census figure became known in 2021


def test_scopes_are_never_mixed(plan: Plan) -> None:
    rows = plan.yearly[plan.yearly["region"].eq(NATION) & plan.yearly["indicator"].eq("valid_invention_patents")]
    assert rows["scope"].nunique() > 1
    series = plan.series("valid_invention_patents", NATION)
    assert series.index.is_unique
    assert rows.loc[rows["observation"].isin(series["observation"]), "scope"].nunique() == 1


def test_lower_bounds_and_part_years_stay_out_of_series(plan: Plan) -> None:
    assert 2020 not in plan.series("pct_applications").index
    assert list(plan.series("pledge_financing").index) == [2024]


def test_panel_holds_provinces_only_and_nothing_voluntary(plan_2020: Plan) -> None:
    panel = plan_2020.panel()
    assert panel["year"].max() <= 2020
    assert not panel["series"].str.startswith(NATION).any()
    assert "copyright" not in set(panel["group"])
    assert not panel.duplicated(["series", "year"]).any()


def test_base_figures_of_later_years_are_hidden() -> None:
    assert {target.base for target in load_plan(data_through=2015).targets} == {None}


def test_breaks_appear_when_they_became_known(plan: Plan, plan_2020: Plan) -> None:
    assert [entry.kind for entry in plan.breaks("agri_gi")] == ["policy_stop"]
    assert plan_2020.breaks("agri_gi") == ()


def test_unknown_names_suggest_the_nearest() -> None:
    with pytest.raises(ParameterError, match="ningxia-ip-14"):
        load_plan("ningxia-ip14")
    with pytest.raises(ParameterError, match="a year from"):
        load_plan(data_through=1900)


def test_identities_that_fail_elsewhere_are_reported(plan: Plan) -> None:
    lines = violations(plan.snapshot)
    assert any(line.startswith("Jiangsu 2020") and "2870" in line for line in lines)
    assert not any(line.startswith("Ningxia") and "valid_invention_patents" in line for line in lines)


def test_a_sum_that_does_not_add_up_is_reported(edit_table: Callable[..., Path]) -> None:
    def change(rows: list[Row]) -> list[Row]:
        row = next(
            r
            for r in rows
            if (r["region"], r["indicator"], r["period"], r["use"]) == ("640000", "patent_grants", "2019", "yes")
        )
        row["value"] = "5556"
        return rows

    lines = violations(load_plan(data_dir=edit_table("observations", change)).snapshot)
    assert any(line.startswith("Ningxia 2019: the parts of patent_grants differ from it by -1") for line in lines)


def test_files_that_change_while_being_read_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = small_package(tmp_path / "data")
    table = folder / "observations.csv"
    before = table.read_bytes()

    def read(folder: Path) -> Tables:
        """The tables, after somebody else has changed them."""
        table.write_bytes(before.replace(b"119900", b"119901"))
        return load_tables(folder)

    with monkeypatch.context() as patch:
        patch.setattr(plan_module, "load_tables", read)
        with pytest.raises(DataError, match=r"files that changed while being read.*Repeat the command"):
            load_plan(data_dir=folder)
    table.write_bytes(before)
    assert load_plan(data_dir=folder).series("registered_trademarks")["value"][2024] == 119900


def test_a_relative_folder_is_the_one_it_was_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("first", "second"):
        small_package(tmp_path / name / "data")
        monkeypatch.chdir(tmp_path / name)
        assert load_plan(data_dir="data").data_dir == tmp_path / name / "data"


@pytest.mark.parametrize("region", ["330000", 330000, "Zhejiang", "浙江", "浙江省", "zhejiang province"])
def test_a_region_is_known_by_code_and_by_name(region: Any) -> None:
    assert load_plan(region=region).region == "330000"


@pytest.mark.parametrize(
    "wrong",
    [
        *({"data_through": value} for value in ("2020", "2020-12-31", 2020.5, [2020], True, float("nan"))),
        *({"region": value} for value in (["640000"], 64.5, "")),
        *({"plan": value} for value in (None, 14)),
        {"data_dir": 5},
    ],
)
def test_an_argument_of_another_kind_is_named_in_one_sentence(wrong: dict[str, Any]) -> None:
    with pytest.raises(ParameterError, match=f"(?s)1 fault found.*column {next(iter(wrong))}: found") as caught:
        load_plan(**wrong)
    assert len(caught.value.faults) == 1
