"""The document told in a language: numbered sections and lettered annexes, each a list of blocks."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from engine.text import each_text
from replay.reports.dossier.blocks import Block, Commands, Facts, Heading, Listing, Page, Section, Table, Text
from replay.reports.dossier.calcium import calcium
from replay.reports.dossier.chain import candidate, chain, course, events, figures, person_said, sex_said
from replay.reports.dossier.knowledge import acts, figures_said, impossible, later, scoped
from replay.reports.dossier.ranking import SHOWN_WHOLE, count_of, excluded, full_ranking, place_of, ranking, withheld
from replay.reports.words import Words

Document = Mapping[str, Any]
Refs = Mapping[str, str]
"""Letters of the annexes, by their id."""

Teller = Callable[[Document, Words, Refs], Sequence[Block]]


def page(document: Document, language: str, show: Callable[[str], str]) -> Page:
    """The whole dossier in a language; ``show`` makes every text in the document such as a reader may see."""
    w, document = Words(language), each_text(document, show)
    offer, name = document["offer"]["id"], document["candidate"]["id"]
    return Page(
        language=language,
        kind=w("page", "kind"),
        title=w("page", "title", offer=offer, candidate=name),
        header=w("page", "header", offer=offer, candidate=name, date=w.moment(document["offer"]["at"])),
        disclaimer=w("page", "disclaimer", limits=w("sections", "limits")),
        cover=_cover(document, w),
        sections=_sections(document, w),
        labels={key: w("page", key) for key in ("contents", "page", "of", "data_link")},
    )


def _sections(document: Document, w: Words) -> list[Section]:
    annexes = [name for name, (needed, _) in _ANNEXES.items() if needed(document)]
    refs = {name: chr(ord("A") + index) for index, name in enumerate(annexes)}
    found = [
        Section(name, str(number), w("sections", name), tell(document, w, refs))
        for number, (name, tell) in enumerate(_SECTIONS.items(), 1)
    ]
    for name in annexes:
        label = w("page", "annex", letter=refs[name])
        found.append(Section(name, label, w("sections", name), _ANNEXES[name][1](document, w, refs), annex=True))
    return found


def outcome(document: Document, w: Words) -> str:
    """Rank and score, or the reasons of the exclusion, in one sentence."""
    explanation, name = document["explanation"], document["candidate"]["id"]
    if explanation["rank"] is None:
        reasons = ", ".join(w("meanings", each["reason"]) for each in explanation["reasons"])
        return w("summary", "excluded", candidate=name, reasons=reasons)
    return w(
        "summary",
        "ranked",
        candidate=name,
        rank=explanation["rank"],
        count=count_of(document, "ranked"),
        snagc=w.number(explanation["score"]["snagc"]),
    )


def _cover(document: Document, w: Words) -> list[tuple[str, str]]:
    log, rules = document["log"], document["rules"]
    values = {
        "graft": w.moment(document["offer"]["at"]),
        "donor": person_said(document["donor"], w),
        "candidate": person_said(document["candidate"], w),
        "rules": f"{w.named('titles', rules['id'])} ({w.day_of(rules['valid_from'])})",
        "known": w("cover", "known_value", size=log["size"]),
        "drawn": w("cover", "drawn_value", position=log["size_now"], recorded=w.moment(document["later"]["recorded"])),
        "digest": log["digest"],
        "made_by": document["made_by"],
    }
    return [(w("cover", name), value) for name, value in values.items()]


# ---------------------------------------------------------------------------------------------- summary


def _summary(document: Document, w: Words, refs: Refs) -> list[Block]:
    told = [outcome(document, w), _component(document, w), _first_place(document, w), _recorded_then(document, w)]
    told += [*_what_followed(document, w), _knowledge(document, w)]
    if document["rules"]["assumed"]:
        told.append(w("summary", "assumed"))
    told.append(w("summary", "no_act_allocates"))
    return [Listing([each for each in told if each])]


def _component(document: Document, w: Words) -> str:
    score = document["explanation"]["score"]
    component, ccb = w("components", score["component"]), w.short(score["ccb"])
    if score["icar"] is None:
        return w("summary", "component_child", component=component, ccb=ccb)
    return w("summary", "component", component=component, ccb=ccb, icar=score["icar"])


def _first_place(document: Document, w: Words) -> str:
    first = next((entry for entry in document["run"]["ranking"] if entry["rank"] == 1), None)
    if first is None or document["explanation"]["rank"] == 1:
        return ""
    return w("summary", "first", candidate=first["candidate"], snagc=w.number(first["snagc"]))


def _recorded_then(document: Document, w: Words) -> str:
    """Whether a ranking was recorded at the time, and whether it is the one calculated again here."""
    runs = document["recorded"]
    if not runs:
        return w("summary", "recorded_none")
    count = len({name for run in runs for name in run["differing"]})
    if count:
        return w("summary", "recorded_differs", n=count, section=w("sections", "acts"))
    return w("summary", scoped("recorded_same", document))


def _what_followed(document: Document, w: Words) -> list[str]:
    done = document["acts"]
    if not done:
        return [w("summary", "no_acts")]
    closed = next((act for act in reversed(done) if act["what"] == "offer.closed"), None)
    if closed is None:
        told = w("summary", "no_close")
    elif closed["outcome"] == "transplanted" and closed["candidate"]:
        place = place_of(closed["rank"], w)
        told = w("summary", "closed_transplanted", candidate=closed["candidate"], place=place)
    else:
        told = w("summary", "closed_other", outcome=w("outcomes", closed["outcome"]))
    count = sum(act["deviation"] for act in done)
    section = w("sections", "acts")
    order = w("summary", "deviations", n=count, section=section) if count else w("summary", "no_deviations")
    return [told, order]


def _knowledge(document: Document, w: Words) -> str:
    """What was learnt since, in one sentence: of the candidate, else of how many others."""
    known, name = document["later"], document["candidate"]["id"]
    if known["problem"]:
        return impossible(known["problem"], w)
    for said, entries in ((_moved, known["changes"]), (_other_figures, known["other_figures"])):
        own = next((each for each in entries if each["candidate"] == name), None)
        if own is not None:
            return said(own, w)
    count = len(known["changes"]) + len(known["other_figures"])
    return w("summary", scoped("later_others" if count else "later_same", document), n=count, candidate=name)


def _moved(own: Mapping[str, Any], w: Words) -> str:
    score = {key: w.number(own[key] or "0") for key in ("snagc_then", "snagc_now")}
    places = {"then": own["rank_then"], "now": own["rank_now"]}
    if None in places.values():
        both = {key: place_of(rank, w) for key, rank in places.items()}
        return w("summary", "later_place", candidate=own["candidate"], **both)
    return w("summary", "later_candidate", candidate=own["candidate"], **places, **score)


def _other_figures(own: Mapping[str, Any], w: Words) -> str:
    key = "later_unranked" if own["rank"] is None else "later_same_place"
    return w("summary", key, candidate=own["candidate"], rank=own["rank"], figures=figures_said(own, w))


# -------------------------------------------------------------------------------------- graft and rules


def _graft(document: Document, w: Words, refs: Refs) -> list[Block]:
    offer, donor = document["offer"], document["donor"]
    rows = [
        (w("graft", "offer"), offer["id"]),
        (w("graft", "offered"), w.moment(offer["at"])),
        (w("graft", "recorded"), w.moment(offer["recorded"])),
        (w("graft", "actor"), offer["actor"] or w("page", "unknown")),
        (w("graft", "position"), w("graft", "position_value", position=offer["event"]["position"])),
        (w("graft", "counter"), w("graft", "counter_value", counter=document["run"]["counter"])),
    ]
    about_donor = [
        (w("graft", "pseudonym"), donor["id"]),
        (w("graft", "sex"), sex_said(donor, w)),
        (w("graft", "age"), w("cover", "years", n=donor["age"])),
        (w("graft", "blood_group"), donor["blood_group"]),
        (w("graft", "height"), f"{w.number(donor['height_cm'])} cm"),
        (w("graft", "weight"), f"{w.number(donor['weight_kg'])} kg"),
        (w("graft", "site"), donor["procurement_site"]),
        (w("graft", "events"), " ".join(f"[{position}]" for position in donor["events"])),
    ]
    turn = _assist_turn(document)
    return [
        Facts(rows),
        Text(w("graft", "counter_note", turn=w("graft", f"turn_{turn}")), "note"),
        Heading(w("graft", "donor")),
        Facts(about_donor),
        *calcium(donor["coronary_calcium"], w),
    ]


def _assist_turn(document: Document) -> str:
    turn = document["rules"]["assist_turn"]
    return "before" if turn is None else "yes" if turn else "no"


def _rules(document: Document, w: Words, refs: Refs) -> list[Block]:
    rules = document["rules"]
    until = w.day_of(rules["valid_until"]) if rules["valid_until"] else w("rules", "still")
    rows = [
        (w("rules", "set"), w.named("titles", rules["id"])),
        (w("rules", "from"), w.day_of(rules["valid_from"])),
        (w("rules", "until"), until),
        (w("rules", "status"), w("rules", "assumed" if rules["assumed"] else "attested")),
    ]
    lines = [_reading(reading, w) for reading in document["readings"]]
    columns = ["", *(w("rules", name) for name in ("text", "annex", "chosen", "why"))]
    return [
        Text(w("rules", "intro")),
        Facts(rows),
        Heading(w("rules", "readings")),
        Text(w("rules", "readings_intro")),
        Table(columns, lines, "lllll", (2, 3.4, 3, 2.2, 3.4), small=True),
    ]


def _reading(reading: Mapping[str, Any], w: Words) -> list[str]:
    told = w.reading(reading["name"])
    default = reading["value"] == reading["options"][0]
    chosen = f"{told['options'][reading['value']]} ({w('rules', 'default' if default else 'other')})"
    return [told["label"], told["text"], told["annex"], chosen, told["why"]]


# -------------------------------------------------------------------------------------- proof and limits


def _proof(document: Document, w: Words, refs: Refs) -> list[Block]:
    log, offer, name = document["log"], document["offer"]["id"], document["candidate"]["id"]
    again = f"snagc dossier {offer} {name} --lang {w.language} --known-at {log['size_now']} --log …"
    return [
        *_held_against(log["checkpoint"], w),
        Text(w("proof", "intro")),
        Facts([
            (w("proof", "size"), str(log["size"])),
            (w("proof", "root"), log["root"]),
            (w("proof", "size_now"), str(log["size_now"])),
            (w("proof", "root_now"), log["root_now"]),
            (w("proof", "digest"), log["digest"]),
        ]),
        Heading(w("proof", "check")),
        Text(w("proof", "check_log")),
        Commands(["snagc verify --log …"]),
        Text(w("proof", "check_rank")),
        Commands([f"snagc rank {offer} --log …"]),
        Text(w("proof", "check_again")),
        Commands([again]),
        Text(w("proof", "withheld" if withheld(document) else "check_digest")),
        Text(w("proof", "attached", name=f"dossier-{offer}-{name}.json")),
        Text(w("proof", "declared" if log["recorded_times_declared"] else "own")),
        Text(w("proof", "not_signed")),
    ]  # fmt: skip


def _held_against(checkpoint: Document | None, w: Words) -> list[Block]:
    """Which checkpoint the log was held against, or that there was none; first of all what contradicts it."""
    if checkpoint is None:
        return [Text(w("proof", "no_checkpoint"))]
    if checkpoint["contradictions"]:
        said = "; ".join(checkpoint["contradictions"])
        return [Text(w("proof", "contradicted", contradictions=said), "callout")]
    signers = ", ".join(checkpoint["signed_by"])
    signed = w("proof", "signature_checked", names=signers) if signers else w("proof", "signature_not_checked")
    named = {name: checkpoint[name] for name in ("file", "origin", "size", "root")}
    return [Text(w("proof", "held_against", signed=signed, **named))]


def _limits(document: Document, w: Words, refs: Refs) -> list[Block]:
    assumed = [Text(w("limits", "assumed"), "callout")] if document["rules"]["assumed"] else []
    return [*assumed, Listing(w.all("limits", "items"))]


_SECTIONS: Mapping[str, Teller] = {
    "summary": _summary,
    "graft": _graft,
    "rules": _rules,
    "ranking": ranking,
    "candidate": candidate,
    "chain": chain,
    "course": course,
    "later": later,
    "acts": acts,
    "proof": _proof,
    "limits": _limits,
}
_ANNEXES: Mapping[str, tuple[Callable[[Document], bool], Teller]] = {
    "full_ranking": (lambda document: len(document["run"]["ranking"]) > SHOWN_WHOLE, full_ranking),
    "excluded": (lambda document: bool(document["run"]["excluded"]), excluded),
    "figures": (lambda document: True, figures),
    "events": (lambda document: True, events),
}
