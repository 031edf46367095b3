"""Pytest plugin for the suite: a database for each process, and what took how long.

pytest-xdist runs test classes side by side and hands the next one to whoever is free,
so the long ones go first. How long they take is remembered from the last run.
"""

import os
from collections import defaultdict
from contextlib import contextmanager
from pathlib import PurePath

import pytest
import pytest_odoo

from odoo.sql_db import close_db
from odoo.tests.common import HttpCase, get_db_name
from odoo.tools import config as odoo_config

from dev import databases

REMEMBERED = "suite/seconds"
# Seconds of a test in a class that has not run yet
GUESS, GUESS_IN_BROWSER = 0.5, 5


@contextmanager
def process_database():
    """The database of this process, copied from the one that pytest was given.

    In place of pytest-odoo's own: there all processes share one filestore, though
    a file that one of them is still writing looks complete to the others.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    given = get_db_name()
    if not worker:
        yield given
        return
    name = f"{given}_{worker}"
    databases.clone(given, name)
    odoo_config["db_name"] = name
    try:
        yield name
    finally:
        close_db(name)
        databases.drop(name)


def class_of(nodeid):
    """What pytest-xdist distributes by: the test's class, with its file."""
    return nodeid.rpartition("::")[0]


def part_of(nodeid):
    """The capability: the folder in `tests`, or the first word of the file's name."""
    path = PurePath(nodeid.partition("::")[0])
    folders = path.parent.parts
    if "tests" in folders[:-1]:
        return folders[folders.index("tests") + 1]
    return path.stem.removeprefix("test_").partition("_")[0]


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    pytest_odoo._worker_db_name = process_database
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Clock(config))


def pytest_collection_modifyitems(config, items):
    """The longest classes first; each process comes to the same order."""
    if not hasattr(config, "workerinput"):
        return
    remembered = config.cache.get(REMEMBERED, {})
    guessed = defaultdict(float)
    for item in items:
        in_browser = item.cls and issubclass(item.cls, HttpCase)
        name = class_of(item.nodeid)
        guessed[name] += GUESS_IN_BROWSER if in_browser else GUESS
        # A class may know better what it takes.
        guessed[name] = getattr(item.cls, "expected_seconds", guessed[name])
    seconds = {**guessed, **remembered}
    items.sort(
        key=lambda item: (-seconds[class_of(item.nodeid)], class_of(item.nodeid))
    )


class Clock:
    """Adds up the seconds of classes, capabilities and processes."""

    def __init__(self, config):
        self.config = config
        self.classes = defaultdict(float)
        self.parts = defaultdict(float)
        self.tests = defaultdict(set)
        self.workers = defaultdict(float)

    def pytest_runtest_logreport(self, report):
        part = part_of(report.nodeid)
        self.classes[class_of(report.nodeid)] += report.duration
        self.parts[part] += report.duration
        self.tests[part].add(report.nodeid)
        if worker := getattr(report, "node", None):
            self.workers[worker.gateway.id] += report.duration

    def pytest_sessionfinish(self, exitstatus):
        # A run on one process is often one of a few tests, not of whole classes.
        if self.workers and exitstatus in (
            pytest.ExitCode.OK,
            pytest.ExitCode.TESTS_FAILED,
        ):
            self.config.cache.set(REMEMBERED, self.classes)

    def pytest_terminal_summary(self, terminalreporter):
        terminalreporter.write_sep("=", "seconds by part")
        for part in sorted(self.parts, key=self.parts.get, reverse=True):
            terminalreporter.write_line(
                f"{self.parts[part]:7.1f}  {part} ({len(self.tests[part])} tests)"
            )
        for worker, seconds in sorted(self.workers.items()):
            terminalreporter.write_line(f"{seconds:7.1f}  busy: {worker}")
