from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged

from .common import VisitCase


@tagged("post_install", "-at_install")
class TestVisitAccess(VisitCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.visit = cls._planned()
        cls.visit.finding_ids = [Command.create({"name": "New line"})]
        # A customer of nobody, in no territory, visited by max
        cls.beta = cls.Account.create(
            {
                "partner_id": cls._customer("Beta").id,
                "manager_id": False,
                "tier_id": False,
            }
        )
        cls.beta.sudo().tier_id = cls.key
        cls.other = (
            cls.env["kam.visit"]
            .with_user(cls.users["max"])
            .create(
                {
                    "account_id": cls.beta.id,
                    "start": cls.tomorrow,
                    "state": "planned",
                }
            )
        )

    def _seen(self, login, model="kam.visit"):
        return self.env[model].with_user(self.users[login]).search([])

    def test_who_sees_which_visit(self):
        everything = self.visit + self.other
        for login, visits in (
            ("amy", self.visit),
            ("ben", self.Visit.browse()),
            ("sue", self.visit),
            ("sam", self.visit),
            ("max", everything),
            ("dora", everything),
            ("eve", everything),
            ("tom", everything),
        ):
            with self.subTest(login=login):
                self.assertEqual(self._seen(login), visits)
                checks = self._seen(login, "kam.visit.check")
                self.assertEqual(checks.visit_id, visits)
                findings = self._seen(login, "kam.visit.finding")
                self.assertEqual(findings.visit_id, visits & self.visit)
                dues = self._seen(login, "kam.visit.due")
                accounts = visits.sudo().account_id
                if self.visit in visits:
                    accounts += self.target_account
                self.assertEqual(dues.account_id, accounts)

    def test_members_of_the_team(self):
        self.account.member_ids = [Command.create({"user_id": self.users["ben"].id})]
        visit = self._seen("ben")
        self.assertEqual(visit, self.visit)
        visit.suggestions = "Send samples"

    def test_party_reads_and_records_but_takes_no_account(self):
        self.other.user_ids += self.users["ben"]
        visit = self._seen("ben")
        self.assertEqual(visit, self.other)
        visit.main_points = "Was there"
        visit.finding_ids = [Command.create({"name": "New line"})]
        self.assertTrue(
            visit.web_read({"account_id": {"fields": {"display_name": {}}}})
        )
        self.assertIn("Was there", visit.read(["main_points"])[0]["main_points"])
        with self.assertRaises(AccessError):
            visit.unlink()
        with self.assertRaises(AccessError):
            visit.create(
                {
                    "account_id": self.account.id,
                    "start": self.tomorrow,
                    "user_ids": [Command.set(self.users["ben"].ids)],
                }
            )

    def test_auditor_changes_nothing(self):
        visit = self.visit.with_user(self.users["tom"])
        self.assertTrue(visit.preparation)
        for action in ("action_cancel", "action_check_in", "action_schedule_meeting"):
            with self.assertRaises(AccessError):
                getattr(visit, action)()
        with self.assertRaises(AccessError):
            visit.finding_ids.action_hand_over()

    def test_follow_up_of_others(self):
        held = self._held()
        with self.assertRaises(AccessError):
            held.with_user(self.users["ben"]).action_follow_up_by_phone()

    def test_other_company(self):
        elsewhere = self._create_company("Elsewhere")
        self.env.user.company_ids |= elsewhere
        partner = self._customer("Gamma")
        account = (
            self.Account.with_context(allowed_company_ids=elsewhere.ids)
            .with_company(elsewhere)
            .create({"partner_id": partner.id, "company_id": elsewhere.id})
        )
        account.sudo().is_potential = True
        visit = self.env["kam.visit"].create(
            {"account_id": account.id, "start": self.tomorrow}
        )
        self.assertEqual(visit.company_id, elsewhere)
        self.assertTrue(
            self.env["kam.visit.due"].sudo().search([("account_id", "=", account.id)])
        )
        for login in ("max", "eve", "tom"):
            self.assertNotIn(visit, self._seen(login))
            self.assertNotIn(account, self._seen(login, "kam.visit.due").account_id)
            with self.assertRaises(AccessError):
                visit.with_user(self.users[login]).read(["purpose"])
        # Numbers of their own
        self.assertTrue(visit.name.endswith("-0001"))

    def test_party_is_of_the_company(self):
        elsewhere = self._create_company("Elsewhere")
        stranger = new_test_user(
            self.env,
            login="zoe",
            groups="base.group_user,key_account_management.group_kam_user",
            company_id=elsewhere.id,
            company_ids=[Command.set(elsewhere.ids)],
        )
        for values in ({"user_id": stranger.id}, {"user_ids": stranger.ids}):
            with self.assertFails(ValidationError, "do not work for Evergreen.*zoe"):
                self.visit.write(values)

    def test_types_and_cadence_of_other_companies(self):
        elsewhere = self._create_company("Elsewhere")
        kind = self.type.copy({"company_id": elsewhere.id})
        Type = self.env["kam.visit.type"].with_user(self.users["max"])
        self.assertNotIn(kind, Type.search([]))
        self.assertIn(self.type, Type.search([]))
        cadences = self._seen("max", "kam.visit.cadence")
        self.assertEqual(cadences.company_id, self.company)
