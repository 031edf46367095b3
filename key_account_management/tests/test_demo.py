"""The demo data, and the register against a computation of its own (reference.py)."""

from datetime import datetime, timedelta

from odoo.tests import TransactionCase, tagged

from odoo.addons.key_account_management.demo.register import kam_demo_plan

from .reference import FIGURES, Reference, cut


@tagged("post_install", "-at_install")
class TestDemo(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env["kam.demo"]._load()
        cls.env = cls.company.with_company(cls.company).env
        cls.company = cls.company.with_env(cls.env)
        # The database may have been made some days ago.
        cls.env["kam.account"]._refresh(cls.company)
        cls.own = [("company_id", "=", cls.company.id)]
        cls.accounts = (
            cls.env["kam.account"].with_context(active_test=False).search(cls.own)
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
            [*self.own, ("state", "=", "pending")]
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
        today = self.company._kam_today()
        for model, field in (
            ("account.move", "date"),
            ("account.move", "invoice_date"),
            ("account.payment", "date"),
            ("sale.order", "date_order"),
        ):
            newest = max(filter(None, self.env[model].search(self.own).mapped(field)))
            newest = newest.date() if isinstance(newest, datetime) else newest
            self.assertLessEqual(newest, today, f"{model}.{field}")

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
