"""What the bot says once to each person about itself, before or after their first picture."""

from __future__ import annotations

from typing import Final

from report.language import mark

I_UNDERSTAND: Final = mark("I understand")
TO_PRIVATE_CHAT: Final = mark("To our private chat")

# Each ends with the paragraph that the thanks take the place of.
WITH_GREETING: Final = mark(
    "With the button below you tell me that this is clear: my answers are no diagnosis, and I keep a record of them, "
    "but no pictures (/privacy)."
)
NOTICE: Final = mark(
    "A word about myself, just this once: I am a demonstration for research and teaching, not a medical device. "
    "My answers are no diagnosis and do not replace a doctor. I keep a record of them, but no pictures (/privacy). "
    "Please press the button when you have read this."
)
WAITING: Final = mark(
    "Your picture has arrived. Before I read it, please read this: I am a demonstration for research and teaching, "
    "not a medical device. My answers are no diagnosis and do not replace a doctor. I keep a record of them, but no "
    "pictures (/privacy). Press the button, and I begin."
)
WAITING_IN_GROUP: Final = mark(
    "Your picture has arrived. Before I read it, there is something I have to tell you, and I do that in our private "
    "chat: press the button, then “Start”. The answer will come here."
)

THANKS: Final = mark("✅ Thank you. Send me a picture whenever you like; how to take a good one: /help")
THANKS_READING: Final = mark("✅ Thank you. I am reading what you have sent me.")
