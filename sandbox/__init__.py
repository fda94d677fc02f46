"""A stand-in for Telegram: a Bot API server that is strict where Telegram is, and a page to chat with the bot.

``python -m sandbox`` serves the Bot API at ``/bot<token>/<method>`` and ``/file/bot<token>/<path>``, the chat page at
``/``, and the person's side under ``/sandbox`` (see ``sandbox.person`` and ``sandbox.control``). Everything is held in
memory, bounded, and is gone when the process ends.
"""
