"""Shares of a work done by other processes: the same results in order, whoever does them and whoever is lost."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from time import monotonic, sleep

import dask
import pytest

from engine.errors import RequestError, WorkersError
from replay.spread.spread import Spread
from tests.replay.spread.certificates import Certificates, make_certificates
from tests.replay.spread.works import ROOT, doubled, killed, killed_once, refusing, scheduler, workplace


def test_alone_this_process_does_the_work_and_loads_nothing_for_it() -> None:
    check = (
        "import sys; from replay.spread.spread import Spread\n"
        "assert list(Spread(workers=1).results(abs, [-1, 2])) == [1, 2]\n"
        "assert not {'dask', 'distributed', 'asyncio'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", check], check=True, env={**os.environ, "PYTHONPATH": str(ROOT)})


def test_processes_of_this_machine_give_results_in_order_and_write_nothing_at_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home := tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(home))
    assert list(Spread(workers=2).results(doubled, range(20))) == [doubled(number) for number in range(20)]
    assert list(home.iterdir()) == []


@pytest.mark.long_only
def test_a_share_whose_worker_is_killed_is_done_again(tmp_path: Path) -> None:
    shares = [(number, str(tmp_path / "flag")) for number in range(8)]
    assert list(Spread(workers=2).results(killed_once, shares)) == [doubled(number) for number in range(8)]
    assert (tmp_path / "flag").exists()


@pytest.mark.long_only
def test_who_is_killed_again_and_again_is_told_of_with_a_share_that_was_at_hand() -> None:
    with pytest.raises(WorkersError, match=r"lost again and again while they had [0-3]"):  # 2, or one given with it
        list(Spread(workers=2).results(killed, range(4)))


@pytest.mark.long_only
def test_whoever_stops_early_or_is_refused_leaves_no_process() -> None:
    found = Spread(workers=2).results(doubled, range(1000))
    assert next(found) == 0
    found.close()  # type: ignore[attr-defined]
    with pytest.raises(RequestError, match="2 is refused"):
        list(Spread(workers=2).results(refusing, range(5)))
    children = subprocess.run(["pgrep", "-P", str(os.getpid()), "-f", "spawn_main"], capture_output=True, check=False)
    assert children.stdout == b""


@pytest.mark.long_only
def test_a_real_scheduler_s_workers_give_the_same_though_one_is_killed(tmp_path: Path) -> None:
    shares = [(number, str(tmp_path / "flag")) for number in range(12)]
    with scheduler(tmp_path) as address:
        assert list(Spread.asked(None, address).results(killed_once, shares)) == [doubled(n) for n in range(12)]
    assert (tmp_path / "flag").exists()


@pytest.mark.long_only
def test_a_scheduler_under_tls_works_for_who_has_a_certificate_of_its_authority_and_for_nobody_else(
    tmp_path: Path, give: Callable[[Certificates], None]
) -> None:
    ours, others = make_certificates(tmp_path / "ours"), make_certificates(tmp_path / "others")
    with workplace(tmp_path, 1, ours) as place:
        give(ours)
        assert list(Spread.asked(None, place.address).results(doubled, range(4))) == [0, 2, 4, 6]
        for wrong in (others, replace(ours, key=others.key), replace(ours, authority=others.authority)):
            give(wrong)
            assert "certificates do not agree" in refused_by(place.address)
        give(replace(ours, key=tmp_path / "gone.key"))
        assert "CLIENT__KEY" in (said := refused_by(place.address))
        assert "gone.key: no such file" in said
        assert "nobody answers there so" in refused_by(place.address.replace("tls", "tcp"))


@pytest.mark.long_only
def test_nobody_who_answers_and_nobody_who_works_are_named_in_bounded_time(tmp_path: Path) -> None:
    began = monotonic()
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        assert "nobody answers there so" in refused_by(address), "no port is open"
        silent.listen()
        assert "start dask scheduler there" in refused_by(address), "somebody says nothing"
    with workplace(tmp_path, 0) as place:
        assert f"has no worker: start dask worker {place.address}" in refused_by(place.address)
    assert monotonic() - began < 100


@pytest.mark.long_only
def test_a_scheduler_that_is_lost_is_named_and_nothing_else_is_said(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with workplace(tmp_path) as place:
        found = Spread.asked(None, place.address).results(sleep, [0.0, 0.5, 0.5])
        assert next(found) is None
        place.scheduler.kill()
        with pytest.raises(WorkersError, match="the scheduler was lost: start it again"):
            list(found)
    assert capfd.readouterr() == ("", "")


@pytest.fixture
def give(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Certificates], None]]:
    """Certificates as the user of a command gives them."""

    def given(certificates: Certificates) -> None:
        for name, value in certificates.environment.items():
            monkeypatch.setenv(name, value)
        dask.config.refresh()

    yield given
    monkeypatch.undo()
    dask.config.refresh()


def refused_by(address: str) -> str:
    with pytest.raises(RequestError) as refused:
        list(Spread.asked(None, address).results(doubled, [1]))
    return str(refused.value)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("tcp://192.0.2.1:8786", "192.0.2.1 is not loopback, and a scheduler runs whatever it is sent; name tls://"),
        ("tcp://scheduler.example:8786", "is not loopback"),
        ("tcp://127.0.0.1", "a host and a port are needed"),
        ("tls://:8786", "a host and a port are needed"),
        ("tls://user@example.org:8786", "a host and a port are needed"),
        ("tcp://localhost:99999", "Port out of range"),
        ("tcp://127.0.0.1.example.org:8786", "is not loopback"),
        ("ws://127.0.0.1:8786", "no scheme that is known"),
        ("inproc://1/2/3", "no scheme that is known"),
        ("127.0.0.1:8786", "no scheme that is known"),
        ("", "no scheme that is known"),
    ],
)
def test_a_scheduler_that_others_could_reach_or_nobody_is_refused_with_the_remedy(address: str, said: str) -> None:
    with pytest.raises(RequestError) as refused:
        Spread.asked(None, address)
    assert said in str(refused.value)
    assert "tls://HOST:PORT, or tcp:// on loopback" in str(refused.value)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:8786", "tcp://[::1]:8786", "tcp://localhost:1", "tls://a.b:1"])
def test_loopback_and_tls_are_taken(address: str) -> None:
    assert Spread.asked(None, address).elsewhere


def test_workers_and_a_scheduler_at_once_and_no_workers_at_all_are_refused() -> None:
    with pytest.raises(RequestError, match="give one of them"):
        Spread.asked(2, "tcp://127.0.0.1:8786")
    with pytest.raises(RequestError, match="at least 1"):
        Spread.asked(0, None)


def test_tls_without_certificates_is_refused_by_the_names_of_what_is_missing() -> None:
    with pytest.raises(RequestError, match="DASK_DISTRIBUTED__COMM__TLS__CA_FILE"):
        list(Spread.asked(None, "tls://127.0.0.1:1").results(doubled, [1]))
