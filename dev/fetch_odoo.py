"""Odoo 19 Community from Debian's package `odoo-19`, without installing it.

Its Debian dependencies belong to another release than the machine's. So apt, with
lists and cache of its own, downloads the package from the archive that the machine
is configured for, checks the signatures as ever, and dpkg only unpacks it.
"""

import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

from dev.setup import CACHE, build, call, is_whole, locked, say, step

# Odoo's package is in no stable release. It holds links to files of the others:
# relative ones, so that unpacking them side by side is enough.
PACKAGES = [
    "odoo-19/sid",
    "libjs-jquery/sid",
    "libjs-jquery-form/sid",
    "libjs-underscore/sid",
    "fonts-roboto-unhinted/sid",
    "fonts-montserrat/sid",
    "fonts-ocr-b/sid",
    "fonts-font-awesome/stable",  # sid's is a later one, with other file names
    "fonts-inconsolata/stable",
]
# Stripped from Debian's package, and the web client logs an error when it is
# missing, which fails every tour. Only the blur of video calls uses it.
SELFIE = "@mediapipe/selfie_segmentation@0.1.1675465747"
SELFIE_PATH = "odoo/addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js"
DIST_PACKAGES = "usr/lib/python3/dist-packages"
BY_HAND = (
    "set ODOO_PATH to a checkout of Odoo 19.0 Community (the folder with odoo-bin)"
)


def check(folder):
    """Return the folder if it holds Odoo 19, or end with a sentence."""
    release = folder / "odoo" / "release.py"
    text = release.read_text() if release.is_file() else ""
    if not re.search(r"^version_info = \(19, 0\b", text, re.MULTILINE):
        sys.exit(f"ODOO_PATH: {folder} is not Odoo 19.0; {BY_HAND}.")
    return folder


def cached():
    """The Odoo that was fetched last, if any."""
    folders = [folder for folder in CACHE.glob("odoo-19*") if is_whole(folder)]
    if folders:
        return max(folders, key=lambda folder: folder.stat().st_mtime) / DIST_PACKAGES


def fetch():
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        sys.exit(f"Odoo is fetched from Debian's archive; on other systems {BY_HAND}.")
    with locked(CACHE / "lock"):
        if folder := cached():  # another clone was faster
            return folder
        download = CACHE / "download"
        shutil.rmtree(download, ignore_errors=True)
        apt = private_apt(download)
        failure = f"Could not download Odoo: see what apt-get says above, or {BY_HAND}."
        with step("Downloading Odoo 19 (about 200 MB)"):
            call([*apt, "update"], failure)
            call([*apt, "download", *PACKAGES], failure, cwd=download)
        [odoo] = download.glob("odoo-19_*.deb")
        with step("Unpacking Odoo 19"):
            folder = CACHE / f"odoo-{odoo.name.split('_')[1]}"
            build(folder, lambda folder: unpack(download, folder))
        shutil.rmtree(download)
        return folder / DIST_PACKAGES


def private_apt(folder):
    """The apt-get command line with sources, lists and cache in a folder."""
    (folder / "lists" / "partial").mkdir(parents=True)
    (folder / "archives" / "partial").mkdir(parents=True)
    keyring = next(Path("/usr/share/keyrings").glob("debian-archive-keyring.*"), None)
    archive = debian_archive()
    if not keyring or not archive:
        sys.exit(
            "The apt of this machine knows no Debian archive (if it should, run "
            f"apt-get update as root first); otherwise {BY_HAND}."
        )
    sources = folder / "sources.list"
    sources.write_text(
        "".join(
            f"deb [signed-by={keyring}] {archive} {suite} main\n"
            for suite in ("sid", "stable")
        )
    )
    options = {
        "Dir::Etc::sourcelist": sources,
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::State::lists": folder / "lists",
        "Dir::Cache": folder,
        "Acquire::Languages": "none",
        # Root's apt would drop to a user that cannot write here.
        "APT::Sandbox::User": "root",
    }
    quiet = [] if sys.stderr.isatty() else ["-qq"]
    return ["apt-get", *quiet, *(f"-o{k}={v}" for k, v in options.items())]


def debian_archive():
    """The address of Debian's main archive in the configuration of apt."""
    for update in (False, True):
        if update:  # apt knows what its sources are once it has their lists
            subprocess.run(["apt-get", "-qq", "update"], stdout=sys.stderr)
        found = subprocess.run(
            ["apt-get", "indextargets", "--format", "$(REPO_URI)"]
            + ["Created-By: Packages", "Origin: Debian", "Label: Debian"],
            capture_output=True,
            text=True,
        ).stdout.split()
        if found:
            return found[0]


def unpack(download, folder):
    for deb in download.glob("*.deb"):
        call(["dpkg-deb", "-x", deb, folder], f"Could not unpack {deb.name}.")
    # A second copy of the addons that holds their Python files only
    shutil.rmtree(folder / DIST_PACKAGES / "addons", ignore_errors=True)
    add_selfie_segmentation(download, folder / DIST_PACKAGES / SELFIE_PATH)


def add_selfie_segmentation(download, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    if not shutil.which("npm"):
        return
    result = subprocess.run(
        ["npm", "pack", "--silent", SELFIE],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        cwd=download,
    )
    if result.returncode:
        say(f"  npm gave no {SELFIE}: background blur in video calls will not work")
        return
    [archive] = download.glob("mediapipe-*.tgz")
    with tarfile.open(archive) as tar:
        path.write_bytes(tar.extractfile(f"package/{path.name}").read())
