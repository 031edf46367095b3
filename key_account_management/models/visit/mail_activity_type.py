from odoo import api, models

from .kam_visit import PLAN_ACTIVITY
from .kam_visit_follow_up import FOLLOW_UP_ACTIVITY, FOLLOW_UP_LATE_ACTIVITY


class MailActivityType(models.Model):
    _inherit = "mail.activity.type"  # pylint: disable=R8180

    @api.model
    def _kam_get_models_by_type(self):
        return {
            **super()._kam_get_models_by_type(),
            PLAN_ACTIVITY: "kam.visit",
            FOLLOW_UP_ACTIVITY: "kam.visit",
            FOLLOW_UP_LATE_ACTIVITY: "kam.visit",
        }
