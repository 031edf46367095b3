from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL, split_every

OPEN_STATES = ("draft", "pending", "returned")
# Documents are created in slices of this size, to bound the memory they take.
BATCH = 1000


class KamCreditRequest(models.Model):
    """大客户信用等级变更申请表: change of a credit grade, or return of the treatment.

    The region applies within 2 days, the greater region verifies within 3, head
    office approves within 3, extended to 7 at most, and never more than 10 days in
    all (G4): steps of the approval engine. The grade, the limit and the terms take
    effect with the last approval.
    """

    _name = "kam.credit.request"
    _inherit = ["kam.form.mixin"]
    _description = "Credit Request"
    _order = "id desc"
    _check_company_auto = True
    _sequence_code = "kam.credit.request"
    # The clock of the region before it applies.
    _apply_days = 2

    active = fields.Boolean(default=True)
    priority = fields.Selection(
        [("0", "Normal"), ("1", "Urgent")], default="0", copy=False
    )
    account_id = fields.Many2one(
        "kam.account",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    partner_id = fields.Many2one(
        related="account_id.partner_id", string="Customer", store=True
    )
    company_id = fields.Many2one(
        related="account_id.company_id", store=True, precompute=True, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    team_id = fields.Many2one(related="account_id.team_id")
    kind = fields.Selection(
        [
            ("grade", "Change of grade"),
            ("restore", "Return of key-account treatment"),
        ],
        required=True,
        default="grade",
    )
    origin = fields.Selection(
        [("rule", "Rules"), ("manual", "By hand")],
        required=True,
        readonly=True,
        copy=False,
        default="manual",
    )
    grade_from_id = fields.Many2one(
        "kam.credit.grade",
        string="Current Grade",
        compute="_compute_current",
        store=True,
        readonly=True,
    )
    limit_from = fields.Monetary(
        string="Current Limit", compute="_compute_current", store=True, readonly=True
    )
    grade_to_id = fields.Many2one(
        "kam.credit.grade",
        string="Grade Applied for",
        check_company=True,
        compute="_compute_grade_to_id",
        store=True,
        readonly=False,
        ondelete="restrict",
    )
    limit_to = fields.Monetary(
        string="Limit Applied for",
        compute="_compute_limit_to",
        store=True,
        readonly=False,
        help="0: no limit.",
    )
    payment_term_id = fields.Many2one(
        "account.payment.term",
        string="Payment Terms",
        compute="_compute_payment_term_id",
        store=True,
        readonly=False,
        check_company=True,
        help="Given to the customer on approval. Empty: left as they are.",
    )
    grace_date = fields.Date(
        string="Grace Until",
        compute="_compute_grace_date",
        store=True,
        readonly=False,
        help="Until this day, poor performance does not withdraw the treatment again.",
    )
    reason = fields.Text(help="What speaks for it.")
    revenue_12m = fields.Monetary(
        string="Traded Amount", compute="_compute_current", store=True, readonly=True
    )
    obligation_amount = fields.Monetary(
        string="Obligations", compute="_compute_current", store=True, readonly=True
    )
    performance_rate = fields.Float(
        string="Contract Performance",
        digits=(5, 4),
        compute="_compute_current",
        store=True,
        readonly=True,
        aggregator="avg",
    )
    credit_exposure = fields.Monetary(
        string="Open Exposure", compute="_compute_current", store=True, readonly=True
    )
    overdue_amount = fields.Monetary(
        string="Overdue", compute="_compute_current", store=True, readonly=True
    )
    assessment_id = fields.Many2one(
        "kam.credit.assessment",
        compute="_compute_current",
        store=True,
        readonly=True,
        ondelete="restrict",
    )
    apply_deadline = fields.Date(
        string="To Submit by", compute="_compute_apply_deadline", store=True
    )
    effect_date = fields.Date(string="In Force Since", readonly=True, copy=False)

    _open_uniq = models.UniqueIndex(
        "(account_id, kind) WHERE approval_state IN ('draft', 'pending', 'returned') "
        "AND active",
        "A request for this account is under way already.",
    )

    # ------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------

    @api.depends("account_id")
    def _compute_current(self):
        """Freeze the situation of the account on application."""
        for request in self:
            account = request.account_id.sudo()
            request.grade_from_id = account.credit_grade_id
            request.limit_from = account.credit_limit
            request.revenue_12m = account.revenue_12m
            request.obligation_amount = account.obligation_amount
            request.performance_rate = account.performance_rate
            request.credit_exposure = account.credit_exposure
            request.overdue_amount = account.overdue_amount
            request.assessment_id = account._valid_assessment()

    @api.depends("account_id", "kind")
    def _compute_grade_to_id(self):
        for request in self:
            account = request.account_id.sudo()
            request.grade_to_id = (
                account.credit_grade_computed_id or account.credit_grade_id
            )

    @api.depends("grade_to_id", "account_id")
    def _compute_limit_to(self):
        for request in self:
            grade = request.grade_to_id
            request.limit_to = grade and grade._limit_for(
                request.account_id.sudo().revenue_12m
            )

    @api.depends("grade_to_id")
    def _compute_payment_term_id(self):
        for request in self:
            request.payment_term_id = request.grade_to_id.payment_term_id

    @api.depends("kind", "company_id")
    def _compute_grace_date(self):
        for request in self:
            company = request.company_id.sudo() or self.env.company
            request.grace_date = request.kind == "restore" and (
                company._kam_today()
                + relativedelta(months=company.kam_performance_grace_months)
            )

    @api.depends("company_id")
    def _compute_apply_deadline(self):
        for request in self:
            request.apply_deadline = request.company_id.sudo()._kam_deadline(
                request.create_date or fields.Datetime.now(), self._apply_days
            )

    @api.depends("name", "account_id")
    def _compute_display_name(self):
        for request in self:
            customer = request.account_id.display_name or ""
            request.display_name = f"{request.name or ''} {customer}".strip()

    # ------------------------------------------------------------
    # Constraints
    # ------------------------------------------------------------

    @api.constrains("limit_to")
    def _check_limit_to(self):
        if any(request.limit_to < 0 for request in self):
            raise ValidationError(self.env._("A credit limit must not be negative."))

    @api.constrains("account_id", "grade_to_id")
    def _check_grade_company(self):
        for request in self:
            company = request.grade_to_id.company_id
            if company and company != request.company_id:
                raise ValidationError(
                    self.env._("The grade belongs to another company.")
                )

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_view_account(self):
        return self.account_id._action_open()

    def action_view_obligations(self):
        """Open what the performance rate is computed from now."""
        return self.account_id.action_view_obligations()

    # ------------------------------------------------------------
    # Approval
    # ------------------------------------------------------------

    def action_submit(self):
        """Freeze the situation as it is now: the draft may be old."""
        self.check_access("read")
        self.filtered("is_open").sudo()._compute_current()
        return super().action_submit()

    def _approval_team(self):
        return self.account_id.team_id

    def _approval_check(self):
        for request in self:
            if request.kind == "restore":
                request._check_restoration()
            elif not request.grade_to_id:
                raise UserError(self.env._("Choose the grade applied for."))
            elif (
                request.grade_to_id == request.grade_from_id
                and request.limit_to == request.limit_from
            ):
                raise UserError(
                    self.env._(
                        "Neither the grade nor the limit changes: there is nothing to "
                        "apply for."
                    )
                )
            by_hand = request.origin == "manual"
            if by_hand and not (request.reason or "").strip():
                raise UserError(self.env._("Give the reason of the request."))

    def _check_restoration(self):
        if not self.account_id.performance_hold_date:
            raise UserError(
                self.env._("The treatment of this customer is not withdrawn.")
            )
        today = self.company_id._kam_today()
        if not self.grace_date or self.grace_date < today:
            raise UserError(self.env._("The grace must end in the future."))

    def _approval_done(self):
        """Put the grade in force: the only place where it happens."""
        restored = self.filtered(lambda r: r.kind == "restore")
        for grace_date, requests in restored.grouped("grace_date").items():
            requests.account_id._restore_treatment(grace_date)
        changes = (self - restored).grouped(
            lambda r: (r.grade_to_id, r.limit_to, r.payment_term_id)
        )
        for (grade, limit, payment_term), requests in changes.items():
            requests.account_id._assign_credit(grade, limit, payment_term)
        for company, requests in self.grouped("company_id").items():
            requests.write({"effect_date": company._kam_today()})

    # ------------------------------------------------------------
    # Proposals of the refresh
    # ------------------------------------------------------------

    @api.model
    def _synchronize(self, company, accounts=None):
        """Apply for the grades that the figures call for, and drop what they do not.

        A request that somebody has decided a step of goes its way. One that was
        refused is not repeated within the silence that the company set.

        :param accounts: only these ``kam.account`` records
        :return: the new requests
        """
        self.env.flush_all()
        scope = SQL("a.company_id = %s", company.id)
        if accounts is not None:
            scope = SQL("%s AND a.id = ANY(%s)", scope, accounts.ids)
        self._drop_outdated(scope)
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT a.id FROM kam_account a
                WHERE %(scope)s AND a.active AND a.credit_grade_computed_id IS NOT NULL
                    AND a.credit_grade_computed_id IS DISTINCT FROM a.credit_grade_id
                    AND NOT EXISTS (
                        SELECT FROM kam_credit_request r
                        WHERE r.account_id = a.id AND r.active AND r.kind = 'grade'
                            AND (r.approval_state IN ('draft', 'pending', 'returned')
                            OR r.approval_state = 'refused'
                                AND r.grade_to_id = a.credit_grade_computed_id
                                AND r.write_date > %(now)s - %(silence)s))
                ORDER BY a.revenue_rank
                """,
                scope=scope,
                now=fields.Datetime.now(),
                silence=SQL(
                    "make_interval(months => %s)", company.kam_proposal_silence
                ),
            )
        )
        requests = self.browse()
        for ids in split_every(BATCH, [id_ for (id_,) in rows]):
            batch = self.create([{"account_id": id_, "origin": "rule"} for id_ in ids])
            batch._approval_submit(self.env["res.users"])
            requests += batch
        return requests

    @api.model
    def _drop_outdated(self, scope):
        rows = self.env.execute_query(
            SQL(
                """
                SELECT r.id FROM kam_credit_request r
                JOIN kam_account a ON a.id = r.account_id
                WHERE %s AND r.active AND r.origin = 'rule'
                    AND r.approval_state = 'pending'
                    AND (a.credit_grade_computed_id IS DISTINCT FROM r.grade_to_id
                        OR a.credit_grade_id IS DISTINCT FROM r.grade_from_id)
                    AND NOT EXISTS (
                        SELECT FROM kam_approval v
                        WHERE v.res_model = 'kam.credit.request' AND v.res_id = r.id
                            AND v.decided_by_id IS NOT NULL)
                """,
                scope,
            )
        )
        self.browse(id_ for (id_,) in rows)._drop()

    def _drop(self):
        """Archive the requests that are not decided yet."""
        undecided = self.filtered(lambda r: r.approval_state in OPEN_STATES)
        if undecided:
            undecided._approval_withdraw()
            undecided.write({"active": False})
