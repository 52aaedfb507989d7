"""Numbers of people are told from numbers that only look so, by published examples of each."""

from __future__ import annotations

import pytest

from interurban.policy.personal_data.numbers import PREFILTER, matches


def sound(text: str) -> set[str]:
    return {match.kind for match in matches(text) if match.sound}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("9434765919", ""),  # the NHS's own example for tests: a beginning nobody is given
        ("401 023 2137", "NHS number"),
        ("4010232137", "NHS number"),
        ("401 023 2138", ""),  # wrong check digit
        ("0853340706", ""),  # a book's number, with the same check
        ("AB 12 34 56 C", "National Insurance number"),
        ("ab123456c", "National Insurance number"),
        ("QQ123456C", ""),  # HMRC's example, never given out
        ("GB123456A", ""),
        ("AB123456E", ""),
        ("MORGA657054SM9IJ", "UK driving licence"),  # DVLA's example
        ("MORGA699054SM9IJ", ""),  # month 99
        ("536-90-4399", "Social Security number"),
        ("078-05-1120", ""),  # printed in wallets in 1938
        ("666-12-3456", ""),
        ("900-70-1234", "ITIN"),
        ("900-49-1234", ""),
        ("1EG4-TE5-MK73", "Medicare number"),  # CMS's example
        ("1SG4-TE5-MK73", ""),
        ("4111 1111 1111 1111", ""),  # everybody's test card: too few different digits
        ("4012 8888 8888 1881", "payment card"),
        ("4012888888881882", ""),
        ("378282246310005", "payment card"),
        ("GB82 WEST 1234 5698 7654 32", "IBAN"),  # the standard's example
        ("GB82 WEST 1234 5698 7654 33", ""),
        ("DE89370400440532013000", "IBAN"),
        ("(312) 744-5000", "US phone number"),
        ("312.744.5000", "US phone number"),
        ("112-744-5000", ""),
        ("020 7946 0958", "UK phone number"),
        ("+44 20 7946 0958", "UK phone number"),
        ("07700 900123", "UK phone number"),
        ("someone@example.org", "e-mail address"),
        ("192.0.2.17", "IP address"),
        ("2001:db8::8a2e:370:7334", "IP address"),
        ("1.2.3.400", ""),
        ("00:1a:2b:3c:4d:5e", ""),
        ("(41.878113, -87.629799)", ""),
        ("2018-01-01T10:20:30.123456", ""),
        ("550e8400-e29b-41d4-a716-446655440000", ""),
    ],
)
def test_published_examples(text: str, kind: str) -> None:
    assert sound(text) == ({kind} if kind else set())


@pytest.mark.parametrize(
    "text",
    ["401 023 2137", "AB 12 34 56 C", "MORGA657054SM9IJ", "536-90-4399", "1EG4-TE5-MK73",
     "4012888888881881", "GB82WEST12345698765432", "(312) 744-5000", "020 7946 0958",
     "a@b.org", "192.0.2.17", "2001:db8::8a2e:370:7334"],
)  # fmt: skip
def test_the_prefilter_lets_every_kind_pass(text: str) -> None:
    import pyarrow as pa
    import pyarrow.compute as pc

    kept = pc.match_substring_regex(pa.array([f"so {text} it was", "nothing here 12"]), PREFILTER)
    assert kept.to_pylist() == [True, False]


def test_what_stands_inside_something_longer_is_not_taken_out_of_it() -> None:
    assert sound("X4010232137") == set()
    assert sound("14010232137") == set()
    assert sound("order-4010232137-b") == set()
    (match,) = [m for m in matches("His NHS number is 401 023 2137.") if m.sound]
    assert (match.kind, match.named, match.whole) == ("NHS number", True, False)
