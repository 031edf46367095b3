from odoo import api, models

from ..relationship.kam_occasion import OCCASION_ACTIVITY
from .kam_visit import PLAN_ACTIVITY
from .kam_visit_follow_up import FOLLOW_UP_ACTIVITY, FOLLOW_UP_LATE_ACTIVITY


class MailActivityType(models.Model):
    _inherit = "mail.activity.type"

    @api.model
    def _get_model_info_by_xmlid(self):
        """Types that the addon's own flows need are not deleted."""
        models_by_type = {
            OCCASION_ACTIVITY: "kam.occasion",
            PLAN_ACTIVITY: "kam.visit",
            FOLLOW_UP_ACTIVITY: "kam.visit",
            FOLLOW_UP_LATE_ACTIVITY: "kam.visit",
        }
        return {
            **super()._get_model_info_by_xmlid(),
            **{
                activity_type: {"res_model": model, "unlink": False}
                for activity_type, model in models_by_type.items()
            },
        }
