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
        """Say no figures to those who may not see the limit of a customer (G6)."""
        message = super()._build_credit_warning_message(record, *args, **kwargs)
        if message and not self.env.user.has_groups(LIMIT_READERS):
            return self.env._(
                "%(customer)s is over its credit limit. Ask your supervisor.",
                customer=record.partner_id.commercial_partner_id.name,
            )
        return message
