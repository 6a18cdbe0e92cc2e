"""Annex 3.1: the initial diseases, their Cristal codes, and which of them weigh on survival (3.4.4.4)."""

import pytest

from engine.events.vocabulary import DISEASES
from engine.rules.annex_3_1_diseases import disease_label
from engine.rules.annex_3_4_ccp import high_risk_disease
from tests.annex.support import V6, D, X, recipient

GUIDE = """
000 Inconnue ou indéterminée
151 Cmno idiopathique
152 Cmno familiale
153 Myocardite
154 Cmno du post partum
155 Cmno toxique
156 Cardiopathie autre origine
157 Cardiopathie restrictive
158 Cardiopathie hypertrophique
159 Maladie coronarienne
160 Tumeur cardiaque
161 Chirurgie thoracique antérieure
162 Maladie valvulaire
163 Maladie congénitale
164 Cmno due à l'alcool
170 Myocardite COVID-19
803 Bronchiolite oblitérante
809 Dilatation des bronches
810 Hypertension pulmonaire primitive
811 Eisenmenger
812 Eisenmenger a.s.d.
813 Eisenmenger v.s.d.
814 Eisenmenger p.d.a.
815 Maladie congénitale non Eisenmenger
818 Mucoviscidose
819 Déficit en alpha 1 antitrypsine
820 Fibrose pulmonaire
821 Hypertension pulmonaire secondaire
822 Inhalation
823 Emphysème
825 Maladie d'origine toxique
826 BPCO
827 Hypertension artérielle primitive
899 Histiocytose x
900 Retransplantation cause échec non précisée
901 Retransplantation rejet hyper-aigu
902 Retransplantation rejet chronique
910 Retransplantation rejet aigu
957 Retransplantation cause restrictive
999 Autre
"""
TABLE = [(line[:3], line[4:]) for line in GUIDE.strip().splitlines()]
CODES = [code for code, _ in TABLE]
HIGH_RISK = ("Maladie valvulaire", "Maladie congénitale", "Maladie congénitale non Eisenmenger")


def f_mal(*codes: str) -> D:
    """F_MAL of a recipient with these initial diseases."""
    value: D = high_risk_disease(X, recipient(diseases=codes), V6)
    return value


def test_the_list_has_the_guides_forty_codes_and_no_other() -> None:
    assert len(TABLE) == 40
    assert list(DISEASES) == CODES


@pytest.mark.parametrize(("code", "label"), TABLE)
def test_each_code_carries_the_guides_label(code: str, label: str) -> None:
    assert disease_label(code) == label


@pytest.mark.parametrize("code", ["", "0", "1", "163 ", "63", "0163", "165", "816", "817", "824", "998"])
def test_a_code_outside_the_list_has_no_label(code: str) -> None:
    with pytest.raises(KeyError):
        disease_label(code)


@pytest.mark.parametrize(("code", "label"), TABLE)
def test_a_disease_weighs_on_survival_only_if_valvular_or_congenital_but_not_eisenmenger(code: str, label: str) -> None:
    assert f_mal(code) == (D(1) if label in HIGH_RISK else D(0))


def test_exactly_three_diseases_weigh_on_survival() -> None:
    assert [code for code in CODES if f_mal(code) == 1] == ["162", "163", "815"]


@pytest.mark.parametrize("code", ["162", "163", "815"])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_weighing_disease_counts_in_any_of_the_three_fields(code: str, place: int) -> None:
    codes = ["151", "159", "811"]
    codes[place] = code
    assert f_mal(*codes) == D(1)


@pytest.mark.parametrize(
    "codes", [("151", "159", "811"), ("812", "813", "814"), ("000", "999"), ("156", "157", "158"), ("900",)]
)
def test_several_diseases_of_which_none_weighs_leave_the_factor_at_zero(codes: tuple[str, ...]) -> None:
    assert f_mal(*codes) == D(0)


def test_two_or_three_weighing_diseases_count_once() -> None:
    assert f_mal("162", "163", "815") == D(1)
