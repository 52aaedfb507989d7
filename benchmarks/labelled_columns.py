"""Tables with columns of which it is known whether they are personal data, made from a seed.

None of the people exist. Beside each kind stand hard negatives: numbers of things that are written
like numbers of people, ids that pass a check by chance, offices' addresses, and tables of counts.
"""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pyarrow as pa

from interurban.core.standard import Field

__all__ = ["Labelled", "labelled_tables"]

Made = Callable[[random.Random], str]

_FIRST = (
    "Ada Grace Alan Mary Edsger Barbara Donald Frances Niklaus Jean Ken Adele Tony Karen".split()
)
_LAST = "Lovelace Hopper Turing Allen Dijkstra Liskov Knuth Wirth Bartik Thompson Hoare".split()
_FIRMS = "Acme,Lakeside,Thames,Bluebird,Northgate,Harbour".split(",")
_ENDS = "Ltd,Inc,LLC,Services,Group,Builders Ltd,Plumbing Co".split(",")
_STREETS = "High Street,Mill Lane,Station Road,W Madison St,N Clark St".split(",")


@dataclass(frozen=True)
class Labelled:
    """A table, and what of it is personal data.

    Parameters
    ----------
    truth: field to kind, of the fields that are; all others are not.
    rare: whether rows are singled out by combinations of traits.
    """

    name: str
    fields: tuple[Field, ...]
    table: pa.Table
    truth: dict[str, str]
    rare: bool = False


def labelled_tables(seed: int, rows: int = 400) -> Iterator[Labelled]:
    """Every table, the same for the same seed."""
    chosen = random.Random(seed)
    for kind, names, make in _PERSONAL:
        for name in names:
            yield _one(chosen, f"{kind} as {name}", rows, {name: make}, {name: kind})
    for kind, make in _EMBEDDED:
        texts = {"notes": _in_text(make, 0.1)}
        yield _one(chosen, f"{kind} in notes", rows, texts, {"notes": kind})
    for name, make in _HARMLESS:
        yield _one(chosen, f"harmless {name}", rows, {name: make}, {})
    yield from _people(chosen, rows)
    yield from _counts(chosen)


def _one(
    chosen: random.Random, name: str, rows: int, columns: dict[str, Made], truth: dict[str, str]
) -> Labelled:
    """A table with columns among others that are harmless, some cells of them empty."""
    beside: dict[str, Made] = {
        "record": lambda r: f"R{r.randrange(10**6):06d}",
        "status": lambda r: r.choice(("open", "closed", "waiting")),
        "amount": lambda r: f"{r.uniform(1, 900):.2f}",
    }
    made = {
        column: [None if chosen.random() < 0.1 else make(chosen) for _ in range(rows)]
        for column, make in {**beside, **columns}.items()
    }
    fields = tuple(Field(column, "string") for column in made)
    return Labelled(name, fields, pa.table(made), truth)


# Kinds


def _digits(r: random.Random, number: int) -> str:
    return "".join(r.choices(string.digits, k=number))


def _nhs(r: random.Random) -> str:
    while True:
        body = r.choice("467") + _digits(r, 8)
        rest = 11 - sum(w * int(d) for w, d in zip(range(10, 1, -1), body, strict=True)) % 11
        if rest != 10:
            return body + str(0 if rest == 11 else rest)


def _spaced_nhs(r: random.Random) -> str:
    n = _nhs(r)
    return f"{n[:3]} {n[3:6]} {n[6:]}"


def _nino(r: random.Random) -> str:
    first, second = r.choice("ABCEGHJKLMNPRSTWXYZ"), r.choice("ABCEGHJKLMPRSTWXYZ")
    if first + second in ("GB", "NT", "BG", "KN", "NK", "TN", "ZZ"):
        return _nino(r)
    return f"{first}{second}{_digits(r, 6)}{r.choice('ABCD')}"


def _driver(r: random.Random) -> str:
    surname = r.choice(_LAST).upper()[:5].ljust(5, "9")
    month = r.randint(1, 12) + r.choice((0, 50))
    initials = r.choice(string.ascii_uppercase) + "9"
    end = r.choice(string.digits) + "".join(r.choices(string.ascii_uppercase, k=2))
    born = f"{r.randint(0, 9)}{month:02d}{r.randint(1, 28):02d}{r.randint(0, 9)}"
    return f"{surname}{born}{initials}{end}"


def _ssn(r: random.Random) -> str:
    area = r.choice([a for a in range(1, 900) if a != 666])
    return f"{area:03d}-{r.randint(1, 99):02d}-{r.randint(1, 9999):04d}"


def _itin(r: random.Random) -> str:
    return f"9{_digits(r, 2)}-{r.choice([*range(50, 66), *range(70, 89)]):02d}-{_digits(r, 4)}"


def _mbi(r: random.Random) -> str:
    letters, digits = "ACDEFGHJKMNPQRTUVWXY", string.digits
    shape = ("123456789", letters, letters + digits, digits, letters, letters + digits, digits)
    return "".join(r.choice(one) for one in (*shape, letters, letters, digits, digits))


def _luhn(body: str) -> str:
    for check in string.digits:
        total = 0
        for place, c in enumerate(reversed(body + check)):
            doubled = int(c) * (1 + place % 2)
            total += doubled - 9 if doubled > 9 else doubled
        if total % 10 == 0:
            return body + check
    raise AssertionError


def _card(r: random.Random) -> str:
    start = r.choice(("4", "51", "53", "55", "2221"))
    return _luhn(start + _digits(r, 15 - len(start)))


def _spaced_card(r: random.Random) -> str:
    n = _card(r)
    return " ".join(n[i : i + 4] for i in range(0, 16, 4))


def _iban(r: random.Random) -> str:
    bank = "".join(r.choices(string.ascii_uppercase, k=4)) + _digits(r, 14)
    turned = "".join(str(int(c, 36)) for c in bank + "GB00")
    return f"GB{98 - int(turned) % 97:02d}{bank}"


def _mail(r: random.Random) -> str:
    who = f"{r.choice(_FIRST)}.{r.choice(_LAST)}".lower()
    return f"{who}{r.choice(('', str(r.randint(1, 99))))}@{r.choice(('gmail.com', 'city.example'))}"


def _uk_mobile(r: random.Random) -> str:
    return f"{r.choice(('07', '+44 7'))}{_digits(r, 3)} {_digits(r, 6)}"


def _us_phone(r: random.Random) -> str:
    exchange = f"{r.randint(2, 9)}{r.choice('02345678')}{_digits(r, 1)}"
    return f"({r.randint(201, 989)}) {exchange}-{_digits(r, 4)}"


def _birth(r: random.Random) -> str:
    return f"{r.randint(1930, 2015)}-{r.randint(1, 12):02d}-{r.randint(1, 28):02d}"


def _name(r: random.Random) -> str:
    return f"{r.choice(_FIRST)} {r.choice(_LAST)}"


def _isbn10(r: random.Random) -> str:
    """Numbers of books: the very check of NHS numbers."""
    while True:
        body = r.choice("01") + _digits(r, 8)
        rest = -sum(w * int(d) for w, d in zip(range(10, 1, -1), body, strict=True)) % 11
        if rest != 10:
            return body + str(rest)


def _passport(r: random.Random) -> str:
    return _digits(r, 9)


def _ip(r: random.Random) -> str:
    return ".".join(str(r.randint(1, 254)) for _ in range(4))


def _some(make: Made, share: float, otherwise: Made) -> Made:
    return lambda r: make(r) if r.random() < share else otherwise(r)


def _in_text(make: Made, share: float) -> Made:
    said = "Rang about the bin on {street}. {it} Will ring again.".format

    def text(r: random.Random) -> str:
        it = make(r) if r.random() < share else "No answer."
        return said(street=r.choice(_STREETS), it=it)

    return text


def _order(r: random.Random) -> str:
    return _digits(r, 10)


_PERSONAL: tuple[tuple[str, tuple[str, ...], Made], ...] = (
    ("NHS number", ("nhs_number", "ref", "col_7"), _nhs),
    ("NHS number", ("identifier",), _spaced_nhs),
    ("NHS number", ("mixed_ref",), _some(_nhs, 0.6, _order)),
    ("NHS number", ("rarely",), _some(_nhs, 0.2, _order)),
    ("NHS number", ("seldom_filled",), _some(_nhs, 0.02, lambda _: "")),
    ("payment card", ("some_refs",), _some(_card, 0.3, lambda r: "9" + _digits(r, 15))),
    ("National Insurance number", ("few",), _some(_nino, 0.03, lambda r: _order(r)[:8])),
    ("name", ("col_11",), _name),
    ("Social Security number", ("col_12",), lambda r: _ssn(r).replace("-", "")),
    ("date of birth", ("col_13",), _birth),
    ("US phone number", ("col_14",), _us_phone),
    ("National Insurance number", ("nino", "ref", "col_2"), _nino),
    ("UK driving licence", ("driving_licence", "col_3"), _driver),
    ("Social Security number", ("ssn", "col_4"), _ssn),
    ("Social Security number", ("social_security_no",), lambda r: _ssn(r).replace("-", "")),
    ("ITIN", ("itin", "col_5"), _itin),
    ("Medicare number", ("mbi", "col_6"), _mbi),
    ("payment card", ("card_number", "col_8"), _card),
    ("payment card", ("paid_with",), _spaced_card),
    ("IBAN", ("iban", "col_9"), _iban),
    ("e-mail address", ("email", "reply_to"), _mail),
    ("UK phone number", ("mobile", "col_10"), _uk_mobile),
    ("US phone number", ("cell_phone", "home_phone"), _us_phone),
    ("date of birth", ("date_of_birth", "DOB"), _birth),
    ("name", ("full_name", "patient_name"), _name),
    ("name", ("surname",), lambda r: r.choice(_LAST)),
    ("passport number", ("passport_no",), _passport),
    ("IP address", ("client_ip", "ip_address"), _ip),
)
_EMBEDDED: tuple[tuple[str, Made], ...] = (
    ("e-mail address", lambda r: f"Write to {_mail(r)} please."),
    ("NHS number", lambda r: f"NHS number {_spaced_nhs(r)}."),
    ("National Insurance number", lambda r: f"NI number is {_nino(r)}."),
    ("Social Security number", lambda r: f"SSN {_ssn(r)} given."),
    ("e-mail address", lambda r: _mail(r) if r.random() < 0.15 else "Nothing to add."),
    ("payment card", _spaced_card),
    ("payment card", lambda r: f"Paid by card {_spaced_card(r)}."),
    ("IBAN", lambda r: f"Refund to {_iban(r)}."),
)
_HARMLESS: tuple[tuple[str, Made], ...] = (
    ("order_number", _order),
    ("reference", _order),
    ("serial", lambda r: _digits(r, 16)),
    ("library_card", lambda r: "4" + _digits(r, 15)),
    ("tracking_code", lambda r: "5" + r.choice("12345") + _digits(r, 14)),
    ("meter_reading", lambda r: _digits(r, r.randint(5, 9))),
    ("mpan", lambda r: _digits(r, 13)),
    ("uprn", lambda r: _digits(r, 12)),
    ("parcel_pin", lambda r: f"{_digits(r, 2)}-{_digits(r, 2)}-{_digits(r, 3)}-{_digits(r, 3)}"),
    ("part_number", lambda r: f"{_digits(r, 3)}-{_digits(r, 2)}-{_digits(r, 4)}"),
    ("product_code", lambda r: f"{''.join(r.choices(string.ascii_uppercase, k=2))}{_digits(r, 6)}"
     + r.choice(string.ascii_uppercase)),
    ("location", lambda r: f"({r.uniform(41, 42):.9f}, {r.uniform(-88, -87):.9f})"),
    ("latitude", lambda r: f"{r.uniform(51, 52):.10f}"),
    ("easting_northing", lambda r: f"{r.randint(503000, 561000)},{r.randint(155000, 200000)}"),
    ("timestamp", lambda r: f"2024-{r.randint(1, 12):02d}-17 10:{r.randint(10, 59)}:07"),
    ("inspection_date", lambda r: f"{r.randint(2010, 2024)}-{r.randint(1, 12):02d}-01"),
    ("version", lambda r: ".".join(str(r.randint(0, 30)) for _ in range(4))),
    ("uuid", lambda r: f"{r.getrandbits(32):08x}-{r.getrandbits(16):04x}-{r.getrandbits(48):012x}"),
    ("mac_address", lambda r: ":".join(f"{r.getrandbits(8):02x}" for _ in range(6))),
    ("business_name", lambda r: f"{r.choice(_FIRMS)} {r.choice(_ENDS)}"),
    ("owner", lambda r: f"{r.choice(_FIRMS)} {r.choice(_ENDS)}"),
    ("park_name", lambda r: f"{r.choice(_LAST)} Park"),
    ("street_name", lambda r: r.choice(_STREETS)),
    ("school_email", lambda r: f"office@{r.choice(_LAST).lower()}.sch.example"),
    ("library_phone", _us_phone),
    ("book", _isbn10),
    ("ref_9", lambda r: _luhn("9" + _digits(r, 14))),
    ("contact", lambda r: f"{r.choice(_FIRMS)} {r.choice(_LAST)} {r.choice(_ENDS)}"),
    ("owner_city", lambda r: r.choice(("New York", "San Francisco", "Palo Alto", "Los Angeles"))),
    ("dog_name", lambda r: r.choice(_FIRST)),
    ("birth_rate", lambda r: f"{r.uniform(5, 20):.1f}"),
    ("nhs_trust", lambda r: f"{r.choice(_LAST)} NHS Trust"),
    ("ip_rating", lambda r: f"IP{r.randint(10, 69)}"),
    ("phone_calls", lambda r: str(r.randint(0, 900))),
    ("passport_office", lambda r: r.choice(("London", "Newport", "Durham"))),
    ("year_born", lambda r: str(r.randint(1900, 2020))),
    ("isbn", lambda r: "978" + _digits(r, 10)),
    ("imei", lambda r: _luhn("35" + _digits(r, 12))),
    ("notes", _in_text(lambda r: f"Case {_order(r)} was closed.", 0.5)),
)  # fmt: skip


def _people(chosen: random.Random, rows: int) -> Iterator[Labelled]:
    """Rows of persons without a name, whom their traits single out."""
    made = {
        "age": pa.array([chosen.randint(16, 95) for _ in range(rows)]),
        "gender": pa.array([chosen.choice("FM") for _ in range(rows)]),
        "ward": pa.array([f"Ward {chosen.randint(1, 50)}" for _ in range(rows)]),
        "outcome": pa.array([chosen.choice(("advice", "none")) for _ in range(rows)]),
    }
    fields = (Field("age", "integer"), *(Field(n, "string") for n in ("gender", "ward", "outcome")))
    yield Labelled("persons by age, gender and ward", fields, pa.table(made), {}, rare=True)
    made["age"] = pa.array([chosen.choice((20, 40)) for _ in range(rows)])
    made["ward"] = pa.array([chosen.choice(("North", "South")) for _ in range(rows)])
    yield Labelled("persons in large groups", fields, pa.table(made), {})


def _counts(chosen: random.Random) -> Iterator[Labelled]:
    """Counts of people by age, sex and ward: every row is alone with its combination."""
    keys = [(a, s, f"Ward {w}") for a in range(0, 90, 5) for s in "FM" for w in range(1, 20)]
    ages, sexes, wards = (list(each) for each in zip(*keys, strict=True))
    table = pa.table({"age": ages, "sex": sexes, "ward": wards})
    told = (Field("age", "integer"), Field("sex", "string"), Field("ward", "string"))
    with_counts = table.append_column("people", pa.array([chosen.randint(0, 900) for _ in keys]))
    yield Labelled("counts of people", (*told, Field("people", "integer")), with_counts, {})
    with_figures = table.append_column("figure", pa.array([chosen.random() for _ in keys]))
    yield Labelled(
        "figures by age, sex and ward", (*told, Field("figure", "number")), with_figures, {}
    )
