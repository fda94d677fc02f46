"""``python -m web``: serves the API until SIGTERM or SIGINT; exit status 0, or 2 with one line that says what is wrong.

``python -m web keys create NAME``, ``keys list`` and ``keys revoke PREFIX`` manage its keys.
"""

import argparse
import sys

from web import keys_command


def main() -> int:
    """Serve, or run one command; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m web", description="The HTTP API; without a command it is served.")
    keys_command.add_parser(parser.add_subparsers(metavar="COMMAND"))
    options = parser.parse_args()
    if hasattr(options, "action"):
        return keys_command.run(options)
    from web.runner import main as serve  # noqa: PLC0415 - the other commands do without models and server

    return serve()


if __name__ == "__main__":
    sys.exit(main())
