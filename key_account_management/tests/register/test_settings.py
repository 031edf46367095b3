from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ..common import KamCase


@tagged("post_install", "-at_install")
class TestSettings(KamCase):
    def _set(self, **values):
        self.env["res.config.settings"].create(values).execute()

    def test_saved_per_company(self):
        self._set(kam_window_months=6, kam_pareto_a=70, kam_order_source="invoice")
        self.assertEqual(self.company.kam_window_months, 6)
        self.assertEqual(self.company.kam_pareto_a, 70)
        self.assertEqual(self.env.ref("base.main_company").kam_window_months, 12)

    def test_weights_and_limits_on_the_page(self):
        criterion = self.company.kam_criterion_ids[0]
        self._set(
            kam_criterion_ids=[Command.update(criterion.id, {"weight": 55})],
            kam_tier_ids=[Command.update(self.key.id, {"min_revenue": 400000})],
        )
        self.assertEqual(criterion.weight, 55)
        self.assertEqual(self.key.min_revenue, 400000)
        self.assertEqual(len(self.company.kam_criterion_ids), 5)
        self.assertEqual(self.company.kam_tier_ids, self.tiers)

    def test_new_and_deleted_rules_on_the_page(self):
        last = self.company.kam_criterion_ids[-1]
        self._set(
            kam_criterion_ids=[
                Command.delete(last.id),
                Command.create({"metric": "long_term_value", "target": 9e6}),
            ]
        )
        self.assertFalse(last.exists())
        criteria = self.company.kam_criterion_ids
        self.assertEqual(len(criteria), 5)
        self.assertIn("long_term_value", criteria.mapped("metric"))

    def test_bad_values(self):
        for values, message in (
            ({"kam_window_months": 0}, "1 to 60 months"),
            ({"kam_window_months": -12}, "1 to 60 months"),
            ({"kam_pareto_a": 96}, "0 < A < B"),
            ({"kam_pareto_b": 101}, "0 < A < B"),
            ({"kam_size_medium": 5}, "more than a medium"),
            ({"kam_ltv_horizon": 0}, "1 to 30 years"),
            ({"kam_ltv_discount": -1}, "must not be negative"),
            ({"kam_hysteresis": 100}, "between 0 and 100"),
            ({"kam_strategic_fit": 120}, "between 0 and 100"),
            ({"kam_potential_revenue": -1}, "must not be negative"),
            ({"kam_long_term_months": 0}, "at least one month"),
        ):
            before = self.company.read(list(values))
            with (
                self.subTest(**values),
                self.assertFails(ValidationError, message),
                self.env.cr.savepoint(),
            ):
                self._set(**values)
            self.assertEqual(self.company.read(list(values)), before)
