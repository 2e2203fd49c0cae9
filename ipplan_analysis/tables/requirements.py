"""What official rules say, what a target would take, and what the next one could promise."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from ipplan_analysis.attainment.trackers import RULES
from ipplan_analysis.data.plan import Plan
from ipplan_analysis.messages import bracketed, clauses, format_probability, labelled, listed, message, translatable
from ipplan_analysis.numbers import NONE, format_percent, format_rough
from ipplan_analysis.schema import Language
from ipplan_analysis.tables import cells
from ipplan_analysis.tables.table import NO_NUMBER, NOT_COMPUTED, Cell, Column, Row, Table

LABELS = (
    Column("name", show=cells.named_target),
    Column("probability", kind="number", show=cells.probability, absent=NOT_COMPUTED),
    *(Column(rule.__name__, who) for rule, (who, _) in RULES.items()),
)
WORTH_SAYING = 0.01  # a smaller move of a probability is noise
MIN_LABELS = 2  # a single label has nothing to stand beside


def labels_table(frame: pd.DataFrame, language: Language) -> Table:
    """The official rules' labels of every target that has two, beside our probability; below it who contradicts whom.

    `frame` is from `attainment.official_labels`.
    """
    caption = message("Labels by official rules, each from a few figures, beside the probability", language)
    shown = frame["labelled"].ge(MIN_LABELS)
    notes = [
        labelled(row["target_id"], row["contradiction"], language)
        for row in frame[frame["contradiction"].ne("")].to_dict("records")
    ]
    if not notes:
        notes = [message("No label contradicts another, or the probability.", language)]
    without = frame[~shown].groupby(next(iter(RULES)).__name__, sort=False)["target_id"]
    groups = [bracketed(listed(targets, language), why, language) for why, targets in without]
    notes += [message("Without labels: {groups}.", language, groups=clauses(groups, language))] if groups else []
    return Table.of("official_labels", caption, language, LABELS, frame[shown].to_dict("records"), notes)


def _rough(row: Row, key: str, language: Language) -> Cell:
    return cells.number({key: float(f"{row[key]:.3g}"), "bound": row["bound"]}, key, language)


CHANCES = (  # of every chance in `data.measured.PROMISED` the number that has it
    Column("p10", translatable("10 % chance"), "number", _rough),
    Column("p50", translatable("50 % chance"), "number", _rough),
    Column("p80", translatable("80 % chance"), "number", _rough),
    Column("p90", translatable("90 % chance"), "number", _rough),
)
LEVELS = (
    Column("name", show=cells.named_target),
    Column("unit"),
    Column("last_value", translatable("Latest figure"), "number", cells.rough_number),
    Column("year", kind="number", show=cells.year),
    Column("target", translatable("Promised"), "number", cells.rough_number, NO_NUMBER),
    *CHANCES,
)


def levels_table(frame: pd.DataFrame, language: Language) -> Table:
    """Which numbers have a 10, 50, 80 or 90 % chance of being reached, in the target's year and in the next plan's.

    `frame` is from `attainment.target_levels`.
    """
    caption = message("Numbers with a given chance of being reached, in each target's own unit", language)
    note = message(
        "In a later year window and base move along: a growth or an addition then starts from the end of the plan before, "
        "known or simulated. The latest figure is the indicator's, not a growth or an addition.",
        language,
    )
    return Table.of("levels", caption, language, LEVELS, frame.to_dict("records"), [note] if len(frame) else [])


def hindcast_table(frame: pd.DataFrame, language: Language) -> Table:
    """How often past levels that were given a chance were reached, by years ahead.

    Parameters
    ----------
    frame : `levels` from `data.measured.load_measured`.
    """
    columns = (
        Column("horizon", kind="number", show=cells.year),
        Column("n", kind="number", show=cells.year),
        Column("years", translatable("Years they fall in"), "number", cells.year),
        *(replace(column, show=_reached) for column in CHANCES),
    )
    rows = [
        {"horizon": horizon, "n": part["n"].iloc[0], "years": part["years"].iloc[0]}
        | {f"p{100 * float(row['probability']):.0f}": row for row in part.to_dict("records")}
        for horizon, part in (frame.groupby("horizon") if len(frame) else ())
    ]
    caption = message("How often levels with a given chance were reached in the past, by years ahead", language)
    note = message(
        "Provinces' figures, forecast with what was known at the time; outcomes since 2015. Cases of one year share its "
        "shocks, so the years count more than the cases; in brackets the 80 % range when whole years are drawn anew. "
        "Levels up to five years ahead were measured; sums, and what lies further ahead, were not.",
        language,
    )
    return Table.of("levels_reached", caption, language, columns, rows, [note])


def _reached(row: Row, key: str, language: Language) -> Cell:
    """How often a level was reached, with its range where that is known."""
    reached, low, high = 100 * pd.to_numeric(pd.Series(row[key])[["reached", "low", "high"]], errors="coerce")
    text = format_percent(reached, 0, language)
    return Cell(text if pd.isna(low) else f"{text} ({low:.0f}–{high:.0f})", reached / 100, f'"{text}"')


def _of(row: Row, key: str, language: Language) -> Cell:
    total = row["own_spells" if key == "own_did" else "spells"]
    text = message("{hits} of {cases}", language, hits=row[key], cases=total) if total else NONE
    return Cell(text, row[key], f'"{text}"')


def _path(row: Row, key: str, language: Language) -> Cell:
    return Cell(clauses((f"{year}: {format_rough(value, language)}" for year, value in row[key].items()), language))


NO_SPELL = translatable("no spell")
PACES = (
    Column("name", show=cells.named_target),
    Column("last_value", translatable("Latest figure"), "number", cells.number),
    Column("last_year", kind="number", show=cells.year),
    Column("path", translatable("What had to be reached, at an even pace"), show=_path),
    Column("required_pace_pct", kind="number", show=cells.growth, absent=NOT_COMPUTED),
    Column("recent_pace_pct", kind="number", show=cells.growth, absent=NOT_COMPUTED),
    Column("did", translatable("Spells elsewhere and here that were as fast"), "number", _of, NO_SPELL),
    Column("percentile", translatable("Slower"), "number", cells.share, NO_SPELL),
    Column("own_did", translatable("Of them here"), "number", _of, NO_SPELL),
)


def paces_table(frame: pd.DataFrame, language: Language) -> Table:
    """The pace that each open target requires, and how often it was seen.

    `frame` is from `attainment.required_pace`.
    """
    caption = message("The pace still required beside the paces seen in all provinces", language)
    notes = [
        message(
            "A spell is growth over as many years as are left, from a level within a factor of two; spans overlap, so "
            "spells are fewer than they look.",
            language,
        )
    ]
    wide = frame[frame["from_level"].eq("any") & frame["spells"].gt(0)]["target_id"]
    if len(wide):
        text = translatable("Too few such spells, so from any level: {targets}.")
        notes.append(message(text, language, targets=listed(wide, language)))
    rows = frame.assign(percentile=frame["percentile"] / 100).to_dict("records")
    return Table.of("required_pace", caption, language, PACES, rows, notes)


def paces_line(frame: pd.DataFrame, language: Language) -> str:
    """The rarest of the paces that open targets require, in one line."""
    rows = frame[frame["percentile"].notna()].sort_values("percentile", kind="stable")
    if rows.empty:
        return message("No open target has spells enough to compare with.", language)
    hardest = rows.iloc[-1]
    return message(
        "{name} asks for {pace} a year, seen in {hits} of {cases} spells: the rarest pace among the open targets that can "
        "be compared ({n}).",
        language,
        n=len(rows),
        name=cells.named_target(hardest, "", language).text,
        pace=format_percent(hardest["required_pace_pct"], 1, language, signed=True),
        hits=hardest["did"],
        cases=hardest["spells"],
    )


CHANGES = {  # of every change of `attainment.scenarios.usual_changes`: what it is, at its default size
    "growth": translatable("growth 3 % a year slower or faster"),
    "jump": translatable("one-off loss or gain of 10 % of the last figure"),
    "number": translatable("number 10 % bolder or more modest"),
    "deadline": translatable("deadline a year earlier"),
    "stop": translatable("nothing more from the first year without a figure on"),
}


def _swing(low: float, high: float, language: Language) -> str:
    shown = [format_probability(value, language) for value in (low, high)]
    return NONE if high - low < WORTH_SAYING else message("{low} to {high}", language, low=shown[0], high=shown[1])


def tornado_table(frame: pd.DataFrame, language: Language) -> Table:
    """The range in which each change of `attainment.tornado` moves the probability of each target."""
    columns = (
        Column("name", show=cells.named_target),
        Column("probability", translatable("As things are"), "number", cells.probability, NOT_COMPUTED),
        *(Column(change, text, absent=translatable("under a point")) for change, text in CHANGES.items()),
    )
    rows = [
        {**part.iloc[0], "probability_is": part["bound"].iloc[0]}
        | {row["change"]: _swing(row["low"], row["high"], language) for row in part.to_dict("records")}
        for _, part in frame.groupby("target_id", sort=False)
    ]
    caption = message("What would move the probability by a point or more, on the same simulated paths", language)
    return Table.of("tornado", caption, language, columns, rows)


def ranks_table(frame: pd.DataFrame, plan: Plan, language: Language) -> Table:
    """Level, pace and rank of the nation and every province.

    `frame` is from `attainment.province_ranks`.
    """
    columns = (
        Column("region"),
        Column("value", kind="figure", show=cells.number),
        Column("year", kind="number", show=cells.year),
        Column("recent_pace_pct", kind="number", show=cells.growth, absent=NOT_COMPUTED),
        Column("moved", translatable("Rank, then → now")),
        Column("source", kind="sources"),
    )
    names = frame["region"].map(lambda region: plan.region_name(language, region))
    rows = [
        {**row, "moved": NONE if pd.isna(row["rank"]) else f"{row['rank_before']:.0f} → {row['rank']:.0f}"}
        for row in cells.indicator_rows(frame.assign(region=names), plan)
    ]
    caption = message("Latest yearly figures of the nation and the provinces, the highest first", language)
    notes = []
    if len(frame) and frame["ranked"].iloc[0]:
        before, now, ranked = (int(frame[name].iloc[0]) for name in ("before_year", "rank_year", "ranked"))
        text = translatable("Ranks of {before} and {now} among the {ranked} provinces with both figures.")
        notes = [message(text, language, before=before, now=now, ranked=ranked)]
    return Table.of("province_ranks", caption, language, columns, rows, notes)


SHOWN_SPELLS = 15


def spells_table(frame: pd.DataFrame, plan: Plan, indicator: str, language: Language) -> Table:
    """The fastest spells of growth, with where and when.

    `frame` is from `attainment.spells`.
    """
    columns = (
        Column("region"),
        Column("first_year", translatable("From"), "number", cells.year),
        Column("last_year", translatable("To"), "number", cells.year),
        Column("start", translatable("Figure then"), "number", cells.number),
        Column("end", translatable("Figure at the end"), "number", cells.number),
        Column("pace_pct", translatable("Growth a year"), "number", cells.growth),
        Column("source", kind="sources"),
    )
    shown = frame.head(SHOWN_SPELLS)
    names = shown["region"].map(lambda region: plan.region_name(language, region))
    rows = shown.assign(decimals=plan.indicators[indicator].decimals, region=names).to_dict("records")
    caption = message("The fastest spells of growth from similar levels", language)
    note = message("{shown} of {n} spells.", language, shown=len(rows), n=len(frame))
    return Table.of("spells", caption, language, columns, rows, [note])


def spells_line(frame: pd.DataFrame, asked: tuple[int, float | None, float | None], language: Language) -> str:
    """How many spells there were, how fast, and how many as fast as the target asks, in one line.

    Parameters
    ----------
    frame : from `attainment.spells`.
    asked : from `attainment.asked_of`.
    """
    years, _, pace = asked
    if frame.empty:
        return message("No province has a spell of {years} years from a similar level.", language, years=years)
    half = format_percent(frame["pace_pct"].median(), 1, language, signed=True)
    line = message(
        "{n} spells of {years} years from similar levels in {provinces} provinces; half grew by {half} a year or more.",
        language,
        n=len(frame),
        years=years,
        provinces=frame["region"].nunique(),
        half=half,
    )
    if pace is None:
        return line
    hits, shown = int(frame["pace_pct"].ge(pace).sum()), format_percent(pace, 1, language, signed=True)
    return line + message(" The target asks for {pace} a year: {hits} were as fast.", language, pace=shown, hits=hits)
