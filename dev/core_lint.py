"""Pytest plugin that turns core's `test_lint` on the addons of this repository.

Core checks whatever addons there are, and reports some findings as log messages only.
"""

import subprocess
from pathlib import Path
from unittest.mock import patch

import pytest

from odoo.modules import Manifest
from odoo.tools import config

from dev.setup import ROOT


@pytest.fixture(autouse=True)
def only_our_addons():
    ours = [m for m in Manifest.all_addon_manifests() if Path(m.path).parent == ROOT]
    with (
        patch.object(Manifest, "all_addon_manifests", lambda: ours),
        # test_pylint adds all of Odoo by this path.
        patch.object(config, "root_path", ours[0].path),
    ):
        yield


@pytest.fixture(autouse=True)
def messages_of_pylint_odoo(monkeypatch):
    """Core's pylint does not know them, where they are disabled inline."""
    run = subprocess.run

    def run_without(command, *args, **kwargs):
        if Path(command[0]).name == "pylint":
            command = [*command, "--disable=unknown-option-value"]
        return run(command, *args, **kwargs)

    monkeypatch.setattr(subprocess, "run", run_without)


@pytest.fixture(autouse=True)
def no_findings_in_the_log(caplog):
    with caplog.at_level("WARNING", "odoo"):
        yield
    findings = [
        record.getMessage()
        for record in caplog.get_records("call")
        if record.levelname in ("WARNING", "ERROR")
    ]
    assert not findings, "\n".join(findings)
