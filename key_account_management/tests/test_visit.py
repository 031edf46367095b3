import io
from datetime import timedelta

from freezegun import freeze_time
from psycopg2 import IntegrityError
from pypdf import PdfReader

from odoo import Command, fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common_visit import VisitCase

FOLLOW_UP = "key_account_management.mail_act_visit_follow_up"


@tagged("post_install", "-at_install")
class TestVisit(VisitCase):
    # ------------------------------------------------------------
    # Plan
    # ------------------------------------------------------------

    def test_type_fills_in(self):
        kind = self.env.ref("key_account_management.kam_visit_type_development")
        with Form(self.Visit) as form:
            form.account_id = self.account
            form.type_id = kind
            form.start = self.tomorrow
        visit = form.save()
        self.assertRegex(visit.name, r"^V\d{4}-\d{4}$")
        self.assertEqual(visit.purpose, "Keep in touch, hear needs and problems")
        self.assertEqual(visit.check_ids.mapped("name"), kind.check_ids.mapped("name"))
        self.assertIn("material", visit.check_ids.mapped("kind"))
        self.assertEqual(visit.user_ids, self.users["amy"])
        self.assertEqual(visit.location, "1 Bund, Shanghai")
        visit.check_ids[0].is_done = True
        self.assertEqual(visit.check_progress, 14)
        visit.type_id = self.type
        self.assertEqual(len(visit.check_ids), 7, "work done is not thrown away")

    def test_purpose_comes_first(self):
        visit = self._visit(purpose=" ")
        with self.assertFails(ValidationError, "Purpose first"):
            visit.action_plan()
        visit.purpose = "Ask for the order"
        visit.action_plan()
        self.assertEqual(visit.state, "planned")
        with self.assertFails(ValidationError, "Purpose first"):
            visit.purpose = False

    def test_not_in_the_past(self):
        visit = self._visit(start=self.now - timedelta(hours=1))
        with self.assertFails(ValidationError, "in the past"):
            visit.action_plan()
        visit.start = self.tomorrow
        visit.action_plan()
        with self.assertFails(ValidationError, "in the past"):
            visit.start = self.now - timedelta(days=2)

    def test_contact_of_another_customer(self):
        with self.assertFails(ValidationError, "Zhou: not a contact of Alpha"):
            self._visit(contact_ids=[Command.set((self.wang + self.zhou).ids)])
        visit = self._visit()
        with self.assertFails(ValidationError, "Zhou: not a contact of Alpha"):
            visit.contact_ids = self.zhou

    def test_nobody_is_at_two_visits_at_a_time(self):
        visit = self._planned()
        other = self._visit(start=self.tomorrow + timedelta(minutes=30))
        with self.assertFails(ValidationError, "amy.* cannot be at Alpha"):
            other.action_plan()
        other.start = visit.stop
        other.action_plan()
        with self.assertFails(ValidationError, "cannot be at"):
            other.start = visit.stop - timedelta(minutes=1)
        with self.assertFails(ValidationError, "cannot be at"):
            visit.duration = 2
        # Somebody else of the party counts, too
        third = self._visit(user_id=self.users["ben"].id)
        self.assertNotIn(self.users["amy"], third.user_ids)
        third.action_plan()
        with self.assertFails(ValidationError, "amy.* cannot be at"):
            third.user_ids += self.users["amy"]
        # A cancelled one does not
        visit.action_cancel()
        third.user_ids += self.users["amy"]

    def test_overlap_within_one_batch(self):
        visits = self._visit() + self._visit()
        with self.assertFails(ValidationError, "cannot be at"):
            visits.action_plan()
        self.assertEqual(set(visits.mapped("state")), {"draft"})

    def test_overlap_hidden_behind_a_longer_visit(self):
        """Every pair is found, in whatever order the visits start and end."""
        long = self._planned(duration=4)
        with self.assertFails(ValidationError, "cannot be at"):
            self._planned(start=self.tomorrow + timedelta(hours=3))
        ben = self.users["ben"]
        inner = self._planned(
            start=self.tomorrow + timedelta(hours=1),
            user_id=ben.id,
            user_ids=[Command.set(ben.ids)],
        )
        self._planned(
            start=self.tomorrow + timedelta(hours=2),
            user_id=ben.id,
            user_ids=[Command.set(ben.ids)],
        )
        with self.assertFails(ValidationError, "ben.* cannot be at"):
            long.user_ids += ben
        with self.assertFails(ValidationError, "amy.* cannot be at"):
            inner.user_ids += self.users["amy"]
        long.start = self.tomorrow + timedelta(hours=5)
        inner.user_ids += self.users["amy"]

    def test_target_accounts_demand_a_supervisor(self):
        values = {
            "account_id": self.target_account.id,
            "contact_ids": [Command.set(self.zhou.ids)],
        }
        visit = self._visit(**values)
        self.assertTrue(visit.is_target)
        with self.assertFails(ValidationError, "at least one supervisor"):
            visit.action_plan()
        with self.assertFails(ValidationError, "at least one supervisor"):
            self._visit(**values, state="planned")
        visit.user_ids += self.users["sue"]
        visit.action_plan()
        with self.assertFails(ValidationError, "at least one supervisor"):
            visit.user_ids = self.users["amy"]
        # A call needs none
        self._planned(**values, method="phone", start=self.now + timedelta(days=9))
        # And neither does a key account
        self.assertFalse(self._planned(start=self.now + timedelta(days=8)).is_target)

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

    def _target_visit(self, start):
        users = self.users["amy"] + self.users["sue"]
        return self._planned(
            account_id=self.target_account.id,
            contact_ids=[Command.set(self.zhou.ids)],
            user_ids=[Command.set(users.ids)],
            start=start,
        )

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

    def test_responsibility_changes_hands(self):
        visit = self._planned()
        visit.user_ids += self.users["sue"]
        visit.user_id = self.users["ben"]
        self.assertEqual(visit.user_ids, self.users["ben"] + self.users["sue"])
        self.assertEqual(visit.event_id.partner_ids, visit.user_ids.partner_id)

    def test_customer_is_fixed(self):
        visit = self._visit()
        with self.assertFails(UserError, "stays with its customer"):
            visit.account_id = self.target_account

    def test_negative_amounts(self):
        visit = self._visit(expense_budget=100, gift_budget=50, gift_actual=20)
        self.assertEqual((visit.budget_total, visit.actual_total), (150, 20))
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            visit.gift_actual = -1
            self.env.flush_all()

    # ------------------------------------------------------------
    # Take place
    # ------------------------------------------------------------

    def test_check_in_and_out(self):
        self.alpha.write({"partner_latitude": 31.24, "partner_longitude": 121.49})
        visit = self._planned()
        with self.assertFails(UserError, "no such position"):
            visit.action_check_in(91.0, 0.0)
        with self.assertFails(UserError, "Check in first"):
            visit.action_check_out()
        visit.action_check_in(31.23, 121.47)
        self.assertAlmostEqual(visit.check_in_distance, 2.2, 1)
        with self.assertFails(UserError, "Check in once"):
            visit.action_check_in()
        with self.assertFails(ValidationError, "before check-in"):
            visit.check_out = visit.check_in - timedelta(minutes=1)
        self.assertFalse(visit.check_out)
        visit.action_check_out()
        self.assertTrue(visit.check_out >= visit.check_in)

    def test_check_in_without_position(self):
        visit = self._planned()
        visit.action_check_in()
        self.assertTrue(visit.check_in)
        self.assertFalse(visit.has_position)
        self.assertFalse(visit.has_distance)

    def test_check_out_needs_check_in(self):
        with self.assertFails(ValidationError, "Check in before"):
            self._planned().check_out = self.now

    def test_closing_needs_a_record(self):
        visit = self._planned()
        with self.assertFails(ValidationError, "main points"):
            visit.action_done()
        visit.main_points = "They want a discount"
        visit.action_done()
        self.assertEqual(visit.state, "done")
        self.assertLessEqual(visit.start, fields.Datetime.now())
        for action in ("action_plan", "action_cancel", "action_draft"):
            with self.assertFails(UserError, "took place already"):
                getattr(visit, action)()
        with self.assertFails(UserError, "are fixed"):
            visit.start = self.tomorrow
        with self.assertFails(UserError, "stay on record"):
            visit.unlink()
        visit.improvement = "Bring the price list"

    def test_closed_before_its_time(self):
        """At the time it took place, even if that was hours ago."""
        visit = self._planned()
        visit.action_check_in()
        check_in = visit.check_in
        with freeze_time(check_in + timedelta(hours=3)):
            visit.main_points = "They were free today"
            visit.action_done()
        self.assertEqual(visit.start, check_in)
        self.assertEqual(visit.event_id.start, check_in)

    # ------------------------------------------------------------
    # Follow-up
    # ------------------------------------------------------------

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

    def test_follow_ups_within_one_batch(self):
        second, first = self._visit() + self._visit()
        for visit, days in ((first, 6), (second, 2)):
            visit.write(
                {"start": self.now - timedelta(days=days), "main_points": "Well"}
            )
        (second + first).action_done()
        self.assertEqual(first.follow_up_visit_id, second)
        self.assertEqual(second.follow_up_state, "open")

    def test_activity_marked_as_done(self):
        """Even by somebody who only got the activity."""
        visit = self._held()
        visit.activity_ids.user_id = self.users["ben"]
        visit.activity_ids.with_user(self.users["ben"]).action_feedback("Called Wang")
        self.assertEqual(visit.follow_up_state, "done")

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
        visit.follow_up_escalated = False
        self.assertFalse(visit.follow_up_date)
        with freeze_time(self.now + timedelta(days=9)):
            visit.invalidate_recordset()
            self.env["kam.visit"]._cron_escalate_follow_ups()
            self.assertEqual(len(visit.activity_ids), 2)
            visit.action_follow_up_by_phone()
        self.assertFalse(visit.activity_ids)

    def test_escalation_without_a_leader(self):
        """The directors are told, and whoever is gone is not."""
        visit = self._held()
        self.users["sue"].active = False
        self.assertEqual(visit._leader(), self.users["sam"])
        self.account.team_id = False
        self.assertFalse(visit._leader())
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

    def test_escalation_passes_over_the_responsible_leader(self):
        visit = self._held(user_id=self.users["sue"].id)
        self.assertEqual(visit._leader(), self.users["sam"])

    # ------------------------------------------------------------
    # Findings
    # ------------------------------------------------------------

    def _finding(self, **values):
        visit = self._planned()
        visit.finding_ids = [
            Command.create({"kind": "opportunity", "name": "New line", **values})
        ]
        return visit.finding_ids

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
        with self.assertFails(UserError, "in hand already"):
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

    def test_information_is_noted(self):
        """It needs neither owner nor deadline; somebody may want to see to it."""
        finding = self._finding(kind="information", name="New boss", user_id=False)
        self.assertEqual(finding.state, "noted")
        self.assertFalse(finding.date_deadline)
        self.assertFalse(self.account.activity_ids)
        with self.assertFails(UserError, "who sees to it"):
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

    # ------------------------------------------------------------
    # Preparation, quick entry, opportunity, PDF
    # ------------------------------------------------------------

    def test_preparation(self):
        self._invoice(
            self.alpha,
            4321.0,
            self._months_ago(6),
            invoice_date_due=self._months_ago(5),
        )
        order = self._orders(self.alpha, 1)
        self._held(20, main_points="They miss the manual")
        self._finding(kind="promise", name="Send the manual").action_hand_over()
        visit = self._visit(start=self.now + timedelta(days=4))
        page = visit.with_user(self.users["max"]).preparation
        for words in (
            "Wang",
            "Executive",
            "Analytical",
            "They miss the manual",
            "Send the manual",
            order.name,
            "4,321.00",
        ):
            self.assertIn(words, page)
        visit.invalidate_recordset()
        # She is not the salesperson of the invoice: core hides it from her.
        hers = visit.with_user(self.users["amy"]).preparation
        self.assertNotIn("4,321.00", hers)
        self.assertIn("Send the manual", hers)
        # No accounting at all
        visit.invalidate_recordset()
        self.assertNotIn("4,321.00", visit.with_user(self.users["tom"]).preparation)

    def test_quick_entry(self):
        self._held(10, contact_ids=[Command.set(self.li.ids)])
        action = self.account.with_user(self.users["amy"]).action_record_visit()
        Record = self.env["kam.visit.record"].with_user(self.users["amy"])
        with Form(Record.with_context(**action["context"])) as form:
            self.assertEqual(form.contact_ids.ids, self.li.ids)
            form.main_points = "Happy"
            form.attitude = "warm"
            form.next_step = "Call again"
        visit = self.Visit.browse(form.save().action_save()["res_id"])
        self.assertEqual(visit.state, "done")
        self.assertEqual(visit.contact_ids, self.li)
        self.assertEqual(visit.purpose, self.type.purpose)
        self.assertLessEqual(visit.stop, fields.Datetime.now())
        self.assertIn("Call again", visit.activity_ids.mapped("summary"))
        self.assertEqual(visit.follow_up_state, "open")

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

    def test_quick_entry_from_a_contact(self):
        action = self.wang.with_user(self.users["amy"]).action_kam_record_visit()
        self.assertEqual(action["context"]["default_contact_ids"], self.wang.ids)
        self.assertEqual(action["context"]["default_account_id"], self.account.id)

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

    def test_coverage(self):
        self._held(
            2,
            duration=3.0,
            contact_ids=[Command.set((self.wang + self.li).ids)],
            user_ids=[Command.set((self.users["amy"] + self.users["sue"]).ids)],
        )
        self.env.flush_all()
        Coverage = self.env["kam.visit.coverage"].with_user(self.users["max"])
        rows = Coverage.search([])
        self.assertEqual(len(rows), 4)
        leaders = Coverage.search([("is_leader", "=", True)])
        self.assertEqual(leaders.user_id, self.users["sue"])
        self.assertEqual(set(leaders.mapped("rank")), {"supervisor"})
        self.assertEqual(sum(leaders.mapped("hours")), 3.0)
        self.assertEqual(set(leaders.mapped("level")), {"executive", "front"})
        # 40 hours a week are 173.3 a month
        self.assertAlmostEqual(sum(leaders.mapped("time_share")), 1.73, 2)

    def test_pdf(self):
        visit = self._held(shortcomings="Came late")
        self._finding(name="New line")
        pdf, _type = (
            self.env["ir.actions.report"]
            .with_user(self.users["amy"])
            .with_context(force_report_rendering=True)
            ._render_qweb_pdf("key_account_management.action_report_visit", visit.ids)
        )
        text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
        text = "".join(text.split())
        for words in (
            "Alpha",
            visit.name,
            "Wang",
            "All is well",
            "Came late",
            self.users["sue"].name,
        ):
            self.assertIn("".join(words.split()), text)
