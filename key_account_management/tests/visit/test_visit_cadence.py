from datetime import timedelta

from dateutil.relativedelta import relativedelta
from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import VisitCase


@tagged("post_install", "-at_install")
class TestVisitCadence(VisitCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account.tier_date = cls.today - relativedelta(months=3)
        cls.middle = cls.env["res.partner"].create(
            {"name": "Zhao", "parent_id": cls.alpha.id, "kam_level": "middle"}
        )

    def _due(self, account=None, login="amy"):
        """Due dates by level, as they are now."""
        self.env.flush_all()
        self.env["kam.visit.due"].invalidate_model()
        dues = (
            self.env["kam.visit.due"]
            .with_user(self.users[login])
            .search([("account_id", "=", (account or self.account).id)])
        )
        return {due.level: due for due in dues}

    def test_new_company_has_cadences_of_its_own_tiers(self):
        cadences = self.company.kam_visit_cadence_ids
        main = self.env.ref("base.main_company").kam_visit_cadence_ids
        self.assertEqual(len(cadences), len(main))
        self.assertEqual(cadences.tier_id, self.tiers)
        rules = [
            {
                (c.tier_id.name, c.level, c.interval_number, c.interval_unit)
                for c in set_
            }
            for set_ in (cadences, main)
        ]
        self.assertEqual(*rules)

    def test_never_visited(self):
        """Core: executives every 6 months, middle 2, front line 1."""
        due = self._due()
        self.assertEqual(
            due["executive"].date_due, self.account.tier_date + self._months(6)
        )
        self.assertEqual(
            due["middle"].date_due, self.account.tier_date + self._months(2)
        )
        self.assertTrue(due["middle"].is_overdue)
        self.assertTrue(due["front"].is_overdue)
        self.assertFalse(due["executive"].is_overdue)

    @staticmethod
    def _months(count):
        return relativedelta(months=count)

    def test_last_visit_by_level(self):
        self._held(40, contact_ids=[Command.set(self.middle.ids)])
        self._held(10, contact_ids=[Command.set((self.wang + self.li).ids)])
        self._planned(contact_ids=[Command.set(self.middle.ids)])
        due = self._due()
        visited = (self.now - timedelta(days=10, hours=2)).date()
        self.assertEqual(due["front"].date_last, visited)
        self.assertEqual(due["front"].date_due, visited + self._months(1))
        self.assertEqual(due["executive"].date_due, visited + self._months(6))
        self.assertEqual(due["middle"].date_planned, self.tomorrow.date())
        self.assertFalse(due["middle"].is_overdue)

    def test_cancelled_visits_and_drafts_do_not_count(self):
        visit = self._planned(contact_ids=[Command.set(self.middle.ids)])
        visit.action_cancel()
        self._visit(contact_ids=[Command.set(self.middle.ids)])
        self.assertFalse(self._due()["middle"].date_planned)

    def test_contact_without_level_is_front_line(self):
        self.li.kam_level = False
        self._held(1, contact_ids=[Command.set(self.li.ids)])
        self.assertTrue(self._due()["front"].date_last)

    def test_potential_accounts(self):
        self.assertEqual(set(self._due(self.target_account)), {"middle"})
        self.target_account.is_potential = False
        self.assertFalse(self._due(self.target_account))

    def test_overdue_can_be_searched(self):
        self.env.flush_all()
        Due = self.env["kam.visit.due"].with_user(self.users["amy"])
        overdue = Due.search([("is_overdue", "=", True)])
        self.assertEqual(overdue, Due.search([]).filtered("is_overdue"))
        self.assertTrue(overdue)
        calm = Due.search([("is_overdue", "=", False)])
        self.assertEqual(calm, Due.search([]) - overdue)
        accounts = self.Account.with_user(self.users["amy"]).search(
            [("visit_due_ids", "any", [("is_overdue", "=", True)])]
        )
        self.assertEqual(accounts, self.account)

    def test_days_are_those_of_the_company(self):
        """At 07:00 in Shanghai on 1 March, the day before is not over in UTC."""
        self.company.resource_calendar_id.tz = "Asia/Shanghai"
        amy = self.users["amy"]
        for tz in ("Asia/Shanghai", "America/New_York", False):
            amy.tz = tz  # where the reader is makes no difference
            with self.subTest(tz=tz), freeze_time("2027-02-28 23:30:00"):
                middle = [Command.set(self.middle.ids)]
                self._visit(
                    start="2027-02-28 23:00:00",
                    contact_ids=middle,
                    main_points="All is well",
                    state="done",
                )
                visit = self._planned(start="2027-03-03 16:30:00", contact_ids=middle)
                due = self._due()["middle"]
                self.assertEqual(str(due.date_last), "2027-03-01")
                self.assertEqual(str(due.date_due), "2027-05-01")
                self.assertEqual(str(due.date_planned), "2027-03-04")
                visit.action_cancel()
                self.assertFalse(self._due()["middle"].date_planned)

    def test_overdue_at_the_edge_of_the_day(self):
        """Overdue once the day is over where the company is, computed or searched."""
        self.account.tier_date = "2027-01-01"
        Due = self.env["kam.visit.due"].with_user(self.users["amy"])
        mine = [("account_id", "=", self.account.id), ("level", "=", "middle")]
        for tz, before, after in (
            ("Asia/Shanghai", "2027-03-01 15:59:00", "2027-03-01 16:00:00"),
            ("America/New_York", "2027-03-02 04:59:00", "2027-03-02 05:00:00"),
        ):
            self.company.resource_calendar_id.tz = tz
            for moment, overdue in ((before, False), (after, True)):
                with self.subTest(moment=moment), freeze_time(moment):
                    self.env.flush_all()
                    self.env.invalidate_all()
                    due = Due.search(mine)
                    self.assertEqual(str(due.date_due), "2027-03-01")
                    self.assertEqual(due.is_overdue, overdue)
                    for value in (True, False):
                        found = Due.search([*mine, ("is_overdue", "=", value)])
                        self.assertEqual(found, due if overdue == value else Due)

    def test_visit_that_did_not_take_place_plans_nothing(self):
        middle = [Command.set(self.middle.ids)]
        visit = self._planned(contact_ids=middle)
        day = visit.company_id._kam_local_date(visit.start)
        self.assertEqual(self._due()["middle"].date_planned, day)
        with freeze_time(visit.company_id._kam_midnight(day + timedelta(days=1))):
            due = self._due()["middle"]
            self.assertFalse(due.date_planned)
            self.assertTrue(due.is_overdue)

    def test_time_zone_of_companies_in_sql(self):
        """The rule in SQL is that in Python, whatever is empty."""
        companies = self.env["res.company"].create(
            [{"name": "Own"}, {"name": "Address"}, {"name": "Nothing"}]
        )
        own, address, nothing = companies
        own.resource_calendar_id.tz = "Asia/Tokyo"
        (address + nothing).resource_calendar_id = False
        address.partner_id.tz = "Europe/Paris"
        nothing.partner_id.tz = False
        self.env.flush_all()
        rows = dict(self.env.execute_query(companies._kam_timezone_sql()))
        for company in companies:
            self.assertEqual(rows[company.id], company._kam_timezone().zone)
        self.assertEqual(rows[nothing.id], "UTC")

    def test_plan_from_the_list(self):
        action = self._due()["executive"].action_plan()
        self.assertEqual(action["context"]["default_contact_ids"], self.wang.ids)
        self.assertEqual(action["context"]["default_account_id"], self.account.id)

    def test_one_statement_for_all_accounts(self):
        partners = self._customers(40)
        accounts = self.Account.create([{"partner_id": p.id} for p in partners])
        accounts.tier_id = self.key

        def statements(number):
            self.env.flush_all()
            self.env.invalidate_all()
            domain = [("account_id", "in", accounts[:number].ids)]
            Due = self.env["kam.visit.due"]
            Due.search(domain, limit=1).mapped("date_due")
            before = self.cr.sql_log_count
            self.assertEqual(len(Due.search(domain).mapped("date_due")), 2 * number)
            return self.cr.sql_log_count - before

        few = statements(4)
        self.assertLessEqual(few, 2)
        self.assertEqual(statements(40), few)

    def test_dates_on_the_register_cost_the_same_for_all(self):
        held = self._held(3)
        planned = self._planned()
        self.env.flush_all()
        account = self.account.with_user(self.users["amy"])
        self.assertEqual(account.last_visit_date, held.start)
        self.assertEqual(account.next_visit_date, planned.start)
        self.assertEqual(account.visit_count, 2)
        self.assertFalse(self.target_account.last_visit_date)
        partners = self._customers(30)
        accounts = self.Account.create([{"partner_id": p.id} for p in partners])

        def statements(records):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            records.mapped("last_visit_date")
            return self.cr.sql_log_count - before

        statements(accounts[:3])
        self.assertEqual(statements(accounts[:3]), statements(accounts))

    def test_bad_cadence(self):
        Cadence = self.env["kam.visit.cadence"]
        values = {"company_id": self.company.id, "level": "front"}
        elsewhere = self._create_company("Elsewhere")
        with self.assertFails(UserError, "company"):
            Cadence.create({**values, "tier_id": elsewhere.kam_tier_ids[0].id})
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            Cadence.create({**values, "tier_id": self.core.id})

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
