from psycopg2 import IntegrityError

from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import KamCase


@tagged("post_install", "-at_install")
class TestCriterion(KamCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.criteria = cls.company.kam_criterion_ids
        cls.revenue = cls.criteria.filtered(lambda c: c.metric == "revenue_12m")
        cls.partner = cls._customer("Alpha")
        cls._invoice(cls.partner, 500000.0)
        cls._refresh()

    def _rate(self, **values):
        """Score of the account when revenue alone counts."""
        (self.criteria - self.revenue).active = False
        self.revenue.write(values)
        self._refresh()
        return self._account(self.partner).score

    def test_points_run_from_floor_to_target(self):
        self.assertEqual(self._rate(floor=0, target=1000000), 50.0)
        self.assertEqual(self._rate(floor=400000, target=800000), 25.0)

    def test_points_are_clamped(self):
        self.assertEqual(self._rate(floor=0, target=400000), 100.0)
        self.assertEqual(self._rate(floor=600000, target=700000), 0.0)

    def test_score_is_the_mean_by_weight(self):
        self._account(self.partner).influence = 80
        # revenue 40 × 25 %, influence 15 × 80 %, nothing else, of 100
        self.assertEqual(self._account(self.partner).score, 22.0)

    def test_entered_figures_are_rated_at_once(self):
        account = self._account(self.partner)
        before = account.score
        account.strategic_fit = 100
        self.assertAlmostEqual(account.score, before + 15, 2)

    def test_custom_field_can_be_rated(self):
        self.env["ir.model.fields"].create(
            {
                "name": "x_plants",
                "model_id": self.env["ir.model"]._get_id("kam.account"),
                "field_description": "Plants",
                "ttype": "integer",
            }
        )
        self.env["kam.criterion"].create(
            {"metric": "x_plants", "weight": 100, "floor": 0, "target": 10}
        )
        account = self._account(self.partner)
        self.env.cr.execute(
            "UPDATE kam_account SET x_plants = 5 WHERE id = %s", [account.id]
        )
        account.invalidate_recordset()
        before = account.score
        self._refresh()
        self.assertAlmostEqual(account.score, before / 2 + 25, 1)

    def test_weights_must_not_sum_to_zero(self):
        with self.assertFails(ValidationError, "add up to zero"):
            self.criteria.write({"weight": 0})
        with self.assertFails(ValidationError, "add up to zero"):
            self.criteria.write({"active": False})
        with self.assertFails(ValidationError, "add up to zero"):
            self.criteria.unlink()

    def test_negative_weight(self):
        with self.assertFails(ValidationError, "must not be negative"):
            self.revenue.weight = -1

    def test_floor_above_target(self):
        with self.assertFails(ValidationError, "must be below its target"):
            self.revenue.write({"floor": 10, "target": 5})
        with self.assertFails(ValidationError, "must be below its target"):
            self.revenue.write({"floor": 10, "target": 10})

    def test_unknown_figure(self):
        with self.assertFails(ValidationError, "“blood_group” is not a figure"):
            self.env["kam.criterion"].create({"metric": "blood_group"})
        with self.assertFails(ValidationError, "“partner_id” is not a figure"):
            self.revenue.metric = "partner_id"

    def test_one_criterion_per_figure(self):
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self.env["kam.criterion"].create({"metric": "revenue_12m"})

    def test_errors_leave_rules_and_scores_alone(self):
        before = self.criteria.read(["weight", "floor", "target"])
        score = self._account(self.partner).score
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self.revenue.write({"floor": 9e9})
        self.assertEqual(self.criteria.read(["weight", "floor", "target"]), before)
        self._refresh()
        self.assertEqual(self._account(self.partner).score, score)

    def test_share_of_score(self):
        self.assertAlmostEqual(self.revenue.weight_share, 0.4)
        self.assertAlmostEqual(sum(self.criteria.mapped("weight_share")), 1.0)

    def test_an_empty_figure_earns_nothing(self):
        """… below zero, too, where 0 earns some points."""
        growth = self.criteria.filtered(lambda c: c.metric == "growth_rate")
        (self.criteria - growth).active = False
        growth.write({"floor": -0.5, "target": 0.5})
        self._refresh()
        self.assertEqual(self._account(self.partner).score, 0)

    def test_a_custom_field_that_is_gone(self):
        field = self.env["ir.model.fields"].create(
            {
                "name": "x_plants",
                "model_id": self.env["ir.model"]._get_id("kam.account"),
                "field_description": "Plants",
                "ttype": "integer",
            }
        )
        self.env["kam.criterion"].create(
            {"metric": "x_plants", "weight": 100, "floor": 0, "target": 10}
        )
        self._invoice(self.partner, 1000000.0)
        self._refresh()
        account = self._account(self.partner)
        proposal = account.pending_proposal_id or self.env[
            "kam.tier.proposal"
        ]._propose(account, self.key, "Test")
        before = account.score
        field.unlink()
        self._refresh()
        account = self._account(self.partner)
        self.assertGreater(account.score, before)
        self.assertNotIn("x_plants", str(account.explanation))
        criteria = self.env[proposal._name].browse(proposal.id).explanation["criteria"]
        self.assertIn("x_plants", [item["label"] for item in criteria])
