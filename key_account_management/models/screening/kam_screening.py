from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..base.batches import run_or_each

# The procedure of B1, in its order.
STAGES = [
    ("information", "Information"),
    ("potential", "Potential"),
    ("needs", "Needs"),
    ("resources", "Our resources"),
    ("fit", "Fit"),
    ("competitors", "Competitors"),
    ("risk", "Risk"),
    ("confirmation", "Confirmation"),
    ("archived", "File archived"),
]
RESULTS = [
    ("open", "Under way"),
    ("confirmed", "Confirmed"),
    ("refused", "Refused"),
    ("failed", "Development failed"),
]
FIGURES = ("revenue_12m", "growth_rate", "orders_per_month", "is_potential")
ORDER = [stage for stage, _label in STAGES]
# Reached by the approval only.
DECIDED_STAGES = ("confirmation", "archived")
# Part of what is reviewed, filled in when the lead becomes a customer
LEAD_CUSTOMER = ("lead_id.partner_id", "lead_id.partner_id.commercial_partner_id")


class KamScreening(models.Model):
    """大客户筛选: a candidate on the way to becoming a key account.

    The candidate is a customer, or a lead that becomes one when the screening is
    approved. Each stage needs what the one before it was for; confirmation is the
    approval of the form, and the file is archived with the decision, whichever it is.
    """

    _name = "kam.screening"
    _inherit = [
        "kam.prefill.mixin",
        "kam.screening.candidate",
        "kam.screening.worth",
        "kam.screening.decision",
        "kam.form.mixin",
    ]
    _description = "Key Account Screening"
    _order = "priority desc, date_target, id desc"
    _check_company_auto = True
    _sequence_code = "kam.screening"
    # What came of it so far, and marks in the pipeline
    _open_fields = ("contact_ids", "color", "priority")
    # The people follow the account; the rest says again who the candidate is.
    _followers = (
        "user_id",
        "manager_id",
        "team_id",
        "candidate",
        "account_id",
        "former_id",
        "prefill",
    )
    _prefill_sources = {"partner_id": ("lead_id.partner_id",)}

    candidate = fields.Char(compute="_compute_candidate", store=True, index="trigram")
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        compute="_compute_partner_id",
        store=True,
        readonly=False,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        domain="[('commercial_partner_id', '=', id)]",
        help="Empty for a lead that is not a customer yet.",
    )
    lead_id = fields.Many2one(
        "crm.lead",
        string="Lead or Opportunity",
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
        tracking=True,
    )
    account_id = fields.Many2one(
        "kam.account",
        compute="_compute_account_id",
        store=True,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        ondelete="restrict",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    origin = fields.Selection(
        [("rule", "Classification"), ("manual", "By hand")],
        required=True,
        readonly=True,
        copy=False,
        default="manual",
    )
    stage = fields.Selection(
        STAGES,
        required=True,
        default="information",
        copy=False,
        index=True,
        tracking=True,
        group_expand=True,
    )
    result = fields.Selection(
        RESULTS,
        required=True,
        readonly=True,
        copy=False,
        default="open",
        index=True,
        tracking=True,
    )
    priority = fields.Selection(
        [("0", "Normal"), ("1", "Important"), ("2", "Very important")], default="0"
    )
    color = fields.Integer(export_string_translation=False)
    date = fields.Date(
        string="Started on",
        required=True,
        copy=False,
        default=lambda self: self.env.company._kam_today(),
    )
    date_target = fields.Date(string="Decision Deadline", copy=False)
    date_closed = fields.Date(string="Closed on", readonly=True, copy=False)
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        index=True,
        tracking=True,
        ondelete="restrict",
        default=lambda self: self.env.user,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    team_id = fields.Many2one(
        "crm.team",
        string="Territory",
        compute="_compute_team_id",
        store=True,
        readonly=False,
        index="btree_not_null",
        check_company=True,
        copy=False,
        ondelete="restrict",
        help="Its leader reviews the screening. It follows the account, or else the "
        "lead, or else the responsible.",
    )

    # What the customer becomes
    manager_id = fields.Many2one(
        "res.users",
        string="Future Account Manager",
        compute="_compute_manager_id",
        store=True,
        readonly=False,
        copy=False,
        ondelete="restrict",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    tier_id = fields.Many2one(
        "kam.tier",
        string="Future Tier",
        compute="_compute_tier_id",
        store=True,
        readonly=False,
        check_company=True,
        ondelete="restrict",
    )
    protected_until = fields.Date(
        readonly=True,
        copy=False,
        help="Until this date, the rules do not propose to lower the tier.",
    )

    # Steps
    classification = fields.Text(
        string="Information",
        help="Known information and classification of the customer.",
    )
    needs = fields.Text(help="What the customer needs.")
    opportunity = fields.Text(string="Sales Opportunity")
    resource_ids = fields.One2many(
        "kam.screening.resource", "screening_id", string="Resources", copy=True
    )
    fit = fields.Float(
        string="Overall Fit",
        digits=(5, 2),
        compute="_compute_fit",
        store=True,
        aggregator="avg",
        help="Average of the rated resources.",
    )
    competitor_ids = fields.One2many(
        "kam.screening.competitor", "screening_id", string="Competitors", copy=True
    )
    no_competitor = fields.Boolean(string="No Known Competitor")
    advantage_ids = fields.One2many(
        "kam.screening.advantage", "screening_id", string="Advantages", copy=True
    )
    contact_ids = fields.One2many(
        "kam.development.contact", "screening_id", string="Development Record"
    )

    # End
    stage_closed = fields.Selection(
        STAGES, string="Stage at Closing", readonly=True, copy=False
    )
    failure_reason_id = fields.Many2one(
        "crm.lost.reason",
        string="Reason for Failure",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        tracking=True,
    )
    failure_text = fields.Text(
        string="Reason Details", readonly=True, copy=False, tracking=True
    )

    # 大客户信息分类表: profile of the candidate (B4)
    statement_ids = fields.One2many(
        "kam.screening.statement", "screening_id", string="Operating Figures", copy=True
    )
    buyers = fields.Text(
        string="Their Customers", help="Who and where they are, their age, …"
    )
    marketing = fields.Text()
    logistics = fields.Text(
        help="How they store and transport goods, and what they need from us."
    )
    decision_maker_ids = fields.Many2many(
        "res.partner",
        "kam_screening_decision_maker_rel",
        string="Senior Decision Makers",
        ondelete="restrict",
        domain="[('commercial_partner_id', '=', partner_id), ('id', '!=', partner_id)]",
    )
    decision_makers = fields.Text(
        string="Other Decision Makers",
        help="People who are not contacts yet, with their positions.",
    )
    industry_id = fields.Many2one(related="partner_id.industry_id")

    # What our own books say, to whom they may say it
    revenue_12m = fields.Monetary(string="Revenue", compute="_compute_figures")
    growth_rate = fields.Float(string="Growth", compute="_compute_figures")
    orders_per_month = fields.Float(compute="_compute_figures")
    is_potential = fields.Boolean(
        string="Potential Key Account", compute="_compute_figures"
    )

    # Risk sheet
    risk_line_ids = fields.One2many(
        "kam.risk.line",
        "screening_id",
        string="Risk Sheet",
        compute="_compute_risk_line_ids",
        store=True,
        readonly=False,
        copy=True,
    )

    # Screened before
    former_id = fields.Many2one(
        "kam.screening",
        string="Previous Screening",
        compute="_compute_former_id",
        store=True,
        index="btree_not_null",
        ondelete="set null",
        help="The last closed screening of the candidate.",
    )
    former_result = fields.Selection(RESULTS, compute="_compute_former_result")

    # ------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------

    def _get_prefill(self):
        # Two screenings of a customer are not under way, whoever CRM says it is, nor
        # does CRM bring the customer of somebody else.
        customer = self.sudo().lead_id.partner_id.commercial_partner_id
        taken = customer and (
            self._is_screened_elsewhere(customer) or self._is_of_others(customer)
        )
        return {"partner_id": customer.browse() if taken else customer}

    def _is_settled(self):
        """What is submitted or closed stays with the customer that was reviewed."""
        return super()._is_settled() or (bool(self._origin) and not self.is_open)

    @api.depends("prefill")
    def _compute_partner_id(self):
        self._fill_in("partner_id")

    @api.depends(
        "partner_id.name",
        "lead_id.partner_name",
        "lead_id.contact_name",
        "lead_id.name",
    )
    def _compute_candidate(self):
        for screening in self.sudo():
            lead = screening.lead_id
            screening.candidate = (
                screening.partner_id.name
                or lead.partner_name
                or lead.contact_name
                or lead.name
                or screening.candidate
            )

    @api.depends("partner_id", "company_id")
    def _compute_account_id(self):
        accounts = self._find_accounts(self.partner_id, self.company_id)
        by_customer = {(a.partner_id.id, a.company_id.id): a.id for a in accounts}
        for screening in self:
            key = screening.partner_id.id, screening.company_id.id
            screening.account_id = by_customer.get(key, False)

    @api.depends("account_id", "company_id", "lead_id", "user_id")
    def _compute_team_id(self):
        settled = self.filtered(lambda s: s._is_settled())
        chosen = self._filter_chosen("team_id")
        for screening, team in (self - settled)._find_teams().items():
            if team or screening not in chosen:  # a lead may be deleted
                screening.team_id = team

    @api.depends("account_id", "user_id")
    def _compute_manager_id(self):
        readable = self._get_readable_accounts()
        for screening in self - self._filter_chosen("manager_id"):
            manager = (screening.sudo().account_id & readable).manager_id
            screening.manager_id = manager or screening.user_id

    @api.depends("account_id", "company_id")
    def _compute_tier_id(self):
        chosen = self._filter_chosen("tier_id")
        chosen = chosen.filtered(lambda s: s.tier_id.company_id == s.company_id)
        readable = self._get_readable_accounts()
        for screening in self - chosen:
            tiers = screening.company_id._kam_tiers()
            computed = (screening.sudo().account_id & readable).tier_computed_id
            screening.tier_id = computed or tiers[-1:]

    def _filter_chosen(self, fname):
        """Saved screenings that have a value: it stays when an account turns up."""
        return self.filtered(lambda s: s._origin and s[fname])

    @api.depends("resource_ids.points", "resource_ids.is_scored")
    def _compute_fit(self):
        for screening in self:
            rated = screening.resource_ids.filtered("is_scored")
            screening.fit = rated._weighted_score()

    @api.depends("result")
    def _compute_is_open(self):
        result = super()._compute_is_open()
        for screening in self:
            screening.is_open = screening.is_open and screening.result == "open"
        return result

    @api.depends("name", "candidate")
    def _compute_display_name(self):
        for screening in self:
            parts = (screening.name, screening.candidate)
            screening.display_name = " ".join(filter(None, parts))

    @api.depends(*(f"account_id.{fname}" for fname in FIGURES))
    @api.depends_context("uid")
    def _compute_figures(self):
        """Whoever screens a customer need not be entitled to see its account."""
        readable = self.account_id._filtered_access("read")
        for screening in self:
            account = screening.account_id & readable
            for fname in FIGURES:
                screening[fname] = account[fname]

    @api.depends("partner_id", "lead_id", "company_id")
    def _compute_former_id(self):
        """The last closed file before each, of all of them at once."""
        candidates = Domain("partner_id", "in", self.partner_id.ids)
        candidates |= Domain("lead_id", "in", self.lead_id.ids)
        closed = self.sudo().search(
            candidates
            & Domain("company_id", "in", self.company_id.ids)
            & Domain("result", "!=", "open"),
            order="id DESC",
        )
        # What is merely named in a form leads to nothing that the user may not read.
        readable = closed if all(self._ids) else closed.sudo(False)
        readable = readable._filtered_access("read").sudo()
        for screening in self:
            known = closed if screening.id else readable
            screening.former_id = known.filtered(screening._is_after)[:1]

    @api.depends("former_id.result")
    @api.depends_context("uid")
    def _compute_former_result(self):
        readable = self.former_id._filtered_access("read")
        for screening in self:
            screening.former_result = (screening.former_id & readable).result

    def _is_after(self, former):
        """Whether a closed file is an earlier one of the same candidate."""
        return (
            former.company_id == self.company_id
            and (not self._origin or former.id < self._origin.id)
            and bool(
                former.partner_id & self.partner_id or former.lead_id & self.lead_id
            )
        )

    # ------------------------------------------------------------
    # Constraints
    # ------------------------------------------------------------

    @api.constrains("partner_id")
    def _check_partner_is_customer(self):
        for screening in self:
            partner = screening.partner_id
            if partner != partner.commercial_partner_id:
                raise ValidationError(
                    self.env._(
                        "%(contact)s is a contact of %(company)s. Screen the company "
                        "itself.",
                        contact=partner.display_name,
                        company=partner.commercial_partner_id.display_name,
                    )
                )

    @api.constrains("decision_maker_ids")
    def _check_decision_makers(self):
        for screening in self.filtered("partner_id"):
            screening.decision_maker_ids._kam_check_customer(screening.partner_id)

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        screenings = super().create(self._with_risk_lines(vals_list))
        screenings._check_may_screen()
        screenings._check_one_under_way()
        screenings._check_candidate()
        screenings._check_people()
        # A default may have given the stage
        screenings.filtered(lambda s: s.stage != STAGES[0][0])._check_stage()
        return screenings

    def write(self, vals):
        before = {s: (s.team_id, s.manager_id) for s in self.sudo()}
        result = super().write(vals)
        # CRM merges leads, whatever is being screened.
        by_hand = set() if self.env.su else {"lead_id"}
        if vals.keys() & {"partner_id", "company_id", *by_hand}:
            self._check_may_screen()
            self._check_one_under_way()
        if vals.keys() & {"partner_id", "lead_id"}:
            self._check_candidate()
        if vals.keys() & {"team_id", "manager_id"}:
            self._check_people(before)
        if "stage" in vals:
            self._check_stage()
        return result

    def _with_risk_lines(self, vals_list):
        """Values of new screenings with the risk sheets of their companies.

        Computing them one by one, as for a form, takes many times as long.
        """
        Company = self.env["res.company"]
        default = self.default_get(["company_id"]).get("company_id")
        ids = [vals.get("company_id", default) for vals in vals_list]
        commands = {
            company.id: company._kam_risk_line_commands()
            for company in Company.browse(set(filter(None, ids)))
        }
        return [
            {"risk_line_ids": commands.get(company_id, []), **vals}
            for vals, company_id in zip(vals_list, ids, strict=True)
        ]

    @api.ondelete(at_uninstall=False)
    def _unlink_except_of_others(self):
        """Who may work on a file may not do away with it."""
        others = self.sudo().filtered(
            lambda s: (
                s.user_id != self.env.user and not self.env.user._kam_leads(s.team_id)
            )
        )
        if others and not self.env.su:
            raise AccessError(
                self.env._(
                    "Only the responsible, or whoever leads the territory, can delete "
                    "%(screening)s.",
                    screening=others[0].display_name,
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_developed(self):
        """The record of a development is kept, whatever comes of it."""
        if developed := self.sudo().filtered("contact_ids"):
            raise UserError(
                self.env._(
                    "%(screening)s has a development record and cannot be deleted. "
                    "Use “Development Failed” instead.",
                    screening=developed[0].display_name,
                )
            )

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_submit(self):
        """Of a lead that has become a customer, the customer is screened."""
        for screening in self.filtered(lambda s: s.is_open and not s.partner_id):
            if customer := screening._get_customer():
                screening.check_access("write")
                screening.sudo().partner_id = customer
        self._check_may_screen()
        return super().action_submit()

    def action_view_account(self):
        return self.account_id._action_open()

    def action_fail(self):
        """Ask why the development failed, then close the file."""
        self._check_open()
        return self.env["ir.actions.actions"]._kam_dialog(
            self.env["kam.screening.fail"],
            self.env._("Development Failed"),
            {"default_screening_ids": self.ids},
        )

    def action_screen_again(self):
        """Start over with what the file of a refused or failed candidate knows.

        :raise UserError: the screening is not closed, or was confirmed
        """
        self.ensure_one()
        if self.result not in ("refused", "failed"):
            raise UserError(
                self.env._("Only refused and failed candidates can be screened again.")
            )
        return self.env["ir.actions.actions"]._kam_form(self.copy())

    def action_next_stage(self):
        """Go on to the next stage of the procedure."""
        for screening in self:
            following = ORDER[ORDER.index(screening.stage) + 1 :]
            if following[:1] == [DECIDED_STAGES[0]]:
                screening.action_submit()
            elif following:
                screening.stage = following[0]

    def action_propose_from_register(self):
        """Start screenings of all potential key accounts that the user sees."""
        screenings = self.browse()
        for company in self.env.companies:
            screenings += self._propose_from_register(company)
        return self._action_proposed(screenings)

    @api.model
    def _action_proposed(self, screenings):
        if not screenings:
            return {
                "type": "ir.actions.client",
                "tag": "display_notification",
                "params": {
                    "type": "info",
                    "message": self.env._(
                        "No screening to start: all potential key accounts are being "
                        "screened or were screened recently."
                    ),
                },
            }
        return self.env["ir.actions.actions"]._kam_records(
            "kam_screening_action",
            domain=[("id", "in", screenings.ids)],
            name=self.env._("New Screenings"),
        )

    # ------------------------------------------------------------
    # Approval
    # ------------------------------------------------------------

    def _approval_changes(self):
        """The customer that was made of a lead is the candidate that was reviewed."""
        changes = super()._approval_changes()
        for screening, changed in list(changes.items()):
            if not screening._is_made_of_lead():
                continue
            changes[screening] = [p for p in changed if p not in LEAD_CUSTOMER]
            if not changes[screening] and not screening._approval_lapse():
                del changes[screening]
        return changes

    def _is_made_of_lead(self):
        """Whether the lead had no customer when it was submitted, and the one that it
        has is new since, goes by its name, and is for the applicant to screen."""
        self.ensure_one()
        kept = self.approval_content or {}
        before = kept.get("lead_id.partner_id")
        lead = self.lead_id
        customer = lead.partner_id.commercial_partner_id
        if (
            not before
            or any(partner for _lead, partner in before)
            or kept.get("partner_id")
            or not customer
            or customer.name not in (lead.partner_name, lead.contact_name)
        ):
            return False
        rows = self._approval_current_rows()[self]
        if not rows or customer.create_date < min(rows.mapped("submit_date")):
            return False
        accounts = self.env["kam.account"].with_context(active_test=False)
        account = accounts.search(
            [
                ("partner_id", "=", customer.id),
                ("company_id", "=", self.company_id.id),
            ]
        )
        own = account.with_user(self.approval_applicant_id or self.env.user)
        return account == own.with_context(allowed_company_ids=[])._filter_screenable()

    # ------------------------------------------------------------
    # Procedure
    # ------------------------------------------------------------

    def _check_stage(self):
        """Keep to the order of the procedure.

        :raise UserError: something is missing that a stage before the current one is
            for, or the stage is reached by the approval only
        """
        if self.env.su:
            return
        for screening in self:
            if screening.stage in DECIDED_STAGES:
                raise UserError(
                    self.env._(
                        "Submit the screening to have it confirmed; the decision "
                        "archives the file."
                    )
                )
            screening._check_complete(screening.stage)

    def _check_complete(self, stage):
        """:raise UserError: something is missing before ``stage``"""
        self.ensure_one()
        before = ORDER[: ORDER.index(stage)]
        points = self._open_points()
        if missing := [points[name] for name in before if name in points]:
            labels = dict(self._fields["stage"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "%(screening)s is not ready for “%(stage)s”: %(missing)s",
                    screening=self.display_name,
                    stage=labels[stage],
                    missing=" ".join(missing),
                )
            )

    def _open_points(self):
        """What is still missing.

        :return: dict of a sentence by the stage that the missing thing belongs to
        """
        self.ensure_one()
        checks = {
            "potential": (
                self.expected_revenue > 0,
                self.env._("Enter the expected annual sales."),
            ),
            "needs": (
                bool((self.needs or "").strip()),
                self.env._("Describe the needs of the customer."),
            ),
            "resources": (
                bool(self.resource_ids),
                self.env._("Enter the resources of at least one department."),
            ),
            "fit": (
                all(self.resource_ids.mapped("is_scored")),
                self.env._("Rate how well each resource fits."),
            ),
            "competitors": (
                bool(self.competitor_ids or self.no_competitor),
                self.env._("Enter the competitors, or tick that none is known."),
            ),
        }
        points = {stage: text for stage, (done, text) in checks.items() if not done}
        if risk := self._risk_open_point():
            points["risk"] = risk
        return points

    # ------------------------------------------------------------
    # Candidates among the customers of the register (A3, B1)
    # ------------------------------------------------------------

    @api.model
    def _propose_from_register(self, company, accounts=None):
        """Start screenings of potential key accounts that have none.

        Looks at the accounts that the user sees and may screen. Those whose screening
        was refused or failed not long ago, as the company has set for proposals, are
        left alone.

        :param accounts: only these ``kam.account`` records
        :return: the new screenings
        """
        self._link_accounts(company)
        since = company._kam_today() - relativedelta(
            months=company.sudo().kam_proposal_silence
        )
        screened = Domain("result", "=", "open") | Domain("date_closed", ">", since)
        domain = (
            Domain("company_id", "=", company.id)
            & Domain("is_potential", "=", True)
            & Domain("tier_id", "=", False)
            & Domain("screening_ids", "not any!", screened)
        )
        if accounts is not None:
            domain &= Domain("id", "in", accounts.ids)
        candidates = self.env["kam.account"].search(domain)._filter_screenable()
        self.check_access("create")
        started = []

        def start(accounts):
            screenings = self._start_by_rule(company, accounts)
            self.env.flush_all()
            started.extend(screenings.ids)

        run_or_each(candidates, start, lambda env: env._("starting screenings"))
        return self.browse(started)

    @api.model
    def _start_by_rule(self, company, accounts):
        # No mail for each: the pipeline shows what is new.
        Screening = (
            self.sudo()
            .with_company(company)
            .with_context(
                mail_create_nosubscribe=True, mail_auto_subscribe_no_notify=True
            )
        )
        screenings = Screening.create(
            [
                {
                    "partner_id": account.partner_id.id,
                    "company_id": company.id,
                    "expected_revenue": max(account.revenue_12m, 0.0),
                    "user_id": account._screening_user().id,
                }
                for account in accounts
            ]
        )
        screenings.origin = "rule"
        return screenings

    @api.model
    def _follow_register(self, company):
        """Link screenings with the register; start new ones if the company wants."""
        self._link_accounts(company)
        if company.kam_screening_auto:
            self._propose_from_register(company)

    @api.model
    def _link_accounts(self, company):
        """Link screenings, closed ones too, with new rows of the register."""
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE kam_screening s SET account_id = a.id FROM kam_account a
                WHERE s.account_id IS NULL
                    AND s.company_id = %s AND a.company_id = s.company_id
                    AND a.partner_id = s.partner_id
                RETURNING s.id
                """,
                company.id,
            )
        )
        screenings = self.browse(id_ for (id_,) in rows)
        if screenings:
            screenings.invalidate_recordset()
            screenings.modified(["account_id"])

    @api.model
    def _action_screen(self, domain, defaults, account, company, results=("open",)):
        """Open the screening that is under way, or the form of a new one.

        :param domain: what finds the candidate
        :param account: ``kam.account`` of the candidate in the company, maybe none
        :param dict defaults: what a new screening starts with, as context
        :param results: with one of these, a screening is opened again
        """
        domain = Domain(domain) & Domain(
            [("result", "in", results), ("company_id", "=", company.id)]
        )
        found = self.search(
            domain, order="date_closed DESC NULLS FIRST, id DESC", limit=1
        )
        if not found:
            account._check_screenable()
        return self.env["ir.actions.actions"]._kam_form(
            found,
            self.env._("Screening"),
            {**defaults, "default_company_id": company.id},
        )
