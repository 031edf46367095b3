"""Where our party agrees on a visit before it takes place (D3)."""

from datetime import timedelta

from odoo import fields, models
from odoo.fields import Command

MEETING_HOURS = 0.5


class KamVisit(models.Model):
    _inherit = "kam.visit"

    meeting_id = fields.Many2one(
        "calendar.event",
        string="Pre-visit Meeting",
        index="btree_not_null",
        ondelete="set null",
        copy=False,
        help="Where our party agrees on the visit. Visits to target accounts get one "
        "when they are planned.",
    )

    def write(self, vals):
        """The meeting goes along with the visit."""
        before = {}
        if vals.keys() & {"start", "state", "user_id", "user_ids"}:
            before = {
                visit: (visit.start, visit.user_ids)
                for visit in self.sudo()
                if visit.meeting_id
            }
        result = super().write(vals)
        for visit, (start, users) in before.items():
            visit._change_meeting(start, users)
        return result

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
            meeting.write(values)

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

    def action_schedule_meeting(self):
        """Plan the pre-visit meeting of a visit that needs none, too."""
        self.ensure_one()
        self.check_access("write")
        if not self.meeting_id:
            self.meeting_id = self._create_events([self._meeting_values()])
        return self.env["ir.actions.actions"]._kam_form(self.meeting_id)
