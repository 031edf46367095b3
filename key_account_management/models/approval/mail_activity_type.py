from odoo import api, models

from .kam_approval import ACTIVITY_TYPE


class MailActivityType(models.Model):
    _inherit = "mail.activity.type"  # pylint: disable=R8180

    @api.model
    def _kam_get_models_by_type(self):
        # Approvals are of documents of many models.
        return {**super()._kam_get_models_by_type(), ACTIVITY_TYPE: False}
