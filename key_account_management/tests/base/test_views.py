import re

from lxml import etree

from odoo.tests import TransactionCase, tagged
from odoo.tools import file_open

# How the web client's sources, and ours, make a widget of fields known
REGISTERED = re.compile(r'\.add\(\s*"(?:\w+\.)?(\w+)"')


@tagged("post_install", "-at_install")
class TestViews(TransactionCase):
    def test_widgets_exist(self):
        """The web client shows a field without its widget, and tells nobody."""
        known = set()
        for path, *_rest in self.env["ir.asset"]._get_asset_paths(
            "web.assets_backend", {}
        ):
            if path.endswith(".js"):
                with file_open(path.lstrip("/")) as source:
                    script = source.read()
                if 'category("fields")' in script:
                    known.update(REGISTERED.findall(script))
        self.assertLessEqual({"badge", "kam_explanation"}, known)
        views = self.env["ir.model.data"].search(
            [("module", "=", "key_account_management"), ("model", "=", "ir.ui.view")]
        )
        unknown = {
            (data.name, field.get("widget"))
            for data in views
            for field in etree.fromstring(
                self.env["ir.ui.view"].browse(data.res_id).arch_db
            ).iter("field")
            if field.get("widget") and field.get("widget") not in known
        }
        self.assertFalse(unknown)
