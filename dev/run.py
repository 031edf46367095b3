"""The commands of the Makefile: `python -m dev.run demo|test|lint|bench|shell|stop`."""

import os
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager

import psutil

from dev import clock as clocks
from dev import databases, postgres
from dev.databases import ADDON, odoo
from dev.setup import DEV, ROOT, digest, locked, say, step

DEMO = "kam_demo"
CLOCK_DEMO = "kam_clock_demo_"
# Core's checks of what addons look like. The rest of test_lint is about core.
CORE_LINT = [
    "test_docstring",
    "test_dunderinit",
    "test_i18n",
    "test_index",
    "test_jstranslate",
    "test_manifests",
    "test_naming",
    "test_onchange_domains",
    "test_orm_import",
    "test_override_signatures",
    "test_pofile",
    "test_pylint",
    "test_routes",
    "test_test_holes",
]


def call(command, **kwargs):
    """Run a command to its end and return its exit code.

    Ctrl-C reaches it as well as us: leave it the time to end by itself.
    """
    process = subprocess.Popen([str(part) for part in command], cwd=ROOT, **kwargs)
    try:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()


def demo(args):
    port = os.environ.get("KAM_PORT") or os.environ.get("PORT") or "8069"
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(port)))
        except OSError:
            sys.exit(f"Port {port} is in use: choose another, KAM_PORT=8070 make demo.")
    name = ensure_demo()
    lines = [
        f"Odoo with {ADDON} on http://localhost:{port}",
        "User admin, password admin; for the demo users see README.md",
        "Ctrl-C stops it, make demo goes on with the same data,",
        "make clean throws the data away.",
    ]
    frame = "+" + "-" * 68 + "+"
    say("\n".join([frame, *(f"| {line:<66} |" for line in lines), frame]))
    serve = ["-d", name, "--db-filter", f"^{name}$", "--http-port", port]
    return call(odoo(*serve, "--max-cron-threads=1", "--log-level=warn", *args))


def ensure_demo():
    """The demo database, with the addons as they are in the work tree; its name.

    Its comment says what it was made from. Another clock has one of its own.
    """
    clock = clocks.wanted()
    demo = CLOCK_DEMO + digest(clock) if clock else DEMO
    with locked(DEV / "demo.lock"):
        ours = list(databases.addons())
        made_from = [digest(databases.template_key(), ours), databases.files_key()]
        before = []
        if databases.exists(demo):
            with databases.cursor() as cr:
                cr.execute(
                    "SELECT shobj_description(oid, 'pg_database') "
                    "FROM pg_database WHERE datname = %s",
                    [demo],
                )
                before = (cr.fetchone()[0] or "").split()
        if before == made_from:
            return demo
        if before[:1] == made_from[:1]:
            with step("Upgrading the addons of the demo database"):
                databases.run_to_end(demo, "-u", ",".join(ours))
        else:
            for old in databases.names(CLOCK_DEMO) if clock else ():
                databases.drop(old)
            make_demo(demo)
        with databases.cursor() as cr:
            cr.execute(f"COMMENT ON DATABASE {demo} IS %s", [" ".join(made_from)])
    return demo


def make_demo(demo):
    """Install the addons with their demo data, but without that of core.

    Odoo loads the demo data of an addon if all that it depends on has some: so its
    dependencies claim that, until the addons are in.
    """
    name = f"{demo}_making"
    ours = list(databases.addons())
    databases.clone(databases.without_addons(), name)
    with databases.cursor(name) as cr:
        cr.execute("UPDATE ir_module_module SET demo = (state = 'installed')")
    databases.install(name, ours, "--load-language=zh_CN")
    with databases.cursor(name) as cr:
        cr.execute(
            "UPDATE ir_module_module SET demo = false WHERE name != ALL(%s)", [ours]
        )
        cr.execute(
            "SELECT name FROM ir_module_module WHERE name = ANY(%s) AND NOT demo",
            [ours],
        )
        failed = [row[0] for row in cr.fetchall()]
    if failed:
        sys.exit(
            f"The demo data of {', '.join(failed)} failed: see the warnings above."
        )
    databases.rename(name, demo)


def shell(args):
    name = ensure_demo()
    level = "--log-level=warn"
    return call(odoo("shell", "-d", name, "--no-http", level, *args))


def pytest(database, *args):
    return call(
        [
            *(sys.executable, "-m", "pytest", "-c", "pyproject.toml", "--rootdir=."),
            *("--odoo-database", database, "--odoo-http", *args),
        ]
    )


@contextmanager
def test_database(template):
    """A copy of a template for one run; its processes name theirs after it."""
    for old in databases.names("kam_test_"):  # of runs that were killed
        if not psutil.pid_exists(int(old.split("_")[2])):
            databases.drop(old)
    name = f"kam_test_{os.getpid()}"
    databases.clone(template, name)
    try:
        yield name
    finally:
        for mine in [name, *databases.names(f"{name}_")]:
            databases.drop(mine)


def test(args):
    workers = test_processes(args)
    options = ["-p", "dev.pytest_assets", "-p", "dev.pytest_suite"]
    if workers > 1:
        template = databases.with_bundles()
        options += ["-n", workers, "--dist=loadscope", "--no-loadscope-reorder"]
    else:
        template = databases.with_addons()
    with test_database(template) as name:
        return pytest(name, *options, *args)


def test_processes(args):
    """How many processes test side by side.

    With ARGS it is one: it starts at once, and a debugger works.
    """
    given = os.environ.get("WORKERS")
    if not given:
        # PostgreSQL takes a hundred connections.
        return 1 if args else min(os.cpu_count(), 16)
    if not given.isdecimal() or not int(given):
        sys.exit(f"WORKERS is a number of processes, such as 1, and not {given}.")
    return int(given)


def lint(args):
    """Run all checks, so that one run tells everything."""
    fix = bool(os.environ.get("FIX"))
    node = DEV / "node" / "node_modules"
    core = databases.odoo_path() / "odoo" / "addons" / "test_lint" / "tests"
    checks = {
        "ruff": ["ruff", "check", *(["--fix"] if fix else [])],
        "ruff format": ["ruff", "format", *([] if fix else ["--check"])],
        "pylint-odoo": [sys.executable, "-m", "pylint", *databases.addons()],
    }
    if node.exists():
        checks["prettier"] = [
            *("prettier", "--write" if fix else "--check", "--log-level=warn"),
            *("--plugin", node / "@prettier/plugin-xml/src/plugin.js"),
            f"{ADDON}*/**/*.xml",
        ]
        checks["eslint"] = [  # as core's test_eslint does
            *("eslint", "--no-ignore", "--no-eslintrc", "-c", core / "eslintrc"),
            *("--no-error-on-unmatched-pattern", f"{ADDON}*/static/**/*.js"),
        ]
    else:
        say("Without npm, neither XML nor JavaScript is checked.")
    failed = [name for name, command in checks.items() if call(command)]
    with test_database(databases.with_addons()) as name:
        paths = [core / f"{check}.py" for check in CORE_LINT]
        options = ["-q", "--durations=3", "-p", "dev.core_lint"]
        if pytest(name, *options, *paths):
            failed.append("test_lint")
    say(f"Failed: {', '.join(failed)}." if failed else "Lint: nothing found.")
    return bool(failed)


def depends(args):
    """Only make the database that all others begin with."""
    databases.without_addons()


def bench(args):
    if not (ROOT / "bench" / "run.py").exists():
        sys.exit("There is no bench/run.py.")
    return call([sys.executable, "-m", "bench.run", *args])


COMMANDS = {f.__name__: f for f in (demo, test, lint, depends, bench, shell)}


def main():
    command, *args = sys.argv[1:]
    if command not in clocks.COMMANDS:
        os.environ.pop("CLOCK", None)
    # End like on Ctrl-C: databases dropped, server stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if command == "stop":
        return postgres.stop()
    tools = [DEV / "venv" / "bin", DEV / "node" / "node_modules" / ".bin"]
    os.environ["PATH"] = os.pathsep.join([*map(str, tools), os.environ["PATH"]])
    clock = clocks.wanted()
    if clock and postgres.is_free():
        # What all clocks share is made under the real one.
        if code := call([sys.executable, "-m", "dev.run", "depends"]):
            return code
    with postgres.server(clock) as pg:
        os.environ.update(databases.environment(pg, clock))
        if clock:
            clocks.check(databases.cursor)
            say(f"The clock began at {clock} UTC.")
        return COMMANDS[command](args)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("\nStopped.")
