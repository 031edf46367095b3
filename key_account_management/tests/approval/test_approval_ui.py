from odoo.tests import HttpCase, tagged

from .common import ApprovalCase


@tagged("post_install", "-at_install")
class TestApprovalUi(ApprovalCase, HttpCase):
    """The list “To Approve” and the count of activities, in a real browser."""

    def test_to_approve(self):
        proposals = self.env["kam.tier.proposal"]
        for name in ("Beta", "Gamma"):
            self.account = self.Account.create(
                {"partner_id": self._customer(name).id, "team_id": self.east.id}
            )
            proposals |= self._propose().sudo()
        self.start_tour("/odoo/key-accounts", "kam_approval_tour", login="sue")
        states = proposals.approval_ids.filtered(lambda r: r.step_id == self.region)
        self.assertEqual(states.mapped("state"), ["approved", "refused"])
