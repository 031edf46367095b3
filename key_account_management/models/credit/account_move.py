from odoo import api, models

from ..base.groups import LIMIT_READERS


class AccountMove(models.Model):
    _inherit = "account.move"

    @api.depends_context("uid")
    def _compute_payment_count(self):
        """None for those who may not read payments, so that their invoices open.

        Salespeople read invoices, but no payments, and core counts these as them.
        """
        if self.env["account.payment"].has_access("read"):
            return super()._compute_payment_count()
        self.payment_count = 0
        return None

    def _build_credit_warning_message(self, record, *args, **kwargs):
        """Say nothing to those who may not see the limit of a customer (G6).

        Not even that it is exceeded: trying amounts would give the limit away.
        """
        if not self.env.user.has_groups(LIMIT_READERS):
            return ""
        return super()._build_credit_warning_message(record, *args, **kwargs)
