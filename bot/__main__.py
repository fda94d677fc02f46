"""``python -m bot``: serves until SIGTERM or SIGINT; exit status 0, or 2 with one line that says what is wrong."""

import sys

from bot.runner import main

if __name__ == "__main__":
    sys.exit(main())
