from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from .kam_visit_type import ATTITUDES, METHODS
from .res_partner_stakeholder import LEVELS


class KamVisit(models.Model):
    """A visit to a customer: planned, prepared, recorded, followed up (D1–D8).

    A planned visit has an event in the calendar (``kam_visit_calendar.py``); whichever
    of the two is changed, the other follows.
    """

    _name = "kam.visit"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _description = "Customer Visit"
    _order = "start desc, id desc"
    _check_company_auto = True

    # ------------------------------------------------------------
    # Fields
    # ------------------------------------------------------------

    name = fields.Char(string="Number", readonly=True, copy=False, index="trigram")
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("planned", "Planned"),
            ("done", "Done"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="draft",
        index=True,
        copy=False,
        group_expand=True,
        tracking=True,
    )
    # No check_company: the company of the visit is that of the account
    account_id = fields.Many2one(
        "kam.account", required=True, index=True, ondelete="restrict"
    )
    partner_id = fields.Many2one(
        related="account_id.partner_id", string="Customer", store=True, index=True
    )
    company_id = fields.Many2one(
        related="account_id.company_id", store=True, precompute=True, index=True
    )
    team_id = fields.Many2one(
        related="account_id.team_id", string="Territory", store=True
    )
    tier_id = fields.Many2one(related="account_id.tier_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    is_target = fields.Boolean(compute="_compute_is_target")

    # Plan
    type_id = fields.Many2one(
        "kam.visit.type",
        required=True,
        default=lambda self: self.env["kam.visit.type"].search([], limit=1),
        check_company=True,
        tracking=True,
    )
    color = fields.Integer(related="type_id.color")
    purpose = fields.Char(
        compute="_compute_from_type",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
    )
    method = fields.Selection(
        METHODS,
        compute="_compute_from_type",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        tracking=True,
    )
    start = fields.Datetime(
        required=True,
        index=True,
        default=lambda self: self._default_start(),
        tracking=True,
    )
    duration = fields.Float(
        compute="_compute_from_type",
        store=True,
        readonly=False,
        precompute=True,
        aggregator="sum",
        help="Hours.",
    )
    stop = fields.Datetime(
        compute="_compute_stop", string="End", store=True, precompute=True
    )
    location = fields.Char(
        compute="_compute_location", store=True, readonly=False, string="Place"
    )
    contact_ids = fields.Many2many(
        "res.partner",
        "kam_visit_contact_rel",
        "visit_id",
        "partner_id",
        string="Contacts",
        check_company=True,
        domain="[('commercial_partner_id', '=', partner_id)]",
        help="Whom of the customer we want to meet.",
    )
    level = fields.Selection(
        LEVELS,
        help="Whom the visit is for, while no contact of a known level is chosen.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        required=True,
        index=True,
        default=lambda self: self.env.user,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        tracking=True,
    )
    user_ids = fields.Many2many(
        "res.users",
        "kam_visit_user_rel",
        "visit_id",
        "user_id",
        string="Our Party",
        compute="_compute_user_ids",
        store=True,
        precompute=True,
        readonly=False,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    check_ids = fields.One2many(
        "kam.visit.check",
        "visit_id",
        string="Checklist",
        compute="_compute_check_ids",
        store=True,
        precompute=True,
        readonly=False,
    )
    check_progress = fields.Integer(
        string="Prepared (%)", compute="_compute_check_progress"
    )
    expense_budget = fields.Monetary(string="Expenses Planned")
    expense_actual = fields.Monetary(string="Expenses Spent")
    gift_budget = fields.Monetary(string="Gifts Planned")
    gift_actual = fields.Monetary(string="Gifts Spent")
    budget_total = fields.Monetary(
        string="Budget", compute="_compute_totals", store=True
    )
    actual_total = fields.Monetary(
        string="Spent", compute="_compute_totals", store=True
    )

    # Record (D5) and summary (D7)
    main_points = fields.Text(help="What was talked about.")
    customer_thinking = fields.Text(
        string="The Customer's Thinking", help="What the customer wants and worries."
    )
    suggestions = fields.Text(help="How to develop the customer further.")
    latest_info = fields.Text(string="Latest Information")
    attitude = fields.Selection(ATTITUDES, tracking=True)
    outcome = fields.Char()
    next_step = fields.Char()
    next_step_date = fields.Date(string="Next Step by")
    experience = fields.Text(help="What went well and is worth repeating.")
    shortcomings = fields.Text()
    improvement = fields.Text(help="What we do better next time.")
    finding_ids = fields.One2many("kam.visit.finding", "visit_id", string="Findings")

    _duration_positive = models.Constraint(
        "CHECK (duration > 0)", "A visit takes more than no time."
    )
    _amounts_positive = models.Constraint(
        "CHECK (LEAST(expense_budget, expense_actual, gift_budget, gift_actual) >= 0)",
        "Expenses and gifts must not be negative.",
    )

    # ------------------------------------------------------------
    # Defaults and computes
    # ------------------------------------------------------------

    @api.model
    def _default_start(self):
        """The next full hour."""
        now = fields.Datetime.now() + timedelta(hours=1)
        return now.replace(minute=0, second=0, microsecond=0)

    @api.depends("account_id.is_potential")
    def _compute_is_target(self):
        for visit in self:
            visit.is_target = visit.account_id.sudo()._is_target()

    @api.depends("type_id")
    def _compute_from_type(self):
        for visit in self:
            visit.purpose = visit.purpose or visit.type_id.purpose
            visit.method = visit.method or visit.type_id.method or "face"
            visit.duration = visit.duration or visit.type_id.duration or 1.0

    @api.depends("start", "duration")
    def _compute_stop(self):
        for visit in self:
            minutes = round((visit.duration or 0) * 60)
            visit.stop = visit.start and visit.start + timedelta(minutes=minutes)

    @api.depends("partner_id", "method")
    def _compute_location(self):
        for visit in self:
            if visit.method == "face" and not visit.location:
                partner = visit.partner_id
                parts = (partner.street, partner.city)
                visit.location = ", ".join(part for part in parts if part)

    @api.depends("user_id")
    def _compute_user_ids(self):
        for visit in self:
            visit.user_ids |= visit.user_id

    @api.depends("type_id")
    def _compute_check_ids(self):
        """Copy the checklist of the type, unless something is ticked off already."""
        for visit in self:
            if any(check.is_done for check in visit.check_ids):
                continue
            visit.check_ids = [
                fields.Command.clear(),
                *visit.type_id._checklist_commands(),
            ]

    @api.depends("check_ids.is_done")
    def _compute_check_progress(self):
        for visit in self:
            done = len(visit.check_ids.filtered("is_done"))
            visit.check_progress = 100 * done / (len(visit.check_ids) or 1)

    @api.depends("expense_budget", "expense_actual", "gift_budget", "gift_actual")
    def _compute_totals(self):
        for visit in self:
            visit.budget_total = visit.expense_budget + visit.gift_budget
            visit.actual_total = visit.expense_actual + visit.gift_actual

    @api.depends("name", "partner_id")
    def _compute_display_name(self):
        for visit in self:
            customer = visit.partner_id.sudo().name or ""
            visit.display_name = f"{visit.name or ''} {customer}".strip()

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        visits = super().create(self._with_numbers(self._with_checklists(vals_list)))
        visits._after_change({"state"}, visits)
        return visits

    def _with_checklists(self, vals_list):
        """Values of new visits with the checklists of their types.

        Computing them visit by visit, as for a form, takes many times as long.
        """
        types = self.env["kam.visit.type"]
        types = types.browse(v["type_id"] for v in vals_list if v.get("type_id"))
        commands = {kind.id: kind._checklist_commands() for kind in set(types)}
        return [
            {"check_ids": commands[vals["type_id"]], **vals}
            if vals.get("type_id")
            else dict(vals)
            for vals in vals_list
        ]

    def _with_numbers(self, vals_list):
        """Values of new visits with the next numbers of their companies."""
        default = self.env.context.get("default_account_id")
        ids = [vals.get("account_id", default) for vals in vals_list]
        accounts = (
            self.env["kam.account"].sudo().browse(dict.fromkeys(filter(None, ids)))
        )
        companies = {account.id: account.company_id for account in accounts}
        positions = defaultdict(list)
        for position, account_id in enumerate(ids):
            if account_id:  # without, creation fails
                positions[companies[account_id]].append(position)
        for company, places in positions.items():
            numbers = self.env["ir.sequence"]._kam_next_numbers(
                "kam.visit", company, len(places)
            )
            for position, number in zip(places, numbers, strict=True):
                vals_list[position]["name"] = number
        return vals_list

    def write(self, vals):
        new = vals.get("user_id")
        moving = self.filtered(lambda v: new and v.user_id.id != new)
        if moving and "user_ids" not in vals:
            # The place in our party changes hands together with the responsibility
            for user, visits in moving.grouped("user_id").items():
                place = [fields.Command.unlink(user.id), fields.Command.link(new)]
                visits.write({**vals, "user_ids": place})
            return (self - moving).write(vals)
        self._check_fixed(vals)
        before = {visit: visit.state for visit in self}
        result = super().write(vals)
        changed = self.filtered(lambda v: v.state != before[v])
        self._after_change(vals.keys(), changed)
        return result

    def _after_change(self, fnames, changed):
        """Let the calendar and the follow-up catch up.

        :param fnames: names of the written fields
        :param changed: visits whose state changed
        """
        self._push_to_calendar(fnames)
        changed.filtered(lambda v: v.state == "planned")._schedule_meeting()
        changed.filtered(lambda v: v.state == "done")._start_follow_up()

    def copy_data(self, default=None):
        default = {"start": self._default_start(), **(default or {})}
        return super().copy_data(default)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_done(self):
        if self.filtered(lambda v: v.state == "done"):
            raise UserError(self.env._("Visits that took place stay on record."))

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_plan(self):
        """Fix time and people, and put the visit into the calendar.

        :raise UserError: the visit took place already
        :raise ValidationError: no purpose, in the past, overlapping, or at a target
            account without a supervisor
        """
        if self.filtered(lambda v: v.state == "done"):
            raise UserError(self.env._("This visit took place already."))
        self.write({"state": "planned"})

    def action_done(self):
        """Close the visit; the follow-up within a week starts."""
        if self.filtered(lambda v: v.state == "cancelled"):
            raise UserError(self.env._("This visit was cancelled. Plan it again."))
        now = fields.Datetime.now()
        early = self.filtered(lambda v: v.state != "done" and v.start > now)
        for visit in early:  # the time it really took place
            visit.write({"start": visit.check_in or now, "state": "done"})
        (self - early).write({"state": "done"})

    def action_cancel(self):
        if self.filtered(lambda v: v.state == "done"):
            raise UserError(self.env._("This visit took place already."))
        self.write({"state": "cancelled"})

    def action_draft(self):
        if self.filtered(lambda v: v.state == "done"):
            raise UserError(self.env._("This visit took place already."))
        self.write({"state": "draft"})

    def action_view_account(self):
        return self.account_id._action_open()

    def _action_open(self):
        return self.env["ir.actions.actions"]._kam_form(self)
