from lxml import etree

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools.safe_eval import safe_eval

from ..common import KamCase

LEADS = "Only the leader of the territory"


@tagged("post_install", "-at_install")
class TestAccountPeople(KamCase):
    """In which territory an account starts, and who moves it to another one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.amy, cls.sue, cls.sam = (cls.users[u] for u in ("amy", "sue", "sam"))
        sia = new_test_user(
            cls.env,
            login="sia",
            groups="base.group_user,key_account_management.group_kam_supervisor",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        cls.south = cls.env["crm.team"].create({"name": "South", "user_id": sia.id})
        cls.env["crm.team.member"].create(
            [
                {"user_id": cls.amy.id, "crm_team_id": cls.east.id},
                {"user_id": cls.users["ben"].id, "crm_team_id": cls.south.id},
            ]
        )
        cls.partner = cls._customer("New")

    def _start(self, user, **values):
        return self.Account.with_user(user).create(
            {"partner_id": self.partner.id, **values}
        )

    # ------------------------------------------------------------
    # New accounts
    # ------------------------------------------------------------

    def test_new_account_is_not_shown_as_archived(self):
        """Before its customer is chosen, either, of whom it takes whether it is."""
        form = etree.fromstring(self.Account.get_view(view_type="form")["arch"])
        (ribbon,) = form.xpath("//widget[@name='web_ribbon'][@title='Archived']")
        account = self.Account.with_user(self.amy).onchange(
            {}, [], {"active": {}, "partner_id": {}}
        )["value"]
        self.assertTrue(safe_eval(ribbon.get("invisible"), account))

    def test_new_account_is_in_the_territory_of_its_manager(self):
        for route in ("create", "named", "form"):
            with self.subTest(persona="amy", route=route):
                if route == "form":
                    form = Form(self.Account.with_user(self.amy))
                    form.partner_id = self.partner
                    self.assertEqual(form.team_id, self.east)
                    account = form.save()
                else:
                    named = {"team_id": self.east.id} if route == "named" else {}
                    account = self._start(self.amy, **named)
                self.assertEqual(account.team_id, self.east)
                self.assertTrue(account.with_user(self.sue).has_access("write"))
                account.sudo().unlink()

    def test_leader_starts_accounts_of_others(self):
        account = self._start(self.sue, manager_id=self.amy.id)
        self.assertEqual(account.team_id, self.east)
        account.sudo().unlink()
        ben = self.users["ben"].id
        for values in (
            {"manager_id": ben},
            {"manager_id": ben, "team_id": False},
            {"team_id": self.south.id},
        ):
            for user in (self.sue, self.amy):
                with self.subTest(persona=user.login, values=values):
                    with self.assertFails(AccessError, LEADS):
                        self._start(user, **values)
        with self.assertFails(AccessError, LEADS):
            self._start(self.amy, manager_id=self.sue.id)
        form = Form(self.Account.with_user(self.users["max"]))
        form.manager_id = self.amy
        self.assertEqual(form.team_id, self.east)
        form.manager_id = self.users["ben"]
        self.assertEqual(form.team_id, self.south)

    def test_territory_of_another_company(self):
        oak = self._create_company("Oak Test")
        (self.amy + self.sue).company_ids |= oak
        self.east.company_id = oak
        self.assertFalse(self._start(self.amy).team_id)

    def test_what_the_system_starts_is_of_nobody(self):
        account = self.Account.with_user(self.amy).sudo()
        account = account.create({"partner_id": self.partner.id})
        self.assertFalse(account.manager_id or account.team_id)

    def test_territory_stays_when_the_manager_changes(self):
        account = self._start(self.amy)
        account.with_user(self.users["max"]).manager_id = self.users["ben"]
        self.assertEqual(account.team_id, self.east)
        with Form(account.with_user(self.users["max"])) as form:
            form.manager_id = self.amy
            self.assertEqual(form.team_id, self.east)
        account.sudo().write({"team_id": False})
        account.with_user(self.users["max"]).manager_id = self.users["ben"]
        self.assertFalse(account.team_id)

    # ------------------------------------------------------------
    # Own accounts without territory
    # ------------------------------------------------------------

    def test_supervisor_places_her_own_account(self):
        account = self._start(self.sue)
        self.assertFalse(account.team_id)
        self.assertTrue(account.is_led)
        for values in (
            {"team_id": self.south.id},
            {"manager_id": self.amy.id},
            {"member_ids": [Command.create({"user_id": self.amy.id})]},
        ):
            with self.subTest(values), self.assertFails(AccessError, LEADS):
                account.write(values)
        account.write(
            {
                "team_id": self.east.id,
                "member_ids": [Command.create({"user_id": self.amy.id})],
            }
        )
        self.assertEqual(account.team_id, self.east)
        self.assertEqual(account.member_ids.user_id, self.amy)

    def test_others_do_not_place_it(self):
        own = self._start(self.users["ben"], team_id=False)
        own.member_ids.sudo().create({"account_id": own.id, "user_id": self.sue.id})
        for user in (self.users["ben"], self.sue):
            with self.subTest(persona=user.login):
                account = own.with_user(user)
                self.assertFalse(account.is_led)
                with self.assertFails(AccessError, LEADS):
                    account.team_id = self.east

    # ------------------------------------------------------------
    # Another territory
    # ------------------------------------------------------------

    def test_who_leads_one_of_two_territories_is_told_whom_to_ask(self):
        account = self._start(self.amy)
        for user, team, allowed in (
            (self.sue, self.south, False),
            (self.sue, self.china, False),
            (self.sue, self.south.browse(), False),
            (self.sam, self.south, False),
            (self.sam, self.china, True),
            (self.users["max"], self.south, True),
        ):
            with self.subTest(persona=user.login, team=team.name):
                seen = account.with_user(user)
                if allowed:
                    seen.team_id = team
                    self.assertEqual(account.team_id, team)
                    continue
                with self.assertFails(AccessError, "a key-account manager can change"):
                    seen.team_id = team

    def test_form_stays_open_while_one_chooses(self):
        with Form(self._start(self.amy).with_user(self.sue)) as form:
            form.team_id = self.south
            self.assertTrue(form.is_led)
            form.team_id = self.east
