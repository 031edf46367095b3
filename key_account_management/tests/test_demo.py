"""The demo data, and the register against a computation of its own.

:class:`Reference` works the figures out from the posted records in plain Python, by the
definitions of the requirements. It shares nothing with the addon but the settings.
"""

from collections import defaultdict
from datetime import datetime, timedelta

import pytz
from dateutil.relativedelta import relativedelta

from odoo.tests import TransactionCase, tagged

from odoo.addons.key_account_management.demo import kam_demo_plan

SHANGHAI = pytz.timezone("Asia/Shanghai")
FIGURES = {  # by field: decimals that count
    "revenue_12m": 2,
    "revenue_prev_12m": 2,
    "growth_rate": 4,
    "order_count_12m": 0,
    "orders_per_month": 2,
    "first_order_date": None,
    "last_order_date": None,
    "revenue_rank": 0,
    "revenue_share": 5,
    "pareto_share": 5,
    "pareto_class": None,
    "size_computed": None,
    "size": None,
    "cooperation_computed": None,
    "cooperation": None,
    "score": 2,
    "tier_computed_id": None,
    "is_potential": None,
    "overdue_amount": 2,
    "revenue_group_12m": 2,
    "order_count_group_12m": 0,
    "overdue_group_amount": 2,
    "long_term_value": 2,
}
ENTERED = ("influence", "strategic_fit", "size_manual", "cooperation_manual")


class Reference:
    """Figures of all customers of a company on a day, by partner id."""

    def __init__(self, company, day):
        self.env = company.env
        self.company = company
        self.day = day
        self.start = day - relativedelta(months=company.kam_window_months)
        self.before = self.start - relativedelta(months=company.kam_window_months)
        self.rows = defaultdict(self._empty)
        self.partners = {}
        self._read_accounts()
        self._read_invoices()
        self._read_orders()
        self._read_overdue()
        self._consolidate()
        self._rank()
        self._value()
        for row in self.rows.values():
            self._rate(row)

    @staticmethod
    def _empty():
        zeros = ("revenue_12m", "revenue_prev_12m", "order_count_12m", "overdue_amount")
        return {
            **dict.fromkeys(zeros, 0),
            **dict.fromkeys(("influence", "strategic_fit"), 0),
            **dict.fromkeys(("size_manual", "cooperation_manual", "tier"), False),
            "first_order_date": False,
            "last_order_date": False,
        }

    def _row(self, partner):
        return self.rows[partner.commercial_partner_id.id]

    def _read(self, model, domain):
        return self.env[model].with_context(active_test=False).search(domain)

    # ------------------------------------------------------------
    # Records
    # ------------------------------------------------------------

    def _read_accounts(self):
        own = [("company_id", "=", self.company.id)]
        for account in self._read("kam.account", own):
            row = self._row(account.partner_id)
            row.update({name: account[name] for name in ENTERED})
            row["tier"] = account.tier_id

    def _read_invoices(self):
        for move in self._read(
            "account.move",
            [("company_id", "=", self.company.id), ("state", "=", "posted")],
        ):
            if move.move_type not in ("out_invoice", "out_refund"):
                continue
            if self.start < move.invoice_date <= self.day:
                self._row(move.partner_id)["revenue_12m"] += move.amount_untaxed_signed
            elif self.before < move.invoice_date <= self.start:
                row = self._row(move.partner_id)
                row["revenue_prev_12m"] += move.amount_untaxed_signed

    def _read_orders(self):
        for order in self._read(
            "sale.order", [("company_id", "=", self.company.id), ("state", "=", "sale")]
        ):
            day = pytz.utc.localize(order.date_order).astimezone(SHANGHAI).date()
            if day > self.day:
                continue
            row = self._row(order.partner_id)
            row["order_count_12m"] += day > self.start
            row["first_order_date"] = min(row["first_order_date"] or day, day)
            row["last_order_date"] = max(row["last_order_date"] or day, day)

    def _read_overdue(self):
        """What customers owe past the due date on the day, less their credits.

        A payment or a credit note counts from its own date on, which for a past day
        takes back the reconciliations made since.
        """
        owed = defaultdict(float)
        lines = self._read(
            "account.move.line",
            [
                ("company_id", "=", self.company.id),
                ("parent_state", "=", "posted"),
                ("account_type", "=", "asset_receivable"),
                ("partner_id", "!=", False),
            ],
        )
        for line in lines:
            due = line.date_maturity or line.date
            if line.date > self.day or due >= self.day:
                continue
            open_amount = line.balance
            for partial in line.matched_credit_ids:
                if partial.max_date <= self.day:
                    open_amount -= partial.amount
            for partial in line.matched_debit_ids:
                if partial.max_date <= self.day:
                    open_amount += partial.amount
            owed[line.partner_id.commercial_partner_id.id] += open_amount
        for partner_id, amount in owed.items():
            self.rows[partner_id]["overdue_amount"] = max(round(amount, 2), 0)

    # ------------------------------------------------------------
    # Figures
    # ------------------------------------------------------------

    def _consolidate(self):
        """Group figures: the customer's own and those of all companies below it."""
        kin = {}
        for partner_id in list(self.rows):
            partner = self.env["res.partner"].browse(partner_id)
            ancestors = []
            while partner.parent_id:
                partner = partner.parent_id.commercial_partner_id
                ancestors.append(partner.id)
            kin[partner_id] = ancestors
        for row in self.rows.values():
            row["group"] = [row]
        for partner_id, ancestors in kin.items():
            for ancestor in ancestors:
                self.rows[ancestor].setdefault("group", [self.rows[ancestor]])
                self.rows[ancestor]["group"].append(self.rows[partner_id])
        for row in self.rows.values():
            for name, group_name in (
                ("revenue_12m", "revenue_group_12m"),
                ("order_count_12m", "order_count_group_12m"),
                ("overdue_amount", "overdue_group_amount"),
            ):
                row[group_name] = sum(member[name] for member in row["group"])

    def _size(self, revenue, total):
        share = 100 * revenue / total if total else 0
        if revenue <= 0 or share < self.company.kam_size_medium:
            return "small"
        return "medium" if share < self.company.kam_size_large else "large"

    def _rank(self):
        ranked = sorted(self.rows.items(), key=lambda i: (-i[1]["revenue_12m"], i[0]))
        total = sum(max(row["revenue_12m"], 0) for _id, row in ranked)
        total_prev = sum(max(row["revenue_prev_12m"], 0) for _id, row in ranked)
        so_far = 0
        for rank, (_partner_id, row) in enumerate(ranked, 1):
            revenue = row["revenue_12m"]
            reached = 100 * so_far / total if total else 0
            so_far += max(revenue, 0)
            row["revenue_rank"] = rank
            row["revenue_share"] = revenue / total if total else 0
            row["pareto_share"] = so_far / total if total else 0
            if revenue > 0 and reached < self.company.kam_pareto_a:
                row["pareto_class"] = "a"
            elif revenue > 0 and reached < self.company.kam_pareto_b:
                row["pareto_class"] = "b"
            else:
                row["pareto_class"] = "c"
            row["size_computed"] = self._size(revenue, total)
            row["size_prev"] = self._size(row["revenue_prev_12m"], total_prev)
            row["size"] = row["size_manual"] or row["size_computed"]

    def _value(self):
        """Revenue × Σ (r / (1 + d))^t, with the retention r seen in its size class."""
        stayed = defaultdict(list)
        for row in self.rows.values():
            if row["revenue_prev_12m"] > 0:
                for size in (row["size_prev"], "all"):
                    stayed[size].append(row["revenue_12m"] > 0)
        discount = 1 + self.company.kam_ltv_discount / 100
        for row in self.rows.values():
            seen = stayed[row["size_computed"]] or stayed["all"]
            rate = sum(seen) / len(seen)
            row["long_term_value"] = max(row["revenue_12m"], 0) * sum(
                (rate / discount) ** year
                for year in range(1, self.company.kam_ltv_horizon + 1)
            )

    # ------------------------------------------------------------
    # Rules
    # ------------------------------------------------------------

    def _rate(self, row):
        company = self.company
        # Rated as they are shown: nobody could follow the score otherwise.
        row["growth_rate"] = (
            round(row["revenue_12m"] / row["revenue_prev_12m"] - 1, 4)
            if row["revenue_prev_12m"] > 0
            else False
        )
        row["orders_per_month"] = round(
            row["order_count_12m"] / company.kam_window_months + 1e-9, 2
        )
        points = weights = 0
        for criterion in company.kam_criterion_ids:
            reached = (row[criterion.metric] or 0) - criterion.floor
            part = reached / (criterion.target - criterion.floor)
            points += criterion.weight * 100 * min(max(part, 0), 1)
            weights += criterion.weight
        row["score"] = points / weights
        tier = self._tier(row)
        row["tier_computed_id"] = tier
        growing = (
            row["revenue_12m"] >= company.kam_potential_revenue
            and row["growth_rate"] is not False
            and row["growth_rate"] * 100 >= company.kam_potential_growth
        )
        placed = row["strategic_fit"] >= company.kam_strategic_fit
        row["is_potential"] = not tier and (growing or placed)
        since = self.day - relativedelta(months=company.kam_long_term_months)
        old = row["first_order_date"] and row["first_order_date"] <= since
        depth = ("strategic" if placed else "long_term") if old else "short_term"
        row["cooperation_computed"] = depth
        row["cooperation"] = row["cooperation_manual"] or depth

    def _tier(self, row):
        """Highest tier that the row enters, or is in and has not fallen out of."""
        margin = 1 - self.company.kam_hysteresis / 100
        for tier in self.company.kam_tier_ids.sorted("sequence"):
            if self._meets(row, tier, 1):
                return tier
            if row["tier"] == tier and self._meets(row, tier, margin):
                return tier
        return self.env["kam.tier"]

    def _meets(self, row, tier, factor):
        if row["score"] < tier.min_score * factor - 1e-9:
            return False
        checks = [
            row[metric] > limit * factor
            for metric, limit in (
                ("revenue_12m", tier.min_revenue),
                ("orders_per_month", tier.min_orders_per_month),
                ("influence", tier.min_influence),
                ("strategic_fit", tier.min_strategic_fit),
            )
            if limit
        ]
        return not checks or (all if tier.threshold_mode == "all" else any)(checks)


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
        pending = self.env["kam.tier.proposal"].search(
            [*self.own, ("state", "=", "pending")]
        )
        self.assertIn(len(pending), range(5, 9))
        self.assertIn("entry", pending.mapped("movement"))
        self.assertIn("manual", pending.mapped("origin"))
        months = set(self.env["kam.account.snapshot"].search(self.own).mapped("date"))
        self.assertGreaterEqual(len(months), 12)
        self.assertIn("overdue", self.accounts.activity_ids.mapped("state"))

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
            planned + len(plans[0].loose),
        )
