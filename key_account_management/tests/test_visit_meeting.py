from datetime import timedelta

from freezegun import freeze_time

from odoo import Command, fields
from odoo.tests import tagged

from .common_visit import VisitCase


@tagged("post_install", "-at_install")
class TestVisitMeeting(VisitCase):
    """The meeting of our party before a visit (D3)."""

    def _target_visit(self, start):
        users = self.users["amy"] + self.users["sue"]
        return self._planned(
            account_id=self.target_account.id,
            contact_ids=[Command.set(self.zhou.ids)],
            user_ids=[Command.set(users.ids)],
            start=start,
        )

    def test_target_accounts_get_a_meeting_before(self):
        visit = self._planned(
            account_id=self.target_account.id,
            contact_ids=[Command.set(self.zhou.ids)],
            user_ids=[Command.set((self.users["amy"] + self.users["sue"]).ids)],
            start=self.now + timedelta(days=3),
        )
        meeting = visit.meeting_id
        schedule = self.company.resource_calendar_id
        self.assertTrue(schedule._works_on_date(meeting.start))
        self.assertLess(meeting.stop, visit.start)
        self.assertEqual(
            meeting.partner_ids, (self.users["amy"] + self.users["sue"]).partner_id
        )
        self.assertFalse(meeting.kam_visit_id)
        self.assertFalse(self._planned().meeting_id)
        ordinary = self._planned(start=self.now + timedelta(days=5))
        action = ordinary.action_schedule_meeting()
        self.assertEqual(action["res_id"], ordinary.meeting_id.id)

    def test_meeting_is_on_the_working_day_before(self):
        with freeze_time("2026-10-19 08:00:00"):  # Monday
            visit = self._target_visit("2026-10-26 02:00:00")
            self.assertEqual(str(visit.meeting_id.start), "2026-10-23 02:00:00")
            # None is left: right before the visit
            visit = self._target_visit("2026-10-19 10:00:00")
            self.assertEqual(str(visit.meeting_id.start), "2026-10-19 09:00:00")

    def test_meeting_goes_along(self):
        with freeze_time("2026-10-19 08:00:00"):
            visit = self._target_visit("2026-10-21 02:00:00")
            meeting = visit.meeting_id
            outsider = self.env["res.partner"].create({"name": "Consultant"})
            meeting.partner_ids += outsider
            visit.start = "2026-10-22 03:00:00"
            self.assertEqual(str(meeting.start), "2026-10-21 03:00:00")
            self.assertEqual(str(meeting.stop), "2026-10-21 03:30:00")
            visit.event_id.write(
                {"start": "2026-10-20 05:00:00", "stop": "2026-10-20 06:00:00"}
            )
            self.assertTrue(visit.start > meeting.stop > fields.Datetime.now())
            visit.user_ids = self.users["amy"] + self.users["sam"]
            self.assertEqual(
                meeting.partner_ids,
                (self.users["amy"] + self.users["sam"]).partner_id + outsider,
            )
            visit.action_cancel()
            self.assertFalse(meeting.active)
            visit.action_plan()
            self.assertTrue(meeting.active)
            self.assertEqual(visit.meeting_id, meeting)
            # What was talked about is not moved
            meeting.write(
                {"start": "2026-10-19 08:10:00", "stop": "2026-10-19 08:40:00"}
            )
        with freeze_time("2026-10-19 09:00:00"):
            visit.start = "2026-10-23 03:00:00"
            self.assertEqual(str(meeting.start), "2026-10-19 08:10:00")
