"""What the bot says around the report of an answer."""

from __future__ import annotations

from typing import Final

from report.language import mark

BUTTON: Final = mark("📄 PDF report")
MAKING: Final = mark("One moment, I am making the report.")
ON_ITS_WAY: Final = mark("This report is already on its way.")
CAPTION: Final = mark(
    "Report of the reading of {date} (UTC)\n\n"
    "One page to keep, or to print and show to a doctor. A demonstration for research and teaching, not a medical "
    "device."
)

NO_ANSWER: Final = mark("I have no answer of yours to report on. Send me a picture first; how: /help")
NOT_AN_ANSWER: Final = mark(
    "There is no answer of mine behind this message. Reply with /report to an answer or to the picture that it is "
    "about; /report on its own is for your last answer."
)
NO_READING: Final = mark(
    "There is no reading of this picture, so there is nothing to report. Why, and what may help, is in my answer to it."
)
STILL_READING: Final = mark("I am still reading this picture. Please ask for the report when my answer is here.")
OF_ANOTHER: Final = mark("This picture is somebody else's, so the report is theirs to ask for.")
IN_PRIVATE: Final = mark("Others read along here. Please write /report to me in our private chat.")

PICTURE_GONE: Final = mark(
    "No report this time\n\n"
    "Telegram does not have this picture any more, and I keep none. Please send it once more and ask for the report of "
    "the new answer."
)
MODEL_CHANGED: Final = mark(
    "No report this time\n\n"
    "The model has changed since this answer, so a report of today might contradict it. Please send the picture once "
    "more and ask for the report of the new answer."
)
FAILED: Final = mark(
    "No report this time\n\nSomething went wrong on my side. I am sorry. The answer stands; please ask for its report "
    "once more later."
)
