from datetime import datetime, timedelta

import pytz
from freezegun import freeze_time

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common_visit_plan import MONDAY, VisitPlanCase


@tagged("post_install", "-at_install")
class TestVisitPlanTime(VisitPlanCase):
    """Load, working hours, and who comes along to target accounts (D4)."""

    # ------------------------------------------------------------
    # Load
    # ------------------------------------------------------------

    def _book(self, login, *moments, account=None):
        """Visits of somebody at local times in Shanghai."""
        zone = pytz.timezone("Asia/Shanghai")
        with freeze_time(MONDAY):
            return self.env["kam.visit"].create(
                [
                    {
                        "account_id": (account or self.account).id,
                        "user_id": self.users[login].id,
                        "purpose": "Talk",
                        "start": zone.localize(moment)
                        .astimezone(pytz.utc)
                        .replace(tzinfo=None),
                        "state": "planned",
                    }
                    for moment in moments
                ]
            )

    def test_load_counts(self):
        """Visits planned already use up the limits of day and week."""
        self._book(
            "ben",
            datetime(2026, 10, 19, 18),  # Monday, before the period, same week
            datetime(2026, 10, 20, 18),
            datetime(2026, 10, 21, 18),
            datetime(2026, 10, 21, 20),
        )
        with freeze_time(MONDAY):
            plan = self._plan(date_to="2026-10-25", per_week=7)
            plan.action_propose()
        days = [self._local(line.start).day for line in plan.line_ids if line.start]
        self.assertEqual(sorted(days), [20, 22, 22])
        self._book("ben", *(datetime(2026, 10, 23, hour) for hour in (18, 19, 20)))
        with freeze_time(MONDAY):
            plan.action_propose()
        self.assertFalse(plan.line_ids.filtered("start"), "the week is full")

    def test_uneven_days_still_take_all(self):
        """The load is even only as far as every visit finds a time."""
        zone = pytz.timezone("Asia/Shanghai")
        for day in (20, 21, 22):
            self._busy("ben", datetime(2026, 10, day, 8), 9, zone)
        (self.accounts - self.accounts[:2]).tier_id = False
        with freeze_time(MONDAY):
            plan = self._plan(date_to="2026-10-26", per_day=3)
            plan.action_propose()
        self.assertFalse(plan.unplaced_count)
        days = [self._local(line.start).day for line in plan.line_ids]
        self.assertEqual(sorted(days), [23, 23, 26, 26])

    def test_not_before_the_hour(self):
        with freeze_time(MONDAY):
            plan = self._plan(hour_from=9.5)
            plan.action_propose()
            times = {self._local(line.start).time() for line in plan.line_ids}
            self.assertEqual(min(times).isoformat(), "09:30:00")
            with self.assertFails(UserError, "hours"):
                plan.hour_from = 24

    def test_own_schedule_of_the_visitor(self):
        """Mornings only, for who has such a schedule, and not on their leave."""
        mornings = self.calendar.copy({"name": "Mornings"})
        mornings.attendance_ids.filtered(lambda a: a.day_period != "morning").unlink()
        resource = self.env["resource.resource"].create(
            {
                "name": "ben",
                "user_id": self.users["ben"].id,
                "company_id": self.company.id,
                "calendar_id": mornings.id,
            }
        )
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Leave of ben",
                "calendar_id": mornings.id,
                "resource_id": resource.id,
                "date_from": "2026-10-19 16:00:00",
                "date_to": "2026-10-20 16:00:00",
            }
        )
        with freeze_time(MONDAY):
            plan = self._plan(per_day=8, per_week=40, date_to="2026-10-23")
            plan.action_propose()
        starts = [self._local(li.start) for li in plan.line_ids.filtered("start")]
        self.assertEqual({start.day for start in starts}, {21, 22, 23})
        self.assertLess(max(start.hour for start in starts), 12)

    def test_company_without_working_hours(self):
        self.company.resource_calendar_id = False
        with freeze_time(MONDAY):
            with self.assertFails(UserError, "working hours first"):
                self._plan().action_propose()

    def test_declined_events_leave_the_time_free(self):
        zone = pytz.timezone("Asia/Shanghai")
        event = self._busy("ben", datetime(2026, 10, 20, 8), 9, zone)
        event.attendee_ids.do_decline()
        with freeze_time(MONDAY):
            plan = self._plan()
            plan.action_propose()
        self.assertIn(20, {self._local(line.start).day for line in plan.line_ids})

    # ------------------------------------------------------------
    # Target accounts
    # ------------------------------------------------------------

    def _target_plan(self, **values):
        """A plan of ben in which his target account is the most urgent."""
        self.target_account.write(
            {"manager_id": self.users["ben"].id, "tier_date": "2025-01-01"}
        )
        plan = self._plan(**values)
        plan.action_propose()
        return plan

    def _target_line(self, plan):
        return plan.line_ids.filtered(lambda li: li.account_id == self.target_account)

    def test_targets_take_the_supervisor_along(self):
        with freeze_time(MONDAY):
            plan = self._target_plan(date_to="2026-10-20", per_day=1)
            line = plan.line_ids.filtered("start")
            self.assertEqual(line.account_id, self.target_account)
            self.assertEqual(line.companion_ids, self.users["sue"])
            self.assertFalse((plan.line_ids - line).companion_ids)
            plan.action_book()
        visit = self.target_account.visit_ids
        self.assertEqual(visit.user_ids, self.users["ben"] + self.users["sue"])
        self.assertTrue(visit.meeting_id)

    def test_at_times_free_for_the_supervisor(self):
        """Others go first where she is busy; a visit that she declined holds her."""
        zone = pytz.timezone("Asia/Shanghai")
        self._busy("sue", datetime(2026, 10, 20, 8), 9, zone)
        visit = self._book("sue", datetime(2026, 10, 21, 8))
        visit.event_id.attendee_ids.do_decline()
        with freeze_time(MONDAY):
            plan = self._target_plan()
            line = self._target_line(plan)
            self.assertEqual(self._local(line.start).day, 21)
            self.assertGreaterEqual(line.start, visit.stop + timedelta(minutes=30))
            days = {self._local(li.start).day for li in plan.line_ids - line}
            self.assertIn(20, days, "the visitor himself is free")
            plan.action_book()
        self.assertEqual(len(self.target_account.visit_ids), 1)

    def test_two_plans_with_the_same_supervisor(self):
        """Whoever plans second gets another time."""
        second = self.Account.create(
            {
                "partner_id": self._customer("Second").id,
                "manager_id": self.users["amy"].id,
                "team_id": self.east.id,
            }
        )
        second.write({"is_potential": True, "tier_date": "2025-01-01"})
        self.users["amy"].tz = "Asia/Shanghai"
        with freeze_time(MONDAY):
            self._target_plan(date_to="2026-10-20").action_book()
            plan = self._plan(login="amy")
            plan.action_propose()
            self.assertIn(second, plan.line_ids.filtered("start").account_id)
            plan.action_book()
        parties = (self.target_account + second).visit_ids.mapped("user_ids")
        self.assertEqual(
            parties, self.users["ben"] + self.users["sue"] + self.users["amy"]
        )

    def test_supervisor_is_never_free(self):
        zone = pytz.timezone("Asia/Shanghai")
        self._busy("sue", datetime(2026, 10, 19, 8), 24 * 40, zone)
        with freeze_time(MONDAY):
            plan = self._target_plan(per_week=14)
            line = self._target_line(plan)
            self.assertFalse(line.start)
            self.assertIn("sue", line.reason)
            self.assertEqual(plan.unplaced_count, 1)
            days = {self._local(li.start).date() for li in plan.line_ids - line}
            self.assertGreaterEqual(len(days), 12, "the others are spread as ever")

    def test_next_leader_above_who_is_a_supervisor(self):
        joe = self.users["joe"]
        for leader in (False, joe, self.users["amy"]):
            self.east.user_id = leader
            with self.subTest(leader=leader), freeze_time(MONDAY):
                line = self._target_line(self._target_plan())
                self.assertEqual(line.companion_ids, self.users["sam"])
        self.china.user_id = joe
        with freeze_time(MONDAY):
            plan = self._target_plan()
            line = self._target_line(plan)
            self.assertFalse(line.companion_ids)
            self.assertFalse(line.start)
            self.assertIn("No supervisor above", line.reason)

    def test_supervisors_and_calls_need_nobody(self):
        with freeze_time(MONDAY):
            self.type.method = "phone"
            line = self._target_line(self._target_plan())
            self.assertFalse(line.companion_ids)
            self.assertTrue(line.start)
            line.method = "face"
            self.assertEqual(line.companion_ids, self.users["sue"])
            self.type.method = "face"
            self.target_account.manager_id = self.users["sue"]
            plan = self._plan(login="sue")
            plan.action_propose()
            line = self._target_line(plan)
            self.assertTrue(line.start)
            self.assertFalse(line.companion_ids)

    def test_companion_is_held_elsewhere_meanwhile(self):
        """The error names visit and person, and nothing is lost."""
        with freeze_time(MONDAY):
            plan = self._target_plan()
            line = self._target_line(plan)
            count = len(plan.line_ids)
            self._book("sue", self._local(line.start).replace(tzinfo=None))
            with self.assertFails(
                ValidationError, "sue.* cannot be at Target at .* Alpha is from"
            ):
                plan.action_book()
            self.assertEqual(len(plan.line_ids), count)
            self.assertFalse(self.accounts.visit_ids)
            line.companion_ids = self.users["sam"]
            plan.action_book()
        self.assertEqual(
            self.target_account.visit_ids.user_ids,
            self.users["ben"] + self.users["sam"],
        )
