"""The plan of the demo data on every day of four years, without a database.

Works out the figures and the verdicts of the product's default rules from the plan by
itself, and compares them with the table in ``customers.csv``.
"""

from collections import defaultdict
from datetime import date, datetime, time, timedelta

from dateutil.relativedelta import relativedelta

from odoo.tests import BaseCase, tagged

from odoo.addons.key_account_management.demo.register import kam_demo_plan

FIRST_DAY, LAST_DAY = date(2026, 1, 1), date(2029, 12, 31)
TOLERANCE = 5
VAT = 0.13
HYSTERESIS = 0.05
MIN_PERFORMANCE = 0.75
# metric, weight, target
CRITERIA = (
    ("revenue", 40, 2_000_000),
    ("orders", 20, 10),
    ("growth", 10, 0.5),
    ("influence", 15, 100),
    ("strategic_fit", 15, 100),
)
# tier, score, demands to exceed, how many of them must be met
TIERS = (
    ("strategic", 70, {"revenue": 500_000, "orders": 5}, all),
    ("core", 45, {"revenue": 500_000}, all),
    ("key", 20, {"revenue": 500_000, "orders": 5}, any),
)
RANKS = [tier for tier, *_rules in TIERS] + [""]
# grade, revenue, performance
GRADES = (("green", 3e6, 0.95), ("yellow", 1e6, 0.9), ("red", 5e5, 0.75))
BANDS = (95, 90, 75, 0)
# How far every figure is from a limit, at least. In the database, quantities are whole
# numbers, and what is invoiced in another currency follows its rate.
MARGINS = {"revenue": 0.03, "orders": 0.03, "growth": 0.03, "score": 0.5, "rate": 0.015}


class Figures:
    """What a customer bought in the windows that end on a day, and how it paid."""

    def __init__(self):
        self.revenue = self.before = self.owed = self.honoured = 0.0
        self.orders = 0

    @property
    def growth(self):
        return self.revenue / self.before - 1 if self.before > 0 else 0

    @property
    def rate(self):
        return self.honoured / self.owed if self.owed > 0 else None


def measure(rows, plan, day):
    """Figures of all customers by key, for the window that ends on a day."""
    figures = defaultdict(Figures)
    start, before = day - relativedelta(months=12), day - relativedelta(months=24)
    opening = datetime.combine(start + timedelta(days=1), time.min)
    closing = datetime.combine(day + timedelta(days=1), time.min)
    for bill in plan.bills:
        figure = figures[bill.customer]
        amount = sum(order.amount for order in bill.orders)
        for date_, value in (
            (bill.day, amount),
            (bill.credit_day, -amount * bill.credit_share),
        ):
            if date_ and start < date_ <= day:
                figure.revenue += value
            elif date_ and before < date_ <= start:
                figure.before += value
        figure.orders += sum(opening <= o.moment < closing for o in bill.orders)
        row = rows[bill.customer]
        due = bill.day + timedelta(days=row["term"])
        if start < due <= day:
            gross = amount * (1 + VAT * (row["country"] == "cn"))
            owed, honoured = settle(bill, due, day)
            figure.owed += gross * owed
            figure.honoured += gross * honoured
    for key, order in plan.loose:
        if order.state == "sale":
            figures[key].orders += opening <= order.moment < closing
        cancelled = order.moment.date() + timedelta(days=7)
        if order.state == "cancel" and start < cancelled <= day:
            figures[key].owed += order.amount * (
                1 + VAT * (rows[key]["country"] == "cn")
            )
    return figures


def settle(bill, due, day):
    """Shares of a bill that are owed and honoured up to a day."""
    last_day = due + timedelta(days=TOLERANCE)
    credited = bill.credit_share if bill.credit_day and bill.credit_day <= day else 0
    rest, honoured = 1 - bill.credit_share, 0.0
    for payment in bill.payments:
        part = rest * payment.share
        rest -= part
        if payment.day <= min(day, last_day):
            honoured += part
    return (1 - credited if last_day < day else honoured), honoured


def score(row, figure):
    values = {
        "revenue": figure.revenue,
        "orders": figure.orders / 12,
        "growth": figure.growth,
        "influence": row["influence"],
        "strategic_fit": row["strategic_fit"],
    }
    return sum(
        weight * min(max(values[name] / target, 0), 1)
        for name, weight, target in CRITERIA
    ) * (100 / sum(weight for _name, weight, _target in CRITERIA))


def tier_of(row, figure, current, nudge):
    """Tier that the rules call for, with every figure nudged by its margin."""
    points = score(row, figure) + nudge * MARGINS["score"]
    values = {
        "revenue": figure.revenue * (1 + nudge * MARGINS["revenue"]),
        "orders": figure.orders / 12 * (1 + nudge * MARGINS["orders"]),
    }
    for tier, least, demands, needed in TIERS:
        slack = HYSTERESIS if tier == current else 0
        met = (values[n] > limit * (1 - slack) for n, limit in demands.items())
        if points >= least * (1 - slack) and needed(met):
            return tier
    return ""


def verdicts(row, before, figure, nudge):
    """What the demo shows of a customer: a row of the table.

    :param before: its figures on the day of the first decisions
    :param int nudge: -1 or 1: all figures that much worse or better; 0: as they are
    """
    tier = tier_of(row, before, "", nudge)
    rate = figure.rate
    if rate is not None:
        rate += nudge * MARGINS["rate"] if rate < 1 else 0
    withheld = rate is not None and rate < MIN_PERFORMANCE
    withdrawn = bool(tier) and withheld
    called_for = "" if withheld else tier_of(row, figure, tier, nudge)
    revenue = figure.revenue * (1 + nudge * MARGINS["revenue"])
    grade = "" if not tier else "black"
    for name, amount, performance in reversed(GRADES if tier else ()):
        if revenue >= amount and (rate is None or rate >= performance):
            grade = name
    tier = "" if withdrawn else tier
    movement = move(tier, called_for)
    if row["key"] in kam_demo_plan.DECIDED:
        ruled, shown = kam_demo_plan.DECIDED[row["key"]]
        movement = shown if movement == ruled else f"{movement} before the decision"
    growing = revenue >= 100_000 and figure.growth + nudge * MARGINS["growth"] >= 0.3
    if not called_for and not withheld and not tier:
        tier = "potential" if growing or row["strategic_fit"] >= 70 else ""
    return {
        "tier": tier,
        "movement": movement,
        "grade": grade,
        "performance": "" if rate is None else str(band(rate)),
        "withdrawn": "yes" if withdrawn else "",
    }


def move(tier, called_for):
    if tier == called_for:
        return ""
    if not tier or not called_for:
        return "entry" if called_for else "exit"
    rises = RANKS.index(called_for) < RANKS.index(tier)
    return "promotion" if rises else "demotion"


def band(rate):
    return next(limit for limit in BANDS if rate * 100 >= limit)


def differences(rows, plan, day):
    """Sentences on what the plan of a day does not show, but the table wants."""
    decided = day - relativedelta(months=3)
    before, figures = measure(rows, plan, decided), measure(rows, plan, day)
    result = []
    for key, row in rows.items():
        for nudge in (0, -1, 1):
            found = verdicts(row, before[key], figures[key], nudge)
            result += [
                f"{day} {key} ({nudge:+}): {name} wanted {row[name]!r}, found {value!r}"
                for name, value in found.items()
                if value != row[name]
            ]
    return result


@tagged("post_install", "-at_install")
class TestDemoPlan(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customers = kam_demo_plan.read_customers()
        cls.rows = {row["key"]: row for row in cls.customers}

    def _plan(self, day):
        return kam_demo_plan.plan_trade(self.customers, day)

    def test_every_day_of_four_years(self):
        """What the table wants is so with a margin, and nothing lies in the future."""
        day = FIRST_DAY
        while day <= LAST_DAY:
            plan = self._plan(day)
            self.assertFalse(differences(self.rows, plan, day))
            self.assertLess(self._newest(plan), day)
            day += timedelta(days=1)

    @staticmethod
    def _newest(plan):
        days = [order.moment.date() for _key, order in plan.loose]
        for bill in plan.bills:
            days += [bill.day, *(payment.day for payment in bill.payments)]
            days += [bill.credit_day] if bill.credit_day else []
        return max(days)

    def test_misplaced_payment_is_found(self):
        """A single payment that comes a month later moves the customer, and is told."""
        day = date(2028, 2, 29)
        plan = self._plan(day)
        self.assertFalse(differences(self.rows, plan, day))
        position = max(
            i
            for i, bill in enumerate(plan.bills)
            if bill.customer == "jinhe" and len(bill.payments) == 2
        )
        first, rest = plan.bills[position].payments
        late = first._replace(day=first.day + timedelta(days=30))
        plan.bills[position] = plan.bills[position]._replace(payments=[late, rest])
        found = differences(self.rows, plan, day)
        self.assertIn(
            "2028-02-29 jinhe (+0): performance wanted '75', found '0'", found
        )
        self.assertFalse([text for text in found if " jinhe " not in text])

    def test_windows_hold_the_same_trade_on_every_day(self):
        """The same is bought, falls due and is paid in time; only its days move."""
        names = ("orders", "revenue", "before", "owed", "honoured")
        first = None
        for month in range(1, 25):
            for days in (-1, 14):
                day = FIRST_DAY + relativedelta(months=month, days=days)
                figures = measure(self.rows, self._plan(day), day)
                counted = {
                    key: [round(getattr(figure, name), 2) for name in names]
                    for key, figure in figures.items()
                }
                first = first or counted
                self.assertEqual(counted, first, day)
