"""Figures of the register, worked out from the posted records in plain Python.

By the definitions of the requirements; shares nothing with the addon but the settings.
"""

from collections import defaultdict
from datetime import timedelta
from math import floor

import pytz
from dateutil.relativedelta import relativedelta

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
    "obligation_amount": 2,
    "performance_rate": 4,
    "revenue_group_12m": 2,
    "order_count_group_12m": 0,
    "overdue_group_amount": 2,
    "long_term_value": 2,
}
ENTERED = ("influence", "strategic_fit", "size_manual", "cooperation_manual")


def cut(rate):
    """Four digits of a rate: nothing is rounded up to a minimum."""
    return floor(rate * 10000 + 1e-6) / 10000


class Reference:
    """Figures of all customers of a company on a day, by partner id."""

    def __init__(self, company, day):
        self.env = company.env
        self.company = company
        self.day = day
        self.start = day - relativedelta(months=company.kam_window_months)
        self.before = day - relativedelta(months=2 * company.kam_window_months)
        self.rows = defaultdict(self._empty)
        self.partners = {}
        self._read_accounts()
        self._read_invoices()
        self._read_orders()
        self._read_overdue()
        self._read_obligations()
        self._consolidate()
        self._rank()
        self._value()
        for row in self.rows.values():
            self._rate(row)

    @staticmethod
    def _empty():
        zeros = (
            "revenue_12m",
            "revenue_prev_12m",
            "order_count_12m",
            "overdue_amount",
            "obligation_amount",
            "honoured",
        )
        return {
            **dict.fromkeys(zeros, 0),
            **dict.fromkeys(("influence", "strategic_fit"), 0),
            **dict.fromkeys(("size_manual", "cooperation_manual", "tier"), False),
            **dict.fromkeys(("hold", "grace"), False),
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
            row["hold"] = account.performance_hold_date
            row["grace"] = account.performance_grace_date

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

    def _read_obligations(self):
        """What fell due or was cancelled in the window, and what of it was honoured.

        Invoices by their payments, one by one: a payment counts when it came within
        the tolerance; a credit note takes back the obligation.
        """
        tolerance = timedelta(days=self.company.kam_performance_tolerance)
        for move in self._read(
            "account.move",
            [
                ("company_id", "=", self.company.id),
                ("state", "=", "posted"),
                ("move_type", "=", "out_invoice"),
            ],
        ):
            for line in move.line_ids:
                due = line.date_maturity
                receivable = line.account_id.account_type == "asset_receivable"
                if receivable and self.start < due <= self.day:
                    self._add_obligation(line, due + tolerance)
        for order in self._read(
            "sale.order",
            [
                ("company_id", "=", self.company.id),
                ("kam_cancelled_by", "=", "customer"),
                ("kam_cancel_date", "!=", False),
            ],
        ):
            if self.start < order.kam_cancel_date <= self.day:
                row = self._row(order.partner_id)
                open_amount = order.amount_total - sum(
                    order.invoice_ids.filtered(lambda m: m.state == "posted").mapped(
                        "amount_total_signed"
                    )
                )
                row["obligation_amount"] += round(open_amount / order.currency_rate, 2)
        for row in self.rows.values():
            owed = row["obligation_amount"]
            row["performance_rate"] = cut(row["honoured"] / owed) if owed else False

    def _add_obligation(self, line, last_day):
        paid = credited = 0.0
        for partial in line.matched_credit_ids:
            counterpart = partial.credit_move_id.move_id
            share = partial.debit_amount_currency / line.amount_currency
            if partial.max_date > self.day:
                continue
            if counterpart.move_type == "out_refund":
                credited += share
            elif counterpart.origin_payment_id and partial.max_date <= last_day:
                paid += share
        owed = 1 - credited if last_day < self.day else paid
        row = self._row(line.partner_id)
        row["obligation_amount"] += round(line.balance * owed, 2)
        row["honoured"] += round(line.balance * paid, 2)

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
            value = row[criterion.metric]
            scale = criterion.target - criterion.floor
            part = 0 if value is False else (value - criterion.floor) / scale
            points += criterion.weight * 100 * min(max(part, 0), 1)
            weights += criterion.weight
        row["score"] = points / weights
        withheld = self._withheld(row)
        tier = self.env["kam.tier"] if withheld else self._tier(row)
        row["tier_computed_id"] = tier
        growing = (
            row["revenue_12m"] >= company.kam_potential_revenue
            and row["growth_rate"] is not False
            and row["growth_rate"] * 100 >= company.kam_potential_growth
        )
        placed = row["strategic_fit"] >= company.kam_strategic_fit
        row["is_potential"] = not tier and not withheld and (growing or placed)
        since = self.day - relativedelta(months=company.kam_long_term_months)
        old = row["first_order_date"] and row["first_order_date"] <= since
        depth = ("strategic" if placed else "long_term") if old else "short_term"
        row["cooperation_computed"] = depth
        row["cooperation"] = row["cooperation_manual"] or depth

    def _withheld(self, row):
        """No treatment for those who honour too little, until it is restored."""
        if row["hold"] and row["hold"] <= self.day:
            return True
        rate = row["performance_rate"]
        if rate is False or round(rate * 100, 6) >= self.company.kam_performance_min:
            return False
        return not row["grace"] or row["grace"] < self.day

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
