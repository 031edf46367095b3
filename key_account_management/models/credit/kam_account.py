"""Credit of an account: grade, limit, exposure and contract performance."""

from datetime import timedelta
from functools import partial

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..base.batches import run_or_each
from ..base.groups import CREDIT_READERS
from ..register.kam_rule_proposal_mixin import UNDECIDED
from .kam_credit_grade import HOLDING

# Days before the end of an assessment at which a new one is asked for
EXPIRY_NOTICE = 30
ASSESSMENT_ACTIVITY = "key_account_management.mail_activity_type_assessment"
# Figures of credit that the refresh measures.
METRICS = ("obligation_amount", "performance_rate")
# Columns of the register that the rules on credit look at.
CARRIED = (
    "credit_grade_id",
    "credit_score",
    "credit_valid_until",
    "performance_hold_date",
    "performance_grace_date",
)
# Changed by approvals and by the refresh only.
GOVERNED = {*CARRIED, "credit_grade_date"}


class KamAccount(models.Model):
    _inherit = "kam.account"  # pylint: disable=R8180

    credit_grade_id = fields.Many2one(
        "kam.credit.grade",
        readonly=True,
        copy=False,
        ondelete="restrict",
        index="btree_not_null",
        groups=CREDIT_READERS,
        help="Changed by approved requests only.",
    )
    credit_grade_color = fields.Integer(
        related="credit_grade_id.color", string="Color of Grade", groups=CREDIT_READERS
    )
    credit_grade_date = fields.Date(
        string="Graded on", readonly=True, copy=False, groups=CREDIT_READERS
    )
    credit_grade_computed_id = fields.Many2one(
        "kam.credit.grade",
        string="Computed Grade",
        readonly=True,
        copy=False,
        ondelete="set null",
        groups=CREDIT_READERS,
        help="Grade that results from the figures and the rules of the company.",
    )
    credit_score = fields.Float(
        digits=(5, 2),
        readonly=True,
        copy=False,
        aggregator="avg",
        groups=CREDIT_READERS,
        help="Score of the last approved assessment.",
    )
    credit_valid_until = fields.Date(
        string="Assessment Valid Until",
        readonly=True,
        copy=False,
        groups=CREDIT_READERS,
    )
    obligation_amount = fields.Monetary(
        string="Obligations",
        readonly=True,
        groups=CREDIT_READERS,
        help="What fell due in the trailing window, and orders that the customer "
        "cancelled.",
    )
    performance_rate = fields.Float(
        string="Contract Performance",
        digits=(5, 4),
        readonly=True,
        aggregator="avg",
        groups=CREDIT_READERS,
        help="Share, by amount, of the obligations of the trailing window that the "
        "customer honoured. Empty without obligations.",
    )
    performance_hold_date = fields.Date(
        string="Treatment Withdrawn on",
        readonly=True,
        copy=False,
        help="Key-account treatment was withdrawn for poor contract performance. An "
        "approved request restores it.",
    )
    performance_grace_date = fields.Date(
        string="Grace Period Until",
        readonly=True,
        copy=False,
        groups=CREDIT_READERS,
        help="Poor performance does not withdraw the treatment again until this date.",
    )
    credit_limit = fields.Monetary(
        compute="_compute_credit_limit",
        compute_sudo=True,
        groups=CREDIT_READERS,
        help="Credit limit of the customer, as accounting uses it. 0: no limit.",
    )
    credit_exposure = fields.Monetary(
        string="Open Exposure",
        compute="_compute_credit_limit",
        compute_sudo=True,
        groups=CREDIT_READERS,
        help="Open invoices, and confirmed orders that are not invoiced yet.",
    )
    obligation_ids = fields.One2many(
        "kam.credit.obligation", "account_id", groups=CREDIT_READERS
    )
    credit_request_ids = fields.One2many(
        "kam.credit.request", "account_id", groups=CREDIT_READERS
    )
    credit_assessment_ids = fields.One2many(
        "kam.credit.assessment", "account_id", groups=CREDIT_READERS
    )
    credit_document_ids = fields.One2many(
        "kam.credit.document", "account_id", groups=CREDIT_READERS
    )

    # ------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------

    @api.depends("partner_id", "company_id")
    def _compute_credit_limit(self):
        # A customer that is merely named in a form has no account to tell of.
        self.credit_limit = self.credit_exposure = 0
        for company, accounts in self._origin.grouped("company_id").items():
            exposures = self.env["sale.order"]._kam_exposures(
                company, accounts.partner_id
            )
            for account in self.filtered(lambda a, known=accounts: a._origin in known):
                partner = account._origin.partner_id.with_company(company)
                account.credit_limit = partner.credit_limit
                account.credit_exposure = exposures.get(partner.id)

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_request_grade(self):
        """Start a request to change the grade."""
        self.ensure_one()
        return self._action_credit_request("grade")

    def _action_credit_request(self, kind):
        request = self.env["kam.credit.request"].search(
            [
                ("account_id", "=", self.id),
                ("kind", "=", kind),
                ("approval_state", "in", UNDECIDED),
            ],
            limit=1,
        )
        return self.env["ir.actions.actions"]._kam_form(
            request,
            self.env._("Credit Request"),
            {"default_account_id": self.id, "default_kind": kind},
        )

    def action_assess_credit(self):
        """Open the assessment that is being written, or start one."""
        self.ensure_one()
        assessment = self.env["kam.credit.assessment"].search(
            [("account_id", "=", self.id), ("approval_state", "in", UNDECIDED)],
            limit=1,
        )
        return self.env["ir.actions.actions"]._kam_form(
            assessment, self.env._("Credit Assessment"), {"default_account_id": self.id}
        )

    def action_view_obligations(self):
        """Open what the performance rate was computed from."""
        self.ensure_one()
        return self._action_records("kam_credit_obligation_action")

    # ------------------------------------------------------------
    # Business
    # ------------------------------------------------------------

    def _get_valid_assessment(self):
        """The last approved assessment, if it is still valid."""
        today = self.company_id._kam_today()
        return self.credit_assessment_ids.filtered(
            lambda a: a.approval_state == "approved" and a.valid_until >= today
        ).sorted()[:1]

    def _assign_credit(self, grade, limit, payment_term):
        """Put a grade in force: limit and terms go to the customer, through core.

        :param grade: ``kam.credit.grade`` record
        :param float limit: credit limit in company currency; 0: none
        :param payment_term: ``account.payment.term`` record, empty to leave the terms
        """
        accounts = self.sudo()
        values = {"credit_limit": limit}
        if payment_term:
            values["property_payment_term_id"] = payment_term.id
        for company, group in accounts.grouped("company_id").items():
            group.write(
                {
                    "credit_grade_id": grade.id,
                    "credit_grade_date": company._kam_today(),
                }
            )
            group.partner_id.with_company(company).write(values)

    def _lock_credit(self):
        """Make others who draw on the same limits at this moment start over.

        What each of them sees does not hold what the other confirms: hence the update,
        as PostgreSQL refuses the second one then.
        """
        limited = self.filtered(
            lambda a: (
                a.credit_grade_id.policy_scope == "over_limit"
                and a.credit_grade_id.order_policy in HOLDING
            )
        )
        if limited:
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE kam_account SET write_date = write_date WHERE id IN (
                        SELECT id FROM kam_account WHERE id IN %s
                        ORDER BY id FOR NO KEY UPDATE
                    )
                    """,
                    tuple(limited.ids),
                )
            )

    @api.model
    def _cron_credit_expiry(self):
        """Ask the leaders of territories for new assessments before the old expire."""
        type_id = self.env.ref(ASSESSMENT_ACTIVITY).id
        accounts = self.search(
            self.env["res.company"]._kam_today_domain(
                lambda today: [
                    ("credit_valid_until", ">=", today),
                    ("credit_valid_until", "<=", today + timedelta(days=EXPIRY_NOTICE)),
                ]
            )
            & Domain("activity_ids", "not any", [("activity_type_id", "=", type_id)])
        )
        under_way = accounts.credit_assessment_ids.filtered(
            lambda assessment: assessment.approval_state in UNDECIDED
        )
        run_or_each(
            accounts - under_way.account_id,
            lambda accounts: accounts._schedule_activities(
                lambda account: account.team_id.user_id,
                lambda env: env._("Credit assessment expires soon: renew it"),
                ASSESSMENT_ACTIVITY,
            ),
            lambda env: env._("asking for credit assessments"),
            retry=True,
        )

    # ------------------------------------------------------------
    # Poor contract performance (G2)
    # ------------------------------------------------------------

    @api.model
    def _withdraw_treatment(self, company):
        """Make key accounts that do not honour their obligations ordinary customers.

        At once, without an approval: only an approved request brings the treatment
        back. The people in charge are told, without figures.

        :return: the accounts
        """
        self.env.invalidate_all()
        day = company._kam_today()
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM kam_account a WHERE company_id = %s "
                "AND tier_id IS NOT NULL AND %s",
                company.id,
                company._kam_withheld_sql("a", day),
            )
        )
        accounts = self.browse(id_ for (id_,) in rows)
        if not accounts:
            return accounts
        return accounts - run_or_each(
            accounts,
            lambda accounts: accounts._lose_treatment(
                day, lambda env: env._("Contract performance below the minimum")
            ),
            lambda env: env._("withdrawing key-account treatment"),
        )

    def _lose_treatment(self, day, reason):
        """Make the accounts ordinary customers, and tell the people in charge.

        :param date day: since when
        :param reason: function from an environment to the text in its language
        """
        classed = self.filtered("tier_id")
        classed._assign_tier(
            self.env["kam.tier"], dict.fromkeys(classed.ids, reason(self.env))
        )
        self.write({"performance_hold_date": day, "is_potential": False})
        self.proposal_ids._withdraw_undecided()
        self._schedule_activities(
            lambda account: account.manager_id | account.team_id.user_id,
            lambda env: env._(
                "Key-account treatment withdrawn: %(reason)s", reason=reason(env)
            ),
        )
        self.env.flush_all()

    def _is_withheld(self):
        """Whether the rules on contract performance rule out any tier."""
        self.ensure_one()
        self.flush_recordset()
        company = self.company_id.sudo()
        withheld = company._kam_withheld_sql("a", company._kam_today())
        [(result,)] = self.env.execute_query(
            SQL("SELECT %s FROM kam_account a WHERE id = %s", withheld, self.id)
        )
        return result

    def _restore_treatment(self, grace_date):
        """Bring the treatment of accounts back, after an approved request.

        They return to the tier that they lost; until the day given, poor performance
        does not withdraw it again.
        """
        for tier, accounts in self.grouped(lambda a: a._get_lost_tier()).items():
            accounts.write(
                {"performance_hold_date": False, "performance_grace_date": grace_date}
            )
            if tier:
                reason = self.env._("Key-account treatment restored")
                accounts._assign_tier(tier, dict.fromkeys(accounts.ids, reason))
            accounts._classify()

    def _get_lost_tier(self):
        """Tier that was withdrawn for poor performance."""
        self.ensure_one()
        tier = self.sudo().history_ids[:1].tier_from_id
        return tier if self.sudo().performance_hold_date else tier.browse()

    def action_request_restoration(self):
        """Start a request to bring the treatment back."""
        self.ensure_one()
        if not self.performance_hold_date:
            raise UserError(self.env._("Key-account treatment was not withdrawn."))
        return self._action_credit_request("restore")

    # ------------------------------------------------------------
    # What the refresh measures and follows
    # ------------------------------------------------------------

    @api.model
    def _guarded_fields(self):
        return super()._guarded_fields() | GOVERNED

    @api.model
    def _metric_fields(self):
        return (*super()._metric_fields(), *METRICS)

    @api.model
    def _verdict_fields(self):
        return (*super()._verdict_fields(), "credit_grade_computed_id")

    @api.model
    def _carried_fields(self):
        return (*super()._carried_fields(), "performance_rate", *CARRIED)

    @api.model
    def _measured_sources(self, company, window):
        rates = self.env["kam.credit.obligation"]._rates_query(company, window)
        return {**super()._measured_sources(company, window), "performance": rates}

    @api.model
    def _customer_columns(self, current_tier, entered):
        columns = super()._customer_columns(current_tier, entered)
        for alias, names in (("performance", METRICS), ("a", CARRIED)):
            for name in names:
                columns[name] = (SQL.identifier(alias, name), SQL("NULL"))
        return columns

    @api.model
    def _measured_columns(self, company, window, entered):
        return {
            **super()._measured_columns(company, window, entered),
            "obligation_amount": SQL("COALESCE(s.obligation_amount, 0)"),
        }

    @api.model
    def _later_verdicts(self, company, alias, current_tier, day):
        return {
            **super()._later_verdicts(company, alias, current_tier, day),
            "credit_grade_computed_id": company._kam_credit_grade_sql(
                alias, current_tier, day
            ),
        }

    @api.model
    def _rule_steps(self, accounts=None):
        steps = super()._rule_steps(accounts)
        if accounts is None:
            steps = {
                "withdrawals": (
                    lambda env: env._("withdrawing key-account treatment"),
                    self._withdraw_treatment,
                ),
                **steps,
            }
        request = self.env["kam.credit.request"]._synchronize
        steps["credit"] = (
            lambda env: env._("requesting credit grades"),
            partial(request, accounts=accounts),
        )
        return steps

    def _check_tier(self, tier):
        if tier and self.performance_hold_date:
            raise UserError(
                self.env._(
                    "Key-account treatment was withdrawn. Request its restoration "
                    "instead."
                )
            )
        if tier and self._is_withheld():
            raise UserError(
                self.env._(
                    "The contract performance of this customer is below the minimum: "
                    "key-account treatment is withheld."
                )
            )
        return super()._check_tier(tier)

    # ------------------------------------------------------------
    # Merged customers: the stricter wins
    # ------------------------------------------------------------

    @api.model
    def _decided_fields(self):
        return (
            *super()._decided_fields(),
            "credit_grade_id",
            "credit_score",
            "performance_hold_date",
            "performance_grace_date",
        )

    def _take_over(self, account):
        self._take_over_hold(account)
        self._take_over_performance(account)
        grades = self.credit_grade_id | account.credit_grade_id
        strictest = grades.sorted(lambda grade: (grade.sequence, grade.id))[-1:]
        if strictest != self.credit_grade_id:
            account._hand_terms_to(self.partner_id)
            self.write(
                {
                    "credit_grade_id": strictest.id,
                    "credit_grade_date": account.credit_grade_date,
                }
            )
        return super()._take_over(account)

    def _may_take_tier(self):
        return super()._may_take_tier() and not self.performance_hold_date

    def _take_over_hold(self, account):
        """What was withdrawn from one of the customers is withdrawn from both."""
        hold, grace = account.performance_hold_date, account.performance_grace_date
        if not hold:
            return
        if self.performance_hold_date:
            hold = min(hold, self.performance_hold_date)
            grace = (
                grace
                and self.performance_grace_date
                and min(grace, self.performance_grace_date)
            )
        else:
            self._lose_treatment(
                hold, lambda env: self.with_env(env)._merge_note(account)
            )
        self.write({"performance_hold_date": hold, "performance_grace_date": grace})

    def _take_over_performance(self, account):
        """The lower rate, until the next refresh measures both together. In SQL, where
        no obligations are no rate.
        """
        self.flush_model(["performance_rate"])
        self.env.cr.execute(
            SQL(
                """
                UPDATE kam_account a
                SET performance_rate = LEAST(a.performance_rate, b.performance_rate)
                FROM kam_account b WHERE a.id = %s AND b.id = %s
                """,
                self.id,
                account.id,
            )
        )
        self.invalidate_recordset(["performance_rate"], flush=False)

    def _hand_terms_to(self, partner):
        """The lower limit of both customers, and the terms of ours."""
        if self.credit_grade_id:
            source = self.partner_id.with_company(self.company_id)
            target = partner.with_company(self.company_id)
            limits = [source.credit_limit, target.credit_limit]
            if source.commercial_partner_id == partner:  # core gave it the other limit
                approved = self.credit_request_ids.filtered(
                    lambda r: r.kind == "grade" and r.approval_state == "approved"
                )
                limits += approved[:1].mapped("limit_to")
            values = {"credit_limit": min(filter(None, limits), default=0)}
            if terms := source.property_payment_term_id:
                values["property_payment_term_id"] = terms.id
            target.write(values)
        return super()._hand_terms_to(partner)

    def _drop_doubles(self, other):
        if other.performance_hold_date:
            note = self.env._("Key-account treatment was withdrawn.")
            self._proposals_under_way()._withdraw_undecided(note)
        under_way = (self | other).credit_request_ids.filtered(
            lambda request: request.approval_state in UNDECIDED
        )
        kinds = (under_way & other.credit_request_ids).mapped("kind")
        doubles = (under_way & self.credit_request_ids).filtered(
            lambda request: request.kind in kinds
        )
        self._withdraw_doubles(doubles, other)
        return super()._drop_doubles(other)

    def _settle_merge(self):
        """The score is that of the latest assessment of either customer."""
        latest = self.credit_assessment_ids.filtered(
            lambda assessment: assessment.approval_state == "approved"
        ).sorted()[:1]
        if latest:
            self.write(
                {"credit_score": latest.score, "credit_valid_until": latest.valid_until}
            )
        return super()._settle_merge()
