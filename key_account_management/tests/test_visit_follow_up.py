from datetime import timedelta

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_visit import VisitCase

FOLLOW_UP = "key_account_management.mail_act_visit_follow_up"


@tagged("post_install", "-at_install")
class TestVisitFollowUp(VisitCase):
    """Within a week, by a call or by the next visit (D8)."""

    def test_follow_up_within_a_week(self):
        visit = self._held(
            next_step="Send the offer",
            next_step_date=self.today + timedelta(days=3),
        )
        day = visit.company_id._kam_local_date(visit.start)
        self.assertEqual(visit.follow_up_deadline, day + timedelta(days=7))
        self.assertEqual(visit.follow_up_state, "open")
        follow_up, step = visit.activity_ids.sorted("date_deadline", reverse=True)
        self.assertEqual(follow_up.activity_type_id, self.env.ref(FOLLOW_UP))
        self.assertEqual(follow_up.date_deadline, visit.follow_up_deadline)
        self.assertEqual(step.summary, "Send the offer")
        self.assertEqual(step.date_deadline, self.today + timedelta(days=3))
        visit.action_follow_up_by_phone()
        self.assertEqual(visit.follow_up_state, "done")
        self.assertEqual(visit.activity_ids, step)
        with self.assertFails(UserError, "nothing to follow up"):
            visit.action_follow_up_by_phone()

    def test_next_visit_is_the_follow_up(self):
        first, elsewhere = (
            self._held(4),
            self._held(
                4,
                account_id=self.target_account.id,
                contact_ids=[Command.set(self.zhou.ids)],
            ),
        )
        second = self._held(1)
        self.assertEqual(first.follow_up_visit_id, second)
        self.assertEqual(
            first.follow_up_date, second.company_id._kam_local_date(second.start)
        )
        self.assertFalse(first.activity_ids)
        self.assertEqual(elsewhere.follow_up_state, "open")
        # A call closes it, and needs no follow-up itself
        call = self._held(method="phone")
        self.assertEqual(second.follow_up_visit_id, call)
        self.assertFalse(call.follow_up_deadline)

    def test_earlier_visit_recorded_late_closes_nothing(self):
        visit = self._held(1)
        self._held(5)
        self.assertEqual(visit.follow_up_state, "open")

    def test_activity_marked_as_done(self):
        visit = self._held()
        visit.activity_ids.action_feedback("Called Wang")
        self.assertEqual(visit.follow_up_state, "done")

    def test_overdue_visits_of_the_reader(self):
        """Whoever closes a visit sees whom of his own accounts to visit next."""
        accounts = self.account + self.target_account
        accounts.tier_date = self.today - timedelta(days=400)
        visit = self._held()
        self.env.flush_all()
        overdue = visit.overdue_ids
        self.assertEqual(overdue.account_id, accounts)
        self.assertEqual(overdue.mapped("is_overdue"), [True] * 3)
        self.assertNotIn("executive", overdue.mapped("level"), "Wang has been visited")
        self.assertEqual(overdue, overdue.sorted("date_due"))
        sue, ben = self.users["sue"], self.users["ben"]
        self.assertFalse(visit.with_user(sue).overdue_ids, "accounts of others")
        self.account.member_ids = [Command.create({"user_id": ben.id})]
        self.env.flush_all()
        self.assertEqual(visit.with_user(ben).overdue_ids.account_id, self.account)

    def test_late_follow_up_is_escalated_once(self):
        visit = self._held()
        with freeze_time(self.now + timedelta(days=9)):
            visit.invalidate_recordset()
            self.assertEqual(visit.follow_up_state, "late")
            late = self.Visit.search([("follow_up_state", "=", "late")])
            self.assertEqual(late, visit)
            for _run in range(2):
                self.env["kam.visit"]._cron_escalate_follow_ups()
        told = visit.activity_ids.filtered(lambda a: a.user_id == self.users["sue"])
        self.assertEqual(len(told), 1)
        self.assertIn("not followed up", told.summary)

    def test_escalation_passes_over_the_responsible_leader(self):
        visit = self._held(user_id=self.users["sue"].id)
        self.assertEqual(visit._leader(), self.users["sam"])
