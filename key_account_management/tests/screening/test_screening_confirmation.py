from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import ScreeningCase


@tagged("post_install", "-at_install")
class TestScreeningConfirmation(ScreeningCase):
    """Reviewed by the supervisor, decided by the manager (B3)."""

    def test_confirmation_of_a_customer(self):
        screening = self._screening()
        screening.tier_id = self.core
        screening.action_submit()
        self.assertEqual(screening.stage, "confirmation")
        steps = screening.approval_ids
        self.assertEqual(steps.mapped("state"), ["pending", "waiting"])
        activity = screening.activity_ids
        self.assertEqual(activity.user_id, self.sue)
        self.assertEqual(activity.date_deadline, steps[0].deadline)
        with self.assertFails(UserError, "cannot be changed"):
            screening.needs = "Something else"
        with self.assertFails(UserError, "cannot be changed"):
            screening.risk_line_ids[0].points = 0
        with self.assertRaises(AccessError):
            screening.with_user(self.max).action_approve()
        screening.with_user(self.sue).action_approve()
        self.assertFalse(self.account.tier_id)
        screening.with_user(self.max).action_approve("Welcome")

        self.assertEqual(screening.result, "confirmed")
        self.assertEqual(screening.stage, "archived")
        self.assertEqual(self.account.tier_id, self.core)
        self.assertEqual(self.account.manager_id, self.amy)
        history = self.account.history_ids
        self.assertEqual(history.user_id, self.max)
        self.assertIn(screening.name, history.reason)
        self.assertIn("Low risk", history.reason)
        with self.assertFails(UserError, "cannot be changed"):
            screening.needs = "Something else"
        with self.assertFails(UserError, "cannot be changed"):
            screening.unlink()

    def test_confirmation_of_a_lead(self):
        screening = self._screening(lead_id=self.lead.id)
        self._confirm(screening)
        partner = screening.partner_id
        self.assertEqual(partner.name, "Beta Works")
        self.assertEqual(partner.child_ids.name, "Bea Lee")
        self.assertEqual(self.lead.partner_id, partner.child_ids)
        self.assertEqual(self.lead.type, "opportunity")
        account = self._account(partner)
        self.assertEqual(screening.account_id, account)
        self.assertEqual(account.tier_id, self.key)
        self.assertEqual(account.manager_id, self.amy)
        self.assertEqual(account.team_id, self.east)

    def test_first_visit_is_drafted(self):
        """By the approval: with the supervisor, to whom the screening knows."""
        boss = self._customer("Boss", parent_id=self.customer.id, is_company=False)
        screening = self._screening(decision_maker_ids=boss.ids)
        self._confirm(screening)
        visit = self.account.visit_ids
        self.assertEqual((visit.state, visit.purpose), ("draft", "First visit"))
        day = self._working_day(self.company._kam_today() + timedelta(days=7))
        self.assertEqual(self.company._kam_local_date(visit.start), day)
        self.assertEqual(visit.user_id, self.amy)
        self.assertEqual(visit.user_ids, self.amy + self.sue)
        self.assertEqual(visit.contact_ids, boss)
        self.assertEqual(
            visit.type_id,
            self.env.ref("key_account_management.kam_visit_type_development"),
        )
        reminder = visit.activity_ids
        self.assertEqual(reminder.user_id, self.amy)
        self.assertEqual(reminder.date_deadline, day)
        self.assertEqual(reminder.summary, "First visit")

    def test_first_visit_is_on_a_working_day(self):
        today = self.company._kam_today()
        sunday = today + timedelta(days=13 - today.weekday())
        self.company.kam_first_visit_days = (sunday - today).days
        self._confirm(self._screening())
        visit = self.account.visit_ids
        friday = sunday - timedelta(days=2)
        self.assertEqual(self.company._kam_local_date(visit.start), friday)
        self.assertEqual(visit.activity_ids.date_deadline, friday)

    def test_planning_the_first_visit_settles_its_reminder(self):
        for action, lead in (("action_plan", False), ("action_cancel", self.lead)):
            with self.subTest(action=action):
                screening = self._screening(**({"lead_id": lead.id} if lead else {}))
                self._confirm(screening)
                visit = screening.account_id.visit_ids.with_user(self.amy)
                self.assertTrue(visit.activity_ids)
                getattr(visit, action)()
                self.assertFalse(visit.activity_ids)

    def test_first_visit_without_the_type_meant_for_it(self):
        kind = self.env.ref("key_account_management.kam_visit_type_development")
        kind.active = False
        self._confirm(self._screening())
        self.assertTrue(self.account.visit_ids.type_id.active)
        self.assertFalse(self.account.visit_ids.contact_ids)

    def test_supervisor_as_account_manager_goes_alone(self):
        screening = self._screening()
        screening.with_user(self.sue).manager_id = self.sue
        self._confirm(screening)
        self.assertEqual(self.account.visit_ids.user_ids, self.sue)

    def test_lead_leads_to_its_confirmed_screening(self):
        screening = self._screening(lead_id=self.lead.id)
        self._confirm(screening)
        action = self.lead.with_user(self.amy).action_kam_screen()
        self.assertEqual(action["res_id"], screening.id)

    def test_lead_converted_meanwhile(self):
        screening = self._screening(lead_id=self.lead.id)
        partner = self._customer("Beta Works Ltd")
        self.lead.convert_opportunity(partner, team_id=self.east.id)
        self.assertEqual(screening.partner_id, partner)
        self._confirm(screening)
        self.assertEqual(self._account(partner).tier_id, self.key)
        count = self.env["res.partner"].search_count([("name", "ilike", "Beta Works")])
        self.assertEqual(count, 1)

    def test_refresh_leaves_confirmed_accounts_alone(self):
        screening = self._screening()
        self._confirm(screening)
        self._refresh()
        self.assertFalse(self.account.tier_computed_id)
        self.assertFalse(self.account.pending_proposal_id)
        screening.sudo().protected_until = fields.Date.subtract(self.today, days=1)
        self._refresh()
        self.assertEqual(self.account.pending_proposal_id.movement, "exit")

    def test_pending_proposal_is_settled(self):
        self.account.with_user(self.amy)
        proposal = self.env["kam.tier.proposal"]._propose(
            self.account, self.key, "Grows"
        )
        self._confirm(self._screening())
        self.assertFalse(proposal.active)
        self.assertEqual(self.account.tier_id, self.key)

    def test_return_withdraw_and_submit_again(self):
        screening = self._screening()
        screening.action_submit()
        screening.with_user(self.sue).action_return("Which competitors?")
        self.assertEqual((screening.stage, screening.result), ("risk", "open"))
        screening.needs = "Said better"
        screening.action_submit()
        screening.action_withdraw()
        self.assertEqual(screening.stage, "risk")
        self.assertEqual(screening.approval_state, "draft")

    def test_refusal_keeps_the_reason(self):
        screening = self._screening()
        self._submit_and_review(screening)
        screening.with_user(self.max).action_refuse("Too dependent on one project")
        self.assertEqual((screening.stage, screening.result), ("archived", "refused"))
        self.assertEqual(screening.stage_closed, "confirmation")
        self.assertFalse(self.account.tier_id)
        found = self.Screening.search([("failure_text", "ilike", "one project")])
        self.assertEqual(found, screening)
        self.assertEqual(
            found.failure_reason_id,
            self.env.ref("key_account_management.lost_reason_refused"),
        )

    def test_key_account_is_not_screened(self):
        screening = self._screening()
        self.account._assign_tier(self.core, {})
        with self.assertFails(UserError, "is already a key account"):
            screening.action_submit()

    def test_withheld_customer_is_not_confirmed(self):
        screening = self._screening()
        self.account.sudo().performance_hold_date = self.today
        with self.assertFails(UserError, "treatment is withheld"):
            screening.action_submit()

    def test_incomplete_screening_is_not_submitted(self):
        screening = self._screening(complete=False)
        with self.assertFails(UserError, "needs.*resources.*competitors.*risk sheet"):
            screening.action_submit()
        self._complete(screening)
        screening.tier_id = False
        with self.assertFails(UserError, "future tier"):
            screening.action_submit()
