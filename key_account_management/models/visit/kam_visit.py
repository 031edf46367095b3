from collections import defaultdict
from contextlib import suppress
from datetime import timedelta
from math import asin, cos, radians, sin, sqrt

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..base.arguments import is_number
from ..relationship.res_partner import LEVELS
from ..screening.kam_development_contact import ATTITUDES, PROGRESS
from .kam_visit_type import METHODS

OVERDUE_SHOWN = 5
# A visit that starts right now is not planned in the past.
TOLERANCE = timedelta(minutes=15)
# Recorded by the actions that they tell of.
RECORDED = {
    "check_in_latitude",
    "check_in_longitude",
    "has_position",
    "follow_up_deadline",
    "follow_up_date",
    "follow_up_visit_id",
    "follow_up_call",
    "follow_up_user_id",
    "follow_up_escalated",
    "meeting_id",
    "check_in",
    "check_out",
}
# Settled when the visit is over.
FIXED_WHEN_DONE = ("state", "start", "duration", "contact_ids", "user_id", "user_ids")
# Texts of the record of a visit, as the form prints them
RECORD_TEXTS = (
    "main_points",
    "customer_thinking",
    "suggestions",
    "latest_info",
    "outcome",
    "next_step",
    "experience",
    "shortcomings",
    "improvement",
)
LONGEST = 14 * 24  # hours
EARTH_RADIUS = 6371.0  # km


def distance(lat1, lon1, lat2, lon2):
    """Kilometres between two points on earth (haversine)."""
    lat1, lon1, lat2, lon2 = map(radians, (lat1, lon1, lat2, lon2))
    chord = (
        sin((lat2 - lat1) / 2) ** 2
        + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    )
    return 2 * EARTH_RADIUS * asin(sqrt(min(chord, 1.0)))


PLAN_ACTIVITY = "key_account_management.mail_act_visit_plan"


class KamVisit(models.Model):
    """A visit to a customer: planned, prepared, recorded, followed up (D1–D8).

    A planned visit has an event in the calendar (``kam_visit_calendar.py``); whichever
    of the two is changed, the other follows.
    """

    _name = "kam.visit"
    _inherit = [
        "kam.prefill.mixin",
        "kam.visit.calendar",
        "kam.visit.follow.up",
        "kam.visit.preparation",
        "kam.guard.mixin",
        "kam.thread.mixin",
        "mail.activity.mixin",
    ]
    _description = "Customer Visit"
    _access_parents = ("account_id",)
    _order = "start desc, id desc"
    _check_company_auto = True
    _prefill_sources = {
        "purpose": ("type_id",),
        "method": ("type_id",),
        "duration": ("type_id",),
        "check_ids": ("type_id",),
        "location": ("account_id",),
        "user_ids": ("account_id", "user_id"),
    }

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
        related="account_id.partner_id",
        string="Customer",
        store=True,
        precompute=True,
        index=True,
    )
    company_id = fields.Many2one(
        related="account_id.company_id", store=True, precompute=True, index=True
    )
    team_id = fields.Many2one(
        related="account_id.team_id", string="Territory", store=True, precompute=True
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
        compute="_compute_purpose",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
    )
    method = fields.Selection(
        METHODS,
        compute="_compute_method",
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
        compute="_compute_duration",
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
        string="Place",
        compute="_compute_location",
        store=True,
        readonly=False,
        precompute=True,
    )
    contact_ids = fields.Many2many(
        "res.partner",
        "kam_visit_contact_rel",
        "visit_id",
        "partner_id",
        string="Contacts",
        ondelete="restrict",
        check_company=True,
        domain="[('commercial_partner_id', '=', partner_id)]",
        help="Contacts to meet.",
    )
    level = fields.Selection(
        LEVELS,
        help="Level to meet if no contact with a level is chosen.",
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
        string="Participants",
        ondelete="restrict",
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
    expense_budget = fields.Monetary(string="Planned Expenses")
    expense_actual = fields.Monetary(string="Actual Expenses", copy=False)
    gift_budget = fields.Monetary(string="Planned Gifts")
    gift_actual = fields.Monetary(string="Actual Gifts", copy=False)
    budget_total = fields.Monetary(
        string="Budget", compute="_compute_totals", store=True
    )
    actual_total = fields.Monetary(
        string="Spent", compute="_compute_totals", store=True
    )

    # Record (D5) and summary (D7)
    main_points = fields.Text(help="What was talked about.", copy=False)
    customer_thinking = fields.Text(
        string="Customer's View",
        help="Wishes and concerns of the customer.",
        copy=False,
    )
    suggestions = fields.Text(help="How to develop the customer further.", copy=False)
    latest_info = fields.Text(string="Latest Information", copy=False)
    attitude = fields.Selection(ATTITUDES, tracking=True, copy=False)
    outcome = fields.Char(copy=False)
    next_step = fields.Char(copy=False)
    next_step_date = fields.Date(string="Next Step by", copy=False)
    experience = fields.Text(help="What went well and is worth repeating.", copy=False)
    shortcomings = fields.Text(copy=False)
    improvement = fields.Text(help="What to do better next time.", copy=False)
    finding_ids = fields.One2many("kam.visit.finding", "visit_id", string="Findings")

    # Calendar
    event_ids = fields.One2many(
        "calendar.event",
        "kam_visit_id",
        string="Meetings",
        context={"active_test": False},
    )

    # Follow-up
    overdue_ids = fields.Many2many(
        "kam.visit.due",
        string="My Overdue Visits",
        compute="_compute_overdue_ids",
        help="Customers whose next visit is overdue.",
    )

    # Check-in and check-out on site, with the position if the browser gives it
    check_in = fields.Datetime(readonly=True, copy=False, tracking=True)
    check_out = fields.Datetime(readonly=True, copy=False, tracking=True)
    check_in_latitude = fields.Float(digits=(10, 7), readonly=True, copy=False)
    check_in_longitude = fields.Float(digits=(10, 7), readonly=True, copy=False)
    has_position = fields.Boolean(
        string="Position Recorded",
        readonly=True,
        copy=False,
        help="The browser shared the position at check-in.",
    )
    check_in_distance = fields.Float(
        string="Distance from the Customer (km)",
        compute="_compute_check_in_distance",
        digits=(16, 1),
        help="From the check-in position to the address of the customer.",
    )
    has_distance = fields.Boolean(compute="_compute_check_in_distance")

    # Development of the customer (B7)
    progress = fields.Selection(
        PROGRESS, help="Progress of the customer's development.", copy=False
    )
    is_in_development = fields.Boolean(compute="_compute_is_in_development")

    _duration_range = models.Constraint(
        f"CHECK (duration > 0 AND duration <= {LONGEST})",
        "A visit takes more than no time, and two weeks at most.",
    )
    _start_range = models.Constraint(
        "CHECK (start >= '1900-01-01' AND start < '2201-01-01')",
        "The year of a visit must be between 1900 and 2200.",
    )
    _amounts_positive = models.Constraint(
        "CHECK (LEAST(expense_budget, expense_actual, gift_budget, gift_actual) >= 0)",
        "Expenses and gifts must not be negative.",
    )

    # ------------------------------------------------------------
    # Compute
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

    def _get_prefill(self):
        visit = self.sudo()
        customer = visit.account_id.partner_id
        address = (customer.street, customer.city)
        companions = visit.account_id._visit_companions(visit.user_id, "face")
        return {
            "purpose": visit.type_id.purpose,
            "method": visit.type_id.method or "face",
            "duration": visit.type_id.duration or 1.0,
            "check_ids": visit.type_id.check_ids.mapped("name"),
            "location": ", ".join(part for part in address if part),
            "user_ids": visit.user_id | companions,
        }

    def _is_settled(self):
        """What took place follows from nothing any more, once it is on record."""
        return super()._is_settled() or (self.state == "done" and bool(self._origin))

    @api.depends("prefill")
    def _compute_purpose(self):
        self._fill_in("purpose")

    @api.depends("prefill")
    def _compute_method(self):
        self._fill_in("method")

    @api.depends("prefill")
    def _compute_duration(self):
        self._fill_in("duration")

    @api.depends("start", "duration")
    def _compute_stop(self):
        for visit in self:
            # What is out of bounds is refused, after this
            minutes = round(min(visit.duration or 0, LONGEST) * 60)
            with suppress(OverflowError):
                visit.stop = visit.start
                visit.stop = visit.start and visit.start + timedelta(minutes=minutes)

    @api.depends("prefill", "method")
    def _compute_location(self):
        """The address of the customer, where the visit takes place there."""
        filled_in = self.filtered(lambda v: v.method == "face" or v._is_settled())
        filled_in._fill_in("location")
        for visit in self - filled_in:
            visit.location = visit._get_typed("location")

    @api.depends("prefill", "method")
    def _compute_user_ids(self):
        """Propose the supervisor, too, for visits to target accounts (D4)."""
        for visit in self:
            if visit.state == "done":
                visit.user_ids |= visit.user_id
                continue
            visit.user_ids = visit._get_typed("user_ids") | visit.user_id
            if visit.state != "cancelled" and not visit._has_leader():
                visit.user_ids |= visit.account_id._visit_companions(
                    visit.user_id, visit.method
                )

    @api.depends("prefill")
    def _compute_check_ids(self):
        """Take the checklist of the type, unless something is ticked off already."""
        for visit in self:
            if visit._is_settled() or any(visit.check_ids.mapped("is_done")):
                continue
            former, current = (set(n or ()) for n in visit._get_filled_in("check_ids"))
            names = set(visit.check_ids.mapped("name"))
            if current and current <= names and not (former - current) & names:
                continue
            outdated = former | current
            visit.check_ids -= visit.check_ids.filtered(
                lambda check, names=outdated: check.name in names
            )
            visit.check_ids = visit.type_id._checklist_commands()

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

    @api.depends_context("uid")
    def _compute_overdue_ids(self):
        """The most overdue ones of the reader's accounts, the same for all visits."""
        self.overdue_ids = self.env["kam.visit.due"].search(
            [
                ("is_overdue", "=", True),
                "|",
                ("manager_id", "=", self.env.uid),
                ("account_id.member_ids.user_id", "=", self.env.uid),
            ],
            limit=OVERDUE_SHOWN,
        )

    def _has_leader(self):
        """Whether a supervisor, or somebody above, is in our party."""
        return any(user._kam_is_leader() for user in self.sudo().user_ids)

    @api.depends("has_position", "check_in_latitude", "check_in_longitude")
    def _compute_check_in_distance(self):
        for visit in self:
            partner = visit.sudo().partner_id
            place = (partner.partner_latitude, partner.partner_longitude)
            visit.has_distance = visit.has_position and any(place)
            visit.check_in_distance = visit.has_distance and distance(
                visit.check_in_latitude, visit.check_in_longitude, *place
            )

    @api.depends("is_target", "account_id.screening_ids.result")
    def _compute_is_in_development(self):
        for visit in self:
            screenings = visit.account_id.sudo().screening_ids
            visit.is_in_development = visit.is_target or "open" in screenings.mapped(
                "result"
            )

    # ------------------------------------------------------------
    # Constraints
    # ------------------------------------------------------------

    @api.constrains("contact_ids", "account_id")
    def _check_contacts(self):
        for visit in self:
            visit.contact_ids._kam_check_customer(visit.partner_id)

    @api.constrains("user_id", "user_ids", "account_id")
    def _check_party(self):
        for visit in self.sudo():
            company = visit.company_id
            strangers = (visit.user_id | visit.user_ids).filtered(
                lambda u, c=company: u.share or c not in u.company_ids
            )
            if strangers:
                raise ValidationError(
                    self.env._(
                        "These users do not work for %(company)s: %(users)s.",
                        users=", ".join(strangers.mapped("name")),
                        company=company.name,
                    )
                )

    @api.constrains("state", "start")
    def _check_start(self):
        earliest = fields.Datetime.now() - TOLERANCE
        for visit in self:
            if visit.state == "planned" and visit.start < earliest:
                raise ValidationError(
                    self.env._(
                        "The visit to %(customer)s would start in the past (%(start)s)."
                        " Choose a later time, or record a visit that took place.",
                        customer=visit.partner_id.name,
                        start=visit._local_time(visit.start),
                    )
                )

    @api.constrains("state", "purpose")
    def _check_purpose(self):
        for visit in self:
            if visit.state in ("planned", "done") and not (visit.purpose or "").strip():
                raise ValidationError(
                    self.env._("Enter the purpose of the visit first.")
                )

    @api.constrains("state", "main_points")
    def _check_record(self):
        for visit in self:
            if visit.state == "done" and not (visit.main_points or "").strip():
                raise ValidationError(
                    self.env._("Record the main points before closing the visit.")
                )

    @api.constrains("state", "user_id", "user_ids", "method", "account_id")
    def _check_level(self):
        """Visits to target accounts are made by supervisors and above (D4)."""
        visits = self.filtered(
            lambda v: (
                v.state == "planned" and v.account_id._visit_demands_leader(v.method)
            )
        )
        for visit in visits:
            if not visit._has_leader():
                raise ValidationError(
                    self.env._(
                        "%(customer)s is a target account: at least one supervisor or "
                        "higher must take part.",
                        customer=visit.partner_id.name,
                    )
                )

    @api.constrains("state", "start", "duration", "user_id", "user_ids")
    def _check_overlap(self):
        """Nobody is at two visits at a time."""
        planned = self.filtered(lambda v: v.state == "planned").sudo()
        if not planned:
            return
        users = planned.user_ids
        candidates = planned.search(
            [
                ("state", "=", "planned"),
                ("user_ids", "in", users.ids),
                ("start", "<", max(planned.mapped("stop"))),
                ("stop", ">", min(planned.mapped("start"))),
            ],
            order="start, id",
        )
        # In order of time, whoever is still at one visit cannot start another.
        last = {}
        for visit in candidates:
            for user in visit.user_ids & users:
                other = last.setdefault(user, visit)
                if other != visit and visit.start < other.stop:
                    if visit in planned or other in planned:
                        self._refuse_overlap(
                            user,
                            *sorted(
                                (visit, other), key=planned.__contains__, reverse=True
                            ),
                        )
                if visit.stop > other.stop:
                    last[user] = visit

    def _refuse_overlap(self, user, visit, other):
        raise ValidationError(
            self.env._(
                "%(person)s cannot be at %(customer)s at %(time)s: the visit to "
                "%(other)s is from %(start)s to %(stop)s.",
                person=user.name,
                customer=visit.partner_id.name,
                time=self._local_time(visit.start),
                other=other.partner_id.name,
                start=self._local_time(other.start),
                stop=self._local_time(other.stop),
            )
        )

    @api.constrains("check_in", "check_out")
    def _check_check_out(self):
        for visit in self:
            if not visit.check_out:
                continue
            if not visit.check_in:
                raise ValidationError(self.env._("Check in before you check out."))
            if visit.check_out < visit.check_in:
                raise ValidationError(
                    self.env._(
                        "Check-out (%(out)s) is before check-in (%(in_time)s).",
                        out=visit._local_time(visit.check_out),
                        in_time=visit._local_time(visit.check_in),
                    )
                )

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model
    def _guarded_fields(self):
        return super()._guarded_fields() | RECORDED

    @api.model_create_multi
    def create(self, vals_list):
        self._check_values(vals_list)
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
        self._check_fixed(vals)
        states = {visit: visit.state for visit in self}
        met = self._meetings_before(vals)
        result = super().write(vals)
        changed = self.filtered(lambda v: v.state != states[v])
        self._after_change(vals.keys(), changed)
        for visit, (start, users) in met.items():
            visit._change_meeting(start, users)
        return result

    def _after_change(self, fnames, changed):
        """Let the calendar and the follow-up catch up.

        :param fnames: names of the written fields
        :param changed: visits whose state changed
        """
        self._push_to_calendar(fnames)
        changed.filtered(lambda v: v.state == "planned")._schedule_meeting()
        changed.filtered(lambda v: v.state == "done")._start_follow_up()
        settled = changed.filtered(lambda v: v.state != "draft").sudo()
        if settled:  # the reminder to plan the visit has served its purpose
            settled.activity_feedback([PLAN_ACTIVITY])

    def copy_data(self, default=None):
        default = {"start": self._default_start(), **(default or {})}
        return super().copy_data(default)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_done(self):
        if self.filtered(lambda v: v.state == "done"):
            raise UserError(self.env._("Completed visits cannot be deleted."))
        self.finding_ids._check_deletable()

    def unlink(self):
        events = self.sudo().event_ids
        result = super().unlink()
        events.unlink()
        return result

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
            raise UserError(self.env._("This visit is already done."))
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
            raise UserError(self.env._("This visit is already done."))
        self.write({"state": "cancelled"})

    def action_draft(self):
        if self.filtered(lambda v: v.state == "done"):
            raise UserError(self.env._("This visit is already done."))
        self.write({"state": "draft"})

    def action_view_account(self):
        return self.account_id._action_open()

    def _action_open(self):
        return self.env["ir.actions.actions"]._kam_form(self)

    def action_check_in(self, latitude=None, longitude=None):
        """Note the arrival at the customer.

        :param float latitude, longitude: position, if the visitor shared it
        :raise UserError: not a planned visit, checked in already, or no such position
        """
        self.ensure_one()
        if self.state != "planned" or self.check_in:
            raise UserError(
                self.env._("You can check in only once, at a planned visit.")
            )
        values = {"check_in": fields.Datetime.now()}
        if latitude is not None and longitude is not None:
            valid = is_number(latitude) and is_number(longitude)
            if not valid or abs(latitude) > 90 or abs(longitude) > 180:
                raise UserError(self.env._("The position is not valid."))
            values.update(
                check_in_latitude=latitude,
                check_in_longitude=longitude,
                has_position=True,
            )
        self.check_access("write")
        self.sudo().write(values)

    def action_check_out(self):
        """Note the departure."""
        self.ensure_one()
        if not self.check_in or self.check_out:
            raise UserError(self.env._("Check in first. You can check out only once."))
        self.check_access("write")
        self.sudo().check_out = fields.Datetime.now()

    # ------------------------------------------------------------
    # What a visit must keep to
    # ------------------------------------------------------------

    def _check_fixed(self, vals):
        """:raise UserError: what a visit is, or what has happened, would change"""
        if not self.env.su and self._changed_fields(vals, ("name",)):
            raise UserError(self.env._("The number of a visit cannot be changed."))
        if self._changed_fields(vals, ("account_id",)):
            raise UserError(
                self.env._(
                    "The customer of a visit cannot be changed. Create another visit."
                )
            )
        done = self.filtered(lambda v: v.state == "done")
        if done and done._changed_fields(vals, FIXED_WHEN_DONE):
            raise UserError(
                self.env._(
                    "State, time and people of completed visits cannot be changed: "
                    "%(visits)s.",
                    visits=", ".join(done[:3].mapped("display_name")),
                )
            )

    def _local_time(self, moment):
        """A moment as the reader writes it, in their own time zone."""
        return fields.Datetime.context_timestamp(self, moment).strftime(
            "%Y-%m-%d %H:%M"
        )

    # ------------------------------------------------------------
    # Printing
    # ------------------------------------------------------------

    def _texts_of_record(self):
        """Labels and contents of the paragraphs of 目标客户拜访记录表."""
        self.ensure_one()
        return [
            (self._fields[name]._description_string(self.env), self[name])
            for name in RECORD_TEXTS
        ]

    def _signatures(self):
        """Who signs, and on which day, as the frame of the forms shows it."""
        self.ensure_one()
        visit = self.sudo()
        day = visit.state == "done" and visit.company_id._kam_local_date(visit.start)
        return {
            "visitor": (visit.user_id, day),
            "superior": (visit._find_leader_above(), False),
        }
