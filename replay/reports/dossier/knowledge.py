"""The sections on what was learnt after the decision, and on the human acts that allocated."""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.log.history import RETRACTED
from replay.reports.dossier.blocks import Block, Facts, Heading, Listing, Table, Text
from replay.reports.dossier.ranking import DASH, withheld
from replay.reports.words import Words

Document = Mapping[str, Any]
Refs = Mapping[str, str]


def later(document: Document, w: Words, refs: Refs) -> list[Block]:
    """Which places differ with what is known since, and the facts that were learnt."""
    known, log = document["later"], document["log"]
    blocks: list[Block] = [Text(w("later", "intro", size=log["size"], size_now=log["size_now"]))]
    if known["problem"]:
        blocks.append(Text(impossible(known["problem"], w), "callout"))
    else:
        blocks += _differences(document, w)
        blocks.append(Facts([(w("later", "digest"), known["digest"])]))
    blocks.append(Heading(w("later", "learnt")))
    rows = [_learnt(each["subject"], fact, w) for each in known["learnt"] for fact in each["facts"]]
    if not rows:
        return [*blocks, Text(w("later", "no_learnt"))]
    table = Table(w.all("later", "learnt_columns"), rows, "lllllr", (2.2, 3.6, 2.6, 2.6, 2.8, 1), small=True)
    return [*blocks, Text(w("later", "learnt_intro")), table]


def impossible(problem: Mapping[str, Any], w: Words) -> str:
    """Why no run is possible with what is known since, and the event that made it so."""
    by, moved = problem["by"], problem["registered"]
    registered = w.moment(moved) if moved else ""
    event = ""
    if by:
        stamp = w.moment(by["recorded"])
        event = w("later", "by_event", **{name: by[name] for name in ("position", "source", "id", "reason")}, at=stamp)
    return w("later", problem["code"], donor=problem["donor"], registered=registered, event=event)


def _differences(document: Document, w: Words) -> list[Block]:
    """Places and scores that differ, then whose other figures or reasons do; of a team's file, among those it shows."""
    known = document["later"]
    told = [w("later", "own_only")] if withheld(document) else []
    if not known["changes"] and not known["other_figures"]:
        return [*map(Text, told), Text(w("later", scoped("same", document)), "callout")]
    blocks: list[Block] = [*map(Text, told), *_changes(known["changes"], document["candidate"]["id"], w)]
    if known["other_figures"]:
        blocks.append(Text(w("later", "others", n=len(known["other_figures"]))))
        blocks.append(Listing([other_said(each, w) for each in known["other_figures"]]))
    return blocks


def scoped(key: str, document: Document) -> str:
    """The key of a sentence about all candidates, or about those whom a team's file shows."""
    return f"{key}_own" if withheld(document) else key


def other_said(other: Mapping[str, Any], w: Words) -> str:
    """A candidate with the same place whose figures or reasons differ, and how."""
    place = w("later", "unranked") if other["rank"] is None else w("summary", "rank_place", rank=other["rank"])
    return w("later", "other", candidate=other["candidate"], place=place, figures=figures_said(other, w))


def figures_said(other: Mapping[str, Any], w: Words) -> str:
    """What differs of such a candidate: each figure then and since, and the reasons where they do."""
    told = [
        w(
            "later",
            "figure",
            name=w("score_names", name),
            then=_figure(name, both["a"], w),
            now=_figure(name, both["b"], w),
        )
        for name, both in other["figures"].items()
    ]
    if other["reasons_a"] != other["reasons_b"]:
        sides = {side: _reasons(other[f"reasons_{key}"], w) for side, key in (("then", "a"), ("now", "b"))}
        told.insert(0, w("later", "figure", name=w("later", "reasons"), **sides))
    return w("later", "joint").join(told)


def _figure(name: str, value: str | int | None, w: Words) -> str:
    if value is None:
        return DASH
    return w("components_short", str(value)) if name == "component" else w.short(str(value))


def _reasons(reasons: Sequence[str] | None, w: Words) -> str:
    return w("later", "inactive") if reasons is None else ", ".join(w("reasons", each) for each in reasons)


def _changes(changed: list[Mapping[str, Any]], candidate: str, w: Words) -> list[Block]:
    """A table of those whose score differs or who enter or leave; the others, moved by them, in one sentence."""
    if not changed:
        return [Text(w("later", "same_ranking"), "callout")]
    own = [each for each in changed if each["snagc_then"] != each["snagc_now"] or each["candidate"] == candidate]
    moved = [each for each in changed if each not in own]
    blocks: list[Block] = [Text(w("later", "changed", n=len(changed)))]
    if own:
        rows = [[each["candidate"], *_place(each, "then", w), *_place(each, "now", w)] for each in own]
        marked = [index for index, each in enumerate(own) if each["candidate"] == candidate]
        blocks.append(Table(w.all("later", "columns"), rows, "lrrrr", (2, 2, 2, 2, 2), marked))
    if moved:
        listed = ", ".join(f"{each['candidate']} ({each['rank_then']} → {each['rank_now']})" for each in moved)
        blocks.append(Text(w("later", "shifted", n=len(moved), list=listed), "note"))
    return blocks


def _place(change: Mapping[str, Any], when: str, w: Words) -> list[str]:
    rank, snagc = change[f"rank_{when}"], change[f"snagc_{when}"]
    return [w("later", "unranked"), "–"] if rank is None else [str(rank), w.number(snagc)]


def _learnt(subject: str, fact: Mapping[str, Any], w: Words) -> list[str]:
    said = [w("later", "late")] if fact["how"] == "late" else []
    for by in fact["by"]:
        how = "retracted" if by["type"] == RETRACTED else "corrected"
        said.append(w("later", how, position=by["position"], reason=by["reason"]))
    kind = w("types", fact["type"])
    if "value" in fact["data"]:
        data = fact["data"]
        kind = f"{kind} ({w.named('analytes', data['analyte'])} {w.number(data['value'])} {w.unit(data['unit'])})"
    return [
        subject.partition("/")[2], kind, w.stamp(fact["time"]), w.stamp(fact["recorded"]), "; ".join(said),
        "" if fact["position"] is None else str(fact["position"]),
    ]  # fmt: skip


# ------------------------------------------------------------------------------------------------ the acts


def acts(document: Document, w: Words, refs: Refs) -> list[Block]:
    """Proposals, answers and closing, each beside the ranking, and the rankings recorded at the time."""
    done = document["acts"]
    blocks: list[Block] = [Text(w("acts", "intro"))]
    if done:
        rows = [_act(act, w) for act in done]
        marked = [index for index, act in enumerate(done) if act["deviation"]]
        columns = w.all("acts", "columns")
        blocks.append(Table(columns, rows, "rlllrlll", (1, 2.4, 2, 1.6, 1, 2.2, 3, 2.8), marked, small=True))
        blocks.append(Text(w("acts", "rule"), "note"))
        blocks += _findings(document["findings"], w)
    else:
        blocks.append(Text(w("acts", "none", position=document["log"]["size_now"]), "callout"))
    if document["withdrawn"]:
        listed = ", ".join(
            w("acts", "withdrawn_item", position=each["position"], by=each["retracted_at"])
            for each in document["withdrawn"]
        )
        blocks.append(Text(w("acts", "withdrawn", list=listed)))
    return [*blocks, Heading(w("acts", "recorded")), *_recorded(document, w)]


def _act(act: Mapping[str, Any], w: Words) -> list[str]:
    kind = w("types", act["what"])
    if act["outcome"]:
        kind = f"{kind} ({w('outcomes', act['outcome'])})"
    rank = "" if act["rank"] is None else str(act["rank"])
    actor = act["actor"] or w("page", "unknown")
    reason = act["reason"] or (w("acts", "no_reason") if act["deviation"] else "")
    who, order = act["candidate"] or "", order_said(act, w)
    return [str(act["position"]), w.stamp(act["time"]), kind, who, rank, actor, order, reason]


def order_said(act: Mapping[str, Any], w: Words) -> str:
    """Whether an act follows the ranking, and whom it passes over."""
    if not act["candidate"] or act["what"] == "proposal.declined":
        return ""
    if not act["deviation"]:
        return w("acts", "in_order")
    if act["rank"] is None:
        return w("acts", "off_ranking")
    ranks = [each["rank"] for each in act["passed_over"]]
    return w("acts", "deviation", who=w("acts", "ranks", n=len(ranks), ranks=w.ranges(ranks)))


def _findings(found: list[Mapping[str, Any]], w: Words) -> list[Block]:
    told = findings_said(found, w)
    if not told:
        return [Text(w("findings", "none"))]
    return [Heading(w("findings", "title")), Listing(told)]


def findings_said(found: Sequence[Mapping[str, Any]], w: Words) -> list[str]:
    """All that does not fit, a sentence each; those skipped by one act in one sentence."""
    told = []
    for position, code in dict.fromkeys((each["position"], each["code"]) for each in found):
        same = [each for each in found if (each["position"], each["code"]) == (position, code)]
        if code == "skipped":
            ranks = [each["details"]["rank"] for each in same]
            who = w("acts", "ranks", n=len(ranks), ranks=w.ranges(ranks))
            told.append(_finding(same[0], w, ranks=who))
        else:
            told += [_finding(each, w) for each in same]
    return told


def _finding(found: Mapping[str, Any], w: Words, **more: str) -> str:
    details = dict(found["details"])
    for name in ("act", "other_act"):
        if name in details:
            details[name] = w("types", details[name])
    for name in ("time", "other_time"):
        if name in details:
            details[name] = w.stamp(details[name])
    if "outcome" in details:
        details["outcome"] = w("outcomes", details["outcome"])
    return w(
        "findings", found["code"], **{**details, **more, "position": found["position"], "against": found["against"]}
    )


def _recorded(document: Document, w: Words) -> list[Block]:
    """Each ranking recorded at the time held against the dossier's, and the places where one differs."""
    runs = document["recorded"]
    if not runs:
        return [Text(w("acts", "recorded_none"))]
    told = []
    for run in runs:
        engine = run["engine"] or run["source"] or w("acts", "someone")
        same = not run["differing"]
        listed = ", ".join(run["differing"])
        words = w(
            "acts",
            scoped("recorded_same", document) if same else "recorded_differs",
            position=run["position"],
            engine=engine,
            list=listed,
        )
        if run["same_digest"] is not None:
            key = "recorded_digest_same" if run["same_digest"] else "recorded_digest_differs"
            words += " " + w("acts", key, digest=run["digest"])
        told.append(words)
    rows = [_recorded_place(run["position"], each, w) for run in runs for each in run["differences"]]
    columns = w.all("acts", "recorded_columns")
    return [Listing(told), *([Table(columns, rows, "rlrrrr", (1, 2, 2, 2, 2, 2), small=True)] if rows else [])]


def _recorded_place(position: int, each: Mapping[str, Any], w: Words) -> list[str]:
    """A candidate's rank and score as recorded, as they were written, and as calculated again."""
    unranked = (w("later", "unranked"), DASH)
    theirs = (str(each["rank_recorded"]), w.number(each["snagc_recorded"])) if each["rank_recorded"] else unranked
    ours = (str(each["rank"]), w.number(each["snagc"])) if each["rank"] else unranked
    return [str(position), each["candidate"], *theirs, *ours]
