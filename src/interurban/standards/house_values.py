"""Numbers, flags, words and codes."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from interurban.core.errors import MappingError

from .house import Setting, constant_text, expect, is_number, is_text
from .trees import (
    all_of,
    any_of,
    call,
    case,
    cast,
    equals,
    greater_or_equal,
    is_null,
    negate,
    one_of,
    raising,
    text,
    try_cast,
)

__all__ = ["blank_to_null", "clean", "code", "flag", "number", "title_case", "whole"]

_BLANKS = " \t\r\n\f\v\u00a0\ufeff"
_ODD_BLANK = r"[\t-\r\x{a0}\x{feff}]"
_BLANK_RUN = r"[\s\v\x{a0}\x{feff}]+"
_YES = ("Y", "y", "true", "True", "TRUE", "1", "yes", "Yes", "YES", "t", "T")
_NO = ("N", "n", "false", "False", "FALSE", "0", "no", "No", "NO", "f", "F")
_DECIMAL_MARKS = (".", ",")
_SIGNS = r"[\s\x{a0}$£€%]*"
_BY_COMMA = r"[+-]?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)"
_BY_POINT = r"[+-]?(?:[0-9]+|[0-9]{1,3}(?:\.[0-9]{3})+)"
_WHOLE = rf"^{_SIGNS}({_BY_COMMA})(?:\.0*)?{_SIGNS}$"
_DECIMAL_POINT = rf"^{_SIGNS}((?:{_BY_COMMA})?(?:\.[0-9]*)?){_SIGNS}$"
_DECIMAL_COMMA = rf"^{_SIGNS}((?:{_BY_POINT})?(?:,[0-9]*)?){_SIGNS}$"
_NUMBER = "number(text), or number(text, ',') where the comma is the decimal mark"


def blank_to_null(value: exp.Expr) -> exp.Expr:
    """A text without the blanks around it, NULL when nothing is left.

    Trimming costs more than everything else in a mapping, so it is kept for the rows that begin
    with a blank or a control character (all of which sort before "!") or end in one.
    """
    trimmed = call("nullif", call("trim", value, text(_BLANKS)), text(""))
    bare = all_of(
        greater_or_equal(value, text("!")),
        negate(call("suffix", value, text(" "))),
        negate(call("suffix", value, text("\r"))),
    )
    return case([(bare, value)], otherwise=trimmed)


def number(arguments: Sequence[exp.Expr], setting: Setting) -> exp.Expr:
    """``number(text)``: "1,234.5", "$1,200" and "12 %" as a DOUBLE; grouping must be by threes."""
    expect(arguments, _NUMBER, 1, 2)
    value = arguments[0]
    mark = constant_text(arguments[1], _NUMBER) if len(arguments) > 1 else "."
    if mark not in _DECIMAL_MARKS:
        raise MappingError(f'"{mark}" is no decimal mark.', advice=f"It is written {_NUMBER}.")
    kind = setting.type_of(value)
    if not is_text(kind):
        _expect_number(kind)
        return cast(value, "DOUBLE")
    if mark == ",":
        plain = call("translate", _matched(value, _DECIMAL_COMMA), text(",."), text("."))
        return cast(plain, "DOUBLE")
    # A plain number is read at once; only what a cast refuses goes the long way.
    signed = call("translate", _matched(value, _DECIMAL_POINT), text(","), text(""))
    return call("coalesce", try_cast(value, "DOUBLE"), cast(signed, "DOUBLE"))


def whole(arguments: Sequence[exp.Expr], setting: Setting) -> exp.Expr:
    """``whole(text)``: the same as a BIGINT; "19.0" is 19, "1.5" cannot be read."""
    expect(arguments, "whole(text)", 1, 1)
    (value,) = arguments
    kind = setting.type_of(value)
    if is_number(kind, whole=True):
        return cast(value, "BIGINT")
    if not is_text(kind):
        exact = equals(value, call("floor", value))
        broken = raising("not a whole number:", value, "BIGINT")
        return case([(exact, cast(value, "BIGINT"))], otherwise=broken)
    # DuckDB rounds "1.5" to 2, so a text with a point in it must not get to the quick cast.
    quick = try_cast(call("replace", value, text("."), text("?")), "BIGINT")
    digits = call("translate", _matched(value, _WHOLE), text(","), text(""))
    return call("coalesce", quick, cast(digits, "BIGINT"))


def flag(arguments: Sequence[exp.Expr], setting: Setting) -> exp.Expr:
    """``flag(text)``: Y/N, yes/no, true/false, T/F, 1/0 as a BOOLEAN."""
    expect(arguments, "flag(text)", 1, 1)
    (value,) = arguments
    kind = setting.type_of(value)
    if not is_text(kind):
        if kind != "BOOLEAN":
            _expect_number(kind)
        return cast(value, "BOOLEAN")
    return case(
        [
            (one_of(value, [text(word) for word in _YES]), exp.true()),
            (one_of(value, [text(word) for word in _NO]), exp.false()),
        ],
        otherwise=raising("neither yes nor no:", value, "BOOLEAN"),
    )


def clean(arguments: Sequence[exp.Expr], setting: Setting) -> exp.Expr:
    """``clean(text)``: no blanks around it, one blank between words, NULL when nothing is left."""
    expect(arguments, "clean(text)", 1, 1)
    value = _as_text(arguments[0], setting)
    untidy = any_of(
        call("contains", value, text("  ")), call("regexp_matches", value, text(_ODD_BLANK))
    )
    collapsed = call("regexp_replace", value, text(_BLANK_RUN), text(" "), text("g"))
    tidied = call("nullif", call("trim", collapsed, text(_BLANKS)), text(""))
    return case([(untidy, tidied)], otherwise=blank_to_null(value))


def title_case(arguments: Sequence[exp.Expr], setting: Setting) -> exp.Expr:
    """``title_case(text)``: "MOUNT GREENWOOD" as "Mount Greenwood"; a word starts after a sign."""
    expect(arguments, "title_case(text)", 1, 1)
    value = _as_text(arguments[0], setting)
    words = call("regexp_extract_all", call("lower", value), text(r"[^ \-/(.&]+|[ \-/(.&]+"))
    word = exp.to_identifier("word")
    raised = exp.DPipe(
        this=call("upper", call("left", word, exp.Literal.number(1))),
        expression=call("substr", word, exp.Literal.number(2)),
    )
    each = exp.Lambda(this=raised, expressions=[word.copy()])
    return call("array_to_string", call("list_transform", words, each), text(""))


def code(arguments: Sequence[exp.Expr], setting: Setting) -> exp.Expr:
    """``code(x, 'A', 'alpha' ... [, default])``; without a default an unknown code is an error."""
    expect(arguments, "code(x, 'A', 'alpha', 'B', 'beta' [, default])", 3)
    value, *rest = arguments
    pairs = list(zip(rest[0::2], rest[1::2], strict=False))
    branches = [(equals(value, old), new) for old, new in pairs]
    if len(rest) % 2:
        return case([(is_null(value), exp.null()), *branches], otherwise=rest[-1])
    kind = setting.type_of(pairs[0][1])
    return case(
        branches, otherwise=raising("no code for", value, "VARCHAR" if is_text(kind) else kind)
    )


def _matched(value: exp.Expr, pattern: str) -> exp.Expr:
    """The number in a text; an empty text, which no cast takes, when there is none."""
    return call("regexp_extract", value, text(pattern), exp.Literal.number(1))


def _as_text(value: exp.Expr, setting: Setting) -> exp.Expr:
    return value if is_text(setting.type_of(value)) else cast(value, "VARCHAR")


def _expect_number(kind: str) -> None:
    if not (is_number(kind) or kind == "BOOLEAN"):
        raise MappingError(f"it reads text or a number; this is {kind}.")
