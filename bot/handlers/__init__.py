"""What the bot reacts to. Handlers are thin: they find out what was sent and hand it in at the ``Desk``."""

from aiogram import Router

from bot.handlers import buttons, commands, forget, history, language, other, personal, pictures


def build_router() -> Router:
    """All handlers, in the order in which they are asked."""
    root = Router(name="second-look")
    parts = (pictures, personal, language, forget, history, commands, other, buttons)
    root.include_routers(*(part.build_router() for part in parts))
    return root
