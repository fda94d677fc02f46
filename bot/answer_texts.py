"""What the buttons below an answer say, and what follows a press of them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from journal import Feedback
from report.language import mark

READ_WITH: Final[Mapping[str, str]] = MappingProxyType(
    {
        "melanoma": mark("🔎 Read it with the melanoma model"),
        "skin": mark("🔎 Read it with the skin model"),
        "pneumonia": mark("🔎 Read it with the chest X-ray model"),
    }
)

JUDGEMENTS: Final[Mapping[Feedback, str]] = MappingProxyType(
    {
        Feedback.CONFIRMED: mark("👍 Doctor confirmed"),
        Feedback.NOT_CONFIRMED: mark("👎 Doctor disagreed"),
    }
)
CHOSEN: Final[Mapping[Feedback, str]] = MappingProxyType(
    {
        Feedback.CONFIRMED: mark("✅ Doctor confirmed"),
        Feedback.NOT_CONFIRMED: mark("✅ Doctor disagreed"),
    }
)
THANKS: Final[Mapping[Feedback, str]] = MappingProxyType(
    {
        Feedback.CONFIRMED: mark("Thank you, noted: a doctor confirmed this answer."),
        Feedback.NOT_CONFIRMED: mark(
            "Thank you, noted: a doctor did not confirm this answer. Please go by what the doctor says."
        ),
    }
)

PICTURE_OF_ANOTHER: Final = mark(
    "📁 The picture was somebody else's, so I did not keep it, and these are only the words of then."
)
NOT_KEPT: Final = mark(
    "That picture is somebody else's, so I did not keep it. Please send the command in reply to the picture itself."
)
