from odoo import api, models

from .kam_account import ASSESSMENT_ACTIVITY


class MailActivityType(models.Model):
    _inherit = "mail.activity.type"  # pylint: disable=R8180

    @api.model
    def _kam_get_models_by_type(self):
        return {**super()._kam_get_models_by_type(), ASSESSMENT_ACTIVITY: "kam.account"}
