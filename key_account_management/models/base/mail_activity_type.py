from odoo import api, models

from .mail_activity import FAILURE_ACTIVITY


class MailActivityType(models.Model):
    _inherit = "mail.activity.type"  # pylint: disable=R8180

    @api.model
    def _kam_get_models_by_type(self):
        """Activity types that the flows of the addon need, which nobody may delete.

        Each capability adds its own.

        :return: dict of the model that has such activities by external id
        """
        # What failed may be work on records of any model.
        return {FAILURE_ACTIVITY: False}

    @api.model
    def _get_model_info_by_xmlid(self):
        return {
            **super()._get_model_info_by_xmlid(),
            **{
                xmlid: {"res_model": model, "unlink": False}
                for xmlid, model in self._kam_get_models_by_type().items()
            },
        }
