from datetime import timedelta

import pytz
from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import VisitCase


@tagged("post_install", "-at_install")
class TestVisitCalendar(VisitCase):
    """Visit and event stay in step, whichever of the two is changed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.visit = cls._planned()
        cls.event = cls.visit.event_id
        cls.me = cls.users["amy"].partner_id
        cls.colleague = cls.users["ben"]

    def _events(self):
        return (
            self.env["calendar.event"]
            .with_context(active_test=False)
            .search([("kam_visit_id", "=", self.visit.id)])
        )

    # ------------------------------------------------------------
    # Visit → calendar
    # ------------------------------------------------------------

    def test_planning_creates_one_event(self):
        self.assertFalse(self._visit().event_id)
        self.assertEqual(self._events(), self.event)
        self.assertEqual(self.event.start, self.visit.start)
        self.assertEqual(self.event.stop, self.visit.stop)
        self.assertEqual(self.event.user_id, self.users["amy"])
        self.assertEqual(self.event.partner_ids, self.me)
        self.assertIn("Alpha", self.event.name)
        self.assertEqual(self.event.location, "1 Bund, Shanghai")
        # Everybody can read the calendar
        for secret in (self.visit.purpose, "Wang"):
            self.assertNotIn(secret, f"{self.event.name}{self.event.description}")
        self.assertFalse(self.visit.activity_ids)

    def test_visit_moves_event(self):
        self.visit.write(
            {
                "start": self.tomorrow + timedelta(hours=3),
                "duration": 2,
                "location": "X",
            }
        )
        self.assertEqual(self.event.start, self.tomorrow + timedelta(hours=3))
        self.assertEqual(self.event.stop, self.tomorrow + timedelta(hours=5))
        self.assertEqual(self.event.location, "X")
        self.assertEqual(self._events(), self.event)

    def test_party_and_contacts_attend(self):
        self.visit.user_ids += self.colleague
        self.assertEqual(self.event.partner_ids, self.me + self.colleague.partner_id)
        self.visit.invite_contacts = True
        self.assertIn(self.wang, self.event.partner_ids)
        self.visit.contact_ids = self.li
        self.assertEqual(
            self.event.partner_ids, self.me + self.colleague.partner_id + self.li
        )
        self.visit.user_ids -= self.colleague
        self.assertEqual(self.event.partner_ids, self.me + self.li)
        self.assertEqual(self.event.attendee_ids.partner_id, self.me + self.li)

    def test_cancelled_and_planned_again(self):
        self.visit.action_cancel()
        self.assertFalse(self.event.active)
        self.visit.action_draft()
        self.assertFalse(self.event.active)
        self.visit.start = self.tomorrow + timedelta(days=1)
        self.visit.action_plan()
        self.assertTrue(self.event.active)
        self.assertEqual(self.event.start, self.tomorrow + timedelta(days=1))
        self.assertEqual(self._events(), self.event)

    def test_deleted_visit_takes_its_event_along(self):
        self.visit.unlink()
        self.assertFalse(self.event.exists())

    def test_done_keeps_the_event(self):
        self.visit.main_points = "Done"
        self.visit.action_done()
        self.assertTrue(self.event.active)
        self.assertEqual(self.event.start, self.visit.start)

    # ------------------------------------------------------------
    # Calendar → visit
    # ------------------------------------------------------------

    def test_event_moves_visit(self):
        event = self.event.with_user(self.users["amy"])
        event.write(
            {
                "start": self.tomorrow + timedelta(days=2),
                "stop": self.tomorrow + timedelta(days=2, minutes=90),
            }
        )
        self.assertEqual(self.visit.start, self.tomorrow + timedelta(days=2))
        self.assertEqual(self.visit.duration, 1.5)
        self.assertEqual(self.visit.stop, event.stop)
        event.location = "Works"
        self.assertEqual(self.visit.location, "Works")
        self.assertEqual(self._events(), self.event)

    def test_whole_day(self):
        """The working hours of that day where the visitor is, wherever that is."""
        day = (self.tomorrow + timedelta(days=3)).date()
        for zone in ("Asia/Shanghai", "America/New_York", "Pacific/Auckland", "UTC"):
            with self.subTest(zone=zone):
                self.users["amy"].tz = zone
                day += timedelta(days=1)
                self.event.write({"allday": True, "start_date": day, "stop_date": day})
                start, stop = (
                    pytz.utc.localize(moment).astimezone(pytz.timezone(zone))
                    for moment in (self.visit.start, self.visit.stop)
                )
                self.assertEqual((start.date(), start.hour), (day, 8))
                self.assertEqual((stop.date(), stop.hour), (day, 18))
                # Nothing comes back
                self.visit.location = f"Hall in {zone}"
                self.assertTrue(self.event.allday)
                self.assertEqual(self.event.start_date, day)
                # The visit gets a time
                self.visit.write(
                    {"start": self.visit.start + timedelta(hours=1), "duration": 2}
                )
                self.assertFalse(self.event.allday)
                self.assertEqual(self.event.start, self.visit.start)
                self.assertEqual(self.event.stop, self.visit.stop)

    def test_attendees_become_party_and_contacts(self):
        outsider = self.env["res.partner"].create({"name": "Consultant"})
        self.event.partner_ids += self.colleague.partner_id + self.li + outsider
        self.assertEqual(self.visit.user_ids, self.users["amy"] + self.colleague)
        self.assertEqual(self.visit.contact_ids, self.wang + self.li)
        self.visit.location = "Elsewhere"
        self.assertIn(outsider, self.event.partner_ids, "others stay invited")
        self.event.partner_ids -= self.colleague.partner_id
        self.assertEqual(self.visit.user_ids, self.users["amy"])

    def test_declined(self):
        self.visit.user_ids += self.colleague
        attendee = self.event.attendee_ids.filtered(
            lambda a: a.partner_id == self.colleague.partner_id
        )
        attendee.with_user(self.colleague).do_decline()
        self.assertEqual(self.visit.declined_ids, self.colleague.partner_id)
        attendee.do_accept()
        self.assertFalse(self.visit.declined_ids)

    def test_archived_and_restored(self):
        self.event.action_archive()
        self.assertEqual(self.visit.state, "cancelled")
        self.event.action_unarchive()
        self.assertEqual(self.visit.state, "planned")
        self.visit.action_cancel()
        self.visit.action_draft()
        self.event.action_unarchive()
        self.assertEqual(self.visit.state, "planned")

    def test_deleted_event_cancels_visit(self):
        self.event.with_user(self.users["amy"]).unlink()
        self.assertTrue(self.visit.exists())
        self.assertEqual(self.visit.state, "cancelled")
        self.assertFalse(self.visit.event_id)
        self.visit.action_plan()
        self.assertTrue(self.visit.event_id)

    def test_deleted_event_keeps_what_took_place(self):
        self.visit.main_points = "Done"
        self.visit.action_done()
        self.event.unlink()
        self.assertEqual(self.visit.state, "done")

    # ------------------------------------------------------------
    # Bad input
    # ------------------------------------------------------------

    def test_rules_hold_in_the_calendar(self):
        second = self._planned(start=self.tomorrow + timedelta(hours=4))
        with self.assertFails(ValidationError, "cannot be at"):
            second.event_id.write({"start": self.visit.start, "stop": self.visit.stop})
        with self.assertFails(ValidationError, "in the past"):
            self.event.write(
                {
                    "start": self.now - timedelta(days=1),
                    "stop": self.now - timedelta(days=1, hours=-1),
                }
            )

    def test_event_of_what_took_place(self):
        """It may change, whereas the visit stays as it is recorded."""
        self.visit.main_points = "Done"
        self.visit.action_done()
        start, stop = self.visit.start, self.visit.stop
        event = self.visit.event_id.with_user(self.users["amy"])
        event.partner_ids += self.colleague.partner_id
        event.write(
            {"start": start - timedelta(hours=1), "stop": stop - timedelta(hours=1)}
        )
        self.visit.customer_thinking = "They hesitate"
        self.assertIn(self.colleague.partner_id, event.partner_ids)
        self.assertEqual(event.start, start - timedelta(hours=1))
        self.assertEqual(self.visit.start, start)
        self.assertEqual(self.visit.user_ids, self.users["amy"])
        with self.assertFails(UserError, "cannot be changed"):
            self.visit.start += timedelta(hours=1)
        with self.assertFails(UserError, "cannot be changed"):
            self.visit.user_ids += self.colleague
        self.visit.write(
            {
                "start": fields.Datetime.to_string(start),
                "duration": self.visit.duration,
                "user_id": self.visit.user_id.id,
                "user_ids": [Command.set(self.visit.user_ids.ids)],
                "contact_ids": [Command.link(self.wang.id)],
            }
        )

    def test_link_cannot_be_forged(self):
        Event = self.env["calendar.event"].with_user(self.users["amy"])
        event = Event.create({"name": "Lunch", "start": self.now, "stop": self.now})
        with self.assertRaises(AccessError):
            event.write({"kam_visit_id": self.visit.id})
        draft = self._visit(start=self.tomorrow + timedelta(days=9))
        with self.assertFails(AccessError, "created by the visits only"):
            Event.with_context(default_kam_visit_id=draft.id).create(
                {"name": "Forged", "start": self.now, "stop": self.now}
            )

    def test_copied_event_is_no_visit(self):
        self.assertFalse(self.event.copy().kam_visit_id)

    def test_recurring_event_keeps_one_visit(self):
        self.event.write(
            {
                "recurrency": True,
                "rrule_type_ui": "daily",
                "rrule_type": "daily",
                "end_type": "count",
                "count": 3,
                "interval": 1,
                "event_tz": "UTC",
            }
        )
        self.assertEqual(len(self.event.recurrence_id.calendar_event_ids), 3)
        self.assertEqual(len(self._events()), 1)
        self.assertEqual(self.visit.state, "planned")

    def test_moving_a_whole_series_moves_the_visit(self):
        self.test_recurring_event_keeps_one_visit()
        event = self._events()
        start = event.start + timedelta(hours=2)
        event.write(
            {
                "recurrence_update": "all_events",
                "start": start,
                "stop": start + timedelta(hours=1),
            }
        )
        self.assertEqual(len(self._events().filtered("active")), 1)
        self.assertEqual(self.visit.state, "planned")
        self.assertEqual(self.visit.start, start)

    def test_employees_without_accounts_see_the_event_only(self):
        joe = self.users["joe"]
        event = self.event.with_user(joe)
        self.assertIn("Alpha", event.name)
        with self.assertRaises(AccessError):
            event.read(["kam_visit_id"])
        with self.assertRaises(AccessError):
            self.visit.with_user(joe).read(["purpose"])


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

    def test_start_and_responsible_in_one_save(self):
        """The meeting moves once."""
        moved = []
        with freeze_time("2026-10-19 08:00:00"):
            visit = self._target_visit("2026-10-26 02:00:00")
            self.assertEqual(str(visit.meeting_id.start), "2026-10-23 02:00:00")
            write = self.registry["calendar.event"].write

            def write_event(events, vals):
                if events == visit.meeting_id and "start" in vals:
                    moved.append(vals["start"])
                return write(events, vals)

            self.patch(self.registry["calendar.event"], "write", write_event)
            visit.write(
                {"start": "2026-10-30 02:00:00", "user_id": self.users["ben"].id}
            )
        self.assertEqual([str(start) for start in moved], ["2026-10-27 02:00:00"])
        self.assertEqual(str(visit.meeting_id.start), "2026-10-27 02:00:00")
        self.assertEqual(
            visit.meeting_id.partner_ids,
            (self.users["ben"] + self.users["sue"]).partner_id,
        )

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
