"""Draws docs/permissions.svg from docs/permissions.toml and from the grants themselves, and writes the table of them.

Usage: python -m tools.permissions
"""

import json
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from pathlib import Path
from typing import Any

import yaml

from tools import drawing
from tools.architecture import links, objects, rewritten

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "docs/permissions.toml"
PICTURE = ROOT / "docs/permissions.svg"
PAGE = ROOT / "docs/install.md"
GOOGLE = ROOT / "infra/terraform/permissions.json"

_WIDE, _TOP, _GAP, _LINE = 1000, 62, 14, 18
_CARD, _COLUMNS = (24, 196), (236, 626)  # where they begin, in pixels; the card's width too


class Effect(StrEnum):
    """How far a permission goes, by the colour that it has."""

    READS = "reads"
    WRITES = "writes"
    ACTS = "acts"


LEGEND = {
    Effect.READS: "reads",
    Effect.WRITES: "writes, publishes or calls",
    Effect.ACTS: "takes pods or machines, or signs in as somebody else",
}
READING = ("get", "list", "watch", "connect", "download")
READERS = ("Viewer", "Accessor", "subscriber")
ACTING = {
    "compute.instances.reset",
    "compute.instanceGroupManagers.update",
    "iam.serviceAccounts.getAccessToken",
    "roles/iam.serviceAccountTokenCreator",
    "roles/iam.serviceAccountOpenIdTokenCreator",
}
TAKEN = {"nodes", "pods", "pods/eviction"}
"""Whoever changes these moves pods."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Permission:
    """One of Google's, a role, or a rule of RBAC as RESOURCES: VERBS."""

    text: str
    effect: Effect


@dataclass(frozen=True, kw_only=True, slots=True)
class Grant:
    """What an account may do on something. `made_by` are resources of Terraform, or an object of infra/cluster."""

    account: str
    says: tuple[str, ...]
    on: str
    may: tuple[Permission, ...]
    why: str
    made_by: tuple[str, ...]


def grants() -> tuple[Grant, ...]:
    """All of them, account by account."""
    return tuple(
        Grant(
            account=account["name"],
            says=tuple(account["says"]),
            on=each["on"],
            may=tuple(_may(account, each)),
            why=each["for"],
            made_by=(*each["terraform"], *((each["rbac"],) if "rbac" in each else ())),
        )
        for account in tomllib.loads(SOURCE.read_text())["account"]
        for each in account["grant"]
    )


def _may(account: dict[str, Any], grant: dict[str, Any]) -> Iterator[Permission]:
    if "rbac" in grant:
        yield from _rules(grant["rbac"])
        return
    listed = json.loads(GOOGLE.read_text())[account["role"]][grant["scope"]] if "scope" in grant else grant["may"]
    for name in listed:
        reads = name.rpartition(".")[2].startswith(READING) or name.endswith(READERS)
        effect = Effect.ACTS if name in ACTING else Effect.READS if reads else Effect.WRITES
        yield Permission(text=name, effect=effect)


def _rules(name: str) -> Iterator[Permission]:
    """Of a role in infra/cluster."""
    kind, _, called = name.partition("/")
    for document in yaml.safe_load_all(objects()[name].read_text()):
        if (document["kind"], document["metadata"]["name"]) == (kind, called):
            for rule in document["rules"]:
                reads = set(rule["verbs"]) <= set(READING)
                takes = bool(TAKEN & set(rule["resources"]))
                effect = Effect.READS if reads else Effect.ACTS if takes else Effect.WRITES
                yield Permission(text=f"{', '.join(rule['resources'])}: {', '.join(rule['verbs'])}", effect=effect)


def picture() -> str:
    """A band for each account: who it is, and beside it what it may do, and on what."""
    parts, y = list(_legend()), _TOP
    for _, found in groupby(grants(), key=lambda each: each.account):
        band, y = _band(tuple(found), y)
        parts += band
    told = " ".join(f"{each.account}, on {each.on}: {'; '.join(one.text for one in each.may)}." for each in grants())
    return drawing.sheet(size=(_WIDE, y + 10), title="Who may do what", told=told, parts=parts)


def _legend() -> Iterator[str]:
    x = _COLUMNS[0]
    for effect, words in LEGEND.items():
        yield drawing.rectangle((x, 24, 14, 14), effect, 4)
        yield drawing.words((x + 22, 36), words, "small")
        x += 7 * len(words) + 50


def _band(found: Sequence[Grant], y: int) -> tuple[list[str], int]:
    """One account's, and where the next may begin. A grant goes where there is more room."""
    parts: list[str] = []
    ends = [y, y]
    for each in found:
        column = ends.index(min(ends))
        x, at = _COLUMNS[column], ends[column]
        parts.append(drawing.words((x, at + 16), f"on {each.on}", "small"))
        for place, one in enumerate(each.may, 1):
            parts.append(drawing.rectangle((x, at + 6 + _LINE * place, 12, 12), one.effect, 3))
            parts.append(drawing.words((x + 20, at + 16 + _LINE * place), one.text, "code"))
        ends[column] = at + _LINE * (len(each.may) + 1) + 10
    end = max(*ends, y + 18 * len(found[0].says) + 40)
    parts += drawing.card((_CARD[0], y, _CARD[1], end - y), found[0].account, found[0].says)
    return parts, end + _GAP


def table() -> str:
    """Every grant, as Markdown, with its purpose and with what makes it."""
    rows = ["| who | on | may | what for | made by |", "|---|---|---|---|---|"]
    for each in grants():
        may = ", ".join(f"`{one.text}`" for one in each.may)
        rows.append(f"| `{each.account}` | {each.on} | {may} | {each.why} | {', '.join(links(each.made_by))} |")
    return "\n".join(rows)


if __name__ == "__main__":
    PICTURE.write_text(picture())
    PAGE.write_text(rewritten(PAGE.read_text(), "grants", table()))
