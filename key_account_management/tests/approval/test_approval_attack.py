from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import ApprovalCase


@tagged("post_install", "-at_install")
class TestApprovalAttack(ApprovalCase):
    """Nobody gets around the engine."""

    def test_activities_decide_nothing(self):
        proposal = self._propose()
        activity = self._activities(proposal)
        activity.with_user(self.users["sue"]).action_feedback(feedback="Fine")
        self.assertEqual(proposal.approval_state, "pending")
        other = activity.copy({"user_id": self.users["ben"].id})
        with self.assertRaises(AccessError):
            self._as("ben", proposal).action_approve()
        other.unlink()
        self.assertEqual(self._row(proposal, self.region).state, "pending")

    def test_fields_cannot_be_written(self):
        proposal = self._propose()
        for login in ("amy", "max", "eve"):
            own = self._as(login, proposal)
            with self.assertRaises(AccessError):
                own.write({"approval_state": "approved"})
            with self.assertRaises(AccessError):
                own.with_context(kam_engine=True, tracking_disable=True).write(
                    {"approval_state": "approved"}
                )
        row = self._row(proposal, self.region).with_user(self.users["eve"])
        for values in ({"state": "approved"}, {"user_id": self.users["eve"].id}):
            with self.assertRaises(AccessError):
                row.sudo(False).write(values)
        with self.assertRaises(AccessError):
            row.sudo(False).unlink()
        with self.assertRaises(AccessError):
            row.sudo(False).create({"res_model": proposal._name, "res_id": proposal.id})

    def test_server_actions_lend_no_authority(self):
        proposal = self._propose()
        action = self.env["ir.actions.server"].create(
            {
                "name": "Approve",
                "model_id": self.model.id,
                "state": "code",
                "code": "records.action_approve()",
                "group_ids": [
                    Command.set(
                        self.env.ref("key_account_management.group_kam_user").ids
                    )
                ],
            }
        )
        with self.assertRaises(AccessError):
            action.with_user(self.users["amy"]).with_context(
                active_model=proposal._name,
                active_id=proposal.id,
                active_ids=proposal.ids,
            ).run()

    def test_the_chosen_step_is_decided_and_no_later_one(self):
        """A list that is out of date must not approve the next step unseen."""
        self.greater.write({"decider_type": "user", "user_id": self.users["max"].id})
        self.region.write({"decider_type": "group", "group_id": self.centre.group_id})
        proposal = self._propose()
        row = self._row(proposal, self.region).with_user(self.users["max"]).sudo(False)
        self._as("dora", proposal).action_approve()
        self.assertTrue(self._as("max", proposal).can_approve)
        with self.assertFails(UserError, "already decided on this document"):
            row.action_approve()
        self.assertEqual(self._row(proposal, self.greater).state, "pending")

    def test_applicant_of_an_earlier_round(self):
        """Returned, and submitted again by another: the first has still applied."""
        self.env["ir.model.access"].create(
            {
                "name": "supervisors write proposals",
                "model_id": self.model.id,
                "group_id": self.env.ref(
                    "key_account_management.group_kam_supervisor"
                ).id,
                "perm_write": True,
            }
        )
        proposal = self._propose("max")
        self._as("sue", proposal).action_return("Which orders?")
        self._as("eve", proposal).action_submit()
        self._as("sue", proposal).action_approve()
        self._as("sam", proposal).action_approve()
        deciders = self._row(proposal, self.centre).filtered("decider_ids").decider_ids
        self.assertEqual(deciders, self.users["dora"])
        with self.assertFails(AccessError, "not allowed"):
            self._as("max", proposal).action_approve()
