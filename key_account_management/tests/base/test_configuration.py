from odoo.tests import Form, tagged

from ..common import KamCase


@tagged("post_install", "-at_install")
class TestConfiguration(KamCase):
    """Whoever has a menu can use what it opens."""

    def test_forms_of_the_marketing_director(self):
        dora = self.users["dora"]
        menus = self.env["ir.ui.menu"].with_user(dora)
        root = self.env.ref("key_account_management.kam_menu_configuration")
        opened = set()
        visible = menus._visible_menu_ids()
        for menu in menus.search(
            [("id", "child_of", root.id), ("id", "in", list(visible))]
        ):
            action = menu.sudo().action
            if (
                not action
                or action._name != "ir.actions.act_window"
                or "form" not in action.view_mode
            ):
                continue
            records = self.env[action.res_model].with_user(dora)
            if not records._transient:
                records = records.search([])
            for record in records or [records]:
                with self.subTest(menu.name, record=record):
                    self._open_form(record)
            opened.add(records._name)
        self.assertLessEqual({"kam.tier", "kam.approval.step"}, opened)

    def _open_form(self, record):
        """As the web client does, with the name of each record that is shown."""
        if not record:
            Form(record)
            return
        views = record.get_views([(False, "form")])
        names = views["models"][record._name]["fields"]
        arch = views["views"]["form"]["arch"]
        shown = [name for name in names if f'name="{name}"' in arch]
        self.assertTrue(shown)
        record.web_read(
            {
                name: {"fields": {"display_name": {}}}
                if record._fields[name].relational
                else {}
                for name in shown
            }
        )
        Form(record)
