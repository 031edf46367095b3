from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..base.groups import KAM_READERS

# Fields of an event that its visit follows.
FOLLOWED = {
    "start",
    "stop",
    "start_date",
    "stop_date",
    "duration",
    "allday",
    "location",
    "partner_ids",
    "attendee_ids",
    "active",
}


class CalendarEvent(models.Model):
    _inherit = "calendar.event"

    kam_visit_id = fields.Many2one(
        "kam.visit",
        string="Customer Visit",
        index="btree_not_null",
        readonly=True,
        copy=False,
        ondelete="set null",
        groups=KAM_READERS,
    )

    _kam_visit_uniq = models.UniqueIndex(
        "(kam_visit_id) WHERE kam_visit_id IS NOT NULL",
        "A visit has one event in the calendar.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        events = super().create(vals_list)
        if not self.env.su and events.sudo().kam_visit_id:
            self._kam_refuse_link()
        return events

    def write(self, vals):
        if "kam_visit_id" in vals and not self.env.su:
            visits = self.sudo().mapped(lambda event: event.kam_visit_id.id or False)
            if set(visits) - {vals["kam_visit_id"] or False}:
                self._kam_refuse_link()
        followed = FOLLOWED & vals.keys()
        visits = self.sudo().kam_visit_id if followed else None
        result = super().write(vals)
        if visits:
            visits.exists()._pull_from_calendar()
        return result

    def unlink(self):
        visits = self.sudo().kam_visit_id
        result = super().unlink()
        visits.exists().filtered(lambda v: v.state == "planned").write(
            {"state": "cancelled"}
        )
        return result

    def _kam_refuse_link(self):
        raise AccessError(
            self.env._("Events of visits are created by the visits only.")
        )

    def _get_activity_excluded_models(self):
        """The event of a visit needs no activity beside it."""
        return [*super()._get_activity_excluded_models(), "kam.visit"]
