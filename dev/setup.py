"""Put what the commands need onto this machine; quick when it is there already.

Odoo and the Python packages go to the user's cache, which all clones share. What
belongs to one clone, such as its databases, lives in its `.dev` folder. Runs before
there is a virtual environment, hence on the standard library alone.
"""

import fcntl
import hashlib
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from dev import clock

ROOT = Path(__file__).resolve().parent.parent
DEV = ROOT / ".dev"
CACHE = (
    Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache").resolve()
    / "key_account_management"
)
CI = bool(os.environ.get("CI"))
LOCK_FILE = ROOT / "dev" / "requirements.txt"
NODE_FILES = [ROOT / "dev" / "node" / f for f in ("package.json", "package-lock.json")]
BROWSERS = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")


def say(text):
    """Tell what is going on, apart from what a command itself prints."""
    print(text, file=sys.stderr, flush=True)


@contextmanager
def step(title):
    """Announce a long step, and say how long it took."""
    say(f"{title} ...")
    start = time.monotonic()
    yield
    say(f"  done in {time.monotonic() - start:.0f} s")


def call(command, failure, **kwargs):
    """Run a command; when it fails, end with a sentence that says what to do."""
    result = subprocess.run(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=kwargs.pop("stdout", sys.stderr),
        text=True,
        **kwargs,
    )
    if result.returncode:
        sys.exit(failure)
    return result.stdout


@contextmanager
def locked(path):
    """Hold a lock that the kernel gives back when this process dies."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Waiting for another run of make to finish its setup ...")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def is_whole(folder):
    return (folder / ".whole").exists()


def build(folder, recipe):
    """Fill a folder of the cache once; what an interrupted run left is redone."""
    if not is_whole(folder):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        recipe(folder)
        (folder / ".whole").touch()
    return folder


def digest(*parts):
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:12]


def link(name, target):
    path = DEV / name
    if not path.is_symlink() or path.readlink() != target:
        path.unlink(missing_ok=True)
        path.symlink_to(target)


# Debian packages


def missing_packages():
    """What tests and demo use of the system, as names of Debian packages."""
    if not any(map(shutil.which, BROWSERS)):
        yield "chromium"
    if not shutil.which("wkhtmltopdf"):
        yield "wkhtmltopdf"
    fonts = shutil.which("fc-list") and subprocess.check_output(
        ["fc-list", ":lang=zh", "family"]
    )
    if not fonts:
        yield "fonts-noto-cjk"


def install_packages(names):
    """Install Debian packages, as far as this user may; return those still missing."""
    may_install = shutil.which("apt-get") and os.geteuid() == 0
    if not may_install:
        return list(names)
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with step(f"Installing {' '.join(names)}"):
        call(
            ["apt-get", "update", "-qq"],
            "Could not read the package lists: see what apt-get says above.",
            env=environ,
        )
        # One by one: wkhtmltopdf, for one, is gone from later releases of Debian.
        return [
            name
            for name in names
            if subprocess.run(
                ["apt-get", "install", "-qq", "--no-install-recommends", name],
                stdin=subprocess.DEVNULL,
                stdout=sys.stderr,
                env=environ,
            ).returncode
        ]


def ensure_packages():
    if os.environ.get("CLOCK") and not clock.library():
        if install_packages(["faketime"]):
            sys.exit("CLOCK needs Debian's faketime: sudo apt-get install faketime")
    missing = list(missing_packages())
    missing = missing and install_packages(missing)
    if not missing:
        return
    say(
        "Missing, so that some tests are skipped or PDF reports fail: "
        f"{', '.join(missing)}. On Debian: sudo apt-get install {' '.join(missing)}"
    )
    if CI and "chromium" in missing:
        sys.exit("No browser: CI must run the tours, install Chromium there.")


# Python and Node.js packages


def ensure_venv():
    """The virtual environment of the lock file, one for each Python."""
    version = ".".join(map(str, sys.version_info[:3]))
    if not (3, 10) <= sys.version_info < (3, 14):
        sys.exit(
            f"Odoo 19 runs on Python 3.10 to 3.13 and this is {version}: "
            "name another one, for example make PYTHON=python3.12 demo."
        )
    key = digest(LOCK_FILE.read_text(), version, sys.base_prefix, platform.platform())
    folder = CACHE / f"venv-{key}"
    # The interpreter that it points to may have been removed.
    if not is_whole(folder) or not os.access(folder / "bin" / "python", os.X_OK):
        with locked(CACHE / "lock"):
            (folder / ".whole").unlink(missing_ok=True)
            build(folder, make_venv)
    link("venv", folder)


def make_venv(folder):
    if not importlib.util.find_spec("ensurepip") and install_packages(["python3-venv"]):
        sys.exit("Python cannot make a venv: install Debian's python3-venv first.")
    with step("Installing the Python packages"):
        failure = "Could not install them: see above, and is the network there?"
        call([sys.executable, "-m", "venv", folder], failure)
        pip = [folder / "bin" / "python", "-m", "pip", "--disable-pip-version-check"]
        # The lock file is complete, so there is nothing to resolve.
        call([*pip, "install", "-qq", "--no-deps", "-r", LOCK_FILE], failure)


def ensure_node():
    """Prettier and ESLint, for `make lint` only."""
    if not shutil.which("npm"):
        if CI:
            sys.exit("No npm: CI must check XML and JavaScript, install npm there.")
        return
    folder = CACHE / f"node-{digest(*[file.read_text() for file in NODE_FILES])}"
    if not is_whole(folder):
        with locked(CACHE / "lock"):
            build(folder, install_node)
    link("node", folder)


def install_node(folder):
    for file in NODE_FILES:
        shutil.copy(file, folder)
    with step("Installing the linters for XML and JavaScript"):
        call(
            ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"],
            "Could not install them: see what npm says above.",
            cwd=folder,
        )


# Odoo


def ensure_odoo():
    from dev import fetch_odoo

    if given := os.environ.get("ODOO_PATH"):
        folder = fetch_odoo.check(Path(given).expanduser().resolve())
    else:
        folder = fetch_odoo.cached() or fetch_odoo.fetch()
    link("odoo", folder)


def main():
    # The system user that PostgreSQL runs as for root has to read all this.
    os.umask(0o022)
    command = sys.argv[1] if len(sys.argv) > 1 else "setup"
    if command not in clock.COMMANDS:
        os.environ.pop("CLOCK", None)
    clock.wanted()  # Say that it is wrong before, not after the downloads
    DEV.mkdir(exist_ok=True)
    ensure_venv()
    ensure_odoo()
    ensure_packages()
    if command in ("lint", "setup"):
        ensure_node()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("\nStopped; the next run goes on from here.")
