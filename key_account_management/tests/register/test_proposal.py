from dateutil.relativedelta import relativedelta
from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..common import KamCase


@tagged("post_install", "-at_install")
class TestProposal(KamCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls._customer("Alpha")
        cls._invoice(cls.partner, 1500000.0)
        cls._refresh()
        cls.account = cls._account(cls.partner)
        cls.proposal = cls.account.pending_proposal_id

    def test_difference_becomes_a_proposal(self):
        self.assertEqual(self.proposal.tier_to_id, self.account.tier_computed_id)
        self.assertEqual(self.proposal.tier_to_id, self.key)
        self.assertFalse(self.proposal.tier_from_id)
        self.assertEqual(self.proposal.movement, "entry")
        self.assertEqual(self.proposal.origin, "rule")
        self.assertEqual(
            self.proposal.display_name, "Alpha: Ordinary customer → Key account"
        )

    def test_reasons_are_frozen(self):
        before = self.proposal.explanation
        self._invoice(self.partner, 10000.0)
        self.company.kam_criterion_ids[0].weight = 50
        self._refresh()
        self.assertEqual(self.proposal.approval_state, "pending")
        self.proposal.invalidate_recordset()
        self.assertEqual(self.proposal.explanation, before)
        self.assertEqual(before["criteria"][0]["value"], 1500000.0)

    def test_apply(self):
        self.proposal.with_user(self.users["max"]).action_approve()
        self.assertEqual(self.account.tier_id, self.key)
        self.assertEqual(self.account.tier_date, self.today)
        self.assertEqual(self.proposal.approval_state, "approved")
        self.assertEqual(self.proposal.approval_ids.decided_by_id, self.users["max"])
        move = self.account.history_ids
        self.assertEqual(move.tier_to_id, self.key)
        self.assertEqual(move.user_id, self.users["max"])
        self.assertEqual(move.revenue_12m, 1500000.0)
        self.assertIn("30", move.reason)
        self.assertEqual(move.explanation["criteria"][0]["value"], 1500000.0)
        self.assertIn("Key account", self.account.message_ids[0].body)
        self._refresh()
        self.assertFalse(self.account.pending_proposal_id)

    def test_tier_begins_on_the_day_of_the_company(self):
        self.company.resource_calendar_id.tz = "Asia/Shanghai"
        with freeze_time("2030-05-31 20:00:00"):
            self.account._assign_tier(self.key, {})
        self.assertEqual(self.account.tier_date.isoformat(), "2030-06-01")

    def test_reject_keeps_silence(self):
        self.proposal.with_user(self.users["max"]).action_refuse("Wait for the audit")
        self.assertFalse(self.account.tier_id)
        self.assertEqual(self.proposal.approval_ids.comment, "Wait for the audit")
        self._refresh()
        self.assertFalse(self.account.pending_proposal_id)
        self._pay(self.partner.invoice_ids)
        with freeze_time(self.today + relativedelta(months=3, days=2)):
            self._refresh()
            self.account.invalidate_recordset()
            self.assertTrue(self.account.pending_proposal_id)

    def test_rejected_move_does_not_silence_another(self):
        self.proposal.with_user(self.users["max"]).action_refuse("No")
        self.account.write({"influence": 100, "strategic_fit": 100})
        self.assertEqual(self.account.pending_proposal_id.tier_to_id, self.core)

    def test_withdrawn_when_figures_change(self):
        self.account.write({"influence": 100, "strategic_fit": 100})
        self.assertFalse(self.proposal.active)
        self.assertEqual(self.account.pending_proposal_id.tier_to_id, self.core)
        self._invoice(self.partner, 1490000.0, refund=True)
        self._refresh()
        self.assertFalse(self.account.pending_proposal_id)

    def test_archived_customers_are_left_alone(self):
        partner = self._customer("Gone")
        self._invoice(partner, 1500000.0)
        partner.active = False
        self._refresh()
        self.assertFalse(self._account(partner).proposal_ids)

    def test_only_key_account_managers_decide(self):
        self.account.manager_id = self.users["amy"]
        self.account.team_id = self.east
        for login in ("amy", "sue", "tom"):
            proposal = self.proposal.with_user(self.users[login])
            self.assertFalse(proposal.can_approve)
            with self.assertFails(AccessError, "not allowed to decide"):
                proposal.action_approve()
            with self.assertFails(AccessError, "not allowed to decide"):
                proposal.action_refuse("No")
        with self.assertRaises(AccessError):
            self.proposal.with_user(self.users["joe"]).action_approve()
        self.assertEqual(self.proposal.approval_state, "pending")

    def test_decided_once(self):
        self.proposal.with_user(self.users["max"]).action_approve()
        with self.assertFails(UserError, "already decided on this document"):
            self.proposal.with_user(self.users["dora"]).action_refuse("Too late")
        self.assertEqual(len(self.account.history_ids), 1)

    def test_proposed_by_hand(self):
        self.proposal.with_user(self.users["max"]).action_refuse("No")
        self.account.manager_id = self.users["amy"]
        wizard = self.env["kam.account.propose"].with_user(self.users["amy"])
        form = Form(wizard.with_context(default_account_id=self.account.id))
        form.tier_id = self.strategic
        form.reason = "They double their orders next year"
        action = form.save().action_propose()
        proposal = self.env["kam.tier.proposal"].browse(action["res_id"])
        self.assertEqual(proposal.origin, "manual")
        self.assertEqual(proposal.user_id, self.users["amy"])
        self._refresh()
        self.assertEqual(proposal.approval_state, "pending")
        proposal.with_user(self.users["max"]).action_approve()
        self.assertEqual(self.account.tier_id, self.strategic)
        self.assertEqual(
            self.account.history_ids[0].reason, "They double their orders next year"
        )

    def test_four_eyes(self):
        self.proposal.with_user(self.users["max"]).action_refuse("No")
        proposal = self.env["kam.tier.proposal"].with_user(self.users["max"]).sudo()
        proposal = proposal._propose(self.account.sudo(), self.core, "I like them")
        with self.assertFails(AccessError, "not allowed to decide"):
            proposal.with_user(self.users["max"]).sudo(False).action_approve()
        proposal.with_user(self.users["dora"]).action_approve()
        self.assertEqual(self.account.tier_id, self.core)

    def test_nothing_to_propose(self):
        wizard = self.env["kam.account.propose"].with_user(self.users["max"])
        values = {"account_id": self.account.id, "reason": "?"}
        with self.assertFails(UserError, "in this tier already"):
            wizard.create(values).action_propose()
        with self.assertFails(UserError, "waiting for a decision"):
            wizard.create({**values, "tier_id": self.core.id}).action_propose()

    def test_reject_wizard(self):
        wizard = (
            self.env["kam.approval.decide"]
            .with_user(self.users["max"])
            .create(
                {
                    "approval_ids": [Command.set(self.proposal.approval_ids.ids)],
                    "verdict": "refused",
                    "comment": "Not yet",
                }
            )
        )
        wizard.action_decide()
        self.assertEqual(self.proposal.approval_state, "refused")
        self.assertEqual(self.proposal.approval_ids.comment, "Not yet")

    def test_many_at_once(self):
        partners = self._customers(30)
        self._invoices([(partner, 1500000.0) for partner in partners])
        self._refresh()
        proposals = self.env["kam.tier.proposal"].search(
            [("approval_state", "=", "pending")]
        )
        self.assertEqual(len(proposals), 31)
        proposals.with_user(self.users["max"]).action_approve()
        self.assertEqual(set(proposals.mapped("approval_state")), {"approved"})
        accounts = proposals.account_id
        self.assertEqual(accounts.tier_id, self.key)
        self.assertEqual(len(accounts.history_ids), 31)

    def test_exit(self):
        self.proposal.with_user(self.users["max"]).action_approve()
        self._invoice(self.partner, 1499000.0, refund=True)
        self._refresh()
        proposal = self.account.pending_proposal_id
        self.assertEqual(proposal.movement, "exit")
        proposal.with_user(self.users["max"]).action_approve()
        self.assertFalse(self.account.tier_id)
        self.assertEqual(len(self.account.history_ids), 2)

    def test_archived_customers_wait_for_no_decision(self):
        self.partner.active = False
        self._refresh()
        self.assertFalse(self.proposal.active)

    def test_tier_of_another_company(self):
        other = self._create_company("Oak Test")
        wizard = self.env["kam.account.propose"].with_user(self.users["max"])
        with self.assertFails(UserError, "company"):
            wizard.create(
                {
                    "account_id": self.account.id,
                    "reason": "?",
                    "tier_id": other.kam_tier_ids[0].id,
                }
            )
