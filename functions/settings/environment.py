"""The environment, read once: all problems are reported at once."""

import re
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from functions.errors import BadInput, RepullError
from functions.settings.accepted import ACCEPTED, PARSERS
from functions.settings.record import Settings

PREFIX = "REPULL_"
REQUIRED = ("clusters", "step_topic", "dead_letter_topic")


class InvalidSettings(RepullError):
    """One line per problem: the variable, what it holds, what is accepted."""


def variable(field_name: str) -> str:
    """The environment variable behind a field."""
    return PREFIX + field_name.upper()


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Raises InvalidSettings, which lists every problem."""
    values: dict[str, Any] = {}
    problems: list[str] = []
    known = {variable(field.name) for field in fields(Settings)}
    for field in fields(Settings):
        text = environ.get(variable(field.name), "").strip()
        try:
            if text:
                values[field.name] = PARSERS[field.name](text)
            elif field.name in REQUIRED:
                problems.append(f"{variable(field.name)} is not set; use {ACCEPTED[field.name]}")
        except (ValueError, BadInput):
            problems.append(f"{variable(field.name)}={text!r} is not accepted; use {ACCEPTED[field.name]}")
    problems += [
        f"{name} is not a setting of repull; see the README's table"
        for name in environ
        if name.startswith(PREFIX) and name not in known
    ]
    problems += _simulator_problems(environ, values)
    if problems:
        raise InvalidSettings("\n".join(problems))
    settings = Settings(**values)
    if problems := settings.contradictions():
        raise InvalidSettings("\n".join(problems))
    return settings


def _simulator_problems(environ: Mapping[str, str], values: Mapping[str, Any]) -> list[str]:
    """A deployed function talks to Google and to nobody else.

    Cloud Run sets K_SERVICE in every container (Cloud Run's container contract); where it is set, no variable
    may point a client elsewhere, so that a function can't believe in a simulator by accident.
    """
    if "K_SERVICE" not in environ:
        return []
    problems = [
        f"{variable(name)}={value!r} is not accepted on Cloud Run; leave it out or use https://….googleapis.com"
        for name, value in values.items()
        if name.endswith("_endpoint") and not re.fullmatch(r"https://[a-z0-9.-]+\.googleapis\.com", value)
    ]
    problems += [
        f"{name} is not accepted on Cloud Run; leave it out"
        for name in (
            "PUBSUB_EMULATOR_HOST",
            "GCE_METADATA_HOST",
            "GCE_METADATA_ROOT",
            "GCE_METADATA_IP",
            "GOOGLE_APPLICATION_CREDENTIALS",
            "GOOGLE_CLOUD_UNIVERSE_DOMAIN",
        )
        if environ.get(name)
    ]
    return problems
