from odoo import api, models

from . import kam_occasion, kam_visit_first, kam_visit_follow_up


class MailActivityType(models.Model):
    _inherit = "mail.activity.type"

    @api.model
    def _get_model_info_by_xmlid(self):
        """Types that the addon's own flows need are not deleted."""
        models_by_type = {
            kam_occasion.ACTIVITY_TYPE: "kam.occasion",
            kam_visit_first.ACTIVITY: "kam.visit",
            kam_visit_follow_up.ACTIVITY: "kam.visit",
            kam_visit_follow_up.LATE: "kam.visit",
        }
        return {
            **super()._get_model_info_by_xmlid(),
            **{
                activity_type: {"res_model": model, "unlink": False}
                for activity_type, model in models_by_type.items()
            },
        }
