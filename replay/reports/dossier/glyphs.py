"""Which characters the PDF can print: those that the fonts that come with typst have a sign for.

A PDF/A may hold no character without a sign, and typst refuses to write one that does. So the texts that others
wrote are shown with these characters alone; every other one is shown by its number.
"""

import unicodedata
from functools import cache

from engine.text import isolated, visible

RANGES = """
A0-AC AE-2FF 370-373 375-377 37A-37D 37F 384-386 388-38A 38C 38E-3A1 3A3-482 48A-4FF 510-513 51A-51D 531-556
559-58A 58D-58F 5D0-5EA 5EF-5F4 60C 61B 61F 621-63A 641-64A 660-66D 674 679-67B 67E-680 683-684 686-687 691 698
6A4 6A9 6AF 6BE 6CC 6F0-6F9 10D0-10FF 1D00-1DBF 1E00-1F15 1F18-1F1D 1F20-1F45 1F48-1F4D 1F50-1F57 1F59 1F5B 1F5D
1F5F-1F70 1F72 1F74 1F76 1F78 1F7A 1F7C 1F80-1FB4 1FB6-1FBA 1FBC-1FBD 1FBF-1FC4 1FC6-1FC8 1FCA 1FCC-1FD2
1FD6-1FDA 1FDD-1FE2 1FE4-1FEA 1FEC-1FED 1FF2-1FF4 1FF6-1FF8 1FFA 1FFC 1FFE 2002-2003 2009-200A 2010-2027
202F-2040 2042 2044-2052 2054-205E 2070-2071 2074-208E 2090-209C 20A0-20C0 2100-211E 2120 2122 2124 2127-2129
212C-2151 2153-2184 2189 2190-2328 232B-23FF 2422-2423 2460-2606 2609-262F 2638-268B 2690-269C 26A0-26A7
26AA-26AF 26B2 2701-2704 2706-2709 270C-2714 2717-2726 272A-274B 274D 274F-2752 2756 2758-275E 2761-277F 2794
2798-27AF 27B1-2ADB 2ADD-2B73 2B76-2B95 2B97-2BFF 2C60-2C7F A720-A727 A72D A730 A735 A765 A789-A78E A790-A791
A793 A7AA A7F8-A7F9 FB00-FB06 FFFD
"""
"""Letters, punctuation and signs beyond ASCII that Libertinus Serif, DejaVu Sans Mono or the other fonts inside typst
have, in both of the dossier's fonts and under both of its standards: measured with typst, and tested against it.
Accents alone are not among them, since a font may have a letter and its accent, but not both together."""


def shown_on_paper(text: str) -> str:
    """A text that others wrote, as the PDF prints it; letters with accents are composed first."""
    return isolated(visible(unicodedata.normalize("NFC", text), can_be_printed))


def can_be_printed(char: str) -> bool:
    """Whether the PDF's fonts have a sign for a character beyond ASCII."""
    return ord(char) in _printed()


@cache
def _printed() -> frozenset[int]:
    bounds = [[int(bound, 16) for bound in each.split("-")] for each in RANGES.split()]
    return frozenset(point for each in bounds for point in range(each[0], each[-1] + 1))
