"""The command line: reads arguments, calls one function, prints its result. No logic of its own."""

import os
import sys


def main() -> None:
    """Run ``notices`` and end the process with the right status.

    0: done; 2: wrong usage, or something the user can mend, said in one line; 3: done, but some rows of the input
    were rejected; 1: anything else.
    """
    from pipeline.cli.app import app
    from pipeline.errors import NoticesError

    try:
        app(prog_name="notices")
    except NoticesError as error:
        _end(str(error), error.exit_status)
    except KeyboardInterrupt:
        _end("interrupted", 130)
    except Exception as error:
        if os.environ.get("NOTICES_DEBUG"):
            raise
        _end(f"unexpected {type(error).__name__}: {error} (NOTICES_DEBUG=1 shows where)", 1)


def _end(message: str, status: int) -> None:
    sys.stderr.write(f"notices: {' '.join(message.split())}\n")
    sys.exit(status)
