from datetime import datetime, timedelta

import pytz
from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common_visit_plan import MONDAY, VisitPlanCase


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
            with self.assertFails(UserError, "no visit in the list"):
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
        with self.assertFails(UserError, "one day to one year"):
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
