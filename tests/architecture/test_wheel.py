"""The wheel as it is built: typed packages with all their data, and nothing of the tests."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("engine", "projections", "replay", "fixtures")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The names of the files in a wheel built from these sources."""
    pytest.importorskip("hatchling", reason="what builds the wheel is not installed: requirements-dev.txt has it")
    folder = tmp_path_factory.mktemp("wheel")
    build = "import sys; from hatchling.build import build_wheel; build_wheel(sys.argv[1])"
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "1735689600"}
    subprocess.run([sys.executable, "-c", build, str(folder)], cwd=ROOT, env=environment, check=True, timeout=120)
    (path,) = folder.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


@pytest.mark.parametrize("package", PACKAGES)
def test_each_package_tells_type_checkers_that_it_is_typed(wheel: list[str], package: str) -> None:
    assert f"{package}/py.typed" in wheel


@pytest.mark.parametrize("package", PACKAGES)
def test_every_file_of_a_package_is_in_the_wheel(wheel: list[str], package: str) -> None:
    listed = subprocess.run(["git", "ls-files", package], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode or not listed.stdout:
        pytest.skip("not a clone: nothing says which files belong to the sources")
    assert [name for name in listed.stdout.splitlines() if name not in wheel and (ROOT / name).exists()] == []


def test_nothing_else_is_in_it(wheel: list[str]) -> None:
    assert {name.split("/")[0] for name in wheel if ".dist-info/" not in name} == set(PACKAGES)
