"""The words of a report, and how policies and groups are called in it."""

import tomllib
from functools import cache
from importlib import resources
from pathlib import PurePath
from typing import Any

from fixtures.national.geography import centre_names
from replay.simulation.policy import Policy

Words = dict[str, Any]


@cache
def words_in(language: str) -> Words:
    """The words of a language."""
    text = resources.files("replay.simulation.report").joinpath(f"{language}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def policy_label(policy: Policy) -> str:
    """The title of a policy, with the id of a rule set in force; a file without a title has its name."""
    title = policy.rules.title
    if policy.text is None:
        return f"{title} ({policy.name})"
    return PurePath(policy.name).stem.replace("_", " ") if title == policy.name else title


def policy_origin(policy: Policy) -> str:
    """Where a policy comes from: the name of its file, without the folders above it, or its id."""
    return PurePath(policy.name).name if policy.text is not None else policy.name


def group_label(group: str, words: Words) -> str:
    """A group as people say it: of ``sex=F``, women."""
    kind, _, name = group.partition("=")
    if kind == "centre":
        return centre_names().get(name, name)
    said: dict[str, str] = words["groups"].get(kind, {})
    return said.get(name) or said["any"].format(name)
