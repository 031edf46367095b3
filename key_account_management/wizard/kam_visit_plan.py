from datetime import datetime, time, timedelta

import pytz
from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools.intervals import Intervals

from ..models.kam_visit_type import METHODS
from ..models.res_partner_stakeholder import LEVELS


class KamVisitPlan(models.TransientModel):
    """The visits of a person for a period, proposed from the cadence (D9).

    The due visits, the most urgent first, are spread over the working days, into hours
    that the person's calendar leaves free. All are booked in one go.
    """

    _name = "kam.visit.plan"
    _description = "Plan Visits"

    user_id = fields.Many2one(
        "res.users",
        string="Visitor",
        required=True,
        default=lambda self: self.env.user,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    date_from = fields.Date(
        string="From",
        required=True,
        default=lambda self: fields.Date.context_today(self) + relativedelta(days=1),
    )
    date_to = fields.Date(
        string="To",
        required=True,
        default=lambda self: fields.Date.context_today(self) + relativedelta(months=1),
    )
    per_day = fields.Integer(string="Visits a Day at Most", default=3, required=True)
    per_week = fields.Integer(string="Visits a Week at Most", default=10, required=True)
    travel = fields.Float(string="Time Between Visits", default=0.5)
    type_id = fields.Many2one(
        "kam.visit.type",
        required=True,
        default=lambda self: self.env["kam.visit.type"].search([], limit=1),
    )
    line_ids = fields.One2many("kam.visit.plan.line", "plan_id", string="Visits")
    unplaced_count = fields.Integer(readonly=True)

    @api.constrains("date_from", "date_to", "per_day", "per_week", "travel")
    def _check_period(self):
        for plan in self:
            if not plan.date_from <= plan.date_to <= plan.date_from + timedelta(366):
                raise UserError(self.env._("Plan a period of one day to one year."))
            if plan.per_day < 1 or plan.per_week < 1 or plan.travel < 0:
                raise UserError(self.env._("Plan at least one visit a day and week."))

    # ------------------------------------------------------------
    # Proposal
    # ------------------------------------------------------------

    def action_propose(self):
        """Fill in the visits that are due, at free times."""
        self.ensure_one()
        dues = self._due_visits()
        slots = self._spread(self._free_slots(), len(dues))
        contacts = self._contacts(dues)
        self.line_ids = [
            Command.clear(),
            *(
                Command.create(
                    {
                        "account_id": due.account_id.id,
                        "level": due.level,
                        "date_due": due.date_due,
                        "contact_id": contacts.get((due.partner_id.id, due.level)),
                        "start": start,
                        "duration": self.type_id.duration,
                        "method": self.type_id.method,
                    }
                )
                for due, start in zip(dues, slots, strict=False)
            ),
        ]
        self.unplaced_count = len(dues) - len(self.line_ids)
        return self._reopen()

    def _due_visits(self):
        """Due up to the end of the period, nothing planned yet, most urgent first."""
        return self.env["kam.visit.due"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("date_due", "<=", self.date_to),
                ("date_planned", "=", False),
                "|",
                ("manager_id", "=", self.user_id.id),
                ("account_id.member_ids.user_id", "=", self.user_id.id),
            ]
        )

    def _contacts(self, dues):
        """A person to meet by customer and level, those with most influence first."""
        partners = self.env["res.partner"].search(
            [
                ("commercial_partner_id", "in", dues.partner_id.ids),
                ("kam_level", "!=", False),
            ]
        )
        rank = {"high": 0, "medium": 1, "low": 2}
        found = {}
        for partner in partners.sorted(lambda p: rank.get(p.kam_influence, 3)):
            key = (partner.commercial_partner_id.id, partner.kam_level)
            found.setdefault(key, partner.id)
        return found

    # ------------------------------------------------------------
    # Time
    # ------------------------------------------------------------

    def _timezone(self):
        return pytz.timezone(self.user_id.tz or self.company_id._kam_timezone().zone)

    def _free_slots(self):
        """Starts (naive UTC) of possible visits, by local day."""
        zone = self._timezone()
        start = zone.localize(datetime.combine(self.date_from, time.min))
        stop = zone.localize(datetime.combine(self.date_to + timedelta(1), time.min))
        start = max(start, datetime.now(pytz.utc).astimezone(zone))
        if start >= stop:
            return {}
        calendar = self.company_id.resource_calendar_id
        working = calendar._work_intervals_batch(start, stop, tz=zone)[False]
        free = working - Intervals(self._busy(start, stop))
        length = timedelta(hours=self.type_id.duration)
        step = length + timedelta(hours=self.travel)
        slots = {}
        for begin, end, _records in free:
            moment = begin.astimezone(pytz.utc)
            while moment + length <= end:
                day = moment.astimezone(zone).date()
                slots.setdefault(day, []).append(moment.replace(tzinfo=None))
                moment += step
        return slots

    def _busy(self, start, stop):
        """Intervals in which the calendar of the visitor shows something."""
        start, stop = (
            moment.astimezone(pytz.utc).replace(tzinfo=None) for moment in (start, stop)
        )
        margin = timedelta(hours=self.travel)
        events = (
            self.env["calendar.event"]
            .sudo()
            .search(
                [
                    ("partner_ids", "in", self.user_id.partner_id.ids),
                    ("show_as", "=", "busy"),
                    ("start", "<", stop),
                    ("stop", ">", start),
                ]
            )
        )
        zone = self._timezone()
        nothing = self.env["resource.calendar"]
        busy = []
        for event in events:
            if event.allday:  # days, without a time zone
                begin = zone.localize(datetime.combine(event.start_date, time.min))
                end = zone.localize(
                    datetime.combine(event.stop_date + timedelta(1), time.min)
                )
            else:
                begin = pytz.utc.localize(event.start - margin).astimezone(zone)
                end = pytz.utc.localize(event.stop + margin).astimezone(zone)
            busy.append((begin, end, nothing))
        return busy

    def _spread(self, slots, count):
        """Choose starts for visits, evenly over the days, in order of time.

        :param dict slots: possible starts by day
        :param int count: how many visits
        """
        if not slots or not count:
            return []
        # An even load; the limits of day and week come on top of it.
        quota = min(self.per_day, max(1, -(-count // len(slots))))
        chosen, weeks = [], {}
        for day in sorted(slots):
            week = day.isocalendar()[:2]
            left = self.per_week - weeks.get(week, 0)
            taken = slots[day][: max(0, min(quota, left))]
            weeks[week] = weeks.get(week, 0) + len(taken)
            chosen += taken
        return chosen[:count]

    # ------------------------------------------------------------
    # Booking
    # ------------------------------------------------------------

    def action_book(self):
        """Plan all visits of the list in one go, or none if one of them cannot be.

        :raise UserError: the list is empty
        """
        self.ensure_one()
        if not self.line_ids:
            raise UserError(self.env._("There is no visit in the list."))
        visits = (
            self.env["kam.visit"]
            # One mail for each visit would bury the visitor, who has the list here
            .with_context(
                no_mail_to_attendees=True,
                dont_notify=True,
                tracking_disable=True,
            )
            .create([line._visit_values() for line in self.line_ids])
        )
        action = self.env["ir.actions.actions"]._for_xml_id(
            "key_account_management.kam_visit_action"
        )
        action["domain"] = [("id", "in", visits.ids)]
        action["context"] = {"initial_date": visits[:1].start}
        return action

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Plan Visits"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }


class KamVisitPlanLine(models.TransientModel):
    """One proposed visit."""

    _name = "kam.visit.plan.line"
    _description = "Planned Visit"
    _order = "start, id"

    plan_id = fields.Many2one(
        "kam.visit.plan", required=True, index=True, ondelete="cascade"
    )
    account_id = fields.Many2one("kam.account", required=True)
    partner_id = fields.Many2one(related="account_id.partner_id")
    contact_id = fields.Many2one(
        "res.partner", domain="[('commercial_partner_id', '=', partner_id)]"
    )
    level = fields.Selection(LEVELS, readonly=True)
    date_due = fields.Date(string="Due on", readonly=True)
    start = fields.Datetime(required=True)
    duration = fields.Float(required=True, default=1.0)
    method = fields.Selection(METHODS, required=True, default="face")

    def _visit_values(self):
        plan, account = self.plan_id, self.account_id
        return {
            "account_id": account.id,
            "contact_ids": [Command.set(self.contact_id.ids)],
            "level": self.level,
            "type_id": plan.type_id.id,
            "purpose": plan.type_id.purpose or plan.type_id.name,
            "user_id": plan.user_id.id,
            "start": self.start,
            "duration": self.duration,
            "method": self.method,
            "state": "planned",
        }
