"""Another clock for a command, as in `make test CLOCK=2028-02-29`.

Debian's libfaketime adds the same number of seconds to the time in all programs that
are started: the clock ticks, and PostgreSQL, Odoo and the browser agree on it. That
is why its own command `faketime` is of no use here, which starts a clock for each
program. Runs before there is a virtual environment, like `setup`.
"""

import os
import subprocess
import sys
import time
from datetime import datetime, timezone
from pathlib import Path

LIBRARY = "faketime/libfaketimeMT.so.1"  # the one for programs with threads
PYTHON_PATH = Path(__file__).with_name("faketime")
COMMANDS = ("demo", "test", "shell")  # the others ignore it
HOUR = 10  # of a day without a time
PATIENCE = 60  # seconds that a check may find the clock wrong by


def wanted():
    """The moment that CLOCK names, as a text to tell clocks apart by, or None."""
    given = os.environ.get("CLOCK", "").strip()
    if not given:
        return None
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo or not 2000 <= moment.year < 2100:
        sys.exit(
            f"CLOCK={given} is no day or UTC time of this century: "
            'write CLOCK=2028-02-29 or CLOCK="2027-12-31 23:30".'
        )
    if len(given) <= 10:
        moment = moment.replace(hour=HOUR)
    return moment.strftime("%Y-%m-%d %H:%M")


def seconds_until(clock):
    """What has to be added to the time, so that it is now the time of the clock."""
    moment = datetime.fromisoformat(clock).replace(tzinfo=timezone.utc)
    return round(moment.timestamp() - time.time())


def library():
    folders = ("lib", "lib64", "lib/*", "local/lib")
    found = (p for f in folders for p in Path("/usr").glob(f"{f}/{LIBRARY}"))
    return next(found, None)


def variables(seconds):
    """The environment of programs that run under the clock."""
    return {
        "LD_PRELOAD": str(library()),
        "FAKETIME": f"{seconds:+d}",
        # Timeouts are counted by the monotonic clock: it stays the real one, and with
        # it how conditions are waited for; otherwise they come at once or never.
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_FORCE_MONOTONIC_FIX": "0",
        # Files keep their times, which bundles and bytecode are recognised by.
        "NO_FAKE_STAT": "1",
    }


def check(cursor):
    """End with a sentence if a program does not see the clock."""
    seconds = int(os.environ["FAKETIME"])
    python = "import time; print(time.time())"
    found = {"Python": float(subprocess.check_output([sys.executable, "-c", python]))}
    with cursor() as cr:
        cr.execute("SELECT EXTRACT(EPOCH FROM now())")
        found["PostgreSQL"] = float(cr.fetchone()[0])
    for program, moment in found.items():
        if abs(time.time() + seconds - moment) > PATIENCE:
            there = datetime.fromtimestamp(moment, timezone.utc)
            sys.exit(
                f"CLOCK does not reach {program}, where it is {there:%Y-%m-%d %H:%M}: "
                "it needs programs that load Debian's libfaketime."
            )
