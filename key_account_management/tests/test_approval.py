from datetime import datetime

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, LockError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.key_account_management.models.kam_approval_activity import (
    ACTIVITY_TYPE,
)

from .common import KamCase

MONDAY = "2026-06-01 08:00:00"


@tagged("post_install", "-at_install")
class TestApproval(KamCase):
    """The engine, on proposals made by hand: region → greater region → head office."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls._customer("Alpha")
        cls._invoice(cls.partner, 100.0)
        cls._refresh()
        cls.account = cls._account(cls.partner)
        cls.account.write({"manager_id": cls.users["amy"].id, "team_id": cls.east.id})
        cls.Step = cls.env["kam.approval.step"]
        cls.Step.search([]).active = False
        cls.model = cls.env["ir.model"]._get("kam.tier.proposal")
        cls.region = cls._step("Region", 10, decider_type="leader", days=2)
        cls.greater = cls._step("Greater", 20, decider_type="parent_leader", days=3)
        cls.centre = cls._step(
            "Centre",
            30,
            group_id=cls.env.ref("key_account_management.group_kam_manager").id,
            days=3,
            max_days=7,
            cap_days=10,
            extend_group_id=cls.env.ref("key_account_management.group_kam_director").id,
        )

    @classmethod
    def _step(cls, name, sequence, **values):
        return cls.Step.create(
            {"name": name, "sequence": sequence, "model_id": cls.model.id, **values}
        )

    def _propose(self, login="amy"):
        proposals = self.env["kam.tier.proposal"].with_user(self.users[login]).sudo()
        proposal = proposals._propose(self.account.sudo(), self.core, "They grow")
        return proposal.sudo(False)

    def _as(self, login, proposal):
        proposal.invalidate_recordset()
        return proposal.with_user(self.users[login])

    def _row(self, proposal, step):
        return proposal.sudo().approval_ids.filtered(lambda row: row.step_id == step)

    def _activities(self, proposal):
        return self.env["mail.activity"].search(
            [
                ("res_model", "=", proposal._name),
                ("res_id", "=", proposal.id),
                ("activity_type_id", "=", self.env.ref(ACTIVITY_TYPE).id),
            ]
        )

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
        with self.assertFails(UserError, "submitted already"):
            self._as("amy", proposal).action_submit()
        self.assertEqual(
            (proposal.approval_state, proposal.state), ("refused", "rejected")
        )
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
        self.assertEqual(proposal.state, "withdrawn")
        self.assertEqual(
            set(proposal.sudo().approval_ids.mapped("state")), {"cancelled"}
        )

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
        with self.assertFails(AccessError, "not entitled"):
            self._as("max", proposal).action_approve()

    def test_one_person_decides_one_step(self):
        self.users["sam"].group_ids |= self.env.ref(
            "key_account_management.group_kam_manager"
        )
        proposal = self._propose()
        self._as("sue", proposal).action_approve()
        self._as("sam", proposal).action_approve()
        with self.assertFails(AccessError, "not entitled"):
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
        proposal = self._propose()
        self.users["sue"].active = False
        self._as("sam", proposal).action_approve()
        self.assertEqual(self._row(proposal, self.region).state, "approved")

    def test_deputy(self):
        with freeze_time(MONDAY):
            proposal = self._propose()
            self.env["kam.approval.deputy"].with_user(self.users["sue"]).create(
                {
                    "deputy_id": self.users["ben"].id,
                    "date_from": "2026-06-03",
                    "date_to": "2026-06-05",
                }
            )
            self.account.member_ids = [
                Command.create({"user_id": self.users["ben"].id})
            ]
            with self.assertFails(AccessError, "not entitled"):
                self._as("ben", proposal).action_approve()
        with freeze_time("2026-06-04 08:00:00"):
            self._as("ben", proposal).action_approve()
        row = self._row(proposal, self.region)
        self.assertEqual(row.decided_by_id, self.users["ben"])
        self.assertEqual(row.on_behalf_of_id, self.users["sue"])

    def test_bad_absence(self):
        Deputy = self.env["kam.approval.deputy"].with_user(self.users["sue"])
        dates = {"date_from": "2026-06-03", "date_to": "2026-06-05"}
        with self.assertFails(ValidationError, "own deputy"):
            Deputy.create({"deputy_id": self.users["sue"].id, **dates})
        with self.assertFails(ValidationError, "ends before"):
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
    # Clocks
    # ------------------------------------------------------------

    def test_deadlines_in_calendar_days(self):
        with freeze_time(MONDAY):
            proposal = self._propose()
        row = self._row(proposal, self.region)
        self.assertEqual(str(row.deadline), "2026-06-03")
        with freeze_time("2026-06-03 20:00:00"):
            row.invalidate_recordset()
            self.assertFalse(row.is_late)
        with freeze_time("2026-06-04 08:00:00"):
            proposal.invalidate_recordset()
            row.invalidate_recordset()
            self.assertTrue(row.is_late)
            self.assertTrue(proposal.approval_is_late)
            self.assertIn(proposal, proposal.search([("approval_is_late", "=", True)]))
            self._as("sue", proposal).action_approve()
            self.assertEqual(row.days_taken, 3)
            self.assertTrue(row.is_late)
            self.assertEqual(
                str(self._row(proposal, self.greater).deadline), "2026-06-07"
            )

    def test_deadlines_in_working_days(self):
        self.company.kam_deadline_mode = "working"
        with freeze_time("2026-06-05 08:00:00"):  # a Friday
            proposal = self._propose()
        row = self._row(proposal, self.region)
        self.assertEqual(str(row.deadline), "2026-06-09")

    def _at_centre(self, day):
        with freeze_time(MONDAY):
            proposal = self._propose()
        with freeze_time(datetime.fromisoformat(f"2026-06-{day:02} 08:00:00")):
            self._as("sue", proposal).action_approve()
            self._as("sam", proposal).action_approve()
        return proposal

    def test_extension(self):
        proposal = self._at_centre(1)
        row = self._row(proposal, self.centre)
        self.assertEqual(str(row.deadline), "2026-06-04")
        for login in ("amy", "sue", "max"):
            with self.assertFails(AccessError, "not entitled to extend"):
                self._as(login, proposal).action_extend(1)
        self._as("dora", proposal).action_extend(4)
        self.assertEqual(str(row.deadline), "2026-06-08")
        self.assertEqual(row.extended_by_id, self.users["dora"])
        with self.assertFails(UserError, "7 days at most"):
            self._as("dora", proposal).action_extend(1)
        with self.assertFails(UserError, "at least one day"):
            self._as("dora", proposal).action_extend(0)

    def test_cap_wins_over_extension(self):
        """2 + 3 + 7 days would be twelve: the tenth day is the last."""
        proposal = self._at_centre(6)
        row = self._row(proposal, self.centre)
        self.assertEqual(str(row.deadline), "2026-06-09")
        self._as("dora", proposal).action_extend(4)
        self.assertEqual(str(row.deadline), "2026-06-11")
        with self.assertFails(UserError, "7 days at most"):
            self._as("dora", proposal).action_extend(1)
        late = self._at_centre_again(9)
        self.assertEqual(str(self._row(late, self.centre).deadline), "2026-06-11")
        with self.assertFails(UserError, "10 days at most"):
            self._as("dora", late).action_extend(1)

    def _at_centre_again(self, day):
        self.account.pending_proposal_id.sudo().unlink()
        return self._at_centre(day)

    def test_escalation_runs_once(self):
        action = self.env.ref("key_account_management.action_tier_proposal_escalate")
        self.region.overdue_action_ids = action
        with freeze_time(MONDAY):
            proposal = self._propose()
        Approval = self.env["kam.approval"]
        with freeze_time("2026-06-03 08:00:00"):
            Approval._cron_escalate()
        self.assertEqual(self._activities(proposal).user_id, self.users["sue"])
        with freeze_time("2026-06-04 08:00:00"):
            Approval._cron_escalate()
            Approval._cron_escalate()
        self.assertEqual(
            self._activities(proposal).mapped("user_id"),
            self.users["sue"] | self.users["sam"],
        )
        self.assertEqual(len(self._activities(proposal)), 2)

    def test_reminder(self):
        """One mail to each decider, in the reader's language, late ones marked."""
        self.users["sue"].email = "sue@example.com"
        with freeze_time(MONDAY):
            proposal = self._propose()
        with freeze_time("2026-06-05 08:00:00"):
            self.env["kam.approval"]._cron_remind()
        mail = self.env["mail.mail"].search([("email_to", "ilike", "sue@example.com")])
        self.assertEqual(len(mail), 1)
        self.assertEqual(mail.subject, "1 documents to approve")
        self.assertIn(proposal.display_name, mail.body_html)
        self.assertIn("#c0392b", mail.body_html)
        self.assertIn("/odoo/to-approve", mail.body_html)

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
            mute_logger("odoo.addons.key_account_management.models.kam_approval"),
            mute_logger("odoo.addons.base.models.ir_actions"),
        ):
            self._as("sue", proposal).action_approve()
        self.assertEqual(self._row(proposal, self.region).state, "approved")

    # ------------------------------------------------------------
    # Attacks
    # ------------------------------------------------------------

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

    def test_two_at_the_same_moment(self):
        """The second gets a sentence, whether he is a moment or a second late."""
        self.region.write(
            {
                "decider_type": "group",
                "group_id": self.env.ref("key_account_management.group_kam_manager").id,
            }
        )
        (self.greater + self.centre).active = False
        proposal = self._propose()
        self._as("max", proposal).action_approve()
        with self.assertFails(UserError, "decided on this already"):
            self._as("dora", proposal).action_approve()
        self.assertEqual(len(self.account.history_ids), 1)
        self.assertTrue(issubclass(LockError, UserError))

    # ------------------------------------------------------------
    # Configuration
    # ------------------------------------------------------------

    def test_bad_steps(self):
        for values, message in (
            ({"days": -1}, "not be negative"),
            ({"days": 5, "max_days": 3}, "fewer than the days"),
            ({"decider_type": "user"}, "choose the user"),
            ({"decider_type": "group"}, "choose the group"),
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

    def test_orphans_are_swept(self):
        proposal = self._propose()
        self.env.flush_all()
        self.env.cr.execute(
            "DELETE FROM kam_tier_proposal WHERE id = %s", [proposal.id]
        )
        self.env.invalidate_all()
        self.env["kam.approval"]._gc_orphans()
        self.assertFalse(
            self.env["kam.approval"].search([("res_id", "=", proposal.id)])
        )
