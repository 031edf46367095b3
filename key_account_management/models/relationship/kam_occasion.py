"""Occasions of customers (C5): known in advance, reported, answered with attention."""

from contextlib import suppress

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..base.batches import run_or_each

OCCASION_ACTIVITY = "key_account_management.mail_activity_type_occasion"
OPEN_STATES = ("coming", "informed", "responded")
RESPONSES = [
    ("letter", "Letter or call"),
    ("gift", "Gift"),
    ("visit", "Visit"),
    ("event", "Event"),
    ("support", "Support"),
    ("none", "Nothing"),
]
# Days after an occasion until which the answer can be recorded
GRACE_DAYS = 7
# Errors of dates that are out of bounds: the constraints refuse them in words
OUT_OF_RANGE = (OverflowError, ValueError)
# What is recorded of a turn
ANSWER = ("response", "response_note", "cost")


class KamOccasion(models.Model):
    """An anniversary, honour, move … of a customer, once or every year.

    Each turn goes from coming over informed and responded to done or passed. A yearly
    occasion then begins anew; what was done is kept in its turns (see
    ``kam_occasion_turn.py``).
    """

    _name = "kam.occasion"
    _inherit = [
        "kam.prefill.mixin",
        "kam.thread.mixin",
        "kam.used.mixin",
        "mail.activity.mixin",
    ]
    _description = "Customer Occasion"
    _access_parents = ("account_id",)
    _order = "next_date, id"
    _check_company_auto = True
    _prefill_sources = {"user_id": ("account_id",)}

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True)
    account_id = fields.Many2one(
        "kam.account",
        required=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(related="account_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    customer_id = fields.Many2one(related="account_id.partner_id", string="Customer")
    partner_id = fields.Many2one(
        "res.partner",
        string="Contact",
        index="btree_not_null",
        check_company=True,
        domain="[('commercial_partner_id', '=', customer_id)]",
        help="Leave empty if the occasion concerns the whole customer.",
    )
    kind = fields.Selection(
        [
            ("anniversary", "Anniversary"),
            ("birthday", "Birthday"),
            ("honour", "Honour or award"),
            ("opening", "Opening"),
            ("move", "Major move"),
            ("promotion", "New position"),
            ("other", "Other"),
        ],
        required=True,
        default="anniversary",
    )
    date = fields.Date(
        required=True,
        tracking=True,
        help="First day of a yearly occasion, such as the founding date.",
    )
    is_yearly = fields.Boolean(string="Every Year", tracking=True)
    last_date = fields.Date(
        string="Last Occurrence",
        readonly=True,
        copy=False,
        help="Date of the last closed occurrence.",
    )
    next_date = fields.Date(compute="_compute_next_date", store=True, index=True)
    notice_days = fields.Integer(
        string="Notice",
        default=14,
        help="Days in advance to notify the responsible and the superior.",
    )
    notice_date = fields.Date(compute="_compute_notice_date", store=True, index=True)
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        compute="_compute_user_id",
        store=True,
        readonly=False,
        precompute=True,
        index=True,
        tracking=True,
        ondelete="restrict",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    superior_id = fields.Many2one(
        "res.users",
        string="Informed Superior",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    state = fields.Selection(
        [
            ("coming", "Coming"),
            ("informed", "Superior informed"),
            ("responded", "Response chosen"),
            ("done", "Done"),
            ("passed", "Passed"),
        ],
        default="coming",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
        index=True,
    )
    response = fields.Selection(RESPONSES, copy=False, tracking=True)
    response_note = fields.Text(copy=False)
    cost = fields.Monetary(copy=False)
    turn_ids = fields.One2many(
        "kam.occasion.turn", "occasion_id", string="Past Occurrences"
    )
    note = fields.Html(string="Notes")

    _notice_range = models.Constraint(
        "CHECK (notice_days BETWEEN 0 AND 365)",
        "The notice must be between 0 and 365 days.",
    )
    _date_range = models.Constraint(
        "CHECK (date BETWEEN '1900-01-01' AND '2200-12-31')",
        "The year of an occasion must be between 1900 and 2200.",
    )
    _cost_positive = models.Constraint(
        "CHECK (cost >= 0)", "The cost must not be negative."
    )

    # ------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------

    def _get_prefill(self):
        return {"user_id": self.sudo().account_id.manager_id}

    @api.depends("prefill")
    def _compute_user_id(self):
        self._fill_in("user_id")

    @api.depends("date", "is_yearly", "last_date")
    def _compute_next_date(self):
        for occasion in self:
            occasion.next_date = False
            with suppress(*OUT_OF_RANGE):
                occasion.next_date = occasion._find_next_date()

    @api.depends("next_date", "notice_days")
    def _compute_notice_date(self):
        for occasion in self:
            occasion.notice_date = False
            with suppress(*OUT_OF_RANGE):
                occasion.notice_date = occasion.next_date and (
                    occasion.next_date - relativedelta(days=occasion.notice_days)
                )

    # ------------------------------------------------------------
    # Constraints
    # ------------------------------------------------------------

    @api.constrains("partner_id", "account_id")
    def _check_partner_id(self):
        for occasion in self:
            occasion.partner_id._kam_check_customer(occasion.account_id.partner_id)

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model
    def _guarded_fields(self):
        return super()._guarded_fields() | self._readonly_fields()

    def write(self, vals):
        self._check_customer_kept(vals)
        self._check_birthday_kept(vals)
        before = {o: (o.date, o.is_yearly, o.active) for o in self}
        former = self.grouped("user_id") if "user_id" in vals else {}
        result = super().write(vals)
        for user, occasions in former.items():
            occasions._hand_on_activities(user)
        # Another day is another turn: it is told again. So is what was archived.
        moved = self.filtered(lambda o: (o.date, o.is_yearly) != before[o][:2])
        revived = self.filtered(
            lambda o: o.active and not before[o][2] and o.state in OPEN_STATES
        )
        if again := moved | revived:
            again._restart_turn()
        return result

    def _check_customer_kept(self, vals):
        if self._changed_fields(vals, ("account_id",)):
            raise UserError(
                self.env._(
                    "The customer of an occasion cannot be changed. Create another one."
                )
            )

    def _check_birthday_kept(self, vals):
        """A birthday stays one: fewer people may read it than other occasions."""
        if vals.get("kind", "birthday") != "birthday" and any(
            occasion.kind == "birthday" for occasion in self
        ):
            raise UserError(
                self.env._(
                    "A birthday cannot become another kind of occasion. Archive it and "
                    "create another one."
                )
            )

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_respond(self):
        """Settle how the occasion is answered; the superior is told, if not yet."""
        self.check_access("write")
        for occasion in self:
            if occasion.state == "responded":
                raise UserError(self.env._("This occasion already has a response."))
            if occasion.state not in OPEN_STATES:
                raise UserError(
                    self.env._("“%s” is over. Reopen it first.", occasion.name)
                )
            if not occasion.response:
                raise UserError(
                    self.env._("Choose a response for “%s” first.", occasion.name)
                )
        untold = self.filtered(lambda o: o.state == "coming")
        self.sudo().state = "responded"
        untold.sudo()._notify_people()

    def action_done(self):
        """Close the turn. A yearly occasion begins anew."""
        self.check_access("write")
        for occasion in self:
            if occasion.state != "responded":
                raise UserError(
                    self.env._(
                        "Choose the response to “%s” before closing it.", occasion.name
                    )
                )
        self.activity_feedback([OCCASION_ACTIVITY])
        self.sudo()._close_turn("done")

    def action_reopen(self):
        """Take up an occasion that passed or was done by mistake."""
        self.check_access("write")
        if any(occasion.state not in ("done", "passed") for occasion in self):
            raise UserError(self.env._("This occasion is open."))
        occasions = self.sudo()
        occasions.turn_ids.filtered(
            lambda turn: turn.date == turn.occasion_id.next_date
        ).unlink()
        occasions.last_date = False
        occasions._restart_turn()

    # ------------------------------------------------------------
    # Business
    # ------------------------------------------------------------

    def _find_next_date(self):
        """First day of the occasion that is neither over nor closed.

        The 29th of February is kept on the 28th in other years.
        """
        self.ensure_one()
        if not self.date or not self.is_yearly:
            return self.date
        company = self.company_id or self.env.company
        since = company._kam_today()
        if self.last_date:
            since = max(since, self.last_date + relativedelta(days=1))
        years = max(since.year - self.date.year, 0)
        day = self.date + relativedelta(years=years)
        return day if day >= since else self.date + relativedelta(years=years + 1)

    # ------------------------------------------------------------
    # Turns
    # ------------------------------------------------------------

    def _restart_turn(self):
        """Begin the turn again, as if nobody had been told."""
        occasions = self.sudo()
        occasions.activity_unlink([OCCASION_ACTIVITY])
        occasions.write({"state": "coming", "superior_id": False})
        # Time has passed: the coming turn may be another one
        occasions.modified(["last_date"])

    def _close_turn(self, state):
        """End the current turn and keep what was done.

        :param str state: ``done`` or ``passed``
        """
        self.env["kam.occasion.turn"].create(
            [
                {
                    "occasion_id": occasion.id,
                    "date": occasion.next_date,
                    "state": state,
                    "user_id": occasion.user_id.id,
                    **{fname: occasion[fname] for fname in ANSWER},
                }
                for occasion in self
            ]
        )
        anew = {
            "state": "coming",
            "superior_id": False,
            **dict.fromkeys(ANSWER, False),
        }
        for (yearly, day), occasions in self.grouped(
            lambda o: (o.is_yearly, o.next_date)
        ).items():
            values = anew if yearly else {"state": state}
            occasions.write({"last_date": day, **values})

    # ------------------------------------------------------------
    # Every day
    # ------------------------------------------------------------

    @api.model
    def _cron_remind(self):
        """Close what is over; ask for responses to what is coming and inform the
        superiors, once a turn."""
        by_today = self.env["res.company"]._kam_today_domain
        over = self.search(
            Domain("state", "in", OPEN_STATES)
            & by_today(
                lambda day: [("next_date", "<", day - relativedelta(days=GRACE_DAYS))]
            )
        )
        run_or_each(
            over,
            lambda occasions: occasions._close_over(),
            lambda env: env._("closing occasions"),
            retry=True,
        )
        coming = self.search(
            Domain("state", "=", "coming")
            & by_today(lambda day: [("notice_date", "<=", day)])
        )
        run_or_each(
            coming,
            lambda occasions: occasions._notify_people(),
            lambda env: env._("telling of occasions"),
            retry=True,
        )

    def _close_over(self):
        self.activity_unlink([OCCASION_ACTIVITY])
        answered = self.filtered(lambda o: o.state == "responded")
        answered._close_turn("done")
        (self - answered)._close_turn("passed")

    # ------------------------------------------------------------
    # Who is told
    # ------------------------------------------------------------

    def _notify_people(self):
        """Inform the superiors, and ask for a response where none is chosen yet."""
        superiors = {occasion: occasion._find_superior() for occasion in self}
        for (superior, state), told in self.grouped(
            lambda o: (superiors[o], o.state)
        ).items():
            values = {"state": "informed"} if state == "coming" else {}
            told.write({**values, "superior_id": superior.id})
        self.env["mail.activity"]._kam_create(
            OCCASION_ACTIVITY,
            (
                {
                    "res_model": self._name,
                    "res_id": occasion.id,
                    "user_id": user.id,
                    "date_deadline": max(
                        occasion.next_date, occasion.company_id._kam_today()
                    ),
                    "summary": summary,
                }
                for occasion in self
                for user, summary in occasion._get_notices()
            ),
        )

    def _get_notices(self):
        """Whom to tell what, in the language of each.

        :return: list of (user, summary)
        """
        self.ensure_one()
        superior = self.superior_id
        asked = self._get_asked()
        messages = []
        if asked and self.state != "responded":
            env = self.with_context(lang=asked.lang).env
            messages.append((asked, env._("Choose a response: %s", self.name)))
        if superior and (superior != asked or self.state == "responded"):
            env = self.with_context(lang=superior.lang).env
            messages.append((superior, env._("For your information: %s", self.name)))
        return messages

    def _get_asked(self):
        """Who chooses the response.

        The superior does in place of a responsible who has left, or who may not read
        of a birthday.
        """
        self.ensure_one()
        user = self.user_id
        told = self.kind != "birthday" or self.account_id._may_read_profiles(user)
        return user if user.active and told else self.superior_id

    def _find_superior(self):
        """Leader of the territory, or of one above it: not the responsible himself."""
        return self.account_id.team_id._kam_find_leader(lambda u: u != self.user_id)

    def _hand_on_activities(self, former):
        """What the former responsible was asked, the new one is asked."""
        for asked, occasions in self.grouped(lambda o: o._get_asked()).items():
            if former and asked and occasions.user_id:
                occasions.sudo().activity_search(
                    [OCCASION_ACTIVITY], user_id=former.id
                ).with_context(mail_activity_quick_update=True).user_id = asked
