"""The house rules: short files, short functions, no hidden clock, every formula under its annex's number."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

from engine.rules.rule import RULES

ROOT = Path(__file__).parents[2]
PACKAGES = ("engine", "projections", "replay", "fixtures", "tests")
PURE = ("engine", "projections", "replay")
MAY_READ_A_CLOCK = ("replay/cli/", "replay/service/")
RULE_MODULES = ("annex_3_2_icar", "annex_3_3_ccb", "annex_3_4_ccp", "annex_3_5_snagc")

Function = ast.FunctionDef | ast.AsyncFunctionDef
CLOCKS = {
    "now", "utcnow", "today", "time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns",
    "localtime", "gmtime", "uuid1", "uuid4", "urandom", "getrandbits", "token_hex", "token_bytes",
}  # fmt: skip
MODULES_OF_CHANCE = {"random", "secrets", "time", "numpy.random"}

ANNEXES = (
    "3.2.1", "3.2.2", "3.2.3", "3.2.3.1", "3.2.3.2", "3.2.3.3", "3.2.3.4", "3.2.3.5",
    "3.2.1 (ICARi)", "3.2.1.1", "3.2.1.3", "3.2.1.4", "3.2.1.5",
    "3.3", "3.3.1", "3.3.2", "3.3.3", "3.3.4", "3.3.5",
    "3.4", "3.4.1", "3.4.2", "3.4.3", "3.4.4", "3.4.4.1", "3.4.4.2", "3.4.4.3", "3.4.4.4", "3.4.4.5", "3.4.4.6",
    "3.4.4.7", "3.4.4.8",
    "3.5",
)  # fmt: skip
"""The numbered formulas of the guide's chapter 3. Two of its numbers are missing here: 3.1 is a list of codes, and
3.2.1.2 repeats 3.2.3.2 (F_ASCD) word for word. The second 3.2.1 is the one of ICARi."""

SYMBOLS = {
    "3.2.1": {"Delai_Var_Bio_GRF"}, "3.2.2": {"C_ICAR"}, "3.2.3": {"ICAR", "ICARj"}, "3.2.3.1": {"F_RisquePreGRFj"},
    "3.2.3.2": {"F_ASCD"}, "3.2.3.3": {"F_Decile_PNj"}, "3.2.3.4": {"F_Ln_DFG_LAj", "F_DFGj"},
    "3.2.3.5": {"F_Ln_BILI_LAj"}, "3.2.1 (ICARi)": {"ICARi"}, "3.2.1.1": {"F_RisquePreGRFi"},
    "3.2.1.3": {"F_Decile_PNi"}, "3.2.1.4": {"F_Ln_DFG_LAi", "F_DFGi"}, "3.2.1.5": {"F_Ln_BILI_LAi"},
    "3.3": {"Score CCB"}, "3.3.1": {"F_ICAR"}, "3.3.2": {"F_Comp_ASCD", "Comp_Ad_Std"}, "3.3.3": {"Comp_Ad_XPCA"},
    "3.3.4": {"Comp_Ped_Std"}, "3.3.5": {"Comp_Ped_XPCP"}, "3.4": {"Score CCP"}, "3.4.1": {"F0_DifAge", "F1_DifAge"},
    "3.4.4": {"F4_SurvPostGRF"}, "3.4.4.1": {"F_SurvPostGRF"}, "3.4.4.2": {"F_RiskPostGRF"}, "3.4.4.3": {"F_AGER"},
    "3.4.4.4": {"F_MAL"}, "3.4.4.5": {"F_Ln_BILI_GRF"}, "3.4.4.6": {"F_Ln_DFG_GRF"}, "3.4.4.7": {"F_SEXRD"},
    "3.4.4.8": {"F_AGED"}, "3.5": {"MG", "ScoreNACG"},
}  # fmt: skip
"""The guide's own names of what its numbers calculate."""


@cache
def source(path: Path) -> tuple[str, ast.Module]:
    """A module's text and tree."""
    text = path.read_text(encoding="utf-8")
    return text, ast.parse(text, str(path))


def modules(*packages: str) -> Iterator[tuple[str, str, ast.Module]]:
    """Every module of some packages: where it is, its text and its tree."""
    for package in packages:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), *source(path)


def functions(tree: ast.Module) -> Iterator[Function]:
    """Every function of a module, methods and functions within functions too."""
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def length(function: Function) -> int:
    """The lines of a function, from its name to its end."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


# ------------------------------------------------------------------------------------------------- short


@pytest.mark.parametrize("package", PACKAGES)
def test_no_file_has_400_lines(package: str) -> None:
    found = {where: len(text.splitlines()) for where, text, _ in modules(package)}
    assert found
    assert {where: lines for where, lines in found.items() if lines >= 400} == {}


@pytest.mark.parametrize("package", PACKAGES)
def test_no_function_has_40_lines(package: str) -> None:
    found = {
        f"{where}:{function.name}": length(function)
        for where, _, tree in modules(package)
        for function in functions(tree)
    }
    assert {name: lines for name, lines in found.items() if lines >= 40} == {}


# ---------------------------------------------------------------------------------- no clock and no chance


def reads_a_clock(tree: ast.Module) -> list[str]:
    """What in a module reads the clock or rolls dice."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in CLOCKS and isinstance(node.ctx, ast.Load):
            called_on = node.value
            if isinstance(called_on, ast.Name | ast.Attribute):
                name = called_on.id if isinstance(called_on, ast.Name) else called_on.attr
                found += [f"{name}.{node.attr}"] if name in {"datetime", "date", "time", "uuid", "os", "dt"} else []
        elif isinstance(node, ast.Import):
            found += [each.name for each in node.names if each.name in MODULES_OF_CHANCE]
        elif isinstance(node, ast.ImportFrom) and node.module in {*MODULES_OF_CHANCE, "uuid", "os"}:
            chance = node.module in MODULES_OF_CHANCE
            found += [f"{node.module}.{each.name}" for each in node.names if chance or each.name in CLOCKS]
    return found


def test_nothing_but_the_command_line_and_the_service_reads_a_clock_or_rolls_dice() -> None:
    found = {where: reads_a_clock(tree) for where, _, tree in modules(*PURE) if not where.startswith(MAY_READ_A_CLOCK)}
    assert len(found) > 40
    assert {where: clocks for where, clocks in found.items() if clocks} == {}


@pytest.mark.parametrize(
    "text",
    [
        "import time",
        "import random",
        "import secrets",
        "from random import shuffle",
        "from time import time_ns",
        "from uuid import uuid4",
        "from os import urandom",
        "x = datetime.now(UTC)",
        "x = datetime.datetime.utcnow()",
        "x = date.today()",
        "x = uuid.uuid4()",
        "x = os.urandom(8)",
    ],
)
def test_the_search_for_clocks_finds_them(text: str) -> None:
    assert reads_a_clock(ast.parse(text))


def test_the_search_for_clocks_lets_a_clock_that_was_handed_in_pass() -> None:
    assert reads_a_clock(ast.parse("self._now()\nevent.time\nmoment.date()\nfrom uuid import UUID, uuid5")) == []


# -------------------------------------------------------------------------------------------------- documented


def undocumented(tree: ast.Module) -> Iterator[str]:
    """Public functions and classes, and public methods of public classes, that say nothing about themselves."""
    waiting: list[tuple[str, ast.stmt]] = [("", node) for node in tree.body]
    while waiting:
        prefix, node = waiting.pop()
        if not isinstance(node, Function | ast.ClassDef) or node.name.startswith("_"):
            continue
        if not ast.get_docstring(node):
            yield f"{prefix}{node.name}"
        if isinstance(node, ast.ClassDef):
            waiting += [(f"{node.name}.", each) for each in node.body]


@pytest.mark.parametrize("package", PURE)
def test_every_public_function_class_and_method_has_a_docstring(package: str) -> None:
    found = {where: list(undocumented(tree)) for where, _, tree in modules(package)}
    assert {where: names for where, names in found.items() if names} == {}


@pytest.mark.parametrize("package", PURE)
def test_every_module_says_what_it_is_for(package: str) -> None:
    assert [where for where, _, tree in modules(package) if not ast.get_docstring(tree)] == []


# -------------------------------------------------------------------------------------------------- the annexes


def decorated() -> Iterator[tuple[str, Function]]:
    """Every function marked as a rule, with the file it stands in."""
    for where, _, tree in modules("engine/rules"):
        for function in functions(tree):
            named = [each.func for each in function.decorator_list if isinstance(each, ast.Call)]
            if any(isinstance(each, ast.Name) and each.id == "rule" for each in named):
                yield where, function


@pytest.fixture(scope="module", autouse=True)
def every_rule_is_loaded() -> None:
    """The rules register themselves when their modules are imported."""
    for name in RULE_MODULES:
        import_module(f"engine.rules.{name}")


def test_every_rule_is_registered_once_under_a_name_of_its_own() -> None:
    names = [function.name for _, function in decorated()]
    assert sorted(names) == sorted(RULES)


def test_every_rule_names_the_annex_of_its_module_its_symbol_and_the_annex_s_line() -> None:
    for rule in RULES.values():
        stands_in = rule.body.__module__.rpartition(".")[2]
        assert stands_in in RULE_MODULES
        assert f"annex_{rule.annex[:3].replace('.', '_')}_" in stands_in
        assert rule.symbol, rule.name
        assert rule.text, rule.name


def test_rules_stand_in_the_four_modules_of_the_annexes_and_nowhere_else() -> None:
    assert {Path(where).stem for where, _ in decorated()} == set(RULE_MODULES)


@pytest.mark.parametrize("annex", ANNEXES)
def test_every_numbered_formula_of_the_annexes_is_carried_by_a_rule_with_the_guide_s_symbols(annex: str) -> None:
    symbols = {rule.symbol for rule in RULES.values() if rule.annex == annex}
    assert symbols
    assert SYMBOLS.get(annex, set()) <= symbols


def test_no_rule_claims_a_number_that_the_annexes_do_not_have() -> None:
    assert {rule.annex for rule in RULES.values()} <= set(ANNEXES)


def test_the_diseases_of_annex_3_1_stand_in_the_module_of_that_number() -> None:
    assert import_module("engine.rules.annex_3_1_diseases").disease_label("162") == "Maladie valvulaire"


# ------------------------------------------------------------------------------------------------------ layers


def test_the_contracts_between_the_layers_hold() -> None:
    lint = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    done = subprocess.run(
        [sys.executable, "-c", lint, "--no-cache"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 broken." in done.stdout
    assert " 0 kept" not in done.stdout
