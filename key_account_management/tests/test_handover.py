from datetime import timedelta

from odoo import Command, fields
from odoo.tests import Form, tagged

from .common_handover import HandoverCase


@tagged("post_install", "-at_install")
class TestHandover(HandoverCase):
    """Everything known about the account moves along (C7)."""

    def test_visits(self):
        """Those to come, and what is open from those that took place."""
        start = fields.Datetime.now() + timedelta(days=2)
        values = {
            "account_id": self.moving.id,
            "user_id": self.amy.id,
            "purpose": "Talk",
            "main_points": "Well",
            "start": start,
        }
        planned, held, missed, elsewhere = self.env["kam.visit"].create(
            [
                {**values, "state": "planned"},
                {**values, "state": "done", "start": start - timedelta(days=4)},
                {**values, "start": start + timedelta(days=1), "state": "planned"},
                {
                    **values,
                    "account_id": self.staying.id,
                    "start": start + timedelta(days=2),
                    "state": "planned",
                },
            ]
        )
        held.finding_ids = [
            Command.create({"kind": "promise", "name": "Manual", "user_id": user.id})
            for user in (self.amy, self.sue)
        ]
        self.env.flush_all()
        self.env.cr.execute(
            """UPDATE kam_visit SET start = start - INTERVAL '5 days',
                stop = stop - INTERVAL '5 days' WHERE id = %s""",
            [missed.id],
        )
        self.env.invalidate_all()
        self._wizard().action_hand_over()
        self.assertEqual(planned.user_id, self.ben)
        self.assertEqual(planned.user_ids, self.ben)
        self.assertEqual(planned.event_id.partner_ids, self.ben.partner_id)
        self.assertEqual((held + missed + elsewhere).user_id, self.amy)
        self.assertEqual(held.activity_ids.user_id, self.ben, "the follow-up")
        self.assertEqual(held.finding_ids.user_id, self.ben + self.sue)

    def test_account_and_history(self):
        self._wizard().action_hand_over()
        self.assertEqual(self.moving.manager_id, self.ben)
        self.assertEqual(self.staying.manager_id, self.amy)
        self.assertEqual(self.Account.with_user(self.ben).search([]), self.moving)
        note = self.moving.message_ids.filtered(lambda m: "Price talks" in m.body)
        self.assertEqual(len(note), 1)
        self.assertIn(f"from {self.amy.name} to {self.ben.name}", note.body)
        self.assertEqual(note.author_id, self.sue.partner_id)
        self.assertFalse(
            self.staying.message_ids.filtered(lambda m: "Price talks" in m.body)
        )
        todo = self.moving.activity_ids
        self.assertEqual(todo.user_id, self.ben)
        self.assertIn("Price talks", todo.note)

    def test_activities(self):
        def plan(record, user):
            return record.activity_schedule(
                "mail.mail_activity_data_call", user_id=user.id
            )

        occasion = self.env["kam.occasion"].create(
            {"name": "Move", "account_id": self.moving.id, "date": "2030-01-01"}
        )
        moving = [
            plan(record, self.amy)
            for record in (self.moving, self.partners[0], self.contacts[0], occasion)
        ]
        staying = [
            plan(self.staying, self.amy),
            plan(self.contacts[1], self.amy),
            plan(self.moving, self.sue),
        ]
        owners = [activity.user_id for activity in staying]
        done = plan(self.moving, self.amy)
        done.action_feedback()
        self._wizard().action_hand_over()
        for activity in moving:
            self.assertEqual(activity.user_id, self.ben, activity.res_model)
        self.assertEqual([activity.user_id for activity in staying], owners)
        self.assertEqual(done.user_id, self.amy)
        self.assertEqual(occasion.user_id, self.ben)

    def test_approvals_stay_with_the_deciders(self):
        self._invoice(self.partners[0], 1500000.0)
        self._refresh()
        proposal = self.moving.pending_proposal_id
        rows = proposal.approval_ids
        activity = self.env["mail.activity"].create(
            {
                "res_model_id": self.env["ir.model"]._get_id("kam.account"),
                "res_id": self.moving.id,
                "user_id": self.amy.id,
                "kam_approval_id": rows[:1].id,
                "activity_type_id": self.env.ref("mail.mail_activity_data_todo").id,
            }
        )
        self._wizard().action_hand_over()
        self.assertEqual(activity.user_id, self.amy)

    def test_relationships(self):
        other = self.contacts[0].copy(
            {"name": "Other", "kam_owner_id": self.users["max"].id}
        )
        self._wizard().action_hand_over()
        self.assertEqual(self.contacts[0].kam_owner_id, self.ben)
        self.assertEqual(self.contacts[1].kam_owner_id, self.amy)
        self.assertEqual(other.kam_owner_id, self.users["max"])

    def test_opportunities(self):
        leads = self.env["crm.lead"].create(
            [
                {
                    "name": "Deal",
                    "type": "opportunity",
                    "partner_id": partner.id,
                    "user_id": self.amy.id,
                }
                for partner in (self.contacts[0], self.contacts[0], self.contacts[1])
            ]
        )
        leads[1].action_set_lost()
        self._wizard().action_hand_over()
        self.assertEqual(
            [lead.user_id for lead in leads], [self.ben, self.amy, self.amy]
        )

    def test_membership(self):
        self.moving.member_ids = [
            Command.create({"user_id": user.id, "role": role})
            for user, role in (
                (self.amy, "manager"),
                (self.amy, "sales"),
                (self.ben, "sales"),
                (self.users["max"], "finance"),
            )
        ]
        self._wizard().action_hand_over()
        team = {(m.user_id.login, m.role) for m in self.moving.member_ids}
        self.assertEqual(
            team, {("ben", "manager"), ("ben", "sales"), ("max", "finance")}
        )
        self.assertFalse(self.Account.with_user(self.amy).search([]) & self.moving)

    def test_former_manager_may_stay(self):
        self._wizard(stays_on_team=True).action_hand_over()
        members = self.moving.member_ids
        self.assertEqual([(m.user_id, m.role) for m in members], [(self.amy, "sales")])
        self.assertIn(self.moving, self.Account.with_user(self.amy).search([]))

    def test_form_proposes_all_accounts(self):
        handovers = self.env["kam.account.handover"].with_user(self.sue)
        form = Form(handovers)
        form.from_user_id = self.amy
        self.assertEqual(form.account_ids[:], self.accounts)
        form = Form(
            handovers.with_context(
                active_model="kam.account", active_ids=self.staying.ids
            )
        )
        self.assertEqual(form.from_user_id, self.amy)
        self.assertEqual(form.account_ids[:], self.staying)
