from odoo import models

from .kam_visit_follow_up import FOLLOW_UP_ACTIVITY


class MailActivity(models.Model):
    _inherit = "mail.activity"  # pylint: disable=R8180

    def _action_done(self, feedback=False, attachment_ids=None):
        """A follow-up marked as done in the chatter is done, by phone."""
        follow_up = self.env.ref(FOLLOW_UP_ACTIVITY, raise_if_not_found=False)
        activities = self.filtered(
            lambda a: a.res_model == "kam.visit" and a.activity_type_id == follow_up
        )
        # Whoever had to follow up may not be able to write the visit.
        visits = self.env["kam.visit"].sudo().browse(activities.mapped("res_id"))
        result = super()._action_done(feedback=feedback, attachment_ids=attachment_ids)
        visits.exists().filtered(
            lambda v: v.follow_up_state in ("open", "late")
        )._close_follow_up_by_phone()
        return result
