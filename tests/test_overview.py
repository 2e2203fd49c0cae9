"""The first screen and the dossiers: what a reader takes away, for every plan."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from ipplan_analysis import tables
from ipplan_analysis.attainment import assess
from ipplan_analysis.data import Plan, load_plan
from ipplan_analysis.messages import status_word
from ipplan_analysis.schema import LANGUAGES, Language
from ipplan_analysis.tables.overview import DECISION_ORDER, answer, bars, question, standing

PLANS = load_plan().plan_names


@pytest.fixture(scope="module")
def results(plan: Plan) -> pd.DataFrame:
    return assess(plan, draws=300)


@pytest.mark.parametrize("name", PLANS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_target_stands_once_by_verdict_and_nothing_is_a_dash(name: str, language: Language) -> None:
    plan = load_plan(name)
    found = assess(plan, draws=300)
    table = tables.overview_table(plan, found, language)
    statuses = [str(row[2].value) for row in table.rows]
    assert sorted(row[0].text for row in table.rows) == sorted(found["target_id"])
    assert statuses == sorted(statuses, key=DECISION_ORDER.index)
    assert len(bars(plan, found)) == len(statuses)
    assert all(cell.text.strip(" –-") for row in table.rows for cell in row)
    for target in plan.targets:
        facts = tables.dossier_table(plan, found, target.target_id, language)
        assert all(cell.text.strip(" –-") for row in facts.rows for cell in row)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_percentage_stands_only_where_figures_carry_one(
    results: pd.DataFrame, plan: Plan, language: Language
) -> None:
    shown = {row[0].text: row[5].text for row in tables.overview_table(plan, results, language).rows}
    weak = results[results["probability_is"].isin(["rough", "judgement"]) | results["probability"].isna()]
    assert set(weak["target_id"]) >= {"T05", "T06", "T10", "T13"}
    assert not [target for target in weak["target_id"] if "%" in shown[target]]
    assert "98" in shown["T03"] or "97" in shown["T03"] or "99" in shown["T03"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_answer_counts_what_the_table_shows(results: pd.DataFrame, plan: Plan, language: Language) -> None:
    text = " ".join(answer(plan, results, language))
    for statuses in (["met", "met on one assumption"], ["out of reach", "off course", "missed"], ["not assessable"]):
        assert str(results["status"].isin(statuses).sum()) in text
    conditional = results[results["status"].eq("met on one assumption")].iloc[0]
    clause = re.split("on one assumption: |在一项假设下实现：", text)[1]
    assert clause.startswith(conditional[f"name_{language}"])
    assert status_word("met on one assumption", language) != status_word("met", language)


def test_one_target_is_spoken_of_as_one() -> None:
    one, two = load_plan("zhejiang-ip-14"), load_plan("shanghai-2023")
    found = assess(one, draws=300)
    assert question(one, "en") == "Was the target reached by the end of 2025?"
    assert answer(one, found, "en")[0].startswith("By the latest figures known, the target is met: High-value")
    assert tables.overview_table(one, found, "en").caption == "The target and its verdict"
    assert answer(two, assess(two, draws=300), "en")[0].startswith(
        "By the latest figures known, 1 of the 2 targets is met"
    )
    assert standing(two, "en").startswith("The figures for 2023 are all known.")


def test_the_question_is_in_the_tense_that_is_true(plan: Plan, plan_2020: Plan) -> None:
    assert question(plan, "en") == "Which of the 20 targets were reached by the end of 2025?"
    assert question(plan_2020, "en").startswith("With figures to 2020: which of the 20 targets will be reached")
    assert "counts as known in the year it describes" in standing(plan, "en")
    elsewhere = load_plan(region="630000")
    assert (
        "Qinghai" in question(elsewhere, "en")
        and "sets no targets" in answer(elsewhere, assess(elsewhere, draws=50), "en")[0]
    )


def test_a_dossier_sets_needed_beside_seen_pace_with_their_years(results: pd.DataFrame, plan: Plan) -> None:
    facts = {row[0].text: row[1].text for row in tables.dossier_table(plan, results, "T03", "en").rows}
    assert facts["Pace needed"] == "+8.3 % a year (2020–2025)" and "(2020–2024)" in facts["Pace seen"]
    facts = {row[0].text: row[1].text for row in tables.dossier_table(plan, results, "T02", "en").rows}
    assert facts["Pace seen"].startswith("at most +1.5 % a year (2020–2023); +12.1 % a year (2018–2023)")
    assert "Market Regulation Department" in facts["What to ask for"]


def test_figures_name_their_publishers_and_say_what_is_second_hand(plan: Plan) -> None:
    rows = {row[0].text: row for row in tables.figures_table(plan, "T03", "en").rows}
    assert (
        rows["2024"][1].number == 119900 and rows["2024"][4].text == "second-hand" and rows["2024"][3].value == "S0006"
    )
    assert not re.search(r"S\d{4}", rows["2024"][3].text)
    assert "June 2025" in rows
    rows = {row[0].text: row for row in tables.figures_table(plan, "T02", "en").rows}
    assert "January–October 2020" in rows and rows["2023"][4].text == "as published"


def test_labels_of_official_rules_have_their_place(plan: Plan, results: pd.DataFrame) -> None:
    from ipplan_analysis.report import Briefing, briefing
    from ipplan_analysis.schema import BRIEFING_MIME

    made = briefing(plan, results, "en", draws=300)
    again = Briefing.from_bundle(made._repr_mimebundle_()[BRIEFING_MIME])
    for each in (made, again):
        dossier = next(entry for entry in each.dossiers if entry.target_id == "T03")
        assert [table.name for table in dossier.tables] == ["dossier", "labels", "figures"] and dossier.chart
    assert repr(again) == repr(made)
