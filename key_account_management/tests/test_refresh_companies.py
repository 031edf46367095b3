from datetime import date
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import KamCase


@tagged("post_install", "-at_install")
class TestRefreshCompanies(KamCase):
    def test_salesperson_of_another_company(self):
        """… could not see the account."""
        self.users["amy"].company_ids |= self._create_company("Oak Test")
        self.users["amy"].company_id = self.users["amy"].company_ids - self.company
        self.users["amy"].company_ids -= self.company
        partner = self._customer("Alpha", user_id=self.users["amy"].id)
        self._invoice(partner, 100.0)
        self._refresh()
        self.assertFalse(self._account(partner).manager_id)

    def test_cron_goes_on_after_a_failure(self):
        refresh = type(self.Account)._refresh_company
        broken, *others = self.env["res.company"].search([]).ids
        done = []

        def fail(model, company, date=None):
            if company.id == broken:
                raise ValueError("broken")
            done.append(company.id)
            return refresh(model, company, date)

        self.assertTrue(others)
        with (
            self.enter_registry_test_mode(),
            patch.object(type(self.Account), "_refresh_company", fail),
            mute_logger(
                "odoo.addons.key_account_management.models.kam_account_refresh"
            ),
        ):
            self.env.ref(
                "key_account_management.ir_cron_kam_refresh"
            ).method_direct_trigger()
        self.assertEqual(done, others)

    def test_window_before_ends_of_months(self):
        self.company.kam_window_months = 1
        window = self.company._kam_window(date(2026, 3, 31))
        self.assertEqual(window.start, date(2026, 2, 28))
        self.assertEqual(window.before, date(2026, 1, 31))
