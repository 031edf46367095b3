from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tests.common import warmup

from odoo.addons.key_account_management.models.kam_occasion import ACTIVITY_TYPE

from .common_occasion import OccasionCase

FEW, MANY = 4, 40


@tagged("post_install", "-at_install")
class TestOccasionAccess(OccasionCase):
    """Accounts, bad input, access and growth."""

    # ------------------------------------------------------------
    # Account
    # ------------------------------------------------------------

    @freeze_time("2026-06-25")
    def test_open_occasions_of_an_account(self):
        done = self._occasion("2026-07-01", response="letter")
        self._occasion("2026-08-01")
        for login, count in (("amy", 2), ("sue", 2), ("tom", 2)):
            account = self.account.with_user(self.users[login])
            self.assertEqual(account.occasion_count, count, login)
        done.action_respond()
        done.action_done()
        self.assertEqual(self.account.occasion_count, 1)
        action = self.account.action_view_occasions()
        self.assertEqual(self.Occasion.search_count(action["domain"]), 2)
        self.assertEqual(action["context"]["default_account_id"], self.account.id)

    def test_growth_on_accounts(self):
        accounts = self.Account.create(
            [{"partner_id": partner.id} for partner in self._customers(MANY)]
        )
        for account in accounts:
            self._occasion("2026-07-01", account_id=account.id)

        def look(size):
            accounts[:size].mapped("occasion_count")

        look(FEW)
        self.assertLessEqual(self._count(look, MANY), self._count(look, FEW))

    # ------------------------------------------------------------
    # Bad input, access, growth
    # ------------------------------------------------------------

    @freeze_time("2026-06-25")
    def test_what_the_system_fills_in_is_not_entered(self):
        occasion = self._occasion("2026-07-01").with_user(self.users["amy"])
        for vals in (
            {"state": "done"},
            {"superior_id": self.users["sue"].id},
            {"last_date": "2026-07-01"},
            {"next_date": "2026-07-01"},
        ):
            with self.assertFails(AccessError, "cannot be entered"):
                occasion.write(vals)
        with self.assertFails(AccessError, "cannot be entered"):
            self.Occasion.with_user(self.users["amy"]).create(
                {
                    "name": "Honour",
                    "account_id": self.account.id,
                    "date": "2026-07-01",
                    "state": "done",
                }
            )
        for login in ("ben", "tom"):
            with self.assertRaises(AccessError):
                occasion.with_user(self.users[login]).action_respond()

    @freeze_time("2026-06-25")
    def test_occasion_stays_with_its_customer(self):
        other = self.Account.create({"partner_id": self._customer("Beta").id})
        occasion = self._occasion("2026-07-01")
        with self.assertFails(UserError, "stays with its customer"):
            occasion.account_id = other
        occasion.write({"account_id": self.account.id, "name": "Jubilee"})
        self.assertEqual(occasion.name, "Jubilee")

    def test_type_of_activity_is_kept(self):
        with self.assertRaises(UserError):
            self.env.ref(ACTIVITY_TYPE).unlink()

    @freeze_time("2026-06-25")
    def test_bad_input(self):
        occasion = self._occasion("2026-07-01")
        with self.assertFails(UserError, "Choose a response for “Foundation”"):
            occasion.action_respond()
        with self.assertFails(UserError, "before it is done"):
            occasion.action_done()
        with self.assertFails(UserError, "is open"):
            occasion.action_reopen()
        stranger = self._customer("Beta")
        with self.assertFails(ValidationError, "Beta does not belong to Alpha"):
            occasion.partner_id = stranger
        self.assertEqual(occasion.state, "coming")

    @freeze_time("2026-06-25")
    def test_no_response_to_what_is_over(self):
        over = self._occasion("2026-05-01", response="letter")
        self._remind()
        with self.assertFails(UserError, "is over"):
            over.action_respond()
        over.action_reopen()
        over.action_respond()
        with self.assertFails(UserError, "answered already"):
            over.action_respond()

    def test_who_sees_occasions(self):
        occasion = self._occasion("2026-07-01")
        for login, seen in (
            ("amy", True),
            ("ben", False),
            ("sue", True),
            ("sam", True),
            ("max", True),
            ("tom", True),
        ):
            found = self.Occasion.with_user(self.users[login]).search([])
            self.assertEqual(bool(found & occasion), seen, login)

    def test_other_companies_see_no_occasions(self):
        other = self._create_company("Oak Test")
        occasion = self._occasion("2020-07-01")
        self._remind()
        self.assertTrue(occasion.turn_ids)
        eve = self.users["eve"]
        eve.write({"company_ids": [Command.set(other.ids)], "company_id": other.id})
        env = self.env(user=eve, context={"allowed_company_ids": other.ids})
        for model in ("kam.occasion", "kam.occasion.turn"):
            self.assertFalse(env[model].search([]), model)

    @freeze_time("2026-06-25")
    def test_form(self):
        form = Form(self.Occasion.with_user(self.users["amy"]))
        form.name = "Move"
        form.account_id = self.account
        form.date = "2026-08-01"
        occasion = form.save()
        self.assertEqual(occasion.user_id, self.users["amy"])

    @warmup
    def test_reminders_of_many(self):
        counts = []
        with freeze_time("2026-06-25"):
            for size in (FEW, FEW, MANY):
                self.Occasion.search([]).unlink()
                for i in range(size):
                    self._occasion("2026-07-01", name=str(i))
                counts.append(self._count(self._remind))
        self.assertLessEqual(counts[2], counts[1] + 3)
        occasions = self.Occasion.search([])
        self.assertEqual(len(occasions.activity_ids), 2 * MANY)
        types = occasions.activity_ids.activity_type_id
        self.assertEqual(types, self.env.ref(ACTIVITY_TYPE))
