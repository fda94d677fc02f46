"""Licences as SPDX expressions (https://spdx.org/licenses/), and which of them a serving dependency may have."""

from __future__ import annotations

import re
from enum import IntEnum
from importlib.metadata import PackageMetadata

PERMISSIVE = frozenset({
    "0BSD", "Apache-2.0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0-1.0", "HPND", "ISC", "MIT", "MIT-0",
    "MIT-CMU", "PSF-2.0", "Python-2.0", "Unlicense", "Zlib",
})  # fmt: skip
WEAK = frozenset({
    "LGPL-2.1", "LGPL-2.1-only", "LGPL-2.1-or-later", "LGPL-3.0", "LGPL-3.0-only", "LGPL-3.0-or-later", "MPL-2.0",
})  # fmt: skip
UNKNOWN = "unknown"
_LONGEST_NAME = 60
_CLASSIFIER = "License :: OSI Approved :: "
# What older metadata says in words of its own, in lower case. "BSD" alone leaves open which of its kinds it is.
_WORDS = {
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "3-clause bsd license": "BSD-3-Clause",
    "bsd license": "BSD",
    "isc license (iscl)": "ISC",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "python software foundation license": "PSF-2.0",
    "the unlicense (unlicense)": "Unlicense",
}
_TOKEN = re.compile(r"\(|\)|[\w.+-]+")


class Standing(IntEnum):
    """What a licence asks of who passes a program on, from little to too much or not known."""

    PERMISSIVE = 0
    WEAK_COPYLEFT = 1
    OTHER = 2


def declared(found: PackageMetadata) -> str:
    """The licence that a package's metadata declares: its SPDX expression where it has one, else what its licence field
    or its classifiers (all of them at once, when there are several) say in words; ``unknown`` when nothing."""
    if expressions := found.get_all("License-Expression"):
        return str(expressions[0])
    text = str((found.get_all("License") or [""])[0]).strip()
    if text and len(text) <= _LONGEST_NAME and standing(named := _WORDS.get(text.lower(), text)) is not Standing.OTHER:
        return named
    classifiers = [str(each) for each in found.get_all("Classifier") or ()]
    words = [each.removeprefix(_CLASSIFIER) for each in classifiers if each.startswith(_CLASSIFIER)]
    if words:
        return " AND ".join(_WORDS.get(each.lower(), each) for each in words)
    return text if text and len(text) <= _LONGEST_NAME else UNKNOWN


def standing(expression: str) -> Standing:
    """How an SPDX expression stands: of what is joined by AND all must be kept to, of what is joined by OR one."""
    tokens = _TOKEN.findall(expression)
    if not tokens or "".join(tokens) != "".join(expression.split()):
        return Standing.OTHER
    try:
        found = _any_of(tokens)
    except IndexError:
        return Standing.OTHER
    return Standing.OTHER if tokens else found


def _any_of(tokens: list[str]) -> Standing:
    found = _all_of(tokens)
    while tokens and tokens[0] == "OR":
        tokens.pop(0)
        found = min(found, _all_of(tokens))
    return found


def _all_of(tokens: list[str]) -> Standing:
    found = _one_of(tokens)
    while tokens and tokens[0] == "AND":
        tokens.pop(0)
        found = max(found, _one_of(tokens))
    return found


def _one_of(tokens: list[str]) -> Standing:
    token = tokens.pop(0)
    if token == "(":  # noqa: S105 - a parenthesis
        found = _any_of(tokens)
        return found if tokens.pop(0) == ")" else Standing.OTHER
    if tokens and tokens[0] == "WITH":  # an exception takes back some of what the licence asks
        del tokens[:2]
    if token in PERMISSIVE:
        return Standing.PERMISSIVE
    return Standing.WEAK_COPYLEFT if token in WEAK else Standing.OTHER
