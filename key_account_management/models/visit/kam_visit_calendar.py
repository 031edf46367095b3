from datetime import timedelta

import pytz
from markupsafe import Markup

from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools.misc import clean_context

# Fields of a visit that its event shows, or that these follow from.
SHOWN = {
    "account_id",
    "method",
    "type_id",
    "state",
    "start",
    "duration",
    "location",
    "user_id",
    "user_ids",
    "contact_ids",
    "invite_contacts",
}
MEETING_HOURS = 0.5
# Fields of an event that say when it is
TIMES = {"start", "stop", "start_date", "stop_date", "duration", "allday"}


class KamVisitCalendar(models.AbstractModel):
    """A visit in the calendar: its event, and the meeting before it (D3).

    Visit and event both keep time, place and people, because a visit outlives its
    event. The visit writes to the event what differs; the event writes to the visit as
    the person who changed it, and takes nothing from those who may not edit the visit.

    A part of ``kam.visit``, whose ``state``, ``start``, ``stop``, ``location``, people
    (``user_id``, ``user_ids``, ``contact_ids``) and ``event_ids`` it reads, and writes
    when the event changes, and whose ``_local_time`` it calls. The visit calls
    ``_push_to_calendar``, ``_schedule_meeting``, ``_meetings_before`` and
    ``_change_meeting``; the event calls ``_pull_from_calendar``, ``_as_person`` and
    ``_tell_of_refused``.
    """

    _name = "kam.visit.calendar"
    _description = "Customer Visit"

    event_id = fields.Many2one(
        "calendar.event", string="Calendar Event", compute="_compute_event_id"
    )
    invite_contacts = fields.Boolean(
        help="Add the contacts to the event and send them the invitation."
    )
    declined_ids = fields.Many2many("res.partner", compute="_compute_declined_ids")

    # Meeting before the visit (D3)
    meeting_id = fields.Many2one(
        "calendar.event",
        string="Pre-visit Meeting",
        index="btree_not_null",
        ondelete="set null",
        readonly=True,
        copy=False,
        help="Meeting of the participants. Visits to target accounts get one when "
        "they are planned.",
    )

    # ------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------

    @api.depends("event_ids")
    def _compute_event_id(self):
        for visit in self:
            visit.event_id = visit.sudo().event_ids[:1]

    @api.depends("event_ids.attendee_ids.state")
    def _compute_declined_ids(self):
        for visit in self:
            visit.declined_ids = (
                visit.sudo()
                .event_ids.attendee_ids.filtered(
                    lambda attendee: attendee.state == "declined"
                )
                .partner_id
            )

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    def _meetings_before(self, vals):
        """Times and parties of the visits with a meeting that a write may change."""
        if not vals.keys() & {"start", "state", "user_id", "user_ids"}:
            return {}
        return {
            visit: (visit.start, visit.user_ids)
            for visit in self.sudo()
            if visit.meeting_id
        }

    def _change_meeting(self, start, users):
        """:param start, users: what the visit had before"""
        meeting = self.meeting_id
        now = fields.Datetime.now()
        if not meeting or self.state == "done" or meeting.start < now:
            return
        values = {}
        if meeting.active != (self.state != "cancelled"):
            values["active"] = not meeting.active
        if self.start != start:
            new = meeting.start + (self.start - start)
            if not now <= new < self.start:
                new = self._meeting_values()["start"]
            values.update(start=new, stop=new + (meeting.stop - meeting.start))
        if self.user_ids != users:
            others = meeting.partner_ids - users.partner_id
            partners = others | self.user_ids.partner_id
            values["partner_ids"] = [Command.set(partners.ids)]
        if values:
            meeting._kam_by_visit().write(values)

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_view_event(self):
        return self.env["ir.actions.actions"]._kam_form(self.event_id)

    def action_schedule_meeting(self):
        """Plan the pre-visit meeting of a visit that needs none, too."""
        self.ensure_one()
        self.check_access("write")
        if not self.meeting_id:
            self.sudo().meeting_id = self._create_events([self._meeting_values()])
        return self.env["ir.actions.actions"]._kam_form(self.meeting_id)

    # ------------------------------------------------------------
    # From the visit to the calendar
    # ------------------------------------------------------------

    def _push_to_calendar(self, fnames):
        """Create, update or archive the events of visits.

        :param fnames: names of the fields of the visits that were written
        """
        if not SHOWN & set(fnames):
            return
        visits = self.sudo()
        shown = visits.filtered(lambda v: v.state in ("planned", "done"))
        missing = shown.filtered(lambda v: not v.event_ids)
        for visit in visits - missing:
            if visit.event_ids and (values := visit._event_changes()):
                visit.event_ids._kam_by_visit().write(values)
        missing._create_events([visit._event_values() for visit in missing])

    def _create_events(self, vals_list):
        if not vals_list:
            return self.env["calendar.event"]
        # Defaults meant for the visit are none for the event, and contact details
        # are not for everybody who can read the calendar.
        context = {**clean_context(self.env.context), "skip_contact_description": True}
        Event = self.env(su=True, context=context)["calendar.event"]
        return Event._kam_by_visit().create(vals_list).with_env(self.env)

    def _event_values(self):
        """Values of a new event.

        Every employee can read the calendar: nothing but who, when and where.
        """
        self.ensure_one()
        return {
            "name": self._event_name(),
            "start": self.start,
            "stop": self.stop,
            "allday": False,
            "location": self.location,
            "user_id": self.user_id.id,
            "partner_ids": [Command.set(self._event_partners().ids)],
            "kam_visit_id": self.id,
            "res_model_id": self.env["ir.model"]._get_id(self._name),
            "res_id": self.id,
        }

    def _event_name(self):
        return self.env._("Visit: %(customer)s", customer=self.partner_id.name)

    def _event_changes(self):
        """What must be written to the event of a visit, and nothing else."""
        event = self.event_ids[:1]
        values = {"active": self.state in ("planned", "done")}
        if values["active"]:
            partners = self._event_partners(event)
            values.update(location=self.location or False, user_id=self.user_id.id)
            if self._event_span(event) != (self.start, self.stop):
                values.update(start=self.start, stop=self.stop, allday=False)
            if partners != event.partner_ids:
                values["partner_ids"] = [Command.set(partners.ids)]
        current = {
            "active": event.active,
            "allday": event.allday,
            "location": event.location or False,
            "user_id": event.user_id.id,
        }
        return {
            fname: value
            for fname, value in values.items()
            if fname not in current or current[fname] != value
        }

    def _event_span(self, event):
        """Start and end of an event. Events of whole days hold hours without a time
        zone (8 to 18): those where the visitor is.
        """
        if not event.allday:
            return event.start, event.stop
        zone = self.user_id._kam_timezone(self.company_id)
        return tuple(
            zone.localize(moment).astimezone(pytz.utc).replace(tzinfo=None)
            for moment in (event.start, event.stop)
        )

    def _event_partners(self, event=None):
        """Attendees: our party, the invited contacts, and whoever else was added."""
        partners = self.user_ids.partner_id
        if self.invite_contacts:
            partners |= self.contact_ids
        for partner in event.partner_ids if event else ():
            ours = any(not user.share for user in partner.user_ids)
            theirs = partner.commercial_partner_id == self.partner_id
            if not ours and not (theirs and self.invite_contacts):
                partners |= partner
        return partners

    # ------------------------------------------------------------
    # From the calendar to the visit
    # ------------------------------------------------------------

    def _pull_from_calendar(self):
        """Take over what the user, who may edit the visits, changed in the calendar.

        What took place stays as it is recorded, whatever becomes of its event. What
        several visits have in common is written to them at once.
        """
        open_visits = self.sudo().filtered(lambda v: v.state != "done")
        changes = {v: v._visit_changes(v.event_ids[:1]) for v in open_visits}
        for visits in open_visits.grouped(lambda v: repr(changes[v])).values():
            if values := changes[visits[0]]:
                visits._as_person().write(values)

    def _as_person(self):
        """The visits as the user sees and edits them, in all of their companies.

        Not superuser mode: core enters it for whoever attends a meeting, and the
        calendar is synchronised in it.
        """
        allowed = self.env.user._get_company_ids()
        current = self.env.context.get("allowed_company_ids") or ()
        ids = [*filter(allowed.__contains__, current), *allowed]
        return self.sudo(False).with_context(allowed_company_ids=[*dict.fromkeys(ids)])

    def _visit_changes(self, event):
        """What must be written to a visit of which the event was changed."""
        if not event.active:
            return {"state": "cancelled"} if self.state == "planned" else {}
        values = {}
        if self.state in ("draft", "cancelled"):
            values["state"] = "planned"
        start, stop = self._event_span(event)
        if start != self.start:
            values["start"] = start
        if stop - start != self.stop - self.start and stop > start:
            values["duration"] = (stop - start) / timedelta(hours=1)
        if (event.location or False) != (self.location or False):
            values["location"] = event.location
        users = event.partner_ids.user_ids.filtered(lambda user: not user.share)
        if users and users != self.user_ids:
            values["user_ids"] = [Command.set(users.ids)]
        contacts = event.partner_ids.filtered(
            lambda p: p.commercial_partner_id == self.partner_id
        )
        if not self.invite_contacts:
            contacts |= self.contact_ids
        if contacts != self.contact_ids:
            values["contact_ids"] = [Command.set(contacts.ids)]
        return values

    # ------------------------------------------------------------
    # What others wanted to change in the calendar (K7)
    # ------------------------------------------------------------

    def _tell_of_refused(self, changes):
        """Tell the responsible, once each, who wanted to change what, and when.

        The visits keep a note of it. Whoever did it is told that nothing changed.

        :param dict changes: dict of values of events, by id of the visit
        """
        root = self.env.ref("base.partner_root")
        for user, visits in self.sudo().grouped("user_id").items():
            context = clean_context(self.env.context)
            visits = visits.with_context(context, lang=user.lang, tz=user.tz)
            title = visits._get_title_of_refused()
            items = {v.id: v._describe_refused(changes[v.id]) for v in visits}
            lines = Markup().join(Markup("<li>%s</li>") % i for i in items.values())
            note = Markup("<p>%s</p><p>%s</p>")
            visits._message_log_batch(
                {id_: note % (title, item) for id_, item in items.items()},
                author_id=root.id,
            )
            visits.env["mail.thread"].message_notify(
                author_id=root.id,
                notify_author=True,
                partner_ids=user.partner_id.ids,
                subject=visits.env._("Change in the calendar undone"),
                body=Markup("<p>%s</p><ul>%s</ul>") % (title, lines),
            )
        self.env.user._bus_send(
            "simple_notification",
            {
                "type": "warning",
                "message": self.env._(
                    "Only those who may edit a visit change it in the calendar. "
                    "%(people)s will be told.",
                    people=", ".join(self.sudo().user_id.mapped("name")),
                ),
            },
        )

    def _get_title_of_refused(self):
        return self.env._(
            "%(person)s wanted to change this in the calendar on %(moment)s, but may "
            "not edit the visit. It stays as it was:",
            person=self.env.user.name,
            moment=self._local_time(fields.Datetime.now()),
        )

    def _describe_refused(self, values):
        """What somebody wanted to change in the event of a visit, in words.

        :param dict values: values of the event, or ``unlink``
        """
        self.ensure_one()
        words = []
        if values.keys() & TIMES:
            start = values.get("start")
            time = self.env._("Time")
            words.append(f"{time} {self._local_time(start)}" if start else time)
        if "location" in values:
            place = self.env._("Place")
            words.append(f"{place} {values['location'] or ''}".strip())
        if values.keys() & {"partner_ids", "attendee_ids"}:
            words.append(self.env._("Attendees"))
        if values.keys() & {"active", "unlink"}:
            cancelled = not values.get("active")
            words.append(
                self.env._("Cancelled") if cancelled else self.env._("Planned again")
            )
        return Markup("%s, %s: %s") % (
            self._get_html_link(),
            self._local_time(self.start),
            ", ".join(words) or self.env._("Something else"),
        )

    # ------------------------------------------------------------
    # Meeting before the visit (D3)
    # ------------------------------------------------------------

    def _working_day_before(self):
        """The time of the visit on the working day before it."""
        schedule = self.company_id.resource_calendar_id
        day = self.company_id._kam_local_date(self.start)
        back = 1
        while (
            schedule
            and back < 7
            and not schedule._works_on_date(day - timedelta(days=back))
        ):
            back += 1
        return self.start - timedelta(days=back)

    def _schedule_meeting(self):
        """Give visits to target accounts their meeting, the working day before."""
        visits = self.sudo().filtered(
            lambda v: not v.meeting_id and v.account_id._visit_demands_leader(v.method)
        )
        meetings = self._create_events([visit._meeting_values() for visit in visits])
        for visit, meeting in zip(visits, meetings, strict=True):
            visit.meeting_id = meeting

    def _meeting_values(self):
        length = timedelta(hours=MEETING_HOURS)
        start = self._working_day_before()
        if start < fields.Datetime.now():
            start = self.start - 2 * length
        return {
            "name": self.env._(
                "Preparation: %(customer)s", customer=self._event_name()
            ),
            "start": start,
            "stop": start + length,
            "user_id": self.user_id.id,
            "partner_ids": [Command.set(self.user_ids.partner_id.ids)],
        }
