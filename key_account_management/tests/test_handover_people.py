from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tests.common import warmup

from .common_handover import HandoverCase

FEW, MANY = 4, 40


@tagged("post_install", "-at_install")
class TestHandoverPeople(HandoverCase):
    """Who gets, loses and may hand over; and many accounts at once."""

    def test_quotations_and_salesperson(self):
        orders = self.env["sale.order"].create(
            [
                {
                    "partner_id": partner.id,
                    "company_id": self.company.id,
                    "user_id": self.amy.id,
                    "order_line": [Command.create({"product_id": self.product.id})],
                }
                for partner in (*self.partners, self.partners[0])
            ]
        )
        orders[2].action_confirm()
        self.partners.user_id = self.amy
        self._wizard().action_hand_over()
        self.assertEqual(
            [order.user_id for order in orders], [self.ben, self.amy, self.amy]
        )
        self.assertEqual(
            [partner.user_id for partner in self.partners], [self.ben, self.amy]
        )

    def test_salesperson_of_another_company(self):
        """Who goes on managing the customer elsewhere stays the salesperson."""
        other = self._create_company("Oak Test")
        self.Account.create(
            {
                "partner_id": self.partners[0].id,
                "company_id": other.id,
                "manager_id": self.amy.id,
            }
        )
        self.partners.user_id = self.amy
        self._wizard().action_hand_over()
        self.assertEqual(self.partners.user_id, self.amy)

    def test_screenings_and_what_sleeps(self):
        screenings = self.env["kam.screening"].create(
            [
                {
                    "partner_id": partner.id,
                    "company_id": self.company.id,
                    "user_id": user.id,
                }
                for partner, user in zip(
                    self.partners, (self.amy, self.sue), strict=True
                )
            ]
        )
        call = screenings[1].activity_schedule(
            "mail.mail_activity_data_call", user_id=self.amy.id
        )
        occasion = self.env["kam.occasion"].create(
            {
                "name": "Move",
                "account_id": self.moving.id,
                "date": "2030-01-01",
                "active": False,
            }
        )
        gone = self.contacts[0].copy({"active": False})
        visit = gone.activity_schedule(
            "mail.mail_activity_data_call", user_id=self.amy.id
        )
        self._wizard(self.accounts).action_hand_over()
        self.assertEqual(
            [screening.user_id for screening in screenings], [self.ben, self.sue]
        )
        for record in (call, occasion, visit):
            self.assertEqual(record.user_id, self.ben, record)

    def test_former_manager_follows_no_more(self):
        """Or else the talk would go on reaching who may not read the account."""
        occasion = self.env["kam.occasion"].create(
            {"name": "Move", "account_id": self.moving.id, "date": "2030-01-01"}
        )
        partners = (self.amy + self.sue).partner_id
        for record in (self.moving, occasion, self.staying):
            record.message_subscribe(partners.ids)
        self._wizard(stays_on_team=True).action_hand_over()
        self.assertLessEqual(partners, self.moving.message_partner_ids)
        self.moving.manager_id = occasion.user_id = self.amy
        self._wizard().action_hand_over()
        for record in (self.moving, occasion):
            self.assertNotIn(self.amy.partner_id, record.message_partner_ids)
            self.assertIn(self.sue.partner_id, record.message_partner_ids)
        self.assertLessEqual(partners, self.staying.message_partner_ids)

    def test_back_again(self):
        self._wizard(stays_on_team=True).action_hand_over()
        self._wizard(
            from_user_id=self.ben.id, to_user_id=self.amy.id
        ).action_hand_over()
        self.assertEqual(self.moving.manager_id, self.amy)
        self.assertEqual(self.contacts[0].kam_owner_id, self.amy)
        self.assertEqual(self.moving.member_ids.user_id, self.amy)
        self.assertFalse(self.Account.with_user(self.ben).search([]))

    def test_note_in_the_language_of_the_receiver(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.ben.lang = "fr_FR"
        summaries = []

        def create(activities, activity_type, vals_list):
            summaries.extend(vals["summary"] for vals in vals_list)

        self.patch(self.env.registry["mail.activity"], "_kam_create", create)
        self.patch(
            type(self.env),
            "_",
            lambda env, text, *args, **kwargs: f"{env.lang} {text}",
        )
        self._wizard()._ask_to_read()
        self.assertRegex(summaries[0], "^fr_FR Take over")

    # ------------------------------------------------------------
    # Who may, bad input
    # ------------------------------------------------------------

    def test_supervisor_hands_over_what_she_managed_herself(self):
        """Outside her territory: she may read the accounts no more afterwards."""
        self.moving.write({"manager_id": self.sue.id, "team_id": False})
        self.env.flush_all()
        self.env.invalidate_all()
        self._wizard(from_user_id=self.sue.id).action_hand_over()
        self.env.invalidate_all()
        self.assertEqual(self.moving.manager_id, self.ben)
        self.assertFalse(self.moving.with_user(self.sue).has_access("read"))
        note = self.moving.message_ids.filtered(lambda m: "Price talks" in m.body)
        self.assertEqual(note.author_id, self.sue.partner_id)

    def test_notes_of_others_are_not_read(self):
        wizard = self._wizard().with_user(self.users["sam"])
        with self.assertRaises(AccessError):
            wizard.read(["note"])

    def test_one_company_at_a_time(self):
        other = self._create_company("Oak Test")
        foreign = self.Account.create(
            {
                "partner_id": self.partners[0].id,
                "company_id": other.id,
                "manager_id": self.amy.id,
            }
        )
        (self.sue + self.ben).company_ids |= other
        foreign.team_id = self.east
        self.env = self.env(context={"allowed_company_ids": (self.company + other).ids})
        wizard = self._wizard(self.moving + foreign)
        with self.assertFails(UserError, "one company at a time"):
            wizard.action_hand_over()

    def test_account_managers_do_not_hand_over(self):
        with self.assertRaises(AccessError):
            self._wizard(login="amy")
        wizard = self._wizard()
        with self.assertFails(AccessError, "Only supervisors"):
            wizard.sudo().with_user(self.amy).sudo(False)._check_handover()

    def test_supervisor_of_another_territory(self):
        wizard = self._wizard()
        self.moving.team_id = False
        self.env.flush_all()
        self.env.invalidate_all()
        # An AccessError is one, too: it depends on what her form still shows.
        with self.assertRaises(UserError):
            wizard.action_hand_over()
        self.env.invalidate_all()
        self.assertEqual(self.moving.manager_id, self.amy)

    def test_bad_input(self):
        other = self._create_company("Oak Test")
        foreign = new_test_user(
            self.env,
            login="foreign",
            groups="base.group_user,key_account_management.group_kam_user",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        for values, message in (
            ({"to_user_id": self.amy.id}, "somebody else"),
            ({"to_user_id": self.users["joe"].id}, "no account manager"),
            ({"to_user_id": foreign.id}, "does not work for the company"),
            ({"from_user_id": self.ben.id, "to_user_id": self.amy.id}, "not managed"),
        ):
            wizard = self._wizard(**values)
            with self.subTest(message), self.assertFails(UserError, message):
                wizard.action_hand_over()
        wizard = self._wizard()
        wizard.account_ids = False
        with self.assertFails(UserError, "Choose the accounts"):
            wizard.action_hand_over()
        self.assertEqual(self.accounts.manager_id, self.amy)

    # ------------------------------------------------------------
    # Growth
    # ------------------------------------------------------------

    @warmup
    def test_many_accounts(self):
        partners = self._customers(FEW + FEW + MANY, "Many")
        self._invoices([(partner, 100.0) for partner in partners])
        self._refresh()
        accounts = self.Account.search([("partner_id", "in", partners.ids)])
        accounts.write({"manager_id": self.amy.id, "team_id": self.east.id})
        self.env["res.partner"].create(
            [
                {"name": "Buyer", "parent_id": p.id, "kam_owner_id": self.amy.id}
                for p in partners
            ]
        )
        for account in accounts:
            account.activity_schedule(
                "mail.mail_activity_data_call", user_id=self.amy.id
            )
        slices = accounts[:FEW], accounts[FEW : 2 * FEW], accounts[2 * FEW :]
        counts = []
        for some in slices:
            wizard = self._wizard(some)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            wizard.action_hand_over()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(accounts.manager_id, self.ben)
        self.assertLessEqual(counts[2], counts[1] + 10)
