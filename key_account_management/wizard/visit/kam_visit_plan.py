from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ...models.relationship.res_partner import LEVELS
from ...models.visit.kam_visit_type import METHODS


class KamVisitPlan(models.TransientModel):
    """The visits of a person for a period, proposed from the cadence (D9).

    The due visits, the most urgent first, are spread over the working days, into hours
    that the calendars of the person, and of whoever must come along, leave free (see
    ``kam_visit_plan_time.py``). All are booked in one go.
    """

    _name = "kam.visit.plan"
    _inherit = ["kam.visit.plan.time", "kam.access.mixin"]
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
        string="First Day",
        required=True,
        default=lambda self: self.env.company._kam_today() + relativedelta(days=1),
    )
    date_to = fields.Date(
        string="Last Day",
        required=True,
        default=lambda self: self.env.company._kam_today() + relativedelta(months=1),
    )
    per_day = fields.Integer(string="Maximum Visits per Day", default=3, required=True)
    per_week = fields.Integer(
        string="Maximum Visits per Week", default=10, required=True
    )
    travel = fields.Float(string="Time Between Visits", default=0.5)
    hour_from = fields.Float(
        string="Earliest Start",
        default=9.0,
        help="Earliest time of the day, in the time zone of the visitor.",
    )
    type_id = fields.Many2one(
        "kam.visit.type",
        required=True,
        default=lambda self: self.env["kam.visit.type"].search([], limit=1),
    )
    line_ids = fields.One2many("kam.visit.plan.line", "plan_id", string="Visits")
    unplaced_count = fields.Integer(compute="_compute_unplaced_count")

    @api.depends("line_ids.start")
    def _compute_unplaced_count(self):
        for plan in self:
            plan.unplaced_count = len(plan.line_ids.filtered(lambda li: not li.start))

    @api.constrains(
        "date_from", "date_to", "per_day", "per_week", "travel", "hour_from"
    )
    def _check_period(self):
        for plan in self:
            if not plan.date_from <= plan.date_to <= plan.date_from + timedelta(366):
                raise UserError(
                    self.env._("The period must be between one day and one year.")
                )
            if plan.per_day < 1 or plan.per_week < 1 or plan.travel < 0:
                raise UserError(
                    self.env._("Plan at least one visit per day and per week.")
                )
            if not 0 <= plan.hour_from < 24:
                raise UserError(
                    self.env._("The earliest start must be between 0:00 and 24:00.")
                )

    # ------------------------------------------------------------
    # Proposal
    # ------------------------------------------------------------

    def action_propose(self):
        """Fill in the visits that are due, at free times.

        What finds no time is listed, too, with the reason.
        """
        self.ensure_one()
        dues = self._find_due_visits()
        contacts = self._find_contacts(dues)
        method = self.type_id.method
        parties = [
            due.account_id._visit_companions(self.user_id, method) for due in dues
        ]
        starts, reasons = self._place_visits(dues, parties)
        self.line_ids = [
            Command.clear(),
            *(
                Command.create(
                    {
                        "account_id": due.account_id.id,
                        "level": due.level,
                        "date_due": due.date_due,
                        "contact_id": contacts.get((due.partner_id.id, due.level)),
                        "companion_ids": [Command.set(party.ids)],
                        "start": starts.get(index),
                        "reason": reasons.get(index),
                        "duration": self.type_id.duration,
                        "method": method,
                    }
                )
                for index, (due, party) in enumerate(zip(dues, parties, strict=True))
            ),
        ]
        return self._action_reopen()

    def _find_due_visits(self):
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

    def _find_contacts(self, dues):
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
    # Booking
    # ------------------------------------------------------------

    def action_book(self):
        """Plan all visits that have a time in one go, or none if one of them cannot be.

        :raise UserError: there is none
        :raise ValidationError: a visit breaks a rule of visits; the message names it
        """
        self.ensure_one()
        lines = self.line_ids.filtered("start")
        if not lines:
            raise UserError(self.env._("No visit in the list has a time."))
        visits = (
            self.env["kam.visit"]
            # One mail for each visit would bury the visitor, who has the list here
            .with_context(
                no_mail_to_attendees=True,
                dont_notify=True,
                tracking_disable=True,
            )
            .create([line._visit_values() for line in lines])
        )
        return self.env["ir.actions.actions"]._kam_records(
            "kam_visit_action",
            domain=[("id", "in", visits.ids)],
            context={"initial_date": visits[:1].start},
        )

    def _action_reopen(self):
        return self.env["ir.actions.actions"]._kam_dialog(
            self, self.env._("Plan Visits"), {"dialog_size": "extra-large"}
        )


class KamVisitPlanLine(models.TransientModel):
    """One proposed visit."""

    _name = "kam.visit.plan.line"
    _inherit = ["kam.prefill.mixin"]
    _description = "Planned Visit"
    _order = "start, id"
    _prefill_sources = {"companion_ids": ("account_id", "method", "plan_id.user_id")}

    plan_id = fields.Many2one(
        "kam.visit.plan", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="plan_id.company_id")
    account_id = fields.Many2one("kam.account", required=True)
    partner_id = fields.Many2one(related="account_id.partner_id")
    contact_id = fields.Many2one(
        "res.partner", domain="[('commercial_partner_id', '=', partner_id)]"
    )
    level = fields.Selection(LEVELS, readonly=True)
    companion_ids = fields.Many2many(
        "res.users",
        "kam_visit_plan_companion_rel",
        "line_id",
        "user_id",
        string="Companions",
        compute="_compute_companion_ids",
        store=True,
        readonly=False,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="Colleagues who join the visit, such as a supervisor for target accounts.",
    )
    date_due = fields.Date(string="Due on", readonly=True)
    start = fields.Datetime(help="Visits without a time are not booked.")
    reason = fields.Char(readonly=True)
    duration = fields.Float(required=True, default=1.0)
    method = fields.Selection(METHODS, required=True, default="face")

    def _get_prefill(self):
        return {
            "companion_ids": self.account_id._visit_companions(
                self.plan_id.user_id, self.method
            )
        }

    @api.depends("prefill")
    def _compute_companion_ids(self):
        self._fill_in("companion_ids")

    def _visit_values(self):
        plan = self.plan_id
        return {
            "account_id": self.account_id.id,
            "contact_ids": [Command.set(self.contact_id.ids)],
            "level": self.level,
            "type_id": plan.type_id.id,
            "purpose": plan.type_id.purpose or plan.type_id.name,
            "user_id": plan.user_id.id,
            "user_ids": [Command.set((plan.user_id | self.companion_ids).ids)],
            "start": self.start,
            "duration": self.duration,
            "method": self.method,
            "state": "planned",
        }
