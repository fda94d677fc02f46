"""What the bot says in groups about itself."""

from __future__ import annotations

from typing import Final

from report.language import mark

HOW_TO: Final = mark(
    "I take a second look at photos of the skin and at chest X-rays. In a group I only answer when I am asked:\n"
    "• send a picture with {name} in its caption,\n"
    "• or write {name} in reply to a picture,\n"
    "• or use a command of mine in one of these ways; which there are: /help{name}\n\n"
    "Everybody here can read the answer. To be alone with me: {link}\n\n"
    "I am a demonstration for research and teaching, not a medical device, and I do not replace a doctor. "
    "I keep no pictures."
)
HELLO: Final = mark("Hello, and thank you for the invitation!")
