from odoo.tests import HttpCase, tagged

from ..common import KamCase


@tagged("post_install", "-at_install")
class TestUi(KamCase, HttpCase):
    """The register, in a real browser, as a director with the rights of an admin."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.alpha = cls._customer("Alpha")
        cls.beta = cls._customer("Beta")
        cls._invoices([(cls.alpha, 1000000.0), (cls.beta, 300000.0)])
        cls._invoice(cls.alpha, 500000.0, cls._months_ago(2))
        cls.users["eve"].group_ids |= cls.env.ref("base.group_system")
        cls._refresh()

    def test_register(self):
        self.start_tour("/odoo/customer-register", "kam_register_tour", login="eve")
        account = self._account(self.alpha)
        self.assertEqual(account.tier_id, self.key)
        self.assertEqual(account.history_ids.user_id, self.users["eve"])
        self.assertEqual(self.company.kam_window_months, 6)
        self.assertEqual(self.company.kam_criterion_ids.mapped("weight")[0], 50)
        self.assertEqual(len(self.company.kam_criterion_ids), 5)
        self.assertEqual(len(self.company.kam_tier_ids), 3)

    def test_simulate(self):
        self.start_tour("/odoo/key-accounts", "kam_simulate_tour", login="eve")
        self.assertEqual(self.key.min_revenue, 100000)
        self.assertEqual(self._proposal(self.beta).tier_to_id, self.key)

    def test_refresh_warning(self):
        self.company.kam_refresh_failed = True
        self.start_tour(
            "/odoo/customer-register", "kam_refresh_warning_tour", login="eve"
        )
        self.assertFalse(self.company.kam_refresh_failed)
