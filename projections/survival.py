"""One-year survival after a graft for each type of donor, and why the survival filter (annex 3.4.4) fails."""

from dataclasses import dataclass

from engine.quantities import ONE, published
from engine.rules.annex_3_4_ccp import survival_1y, survival_filter
from engine.rules.arithmetic import Arithmetic
from engine.rules.exclusions import labs_wanting
from engine.rules.ruleset import RuleSet
from engine.rules.variables import Donor, Recipient

INELIGIBLE = "Inéligible à la greffe"
"""The guide's message (1.2.3.4) where survival is too low whatever the donor."""


@dataclass(frozen=True, slots=True)
class DonorTypeSurvival:
    """Survival with one of the four donor types the model tells apart (guide 2.1.3, item 7)."""

    donor_age: str
    donor_sex: str
    survival_1y: str
    eligible: bool

    def as_json(self) -> dict[str, object]:
        """The type, the probability, and whether such a donor may be proposed."""
        return {
            "donor_age": self.donor_age,
            "donor_sex": self.donor_sex,
            "survival_1y": self.survival_1y,
            "eligible": self.eligible,
        }


DONOR_TYPES = 4
"""Up to and over the age bound, of either sex (guide 2.1.3)."""


def survival_by_donor_type(recipient: Recipient, x: Arithmetic, p: RuleSet) -> list[DonorTypeSurvival]:
    """Survival for donors up to and over the age bound of annex 3.4.4.8, of either sex."""
    bound = p.older_donor_age_years
    found = []
    for label, age in ((f"<= {bound}", bound), (f"> {bound}", bound + ONE)):
        for sex in ("F", "M"):
            donor = Donor(age, sex, recipient.blood_group, recipient.height_cm, recipient.weight_kg)
            survival = survival_1y(x, recipient, donor, p)
            eligible = bool(survival_filter(x, recipient, survival, p) == 1)
            found.append(DonorTypeSurvival(label, sex, published(survival), eligible))
    return found


def labs_reasons(recipient: Recipient, x: Arithmetic, p: RuleSet) -> list[str]:
    """Whether survival takes the worst value of a bilirubin or creatinine that is missing or too old (3.4.4.5, .6)."""
    missing, expired = labs_wanting(x, recipient, p)
    return ["labs_missing"] * bool(missing) + ["labs_expired"] * bool(expired)


def survival_reasons(recipient: Recipient, x: Arithmetic, p: RuleSet) -> list[str]:
    """Why the filter fails: laboratory values missing or too old, told apart from true ineligibility."""
    return labs_reasons(recipient, x, p) or ["survival"]
