from datetime import timedelta

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import BATCHES
from .common import VisitCase

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
        earlier = self._held(5)
        self.assertEqual(visit.follow_up_state, "open")
        # It was followed up itself
        self.assertEqual(earlier.follow_up_state, "done")
        self.assertEqual(earlier.follow_up_visit_id, visit)
        self.assertFalse(earlier.activity_ids)

    def test_activity_marked_as_done(self):
        """Even by somebody who only got the activity."""
        visit = self._held()
        visit.activity_ids.user_id = self.users["ben"]
        visit.activity_ids.with_user(self.users["ben"]).action_feedback("Called Wang")
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
        # That she knows is no follow-up; that it was made settles the matter
        told.sudo().action_feedback("I know")
        visit.sudo().follow_up_escalated = False
        self.assertFalse(visit.follow_up_date)
        with freeze_time(self.now + timedelta(days=9)):
            visit.invalidate_recordset()
            self.env["kam.visit"]._cron_escalate_follow_ups()
            self.assertEqual(len(visit.activity_ids), 2)
            visit.action_follow_up_by_phone()
        self.assertFalse(visit.activity_ids)

    def test_one_escalation_does_not_stop_the_others(self):
        visit = self._held()
        other = self._held(user_id=self.users["sue"].id)
        schedule = self.registry["kam.visit"].activity_schedule

        def fail_once(visits, *args, **kwargs):
            if other in visits:
                raise ValueError("Nobody there")
            return schedule(visits, *args, **kwargs)

        self.patch(self.registry["kam.visit"], "activity_schedule", fail_once)
        with (
            freeze_time(self.now + timedelta(days=9)),
            mute_logger(BATCHES),
        ):
            self.env["kam.visit"]._cron_escalate_follow_ups()
        self.assertTrue(visit.follow_up_escalated)
        self.assertFalse(other.follow_up_escalated)

    def test_escalation_passes_over_the_responsible_leader(self):
        visit = self._held(user_id=self.users["sue"].id)
        self.assertEqual(visit._find_leader_above(), self.users["sam"])

    def test_follow_ups_within_one_batch(self):
        second, first = self._visit() + self._visit()
        for visit, days in ((first, 6), (second, 2)):
            visit.write(
                {"start": self.now - timedelta(days=days), "main_points": "Well"}
            )
        (second + first).action_done()
        self.assertEqual(first.follow_up_visit_id, second)
        self.assertEqual(second.follow_up_state, "open")

    def test_escalation_without_a_leader(self):
        """The directors are told, and whoever is gone is not."""
        visit = self._held()
        self.users["sue"].active = False
        self.assertEqual(visit._find_leader_above(), self.users["sam"])
        self.account.team_id = False
        self.assertFalse(visit._find_leader_above())
        with freeze_time(self.now + timedelta(days=9)):
            visit.invalidate_recordset()
            self.env["kam.visit"]._cron_escalate_follow_ups()
        told = visit.activity_ids.user_id - self.users["amy"]
        self.assertIn(self.users["dora"], told)
        self.assertNotIn(self.users["max"], told)

    def test_late_where_the_company_is(self):
        """Computed and searched, whatever the time zone of the reader."""
        self.company.resource_calendar_id.tz = "Asia/Shanghai"
        visit = self._held(start="2027-03-01 02:00:00")  # by 8 March
        for tz in ("Asia/Shanghai", "America/New_York"):
            self.users["amy"].tz = tz
            for moment, state in (
                ("2027-03-08 15:59:00", "open"),
                ("2027-03-08 16:00:00", "late"),
            ):
                with self.subTest(tz=tz, moment=moment), freeze_time(moment):
                    visit.invalidate_recordset()
                    self.assertEqual(visit.follow_up_state, state)
                    for value in ("open", "late"):
                        found = self.Visit.with_context(tz=tz).search(
                            [("follow_up_state", "=", value), ("id", "=", visit.id)]
                        )
                        self.assertEqual(bool(found), value == state)

    def test_quick_entry_of_what_was_planned(self):
        """It is that visit; one of another day, or of somebody else, is not."""
        self.company.resource_calendar_id.tz = "Asia/Shanghai"
        with freeze_time("2027-03-01 00:30:00"):  # 08:30 there
            later = self._planned(start="2027-03-01 16:30:00")  # tomorrow there
            bens = self._planned(
                start="2027-03-01 01:00:00", user_id=self.users["ben"].id
            )
            planned = self._planned(start="2027-03-01 01:00:00", purpose="New line")
        Record = self.env["kam.visit.record"].with_user(self.users["amy"])
        values = {
            "account_id": self.account.id,
            "main_points": "Happy",
            "method": "face",
            "type_id": self.type.id,
        }
        with freeze_time("2027-03-01 03:00:00"):
            action = Record.create(values).action_save()
            self.assertEqual(action["res_id"], planned.id)
            self.assertEqual(planned.state, "done")
            self.assertEqual(planned.purpose, "New line")
            self.assertEqual(planned.event_id.start, planned.start)
            self.assertEqual((later + bens).mapped("state"), ["planned", "planned"])
            second = Record.create(values).action_save()["res_id"]
            self.assertNotIn(second, (planned + later + bens).ids)
