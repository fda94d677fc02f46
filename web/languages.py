"""The language of an answer, from ``Accept-Language`` (RFC 9110, section 12.5.4)."""

from __future__ import annotations

from report.language import LANGUAGES, SOURCE_LANGUAGE, pick_language

_MOST_RANGES = 32


def accepted_language(header: str | None) -> str:
    """One of ``report.language.LANGUAGES``: the one most wanted of those that there are, English otherwise."""
    wanted: list[tuple[float, str]] = []
    for item in (header or "").split(",")[:_MOST_RANGES]:
        tag, *parameters = (part.strip() for part in item.split(";"))
        quality = _quality(parameters)
        if tag and quality > 0:
            wanted.append((quality, tag))
    for _, tag in sorted(wanted, key=lambda pair: -pair[0]):
        if tag == "*":
            break
        language = pick_language(tag)
        # What is picked for want of a better one is not what was asked for: the next tag may be spoken here.
        if language != SOURCE_LANGUAGE or tag.lower().split("-")[0] in LANGUAGES:
            return language
    return SOURCE_LANGUAGE


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            try:
                return min(1.0, max(0.0, float(value)))
            except ValueError:
                return 0.0
    return 1.0
