from datetime import timedelta

from psycopg2.errors import CheckViolation

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from .common import ScreeningCase

PARTS = (
    "kam.screening.resource",
    "kam.screening.competitor",
    "kam.screening.advantage",
    "kam.screening.statement",
    "kam.risk.line",
)


@tagged("post_install", "-at_install")
class TestDevelopment(ScreeningCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.now = fields.Datetime.now()
        cls.Contact = cls.env["kam.development.contact"]

    def _contact(self, user=None, **values):
        return self.Contact.with_user(user or self.amy).create(values)

    # ------------------------------------------------------------
    # Record
    # ------------------------------------------------------------

    def test_totals_in_order_of_time(self):
        screening = self._screening()
        later = self._contact(screening_id=screening.id, duration=0.5, date=self.now)
        earlier = self._contact(
            screening_id=screening.id,
            duration=1.25,
            date=self.now - timedelta(days=3),
            method="letter",
        )
        on_account = self._contact(
            account_id=self.account.id, duration=2, date=self.now - timedelta(days=9)
        )
        self.assertEqual(later.account_id, self.account)
        records = screening._development_records()
        self.assertEqual(records.contact_id.ids, (on_account + earlier + later).ids)
        self.assertEqual(records.mapped("number"), [1, 2, 3])
        self.assertEqual(records.mapped("total_duration"), [2.0, 3.25, 3.75])
        self.assertEqual(screening.contact_count, 3)
        self.assertEqual(screening.contact_hours, 3.75)

    def test_contacts_of_a_lead_follow_to_the_account(self):
        screening = self._screening(lead_id=self.lead.id)
        contact = self._contact(screening_id=screening.id, person_name="Bea")
        self.assertEqual(contact.customer, "Beta Works")
        self._confirm(screening)
        self.assertEqual(contact.account_id, screening.account_id)
        self.assertTrue(contact.account_id)

    def test_record_goes_on_while_the_confirmation_is_pending(self):
        screening = self._screening()
        screening.action_submit()
        screening.contact_ids = [Command.create({"result": "Called again"})]
        self.assertEqual(screening.contact_ids.result, "Called again")

    def test_record_under_review_stays(self):
        """Contacts may come, those that somebody decides by stay as they are."""
        screening = self._screening()
        contact = self._contact(screening_id=screening.id, reason="Bound")
        screening.action_submit()
        later = self._contact(screening_id=screening.id, reason="Free")
        for user in (self.amy, self.max):
            for kept in (contact + later).with_user(user):
                for route, touch in {
                    "unlink": lambda c: c.unlink(),
                    "write": lambda c: c.write({"reason": "Another"}),
                    "line": lambda c, user=user: screening.with_user(user).write(
                        {"contact_ids": [Command.delete(c.id)]}
                    ),
                    "moved": lambda c: c.write({"screening_id": False}),
                }.items():
                    with (
                        self.subTest(user=user.login, route=route),
                        self.assertFails(UserError, "under review"),
                    ):
                        touch(kept)
        self.assertEqual((contact + later).mapped("reason"), ["Bound", "Free"])
        screening.action_withdraw()
        later.unlink()
        contact.reason = "Bound for good"

    def test_record_is_kept_when_development_fails(self):
        screening = self._screening()
        contact = self._contact(screening_id=screening.id, reason="Bound")
        screening._fail_development(self.reason, "Bound to Rival")
        for user in (self.amy, self.max):
            with self.assertFails(UserError, "archived with its development record"):
                contact.with_user(user).unlink()
            with self.assertFails(UserError, "archived with its development record"):
                contact.with_user(user).reason = "Another"
            with self.assertFails(UserError, "archived with its development record"):
                self._contact(user, screening_id=screening.id)
        found = self.Contact.search([("screening_id.result", "=", "failed")])
        self.assertEqual(found, contact)
        self.assertTrue(self._contact(account_id=self.account.id))

    def test_wrong_entries(self):
        screening = self._screening()
        stranger = self._customer("Stranger", is_company=False)
        with self.assertFails(ValidationError, "do not belong to Alpha"):
            self._contact(screening_id=screening.id, person_id=stranger.id)
        with self.assertFails(ValidationError, "cannot be in the future"):
            self._contact(screening_id=screening.id, date=self.now + timedelta(hours=2))
        with self.assertFails(ValidationError, "Choose the screening or the account"):
            self._contact(result="Nobody")
        other = self.Account.create({"partner_id": self._customer("Other").id})
        contact = self._contact(screening_id=screening.id)
        with self.assertFails(ValidationError, "belongs to another account"):
            contact.sudo().account_id = other
        with self.assertRaises(CheckViolation), self.env.cr.savepoint():
            self._contact(screening_id=screening.id, duration=-1)

    # ------------------------------------------------------------
    # Access
    # ------------------------------------------------------------

    def _records(self, screening):
        screening.write(
            {
                "competitor_ids": [Command.create({"name": "Rival"})],
                "advantage_ids": [Command.create({"kind": "cost", "name": "Stock"})],
                "statement_ids": [Command.create({"date_end": self.today})],
                "contact_ids": [Command.create({"result": "Met"})],
            }
        )

    def test_who_sees_what(self):
        hers = self._screening()
        self._records(hers)
        lead = self.lead.copy({"user_id": self.max.id, "team_id": self.china.id})
        his = self._screening(self.max, lead_id=lead.id)
        his.team_id = self.china
        self._records(his)
        helper = self.Account.create({"partner_id": self._customer("Gamma").id})
        helper.member_ids = [Command.create({"user_id": self.ben.id})]
        helped = self._screening(
            self.users["dora"], partner_id=helper.partner_id.id, complete=False
        )
        everything = hers + his + helped
        for login, visible in (
            ("amy", hers),
            ("ben", helped),
            ("sue", hers),
            ("sam", hers + his),
            ("max", everything),
            ("eve", everything),
            ("tom", everything),
        ):
            env = self.env(user=self.users[login])
            with self.subTest(login=login):
                seen = env["kam.screening"].search([])
                self.assertEqual(seen, visible.sorted())
                for model in (*PARTS, "kam.development.contact"):
                    lines = env[model].search([])
                    self.assertLessEqual(lines.screening_id, visible, model)
                    expected = self.env[model].search([]).screening_id & visible
                    self.assertEqual(lines.screening_id, expected, model)

    def test_outsiders(self):
        screening = self._screening()
        contact = self._contact(screening_id=screening.id)
        salesman = new_test_user(
            self.env,
            login="salesman",
            groups="sales_team.group_sale_salesman_all_leads",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        portal = new_test_user(self.env, login="portal", groups="base.group_portal")
        for user in (salesman, portal, self.users["joe"]):
            for record in (screening, contact, screening.risk_line_ids):
                with self.subTest(user=user.login, model=record._name):
                    self.assertFalse(record.with_user(user).has_access("read"))
                    with self.assertRaises(AccessError):
                        record.with_user(user).search([])
        with self.assertRaises(AccessError):
            self.lead.with_user(salesman).read(["kam_screening_ids"])
        with self.assertRaises(AccessError):
            self.lead.with_user(salesman).action_kam_screen()

    def test_others_do_not_meddle(self):
        screening = self._screening()
        for user in (self.ben, self.users["tom"]):
            with self.assertRaises(AccessError):
                screening.with_user(user).write({"needs": "Mine"})
            with self.assertRaises(AccessError):
                screening.with_user(user)._fail_development(self.reason, "Gone")
            with self.assertRaises(AccessError):
                screening.risk_line_ids.with_user(user).write({"points": 0})
            with self.assertRaises(AccessError):
                self._contact(user, screening_id=screening.id, user_id=self.amy.id)

    def test_screening_opens_no_account(self):
        """Neither figures nor the record of an account that one may not see."""
        screening = self._screening(complete=False)
        screening.sudo().user_id = self.ben
        screening = screening.with_user(self.ben)
        self.assertEqual(screening.account_id, self.account)
        self.assertFalse(screening.revenue_12m)
        self.assertFalse(screening.growth_rate)
        screening.with_user(self.max).user_id = self.amy
        screening.invalidate_recordset()
        self.assertEqual(screening.with_user(self.amy).revenue_12m, 120000.0)
        with self.assertRaises(AccessError):
            self._contact(self.ben, account_id=self.account.id)
        with self.assertRaises(AccessError):
            self._contact(self.ben, screening_id=screening.id)

    def test_companies_are_apart(self):
        screening = self._screening()
        contact = self._contact(screening_id=screening.id)
        other = self._create_company("Oak Test")
        stranger = new_test_user(
            self.env,
            login="stranger",
            groups="base.group_user,key_account_management.group_kam_executive",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        env = self.env(user=stranger, context={})
        for record in (screening, contact, screening.risk_line_ids):
            self.assertFalse(env[record._name].search([("id", "in", record.ids)]))
            self.assertFalse(record.with_env(env).has_access("read"))
        indicators = env["kam.risk.indicator"].search([])
        self.assertEqual(indicators.company_id, other)
        theirs = env["kam.screening"].create({"partner_id": self.customer.id})
        self.assertFalse(theirs.account_id, "the account of this company is not theirs")
        with self.assertRaises(UserError):
            theirs.tier_id = self.key
