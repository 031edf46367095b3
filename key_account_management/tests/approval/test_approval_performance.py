from odoo.tests import tagged
from odoo.tests.common import warmup

from .common import ApprovalCase

FEW, MANY = 50, 500


@tagged("post_install", "-at_install")
class TestApprovalPerformance(ApprovalCase):
    """Many documents at once cost a few statements more for each, no more than that."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.centre.active = False
        partners = cls._customers(2 * FEW + MANY)
        accounts = cls.Account.create(
            [{"partner_id": partner.id, "team_id": cls.east.id} for partner in partners]
        )
        cls.proposals = cls.env["kam.tier.proposal"].create(
            [
                {
                    "account_id": account.id,
                    "company_id": cls.company.id,
                    "tier_to_id": cls.core.id,
                    "origin": "manual",
                    "date": "2026-06-01",
                    "reason": "They grow",
                }
                for account in accounts
            ]
        )

    @warmup
    def test_growth(self):
        """At most 60 statements, and one more for every ten documents.

        Measured: 38 and 67 to submit 50 and 500, 62 and 90 to approve a step that is
        followed by another, 53 and 85 to approve the last. To hold and to compare what
        the documents are about takes ten, whatever their number.
        """
        amy = self.users["amy"]
        groups = [
            self.proposals[:FEW],
            self.proposals[FEW : 2 * FEW],
            self.proposals[2 * FEW :],
        ]
        for name, function in (
            ("submit", lambda proposals: proposals._approval_submit(amy)),
            ("first", lambda proposals: self._approve(proposals, "sue", self.region)),
            ("last", lambda proposals: self._approve(proposals, "sam", self.greater)),
        ):
            for proposals in groups:  # the first warms the caches
                count = self._count(function, proposals)
            with self.subTest(name):
                self.assertLessEqual(count, 60 + 0.1 * len(proposals))
                self.assertEqual(len(self._all_activities()), self._expected(name))
        self.assertEqual(set(self.proposals.mapped("approval_state")), {"approved"})

    def _approve(self, proposals, login, step):
        rows = proposals.sudo().approval_ids.filtered(lambda row: row.step_id == step)
        rows.with_user(self.users[login]).sudo(False).action_approve()

    def _all_activities(self):
        return self.env["mail.activity"].search([("kam_approval_id", "!=", False)])

    def _expected(self, name):
        return 0 if name == "last" else len(self.proposals)
