from odoo import models

from .kam_credit_grade import CREDIT_READERS

# Core shows the limit to accountants.
LIMIT_READERS = (
    f"{CREDIT_READERS},account.group_account_invoice,account.group_account_readonly"
)


class AccountMove(models.Model):
    _inherit = "account.move"

    def _build_credit_warning_message(self, record, *args, **kwargs):
        """Say no figures to those who may not see the limit of a customer (G6)."""
        message = super()._build_credit_warning_message(record, *args, **kwargs)
        if message and not self.env.user.has_groups(LIMIT_READERS):
            return self.env._(
                "%(customer)s owes more than is agreed. Ask your supervisor.",
                customer=record.partner_id.commercial_partner_id.name,
            )
        return message
