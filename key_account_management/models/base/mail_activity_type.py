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

    @api.model
    def _kam_let_go(self):
        """Make to-dos of all activities of our types before the addon is uninstalled.

        Odoo does so with those under way: ones that are done would keep the types.
        """
        data = self.env["ir.model.data"].search(
            [("module", "=", "key_account_management"), ("model", "=", self._name)]
        )
        activities = (
            self.env["mail.activity"]
            .sudo()
            .with_context(active_test=False)
            .search([("activity_type_id", "in", data.mapped("res_id"))])
        )
        todo = self.env.ref("mail.mail_activity_data_todo")
        activities.write({"activity_type_id": todo.id})
