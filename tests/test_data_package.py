"""The data package validates, keeps its keys, and obeys the identities stated in data/README.md."""

from __future__ import annotations

import re
from pathlib import Path

import frictionless
import pandas as pd
import pytest

from ipplan_analysis.data import load_tables

DATA = Path(__file__).resolve().parents[1] / "data"
SHARED_ROWS = 14_336  # rows of the first compilation
FOUND_SINCE = 923  # figures found in November 2026
USE_KEY = ["region", "indicator", "period", "basis", "scope", "known_from"]
PLAN_SOURCE = "S0001"
NINGXIA, NATION = "640000", "000000"

# period, value, unit of all 49 statistics of Ningxia's plan, typed from its section 1(1)
PLAN_STATISTICS = """
patent_applications 2016/2020 46753
patent_applications 2011/2015 14210.64
patent_grants 2016/2020 25838
patent_grants 2011/2015 5953.46
valid_invention_patents 2020 3691
invention_patents_per_10k 2015 1.74
invention_patents_per_10k 2020 5.31
registered_trademarks 2020 67201
registered_trademarks 2015 19940.95
wellknown_trademarks 2020 56
wellknown_trademarks 2015 36.36
plant_variety_rights_crop 2020 15
plant_variety_rights_forest 2020 23
works_copyright_registrations 2016/2020 1735
software_copyright_registrations 2016/2020 6921
gi_products 2020 11
gi_trademarks 2020 27
agri_gi 2020 60
china_patent_awards 2016/2020 14
china_copyright_gold_awards 2016/2020 1
ip_infringement_cases 2016/2020 1400
trademark_fines 2016/2020 920
online_piracy_cases 2016/2020 118
criminal_ip_cases 2016/2020 171
criminal_ip_case_value 2016/2020 8546
genuine_office_software_rate 2020 98.98
genuine_os_software_rate 2020 99.15
national_ip_pilot_cities 2016/2020 2
national_ip_pilot_counties 2016/2020 2
national_ip_pilot_parks 2016/2020 2
copyright_demo_units 2016/2020 1
patent_operation_firms 2016/2020 13
ip_demo_enterprises 2020 164
ipms_certified_firms 2020 369
pledge_financing 2016/2020 9.1
patent_efilings 2016/2020 19243
patent_fee_and_pledge_services 2016/2020 43239
trademark_filings_received 2016/2020 6100
trademark_followups 2016/2020 1800
tisc_hosts 2016/2020 2
ip_service_brands 2016/2020 2
patent_agencies 2015 4
patent_agencies 2020 16
ip_training_sessions 2016/2020 40
ip_training_people 2016/2020 10000
ip_education_schools 2016/2020 9
ip_specialists 2020 457
technical_professionals 2020 31.7
patent_agent_qualified 2020 112
""".split("\n")[1:-1]


def read(name: str) -> pd.DataFrame:
    """One table as text."""
    return pd.read_csv(DATA / f"{name}.csv", dtype=str, keep_default_na=False)


@pytest.fixture(scope="module")
def observations() -> pd.DataFrame:
    """The table as text, with the number of each figure, and `use` as the rule for contested cells decides it."""
    frame, ruled = read("observations"), load_tables(DATA)["observations"]["use"]
    return frame.assign(
        may=frame["use"], use=ruled.map({True: "yes", False: "no"}), number=pd.to_numeric(frame["value"])
    )


@pytest.fixture(scope="module")
def used(observations: pd.DataFrame) -> pd.DataFrame:
    return observations[observations["use"] == "yes"]


def yearly(used: pd.DataFrame, indicator: str) -> pd.Series:
    """Figures in use of plain years, by region, scope and year."""
    rows = used[(used["indicator"] == indicator) & used["period"].str.fullmatch(r"\d{4}")]
    return rows.set_index(["region", "scope", "period"])["number"].sort_index()


def provinces(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame["region"].str.endswith("0000") & (frame["region"] != NATION)]


@pytest.mark.filterwarnings("ignore")
def test_frictionless_finds_no_error() -> None:
    report = frictionless.validate(str(DATA / "datapackage.json"))
    assert report.flatten(["path", "rowNumber", "fieldName", "note"]) == []
    assert {task.name for task in report.tasks} == {
        "plans",
        "regions",
        "indicators",
        "targets",
        "observations",
        "sources",
        "breaks",
        "readings",
    }


def test_every_first_row_is_kept_and_23_plan_statistics_added(observations: pd.DataFrame) -> None:
    assert len(observations) == SHARED_ROWS + 23 + FOUND_SINCE
    assert observations["observation"].tolist() == [f"O{i:05d}" for i in range(1, len(observations) + 1)]
    assert (observations["source"][SHARED_ROWS : SHARED_ROWS + 23] == PLAN_SOURCE).all()


def test_files_are_plain_utf8_with_unix_lines() -> None:
    for path in DATA.glob("*.csv"):
        content = path.read_bytes()
        assert not content.startswith(b"\xef\xbb\xbf") and b"\r" not in content and content.endswith(b"\n")
        content.decode("utf-8")


def test_one_used_row_a_cell(used: pd.DataFrame) -> None:
    assert not used.duplicated(USE_KEY).any()


def test_unused_rows_say_why_and_name_a_used_row(observations: pd.DataFrame) -> None:
    unused = observations[observations["use"] == "no"]
    assert len(unused) == 772 and observations["may"].eq("no").sum() == 21  # the others give way by the rule
    assert unused["note"].str.contains("not used: ").all()
    named = unused["note"].str.extract(r"not used: .*?(O\d{5})")[0].dropna()
    partner = observations.set_index("observation").loc[named]
    assert (partner["use"] == "yes").all()
    for column in ("region", "indicator", "period"):
        assert (partner[column].to_numpy() == observations.loc[named.index, column].to_numpy()).all()


def test_sources_exist_and_units_agree(observations: pd.DataFrame) -> None:
    assert observations["source"].isin(read("sources")["source"]).all()
    units = read("indicators").set_index("indicator")["unit"]
    assert (observations["unit"] == observations["indicator"].map(units)).all()


def test_known_from_is_never_before_the_period_ends(observations: pd.DataFrame) -> None:
    end = observations["period"].str.extract(r"(\d{4})(?:-(?:\d\d|Q\d))?$")[0].astype(int)
    known = observations["known_from"].astype(int)
    assert (known >= end).all()
    late = observations[known > end]
    assert set(late["indicator"]) == {"population", "rd_intensity"}


def test_census_population_of_ningxia_is_unknown_before_2021(used: pd.DataFrame) -> None:
    rows = used.query("region == @NINGXIA and indicator == 'population' and period == '2016'")
    assert dict(zip(rows["known_from"], rows["number"], strict=True)) == {"2016": 675, "2021": 695}


@pytest.mark.parametrize(
    ("total", "parts", "sets"),
    [
        ("patent_applications", ["invention_applications", "utility_model_applications", "design_applications"], 447),
        ("patent_grants", ["invention_grants", "utility_model_grants", "design_grants"], 452),
        ("valid_patents_total", ["valid_invention_patents", "valid_utility_models", "valid_designs"], 480),
    ],
)
def test_three_kinds_of_patent_add_up_without_exception(
    used: pd.DataFrame, total: str, parts: list[str], sets: int
) -> None:
    table = pd.concat([yearly(used, name) for name in [total, *parts]], axis=1, keys=[total, *parts]).dropna()
    assert len(table) == sets
    assert (table[total] == table[parts].sum(axis=1)).all()  # counts of the same table: no tolerance


@pytest.mark.parametrize(
    ("period", "tolerance"),
    [
        ("2012-03", 0),
        ("2012", 500),
        ("2016", 0),
        ("2018", 500),
        ("2019", 500),
        ("2020", 500),
        ("2021", 500),
        ("2022", 5000),
        ("2023", 500),  # half of the last digit printed: thousands, in 2022 ten thousands
    ],
)
def test_provinces_sum_to_the_published_mainland_total(used: pd.DataFrame, period: str, tolerance: float) -> None:
    stock = used[(used["indicator"] == "valid_invention_patents") & (used["period"] == period)]
    published = stock.loc[(stock["region"] == NATION) & (stock["scope"] == "mainland"), "number"].item()
    rows = provinces(stock)
    assert rows["region"].nunique() == len(rows) == 31
    assert rows["number"].sum() == pytest.approx(published, abs=tolerance)


@pytest.mark.parametrize(
    ("now", "before", "multiple"),
    [(46753, 14216, 3.29), (25838, 5957, 4.34), (67201, 19940.95, 3.37), (56, 36.36, 1.54)],
)
def test_plan_multiples_follow_from_the_figures(now: float, before: float, multiple: float) -> None:
    assert round(now / before, 2) == multiple


def test_twelfth_period_grants_are_the_sum_of_yearly_figures(used: pd.DataFrame) -> None:
    grants = yearly(used, "patent_grants").loc[NINGXIA, ""]
    assert grants.loc["2011":"2015"].sum() == 5957
    assert grants.loc["2016":"2020"].sum() == 25844  # the plan says 25838: reported, not repaired


def test_patents_in_force_of_ningxia_never_rise_by_more_than_the_grants(used: pd.DataFrame) -> None:
    stock = yearly(used, "valid_invention_patents").loc[NINGXIA, ""].sort_index()
    grants = yearly(used, "invention_grants").loc[NINGXIA, ""]
    lapsed = (grants - stock.diff()).dropna()
    assert lapsed.astype(int).tolist() == [5, 37, 12, 31, 56, 84, 28, 121, 140, 213, 217, 484, 319, 190]
    assert lapsed.index.tolist() == [str(year) for year in range(2010, 2024)]


def test_all_49_plan_statistics_are_observations(observations: pd.DataFrame) -> None:
    plan = observations[(observations["source"] == PLAN_SOURCE) & (observations["region"] == NINGXIA)]
    held = list(zip(plan["indicator"], plan["period"], plan["number"], strict=True))
    wanted = [(name, period, float(value)) for name, period, value in map(str.split, PLAN_STATISTICS)]
    assert len(set(wanted)) == 49
    assert [item for item in wanted if held.count(item) != 1] == []


def test_implied_figures_are_marked_and_give_way(observations: pd.DataFrame) -> None:
    implied = observations[observations["note"].str.contains("implied by the plan")]
    chosen = dict(zip(zip(implied["indicator"], implied["period"], strict=True), implied["use"], strict=True))
    assert chosen == {
        ("patent_applications", "2011/2015"): "no",
        ("patent_grants", "2011/2015"): "yes",
        ("registered_trademarks", "2015"): "yes",
        ("wellknown_trademarks", "2015"): "yes",
    }
    assert (implied["confidence"] == "medium").all()


def test_targets_of_ningxia_are_complete() -> None:
    targets = read("targets").set_index("target_id")
    own = targets[targets["plan"] == "ningxia-ip-14"]
    assert own.index.tolist() == [f"T{i:02d}" for i in range(1, 21)]
    assert (own["target_year"] == "2025").all()
    windowed = own["kind"].isin(["annual_growth", "cumulative", "multiple", "increment"])
    assert (own["window"] == windowed.map({True: "2021/2025", False: ""})).all()
    assert own.loc["T15", "comparator"] == ">"
    assert own.loc[["T02", "T12"], "base"].eq("").all()
    assert (own["target"] == "").tolist() == (own["comparator"] == "").tolist()
    assert len(targets) == 70 and not targets.index.duplicated().any()


def test_breaks_apply_to_known_indicators_and_regions() -> None:
    breaks, regions = read("breaks"), set(read("regions")["region"])
    assert breaks["region"].isin(regions | {"*"}).all()
    stop = breaks[breaks["kind"] == "policy_stop"]
    assert stop[["indicator", "region", "known_from"]].to_numpy().tolist() == [["agri_gi", "*", "2022"]]


def test_bounds_cover_every_wording_of_more_than(observations: pd.DataFrame) -> None:
    assert (
        observations["bound"] == "lower"
    ).sum() == 22 + 67  # the latter: provinces that a notice names as above a growth
    worded = observations["note"].str.contains(re.compile("lower bound \\(|突破|超过|下限"))
    assert observations.loc[worded, "bound"].eq("lower").all()


def test_national_headlines_do_not_mix_scopes(used: pd.DataFrame) -> None:
    stock = used[(used["region"] == NATION) & (used["indicator"] == "valid_invention_patents")]
    both = stock.pivot_table(index="period", columns="scope", values="number").dropna()
    assert len(both) >= 7
    assert (both["mainland"] < both["incl_hmt"]).all()
