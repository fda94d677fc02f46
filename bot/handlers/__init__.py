"""What the bot reacts to. Handlers are thin: they find out what was sent and hand it in at the ``Desk``."""

from aiogram import Router

from bot.handlers import (
    broadcast,
    buttons,
    cancel,
    commands,
    edited,
    feedback,
    forget,
    groups,
    history,
    language,
    members,
    models,
    operators,
    other,
    personal,
    pictures,
    report,
    start,
)


def build_router() -> Router:
    """All handlers, in the order in which they are asked."""
    root = Router(name="second-look")
    about_person = (personal, language, forget, history, report, feedback)
    for_operators = (operators, broadcast)
    to_pictures = (pictures, edited, cancel)
    # The operators first: what they begin with /start goes on as anybody's does.
    parts = (*to_pictures, *for_operators, *about_person, start, models, commands, groups, members, other, buttons)
    root.include_routers(*(part.build_router() for part in parts))
    return root
