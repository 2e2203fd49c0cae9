"""What was said in earlier years beside what happened, and what was measured, as tables."""

from __future__ import annotations

from typing import Any, cast

import pandas as pd

from ipplan_analysis.schema import Language
from ipplan_analysis.tables.cells import few_cell
from ipplan_analysis.tables.table import Table
from ipplan_analysis.words import NONE, format_number, format_percent, format_probability, status_label

HEADINGS = {
    "plan": ("Plan", "规划"), "name": ("Target", "目标"), "said_in": ("Figures through", "数据截至"),
    "status": ("Said", "当时判断"), "probability": ("Probability stated", "当时概率"), "outturn": ("Happened", "结果"),
    "outturn_year": ("Year of the figure", "结果年份"), "source": ("Source", "来源"),
}  # fmt: skip
CAPTION = ("What would have been said in earlier years, misses first", "以往年份会给出的判断（失准者在前）")
HAPPENED = {1.0: ("reached", "达到"), 0.0: ("not reached", "未达到")}
SCORES = {
    "en": "{stated} statements with a probability, {without} without. Brier score {brier:.3f} (0 is perfect; always "
          "saying 50 % gives 0.250). Greatest miss: {worst}. The statements with a probability are about {targets}; targets "
          "still undecided are left out, and a miss is certain later than a success, so the score flatters.",
    "zh": "有概率的判断{stated}条，无概率的{without}条。布里尔评分{brier:.3f}（0为完美，一律说50%得0.250）。最大失准：{worst}。"
          "有概率的判断仅涉及{targets}；尚未判定的目标不计入，而未达到总比达到更晚判定，故评分偏乐观。",
}  # fmt: skip
WORST = {"en": "{name} ({target}; said in {year}: {told})", "zh": "{name}（{target}，{year}年判断：{told}）"}
TARGETS = {"en": "{count} target{s}", "zh": "{count}项目标"}
NOTHING = {"en": "No target's outturn was known yet.", "zh": "尚无目标的结果可知。"}
MEASURED = {
    "en": "80 % bands held {low} to {high} of the outcomes of {first}–{last} ({cases} forecasts), by evidence grade and "
    "years ahead.",
    "zh": "80%区间包含了{first}—{last}年结果的{low}至{high}（{cases}例），按证据等级与年数分组。",
}
NOT_MEASURED = {"en": "Coverage: not yet measured.", "zh": "覆盖率：尚未测量。"}
FIRST_YEAR = 2015  # outcomes up to 2014 chose the method's constants and are not counted


def scorecard_table(frame: pd.DataFrame, language: Language) -> Table:
    """Statement, probability and outturn of every target whose outturn is known.

    Parameters
    ----------
    frame : from `evaluation.scorecard`.
    """
    place = 1 if language == "zh" else 0
    rows = cast(list[dict[str, Any]], frame.to_dict("records"))
    raw = pd.DataFrame([_raw(row, language) for row in rows], columns=list(HEADINGS))
    shown = raw.astype(object).assign(
        status=[status_label(row["status"], language) for row in rows],
        probability=[_probability(row, language) for row in rows],
        outturn=[HAPPENED[row["outturn"]][place] for row in rows],
        source=[few_cell(row["source"]) for row in rows],
    )
    names = {name: heading[place] for name, heading in HEADINGS.items()}
    return Table(
        raw.rename(columns=names),
        CAPTION[place],
        language,
        shown=shown.rename(columns=names).map(str),
        linked=(names["source"],),
    )


def _raw(row: dict[str, Any], language: Language) -> dict[str, Any]:
    own = {
        name: row[name] for name in ("plan", "said_in", "status", "probability", "outturn", "outturn_year", "source")
    }
    return own | {"name": f"{row['target_id']} {row[f'name_{language}']}"}


def _probability(row: dict[str, Any], language: Language) -> str:
    if pd.isna(row["probability"]):
        return NONE
    return format_probability(row["probability"], language, probability_is=row["probability_is"])


def scorecard_line(frame: pd.DataFrame, language: Language) -> str:
    """Scores of the statements and the greatest miss, in one line."""
    stated = frame.dropna(subset=["probability"])
    if stated.empty:
        return NOTHING[language]
    from ipplan_analysis.evaluation.scorecard import scorecard_scores  # loads statsmodels, which a report need not

    worst, scores = stated.iloc[0], scorecard_scores(frame)
    told = format_probability(worst["probability"], language, probability_is=worst["probability_is"])
    where = WORST[language].format(
        name=worst[f"name_{language}"], target=f"{worst['plan']} {worst['target_id']}", year=worst["said_in"], told=told
    )
    targets = len(stated[["plan", "target_id"]].drop_duplicates())
    return SCORES[language].format(
        stated=int(scores["stated"]),
        without=int(scores["not_stated"]),
        brier=scores["brier"],
        worst=where,
        targets=TARGETS[language].format(count=targets, s="" if targets == 1 else "s"),
    )


def measured_line(calibration: pd.DataFrame, language: Language) -> str:
    """Measured coverage of the 80 % band over all evidence grades and horizons, in one line.

    Parameters
    ----------
    calibration : the shipped table as far as a run may see it.
    """
    if calibration.empty:
        return NOT_MEASURED[language]
    held = calibration["coverage80"]
    return MEASURED[language].format(
        low=format_percent(100 * held.min(), 0, language),
        high=format_percent(100 * held.max(), 0, language),
        first=FIRST_YEAR,
        last=int(calibration["outcomes_through"].iloc[0]),
        cases=format_number(calibration["n"].sum(), 0, language),
    )
