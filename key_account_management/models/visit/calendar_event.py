from contextlib import contextmanager

from odoo import SUPERUSER_ID, api, fields, models
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
# What only those change in the event of a visit who may edit the visit. Attendees are
# seen to in their own model, since everybody answers their invitation there.
KEPT = (FOLLOWED - {"attendee_ids"}) | {
    "user_id",
    "recurrency",
    "res_id",
    "res_model",
    "res_model_id",
}
# In the context of what a visit itself does in the calendar. No text, no number: it
# comes with no request.
BY_VISIT = object()
# Where what was refused is kept while core makes several writes of one change
REFUSED = "kam.visit.refused"


class CalendarEvent(models.Model):
    """The event of a visit, or of the meeting before it.

    An event changes a visit only by who may edit the visit. Of others it takes neither
    time, place and people nor its end: they stay as the visit says, and the
    responsible is told. Everything else in it is as open as in any event.
    """

    _name = "calendar.event"
    _inherit = ["calendar.event", "kam.named.mixin"]

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

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        events = super().create(vals_list)
        if events.sudo().kam_visit_id:
            self._kam_check_link()
        return events

    def write(self, vals):
        if "kam_visit_id" in vals:
            visits = self.sudo().mapped(lambda event: event.kam_visit_id.id or False)
            if set(visits) - {vals["kam_visit_id"] or False}:
                self._kam_check_link()
        kept = (KEPT | self._get_recurrent_fields()) & vals.keys()
        with self._kam_gather_refused():
            refused = self.browse()
            if kept:
                refused = self._kam_refuse(lambda e: e._kam_get_changes(vals, kept))
            rest = {fname: value for fname, value in vals.items() if fname not in kept}
            if refused and rest.keys() - {"recurrence_update"}:
                super(CalendarEvent, refused).write(rest)
            events = self - refused
            if not events:
                return True
            visits = events._kam_followed_by(vals)
            result = super(CalendarEvent, events).write(dict(vals))
            visits.exists()._pull_from_calendar()
            return result

    def _kam_followed_by(self, vals):
        """Visits that take over what is written to their events."""
        follows = FOLLOWED & vals.keys() and not self._kam_is_by_visit()
        return self.sudo().kam_visit_id if follows else self.env["kam.visit"]

    def unlink(self):
        with self._kam_gather_refused():
            events = self - self._kam_refuse(lambda event: {"unlink": True})
            visits = events.sudo().kam_visit_id
            result = super(CalendarEvent, events).unlink()
            planned = visits.exists().filtered(lambda v: v.state == "planned")
            if planned:
                planned._as_person().write({"state": "cancelled"})
            return result

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_mass_deletion(self, recurrence_update_setting):
        with self._kam_gather_refused():
            return super().action_mass_deletion(recurrence_update_setting)

    def action_mass_archive(self, recurrence_update_setting):
        with self._kam_gather_refused():
            return super().action_mass_archive(recurrence_update_setting)

    # ------------------------------------------------------------
    # Who may change what
    # ------------------------------------------------------------

    def _kam_by_visit(self):
        """The events as a visit writes them, to show itself in the calendar."""
        return self.with_context(kam_by_visit=BY_VISIT)

    @api.model
    def _kam_is_by_visit(self):
        """Whether it is a visit that shows itself in the calendar."""
        return self.env.context.get("kam_by_visit") is BY_VISIT

    @api.model
    def _kam_check_link(self):
        """:raise AccessError: somebody else than a visit links an event to it"""
        if not self._kam_is_by_visit() and self.env.uid != SUPERUSER_ID:
            raise AccessError(
                self.env._("Events of visits are created by the visits only.")
            )

    def _kam_get_changes(self, vals, fnames):
        """What of the values differs from what an event has.

        :return: dict of values by field, None for nothing and for what is no value
        """
        self.ensure_one()
        changes = {}
        for fname in fnames:
            field = self._fields[fname]
            try:
                value = field.convert_to_cache(vals[fname], self, validate=False)
            except (TypeError, ValueError):  # no value of such a field
                changes[fname] = None
                continue
            if field.convert_to_record(value, self) != self[fname]:
                changes[fname] = value
        return changes

    def _kam_refuse(self, get_changes):
        """Events of visits, or of meetings before them, that the user may not edit.

        :param get_changes: function of an event, returns a dict of what would change,
            empty if nothing would
        """
        if self._kam_is_by_visit():
            return self.browse()
        visits = self._kam_get_visits()
        own = self.env["kam.visit"].union(*visits.values())._as_person()
        own = own._filtered_access("write")
        changes = {e: get_changes(e) for e, visit in visits.items() if visit not in own}
        gathered = self.env.cr.cache.setdefault(REFUSED, {})
        for event in filter(changes.get, changes):
            gathered.setdefault(visits[event].id, {}).update(changes[event])
        return self.browse(event.id for event in filter(changes.get, changes))

    def _kam_refuse_attendees(self):
        """Events of which the user may not choose the attendees."""
        return self._kam_refuse(lambda event: {"attendee_ids": True})

    def _kam_get_visits(self):
        """Visits by event: those that they show, or that they prepare as a meeting.

        :return: dict of records in superuser mode
        """
        visits = {e: e.kam_visit_id for e in self.sudo() if e.kam_visit_id}
        prepared = self.env["kam.visit"].sudo().search([("meeting_id", "in", self.ids)])
        return visits | {visit.meeting_id: visit for visit in prepared}

    @contextmanager
    def _kam_gather_refused(self):
        """Tell of what was refused once, however many writes core makes of a change."""
        # Not with the data of precommit, which each savepoint clears.
        cache = self.env.cr.cache
        if REFUSED in cache:
            yield
            return
        gathered = cache[REFUSED] = {}
        try:
            yield
        finally:
            cache.pop(REFUSED, None)
        if gathered:
            visits = self.env["kam.visit"].sudo().browse(gathered).exists()
            events = visits.event_ids | visits.meeting_id
            # Commands were carried out in the cache only
            events.invalidate_recordset(["attendee_ids", "partner_ids"])
            visits._tell_of_refused(gathered)

    def _get_activity_excluded_models(self):
        """The event of a visit needs no activity beside it."""
        return [*super()._get_activity_excluded_models(), "kam.visit"]
