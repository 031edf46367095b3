from odoo import api, models


class MailActivity(models.Model):
    _inherit = "mail.activity"  # pylint: disable=R8180

    @api.model
    def _kam_create(self, activity_type, vals_list):
        """Create activities of one type in one batch. No mail is sent for them.

        :param str activity_type: external id
        :param vals_list: values, with ``res_model`` and ``res_id`` of the document
        """
        common = {
            "activity_type_id": self.env.ref(activity_type).id,
            "automated": True,
        }
        ids_by_model = {}
        new = []
        for vals in vals_list:
            model = vals["res_model"]
            ids_by_model.setdefault(model, []).append(vals["res_id"])
            model_id = self.env["ir.model"]._get_id(model)
            new.append({**common, **vals, "res_model_id": model_id})
        # Activities compute the names of their documents one by one.
        for model, ids in ids_by_model.items():
            self.env[model].sudo().browse(set(ids)).mapped("display_name")
        return self.sudo().with_context(mail_activity_quick_update=True).create(new)
