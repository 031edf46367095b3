from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from .kam_account_refresh import JUDGEMENTS, RATEABLE
from .kam_rule_proposal_mixin import UNDECIDED

# Changed by the refresh and by approvals only.
GOVERNED = {
    "tier_id",
    "tier_date",
    "parent_account_id",
    # Copies of values of the customer and of the company
    "active",
    "currency_id",
    "industry_id",
}
SIZES = [("large", "Large"), ("medium", "Medium"), ("small", "Small")]
COOPERATIONS = [
    ("strategic", "Strategic partner"),
    ("long_term", "Long-term"),
    ("short_term", "Short-term"),
]


class KamAccount(models.Model):
    """Register of customers: one row per customer and company.

    The figures are measured from posted invoices, confirmed orders and open items by
    :meth:`_refresh` (see ``kam_account_refresh.py``) with plain SQL. They are not
    stored on ``res.partner``, whose ORM writes are slow, and they carry no index,
    so that updates of all rows stay cheap.
    """

    _name = "kam.account"
    _inherit = [
        "kam.account.refresh",
        "kam.account.explanation",
        "kam.account.merge",
        "kam.guard.mixin",
        "kam.access.mixin",
        "kam.used.mixin",
        "kam.thread.mixin",
        "mail.activity.mixin",
    ]
    _description = "Key Account"
    _rec_name = "partner_id"
    _order = "revenue_rank, id"
    _check_company_auto = True
    _parent_name = "parent_account_id"

    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        domain="[('commercial_partner_id', '=', id)]",
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id", store=True)
    active = fields.Boolean(related="partner_id.active", store=True)
    industry_id = fields.Many2one(related="partner_id.industry_id", store=True)
    avatar_128 = fields.Image(related="partner_id.avatar_128")
    color = fields.Integer(related="tier_id.color")

    # Ownership
    manager_id = fields.Many2one(
        "res.users",
        string="Account Manager",
        index=True,
        tracking=True,
        ondelete="restrict",
        default=lambda self: self._default_manager_id(),
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    team_id = fields.Many2one(
        "crm.team",
        string="Territory",
        index=True,
        tracking=True,
        ondelete="restrict",
        check_company=True,
        compute="_compute_team_id",
        store=True,
        readonly=False,
        precompute=True,
    )
    is_led = fields.Boolean(string="Led by Me", compute="_compute_is_led")
    member_ids = fields.One2many(
        "kam.account.member", "account_id", string="Account Team"
    )
    parent_account_id = fields.Many2one(
        "kam.account",
        string="Group",
        index="btree_not_null",
        readonly=True,
        ondelete="set null",
        help="Account of the company that this customer belongs to, taken from the"
        " related company of the contact.",
    )
    child_account_ids = fields.One2many(
        "kam.account", "parent_account_id", string="Subsidiaries"
    )

    # Status
    tier_id = fields.Many2one(
        "kam.tier",
        index=True,
        readonly=True,
        copy=False,
        ondelete="restrict",
        group_expand="_read_group_tier_id",
        help="Empty: ordinary customer. Changes by an approved proposal only.",
    )
    tier_date = fields.Date(string="In Tier Since", readonly=True, copy=False)
    tier_computed_id = fields.Many2one(
        "kam.tier",
        string="Computed Tier",
        readonly=True,
        copy=False,
        ondelete="set null",
        help="Tier that the figures and the rules of the company call for.",
    )
    is_potential = fields.Boolean(
        string="Potential Key Account",
        readonly=True,
        help="Not a key account by its figures yet, but growing fast or "
        "strategically placed.",
    )
    size = fields.Selection(
        SIZES,
        compute="_compute_size",
        store=True,
        help="Contribution to the revenue of the company.",
    )
    size_computed = fields.Selection(SIZES, string="Measured Size", readonly=True)
    size_manual = fields.Selection(
        SIZES,
        string="Size Set by Hand",
        tracking=True,
        help="Overrides the measured size. Clear it to use the measured size again.",
    )
    cooperation = fields.Selection(
        COOPERATIONS,
        compute="_compute_cooperation",
        store=True,
        help="Depth of the cooperation.",
    )
    cooperation_computed = fields.Selection(
        COOPERATIONS, string="Measured Cooperation", readonly=True
    )
    cooperation_manual = fields.Selection(
        COOPERATIONS,
        string="Cooperation Set by Hand",
        tracking=True,
        help="Overrides the measured cooperation. Clear it to use that one again.",
    )
    influence = fields.Float(
        string="Influence in Industry",
        digits=(5, 2),
        tracking=True,
        help="0 (none) to 100 (the industry follows this customer).",
    )
    strategic_fit = fields.Float(
        digits=(5, 2),
        tracking=True,
        help="0 (none) to 100 (fits our strategy completely).",
    )
    note = fields.Html(string="Notes")

    # Classification
    refresh_warning = fields.Char(compute="_compute_refresh_warning")
    proposal_ids = fields.One2many("kam.tier.proposal", "account_id")
    pending_proposal_id = fields.Many2one(
        "kam.tier.proposal", compute="_compute_pending_proposal_id"
    )
    history_ids = fields.One2many("kam.tier.history", "account_id")
    snapshot_ids = fields.One2many("kam.account.snapshot", "account_id")

    # Figures of the trailing window, in company currency, untaxed, signed
    revenue_12m = fields.Monetary(
        string="Revenue",
        readonly=True,
        help="Posted invoices less credit notes of the trailing window, untaxed.",
    )
    revenue_prev_12m = fields.Monetary(
        string="Revenue Before",
        readonly=True,
        help="Revenue of the window before the trailing window.",
    )
    growth_rate = fields.Float(
        string="Growth",
        digits=(16, 4),
        readonly=True,
        aggregator="avg",
        help="Revenue against the window before. Empty when there was none.",
    )
    order_count_12m = fields.Integer(string="Orders", readonly=True)
    orders_per_month = fields.Float(
        string="Orders per Month", digits=(16, 2), readonly=True, aggregator="avg"
    )
    first_order_date = fields.Date(string="First Order", readonly=True)
    last_order_date = fields.Date(string="Last Order", readonly=True)
    revenue_rank = fields.Integer(
        string="Rank", readonly=True, aggregator=None, help="1: most revenue."
    )
    revenue_share = fields.Float(
        digits=(7, 6), readonly=True, help="Share of the revenue of all customers."
    )
    pareto_share = fields.Float(
        string="Cumulative Share",
        digits=(7, 6),
        readonly=True,
        aggregator=None,
        help="Share of all revenue that this and all better ranked customers bring.",
    )
    pareto_class = fields.Selection(
        [("a", "A"), ("b", "B"), ("c", "C")],
        readonly=True,
        help="A: the customers that make up the first 80 % of revenue; B: up to 95 %; "
        "C: the rest. The limits are settings.",
    )
    score = fields.Float(digits=(5, 2), readonly=True, aggregator="avg")
    long_term_value = fields.Monetary(
        string="Long-Term Value",
        readonly=True,
        help="Expected revenue of the coming years: the revenue of the window, times "
        "the share of such customers that stay each year, discounted.",
    )
    overdue_amount = fields.Monetary(
        readonly=True,
        help="Open receivables past their due date, less unused credits.",
    )
    revenue_group_12m = fields.Monetary(
        string="Group Revenue",
        readonly=True,
        aggregator=None,
        help="Revenue of this customer and of all its subsidiaries.",
    )
    order_count_group_12m = fields.Integer(
        string="Group Orders", readonly=True, aggregator=None
    )
    overdue_group_amount = fields.Monetary(
        string="Group Overdue", readonly=True, aggregator=None
    )

    _partner_company_uniq = models.Constraint(
        "UNIQUE (partner_id, company_id)",
        "This customer already has an account in this company.",
    )
    _judgement_range = models.Constraint(
        "CHECK (influence BETWEEN 0 AND 100 AND strategic_fit BETWEEN 0 AND 100)",
        "Influence and strategic fit lie between 0 and 100.",
    )

    def init(self):
        # A refresh rewrites many rows at once. Room in the pages and no index on the
        # figures let PostgreSQL do that in place, without touching the indexes.
        self.env.cr.execute("ALTER TABLE kam_account SET (fillfactor = 60)")
        return super().init()

    # ------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------

    @api.model
    def _default_manager_id(self):
        """Whoever starts an account keeps it; the system keeps none."""
        user = self.env.user
        return user.browse() if self.env.su or user.share else user

    @api.depends("manager_id", "company_id")
    def _compute_team_id(self):
        """A new account is in the territory of its manager, as after a refresh."""
        for account in self.filtered(lambda account: not account._origin):
            team = account.manager_id.sale_team_id
            fits = team.company_id <= account.company_id
            account.team_id = team if fits else team.browse()

    @api.depends("manager_id", "team_id")
    @api.depends_context("uid")
    def _compute_is_led(self):
        """By what is saved: who picks another territory may change his mind."""
        for account in self:
            saved = account._origin or account
            account.is_led = bool(
                self.env.user._kam_leads(saved.team_id) or saved._filter_unplaced()
            )

    @api.depends("size_manual", "size_computed")
    def _compute_size(self):
        for account in self:
            account.size = account.size_manual or account.size_computed

    @api.depends("cooperation_manual", "cooperation_computed")
    def _compute_cooperation(self):
        for account in self:
            account.cooperation = (
                account.cooperation_manual or account.cooperation_computed
            )

    @api.depends("proposal_ids.active", "proposal_ids.approval_state")
    @api.depends_context("uid")
    def _compute_pending_proposal_id(self):
        pending = self.env["kam.tier.proposal"].search(
            [
                ("account_id", "in", self.ids),
                ("active", "=", True),
                ("approval_state", "in", UNDECIDED),
            ]
        )
        by_account = {proposal.account_id: proposal for proposal in pending}
        for account in self:
            account.pending_proposal_id = by_account.get(account._origin)

    @api.depends("company_id")
    @api.depends_context("lang", "tz")
    def _compute_refresh_warning(self):
        warnings = {c: c._kam_refresh_warning() for c in self.company_id}
        for account in self:
            account.refresh_warning = warnings.get(account.company_id, "")

    @api.model
    def _read_group_tier_id(self, tiers, domain):
        return tiers.search([("company_id", "in", self.env.companies.ids)])

    @api.model
    def _selection_metric(self):
        """Figures that criteria can rate, custom numeric fields included."""
        custom = (
            name
            for name, field in self._fields.items()
            if field.manual and field.store and field.type in ("integer", "float")
        )
        return [
            (name, self._fields[name]._description_string(self.env))
            for name in (*RATEABLE, *JUDGEMENTS, *custom)
        ]

    # ------------------------------------------------------------
    # Constraints
    # ------------------------------------------------------------

    @api.constrains("partner_id")
    def _check_partner_is_customer(self):
        for account in self:
            commercial = account.partner_id.commercial_partner_id
            if account.partner_id != commercial:
                raise ValidationError(
                    self.env._(
                        "%(contact)s is a contact of %(company)s. Keep the account for "
                        "the company itself.",
                        contact=account.partner_id.display_name,
                        company=commercial.display_name,
                    )
                )

    @api.constrains("manager_id", "company_id")
    def _check_manager_employed(self):
        for account in self.sudo():
            # Who has left stays until the accounts are handed over.
            present = account.manager_id.filtered("active")
            account.company_id._kam_check_employs(present)

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model
    def _guarded_fields(self):
        figures = {*self._metric_fields(), *self._verdict_fields()}
        return super()._guarded_fields() | figures | GOVERNED

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            self._check_values(vals_list)
            for vals in vals_list:  # defaults come from the context, too
                self._check_started(self._add_missing_default_values(vals))
        accounts = super().create(vals_list)
        accounts._check_may_start()
        accounts._check_may_join()
        accounts._classify()
        return accounts

    def write(self, vals):
        assigned = self._check_protected(vals)
        people = {}
        if vals.keys() & {"manager_id", "team_id"}:
            people = {a: (a.manager_id, a.team_id) for a in self.sudo()}
        result = super().write(vals)
        if assigned:  # to a territory that the user leads, too
            self._check_led()
        changed = [a for a, old in people.items() if old != (a.manager_id, a.team_id)]
        self.sudo().browse(a.id for a in changed)._follow_people(people)
        if vals.keys() & {*JUDGEMENTS, "size_manual", "cooperation_manual"}:
            self._classify()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_on_record(self):
        """Accounts are evidence from the first decision on."""
        if kept := self.sudo().filtered(lambda account: account._is_on_record()):
            raise ValidationError(kept._get_used_message(self._name))

    def copy(self, default=None):
        if self:
            raise UserError(self.env._("A customer has only one account per company."))
        return super().copy(default)

    def _check_started(self, vals):
        """Check that the people of a new account are for the user to choose.

        Whoever starts an account may keep it, in a territory of his own.

        :raise AccessError: they are not
        """
        named = ("manager_id", "team_id", "company_id")
        account = self.new({fname: vals[fname] for fname in named if fname in vals})
        user = self.env.user.sudo()
        if account.manager_id - user or account.team_id - user.crm_team_ids:
            self._check_leads(account.team_id)

    def _check_protected(self, vals):
        """Keep the customer and the people in charge out of reach of ordinary writes.

        :return: whether the people in charge would change
        :raise AccessError: somebody tries to set the customer of an account, or,
            without leading its territory, the people in charge
        """
        if self.env.su:
            return False
        self._check_values([vals])
        if self._changed_fields(vals, ("partner_id", "company_id")):
            raise AccessError(
                self.env._("The customer and the company of an account are fixed.")
            )
        assigned = self._changed_fields(vals, ("manager_id", "team_id"))
        placed = self.browse()
        if "team_id" in assigned:
            placed = self._filter_unplaced()
            ids = self._get_named_ids(self._fields["team_id"], vals["team_id"])
            self._check_leads(self.env["crm.team"].browse(ids).exists())
        if assigned:
            (self - placed)._check_led()
        return bool(assigned)

    def _filter_unplaced(self):
        """Own accounts without territory: a leader puts them into one that he leads."""
        user = self.env.user
        if not user._kam_is_leader():
            return self.browse()
        return self.filtered(
            lambda account: not account.team_id and account.manager_id == user
        )

    def _follow_people(self, before):
        """Who looks after the accounts has changed. Runs in superuser mode.

        :param dict before: account manager and territory by account
        """
        self._ask_deciders()

    def _ask_deciders(self):
        """Ask those who may now decide on documents of the accounts."""
        if not self:
            return
        about = []
        for model in self.env["kam.approval.step"]._approved_models():
            documents = self.env[model].sudo().with_context(active_test=False)
            if "account_id" in documents._fields:
                of_accounts = documents._search([("account_id", "in", self.ids)])
                about.append(
                    Domain("res_model", "=", model)
                    & Domain("res_id", "in", of_accounts)
                )
        self.env["kam.approval"]._ask_again(Domain.OR(about))

    def _check_may_start(self):
        """Hook for what keeps a user from starting accounts.

        :raise AccessError: somebody else has begun with the customers
        """

    def _check_led(self):
        """:raise AccessError: the user does not lead the territories of the accounts"""
        for team in self.sudo().grouped("team_id"):
            self._check_leads(team)

    @api.model
    def _check_leads(self, team):
        """Check that the people of an account are for the user to choose.

        :param team: ``crm.team`` record, or none
        :raise AccessError: they are not
        """
        if not self.env.su and not self.env.user._kam_leads(team):
            raise AccessError(
                self.env._(
                    "Only the leader of the territory, the old and the new one, or a "
                    "key-account manager can change the account manager, the account "
                    "team and the territory. Ask one of them."
                )
            )

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_propose_tier(self):
        self.ensure_one()
        return self.env["ir.actions.actions"]._kam_dialog(
            self.env["kam.account.propose"],
            self.env._("Propose a Tier"),
            {"default_account_id": self.id},
        )

    @api.model
    @api.readonly
    def get_refresh_warnings(self):
        """Why the register may not be trusted, for its lists.

        :return: list of texts, of the selected companies that have such a reason
        """
        self.check_access("read")
        companies = self.env.companies
        warnings = {company: company._kam_refresh_warning() for company in companies}
        if len(companies) > 1:
            return [f"{c.name}: {text}" for c, text in warnings.items() if text]
        return [text for text in warnings.values() if text]

    def action_view_partner(self):
        return self.env["ir.actions.actions"]._kam_form(self.partner_id)

    def action_view_proposals(self):
        self.ensure_one()
        return self.env["ir.actions.actions"]._kam_list(
            "kam.tier.proposal",
            self.env._("Tier Proposals"),
            domain=[("account_id", "=", self.id)],
            context={"active_test": False},
        )

    def action_view_subsidiaries(self):
        self.ensure_one()
        return self.env["ir.actions.actions"]._kam_records(
            "kam_account_action", [("id", "child_of", self.ids)]
        )

    # ------------------------------------------------------------
    # Business
    # ------------------------------------------------------------

    def _action_open(self):
        return self.env["ir.actions.actions"]._kam_form(self)

    @api.model
    def _decided_fields(self):
        """What was decided on accounts: with one of these, an account is kept.

        :return: tuple of names; a later capability adds its own
        """
        return ("tier_id",)

    def _is_on_record(self):
        self.ensure_one()
        return any(self[fname] for fname in self._decided_fields())

    def _get_used_message(self, model):
        """Not by what: grades and screenings are not for everybody to know of."""
        return self.env._(
            "%(customers)s cannot be deleted: decisions or documents are on record. "
            "Archive the customer instead.",
            customers=", ".join(self[:3].sudo().mapped("display_name")),
        )

    def _action_records(self, action):
        """A window action of this addon for what belongs to the account."""
        self.ensure_one()
        return self.env["ir.actions.actions"]._kam_records(
            action, [("account_id", "=", self.id)], {"default_account_id": self.id}
        )

    def _check_tier(self, tier):
        """:raise UserError: the account cannot be moved to ``tier``"""
        self.ensure_one()
        if self.tier_id == tier:
            raise UserError(self.env._("The account is in this tier already."))

    def _assign_tier(self, tier, reasons, proposals=None):
        """Move the accounts to a tier, keep history and tell the followers.

        :param tier: ``kam.tier`` record, empty for ordinary customers
        :param dict reasons: reason in words by account id
        :param proposals: ``kam.tier.proposal`` records that led to the move
        """
        accounts = self.sudo()
        for former, theirs in accounts.grouped("tier_id").items():
            theirs._keep_history(former, tier, reasons, proposals)
        ordinary = self.env._("Ordinary customer")
        bodies = {
            account.id: Markup("%s → <b>%s</b><br/>%s")
            % (
                account.tier_id.name or ordinary,
                tier.name or ordinary,
                reasons.get(account.id) or "",
            )
            for account in accounts
        }
        for company, theirs in accounts.grouped("company_id").items():
            theirs.write({"tier_id": tier.id, "tier_date": company._kam_today()})
        accounts._message_log_batch(bodies)

    def _keep_history(self, tier_from, tier_to, reasons, proposals=None):
        """Put a move of accounts between tiers on record; see :meth:`_assign_tier`."""
        accounts = self.sudo()
        by_account = {p.account_id.id: p.id for p in proposals or ()}
        explanations = accounts._measure_explanation()
        now = fields.Datetime.now()
        self.env["kam.tier.history"].sudo().create(
            [
                {
                    "account_id": account.id,
                    "date": now,
                    "tier_from_id": tier_from.id,
                    "tier_to_id": tier_to.id,
                    "user_id": self.env.uid,
                    "reason": reasons.get(account.id),
                    "proposal_id": by_account.get(account.id),
                    "score": account.score,
                    "revenue_12m": account.revenue_12m,
                    "orders_per_month": account.orders_per_month,
                    "reasons": explanations[account.id],
                }
                for account in accounts
            ]
        )

    def _schedule_activities(
        self, users_of, summary, activity_type="mail.mail_activity_data_todo"
    ):
        """Give activities on the accounts, due today, in one batch.

        :param users_of: function from an account to the ``res.users`` to tell
        :param summary: function from an environment, in the language of the user who
            is told, to the text
        :param str activity_type: external id of the type
        """
        self.env["mail.activity"]._kam_create(
            activity_type,
            (
                {
                    "res_model": self._name,
                    "res_id": account.id,
                    "summary": summary(account.with_context(lang=user.lang).env),
                    "user_id": user.id,
                    "date_deadline": account.company_id._kam_today(),
                }
                for account in self
                for user in users_of(account)
                if user.active
            ),
        )
