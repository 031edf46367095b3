"""The demo data, and the register against a computation of its own (reference.py)."""

from datetime import date, datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.tests import HttpCase, TransactionCase, tagged

from odoo.addons.key_account_management.demo.base.kam_demo import DemoError
from odoo.addons.key_account_management.demo.register import kam_demo_plan
from odoo.addons.key_account_management.demo.visit.kam_demo import COMING

from .demo_walk import DemoWalk
from .reference import FIGURES, Reference, cut
from .stored_scripts import StoredScripts


class DemoCase(TransactionCase):
    # Each class loads the data: a run on several processes starts with these.
    expected_seconds = 60

    @staticmethod
    def _load_demo(case):
        """:param case: the class, or the test that loads it for itself"""
        case.company = case.env["kam.demo"]._load()
        case.env = case.company.with_company(case.company).env
        case.company = case.company.with_env(case.env)
        # The database may have been made some days ago.
        case.env["kam.account"]._refresh(case.company)
        case.own = [("company_id", "=", case.company.id)]
        case.accounts = (
            case.env["kam.account"].with_context(active_test=False).search(case.own)
        )

    def _account(self, key):
        partner = self.env.ref(f"key_account_management.demo_customer_{key}")
        return self.accounts.filtered(lambda account: account.partner_id == partner)

    def _null_growth_ids(self):
        self.env.cr.execute(
            "SELECT id FROM kam_account WHERE company_id = %s AND growth_rate IS NULL",
            [self.company.id],
        )
        return {row[0] for row in self.env.cr.fetchall()}

    def _compare(self, day):
        reference = Reference(self.company, day)
        self.assertEqual(
            set(reference.rows), set(self.accounts.partner_id.ids), "customers"
        )
        without_base = self._null_growth_ids()
        differences = []
        for account in self.accounts:
            expected = reference.rows[account.partner_id.id]
            for name, digits in FIGURES.items():
                found, wanted = account[name], expected[name]
                if name == "growth_rate" and account.id in without_base:
                    found = False
                if name == "performance_rate" and not account.obligation_amount:
                    found = False
                if digits is None or found is False or wanted is False:
                    same = found == wanted and type(found) is type(wanted)
                else:
                    same = abs(found - wanted) <= 1.01 * 10**-digits
                if not same:
                    differences.append((account.display_name, name, found, wanted))
        self.assertFalse(differences)

    def _assert_nothing_in_the_future(self):
        """Dates lie before today, which for users in the west is still to come."""
        today, now = self.company._kam_today(), fields.Datetime.now()
        for model, fname, domain in (
            # Core dates differences of exchange rates by its own rules.
            ("account.move", "date", [("move_type", "!=", "entry")]),
            ("account.move", "invoice_date", []),
            ("account.payment", "date", []),
            ("sale.order", "date_order", []),
            ("sale.order", "kam_cancel_date", []),
            ("kam.tier.history", "date", []),
            ("kam.visit", "start", [("state", "=", "done")]),
            ("kam.development.contact", "date", []),
        ):
            found = self.env[model].search([*self.own, *domain]).mapped(fname)
            newest = max(filter(None, found))
            name = f"{model}.{fname}"
            if isinstance(newest, datetime):
                self.assertLessEqual(newest, now, name)
            else:
                self.assertLess(newest, today, name)


@tagged("post_install", "-at_install")
class TestDemo(DemoWalk, StoredScripts, DemoCase, HttpCase):
    expected_seconds = 300

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._load_demo(cls)

    def test_register_equals_reference(self):
        self._compare(self.company._kam_today())

    def test_register_equals_reference_in_the_past(self):
        day = self.company._kam_today() - timedelta(days=124)
        self.env["kam.account"]._refresh(self.company, date=day)
        self._compare(day)

    def test_reference_is_discriminating(self):
        """The records hold the cases in which a wrong figure would show."""
        refunds = self.env["account.move"].search_count(
            [*self.own, ("move_type", "=", "out_refund"), ("state", "=", "posted")]
        )
        self.assertGreaterEqual(refunds, 5)
        foreign = self.env["account.move"].search(
            [*self.own, ("currency_id", "!=", self.company.currency_id.id)]
        )
        self.assertEqual(set(foreign.currency_id.mapped("name")), {"USD", "EUR"})
        moments = self.env["sale.order"].search(self.own).mapped("date_order")
        self.assertTrue(
            any(m.date() != (m + timedelta(hours=8)).date() for m in moments)
        )
        self.assertFalse(self._account("wanli").active)
        self.assertLess(self._account("tongda").revenue_12m, 0)
        self.assertEqual(self._account("hongqiao").revenue_12m, 0)
        self.assertGreater(self._account("hongqiao").order_count_12m, 0)
        self.assertEqual(self._account("kaida").revenue_12m, 0)
        self.assertGreater(self._account("kaida").revenue_group_12m, 1_000_000)

    def test_all_that_a_director_wants_to_see(self):
        tiers = self.company.kam_tier_ids
        by_tier = self.accounts.grouped("tier_computed_id")
        for tier, least in zip(tiers, (2, 4, 5), strict=True):
            self.assertGreaterEqual(len(by_tier[tier]), least, tier.name)
        self.assertGreaterEqual(len(self.accounts.filtered("is_potential")), 3)
        self.assertEqual(set(tiers), set(self.accounts.tier_id))
        riser, faller = self._account("xinghui"), self._account("dazhong")
        self.assertGreater(riser.growth_rate, 0.5)
        self.assertLess(faller.growth_rate, -0.4)
        self.assertEqual(riser.pending_proposal_id.movement, "promotion")
        self.assertEqual(faller.pending_proposal_id.movement, "demotion")
        withdrawn = self.accounts.filtered("performance_hold_date")
        self.assertIn(self._account("hengtai"), withdrawn)
        self.assertFalse(withdrawn.tier_id)
        pending = self.env["kam.tier.proposal"].search(
            [*self.own, ("approval_state", "=", "pending")]
        )
        self.assertIn(len(pending), range(5, 9))
        self.assertIn("entry", pending.mapped("movement"))
        self.assertIn("manual", pending.mapped("origin"))
        months = set(self.env["kam.account.snapshot"].search(self.own).mapped("date"))
        self.assertGreaterEqual(len(months), 12)
        self.assertIn("overdue", self.accounts.activity_ids.mapped("state"))

    def test_credit(self):
        grades = self.company.kam_credit_grade_ids
        self.assertEqual(set(grades), set(self.accounts.credit_grade_id))
        requests = self.accounts.credit_request_ids
        states = set(requests.mapped("approval_state"))
        self.assertLessEqual({"approved", "pending"}, states)
        self.assertTrue(any(requests.mapped("approval_is_late")))
        self.assertIn("restore", requests.mapped("kind"))
        for account in self.accounts.filtered("credit_grade_id"):
            approved = account.credit_request_ids.filtered("effect_date")[:1]
            self.assertEqual(account.credit_grade_id, approved.grade_to_id)
            self.assertEqual(account.credit_limit, approved.limit_to)
        states = self.accounts.credit_assessment_ids.mapped("approval_state")
        self.assertEqual(set(states), {"approved", "pending", "draft"})
        held = self.env.ref("key_account_management.demo_order_held")
        self.assertEqual(held.state, "draft")
        self.assertTrue(held.kam_credit_waiting)

    def test_obligations_explain_the_rate(self):
        for account in self.accounts:
            lines = account.obligation_ids
            self.assertAlmostEqual(
                sum(lines.mapped("amount")), account.obligation_amount, 2
            )
            if account.obligation_amount:
                rate = sum(lines.mapped("honoured")) / account.obligation_amount
                self.assertAlmostEqual(cut(rate), account.performance_rate, 4)
        verdicts = self.accounts.obligation_ids.mapped("verdict")
        self.assertEqual(set(verdicts), {"honoured", "partial", "late", "cancelled"})

    def test_everyone_has_an_owner_and_a_territory(self):
        self.assertTrue(all(account.manager_id for account in self.accounts))
        self.assertTrue(all(account.team_id for account in self.accounts))

    def test_nothing_is_in_the_future(self):
        self._assert_nothing_in_the_future()

    def test_rules_are_those_of_the_product(self):
        names = [
            name
            for name, field in self.company._fields.items()
            if name.startswith("kam_")
            and field.store
            and field.type not in ("one2many", "many2many", "many2one")
            and field.default
        ]
        self.assertIn("kam_performance_tolerance", names)
        for name in names:
            default = self.company._fields[name].default(self.company)
            self.assertEqual(self.company[name], default, name)

    def test_invoices_bear_vat(self):
        """13 % at home, nothing on exports; revenue is untaxed."""
        invoices = self.env["account.move"].search(
            [*self.own, ("move_type", "in", ("out_invoice", "out_refund"))]
        )
        exports = invoices.filtered(
            lambda move: move.partner_id.country_id != self.company.country_id
        )
        self.assertGreater(len(exports), 10)
        self.assertFalse(any(exports.mapped("amount_tax")))
        for move in invoices - exports:
            wanted = 0.13 * move.amount_untaxed
            self.assertAlmostEqual(move.amount_tax, wanted, delta=0.5, msg=move.name)
        huadong = self._account("huadong")
        revenue = sum(
            invoices.filtered(
                lambda move: (
                    move.partner_id == huadong.partner_id
                    and move.invoice_date > self.company._kam_window().start
                )
            ).mapped("amount_untaxed_signed")
        )
        self.assertAlmostEqual(huadong.revenue_12m, revenue, 2)

    def test_wrong_customer_is_told_in_one_sentence(self):
        demo = self.env["kam.demo"]
        demo._check_tiers()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE kam_account SET tier_id = NULL WHERE id = %s",
            [self._account("beitai").id],
        )
        with self.assertRaises(DemoError) as caught:
            demo._check_tiers()
        self.assertEqual(
            str(caught.exception),
            "Demo data, 北泰齿轮 Beitai Gears: tier should be core, but is empty.",
        )

    def test_visits_to_come_are_on_different_working_days(self):
        for number in range(7):
            today = date(2027, 3, 1) + timedelta(days=number)
            days = [
                self.env["kam.demo"]._working_day(today, ahead)
                for _key, ahead, _hour, _kind in COMING
            ]
            self.assertEqual(len(set(days)), len(days), today)
            self.assertLess(max(day.weekday() for day in days), 5, today)
            held = self.env["kam.demo"]._working_day(today, -6)
            self.assertLess(held.weekday(), 5, today)
            self.assertIn((today - held).days, (6, 7, 8))

    def test_users_and_admin_are_at_home(self):
        admin = self.env.ref("base.user_admin")
        self.assertIn(self.company, admin.company_ids)
        self.assertIn(self.env.ref("base.main_company"), admin.company_ids)
        for login in ("linwei", "zhaomin", "sunli", "zhoutao", "wugang", "xujing"):
            user = self.env.ref(f"key_account_management.demo_user_{login}")
            self.assertEqual(user.company_id, self.company)
            seen = self.env["kam.account"].with_user(user).search_count([])
            self.assertGreater(seen, 0, login)

    def test_load_twice(self):
        counted = ("kam.account", "sale.order", "account.move", "res.users")
        before = [self.env[model].search_count([]) for model in counted]
        self.assertEqual(self.env["kam.demo"]._load(), self.company)
        after = [self.env[model].search_count([]) for model in counted]
        self.assertEqual(after, before)

    def test_plan_is_deterministic(self):
        """Two plans are equal, and what was loaded is one of them."""
        today = self.company._kam_today()
        plans = [
            kam_demo_plan.plan_trade(kam_demo_plan.read_customers(), today)
            for _i in range(2)
        ]
        self.assertEqual(*plans)
        planned = sum(len(bill.orders) for bill in plans[0].bills)
        self.assertEqual(
            self.env["sale.order"].search_count(self.own),
            planned + len(plans[0].loose) + 1,  # the one that is held
        )


class DemoDayCase(DemoCase):
    """The demo data on a day on which something is different; the loader checks it.

    A class for each day: the processes of a run share the days between them.
    """

    def _test_day(self, moment, today):
        with freeze_time(moment):
            self._load_demo(self)
            self.assertEqual(self.company._kam_today(), today)
            self._compare(today)
            self._assert_nothing_in_the_future()


@tagged("post_install", "-at_install")
class TestDemoLeapDay(DemoDayCase):
    def test_leap_day(self):
        """29 February in Shanghai, and still the day before in UTC."""
        self._test_day("2028-02-28 23:30:00", date(2028, 2, 29))


@tagged("post_install", "-at_install")
class TestDemoLastDayOfYear(DemoDayCase):
    def test_last_day_of_a_year(self):
        self._test_day("2026-12-31 09:00:00", date(2026, 12, 31))


@tagged("post_install", "-at_install")
class TestDemoLastDayOfMonth(DemoDayCase):
    def test_last_day_of_a_short_month(self):
        """A Sunday, after which the same day of other months does not exist."""
        self._test_day("2027-02-28 12:00:00", date(2027, 2, 28))


@tagged("post_install", "-at_install")
class TestDemoFailure(TransactionCase):
    def test_failure_leaves_nothing_behind(self):
        """Core does not look for rolled back customers after the commit."""

        def fail(demo, company):
            customer = demo.env["res.partner"].create({"name": "Gone"})
            for _sale in range(2):
                customer._increase_rank("customer_rank")
            raise DemoError("Wrong")

        waiting = self.env.cr.postcommit.data
        counted = "account.res.partner.increase_rank.customer_rank"
        demo = self.env["kam.demo"]
        with (
            patch.object(type(demo), "_create_records", fail),
            self.assertRaisesRegex(DemoError, "^Wrong$"),
        ):
            demo._load()
        self.assertFalse(dict(waiting[counted]))
        self.assertFalse(
            self.env.ref(
                "key_account_management.demo_company", raise_if_not_found=False
            )
        )
