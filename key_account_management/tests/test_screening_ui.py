from odoo.tests import HttpCase, tagged

from .common_screening import ScreeningCase


@tagged("post_install", "-at_install")
class TestScreeningUi(ScreeningCase, HttpCase):
    """From a lead to a key account, in a real browser with three users."""

    def test_screening_of_a_lead(self):
        self.start_tour(
            f"/odoo/crm.lead/{self.lead.id}", "kam_screening_tour", login="amy"
        )
        screening = self.lead.kam_screening_ids
        self.assertEqual(screening.approval_state, "pending")
        self.assertEqual(screening.contact_count, 1)
        for login in ("sue", "max"):
            self.start_tour(
                "/odoo/to-approve", "kam_screening_decide_tour", login=login
            )
        screening.invalidate_recordset()
        self.assertEqual(screening.result, "confirmed")
        account = screening.account_id
        self.assertEqual(account.partner_id.name, "Beta Works")
        self.assertEqual(account.tier_id, self.key)
        self.assertEqual(account.manager_id, self.amy)
        self.start_tour(
            f"/odoo/kam.account/{account.id}", "kam_screening_account_tour", login="amy"
        )
