from odoo import api, models


class MailActivity(models.Model):
    _inherit = "mail.activity"  # pylint: disable=R8180

    @api.model
    def _kam_failed_document(self, record):
        # A proposal that cannot be submitted is not kept.
        if isinstance(record, self.pool["kam.rule.proposal.mixin"]):
            return record.exists().account_id
        return super()._kam_failed_document(record)
