from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from .kam_account import ASSESSMENT_ACTIVITY
from .kam_credit_indicator import CATEGORIES


class KamCreditAssessment(models.Model):
    """客户基本情况表 and 客户信用等级评分表: what is known of a customer, scored.

    Total score = Σ weight × points / Σ weight, points 0–100 for each indicator.
    """

    _name = "kam.credit.assessment"
    _inherit = ["kam.form.mixin"]
    _description = "Credit Assessment"
    _access_parents = ("account_id",)
    _order = "date desc, id desc"
    _check_company_auto = True
    _sequence_code = "kam.credit.assessment"

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
    date = fields.Date(
        required=True,
        default=lambda self: self.env.company._kam_today(),
        string="Assessed on",
        copy=False,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Assessed by",
        default=lambda self: self.env.user,
        required=True,
        copy=False,
    )
    valid_until = fields.Date(compute="_compute_valid_until", store=True)
    is_expired = fields.Boolean(
        string="Expired", compute="_compute_is_expired", search="_search_is_expired"
    )
    line_ids = fields.One2many(
        "kam.credit.assessment.line",
        "assessment_id",
        string="Scores",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
        copy=True,
    )
    statement_ids = fields.One2many(
        "kam.credit.statement", "assessment_id", string="Financial Statements"
    )
    document_ids = fields.One2many(
        related="account_id.credit_document_ids", readonly=False
    )
    submitted_document_ids = fields.Many2many(
        "kam.credit.document",
        "kam_credit_assessment_document_rel",
        "assessment_id",
        "document_id",
        string="Submitted Documents",
        readonly=True,
        copy=False,
        help="Documents of the customer when the assessment was submitted.",
    )
    score = fields.Float(
        digits=(5, 2), compute="_compute_score", store=True, aggregator="avg"
    )
    grade_score_id = fields.Many2one(
        "kam.credit.grade", string="Grade by Score", compute="_compute_grade_score_id"
    )
    missing_documents = fields.Char(compute="_compute_missing_documents")

    # Basic information
    legal_representative = fields.Char()
    founding_date = fields.Date(string="Founded on")
    registered_capital = fields.Monetary()
    ownership = fields.Selection(
        [
            ("state", "State-owned"),
            ("private", "Private"),
            ("foreign", "Foreign-invested"),
            ("listed", "Listed"),
            ("other", "Other"),
        ]
    )
    employee_count = fields.Integer(string="Employees")
    business_scope = fields.Text()
    history = fields.Text(
        string="Company History", help="Origin and development of the company."
    )
    management = fields.Text(
        string="Owners and Management",
        help="Who leads it, their experience and reputation.",
    )
    policy = fields.Text(string="Business Policy")
    organisation = fields.Text(help="Internal management and form of organisation.")
    bank_info = fields.Text(string="Banks", help="Banks and dealings with them.")
    capital_relations = fields.Text(
        help="Shareholders, affiliates, ability to raise capital."
    )
    collateral = fields.Text(string="Collateral and Guarantees")

    _size_positive = models.Constraint(
        "CHECK (registered_capital >= 0 AND employee_count >= 0)",
        "The registered capital and the number of employees must not be negative.",
    )

    # ------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------

    @api.depends("date", "company_id")
    def _compute_valid_until(self):
        for assessment in self:
            months = assessment.company_id.sudo().kam_assessment_months
            assessment.valid_until = assessment.date and (
                assessment.date + relativedelta(months=months)
            )

    @api.depends("valid_until", "company_id")
    def _compute_is_expired(self):
        for assessment in self:
            until = assessment.valid_until
            today = (assessment.company_id or self.env.company)._kam_today()
            assessment.is_expired = bool(until) and until < today

    def _search_is_expired(self, operator, value):
        if operator != "in":
            return NotImplemented
        return self.env["res.company"]._kam_today_domain(
            lambda today: [("valid_until", "<", today)]
        )

    @api.depends("company_id")
    def _compute_line_ids(self):
        """Start with a line for each indicator of the company."""
        for assessment in self.filtered(lambda a: not a.line_ids):
            indicators = assessment.company_id.sudo().kam_credit_indicator_ids
            assessment.line_ids = [
                fields.Command.create({"indicator_id": indicator.id})
                for indicator in indicators.filtered("active")
            ]

    @api.depends("line_ids.points", "line_ids.weight")
    def _compute_score(self):
        for assessment in self:
            assessment.score = assessment.line_ids._weighted_score()

    @api.depends("score", "company_id")
    def _compute_grade_score_id(self):
        for assessment in self:
            grades = assessment.company_id._kam_credit_grades()
            reached = grades.filtered(
                lambda g, score=assessment.score: score >= g.min_score
            )
            assessment.grade_score_id = (reached or grades[-1:])[:1]

    @api.depends("document_ids.expiry_date", "document_ids.type_id")
    @api.depends_context("uid")
    def _compute_missing_documents(self):
        required = self.env["kam.credit.document.type"].search(
            [("required", "=", True)]
        )
        for assessment in self:
            valid = assessment.document_ids.filtered(lambda d: not d.is_expired)
            assessment.missing_documents = ", ".join(
                (required - valid.type_id).mapped("name")
            )

    @api.depends("name", "account_id")
    def _compute_display_name(self):
        for assessment in self:
            customer = assessment.account_id.display_name or ""
            assessment.display_name = f"{assessment.name or ''} {customer}".strip()

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        own = [
            {fname: vals[fname] for fname in vals if fname != "document_ids"}
            for vals in vals_list
        ]
        assessments = super().create(own)
        for assessment, vals in zip(assessments, vals_list, strict=True):
            assessment._write_documents(vals.get("document_ids"))
        return assessments

    def write(self, vals):
        own = {fname: vals[fname] for fname in vals if fname != "document_ids"}
        result = super().write(own)
        for assessment in self:
            assessment._write_documents(vals.get("document_ids"))
        return result

    def _write_documents(self, commands):
        """Edit the documents of the customer line by line.

        Assigning the list, as related fields do, would delete every document that the
        client does not mention.
        """
        if commands:
            self._check_open()
            self.account_id.write({"credit_document_ids": commands})

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_view_account(self):
        return self.account_id._action_open()

    # ------------------------------------------------------------
    # Approval
    # ------------------------------------------------------------

    def _approval_team(self):
        return self.account_id.team_id

    def _approval_responsible(self):
        return self.account_id.manager_id

    def _approval_check(self):
        for assessment in self:
            lines = assessment.line_ids
            if not lines:
                raise UserError(self.env._("Score at least one indicator."))
            if assessment.date > assessment.company_id._kam_today():
                raise UserError(
                    self.env._("The assessment date cannot be in the future.")
                )
            if assessment.is_expired:
                raise UserError(
                    self.env._(
                        "The assessment expired on %(day)s.",
                        day=format_date(self.env, assessment.valid_until),
                    )
                )
            if unscored := lines.filtered(lambda line: not line.is_scored):
                raise UserError(
                    self.env._(
                        "Not scored yet: %(indicators)s.",
                        indicators=", ".join(unscored.mapped("indicator_id.name")),
                    )
                )
            if assessment.missing_documents:
                raise UserError(
                    self.env._(
                        "Missing or expired: %(documents)s.",
                        documents=assessment.missing_documents,
                    )
                )

    def _approval_submit(self, applicant):
        for assessment in self.sudo():
            assessment.submitted_document_ids = (
                assessment.account_id.credit_document_ids
            )
        return super()._approval_submit(applicant)

    @api.model
    def _approval_sources(self):
        documents = ("type_id", "date", "expiry_date", "file_name", "checksum")
        return [
            *super()._approval_sources(),
            "account_id.partner_id",
            "account_id.partner_id.commercial_partner_id",
            *(f"submitted_document_ids.{fname}" for fname in documents),
        ]

    def _approval_lapse(self):
        """Documents that were valid when the assessment was submitted."""
        documents = self.submitted_document_ids
        valid = documents.filtered(lambda d: not d.is_expired)
        expired = documents.type_id.filtered("required") - valid.type_id
        if expired:
            return self.env._(
                "Expired since it was submitted: %(documents)s.",
                documents=", ".join(expired.mapped("name")),
            )
        if self.is_expired:
            return self.env._(
                "The assessment expired on %(day)s.",
                day=format_date(self.env, self.valid_until),
            )
        return super()._approval_lapse()

    def _approval_done(self):
        """The score of the latest counts from now on; the rules apply it at once."""
        for account in self.account_id:
            if latest := account._get_valid_assessment():
                account.write(
                    {
                        "credit_score": latest.score,
                        "credit_valid_until": latest.valid_until,
                    }
                )
        self.account_id.activity_unlink([ASSESSMENT_ACTIVITY])
        self.account_id._classify()

    # ------------------------------------------------------------
    # Printing
    # ------------------------------------------------------------

    def _texts_on_customer(self):
        """Labels and contents of the paragraphs of 客户基本情况表."""
        self.ensure_one()
        names = (
            "business_scope",
            "history",
            "management",
            "policy",
            "organisation",
            "bank_info",
            "capital_relations",
            "collateral",
        )
        return [
            (self._fields[name]._description_string(self.env), self[name])
            for name in names
        ]

    def _scores_by_category(self):
        """Lines and score of each category, in the order of the form.

        :return: list of (label, lines, score)
        """
        self.ensure_one()
        labels = dict(
            self.line_ids._fields["category"]._description_selection(self.env)
        )
        return [
            (labels[category], lines, lines._weighted_score())
            for category, _label in CATEGORIES
            if (
                lines := self.line_ids.filtered(
                    lambda line, category=category: line.category == category
                )
            )
        ]


class KamCreditAssessmentLine(models.Model):
    """Points of one indicator."""

    _name = "kam.credit.assessment.line"
    _inherit = ["kam.indicator.score.mixin"]
    _form_field = "assessment_id"
    _description = "Credit Assessment Score"
    _order = "assessment_id, category, sequence, id"

    assessment_id = fields.Many2one(
        "kam.credit.assessment", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="assessment_id.company_id", store=True)
    indicator_id = fields.Many2one(
        "kam.credit.indicator", required=True, ondelete="restrict"
    )
    category = fields.Selection(related="indicator_id.category", store=True)
    sequence = fields.Integer(related="indicator_id.sequence", store=True)
    guidance = fields.Text(related="indicator_id.guidance")
    weight = fields.Float(help="Weight of the indicator when the line was created.")
    points = fields.Float(help="0 to 100.")
    comment = fields.Char(string="Remark")

    _indicator_uniq = models.Constraint(
        "UNIQUE (assessment_id, indicator_id)",
        "An indicator can be scored only once in an assessment.",
    )
