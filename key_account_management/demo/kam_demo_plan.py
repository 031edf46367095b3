"""What the customers of the demo company buy and pay, planned without a database.

Everything is counted back from today in months of the trailing window, so that each
window holds the same trade on whatever day the demo is loaded; nothing is random but
a generator with a fixed seed for each customer.
"""

import csv
from datetime import date, datetime, time, timedelta
from random import Random
from typing import NamedTuple

from dateutil.relativedelta import relativedelta

from odoo.tools import file_open

SEED = 20
MONTHS = 24
# Orders a year from which on a customer gets so many bills
QUARTERLY_FROM = 4
BIMONTHLY_FROM = 20
MONTHLY_FROM = 70
# Days between the due date and the payment, by how a customer pays.
DELAYS = {
    "early": (-12, -2),
    "prompt": (-2, 0),
    "late": (6, 24),
    "slow": (40, 75),
    "partial": (-2, 4),
    "default": (20, 40),
}
# A customer in default has not paid what was invoiced since so many days.
DEFAULT_SINCE = 150
# Days of the month on which customers pay
PAYMENT_DAYS = (8, 23)
# Older bills were settled together, in days: fewer payments load faster.
SETTLED_BEFORE = 365
# Who pays in parts has begun with it that many days ago.
PARTIAL_SINCE = 270
PARTIAL_SHARE = 0.6
NUMBERS = ("prev", "now", "orders_prev", "orders_now", "influence", "strategic_fit")
NUMBERS += ("since", "term")


class Order(NamedTuple):
    moment: datetime  # where the company is
    amount: float  # untaxed, in company currency
    state: str = "sale"


class Payment(NamedTuple):
    day: date
    share: float  # of what is open then


class Bill(NamedTuple):
    customer: str
    day: date
    orders: list
    payments: list
    credit_day: date | None = None
    credit_share: float = 0.0


class Plan(NamedTuple):
    bills: list
    loose: list  # (customer, order) that are not invoiced


def read_customers():
    """Rows of ``customers.csv`` as dicts; money in thousands."""
    with file_open("key_account_management/demo/customers.csv") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row.update({name: int(row[name]) for name in NUMBERS})
    return rows


def plan_trade(customers, today):
    bills, loose = [], []
    for customer in customers:
        trade = _CustomerTrade(customer, today)
        bills += trade.bills()
        loose += [(customer["key"], order) for order in trade.loose()]
    return Plan(bills, loose)


def month_shares(before, now, since):
    """Shares of two years' totals for the 24 months, the oldest month first.

    Trade grows or shrinks by the same rate each month; new customers trade evenly
    since their first month.
    """
    if not before or not now:
        active = min(since, MONTHS // 2) if now else MONTHS // 2
        year = [0.0] * (12 - active) + [1 / active] * active
        empty = [0.0] * 12
        return (empty if not before else year) + (empty if not now else year)
    rate = (now / before) ** (1 / 12)
    powers = [rate**month for month in range(12)]
    year = [power / sum(powers) for power in powers]
    active = min(max(since - 12, 1), 12)
    first = powers[12 - active :]
    first = [0.0] * (12 - active) + [power / sum(first) for power in first]
    return first + year


def payment_run(day, pays):
    """Nearest of the days of the month on which customers pay, late if they do so.

    Few different days keep the registration of the payments short.
    """
    runs = [day.replace(day=number) for number in PAYMENT_DAYS if number >= day.day]
    following = (runs or [day + relativedelta(months=1, day=PAYMENT_DAYS[0])])[0]
    if pays not in ("early", "prompt"):
        return following
    earlier = [day.replace(day=number) for number in PAYMENT_DAYS if number <= day.day]
    return (earlier or [day + relativedelta(months=-1, day=PAYMENT_DAYS[-1])])[-1]


def spread(total, shares):
    """Whole numbers that add up to ``total``, in proportion to ``shares``."""
    result, carried = [], 0.0
    for share in shares:
        carried += share * total
        result.append(int(carried + 0.5))
        carried -= result[-1]
    return result


class _CustomerTrade:
    """The trade of one customer."""

    def __init__(self, customer, today):
        self.customer = customer
        self.today = today
        self.random = Random(f"{SEED}-{customer['key']}")
        # Days before the end of a period on which the customer gets its bill
        self.billing = self.random.randint(1, 9)
        self.returned = "returned" in customer["flags"]

    def bills(self):
        bills = [self._founding()] if self.customer["since"] > MONTHS else []
        bills += self._regular()
        if self.returned:
            # All of last year's goods come back, and nothing else is bought.
            day = self.today - timedelta(days=60)
            bills = [b._replace(credit_day=day, credit_share=1) for b in bills]
        elif len(bills) > 10 and self.random.random() < 0.5:
            self._complain(bills)
        return bills

    def _founding(self):
        """The order of long ago that the cooperation began with."""
        day = self.today - relativedelta(months=self.customer["since"])
        order = Order(datetime.combine(day, time(10)), 20000.0)
        return self._bill(day + timedelta(days=7), [order])

    def _regular(self):
        return [
            *self._year(0, "prev", self._months(0, "prev", "now")),
            *self._year(12, "now", self._months(12, "prev", "now")),
        ]

    def _months(self, half, before, now):
        row = self.customer
        return month_shares(row[before], row[now], row["since"])[half : half + 12]

    def _year(self, half, year, shares):
        """Bills of one of the two years: more for those who order much."""
        total = self.customer[f"orders_{year}"]
        step = 3 if total >= QUARTERLY_FROM or half else 6
        if half and total >= BIMONTHLY_FROM:
            step = 1 if total >= MONTHLY_FROM else 2
        number = self._months(half, "orders_prev", "orders_now")
        counts = spread(total, [sum(number[i : i + step]) for i in range(0, 12, step)])
        ends = {(i + 1) * step: count for i, count in enumerate(counts) if count}
        bills, start = [], 0
        for end, count in ends.items():
            # A bill covers the months since the one before, the last one all.
            share = sum(shares[start : 12 if end == max(ends) else end])
            months = range(half + start, half + end)
            bills.append(
                self._period(months, self.customer[year] * 1000 * share, count)
            )
            start = end
        return bills

    def _period(self, months, amount, count):
        """Orders and bill of some months, which are counted from the oldest."""
        start = self.today - relativedelta(months=MONTHS - months.start)
        end = self.today - relativedelta(months=MONTHS - months.stop)
        day = end - timedelta(days=self.billing)
        days = (day - start).days
        weights = [self.random.uniform(0.6, 1.4) for _i in range(count)]
        orders = sorted(
            Order(
                self._moment(start + timedelta(days=self.random.randint(1, days))),
                amount * weight / sum(weights),
            )
            for weight in weights
        )
        return self._bill(day, orders)

    def _moment(self, day):
        # Between six and eight in the morning it is still yesterday in UTC.
        return datetime.combine(
            day, time(self.random.randint(6, 19), self.random.randint(0, 59))
        )

    def _bill(self, day, orders):
        return Bill(self.customer["key"], day, orders, self._payments(day))

    def _payments(self, day):
        pays = self.customer["pays"]
        age = (self.today - day).days
        due = day + timedelta(days=self.customer["term"])
        if pays == "default" and age < DEFAULT_SINCE:
            return []
        first = due + timedelta(days=self.random.randint(*DELAYS[pays]))
        if SETTLED_BEFORE < age < 2 * 365:
            first = self.today - timedelta(days=SETTLED_BEFORE)
        payments = [Payment(first, 1.0)]
        if pays == "partial" and age < PARTIAL_SINCE:
            rest = first + timedelta(days=self.random.randint(45, 70))
            payments = [Payment(first, PARTIAL_SHARE), Payment(rest, 1.0)]
        payments = [p._replace(day=payment_run(p.day, pays)) for p in payments]
        return [p for p in payments if p.day < self.today]

    def _complain(self, bills):
        """A complaint is settled with a credit note, before the bill is paid."""
        position = self.random.randrange(len(bills) // 2, len(bills) - 1)
        bill = bills[position]
        day = bill.day + timedelta(days=5)
        if not bill.payments or bill.payments[0].day > day:
            bills[position] = bill._replace(credit_day=day, credit_share=0.3)

    def loose(self):
        """Orders of the last days, quotations, and orders the customer cancelled."""
        row = self.customer
        if "orders_only" in row["flags"]:
            return [self._loose(50, 46000), self._loose(12, 88000)]
        if not row["now"] or row["flags"]:
            return []
        size = row["now"] * 1000 / max(row["orders_now"], 1)
        orders = []
        if row["influence"] >= 20:
            orders.append(self._loose(self.random.randint(2, 12), size * 2, "draft"))
        if row["pays"] in ("slow", "default", "partial"):
            orders.append(self._loose(self.random.randint(30, 200), size, "cancel"))
        return orders

    def _loose(self, days, amount, state="sale"):
        return Order(
            self._moment(self.today - timedelta(days=days)), float(amount), state
        )
