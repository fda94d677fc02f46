"""What the bot reacts to. Handlers are thin: they find out what was sent and hand it in at the ``Desk``."""

from aiogram import Router

from bot.handlers import buttons, commands, other, pictures


def build_router() -> Router:
    """All handlers, in the order in which they are asked."""
    root = Router(name="second-look")
    root.include_routers(pictures.build_router(), commands.build_router(), other.build_router(), buttons.build_router())
    return root
