"""What a menu offers, a person may open: a walk through the demo company."""

from collections import defaultdict

from odoo import Command
from odoo.tests import new_test_user

from .client import MODULE, Client

# Who walks; who of them sees the whole company
PEOPLE = ("linwei", "zhaomin", "sunli", "zhoutao", "wugang", "xujing", "admin")
ALL_SEEING = ("sunli", "zhoutao", "wugang", "xujing")
OUTSIDERS = {
    "employee": "base.group_user",
    "salesman": "base.group_user,sales_team.group_sale_salesman",
}
# Nobody of the demo company is away.
WITHOUT_RECORDS = {"kam_menu_deputies"}
# Menus with records that are as personal as the profile of a contact
PERSONAL = {"kam_menu_occasions"}
# Menus that show everybody what is their own at first, and some have nothing of it
OWN_AT_FIRST = {"kam_menu_to_approve", "kam_menu_visits_all", "kam_menu_visits_due"}


class DemoWalk:
    """Tests of the class that has loaded the demo data."""

    def _clients(self, logins):
        for login in logins:
            user = self.env["res.users"].search([("login", "=", login)])
            yield Client(user, self.company)

    def _menus(self, client):
        """:return: dict of the menus of this addon with an action, by their names"""
        data = self.env["ir.model.data"].search(
            [("module", "=", MODULE), ("model", "=", "ir.ui.menu")]
        )
        seen = client.env["ir.ui.menu"]._visible_menu_ids()
        menus = {row.name: self.env["ir.ui.menu"].browse(row.res_id) for row in data}
        return {
            name: menu
            for name, menu in menus.items()
            # With all above it: others are not reached.
            if menu.action
            and seen.issuperset(map(int, menu.parent_path.split("/")[:-1]))
        }

    def _open_menu(self, client, menu):
        action = client.load_action(menu.action.id)
        return client.run_action(action, depth=1)

    def _create_outsiders(self):
        """People who have no part in key accounts; one of them sells."""
        for login, groups in OUTSIDERS.items():
            new_test_user(
                self.env,
                login,
                groups,
                company_id=self.company.id,
                company_ids=[Command.set(self.company.ids)],
            )

    # ------------------------------------------------------------
    # Menus
    # ------------------------------------------------------------

    def test_menus(self):
        """Everything opens, and nothing is empty that should not be."""
        failures = []
        opened = defaultdict(dict)
        for client in self._clients(PEOPLE):
            for name, menu in self._menus(client).items():
                result = client.attempt(name, self._open_menu, client, menu)
                if result and result.total is not None:
                    opened[name][client.login] = result
            self.assertGreater(client.counts["buttons"], 10, client.login)
            failures += client.failures
        self.assertFalse(failures, "\n".join(failures))
        self.assertGreater(len(opened), 25)
        for name, by_login in opened.items():
            with self.subTest(menu=name):
                self._check_not_empty(name, by_login)

    def _check_not_empty(self, name, by_login):
        totals = {login: result.total for login, result in by_login.items()}
        empty = {login for login, total in totals.items() if not total}
        self.assertEqual(bool(empty), name in WITHOUT_RECORDS, empty)
        complete = {totals[login] for login in ALL_SEEING if login in totals}
        if name not in PERSONAL:
            self.assertLessEqual(len(complete), 1, totals)
        if name not in OWN_AT_FIRST | WITHOUT_RECORDS:
            hidden = {login for login, result in by_login.items() if not result.shown}
            self.assertFalse(hidden, "The filters set by default hide all")

    def test_no_menus_for_outsiders(self):
        self._create_outsiders()
        for client in self._clients(OUTSIDERS):
            self.assertFalse(self._menus(client), client.login)

    # ------------------------------------------------------------
    # Views of core
    # ------------------------------------------------------------

    def _views_of_core(self):
        """Views of core's models that this addon extends: the whole views."""
        data = self.env["ir.model.data"].search(
            [("module", "=", MODULE), ("model", "=", "ir.ui.view")]
        )
        views = self.env["ir.ui.view"].browse(data.mapped("res_id"))
        views = views.filtered(
            lambda v: v.model and not v.model.startswith("kam.") and v.inherit_id
        )
        while extensions := views.filtered(lambda v: v.mode == "extension"):
            views = views - extensions + extensions.inherit_id
        return views

    def test_views_of_core(self):
        """They open for everyone, and so does what this addon adds to them."""
        self._create_outsiders()
        failures = []
        for client in self._clients([*PEOPLE, *OUTSIDERS]):
            client.presses = client.is_ours
            for view in self._views_of_core():
                # Core's form of a team is for those who may read leads.
                wanted = "crm.lead" if view.model == "crm.team" else view.model
                if client.env[wanted].has_access("read"):
                    client.attempt(view.xml_id, self._open_view, client, view)
            self.assertTrue(client.counts["forms"], client.login)
            failures += client.failures
        self.assertFalse(failures, "\n".join(failures))

    def _open_view(self, client, view):
        window = {
            "type": "ir.actions.act_window",
            "res_model": view.model,
            "views": [[view.id, view.type]],
        }
        if view.type == "search":
            window.update(views=[[False, "list"]], search_view_id=view.id)
        elif view.type == "form":
            window["views"].insert(0, [False, "list"])
        return client.run_action(window, depth=1)
