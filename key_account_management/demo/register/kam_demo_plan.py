"""What the customers of the demo company buy and pay, planned without a database.

``customers.csv`` is the table of what the demo shows: its last columns say in which
tier a customer is (or that it is a potential key account), which move is proposed, its
credit grade, the band of its contract performance in percent, and whether its
key-account treatment is withdrawn. The loader checks them, and so does
``tests/test_demo_plan.py`` for every day of four years.

The plan is right on every day by construction. All is counted back from today in
months of the trailing window, and no draw of the random numbers depends on the
calendar: each window holds the same orders and bills. Bills are dated so that none is
due near today or near the start of the window. Of every bill, a customer pays a share
in time that lies within its band: so does the rate of any window, whatever falls due.
"""

import csv
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import NamedTuple

from dateutil.relativedelta import relativedelta

SEED = 20
MONTHS = 24
# Orders a year from which on a customer gets so many bills
QUARTERLY_FROM = 4
BIMONTHLY_FROM = 20
MONTHLY_FROM = 70
# Days before the end of its months on which a bill is dated, by the days of its term.
# Then none is due in the days around today: months have 28 to 31 days.
BILLED = {15: (3, 9), 30: (8, 12), 45: (3, 9)}
# Days between the due date and what is paid in time: at most two days late, which the
# tolerance of the product covers
IN_TIME = {"early": (-12, -2)}
PROMPT = (-2, 2)
# … and what is not
LATE = {"late": (28, 40), "slow": (45, 75), "default": (20, 40)}
# A customer in default has not paid what was invoiced since so many days.
DEFAULT_SINCE = 150
# Share of each bill that is paid in time, by the band of performance
HONOURED = {"": (1, 1), "95": (1, 1), "90": (0.92, 0.93), "75": (0.79, 0.86)}
HONOURED["0"] = (0.3, 0.6)
# Days after a bill on which a complaint about it is settled, and the part taken back
CLAIM_DAYS, CLAIM_SHARE = 2, 0.3
# What people decide: the move that the rules call for, and the one that is shown then
DECIDED = {"lingdong": ("entry", ""), "yuantong": ("", "promotion")}
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
    path = Path(__file__).with_name("customers.csv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row.update({name: int(row[name]) for name in NUMBERS})
    return rows


def plan_trade(customers, today):
    ends = [today - relativedelta(months=MONTHS - i) for i in range(MONTHS + 1)]
    bills, loose = [], []
    for customer in customers:
        trade = _CustomerTrade(customer, ends)
        bills += trade.bills()
        loose += [(customer["key"], order) for order in trade.loose()]
    return Plan(bills, loose)


@cache
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


def spread(total, shares):
    """Whole numbers that add up to ``total``, in proportion to ``shares``."""
    result, carried = [], 0.0
    for share in shares:
        carried += share * total
        result.append(int(carried + 0.5))
        carried -= result[-1]
    return result


class _CustomerTrade:
    """The trade of one customer.

    :param list ends: today, and the same day of the months before, the oldest first
    """

    def __init__(self, customer, ends):
        self.customer = customer
        self.ends = ends
        self.today = ends[-1]
        self.random = Random(f"{SEED}-{customer['key']}")
        self.billing = self._draw(*BILLED[customer["term"]])

    def _draw(self, low, high):
        """Whole number from ``low`` to ``high``.

        ``randint`` would draw again now and then, depending on the limits: those that
        follow from the calendar must not change what is drawn next.
        """
        return low + int(self.random.random() * (high - low + 1))

    def bills(self):
        bills = [self._founding()] if self.customer["since"] > MONTHS else []
        bills += self._regular()
        if "returned" in self.customer["flags"]:
            # All of last year's goods come back, and nothing else is bought.
            day = self.today - timedelta(days=60)
            bills = [
                b._replace(credit_day=day, credit_share=1, payments=[]) for b in bills
            ]
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
        start = self.ends[months.start]
        day = self.ends[months.stop] - timedelta(days=self.billing)
        days = (day - start).days
        weights = [0.6 + 0.8 * self.random.random() for _i in range(count)]
        total = sum(weights)
        orders = sorted(
            Order(self._moment(start, self._draw(1, days)), amount * weight / total)
            for weight in weights
        )
        return self._bill(day, orders)

    def _moment(self, day, days):
        """Some time of the day that many days later."""
        # Between six and eight in the morning it is still yesterday in UTC.
        minutes = days * 24 * 60 + self._draw(6 * 60, 20 * 60 - 1)
        return datetime(day.year, day.month, day.day) + timedelta(minutes=minutes)

    def _bill(self, day, orders):
        return Bill(self.customer["key"], day, orders, self._payments(day))

    def _payments(self, day):
        """A part in time and the rest late, as the band of performance wants it."""
        pays, band = self.customer["pays"], self.customer["performance"]
        due = day + timedelta(days=self.customer["term"])
        first = self._draw(*IN_TIME.get(pays, PROMPT))
        second = self._draw(*LATE.get(pays, PROMPT))
        low, high = HONOURED[band]
        share = low + (high - low) * self.random.random()
        payments = [Payment(due + timedelta(days=first), share)]
        if share < 1:
            payments.append(Payment(due + timedelta(days=second), 1.0))
        if pays == "default" and (self.today - day).days < DEFAULT_SINCE:
            return []
        # Not those of today: where the user is, it may still be yesterday.
        return [p for p in payments if p.day < self.today]

    def _complain(self, bills):
        """A complaint is settled with a credit note, before the bill is paid."""
        position = self._draw(len(bills) // 2, len(bills) - 2)
        bills[position] = bills[position]._replace(
            credit_day=bills[position].day + timedelta(days=CLAIM_DAYS),
            credit_share=CLAIM_SHARE,
        )

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
            orders.append(self._loose(self._draw(2, 12), size * 2, "draft"))
        if row["performance"] == "0":
            # Those of the other bands would come near their limit.
            orders.append(self._loose(self._draw(30, 200), size, "cancel"))
        return orders

    def _loose(self, days, amount, state="sale"):
        return Order(self._moment(self.today, -days), float(amount), state)
