from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ..common import KamCase


@tagged("post_install", "-at_install")
class TestTier(KamCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Score = revenue in thousands, so that limits are easy to hit.
        criteria = cls.company.kam_criterion_ids
        revenue = criteria.filtered(lambda c: c.metric == "revenue_12m")
        (criteria - revenue).active = False
        revenue.write({"floor": 0, "target": 100000})
        cls.tiers.write(
            {"min_revenue": 0, "min_orders_per_month": 0, "threshold_mode": "all"}
        )
        cls.partner = cls._customer("Alpha")

    def _computed(self, revenue):
        """Computed tier once the customer's revenue is an amount."""
        current = self._account(self.partner).revenue_12m
        if revenue != current:
            self._invoice(
                self.partner, abs(revenue - current), refund=revenue < current
            )
        self._refresh()
        account = self._account(self.partner)
        self.assertEqual(account.revenue_12m, revenue)
        return account.tier_computed_id

    def test_highest_tier_whose_score_is_reached(self):
        self.assertEqual(self._computed(70000.0), self.strategic)
        self.assertEqual(self._computed(69000.0), self.core)
        self.assertEqual(self._computed(20000.0), self.key)
        self.assertFalse(self._computed(19000.0))

    def test_all_thresholds(self):
        self.core.write({"min_revenue": 60000, "min_orders_per_month": 0.5})
        self.assertEqual(self._computed(61000.0), self.key)
        self._orders(self.partner, 7)
        self.assertEqual(self._computed(61000.0), self.core)

    def test_any_threshold(self):
        self.core.write(
            {
                "min_revenue": 60000,
                "min_orders_per_month": 0.5,
                "threshold_mode": "any",
            }
        )
        self.assertEqual(self._computed(50000.0), self.key)
        self._orders(self.partner, 7)
        self.assertEqual(self._computed(50000.0), self.core)

    def test_thresholds_must_be_exceeded(self):
        """“Over 500,000” and “more than 5 orders a month” leave the limit out."""
        self.core.min_revenue = 50000
        self.assertEqual(self._computed(50000.0), self.key)
        self.assertEqual(self._computed(50000.01), self.core)

    def test_defaults(self):
        key = self.env.ref("key_account_management.kam_tier_key")
        self.assertEqual(key.min_revenue, 500000)
        self.assertEqual(key.min_orders_per_month, 5)
        self.assertEqual(key.threshold_mode, "any")
        self.assertEqual(key.company_id.kam_pareto_a, 80)
        self.assertEqual(key.company_id.kam_window_months, 12)

    def test_hysteresis(self):
        """A tier is left only below its limits less the margin."""
        self.company.kam_hysteresis = 10
        self.assertEqual(self._computed(46000.0), self.core)
        self._proposal(self.partner).with_user(self.users["max"]).action_approve()
        self.assertEqual(self._computed(41000.0), self.core)
        self.assertFalse(self._proposal(self.partner))
        self.assertEqual(self._computed(40000.0), self.key)
        self.assertEqual(self._proposal(self.partner).movement, "demotion")
        self._proposal(self.partner).with_user(self.users["max"]).action_approve()
        self.assertEqual(self._computed(41000.0), self.key)

    def test_hysteresis_on_thresholds(self):
        self.company.kam_hysteresis = 10
        self.key.write({"min_score": 0, "min_revenue": 10000})
        self.assertEqual(self._computed(10001.0), self.key)
        self._proposal(self.partner).with_user(self.users["max"]).action_approve()
        self.assertEqual(self._computed(9001.0), self.key)
        self.assertFalse(self._computed(9000.0))

    def test_archived_tiers_are_not_given(self):
        self.strategic.active = False
        self.assertEqual(self._computed(99000.0), self.core)

    def test_higher_tier_must_demand_more(self):
        with self.assertFails(ValidationError, "contradict each other"):
            self.core.min_score = 70
        with self.assertFails(ValidationError, "contradict each other"):
            self.key.min_score = 50
        self.core.min_revenue = 1000
        with self.assertFails(ValidationError, "Revenue Over"):
            self.strategic.min_revenue = 500
        with self.assertFails(ValidationError, "contradict each other"):
            self.strategic.sequence = 99

    def test_limits_out_of_range(self):
        with self.assertFails(ValidationError, "between 0 and 100"):
            self.strategic.min_score = 101
        with self.assertFails(ValidationError, "must not be negative"):
            self.key.min_revenue = -1

    def test_tiers_in_use_are_kept(self):
        self._computed(80000.0)
        self._proposal(self.partner).with_user(self.users["max"]).action_approve()
        with self.assertFails(ValidationError, "Archive it instead"):
            self.strategic.unlink()
        self.assertEqual(self.strategic.account_count, 1)
        self.assertIn(
            self._account(self.partner),
            self.Account.search(self.strategic.action_view_accounts()["domain"]),
        )
