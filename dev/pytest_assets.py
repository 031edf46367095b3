"""Pytest plugin that builds the web client's bundles once for all browser tests.

What a test writes is rolled back, so that otherwise each of them builds the bundles
again, for ten seconds. Odoo's own test runner builds all that there are; these are
the ones that tours load.
"""

import pytest

BUNDLES = [
    "web.assets_web",
    "web.assets_web_print",
    "web.assets_frontend",
    "web.assets_frontend_lazy",
    "web.assets_tests",
]


def build(env):
    """Build the bundles that the database does not hold yet."""
    for name in BUNDLES:
        env["ir.qweb"]._get_asset_bundle(name, css=False, js=True).js()
        env["ir.qweb"]._get_asset_bundle(name, css=True, js=False).css()


@pytest.fixture(scope="session", autouse=True)
def assets(request, load_registry):
    from odoo.api import SUPERUSER_ID, Environment
    from odoo.modules.registry import Registry
    from odoo.tests.common import HttpCase, get_db_name

    classes = [item.cls for item in request.session.items if item.cls]
    if not any(issubclass(cls, HttpCase) for cls in classes):
        return
    with Registry(get_db_name()).cursor() as cr:
        build(Environment(cr, SUPERUSER_ID, {}))
