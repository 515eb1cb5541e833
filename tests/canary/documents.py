"""Numbers of documents that nobody has, with right check digits: what the canary is fed with.

Rules of the check digits: SNILS, order of the Pension Fund; INN, order of the tax service; cards, Luhn (ISO 7812).
A passport has none. No number has digits that follow one another (1, 2, 3 …): counters would look like it.
"""

from dataclasses import dataclass

from stdnum import luhn
from stdnum.ru import inn

from ivr.domain.identity import IdentityDigits, fault

#: So many digits in a row are a leak: as many as the prompt for a ticket takes of a longer number.
WINDOW = 8


@dataclass(frozen=True, repr=False)
class Document:
    """`kind` of a document and its `digits`; `written`: as it is printed on the document, or told."""

    kind: str
    digits: str
    written: tuple[str, ...]

    def __repr__(self) -> str:
        return f"<{self.kind}>"

    @property
    def windows(self) -> frozenset[str]:
        """Every `WINDOW` digits of it in a row."""
        return frozenset(self.digits[at : at + WINDOW] for at in range(len(self.digits) - WINDOW + 1))


def snils(nine: str) -> Document:
    """A SNILS from its first nine digits."""
    total = sum(int(digit) * (9 - place) for place, digit in enumerate(nine)) % 101 % 100
    digits = f"{nine}{total:02}"
    assert fault("snils", IdentityDigits(digits)) == ""
    parts = digits[:3], digits[3:6], digits[6:9], digits[9:]
    return Document("snils", digits, ("{}-{}-{} {}".format(*parts), "{}-{}-{}-{}".format(*parts), " ".join(parts)))


def passport(ten: str) -> Document:
    """Series and number of a passport."""
    region, year, number = ten[:2], ten[2:4], ten[4:]
    written = f"{region} {year} {number}", f"{region}{year} {number}", f"{region}{year} № {number}"
    return Document("passport", ten, written)


def taxpayer(first: str) -> Document:
    """An INN from nine digits (of an organisation) or ten (of a person)."""
    check = inn.calc_company_check_digit if len(first) == 9 else inn.calc_personal_check_digits
    digits = first + check(first)
    assert fault("inn", IdentityDigits(digits)) == ""
    groups = [digits[at : at + 4] for at in range(0, len(digits), 4)]
    return Document(f"inn-{len(digits)}", digits, (" ".join(groups), f"{digits[:2]}.{digits[2:4]}.{digits[4:]}"))


def card(fifteen: str) -> Document:
    """A card from its first fifteen digits."""
    digits = fifteen + luhn.calc_check_digit(fifteen)
    groups = [digits[at : at + 4] for at in range(0, 16, 4)]
    return Document("card", digits, (" ".join(groups), "-".join(groups), ".".join(groups)))


#: The passport reads as a mobile of Tatarstan without its 8; the card begins like one of the largest bank's.
DOCUMENTS: tuple[Document, ...] = (
    snils("172808539"),
    passport("9208417063"),
    taxpayer("169402738"),
    taxpayer("5260847193"),
    card("427618069352704"),
)
