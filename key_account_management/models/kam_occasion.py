"""Occasions of customers (C5): known in advance, reported, answered with attention."""

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

ACTIVITY_TYPE = "key_account_management.mail_activity_type_occasion"
# Days after an occasion until which the answer can be recorded
GRACE_DAYS = 7
OPEN = ("coming", "informed", "responded")
RESPONSES = [
    ("letter", "Letter or call"),
    ("gift", "Gift"),
    ("visit", "Visit"),
    ("event", "Event"),
    ("support", "Support"),
    ("none", "Nothing"),
]
# What is recorded of a turn
ANSWER = ("response", "response_note", "cost")


class KamOccasion(models.Model):
    """An anniversary, honour, move … of a customer, once or every year.

    Each turn goes from coming over informed and responded to done or passed. A yearly
    occasion then begins anew; what was done is kept in its turns.
    """

    _name = "kam.occasion"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _description = "Customer Occasion"
    _order = "next_date, id"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True)
    account_id = fields.Many2one(
        "kam.account",
        required=True,
        index=True,
        ondelete="cascade",
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
        help="Whom the occasion concerns. Empty: the whole customer.",
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
        help="Of a yearly occasion the first day, such as that of the foundation.",
    )
    is_yearly = fields.Boolean(string="Every Year", tracking=True)
    last_date = fields.Date(
        string="Last Turn",
        readonly=True,
        copy=False,
        help="Day of the turn that was closed last.",
    )
    next_date = fields.Date(compute="_compute_next_date", store=True, index=True)
    notice_days = fields.Integer(
        string="Notice",
        default=14,
        help="Days in advance on which the responsible and the superior are told.",
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
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    superior_id = fields.Many2one(
        "res.users", string="Superior Informed", readonly=True, copy=False
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
    response_note = fields.Text(string="What We Do", copy=False)
    cost = fields.Monetary(copy=False)
    turn_ids = fields.One2many("kam.occasion.turn", "occasion_id", string="Past Turns")
    note = fields.Html(string="Notes")

    _notice_positive = models.Constraint(
        "CHECK (notice_days >= 0)", "The notice must not be negative."
    )
    _cost_positive = models.Constraint(
        "CHECK (cost >= 0)", "The cost must not be negative."
    )

    # ------------------------------------------------------------
    # Compute, constraints
    # ------------------------------------------------------------

    @api.depends("account_id")
    def _compute_user_id(self):
        for occasion in self:
            if not occasion.user_id:
                occasion.user_id = occasion.account_id.manager_id

    @api.depends("date", "is_yearly", "last_date")
    def _compute_next_date(self):
        for occasion in self:
            occasion.next_date = occasion._find_next_date()

    @api.depends("next_date", "notice_days")
    def _compute_notice_date(self):
        for occasion in self:
            occasion.notice_date = occasion.next_date and (
                occasion.next_date - relativedelta(days=occasion.notice_days)
            )

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

    @api.constrains("partner_id", "account_id")
    def _check_partner_id(self):
        for occasion in self:
            contact = occasion.partner_id
            customer = occasion.account_id.partner_id
            if contact and contact.commercial_partner_id != customer:
                raise ValidationError(
                    self.env._(
                        "%(contact)s does not belong to %(customer)s.",
                        contact=contact.display_name,
                        customer=customer.display_name,
                    )
                )

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {"date", "is_yearly"}:
            # Another day is another turn: it is told again.
            self._restart()
        return result

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_respond(self):
        """Settle how the occasion is answered."""
        for occasion in self:
            if occasion.state not in ("coming", "informed"):
                raise UserError(self.env._("This occasion was answered already."))
            if not occasion.response:
                raise UserError(
                    self.env._("Choose a response for “%s” first.", occasion.name)
                )
        self.state = "responded"

    def action_done(self):
        """Close the turn. A yearly occasion begins anew."""
        for occasion in self:
            if occasion.state != "responded":
                raise UserError(
                    self.env._(
                        "Choose the response to “%s” before it is done.", occasion.name
                    )
                )
        self.activity_feedback([ACTIVITY_TYPE])
        self._close("done")

    def action_reopen(self):
        """Take up an occasion that passed or was done by mistake."""
        if any(occasion.state not in ("done", "passed") for occasion in self):
            raise UserError(self.env._("This occasion is open."))
        self._restart()

    # ------------------------------------------------------------
    # Turns
    # ------------------------------------------------------------

    def _restart(self):
        self.activity_unlink([ACTIVITY_TYPE])
        self.write({"state": "coming", "superior_id": False})

    def _close(self, state):
        """End the current turn and keep what was done.

        :param str state: ``done`` or ``passed``
        """
        self.env["kam.occasion.turn"].sudo().create(
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
        yearly = self.filtered("is_yearly")
        (self - yearly).write({"state": state})
        for day, occasions in yearly.grouped("next_date").items():
            occasions.write(
                {
                    "state": "coming",
                    "last_date": day,
                    "superior_id": False,
                    **dict.fromkeys(ANSWER, False),
                }
            )

    @api.model
    def _cron_remind(self):
        """Tell of what is coming, and close what is over."""
        for company in self.env["res.company"].search([]):
            self.with_company(company)._close_overdue(company)
            self.with_company(company)._tell_coming(company)

    @api.model
    def _close_overdue(self, company):
        limit = company._kam_today() - relativedelta(days=GRACE_DAYS)
        occasions = self.search(
            [
                ("company_id", "=", company.id),
                ("state", "in", OPEN),
                ("next_date", "<", limit),
            ]
        )
        occasions.activity_unlink([ACTIVITY_TYPE])
        answered = occasions.filtered(lambda o: o.state == "responded")
        answered._close("done")
        (occasions - answered)._close("passed")

    @api.model
    def _tell_coming(self, company):
        """Ask the responsible for a response and inform the superior, once a turn."""
        today = company._kam_today()
        occasions = self.search(
            [
                ("company_id", "=", company.id),
                ("state", "=", "coming"),
                ("notice_date", "<=", today),
            ]
        )
        superiors = {occasion: occasion._find_superior() for occasion in occasions}
        for superior, told in occasions.grouped(superiors.get).items():
            told.write({"state": "informed", "superior_id": superior.id})
        self.env["mail.activity"]._kam_create(
            ACTIVITY_TYPE,
            (
                {
                    "res_model": self._name,
                    "res_id": occasion.id,
                    "user_id": user.id,
                    "date_deadline": max(occasion.next_date, today),
                    "summary": self._summary(occasion, user),
                }
                for occasion in occasions
                for user in occasion.user_id | superiors[occasion]
                if user.active
            ),
        )

    def _summary(self, occasion, user):
        translate = self.with_context(lang=user.lang).env._
        if user == occasion.user_id:
            return translate("Choose a response: %s", occasion.name)
        return translate("For your information: %s", occasion.name)

    def _find_superior(self):
        """Leader of the territory, or of one above it: not the responsible himself."""
        self.ensure_one()
        team = self.account_id.team_id
        while team and team.user_id <= self.user_id:
            team = team.kam_parent_id
        return team.user_id


class KamOccasionTurn(models.Model):
    """How one turn of an occasion went. Written when the turn is closed."""

    _name = "kam.occasion.turn"
    _description = "Past Turn of an Occasion"
    _order = "date desc, id desc"
    _rec_name = "date"

    occasion_id = fields.Many2one(
        "kam.occasion", required=True, index=True, ondelete="cascade", readonly=True
    )
    account_id = fields.Many2one(related="occasion_id.account_id", store=True)
    company_id = fields.Many2one(related="occasion_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(required=True, readonly=True)
    state = fields.Selection([("done", "Done"), ("passed", "Passed")], readonly=True)
    response = fields.Selection(RESPONSES, readonly=True)
    response_note = fields.Text(string="What We Did", readonly=True)
    cost = fields.Monetary(readonly=True)
    user_id = fields.Many2one("res.users", string="Responsible", readonly=True)
