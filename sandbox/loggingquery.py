"""The part of the Logging query language that sinks and entries.list use here; anything else raises InvalidQuery.

As Cloud Logging does it: expressions side by side, on one line or several, are joined by AND; NOT (or `-`) binds
closest, then OR, then AND; text is compared without regard to case; `:` means "contains", and `:*` "is there"; a
comparison with a field that an entry lacks is false, `!=` included; severities compare by weight; `--` begins a
comment.
"""

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

Entry = Mapping[str, Any]
Test = Callable[[Entry], bool]

SEVERITIES = ("DEFAULT", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL", "ALERT", "EMERGENCY")
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_TOKEN = re.compile(
    r"""(?P<nothing> \s+ | --[^\n]* )
      | (?P<operator> [!><]= | [=><:](?!~) )
      | (?P<bracket> [()] )
      | (?P<quoted> "(?:[^"\\]|\\.)*" )
      | (?P<minus> -(?=[A-Za-z_(]) )
      | (?P<word> \* | [A-Za-z0-9_][A-Za-z0-9_./-]*(?:"[^"]*"[A-Za-z0-9_./-]*)* )""",
    re.VERBOSE,
)
_SEGMENT = re.compile(r'"([^"]*)"|([^."]+)')


class InvalidQuery(ValueError):
    """What was found and what would have been understood."""


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


_END = _Token("end", "")


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed filter."""

    _test: Test

    @classmethod
    def parse(cls, text: str) -> Self:
        """A text without any expression matches everything. Raises InvalidQuery."""
        return cls(_Parser(tuple(_tokens(text))).whole())

    def matches(self, entry: Entry) -> bool:
        """Whether it holds for `entry`, a LogEntry as JSON."""
        return self._test(entry)


class _Parser:
    """Recursive descent: each method reads one rule and answers its test."""

    def __init__(self, tokens: tuple[_Token, ...]) -> None:
        self._tokens = tokens
        self._at = 0

    def whole(self) -> Test:
        if not self._tokens:
            return lambda _: True
        found = self._conjunction()
        if self._peek() is not _END:
            raise InvalidQuery(f"{self._peek().text!r} is not expected here")
        return found

    def _conjunction(self) -> Test:
        tests = [self._disjunction()]
        while self._peek() is not _END and self._peek().text != ")":
            if self._peek().text == "AND":
                self._take()
            tests.append(self._disjunction())
        return lambda entry: all(test(entry) for test in tests)

    def _disjunction(self) -> Test:
        tests = [self._negation()]
        while self._peek().text == "OR":
            self._take()
            tests.append(self._negation())
        return lambda entry: any(test(entry) for test in tests)

    def _negation(self) -> Test:
        if self._peek().kind == "minus" or self._peek().text == "NOT":
            self._take()
            test = self._negation()
            return lambda entry: not test(entry)
        return self._term()

    def _term(self) -> Test:
        token = self._take()
        if token.text == "(":
            inside = self._conjunction()
            self._expect(")")
            return inside
        if token.kind != "word" or token.text in ("AND", "OR"):
            raise InvalidQuery(f"{token.text!r} where FIELD OPERATOR VALUE was expected")
        if token.text == "log_id":
            return self._log_id()
        comparing = self._take()
        if comparing.kind != "operator":
            raise InvalidQuery(f"{comparing.text!r} after {token.text!r}, where = != : > >= < or <= was expected")
        path = tuple(quoted or plain for quoted, plain in _SEGMENT.findall(token.text))
        if comparing.text == ":" and self._peek().text == "*":
            self._take()
            return lambda entry: _field(entry, path) is not None
        return _comparison(path, comparing.text, self._value())

    def _log_id(self) -> Test:
        self._expect("(")
        wanted = self._value()
        self._expect(")")
        return lambda entry: str(entry.get("logName", "")).partition("/logs/")[2].replace("%2F", "/") == wanted

    def _value(self) -> str:
        token = self._take()
        if token.kind == "quoted":
            return re.sub(r"\\(.)", r"\1", token.text[1:-1])
        if token.kind == "word" and token.text not in ("*", "AND", "OR", "NOT"):
            return token.text
        raise InvalidQuery(f"{token.text!r} where a value was expected")

    def _peek(self) -> _Token:
        return self._tokens[self._at] if self._at < len(self._tokens) else _END

    def _take(self) -> _Token:
        token = self._peek()
        if token is _END:
            raise InvalidQuery("it ends in the middle of an expression")
        self._at += 1
        return token

    def _expect(self, text: str) -> None:
        token = self._take()
        if token.text != text:
            raise InvalidQuery(f"{token.text!r} where {text!r} was expected")


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None or found.lastgroup is None:
            raise InvalidQuery(f"not understood from here on: {text[at : at + 40]!r}")
        if found.lastgroup != "nothing":
            yield _Token(found.lastgroup, found.group())
        at = found.end()


def _field(entry: Entry, path: tuple[str, ...]) -> Any:
    """What stands there, or None."""
    found: Any = entry
    for segment in path:
        if not isinstance(found, Mapping):
            return None
        found = found.get(segment)
    return found


def _comparison(path: tuple[str, ...], comparing: str, wanted: str) -> Test:
    if path == ("severity",):
        return _severity(comparing, wanted)
    if comparing == ":":
        text = wanted.casefold()
        return lambda entry: (found := _field(entry, path)) is not None and text in _text(found)
    compare = _COMPARE[comparing]

    def test(entry: Entry) -> bool:
        found = _field(entry, path)
        if found is None:
            return False
        if isinstance(found, int | float) and not isinstance(found, bool):
            try:
                return compare(found, float(wanted))
            except ValueError:
                return False
        return compare(_text(found), wanted.casefold())

    return test


def _severity(comparing: str, wanted: str) -> Test:
    if comparing not in _COMPARE or wanted.upper() not in SEVERITIES:
        raise InvalidQuery(
            f"severity{comparing}{wanted}, where a comparison with one of {' '.join(SEVERITIES)} was expected"
        )
    compare, weight = _COMPARE[comparing], SEVERITIES.index(wanted.upper())
    return lambda entry: compare(_weight(entry.get("severity")), weight)


def _weight(severity: object) -> int:
    """What Logging doesn't know it files under DEFAULT."""
    return SEVERITIES.index(severity) if severity in SEVERITIES else 0


def _text(found: object) -> str:
    return ("true" if found else "false") if isinstance(found, bool) else str(found).casefold()
