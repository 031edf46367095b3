from datetime import timedelta

from dateutil.relativedelta import relativedelta
from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL

from .common import CreditCase


@tagged("post_install", "-at_install")
class TestRuleProposal(CreditCase):
    """What the rules call for, of tiers and of credit grades alike."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls._customer("Alpha")
        cls._owe(cls.partner, 4000000, 20, (0, 4000000))
        cls._refresh()
        cls.account = cls._account(cls.partner)
        cls.account._assign_tier(cls.core, {})
        cls.account.team_id = cls.east
        cls._refresh()
        cls.account.invalidate_recordset()
        cls.proposal = cls.account.pending_proposal_id
        cls.request = cls.account.credit_request_ids

    def _documents_of_the_rules(self):
        """Active document of each kind, by model."""
        self.env.flush_all()
        self.env.invalidate_all()
        return [
            self.env[model].search(
                [("account_id", "=", self.account.id), ("origin", "=", "rule")],
                order="id desc",
                limit=1,
            )
            for model in ("kam.tier.proposal", "kam.credit.request")
        ]

    def _refuse(self):
        for document in self._documents_of_the_rules():
            rows = document.sudo().approval_ids.filtered(lambda r: r.state == "pending")
            decider = rows.decider_ids[:1] or self.users["max"]
            document.with_user(decider).action_refuse("Not now")

    def test_both_are_proposed(self):
        self.assertEqual(self._documents_of_the_rules(), [self.proposal, self.request])
        for document in (self.proposal, self.request):
            self.assertEqual(document.approval_state, "pending")
            self.assertFalse(document.approval_applicant_id)
            for _again in range(2):
                self.assertEqual(document._synchronize(self.company), 0)

    def test_archived_customers_wait_for_no_decision(self):
        self.partner.active = False
        self._refresh()
        for document in (self.proposal, self.request):
            with self.subTest(model=document._name):
                self.assertFalse(document.active)
                self.assertEqual(document.approval_state, "draft")
                self.assertNotIn(
                    "pending", document.sudo().approval_ids.mapped("state")
                )
        self.partner.active = True
        self._refresh()
        for document in self._documents_of_the_rules():
            self.assertEqual(document.approval_state, "pending")

    def test_withdrawn_is_not_submitted_again(self):
        for document in (self.proposal, self.request):
            document._withdraw_undecided()
            with (
                self.subTest(model=document._name),
                self.assertFails(UserError, "was withdrawn"),
            ):
                document.sudo().action_submit()

    def test_half_decided_goes_its_way(self):
        """Somebody worked on it, and archiving the customer does not undo that."""
        self.env["kam.approval.step"].create(
            {
                "name": "Second look",
                "model_id": self.env["ir.model"]._get_id("kam.tier.proposal"),
                "decider_type": "group",
                "group_id": self.env.ref(
                    "key_account_management.group_kam_director"
                ).id,
                "sequence": 99,
            }
        )
        self.proposal._withdraw_undecided()
        self.request._withdraw_undecided()
        self._refresh()
        documents = self._documents_of_the_rules()
        for document in documents:
            rows = document.sudo().approval_ids.filtered(lambda r: r.state == "pending")
            decider = rows.decider_ids[:1] or self.users["max"]
            document.with_user(decider).action_approve()
            self.assertEqual(document.approval_state, "pending")
        self._invoice(self.partner, 3990000.0, refund=True)
        self._refresh()
        self.assertEqual(self._documents_of_the_rules(), documents)
        decided = documents[0].sudo().approval_ids.filtered("decided_by_id")
        for active in (False, True):  # for a night
            self.partner.active = active
            self._refresh()
            for document in documents:
                with self.subTest(model=document._name, customer_active=active):
                    self.assertTrue(document.active)
                    self.assertEqual(document.approval_state, "pending")
        self.assertEqual(decided.state, "approved")

    def test_silence_runs_from_the_decision(self):
        self._refuse()
        over = relativedelta(months=self.company.kam_proposal_silence, days=2)
        before = self._documents_of_the_rules()
        with freeze_time(fields.Datetime.now() + relativedelta(months=1)):
            for document in before:  # somebody touches it
                self.env.cr.execute(
                    SQL(
                        "UPDATE %s SET write_date = %s",
                        SQL.identifier(document._table),
                        fields.Datetime.now() + timedelta(days=20),
                    )
                )
            for document in before:
                self.assertEqual(document._synchronize(self.company), 0)
        with freeze_time(fields.Datetime.now() + over):
            for document in before:
                with self.subTest(model=document._name):
                    self.assertEqual(document._synchronize(self.company), 1)

    def test_another_move_is_not_silenced(self):
        """The same class, from another one, is another move."""
        self._refuse()
        self.account._assign_tier(self.strategic, {})
        self.account._assign_credit(self.black, 0, self.black.payment_term_id)
        self._refresh()
        for document in self._documents_of_the_rules():
            with self.subTest(model=document._name):
                self.assertEqual(document.approval_state, "pending")
