"""An event changes a visit only by who may edit the visit (K7)."""

from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, new_test_user, tagged

from .common import VisitCase

# Personas who may not edit a visit to Alpha, and who may
OTHERS = ("joe", "ben", "tom", "zoe")
OWN = ("amy", "sue", "sam", "max", "dora", "eve")
LATER = timedelta(hours=5)


class CalendarCase(VisitCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.visit = cls._planned(user_id=cls.users["amy"].id)
        cls.event = cls.visit.event_id.with_env(cls.env)
        cls.visit.action_schedule_meeting()
        cls.meeting = cls.visit.meeting_id.with_env(cls.env)
        # Account managers without this account, auditors, administrators of contacts
        cls.users["zoe"] = new_test_user(
            cls.env,
            login="zoe",
            groups="base.group_user,base.group_system",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    def _state(self, event):
        """What must stay as it is of an event and of the visit behind it."""
        self.env.flush_all()
        self.env.invalidate_all()
        visit, event = self.visit.sudo(), event.sudo().exists()
        return {
            **visit.read(
                ["state", "start", "stop", "location", "user_ids", "contact_ids"]
                + ["user_id", "event_id", "meeting_id"],
                load=False,
            )[0],
            "event": event.read(
                ["active", "start", "stop", "allday", "location", "partner_ids"]
                + ["attendee_ids", "recurrency", "res_model", "res_id"],
                load=False,
            ),
            "organizer": event.user_id,
            "attendees": event.attendee_ids.partner_id,
        }

    def _told(self, user):
        """How often somebody was told of changes that were undone."""
        return self.env["mail.message"].search_count(
            [
                ("partner_ids", "in", user.partner_id.ids),
                ("subject", "=", "Change in the calendar undone"),
            ]
        )

    def _routes(self, event, user):
        """By name, what somebody may try on an event."""
        mine = event.with_user(user)
        partner = user.partner_id
        attendees = mine.env["calendar.attendee"]
        lunch = mine.create({"name": "Lunch", "start": self.now, "stop": self.now})
        day = (event.start + timedelta(days=3)).date()
        series = {"recurrency": True, "rrule_type": "daily", "rrule_type_ui": "daily"}
        Wizard = mine.env["calendar.popover.delete.wizard"]
        later = {"start": event.start + LATER, "stop": event.stop + LATER}
        return {
            "time": lambda: mine.write(later),
            "time in superuser mode": lambda: mine.sudo().write(later),
            "end": lambda: mine.write({"stop": event.stop + LATER}),
            "whole day": lambda: mine.write(
                {"allday": True, "start_date": day, "stop_date": day}
            ),
            "place": lambda: mine.write({"location": "Elsewhere"}),
            "organizer": lambda: mine.write({"user_id": user.id}),
            "joining": lambda: mine.write({"partner_ids": [Command.link(partner.id)]}),
            "join button": lambda: mine.sudo().action_join_meeting(partner.id),
            "all others out": lambda: mine.write(
                {"partner_ids": [Command.set((partner + self.li).ids)]}
            ),
            "attendee": lambda: attendees.create(
                {"event_id": event.id, "partner_id": partner.id}
            ),
            "attendee by default": lambda: attendees.with_context(
                default_event_id=event.id
            ).create({"partner_id": partner.id}),
            "attendee by command": lambda: mine.write(
                {"attendee_ids": [Command.create({"partner_id": partner.id})]}
            ),
            "attendee of another event": lambda: lunch.attendee_ids.write(
                {"event_id": event.id}
            ),
            "attendee becomes another": lambda: mine.attendee_ids.write(
                {"partner_id": partner.id}
            ),
            "attendee out": lambda: mine.attendee_ids.unlink(),
            "attendee out by command": lambda: mine.write(
                {"attendee_ids": [Command.delete(mine.attendee_ids[0].id)]}
            ),
            "archive": lambda: mine.action_archive(),
            "archive of a series": lambda: mine.action_mass_archive("self_only"),
            "deletion": lambda: mine.unlink(),
            "deletion by dialog": lambda: Wizard.create(
                {"calendar_event_id": event.id}
            ).action_delete(),
            "series": lambda: mine.write({**series, "end_type": "count", "count": 3}),
        }

    def _check_routes(self, event, logins, without=()):
        before = self._state(event)
        self.assertTrue(before["event"])
        for login in logins:
            user = self.users[login]
            routes = self._routes(event, user)
            for route in routes.keys() - set(without):
                told = self._told(self.users["amy"])
                with self.subTest(persona=login, route=route, event=event.name):
                    routes[route]()
                    self.assertEqual(self._state(event), before)
                    self.assertEqual(self._told(self.users["amy"]), told + 1)


@tagged("post_install", "-at_install")
class TestVisitCalendarAccess(CalendarCase):
    def test_others_change_no_visit(self):
        for login in OTHERS:
            self.assertFalse(
                self.visit.with_user(self.users[login]).has_access("write"), login
            )
        self._check_routes(self.event, OTHERS)

    def test_others_change_no_meeting_before(self):
        self._check_routes(self.meeting, OTHERS)

    def test_participants_without_a_role(self):
        self.visit.user_ids += self.users["joe"]
        self.assertIn(self.users["joe"].partner_id, self.event.partner_ids)
        self._check_routes(self.event, ["joe"], ["joining", "join button"])

    def test_others_change_nothing_that_took_place(self):
        self.visit.main_points = "Done"
        self.visit.action_done()
        self._check_routes(self.event, ["joe"])

    def test_others_revive_no_cancelled_visit(self):
        self.visit.action_cancel()
        before = self._state(self.event)
        self.event.with_user(self.users["joe"]).action_unarchive()
        self.assertEqual(self._state(self.event), before)
        self.assertEqual(self.visit.state, "cancelled")

    def _check_series(self, change):
        """A series that the responsible made of the event, changed by joe.

        :param change: function of the event and of another one of the series
        """
        self.event.with_user(self.users["amy"]).write(
            {
                "recurrency": True,
                "rrule_type_ui": "daily",
                "rrule_type": "daily",
                "end_type": "count",
                "count": 3,
                "event_tz": "UTC",
            }
        )
        start = self.visit.start
        events = self.event.recurrence_id.calendar_event_ids
        self.assertEqual(len(events), 3)
        joe = self.users["joe"]
        change(self.event.with_user(joe), (events - self.event)[0].with_user(joe))
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertTrue(self.event.exists().active)
        self.assertEqual(self.event.start, start)
        self.assertEqual(self.visit.start, start)
        self.assertEqual(self.visit.event_id, self.event)
        self.assertEqual(self.visit.state, "planned")
        self.assertEqual(self._told(self.users["amy"]), 1)

    def test_others_move_no_series(self):
        self._check_series(
            lambda event, other: other.write(
                {
                    "recurrence_update": "all_events",
                    "start": other.start + LATER,
                    "stop": other.stop + LATER,
                }
            )
        )

    def test_others_move_nothing_from_a_day_on(self):
        self._check_series(
            lambda event, other: event.write(
                {
                    "recurrence_update": "future_events",
                    "start": event.start + LATER,
                    "stop": event.stop + LATER,
                }
            )
        )

    def test_others_archive_no_series(self):
        self._check_series(lambda event, other: other.action_mass_archive("all_events"))

    def test_others_delete_no_series(self):
        self._check_series(
            lambda event, other: other.action_mass_deletion("all_events")
        )

    def test_others_end_no_series(self):
        self._check_series(
            lambda event, other: other.write(
                {"recurrence_update": "all_events", "recurrency": False}
            )
        )

    def test_what_belongs_to_the_event_is_open(self):
        event = self.event.with_user(self.users["joe"])
        told = self._told(self.users["amy"])
        start = event.start
        event.write(
            {
                "description": "Bring the folder",
                "videocall_location": "https://example.com/room",
                "alarm_ids": [Command.set(self.env["calendar.alarm"].search([]).ids)],
                "start": event.start,
            }
        )
        self.assertIn("folder", event.description)
        self.assertTrue(event.alarm_ids)
        self.assertEqual(self._told(self.users["amy"]), told)
        event.write({"description": "None", "start": start + LATER})
        self.assertIn("None", event.description)
        self.assertEqual(event.start, start)
        self.assertEqual(self._told(self.users["amy"]), told + 1)

    def test_answers_are_open_and_show(self):
        """Accepting and declining changes no visit, and whoever is asked may do it."""
        self.visit.user_ids += self.users["joe"]
        event = self.event.with_user(self.users["joe"])
        told = self._told(self.users["amy"])
        attendee = event.attendee_ids.filtered(
            lambda a: a.partner_id == self.users["joe"].partner_id
        )
        event.change_attendee_status("declined", "self_only")
        self.assertEqual(self.visit.declined_ids, self.users["joe"].partner_id)
        attendee.do_accept()
        self.assertEqual(attendee.state, "accepted")
        self.assertFalse(self.visit.declined_ids)
        event.write(
            {"attendee_ids": [Command.update(attendee.id, {"state": "tentative"})]}
        )
        self.assertEqual(attendee.state, "tentative")
        self.assertEqual(self._told(self.users["amy"]), told)

    def test_who_edits_the_visit_edits_the_event(self):
        for hours, login in enumerate(OWN, start=1):
            event = self.event.with_user(self.users[login])
            start = self.tomorrow + timedelta(hours=hours)
            with self.subTest(persona=login):
                event.write({"start": start, "stop": start + timedelta(hours=1)})
                self.assertEqual(self.visit.start, start)
                event.location = login
                self.assertEqual(self.visit.location, login)
                event.partner_ids += self.users[login].partner_id + self.li
                self.assertIn(self.users[login], self.visit.user_ids)
                self.assertIn(self.li, self.visit.contact_ids)
                event.action_archive()
                self.assertEqual(self.visit.state, "cancelled")
                event.action_unarchive()
                self.assertEqual(self.visit.state, "planned")
        self.assertFalse(self._told(self.users["amy"]))
        self.event.with_user(self.users["max"]).unlink()
        self.assertEqual(self.visit.state, "cancelled")

    def test_who_edits_the_visit_edits_the_meeting(self):
        for login in OWN:
            meeting = self.meeting.with_user(self.users[login])
            with self.subTest(persona=login):
                start = meeting.start - timedelta(minutes=5)
                meeting.write({"start": start, "stop": start + timedelta(hours=1)})
                self.assertEqual(self.meeting.start, start)
        self.meeting.with_user(self.users["sue"]).unlink()
        self.assertFalse(self.visit.meeting_id)

    def test_rights_in_all_companies_count(self):
        """The calendar knows no company: whatever is chosen on the screen."""
        elsewhere = self._create_company("Elsewhere")
        self.users["max"].company_ids += elsewhere
        start = self.visit.start + LATER
        # Core writes mails with the logo of a company that it may not read then.
        self.event.with_user(self.users["max"]).with_context(
            allowed_company_ids=elsewhere.ids, no_mail_to_attendees=True
        ).write({"start": start, "stop": start + timedelta(hours=1)})
        self.assertEqual(self.visit.start, start)

    def test_handover_moves_the_events_along(self):
        """Whoever hands over may lose the visit; its event is right all the same."""
        self.visit.sudo().with_user(self.users["joe"]).sudo().write(
            {"user_id": self.users["ben"].id, "start": self.visit.start + LATER}
        )
        self.assertEqual(self.event.user_id, self.users["ben"])
        self.assertEqual(self.event.start, self.visit.start)
        self.assertIn(self.users["ben"].partner_id, self.event.partner_ids)
        self.assertEqual(self.meeting.partner_ids, self.visit.user_ids.partner_id)

    def test_links_are_no_door(self):
        other = self._visit(start=self.tomorrow + timedelta(days=9))
        lunch = self.env["calendar.event"].create(
            {"name": "Lunch", "start": self.now, "stop": self.now}
        )
        for login in ("amy", "max"):
            user = self.users[login]
            for event in (lunch.with_user(user), lunch.with_user(user).sudo()):
                with self.subTest(persona=login), self.assertRaises(AccessError):
                    event.write({"kam_visit_id": other.id})
            with self.subTest(persona=login), self.assertRaises(AccessError):
                other.with_user(user).event_ids = [Command.link(lunch.id)]
            with self.subTest(persona=login), self.assertRaises(AccessError):
                other.with_user(user).meeting_id = lunch
        forged = lunch.with_user(self.users["joe"]).with_context(kam_by_visit=True)
        with self.assertRaises(AccessError):
            forged.sudo().write({"kam_visit_id": other.id})
        mine = self.event.with_user(self.users["joe"])
        before = self._state(self.event)
        mine.with_context(kam_by_visit=True).write({"location": "Elsewhere"})
        mine.write({"res_id": other.id, "res_model_id": False})
        self.assertEqual(self._state(self.event), before)
        lunch.with_user(self.users["joe"]).write(
            {
                "res_model_id": self.env["ir.model"]._get_id("kam.visit"),
                "res_id": self.visit.id,
                "location": "Elsewhere",
            }
        )
        self.assertEqual(self._state(self.event), before)

    def test_attendees_gain_no_access(self):
        for login in ("joe", "ben"):
            event = self.event.with_user(self.users[login])
            event.sudo().action_join_meeting(self.users[login].partner_id.id)
            event.partner_ids += self.users[login].partner_id
            with self.subTest(persona=login):
                for operation in ("read", "write"):
                    visit = self.visit.with_user(self.users[login])
                    self.assertFalse(visit.has_access(operation))

    def test_what_the_responsible_is_told(self):
        self.env["res.lang"]._activate_lang("en_GB")
        self.users["amy"].write({"lang": "en_GB", "tz": "Asia/Shanghai"})
        before = self.visit.message_ids
        self.event.with_user(self.users["joe"]).write(
            {
                "start": fields.Datetime.to_datetime("2030-02-27 02:00:00"),
                "stop": fields.Datetime.to_datetime("2030-02-27 03:00:00"),
                "location": "<b>Elsewhere</b>",
            }
        )
        message = self.env["mail.message"].search(
            [("subject", "=", "Change in the calendar undone")]
        )
        self.assertEqual(message.partner_ids, self.users["amy"].partner_id)
        self.assertEqual(
            message.notification_ids.res_partner_id, self.users["amy"].partner_id
        )
        for part in ("joe", "2030-02-27 10:00", "&lt;b&gt;Elsewhere", self.visit.name):
            self.assertIn(part, message.body)
        note = self.visit.message_ids - before
        self.assertIn("2030-02-27 10:00", note.body)
        self.assertTrue(note.is_internal)

    def test_told_once_whatever_is_flushed_in_between(self):
        """Core sends mails, and takes savepoints, between its writes of one change."""
        event = self.event.with_user(self.users["joe"])
        before = self.visit.message_ids
        with event._kam_gather_refused():
            event.write({"location": "Elsewhere"})
            self.env.cr.precommit.run()
            event.write({"active": False})
        self.assertEqual(self._told(self.users["amy"]), 1)
        note = self.visit.message_ids - before
        self.assertIn("Elsewhere", note.body)
        self.assertIn("Cancelled", note.body)

    def _planned_visits(self, count):
        return self.Visit.create(
            [
                {
                    "account_id": self.account.id,
                    "type_id": self.type.id,
                    "start": self.tomorrow + timedelta(days=2, hours=hour),
                    "duration": 0.5,
                    "state": "planned",
                }
                for hour in range(count)
            ]
        )

    def test_growth_of_what_others_change(self):
        """It costs as much for ten visits as for one."""
        events = self._planned_visits(11).event_ids.with_user(self.users["joe"])
        other = {"location": "Elsewhere"}
        events[:1].write(other)
        told = self._told(self.users["amy"])
        few = self._count(events[:1].write, other)
        many = self._count(events[1:].write, other)
        self.assertEqual(self._told(self.users["amy"]), told + 2)
        self.assertLessEqual(many, few + 3, f"{few} for 1, {many} for 10")

    def test_growth_of_what_the_responsible_changes(self):
        """The visits add to what core does, as many statements for ten as for one."""
        visits = self._planned_visits(11)
        events = visits.event_ids.with_user(self.users["amy"])
        plain = events.with_context(no_mail_to_attendees=True).create(
            [
                {"name": "Lunch", "start": event.start, "stop": event.stop}
                for event in events
            ]
        )
        added = []
        for place, number in (("Warm", 1), ("Place", 1), ("Elsewhere", 10)):
            core = self._count(plain[:number].write, {"location": place})
            own = self._count(events[:number].write, {"location": place})
            added.append(own - core)
            self.assertEqual(set(visits[:1].mapped("location")), {place})
        self.assertLessEqual(added[2], added[1] + 6, f"core and {added}")


@tagged("post_install", "-at_install")
class TestVisitCalendarLinks(CalendarCase, HttpCase):
    """Core's links in invitations."""

    def test_answer_by_token(self):
        self.visit.invite_contacts = True
        attendee = self.event.attendee_ids.filtered(lambda a: a.partner_id == self.wang)
        url = f"/calendar/meeting/%s?token={attendee.access_token}&id={self.event.id}"
        before = self._state(self.event)
        for action, state in (("decline", "declined"), ("accept", "accepted")):
            self.assertEqual(self.url_open(url % action).status_code, 200)
            self.assertEqual(attendee.state, state)
        self.assertEqual(self._state(self.event), before)

    def test_join_by_link(self):
        self.event.access_token = "b0b"
        self.authenticate("joe", "joe")
        before = self._state(self.event)
        response = self.url_open("/calendar/meeting/join?token=b0b")
        self.assertLess(response.status_code, 500)
        self.assertEqual(self._state(self.event), before)
        self.assertEqual(self._told(self.users["amy"]), 1)
