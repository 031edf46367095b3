"""Databases of this clone, and how to start Odoo on one.

Dependencies are installed once, into a template that is keyed by all it depends on;
so are the addons. Every other database is a copy of one of these. For `bench/`:

    from dev import databases

    databases.clone(databases.with_addons(), "kam_bench")
    subprocess.run(databases.odoo("shell", "-d", "kam_bench", "--no-http"), input=…)
    databases.drop("kam_bench")

`run.py` has set `PG*`, `ODOO_RC` and `PYTHONPATH` by then, so that libpq, psycopg2 and
`import odoo` find everything too.
"""

import ast
import os
import re
import shutil
import subprocess
import sys
from contextlib import closing, contextmanager

import psycopg2
from psycopg2.extensions import quote_ident

from dev import clock as clocks
from dev.setup import DEV, ROOT, digest, locked, say, step

ADDON = "key_account_management"
ODOO_RC = DEV / "odoo.conf"
FILESTORE = DEV / "data" / "filestore"
# Neither tests nor texts for the store change what an installation yields.
NOT_INSTALLED = {"__pycache__", "tests", "readme"}


def odoo_path():
    """The folder that holds the Python package `odoo`."""
    return (DEV / "odoo").resolve()


def addons():
    """The addons of this repository, as their manifests by name."""
    return {
        path.parent.name: ast.literal_eval(path.read_text())
        for path in sorted(ROOT.glob(f"{ADDON}*/__manifest__.py"))
    }


def environment(pg, clock=None):
    """Write Odoo's configuration file; return the variables that lead to it all.

    The file stands in for the user's own ~/.odoorc.
    """
    python_path = [ROOT, odoo_path(), *([clocks.PYTHON_PATH] if clock else [])]
    addons_path = [ROOT, odoo_path() / "addons"]
    options = {
        "addons_path": ",".join(str(path) for path in addons_path if path.is_dir()),
        "data_dir": DEV / "data",
        "screenshots": DEV / "screenshots",
        "http_interface": "127.0.0.1",
        "list_db": False,
        "workers": 0,
        "max_cron_threads": 0,
    }
    lines = [f"{name} = {value}\n" for name, value in options.items()]
    ODOO_RC.write_text("".join(["[options]\n", *lines]))
    return {
        **pg,
        "ODOO_RC": str(ODOO_RC),
        "PYTHONPATH": os.pathsep.join(map(str, python_path)),
    }


def odoo(*args):
    """The command line of Odoo with these arguments."""
    return [sys.executable, "-m", "odoo", *args]


# Databases


@contextmanager
def cursor(database="postgres"):
    with closing(psycopg2.connect(dbname=database)) as connection:
        connection.autocommit = True
        with connection.cursor() as cr:
            yield cr


def quoted(cr, name):
    return quote_ident(name, cr.connection)


def names(prefix="kam_"):
    with cursor() as cr:
        cr.execute("SELECT datname FROM pg_database ORDER BY datname")
        return [name for (name,) in cr.fetchall() if name.startswith(prefix)]


def exists(name):
    return name in names(name)


def clone(template, name):
    """Copy a database that nobody is connected to, with its files."""
    drop(name)
    with cursor() as cr:
        cr.execute(
            f"CREATE DATABASE {quoted(cr, name)} TEMPLATE {quoted(cr, template)}"
        )
    if (FILESTORE / template).exists():
        shutil.copytree(FILESTORE / template, FILESTORE / name)


def drop(name):
    with cursor() as cr:
        cr.execute(f"DROP DATABASE IF EXISTS {quoted(cr, name)} WITH (FORCE)")
    shutil.rmtree(FILESTORE / name, ignore_errors=True)


def rename(name, new_name):
    drop(new_name)
    if (FILESTORE / name).exists():
        (FILESTORE / name).rename(FILESTORE / new_name)
    with cursor() as cr:
        cr.execute(
            f"ALTER DATABASE {quoted(cr, name)} RENAME TO {quoted(cr, new_name)}"
        )


# Templates


def template_key():
    """What the addons depend on, and a key of all that their dependencies yield."""
    ours = addons()
    depends = {name for manifest in ours.values() for name in manifest["depends"]}
    depends = sorted(depends - ours.keys())
    commit = b""
    if (odoo_path() / ".git").exists():
        commit = subprocess.check_output(
            ["git", "-C", odoo_path(), "rev-parse", "HEAD"]
        )
    return depends, digest(depends, odoo_path(), commit)


def without_addons():
    """The database that has what the addons depend on; made when it is missing.

    One for all clocks: it is made under the real one.
    """
    depends, key = template_key()
    return _template("depends", key, lambda name: install(name, depends))


def with_addons():
    """The database that has the addons, without demo data; made when it is missing.

    What the addons store when they are installed depends on today: one for a clock.
    """
    template = without_addons()

    def make(name):
        clone(template, name)
        install(name, addons())

    return _template("addons", digest(template, files_key()), make, clocks.wanted())


def with_bundles():
    """The addons and the bundles of the web client, which browser tests load."""
    template = with_addons()

    def make(name):
        clone(template, name)
        script = "from dev.pytest_assets import build; build(env); env.cr.commit()"
        options = ["--no-http", "--log-level=warn"]
        with step("Building the bundles of the web client"):
            command = odoo("shell", "-d", name, *options)
            if subprocess.run(command, input=script, text=True).returncode:
                sys.exit("Could not build them: see what Odoo says above.")

    # Tours are in the bundles, and lie in a folder of tests.
    key = digest(template, digest_of_files(ROOT.glob(f"{ADDON}*/static/**/*")))
    return _template("bundles", key, make, clocks.wanted())


def files_key():
    """A key of all files of the addons that an installation reads."""
    return digest_of_files(
        path
        for name in addons()
        for path in (ROOT / name).rglob("*")
        if not NOT_INSTALLED & {*path.relative_to(ROOT).parts}
    )


def digest_of_files(paths):
    return digest(
        [
            (path.relative_to(ROOT), path.read_bytes())
            for path in sorted(paths)
            if path.is_file()
        ]
    )


def _template(kind, key, make, clock=None):
    prefix = f"kam_clock_{kind}_" if clock else f"kam_{kind}_"
    with locked(DEV / "template.lock"):
        name = prefix + (digest(key, clock) if clock else key)
        if not exists(name):
            for old in names(prefix):
                drop(old)
            # Under another name until it is whole
            make(f"{prefix}making")
            rename(f"{prefix}making", name)
        return name


def install(database, modules, *options):
    """Install modules into a database, which is created when there is none."""
    title = f"Installing {', '.join(modules)}"
    with step(title if len(title) <= 88 else f"{title[:85]}..."):
        run_to_end(database, "-i", ",".join(modules), *options)


def run_to_end(database, *options):
    """Start Odoo without serving anything; show how far it is, and all warnings."""
    command = odoo("-d", database, "--stop-after-init", "--no-http", *options)
    log = DEV / f"{database}.log"
    with (
        log.open("w") as file,
        subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process,
    ):
        shown = False
        for line in process.stdout:
            file.write(line)
            level = re.match(r"\S+ \S+ \d+ ([A-Z]+) ", line)
            if level:
                shown = level[1] in ("WARNING", "ERROR", "CRITICAL")
            if shown:
                say(line.rstrip())
            elif "oading module " in line:
                progress = line.split("oading module ")[1].strip()
                show_progress(f"  {progress}")
        show_progress("")
    if process.returncode:
        sys.exit(f"Odoo failed; the whole log is {log.relative_to(ROOT)}.")


def show_progress(text):
    """Write over the last line of a terminal."""
    if sys.stderr.isatty():
        print(f"\r{text}\x1b[K", end="", file=sys.stderr, flush=True)
