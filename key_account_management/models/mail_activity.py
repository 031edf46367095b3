from odoo import api, fields, models

from .kam_visit_follow_up import ACTIVITY as FOLLOW_UP


class MailActivity(models.Model):
    _inherit = "mail.activity"

    kam_approval_id = fields.Many2one(
        "kam.approval",
        string="Approval",
        index="btree_not_null",
        ondelete="cascade",
        readonly=True,
        copy=False,
        groups="base.group_system",
        help="What the activity asks for. It only tells: closing it decides nothing.",
    )

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

    def _action_done(self, feedback=False, attachment_ids=None):
        """A follow-up marked as done in the chatter is done, by phone."""
        follow_up = self.env.ref(FOLLOW_UP, raise_if_not_found=False)
        activities = self.filtered(
            lambda a: a.res_model == "kam.visit" and a.activity_type_id == follow_up
        )
        # Whoever had to follow up may not be able to write the visit.
        visits = self.env["kam.visit"].sudo().browse(activities.mapped("res_id"))
        result = super()._action_done(feedback=feedback, attachment_ids=attachment_ids)
        visits.exists().filtered(
            lambda v: v.follow_up_state in ("open", "late")
        )._close_by_phone()
        return result
