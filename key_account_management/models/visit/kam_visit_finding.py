from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import plaintext2html

# Days that whoever takes over a finding has for it, when no deadline is given.
DEFAULT_DAYS = 7
UNSETTLED = ("open", "handed")
# What stays as it was handed over
FIXED = {"visit_id", "kind", "name", "user_id", "date_deadline"}


class KamVisitFinding(models.Model):
    """What came up at a visit, and who sees to it until it is settled (D6).

    Information (D5) is noted: it needs nobody to see to it, but can be handed over.

    :meth:`action_hand_over` calls ``_hand_over_<kind>``, which returns the record that
    settles the finding and keeps it in a field of its own. Another kind of finding is
    a ``selection_add``, such a field and method, and an entry in
    :meth:`_compute_state`.
    """

    _name = "kam.visit.finding"
    _inherit = ["kam.access.mixin"]
    _description = "Visit Finding"
    _access_parents = ("visit_id",)
    _order = "date_deadline, id"
    _check_company_auto = True

    visit_id = fields.Many2one(
        "kam.visit", required=True, index=True, ondelete="cascade", check_company=True
    )
    account_id = fields.Many2one(
        related="visit_id.account_id", store=True, index=True, precompute=True
    )
    partner_id = fields.Many2one(related="visit_id.partner_id", string="Customer")
    company_id = fields.Many2one(
        related="visit_id.company_id", store=True, precompute=True
    )
    kind = fields.Selection(
        [
            ("opportunity", "Opportunity"),
            ("problem", "Problem"),
            ("promise", "Promise"),
            ("information", "Information"),
        ],
        required=True,
        default="opportunity",
    )
    name = fields.Char(string="What", required=True)
    user_id = fields.Many2one(
        "res.users",
        string="Owner",
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.user,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    date_deadline = fields.Date(string="Deadline")
    is_overdue = fields.Boolean(
        string="Overdue", compute="_compute_is_overdue", search="_search_is_overdue"
    )
    lead_id = fields.Many2one(
        "crm.lead",
        string="Opportunity",
        index="btree_not_null",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    activity_id = fields.Many2one(
        "mail.activity",
        index="btree_not_null",
        readonly=True,
        copy=False,
        ondelete="set null",
    )
    state = fields.Selection(
        [
            ("open", "To pass on"),
            ("noted", "Noted"),
            ("handed", "In progress"),
            ("done", "Settled"),
            ("lost", "Lost"),
        ],
        compute="_compute_state",
        compute_sudo=True,
        store=True,
        index=True,
    )

    _owner_required = models.Constraint(
        "CHECK (kind = 'information' OR user_id IS NOT NULL)",
        "Findings other than information need an owner.",
    )

    # ------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------

    @api.depends(
        "kind",
        "lead_id.active",
        "lead_id.probability",
        "lead_id.stage_id.is_won",
        "activity_id.active",
    )
    def _compute_state(self):
        for finding in self:
            lead, activity = finding.lead_id, finding.activity_id
            if lead.stage_id.is_won:
                finding.state = "done"
            elif lead:
                lost = not lead.active and not lead.probability
                finding.state = "lost" if lost else "handed"
            elif activity:
                finding.state = "handed" if activity.active else "done"
            else:
                noted = finding.kind == "information"
                finding.state = "noted" if noted else "open"

    @api.depends("date_deadline", "state", "company_id")
    def _compute_is_overdue(self):
        for finding in self:
            due = finding.state in UNSETTLED and finding.date_deadline
            today = (finding.company_id or self.env.company)._kam_today()
            finding.is_overdue = bool(due) and due < today

    def _search_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        return self.env["res.company"]._kam_today_domain(
            lambda today: [
                ("state", "in", UNSETTLED),
                ("date_deadline", "<", today),
            ]
        )

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    def write(self, vals):
        if not self.env.su:
            if vals.keys() & FIXED:
                self._check_not_handed_over()
            if "visit_id" in vals:
                self._check_deletable()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_kept(self):
        self._check_deletable()

    def _check_not_handed_over(self):
        """:raise UserError: a finding was handed over already"""
        if self.sudo().filtered(lambda f: f.state not in ("open", "noted")):
            raise UserError(self.env._("This finding has already been passed on."))

    def _check_deletable(self):
        """:raise UserError: findings are on record"""
        self._check_not_handed_over()
        if self.sudo().filtered(lambda f: f.visit_id.state == "done"):
            raise UserError(
                self.env._("Findings of completed visits cannot be deleted.")
            )

    # ------------------------------------------------------------
    # Hand over
    # ------------------------------------------------------------

    def action_hand_over(self):
        """Turn findings into what settles them: an opportunity or an activity.

        :raise UserError: a finding was handed over already, or has no owner
        """
        self.check_access("write")
        self._check_not_handed_over()
        if self.filtered(lambda f: not f.user_id):
            raise UserError(self.env._("Choose an owner first."))
        for finding in self:
            if not finding.date_deadline:
                finding.date_deadline = fields.Date.add(
                    finding.company_id._kam_today(), days=DEFAULT_DAYS
                )
            getattr(finding, f"_hand_over_{finding.kind}")()

    def _hand_over_opportunity(self):
        visit = self.visit_id
        self.lead_id = self.env["crm.lead"].create(
            {
                "name": self.name,
                "type": "opportunity",
                "partner_id": (visit.contact_ids[:1] or visit.partner_id).id,
                "user_id": self.user_id.id,
                "team_id": visit.team_id.id,
                "company_id": self.company_id.id,
                "date_deadline": self.date_deadline,
                "description": self._render_origin(),
            }
        )

    def _hand_over_activity(self):
        """An activity on the account, for the owner, with the deadline."""
        labels = dict(self._fields["kind"]._description_selection(self.env))
        self.activity_id = self.account_id.sudo().activity_schedule(
            "mail.mail_activity_data_todo",
            date_deadline=self.date_deadline,
            summary=f"{labels[self.kind]}: {self.name}",
            note=self._render_origin(),
            user_id=self.user_id.id,
        )

    def _render_origin(self):
        """:return: where the finding comes from, as HTML"""
        return plaintext2html(self.env._("Found at visit %s.", self.visit_id.name))

    def _hand_over_problem(self):
        self._hand_over_activity()

    def _hand_over_promise(self):
        self._hand_over_activity()

    def _hand_over_information(self):
        self._hand_over_activity()

    def action_open(self):
        """Open what settles the finding."""
        self.ensure_one()
        record = self.lead_id or self.account_id
        return self.env["ir.actions.actions"]._kam_form(record)
