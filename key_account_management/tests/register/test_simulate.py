from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged

from ..common import KamCase


@tagged("post_install", "-at_install")
class TestSimulate(KamCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.big, cls.small = cls._customers(2)
        cls._invoices([(cls.big, 1500000.0), (cls.small, 300000.0)])
        cls._refresh()
        cls._proposal(cls.big).with_user(cls.users["max"]).action_approve()

    def _simulation(self, login="dora"):
        return Form(self.env["kam.tier.simulate"].with_user(self.users[login]))

    def test_starts_with_the_rules_in_force(self):
        wizard = self._simulation().save()
        wizard.action_simulate()
        self.assertEqual(wizard.move_count, 0)
        self.assertEqual(
            wizard.tier_ids.mapped("account_count"),
            wizard.tier_ids.mapped("simulated_count"),
        )
        self.assertEqual(wizard.ordinary_count, 1)

    def test_shows_who_would_move(self):
        form = self._simulation()
        with form.tier_ids.edit(2) as tier:
            tier.min_score = 5
            tier.min_revenue = 100000
        wizard = form.save()
        wizard.action_simulate()
        self.assertEqual(wizard.move_count, 1)
        self.assertEqual(wizard.move_ids.account_id, self._account(self.small))
        self.assertEqual(wizard.move_ids.tier_to_id, self.key)
        self.assertEqual(wizard.tier_ids[2].account_count, 1)
        self.assertEqual(wizard.tier_ids[2].simulated_count, 2)
        self.assertEqual((wizard.ordinary_count, wizard.ordinary_simulated), (1, 0))
        self.assertEqual(self.key.min_revenue, 500000)
        self.assertFalse(self._account(self.small).tier_computed_id)

    def test_save_agrees_with_the_simulation(self):
        form = self._simulation()
        with form.criterion_ids.edit(0) as criterion:
            criterion.target = 1500000
        with form.tier_ids.edit(0) as tier:
            tier.min_score = 60
        with form.tier_ids.edit(1) as tier:
            tier.min_score = 39
        wizard = form.save()
        wizard.action_simulate()
        moved = {move.account_id: move.tier_to_id for move in wizard.move_ids}
        self.assertEqual(moved, {self._account(self.big): self.core})
        wizard.action_save()
        self.assertEqual(self.core.min_score, 39)
        for account, tier in moved.items():
            self.assertEqual(account.tier_computed_id, tier)
            self.assertEqual(account.pending_proposal_id.tier_to_id, tier)

    def test_all_limits_can_be_raised_together(self):
        """Each tier alone would contradict its neighbours half way."""
        form = self._simulation()
        for index, score in enumerate((98, 96, 94)):
            with form.tier_ids.edit(index) as tier:
                tier.min_score = score
        wizard = form.save()
        wizard.action_save()
        self.assertEqual(self.tiers.mapped("min_score"), [98, 96, 94])

    def test_contradictions_change_nothing(self):
        form = self._simulation()
        with form.tier_ids.edit(0) as tier:
            tier.min_score = 10
        wizard = form.save()
        for action in (wizard.action_simulate, wizard.action_save):
            with self.assertFails(ValidationError, "contradict each other"):
                action()
        self.assertEqual(self.strategic.min_score, 70)

    def test_weights_of_zero(self):
        form = self._simulation()
        for index in range(5):
            with form.criterion_ids.edit(index) as criterion:
                criterion.weight = 0
        wizard = form.save()
        with self.assertFails(ValidationError, "add up to zero"):
            wizard.action_simulate()

    def test_only_directors_save(self):
        wizard = self._simulation("max").save()
        wizard.action_simulate()
        with self.assertRaises(AccessError):
            wizard.action_save()
        with self.assertRaises(AccessError):
            self._simulation("sue")

    def test_all_weight_can_move_to_another_criterion(self):
        criteria = self.company.kam_criterion_ids
        criteria[-1].weight = 0
        criteria[1:-1].active = False
        form = self._simulation()
        with form.criterion_ids.edit(0) as criterion:
            criterion.weight = 0
        with form.criterion_ids.edit(1) as criterion:
            criterion.weight = 10
        form.save().action_save()
        self.assertEqual((criteria[0].weight, criteria[-1].weight), (0, 10))

    def test_another_company_is_out_of_reach(self):
        other = self._create_company("Oak Test")
        wizard = self._simulation().save()
        with self.assertRaises(AccessError):
            wizard.write({"company_id": other.id})
        wizard.sudo().write({"company_id": other.id, "hysteresis": 9})
        for action in (wizard.action_simulate, wizard.action_save):
            with self.assertRaises(AccessError):
                action()
        self.assertEqual(other.kam_hysteresis, self.company.kam_hysteresis)
