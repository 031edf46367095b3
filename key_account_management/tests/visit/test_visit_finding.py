from datetime import timedelta

from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import VisitCase


@tagged("post_install", "-at_install")
class TestVisitFinding(VisitCase):
    """What came up is handed over and tracked to the end (D6)."""

    def test_opportunity(self):
        finding = self._finding()
        self.assertEqual(finding.state, "open")
        finding.action_hand_over()
        lead = finding.lead_id
        self.assertEqual(lead.type, "opportunity")
        self.assertEqual(lead.partner_id, self.wang)
        self.assertEqual(lead.team_id, self.east)
        self.assertEqual(lead.user_id, self.users["amy"])
        self.assertEqual(finding.state, "handed")
        with self.assertFails(UserError, "already been passed on"):
            finding.action_hand_over()
        lead.action_set_lost()
        self.assertEqual(finding.state, "lost")
        lead.action_unarchive()
        self.assertEqual(finding.state, "handed")
        lead.action_set_won()
        self.assertEqual(finding.state, "done")

    def test_problem_is_tracked_to_the_end(self):
        finding = self._finding(
            kind="problem",
            name="Burrs",
            user_id=self.users["ben"].id,
            date_deadline=self.today + timedelta(days=2),
        )
        finding.action_hand_over()
        activity = finding.activity_id
        self.assertEqual(activity.summary, "Problem: Burrs")
        self.assertEqual(activity.user_id, self.users["ben"])
        self.assertEqual(activity.date_deadline, self.today + timedelta(days=2))
        self.assertEqual(activity.res_id, self.account.id)
        self.assertEqual(finding.state, "handed")
        activity.sudo().action_feedback("Ground again")
        self.assertEqual(finding.state, "done")

    def test_dropped_activity_opens_the_finding_again(self):
        finding = self._finding(kind="promise")
        finding.action_hand_over()
        finding.activity_id.sudo().unlink()
        self.assertEqual(finding.state, "open")

    def test_every_kind_can_be_handed_over(self):
        visit = self._planned()
        Finding = self.env["kam.visit.finding"].with_user(self.users["amy"])
        for kind, _label in Finding._fields["kind"].selection:
            finding = Finding.create(
                {"visit_id": visit.id, "kind": kind, "name": "Something"}
            )
            finding.action_hand_over()
            self.assertEqual(finding.state, "handed")
            self.assertTrue(finding.date_deadline)
            self.assertTrue(finding.action_open()["res_id"])

    def test_what_was_found_stays(self):
        """What was handed over, and anything of a visit that took place."""
        handed = self._finding()
        handed.action_hand_over()
        for vals in (
            {"name": "Nothing"},
            {"kind": "information"},
            {"user_id": self.users["sue"].id},
            {"date_deadline": self.today},
        ):
            with self.assertFails(UserError, "already been passed on"):
                handed.write(vals)
        with self.assertFails(UserError, "already been passed on"):
            handed.unlink()
        with self.assertFails(UserError, "already been passed on"):
            handed.visit_id.unlink()
        held = self._held()
        held.finding_ids = [Command.create({"kind": "problem", "name": "Burrs"})]
        for user in (self.users["amy"], self.users["max"]):
            done = held.with_user(user)
            with self.assertFails(UserError, "completed visits cannot be deleted"):
                done.finding_ids.unlink()
            with self.assertFails(UserError, "completed visits cannot be deleted"):
                done.finding_ids = [Command.clear()]
            with self.assertFails(UserError, "completed visits cannot be deleted"):
                done.finding_ids.visit_id = self._visit(start=self.tomorrow)
        held.finding_ids.name = "Burrs on the edge"

    def test_opportunity_raises_the_party(self):
        Lead = self.env["crm.lead"]
        raised = self.env.ref("key_account_management.mail_act_visit_raise")
        values = {"name": "New line", "partner_id": self.wang.id, "type": "opportunity"}
        Lead.create([values, values, {**values, "partner_id": self.zhou.id}])
        activity = self.account.activity_ids
        self.assertEqual(activity.activity_type_id, raised)
        self.assertEqual(activity.user_id, self.users["amy"])
        self.assertFalse(self.target_account.activity_ids)
        activity.action_feedback("Sue goes along")
        lead = Lead.create({**values, "type": "lead"})
        self.assertFalse(self.account.activity_ids)
        lead.type = "opportunity"
        self.assertEqual(self.account.activity_ids.activity_type_id, raised)

    def test_information_is_noted(self):
        """It needs neither owner nor deadline; somebody may want to see to it."""
        finding = self._finding(kind="information", name="New boss", user_id=False)
        self.assertEqual(finding.state, "noted")
        self.assertFalse(finding.date_deadline)
        self.assertFalse(self.account.activity_ids)
        with self.assertFails(UserError, "Choose an owner first"):
            finding.action_hand_over()
        finding.user_id = self.users["ben"]
        finding.action_hand_over()
        self.assertEqual(finding.state, "handed")
        self.assertEqual(finding.activity_id.user_id, self.users["ben"])
        finding.activity_id.sudo().unlink()
        self.assertEqual(finding.state, "noted")
        finding.kind = "problem"
        self.assertEqual(finding.state, "open")
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            finding.user_id = False
            self.env.flush_all()
