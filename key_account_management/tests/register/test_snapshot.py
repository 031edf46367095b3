from datetime import date, timedelta

from dateutil.relativedelta import relativedelta
from freezegun import freeze_time

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from ..common import KamCase


@tagged("post_install", "-at_install")
class TestSnapshot(KamCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Snapshot = cls.env["kam.account.snapshot"]
        cls.month_end = cls.today.replace(day=1) - timedelta(days=1)
        cls.partner = cls._customer("Alpha")
        cls._invoice(cls.partner, 1500000.0, cls.month_end - relativedelta(months=2))
        cls._invoice(cls.partner, 5.0, cls.month_end - relativedelta(months=10))
        cls._refresh()

    def _rebuild(self, months=4):
        date_from = self.month_end - relativedelta(months=months - 1, day=1)
        return self.Snapshot._rebuild(self.company, date_from, self.month_end)

    def _snapshots(self):
        return self._account(self.partner).snapshot_ids.sorted("date")

    def test_rebuilt_from_the_records(self):
        self.assertEqual(self._rebuild(), 4)
        self.assertEqual(
            self._snapshots().mapped("revenue_12m"),
            [5.0, 1500005.0, 1500005.0, 1500005.0],
        )
        self.assertEqual(
            self._snapshots().mapped("date")[-2:],
            [self.month_end + relativedelta(months=-1, day=31), self.month_end],
        )

    def test_agrees_with_the_register_of_that_day(self):
        self._rebuild()
        self._refresh(date=self.month_end)
        account, last = self._account(self.partner), self._snapshots()[-1]
        for fname in ("revenue_12m", "score", "pareto_class", "revenue_rank"):
            self.assertEqual(account[fname], last[fname])

    def test_moves(self):
        self._rebuild()
        self.assertEqual(
            self._snapshots().mapped("movement"), [False, "entry", False, False]
        )
        self.assertEqual(self._snapshots().mapped("is_key_account"), [0, 1, 1, 1])

    def test_decisions_come_before_rules(self):
        self._proposal(self.partner).with_user(self.users["max"]).action_approve()
        history = self._account(self.partner).history_ids
        history.sudo().date = self.month_end - relativedelta(months=1, day=10)
        history.sudo().tier_to_id = self.core
        self._rebuild()
        self.assertEqual(
            [snapshot.tier_id for snapshot in self._snapshots()],
            [self.key.browse(), self.key, self.core, self.core],
        )

    def test_rebuilding_twice_replaces(self):
        self._rebuild()
        before = self._snapshots().mapped("revenue_12m")
        self._rebuild()
        self.assertEqual(self._snapshots().mapped("revenue_12m"), before)

    def test_taken_once_a_month(self):
        self.Snapshot._take_missing(self.company)
        first = self._snapshots()
        self.Snapshot._take_missing(self.company)
        self.assertEqual(self._snapshots(), first)

    def test_wizard(self):
        Wizard = self.env["kam.account.snapshot.rebuild"].with_user(self.users["dora"])
        wizard = Wizard.create({})
        wizard.action_rebuild()
        self.assertEqual(len(self._snapshots()), 11)
        with self.assertFails(ValidationError, "after the last"):
            Wizard.create({"date_from": self.today, "date_to": self.month_end})
        with self.assertFails(ValidationError, "not ended"):
            Wizard.create({"date_to": self.today + timedelta(days=40)})
        with self.assertFails(ValidationError, "at most 60 months"):
            Wizard.create({"date_from": self.month_end - relativedelta(years=9)})
        with self.assertRaises(AccessError):
            Wizard.with_user(self.users["max"]).create({})

    def test_month_that_ends_today_has_not_ended(self):
        Wizard = self.env["kam.account.snapshot.rebuild"].with_user(self.users["dora"])
        with (
            freeze_time(self.month_end),
            self.assertFails(ValidationError, "not ended"),
        ):
            Wizard.create({"date_to": self.month_end})

    def test_months_end_where_the_company_is(self):
        self.company.resource_calendar_id.tz = "Asia/Shanghai"
        Wizard = self.env["kam.account.snapshot.rebuild"].with_user(self.users["dora"])
        with freeze_time("2030-05-31 20:00:00"):
            self.assertEqual(Wizard.create({}).date_to, date(2030, 5, 31))

    def test_wizard_on_another_company(self):
        other = self._create_company("Oak Test")
        Wizard = self.env["kam.account.snapshot.rebuild"].with_user(self.users["dora"])
        with self.assertRaises(AccessError):
            Wizard.create({"company_id": other.id}).action_rebuild()
