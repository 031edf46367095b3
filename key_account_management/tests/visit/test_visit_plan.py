from datetime import datetime, timedelta

import pytz
from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import MONDAY, VisitPlanCase


@tagged("post_install", "-at_install")
class TestVisitPlan(VisitPlanCase):
    """Visits for a period are planned in one go (D9)."""

    def test_propose_and_book(self):
        with freeze_time(MONDAY):
            plan = self._plan()
            plan.action_propose()
            lines = plan.line_ids
            self.assertEqual(len(lines), 24)  # middle and front line of each
            self.assertFalse(plan.unplaced_count)
            plan.action_book()
            visits = self.env["kam.visit"].search(
                [("account_id", "in", self.accounts.ids)]
            )
            self.assertEqual(len(visits), 24)
            self.assertEqual(set(visits.mapped("state")), {"planned"})
            self.assertEqual(len(visits.event_ids), 24)
            self.assertEqual(visits.user_ids, self.users["ben"])
            # What is planned is not proposed again
            plan.action_propose()
            self.assertFalse(plan.line_ids)
            with self.assertFails(UserError, "No visit in the list"):
                plan.action_book()

    def test_urgent_first_spread_within_limits(self):
        self.accounts[5].tier_date = "2025-01-01"
        with freeze_time(MONDAY):
            plan = self._plan()
            plan.action_propose()
        lines = plan.line_ids.sorted("start")
        self.assertEqual(lines[0].account_id, self.accounts[5])
        self.assertEqual(lines.mapped("date_due"), sorted(lines.mapped("date_due")))
        days = {}
        weeks = {}
        for line in lines:
            local = self._local(line.start)
            self.assertLess(local.weekday(), 5)
            days[local.date()] = days.get(local.date(), 0) + 1
            week = local.isocalendar()[:2]
            weeks[week] = weeks.get(week, 0) + 1
        self.assertLessEqual(max(days.values()), 2)
        self.assertLessEqual(max(weeks.values()), 7)
        self.assertGreaterEqual(len(days), 12, "spread over the days")

    def test_more_than_fits_is_said(self):
        with freeze_time(MONDAY):
            plan = self._plan(date_to="2026-10-23", per_week=3)
            plan.action_propose()
        self.assertEqual(len(plan.line_ids.filtered("start")), 3)
        self.assertEqual(plan.unplaced_count, 21)
        left = plan.line_ids.filtered(lambda line: not line.start)
        self.assertEqual(
            set(left.mapped("reason")), {"No more free time within the limits"}
        )
        with freeze_time(MONDAY):
            left[0].start = datetime(2026, 10, 24, 2)  # a Saturday, by hand
            plan.action_book()
        self.assertEqual(len(self.accounts.visit_ids), 4, "only what has a time")

    def test_free_of_other_events(self):
        zone = pytz.timezone("Asia/Shanghai")
        start = zone.localize(datetime(2026, 10, 20, 8)).astimezone(pytz.utc)
        start = start.replace(tzinfo=None)
        self.env["calendar.event"].create(
            [
                {
                    "name": "Training",
                    "start": start,
                    "stop": start + timedelta(hours=9),
                    "partner_ids": [Command.set(self.users["ben"].partner_id.ids)],
                },
                {
                    "name": "Fair",
                    "allday": True,
                    "start_date": "2026-10-21",
                    "stop_date": "2026-10-22",
                    "start": "2026-10-21 08:00:00",
                    "stop": "2026-10-22 18:00:00",
                    "partner_ids": [Command.set(self.users["ben"].partner_id.ids)],
                },
            ]
        )
        with freeze_time(MONDAY):
            plan = self._plan()
            plan.action_propose()
        placed = plan.line_ids.filtered("start")
        days = {self._local(line.start).day for line in placed}
        self.assertFalse(days & {20, 21, 22})
        self.assertIn(23, days)

    def test_holidays(self):
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": self.calendar.id,
                "company_id": self.company.id,
                "date_from": "2026-10-19 16:00:00",
                "date_to": "2026-10-20 16:00:00",
            }
        )
        with freeze_time(MONDAY):
            plan = self._plan()
            plan.action_propose()
        placed = plan.line_ids.filtered("start")
        days = {self._local(line.start).day for line in placed}
        self.assertNotIn(20, days)

    def test_time_zones(self):
        """Working hours are those where the visitor is, over a change of clocks."""
        for zone in ("Asia/Shanghai", "America/New_York", "UTC"):
            with self.subTest(zone=zone), freeze_time(MONDAY):
                self.users["ben"].tz = zone
                plan = self._plan()
                plan.action_propose()
                starts = [self._local(line.start, zone) for line in plan.line_ids]
                self.assertTrue(starts)
                self.assertEqual({start.hour for start in starts} - {8, 9, 10}, set())
                self.assertIn(8, {start.hour for start in starts})
                if zone == "America/New_York":
                    offsets = {start.utcoffset() for start in starts}
                    self.assertEqual(len(offsets), 2, "both sides of the change")

    def test_proposing_costs_the_same_for_many(self):
        """Calendars of all companions are looked at in one go."""
        leaders = [
            self.users["sue"].copy({"login": f"sue{index}"}) for index in range(10)
        ]
        teams = self.env["crm.team"].create(
            [{"name": f"T{user.id}", "user_id": user.id} for user in leaders]
        )
        ben = self.users["ben"]

        def statements(number):
            self.accounts.manager_id = False
            accounts = self.Account.create(
                [
                    {
                        "partner_id": partner.id,
                        "manager_id": ben.id,
                        "team_id": teams[index % number].id,
                    }
                    for index, partner in enumerate(self._customers(3 * number))
                ]
            )
            accounts.write({"is_potential": True, "tier_date": "2026-01-01"})
            plan = self._plan(date_to="2027-10-01", per_day=4, per_week=20)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            plan.action_propose()
            self.env.flush_all()
            result = self.cr.sql_log_count - before
            lines = plan.line_ids
            self.assertEqual(lines.account_id, accounts)
            self.assertEqual(len(lines.companion_ids), number)
            self.assertTrue(all(lines.mapped("start")))
            accounts.manager_id = False
            return result

        with freeze_time(MONDAY):
            statements(1)
            few, many = statements(1), statements(10)
        # has_group is cached by user: one more statement for each leader at most
        self.assertLessEqual(many, few + 12, f"{few} for 3, {many} for 30")

    def test_lines_can_be_changed(self):
        with freeze_time(MONDAY):
            plan = self._plan()
            plan.action_propose()
            first, second = plan.line_ids[:2]
            plan.line_ids = [Command.unlink(line.id) for line in plan.line_ids[2:]]
            second.start = first.start
            with self.assertFails(ValidationError, "cannot be at"):
                plan.action_book()
            self.assertEqual(len(plan.line_ids), 2, "nothing is lost")
            second.start = first.start + timedelta(hours=2)
            plan.action_book()
        self.assertEqual(len(self.accounts.visit_ids), 2)

    def test_bad_period(self):
        with self.assertFails(UserError, "between one day and one year"):
            self._plan(date_to="2026-10-01")
        with self.assertFails(UserError, "at least one visit"):
            self._plan(per_day=0)

    def test_nobody_plans_accounts_they_do_not_see(self):
        with freeze_time(MONDAY):
            plan = self._plan(login="amy", user_id=self.users["ben"].id)
            plan.action_propose()
        self.assertFalse(plan.line_ids & plan.line_ids.browse())
        self.assertFalse(plan.line_ids.account_id & self.accounts)
        with self.assertRaises(AccessError):
            self._plan(login="tom")

    def test_a_thousand_visits_in_batches(self):
        """Ten times as many visits take nowhere near ten times as many statements."""

        def statements(count):
            plan = self._plan()
            start = datetime(2027, 1, 4, 1)
            plan.line_ids = [
                Command.create(
                    {
                        "account_id": self.accounts[index % 12].id,
                        "start": start + timedelta(hours=index),
                        "duration": 1.0,
                    }
                )
                for index in range(count)
            ]
            self.env.flush_all()
            before = self.cr.sql_log_count
            plan.action_book()
            self.env.flush_all()
            number = self.cr.sql_log_count - before
            visits = self.accounts.visit_ids
            self.assertEqual(len(visits.event_ids), count)
            visits.sudo().unlink()
            return number

        with freeze_time(MONDAY):
            statements(10)
            few, many = statements(100), statements(1000)
        self.assertLess(many, 5 * few, f"{few} for 100, {many} for 1,000")
        self.assertLessEqual(few, 40)
        self.assertLessEqual(many, 150)


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
            with self.assertFails(UserError, "earliest start"):
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
            with self.assertFails(UserError, "working hours of the company first"):
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
            self.assertIn("No supervisor can join", line.reason)

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
