"""The Telegram bot: what the person sees and does."""

from bot import quick_import

quick_import.import_aiogram()
