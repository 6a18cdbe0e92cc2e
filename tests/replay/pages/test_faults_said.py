"""What a page could not answer, in the page's language: each kind of error that people meet, with what it is about."""

from functools import partial

import pytest

from engine.errors import SnagcError
from replay.pages.error import Fault, error_page, why
from replay.pages.page import Frame, words_of
from replay.service.answers import Problem
from replay.service.csrf import check, check_origin
from replay.service.guard import not_found
from replay.service.refusals import ForbiddenError, TooManyError
from replay.service.signing_in import UnknownIdentityError
from replay.service.viewer import TEAM, Viewer
from tests.projections.support import CENTRE, Log
from tests.replay.pages.visits import Visits
from tests.replay.support import adult

MINE = Viewer("T7", (TEAM,), centres=(CENTRE,))
SAID = {
    "/list?at=hier": "« hier » n’est pas une heure",
    "/list?at=2024-05-01T99:00:00Z": "n’est pas une heure",
    "/list?at=2024-02-30": "« 2024-02-30 » n’est pas un jour du calendrier",
    "/list?at=2024-10-27T02:30": "existe deux fois à Paris",
    "/list?at=2024-03-31T02:30": "n’existe pas à Paris",
    "/list?known_at=999": "« Connu au » n° 999 : le journal finit au n°",
    "/list?known_at=hier": "« hier » n’est pas une heure",
    "/list?at=2017-01-01": "Aucune règle n’était en vigueur le 2017-01-01",
    "/offers?from=2024-05-02&to=2024-05-01": "Le début (2024-05-02) vient après la fin",
    "/offers/O9": "L’offre O9 n’est pas dans ce journal",
    "/offers/O1/candidates/C9": "Le candidat C9 n’était pas inscrit au moment de l’offre",
    "/offers/O1/candidates/C2": "Le candidat C2 était suspendu au moment de l’offre",
    "/offers/O1/candidates/C3": "Le candidat C3 était sorti de liste au moment de l’offre",
    "/candidates/C9": "Le candidat C9 n’est pas inscrit au",
    "/events/999": "Aucun événement n° 999 : le journal finit au n°",
    "/events/x": "« x » : donnez un nombre entier de 1",
    "/desk?centre=000000000": "Le centre 000000000 ne figure dans aucune inscription",
    "/offers/O1?known_at=3": "le donneur n’est pas enregistré dans ce que l’on savait alors",
}


@pytest.fixture(scope="module")
def visits(tmp_path_factory: pytest.TempPathFactory) -> Visits:
    """Three candidates, one of them suspended, one delisted, and an offer."""
    log = Log()
    for name in ("C1", "C2", "C3"):
        adult(log, name)
    log.happened("suspended", "C2", "2024-05-16 11:00")
    log.delisted("C3", "2024-05-16 12:00")
    log.donor("D1", "2024-05-17 11:00")
    log.offered("O1", "2024-05-17 12:00")
    return Visits(log, tmp_path_factory.mktemp("faults"))


@pytest.mark.parametrize("address", SAID)
def test_a_fault_is_said_in_french(visits: Visits, address: str) -> None:
    with pytest.raises(SnagcError) as fault:
        visits.text(address)
    told = str(why(fault.value, words_of("fr"))).replace("\u202f", " ").replace("\u00a0", " ")
    assert SAID[address] in told
    assert "lang=" not in told
    assert "{" not in why(fault.value, words_of("en"))


@pytest.mark.parametrize("address", ["/candidates/C9", "/desk?centre=000000000", "/events/999"])
def test_what_is_not_ones_own_is_said_in_french_too(visits: Visits, address: str) -> None:
    with pytest.raises(SnagcError) as fault:
        visits.text(address, MINE)
    assert "lang=" not in why(fault.value, words_of("fr"))


def test_refusals_of_the_service_are_said_in_french() -> None:
    for refuse in (partial(check, "a", "b"), partial(check_origin, ["https://example.org"], "localhost", None)):
        with pytest.raises(Problem) as refused:
            refuse()
        assert why(refused.value, words_of("fr")).startswith("Ce formulaire")
    forbidden = ForbiddenError("GET /audit needs the scope auditor", ("auditor",))
    told = [why(each, words_of("fr")) for each in (forbidden, TooManyError(60, 12), UnknownIdentityError("S1"))]
    assert told[0] == "Il y faut l’un de ces rôles\u00a0: auditor."
    assert "60" in told[1]
    assert "S1" in told[2]
    assert not_found("/x").kind == "path"


def test_who_starts_one_long_job_too_many_is_told_what_helps() -> None:
    fault = Fault("2 long jobs are under way, as many as run at once; try again later", "working", {"most": 2})
    page = error_page(Frame("/audit", {}), 503, fault, "r1", again=True).decode()
    assert "2 travaux longs sont déjà en cours" in page
    assert "arrêtez-en un sur sa page" in page
    assert "durée plus courte" not in page
    assert "durée plus courte" in error_page(Frame("/list", {}), 503, Fault("busy"), "r1", again=True).decode()
