from odoo.tests import tagged

from ..common import KamCase


@tagged("post_install", "-at_install")
class TestExplanation(KamCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls._customer("Alpha")
        cls.invoice = cls._invoice(cls.partner, 800000.0)
        cls.old_invoice = cls._invoice(
            cls.partner, 400000.0, cls._months_ago(12, days=-1)
        ) + cls._invoice(cls.partner, 400000.0, cls._months_ago(13))
        cls.orders = cls._orders(cls.partner, 36)
        cls._refresh()
        cls.account = cls._account(cls.partner)
        cls.account.influence = 30

    def test_criteria(self):
        criteria = {c["metric"]: c for c in self.account._explain()["criteria"]}
        self.assertEqual(
            list(criteria),
            [
                "revenue_12m",
                "orders_per_month",
                "growth_rate",
                "influence",
                "strategic_fit",
            ],
        )
        revenue = criteria["revenue_12m"]
        self.assertEqual(revenue["value"], 1200000.0)
        self.assertEqual((revenue["floor"], revenue["target"]), (0, 2000000))
        self.assertEqual((revenue["points"], revenue["verdict"]), (60.0, "partial"))
        self.assertEqual(criteria["growth_rate"]["verdict"], "met")
        self.assertEqual(criteria["orders_per_month"]["points"], 30.0)
        self.assertEqual(criteria["strategic_fit"]["verdict"], "missed")

    def test_points_make_up_the_score(self):
        explanation = self.account._explain()
        total = sum(c["weight"] for c in explanation["criteria"])
        points = sum(c["weight"] * c["points"] for c in explanation["criteria"])
        self.assertAlmostEqual(explanation["score"], points / total, 2)
        self.assertEqual(explanation["score"], self.account.score)

    def test_missing_for_the_next_tier(self):
        explanation = self.account._explain()
        self.assertEqual(self.account.tier_computed_id, self.key)
        missing = explanation["next"]["missing"]
        self.assertEqual(explanation["next"]["tier_id"], self.core.id)
        self.assertEqual([gap["metric"] for gap in missing], ["score"])
        self.assertAlmostEqual(missing[0]["gap"], 45 - self.account.score, 2)

    def test_each_way_would_do(self):
        """What the explanation promises comes true."""
        explanation = self.account._explain()
        ways = {
            way["metric"]: way["needed"]
            for way in explanation["next"]["missing"][0]["ways"]
        }
        self.account.influence = ways["influence"]
        self.assertEqual(self.account.tier_computed_id, self.core)
        self.account.influence = ways["influence"] - 1
        self.assertEqual(self.account.tier_computed_id, self.key)

    def test_missing_thresholds(self):
        self.account.write({"influence": 100, "strategic_fit": 100})
        explanation = self.account._explain()
        self.assertEqual(self.account.tier_computed_id, self.core)
        missing = {gap["metric"]: gap for gap in explanation["next"]["missing"]}
        self.assertEqual(missing["orders_per_month"]["gap"], 2.0)

    def test_any_threshold_met_leaves_nothing_missing(self):
        self.tiers[0].active = False
        self.core.write({"threshold_mode": "any", "min_orders_per_month": 50})
        explanation = self.account._explain()
        self.assertEqual(
            [gap["metric"] for gap in explanation["next"]["missing"]], ["score"]
        )

    def test_highest_tier(self):
        self._orders(self.partner, 84)
        self._invoice(self.partner, 900000.0)
        self.account.write({"influence": 100, "strategic_fit": 100})
        self._refresh()
        self.assertEqual(self.account.tier_computed_id, self.strategic)
        self.assertIsNone(self.account._explain()["next"])

    def test_labels_are_in_the_language_of_the_reader(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        account = self.account.with_context(lang="zh_CN")
        labels = [c["label"] for c in account.explanation["criteria"]]
        english = [c["label"] for c in self.account.explanation["criteria"]]
        self.assertEqual(english[0], "Revenue")
        self.assertEqual(
            labels[0],
            account._fields["revenue_12m"].get_description(account.env)["string"],
        )

    def test_records_behind_a_figure(self):
        def records(metric):
            action = self.account.action_view_records(metric)
            return self.env[action["res_model"]].search(action["domain"])

        self.assertEqual(
            sum(records("revenue_12m").mapped("amount_untaxed_signed")),
            self.account.revenue_12m,
        )
        self.assertEqual(len(records("growth_rate")), 3)
        self.assertEqual(
            sum(records("revenue_prev_12m").mapped("amount_untaxed_signed")),
            self.account.revenue_prev_12m,
        )
        self.assertEqual(records("orders_per_month"), self.orders)
        self.assertFalse(self.account.action_view_records("influence"))
        self.assertFalse(self.account.action_view_records("no_such_figure"))

    def test_records_of_a_group(self):
        plant = self._customer("Plant", parent_id=self.partner.id)
        self._invoice(plant, 10.0)
        self._refresh()
        for metric in ("revenue_12m", "revenue_group_12m"):
            action = self.account.action_view_records(metric)
            moves = self.env["account.move"].search(action["domain"])
            self.assertEqual(
                sum(moves.mapped("amount_untaxed_signed")), self.account[metric]
            )


@tagged("post_install", "-at_install")
class TestExplanationOfCustomField(KamCase):
    """Alone in its class: the registry forgets the new field when that is over."""

    def test_no_link_without_records(self):
        """What people enter, in a custom field, too, has no records behind it."""
        self.env["ir.model.fields"].create(
            {
                "name": "x_plants",
                "model_id": self.env["ir.model"]._get_id("kam.account"),
                "field_description": "Plants",
                "ttype": "integer",
            }
        )
        self.env["kam.criterion"].create({"metric": "x_plants", "target": 10})
        partner = self._customer("Alpha")
        self._invoice(partner, 800.0)
        self._refresh()
        account = self._account(partner)
        linked = {
            criterion["metric"]: criterion["has_records"]
            for criterion in account.explanation["criteria"]
        }
        for metric, has_records in linked.items():
            with self.subTest(metric):
                action = account.action_view_records(metric)
                self.assertEqual(has_records, bool(action))
        self.assertTrue(linked["revenue_12m"])
        self.assertIs(linked["x_plants"], False)
