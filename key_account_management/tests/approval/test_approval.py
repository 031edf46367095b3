from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import BATCHES
from .common import MONDAY, ApprovalCase


@tagged("post_install", "-at_install")
class TestApproval(ApprovalCase):
    """Steps, who decides them, and what follows."""

    # ------------------------------------------------------------
    # Flow
    # ------------------------------------------------------------

    def test_steps_follow_each_other(self):
        proposal = self._propose()
        states = [row.state for row in proposal.sudo().approval_ids]
        self.assertEqual(states, ["pending", "waiting", "waiting"])
        self.assertEqual(self._activities(proposal).user_id, self.users["sue"])
        self._as("sue", proposal).action_approve("Agreed")
        self.assertEqual(self._activities(proposal).user_id, self.users["sam"])
        self._as("sam", proposal).action_approve()
        self.assertEqual(proposal.approval_state, "pending")
        self.assertFalse(self.account.tier_id)
        self._as("max", proposal).action_approve()
        self.assertEqual(proposal.approval_state, "approved")
        self.assertEqual(self.account.tier_id, self.core)
        self.assertFalse(self._activities(proposal))
        row = self._row(proposal, self.region)
        self.assertEqual(
            (row.decided_by_id, row.comment), (self.users["sue"], "Agreed")
        )

    def test_refused(self):
        proposal = self._propose()
        with self.assertFails(UserError, "Give the reason"):
            self._as("sue", proposal).action_refuse(" ")
        self._as("sue", proposal).action_refuse("Too small")
        with self.assertFails(UserError, "already been submitted"):
            self._as("amy", proposal).action_submit()
        self.assertEqual(proposal.approval_state, "refused")
        states = proposal.sudo().approval_ids.mapped("state")
        self.assertEqual(states, ["refused", "cancelled", "cancelled"])
        self.assertFalse(self._activities(proposal))

    def test_returned_and_submitted_again(self):
        proposal = self._propose()
        self._as("sue", proposal).action_return("Which orders?")
        self.assertEqual(proposal.approval_state, "returned")
        with self.assertRaises(AccessError):
            self._as("sue", proposal).action_submit()
        self.assertTrue(self._as("amy", proposal).can_submit)
        self._as("amy", proposal).action_submit()
        self.assertEqual(proposal.approval_state, "pending")
        rounds = proposal.sudo().approval_ids.mapped("round")
        self.assertEqual(rounds, [1, 1, 1, 2, 2, 2])
        self._as("sue", proposal).action_approve()

    def test_parallel_steps(self):
        self.greater.sequence = 10
        proposal = self._propose()
        self.assertEqual(
            self._activities(proposal).user_id, self.users["sue"] | self.users["sam"]
        )
        self._as("sam", proposal).action_approve()
        self.assertEqual(self._row(proposal, self.centre).state, "waiting")
        self.assertEqual(self._activities(proposal).user_id, self.users["sue"])
        self._as("sue", proposal).action_approve()
        self.assertEqual(self._row(proposal, self.centre).state, "pending")

    def test_any_of_parallel_steps(self):
        (self.region + self.greater).write({"sequence": 10, "mode": "any"})
        proposal = self._propose()
        self._as("sam", proposal).action_approve()
        self.assertEqual(self._row(proposal, self.region).state, "cancelled")
        self.assertEqual(self._row(proposal, self.centre).state, "pending")

    def test_condition(self):
        self.greater.condition = "[('revenue_12m', '>', 1000)]"
        proposal = self._propose()
        self.assertFalse(self._row(proposal, self.greater))
        self.assertTrue(self._row(proposal, self.region))

    def test_configuration_changed_midway(self):
        proposal = self._propose()
        self.centre.write({"group_id": self.env.ref("base.group_system").id, "days": 6})
        self.greater.active = False
        self._as("sue", proposal).action_approve()
        self._as("sam", proposal).action_approve()
        row = self._row(proposal, self.centre)
        self.assertEqual(row.days, 3)
        self._as("max", proposal).action_approve()
        self.assertEqual(proposal.approval_state, "approved")

    def test_withdrawn_by_the_refresh(self):
        self._invoice(self.partner, 1500000.0)
        self._refresh()
        proposal = self.account.pending_proposal_id
        self.assertTrue(proposal.sudo().approval_ids)
        self._invoice(self.partner, 1500000.0, refund=True)
        self._refresh()
        self.assertFalse(proposal.active)
        self.assertEqual(
            set(proposal.sudo().approval_ids.mapped("state")), {"cancelled"}
        )

    def test_failing_action_changes_no_decision(self):
        self.region.approve_action_ids = self.env["ir.actions.server"].create(
            {
                "name": "Broken",
                "model_id": self.model.id,
                "state": "code",
                "code": "records.no_such_method()",
            }
        )
        proposal = self._propose()
        with (
            mute_logger(BATCHES),
            mute_logger("odoo.addons.base.models.ir_actions"),
        ):
            self._as("sue", proposal).action_approve()
        self.assertEqual(self._row(proposal, self.region).state, "approved")

    # ------------------------------------------------------------
    # Who decides
    # ------------------------------------------------------------

    def test_nobody_else_decides(self):
        proposal = self._propose()
        for login in ("amy", "ben", "sam", "max", "eve", "tom"):
            with self.assertRaises(AccessError):
                self._as(login, proposal).action_approve()
        self.assertEqual(proposal.approval_state, "pending")

    def test_applicant_never_decides(self):
        self.east.user_id = self.users["max"]
        proposal = self._propose("max")
        self.assertFalse(self._as("max", proposal).can_approve)
        with self.assertFails(AccessError, "not allowed"):
            self._as("max", proposal).action_approve()

    def test_one_person_decides_one_step(self):
        self.users["sam"].group_ids |= self.env.ref(
            "key_account_management.group_kam_manager"
        )
        proposal = self._propose()
        self._as("sue", proposal).action_approve()
        self._as("sam", proposal).action_approve()
        with self.assertFails(AccessError, "not allowed"):
            self._as("sam", proposal).action_approve()
        self._as("max", proposal).action_approve()

    def test_leader_without_account_is_replaced_by_the_next_above(self):
        self.east.user_id = False
        proposal = self._propose()
        self.assertEqual(
            self._row(proposal, self.region).decider_ids, self.users["sam"]
        )

    def test_nobody_left_falls_to_the_directors(self):
        self.east.kam_parent_id = False
        proposal = self._propose()
        self._as("sue", proposal).action_approve()
        deciders = self._row(proposal, self.greater).decider_ids
        self.assertIn(self.users["dora"], deciders)
        self.assertNotIn(self.users["max"], deciders)

    def test_decider_archived_midway(self):
        """The next above may decide at once, and is asked at once."""
        proposal = self._propose()
        row = self._row(proposal, self.region)
        deadline = row.deadline
        self.users["sue"].active = False
        self.assertTrue(self._as("sam", proposal).can_approve)
        self.assertEqual(row.decider_ids, self.users["sam"])
        self.assertEqual(row.deadline, deadline)
        self.assertEqual(self._activities(proposal).user_id, self.users["sam"])
        self._as("sam", proposal).action_approve()
        self.assertEqual(row.state, "approved")
        self.assertFalse(row._activities())

    def test_asked_for_two_parallel_steps(self):
        """Who decides one of them is not asked for the other any longer."""
        self.greater.write({"sequence": 10, "decider_type": "leader"})
        proposal = self._propose()
        self.assertEqual(len(self._activities(proposal)), 2)
        self._as("sue", proposal).action_approve()
        (row,) = proposal.sudo().approval_ids.filtered(lambda r: r.state == "pending")
        self.assertIn(self.users["dora"], row.decider_ids)
        self.assertNotIn(self.users["sue"], row.decider_ids)
        self.assertEqual(self._activities(proposal).user_id, row.decider_ids)

    def test_deputy(self):
        with freeze_time(MONDAY):
            proposal = self._propose()
            self.account.member_ids = [
                Command.create({"user_id": self.users["ben"].id})
            ]
            self.env["kam.approval.deputy"].with_user(self.users["sue"]).create(
                {
                    "deputy_id": self.users["ben"].id,
                    "date_from": "2026-06-03",
                    "date_to": "2026-06-05",
                }
            )
            with self.assertFails(AccessError, "not allowed"):
                self._as("ben", proposal).action_approve()
        with freeze_time("2026-06-04 08:00:00"):
            self._as("ben", proposal).action_approve()
        row = self._row(proposal, self.region)
        self.assertEqual(row.decided_by_id, self.users["ben"])
        self.assertEqual(row.on_behalf_of_id, self.users["sue"])

    def test_deputy_is_asked_when_the_absence_begins(self):
        self.account.member_ids = [Command.create({"user_id": self.users["ben"].id})]
        with freeze_time(MONDAY):
            proposal = self._propose()
            absence = self.env["kam.approval.deputy"].create(
                {
                    "user_id": self.users["sue"].id,
                    "deputy_id": self.users["ben"].id,
                    "date_from": "2026-06-02",
                    "date_to": "2026-06-02",
                }
            )
        row = self._row(proposal, self.region)
        both = self.users["sue"] | self.users["ben"]
        for day, asked in ((1, self.users["sue"]), (2, both), (3, self.users["sue"])):
            with freeze_time(f"2026-06-0{day} 08:00:00"):
                self.env["kam.approval"]._cron_remind()
                self.assertEqual(row.decider_ids, asked)
                self.assertEqual(self._activities(proposal).user_id, asked)
        absence.date_to = "2026-06-30"
        self.users["ben"].active = False
        with freeze_time("2026-06-04 08:00:00"):
            self.assertNotIn(self.users["ben"].id, row._authorities()[row])

    def test_bad_absence(self):
        Deputy = self.env["kam.approval.deputy"].with_user(self.users["sue"])
        dates = {"date_from": "2026-06-03", "date_to": "2026-06-05"}
        with self.assertFails(ValidationError, "own deputy"):
            Deputy.create({"deputy_id": self.users["sue"].id, **dates})
        with self.assertFails(ValidationError, "cannot end before"):
            Deputy.create(
                {"deputy_id": self.users["ben"].id, **dates, "date_to": "2026-06-01"}
            )
        with self.assertRaises(AccessError):
            Deputy.create(
                {
                    "user_id": self.users["max"].id,
                    "deputy_id": self.users["sue"].id,
                    **dates,
                }
            )

    # ------------------------------------------------------------
    # Configuration
    # ------------------------------------------------------------

    def test_bad_steps(self):
        for values, message in (
            ({"days": -1}, "cannot be negative"),
            ({"days": 5, "max_days": 3}, "lower than the days"),
            ({"decider_type": "user"}, "select the user"),
            ({"decider_type": "group"}, "select the group"),
            ({"decider_type": "field", "user_field": "score"}, "no user field"),
            ({"condition": "[('nothing', '=', 1)]"}, "not a valid domain"),
            ({"condition": "__import__('os')"}, "not a valid domain"),
        ):
            with self.subTest(**values), self.assertFails(ValidationError, message):
                self._step("Bad", 1, **{"decider_type": "leader", **values})

    def test_decided_by_a_field_of_the_document(self):
        self.region.write({"decider_type": "field", "user_field": "manager_id"})
        self.account.manager_id = self.users["ben"]
        proposal = self._propose("amy")
        self._as("ben", proposal).action_approve()
        self.assertEqual(self._row(proposal, self.region).state, "approved")

    def test_to_approve_list(self):
        proposal = self._propose()
        Approval = self.env["kam.approval"].with_user(self.users["sue"])
        mine = Approval.search(
            [("state", "=", "pending"), ("decider_ids", "in", self.users["sue"].ids)]
        )
        self.assertEqual(mine.document, proposal.display_name)
        mine.action_approve()
        self.assertEqual(self._row(proposal, self.region).state, "approved")
        self.assertIn(
            proposal, self._as("sam", proposal).search([("can_approve", "=", True)])
        )

    def test_orphans_are_closed(self):
        proposal = self._propose()
        self.env.flush_all()
        self.env.cr.execute(
            "DELETE FROM kam_tier_proposal WHERE id = %s", [proposal.id]
        )
        self.env.invalidate_all()
        with freeze_time("2100-01-01"):  # until then they disturb nobody
            self.env["kam.approval"]._cron_remind()
            self.env["kam.approval"]._cron_escalate()
        self.env["kam.approval"]._gc_orphans()
        rows = self.env["kam.approval"].search([("res_id", "=", proposal.id)])
        self.assertEqual(rows.mapped("state"), ["cancelled"] * 3)
        self.assertFalse(rows._activities())


@tagged("post_install", "-at_install")
class TestApprovalRule(ApprovalCase):
    """Alone in its class: the registry forgets the new field when that is over."""

    def test_every_field_of_the_rule_is_frozen(self):
        """What another addon adds to the rule, too."""
        models = ("kam.approval.rule", "kam.approval.step", "kam.approval")
        self.env["ir.model.fields"].create(
            [
                {
                    "name": "x_kam_advice",
                    "model_id": self.env["ir.model"]._get_id(model),
                    "field_description": "Advice",
                    "ttype": "char",
                }
                for model in models
            ]
        )
        action = self.env["ir.actions.server"].create(
            {"name": "Test", "model_id": self.model.id, "state": "code", "code": "pass"}
        )
        values = {
            "x_kam_advice": "Look twice",
            "sequence": 5,
            "mode": "any",
            "user_id": self.users["max"].id,
            "user_field": "create_uid",
            "max_days": 9,
            "cap_days": 20,
            "with_activity": False,
            "extend_group_id": self.centre.extend_group_id.id,
            "approve_action_ids": action.ids,
            "refuse_action_ids": action.ids,
            "return_action_ids": action.ids,
            "overdue_action_ids": action.ids,
        }
        self.centre.write(values)
        row = self._row(self._propose(), self.centre)
        empty = []
        for fname, field in self.env["kam.approval.rule"]._fields.items():
            if field.store and fname != "id":
                with self.subTest(fname):
                    self.assertEqual(row[fname], self.centre[fname])
                if not row[fname]:
                    empty.append(fname)
        self.assertEqual(empty, ["with_activity"])  # nothing is told from nothing
