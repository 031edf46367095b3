from odoo import api, models


class CalendarAttendee(models.Model):
    """Who attends a visit is said by the visit: see ``calendar_event.py``.

    Answers to an invitation are open to all whom core lets answer.
    """

    _inherit = "calendar.attendee"

    @api.model_create_multi
    def create(self, vals_list):
        default = self.env.context.get("default_event_id")
        ids = [vals.get("event_id", default) for vals in vals_list]
        events = self.env["calendar.event"].browse(dict.fromkeys(filter(None, ids)))
        with events._kam_gather_refused():
            refused = events._kam_refuse_attendees()
            return super().create(
                [
                    vals
                    for id_, vals in zip(ids, vals_list, strict=True)
                    if id_ not in refused.ids
                ]
            )

    def write(self, vals):
        moved = {"event_id", "partner_id"} & vals.keys()
        if not moved:
            return super().write(vals)
        events = self.event_id
        target = events.browse(vals.get("event_id") or ())
        with events._kam_gather_refused():
            refused = (events | target)._kam_refuse_attendees()
            kept = self.filtered(lambda a: (a.event_id | target) & refused)
            rest = {fname: vals[fname] for fname in vals if fname not in moved}
            if kept and rest:
                super(CalendarAttendee, kept).write(rest)
            return super(CalendarAttendee, self - kept).write(vals)

    def unlink(self):
        events = self.event_id
        with events._kam_gather_refused():
            refused = events._kam_refuse_attendees()
            free = self.filtered(lambda attendee: attendee.event_id not in refused)
            return super(CalendarAttendee, free).unlink()
