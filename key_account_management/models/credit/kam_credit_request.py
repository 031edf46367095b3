from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL, split_every

from ..base.batches import run_or_each
from ..register.kam_rule_proposal_mixin import BATCH


class KamCreditRequest(models.Model):
    """大客户信用等级变更申请表: change of a credit grade, or return of the treatment.

    The region applies within 2 days, the greater region verifies within 3, head
    office approves within 3, extended to 7 at most, and never more than 10 days in
    all (G4): steps of the approval engine. The grade, the limit and the terms take
    effect with the last approval.
    """

    _name = "kam.credit.request"
    _inherit = ["kam.rule.proposal.mixin", "kam.form.mixin"]
    _description = "Credit Request"
    _access_parents = ("account_id",)
    _order = "id desc"
    _check_company_auto = True
    _sequence_code = "kam.credit.request"
    _account_field = "credit_grade_id"
    _account_computed_field = "credit_grade_computed_id"
    _from_field = "grade_from_id"
    _to_field = "grade_to_id"
    # The escalation raises the one; the other is a clock.
    _followers = ("priority", "apply_deadline")
    # The clock of the region before it applies.
    _apply_days = 2

    priority = fields.Selection(
        [("0", "Normal"), ("1", "Urgent")], default="0", copy=False
    )
    account_id = fields.Many2one(
        "kam.account",
        required=True,
        index=True,
        ondelete="restrict",
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
            ("restore", "Restore key-account treatment"),
        ],
        required=True,
        default="grade",
    )
    grade_from_id = fields.Many2one(
        "kam.credit.grade",
        string="Current Grade",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    limit_from = fields.Monetary(string="Current Limit", readonly=True, copy=False)
    grade_to_id = fields.Many2one(
        "kam.credit.grade",
        string="Requested Grade",
        check_company=True,
        compute="_compute_grade_to_id",
        store=True,
        readonly=False,
        ondelete="restrict",
    )
    limit_to = fields.Monetary(
        string="Requested Limit",
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
        ondelete="restrict",
        check_company=True,
        help="Given to the customer on approval. Leave empty to keep the current "
        "terms.",
    )
    grace_date = fields.Date(
        string="Grace Period Until",
        compute="_compute_grace_date",
        store=True,
        readonly=False,
        help="Poor performance does not withdraw the treatment again until this date.",
    )
    reason = fields.Text(help="Why the change is justified.")
    revenue_12m = fields.Monetary(string="Traded Amount", readonly=True, copy=False)
    obligation_amount = fields.Monetary(string="Obligations", readonly=True, copy=False)
    performance_rate = fields.Float(
        string="Contract Performance",
        digits=(5, 4),
        readonly=True,
        copy=False,
        aggregator="avg",
    )
    credit_exposure = fields.Monetary(string="Open Exposure", readonly=True, copy=False)
    overdue_amount = fields.Monetary(readonly=True, copy=False)
    assessment_id = fields.Many2one(
        "kam.credit.assessment",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    apply_deadline = fields.Date(
        string="Submission Deadline", compute="_compute_apply_deadline", store=True
    )
    effect_date = fields.Date(string="Effective Date", readonly=True, copy=False)

    _open_uniq = models.UniqueIndex(
        "(account_id, kind) WHERE approval_state IN ('draft', 'pending', 'returned') "
        "AND active",
        "A request for this account is under way already.",
    )

    # ------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------

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
            request.limit_to = grade and grade._get_limit(
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
    # Onchange, CRUD
    # ------------------------------------------------------------

    @api.onchange("account_id")
    def _onchange_account_id(self):
        """Show the situation before it is saved."""
        self._freeze_situation()

    @api.model_create_multi
    def create(self, vals_list):
        requests = super().create(vals_list)
        requests.sudo()._freeze_situation()
        return requests

    def write(self, vals):
        account_id = vals.get("account_id")
        moved = self.filtered(lambda r: account_id and r.account_id.id != account_id)
        result = super().write(vals)
        moved.sudo()._freeze_situation()
        return result

    def _freeze_situation(self):
        """Keep what is known of the account now: the decision goes by it."""
        for request in self:
            account = request.account_id.sudo()
            request.update(
                {
                    "grade_from_id": account.credit_grade_id.id,
                    "limit_from": account.credit_limit,
                    "revenue_12m": account.revenue_12m,
                    "obligation_amount": account.obligation_amount,
                    "performance_rate": account.performance_rate,
                    "credit_exposure": account.credit_exposure,
                    "overdue_amount": account.overdue_amount,
                    "assessment_id": account._get_valid_assessment().id,
                }
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
        """Freeze the situation anew: the draft may be old."""
        self.check_access("read")
        self.filtered("is_open").sudo()._freeze_situation()
        return super().action_submit()

    def _approval_team(self):
        return self.account_id.team_id

    def _approval_responsible(self):
        return self.account_id.manager_id

    def _approval_check(self):
        result = super()._approval_check()
        for request in self:
            if request.kind == "restore":
                request._check_restoration()
            elif not request.grade_to_id:
                raise UserError(self.env._("Select the requested grade."))
            elif (
                request.grade_to_id == request.grade_from_id
                and request.limit_to == request.limit_from
            ):
                raise UserError(
                    self.env._(
                        "Nothing to request: the grade and the limit stay the same."
                    )
                )
            by_hand = request.origin == "manual"
            if by_hand and not (request.reason or "").strip():
                raise UserError(self.env._("Enter a reason for the request."))
        return result

    def _check_restoration(self):
        if not self.account_id.performance_hold_date:
            raise UserError(self.env._("Key-account treatment was not withdrawn."))
        today = self.company_id._kam_today()
        if not self.grace_date or self.grace_date < today:
            raise UserError(self.env._("The grace period must end in the future."))

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

    @api.model
    def _restore_limits(self):
        """Give customers the limits back that they had before the first request.

        Where the limit is none of those that requests gave, somebody else set it since.
        """
        requests = (
            self.sudo()
            .with_context(active_test=False)
            .search(
                [("approval_state", "=", "approved"), ("kind", "=", "grade")],
                order="effect_date, id",
            )
        )
        for company, group in requests.grouped("company_id").items():
            for account, approved in group.grouped("account_id").items():
                partner = account.partner_id.with_company(company)
                same = company.currency_id.compare_amounts
                if any(not same(partner.credit_limit, r.limit_to) for r in approved):
                    partner.credit_limit = approved[0].limit_from

    # ------------------------------------------------------------
    # Proposals of the refresh
    # ------------------------------------------------------------

    @api.model
    def _undecided_sql(self, alias):
        kind = SQL.identifier(alias, "kind")
        return SQL("(%s = 'grade' AND %s)", kind, super()._undecided_sql(alias))

    @api.model
    def _eligible_sql(self, company):
        return SQL("a.credit_grade_computed_id IS NOT NULL")

    @api.model
    def _create_called_for(self, company, condition):
        rows = self.env.execute_query(
            SQL(
                "SELECT a.id FROM kam_account a WHERE %s ORDER BY a.revenue_rank",
                condition,
            )
        )
        created = []

        def create(accounts):
            requests = self.create(
                [{"account_id": account.id, "origin": "rule"} for account in accounts]
            )
            self.env.flush_all()
            created.extend(requests.ids)

        ids = [id_ for (id_,) in rows]
        for batch in split_every(BATCH, ids, self.env["kam.account"].browse):
            run_or_each(batch, create, lambda env: env._("requesting credit grades"))
        return self.browse(created)
