from odoo import api, fields, models
from odoo.exceptions import AccessError

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
# Written when a screening ends.
GOVERNED = {
    "result",
    "date_closed",
    "stage_closed",
    "failure_reason_id",
    "failure_text",
    "protected_until",
}


class KamScreening(models.Model):
    """大客户筛选: a candidate on the way to becoming a key account.

    The candidate is a customer, or a lead that becomes one when the screening is
    approved. Each stage needs what the one before it was for; confirmation is the
    approval of the form, and the file is archived with the decision, whichever it is.
    """

    _name = "kam.screening"
    _inherit = ["kam.form.mixin"]
    _description = "Key Account Screening"
    _order = "priority desc, date_target, id desc"
    _check_company_auto = True
    _sequence_code = "kam.screening"
    _open_fields = ("contact_ids",)

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
        ondelete="set null",
        check_company=True,
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
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
        [
            ("open", "Under way"),
            ("confirmed", "Confirmed"),
            ("refused", "Refused"),
            ("failed", "Development failed"),
        ],
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
        default=fields.Date.context_today,
    )
    date_target = fields.Date(string="To Decide by", copy=False)
    date_closed = fields.Date(string="Closed on", readonly=True, copy=False)
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        index=True,
        tracking=True,
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
        help="Its leader reviews the screening.",
    )

    # What the customer becomes
    manager_id = fields.Many2one(
        "res.users",
        string="Future Account Manager",
        compute="_compute_manager_id",
        store=True,
        readonly=False,
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
        help="Until this day the rules do not propose to take the tier away: "
        "development takes time to show in the figures.",
    )

    # Steps
    classification = fields.Text(
        string="Information", help="What is known of the customer, and its class."
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
    no_competitor = fields.Boolean(string="No Competitor Known")
    advantage_ids = fields.One2many(
        "kam.screening.advantage", "screening_id", string="Advantages", copy=True
    )
    contact_ids = fields.One2many(
        "kam.development.contact", "screening_id", string="Development Record"
    )

    # End
    stage_closed = fields.Selection(
        STAGES, string="Ended in Stage", readonly=True, copy=False
    )
    failure_reason_id = fields.Many2one(
        "crm.lost.reason",
        string="Reason of Failure",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        tracking=True,
    )
    failure_text = fields.Text(
        string="What Went Wrong", readonly=True, copy=False, tracking=True
    )

    # ------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------

    @api.depends("lead_id.partner_id")
    def _compute_partner_id(self):
        for screening in self:
            partner = screening.sudo().lead_id.partner_id.commercial_partner_id
            screening.partner_id = screening.partner_id or partner

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
        accounts = (
            self.env["kam.account"]
            .sudo()
            .with_context(active_test=False)
            .search(
                [
                    ("partner_id", "in", self.partner_id.ids),
                    ("company_id", "in", self.company_id.ids),
                ]
            )
        )
        by_customer = {(a.partner_id.id, a.company_id.id): a.id for a in accounts}
        for screening in self:
            key = screening.partner_id.id, screening.company_id.id
            screening.account_id = by_customer.get(key, False)

    @api.depends("account_id", "company_id", "lead_id", "user_id")
    def _compute_team_id(self):
        for screening in self:
            known = screening.sudo()
            teams = (
                known.team_id
                or known.account_id.team_id
                or known.lead_id.team_id
                or known.user_id.sale_team_id
            )
            fits = teams.company_id in (known.company_id, teams.company_id.browse())
            screening.team_id = teams if fits else False

    @api.depends("account_id", "user_id")
    def _compute_manager_id(self):
        for screening in self - self._chosen("manager_id"):
            manager = screening.sudo().account_id.manager_id
            screening.manager_id = manager or screening.user_id

    @api.depends("account_id", "company_id")
    def _compute_tier_id(self):
        chosen = self._chosen("tier_id")
        chosen = chosen.filtered(lambda s: s.tier_id.company_id == s.company_id)
        for screening in self - chosen:
            tiers = screening.company_id._kam_tiers()
            computed = screening.sudo().account_id.tier_computed_id
            screening.tier_id = computed or tiers[-1:]

    def _chosen(self, fname):
        """Saved screenings that have a value: it stays when an account turns up."""
        return self.filtered(lambda s: s._origin and s[fname])

    @api.depends("resource_ids.fit", "resource_ids.is_rated")
    def _compute_fit(self):
        for screening in self:
            rated = screening.resource_ids.filtered("is_rated")
            screening.fit = rated and sum(rated.mapped("fit")) / len(rated)

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

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_governed(vals)
        screenings = super().create(vals_list)
        screenings._check_candidate()
        screenings._check_one_under_way()
        # A default may have given the stage
        screenings.filtered(lambda s: s.stage != STAGES[0][0])._check_stage()
        return screenings

    def write(self, vals):
        self._check_governed(vals)
        result = super().write(vals)
        if vals.keys() & {"partner_id", "lead_id"}:
            self._check_candidate()
        if vals.keys() & {"partner_id", "company_id"}:
            self._check_one_under_way()
        if "stage" in vals:
            self._check_stage()
        return result

    def _check_governed(self, vals):
        if not self.env.su and vals.keys() & GOVERNED:
            raise AccessError(
                self.env._("A screening ends by its approval or by failing only.")
            )

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_view_account(self):
        return self.account_id._action_open()

    def action_fail(self):
        """Ask why the development failed, then close the file."""
        self._check_open()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Development Failed"),
            "res_model": "kam.screening.fail",
            "view_mode": "form",
            "target": "new",
            "context": {"default_screening_ids": self.ids},
        }
