"""Contacts of a customer as stakeholders (C1, C2): who they are for us."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import SQL

from ..base.arguments import check_one
from ..base.groups import KAM_READERS
from ..register.res_partner import ENTITY_FIELDS

LEVELS = [
    ("executive", "Executive"),
    ("middle", "Middle management"),
    ("front", "Front line"),
]
LINES = [
    ("business", "Business"),
    ("technical", "Technical"),
    ("management", "Management"),
]
THINKING = [
    ("analytical", "Analytical"),
    ("intuitive", "Intuitive"),
    ("social", "Social"),
    ("logical", "Logical"),
]
RELATIONSHIPS = [
    ("none", "None yet"),
    ("contact", "In Contact"),
    ("regular", "Regular exchange"),
    ("trusted", "Trusted"),
    ("partner", "Partner"),
]


class ResPartner(models.Model):
    _inherit = "res.partner"  # pylint: disable=R8180

    # Written by who works for the customer, see _kam_check_works_for; no copy: another
    # contact is another person
    kam_level = fields.Selection(LEVELS, string="Level", copy=False, groups=KAM_READERS)
    kam_line = fields.Selection(LINES, string="Line", copy=False, groups=KAM_READERS)
    kam_decision_role = fields.Selection(
        [
            ("decision_maker", "Decision maker"),
            ("approver", "Approver"),
            ("evaluator", "Evaluator"),
            ("influencer", "Influencer"),
            ("user", "Product User"),
            ("gatekeeper", "Gatekeeper"),
        ],
        string="Decision Role",
        copy=False,
        groups=KAM_READERS,
    )
    kam_influence = fields.Selection(
        [("low", "Low"), ("medium", "Moderate"), ("high", "High")],
        string="Influence on Decisions",
        copy=False,
        groups=KAM_READERS,
    )
    kam_support = fields.Selection(
        [
            ("sponsor", "Sponsor"),
            ("supporter", "Supporter"),
            ("neutral", "Neutral"),
            ("sceptic", "Sceptic"),
            ("opponent", "Opponent"),
        ],
        string="Support",
        copy=False,
        groups=KAM_READERS,
    )
    kam_is_node = fields.Boolean(
        string="Key Node",
        copy=False,
        groups=KAM_READERS,
        help="More influential than the position suggests: workshop head, equipment "
        "head, …",
    )
    kam_thinking = fields.Selection(
        THINKING, string="Thinking Preference", copy=False, groups=KAM_READERS
    )
    kam_owner_id = fields.Many2one(
        "res.users",
        string="Relationship Owner",
        copy=False,
        groups=KAM_READERS,
        domain="[('share', '=', False)]",
        help="Our user in charge of the relationship with this person.",
    )
    kam_reports_to_id = fields.Many2one(
        "res.partner",
        string="Reports to",
        copy=False,
        groups=KAM_READERS,
        index="btree_not_null",
        domain="[('commercial_partner_id', '=', commercial_partner_id),"
        " ('is_company', '=', False), ('id', '!=', id)]",
    )
    kam_relationship = fields.Selection(
        RELATIONSHIPS, string="Relationship", copy=False, groups=KAM_READERS
    )
    kam_relationship_wanted = fields.Selection(
        RELATIONSHIPS, string="Relationship Wanted", copy=False, groups=KAM_READERS
    )
    kam_is_placeholder = fields.Boolean(
        string="Not Known Yet",
        copy=False,
        groups=KAM_READERS,
        help="The position exists, but we do not know who holds it.",
    )
    kam_thinking_advice = fields.Text(
        string="How to Communicate",
        compute="_compute_kam_thinking_advice",
        groups=KAM_READERS,
    )
    kam_stakeholder_ids = fields.One2many(
        "res.partner",
        "commercial_partner_id",
        string="Stakeholders",
        domain=[("is_company", "=", False), ("type", "=", "contact")],
        groups=KAM_READERS,
    )

    # Personal profile
    kam_profile_allowed = fields.Boolean(
        string="May Read the Personal Profile",
        compute="_compute_kam_profile_allowed",
        groups=KAM_READERS,
    )

    # ------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------

    @api.depends("kam_thinking")
    @api.depends_context("lang")
    def _compute_kam_thinking_advice(self):
        advice = self._kam_thinking_advice()
        for partner in self:
            partner.kam_thinking_advice = advice.get(partner.kam_thinking)

    @api.depends("kam_account_id")
    @api.depends_context("uid", "company")
    def _compute_kam_profile_allowed(self):
        """Also the team of a former customer, who has to be able to erase."""
        known = self._kam_profiles().partner_id
        for account, people in self.grouped("kam_account_id").items():
            allowed = account._may_read_profiles()
            for person in people:
                person.kam_profile_allowed = allowed or person._origin in known

    # ------------------------------------------------------------
    # Constraints
    # ------------------------------------------------------------

    @api.constrains("kam_reports_to_id")
    def _check_kam_reports_to_id(self):
        if self._has_cycle("kam_reports_to_id"):
            raise ValidationError(
                self.env._("You cannot create recursive reporting lines.")
            )
        for partner in self:
            partner.kam_reports_to_id._kam_check_customer(partner.commercial_partner_id)

    @api.constrains("kam_owner_id")
    def _check_kam_owner_id(self):
        """Who has left stays until the accounts are handed over."""
        owned = self.sudo().filtered("kam_owner_id")
        accounts = owned._kam_accounts().grouped("partner_id")
        for partner in owned:
            owner = partner.kam_owner_id
            theirs = accounts.get(partner.commercial_partner_id)
            companies = partner.company_id or (theirs and theirs.company_id)
            companies = companies or self.env.companies
            if owner.share or (owner.active and not owner.company_ids & companies):
                raise ValidationError(
                    self.env._(
                        "%(user)s does not work for %(company)s.",
                        user=owner.name,
                        company=", ".join(companies.sudo().mapped("name")),
                    )
                )

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        if not self.env.su:
            partners._kam_filter_known()._kam_check_works_for()
        return partners

    def write(self, vals):
        described = self._kam_find_described(vals)
        described._kam_check_works_for()
        people = self._kam_find_movable(vals)
        before = {person: person.sudo().commercial_partner_id for person in people}
        foreign = people._kam_find_foreign()
        result = super().write(vals)
        moved = people.filtered(lambda p: p.sudo().commercial_partner_id != before[p])
        left = self.sudo().browse().union(*(before[person] for person in moved))
        self._kam_refuse_foreign(left & foreign)
        (described | moved)._kam_check_works_for()
        if vals.keys() & {"parent_id", "is_company"}:
            self._kam_leave_reporting_tree()
        return result

    def unlink(self):
        """Take the profiles along by the ORM, so that no trace of them stays."""
        self.check_access("unlink")
        profiles = self.env["kam.partner.profile"].sudo()
        profiles.search([("partner_id", "in", self.ids)]).unlink()
        return super().unlink()

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_kam_thinking_quiz(self):
        """Open the questionnaire that suggests a thinking preference."""
        check_one(self)
        return self.env["ir.actions.actions"]._kam_dialog(
            self.env["kam.thinking.quiz"],
            self.env._("Thinking Preference"),
            {"default_partner_id": self.id},
        )

    def action_kam_profile(self):
        """Open the personal profile of the contact, or start one."""
        check_one(self)
        account = self.kam_account_id
        profile = self._kam_profiles().sorted(lambda p: p.account_id != account)[:1]
        return self.env["ir.actions.actions"]._kam_form(
            profile, self.env._("Personal Profile"), {"default_partner_id": self.id}
        )

    # ------------------------------------------------------------
    # Business
    # ------------------------------------------------------------

    def _kam_check_customer(self, customer):
        """Check that contacts belong to a customer.

        :param customer: ``res.partner`` record of the company
        :raise ValidationError: one of them belongs to somebody else
        """
        strangers = self.sudo().filtered(lambda c: c.commercial_partner_id != customer)
        if strangers:
            raise ValidationError(
                self.env._(
                    "These contacts do not belong to %(customer)s: %(contacts)s.",
                    contacts=", ".join(strangers.mapped("display_name")),
                    customer=customer.sudo().display_name,
                )
            )

    # ------------------------------------------------------------
    # Who writes what is known of stakeholders
    # ------------------------------------------------------------

    @api.model
    def _kam_stakeholder_fields(self):
        """Names of the fields that say what a contact is for us."""
        return {
            fname
            for fname, field in self._fields.items()
            if fname.startswith("kam_") and field.column_type and not field.compute
        }

    def _kam_filter_known(self):
        """Those of whom something is known."""
        fnames = self._kam_stakeholder_fields()
        known = self.sudo().filtered(lambda p: any(p[fname] for fname in fnames))
        return self.browse(known.ids)

    def _kam_find_known(self):
        """Those of whom something is known, of the contacts and all below them."""
        everybody = self.sudo().with_context(active_test=False)
        below = everybody.search([("id", "child_of", self.ids)])
        return self.browse(below.ids)._kam_filter_known()

    def _kam_find_described(self, vals):
        """Of whom a write changes what is known."""
        written = not self.env.su and vals.keys() & self._kam_stakeholder_fields()
        return self if written else self.browse()

    def _kam_find_movable(self, vals):
        """Of whom something is known, and who may work for others after a write."""
        if self.env.su or not self:
            return self.browse()
        moved = self.sudo().filtered(
            lambda p: any(
                p._fields[fname].convert_to_write(p[fname], p) != (vals[fname] or False)
                for fname in ENTITY_FIELDS & vals.keys()
            )
        )
        return self.browse(moved.ids)._kam_find_known() if moved else self.browse()

    def _kam_check_works_for(self):
        """Check that the user may say what the contacts are for us.

        It is for those who may write an account of the customer. Of a customer that
        nobody manages in the user's companies, all account managers may.

        :raise AccessError: it is for others
        """
        self._kam_refuse_foreign(self._kam_find_foreign())

    def _kam_find_foreign(self):
        """Customers of the contacts that the user does not work for."""
        if self.env.su or not self:
            return self.sudo().browse()
        accounts = self._kam_accounts(self.env.user.sudo().company_ids)
        served = self.env["kam.account"]
        if served.has_access("write"):
            served = accounts.sudo(False)._filtered_access("write")
            managed = accounts.filtered("manager_id").partner_id
            allowed = self.sudo().commercial_partner_id - managed | served.partner_id
        else:
            allowed = self.browse()
        return self.sudo().commercial_partner_id - allowed

    def _kam_refuse_foreign(self, strangers):
        if strangers:
            raise AccessError(
                self.env._(
                    "Only those who work for %(customer)s change what is known of its "
                    "stakeholders, or for whom they work. Ask the leader of the "
                    "territory, or a key-account manager.",
                    customer=", ".join(strangers.mapped("display_name")),
                )
            )

    def _kam_accounts(self, companies=None):
        """Accounts of the customers of contacts, in superuser mode.

        :param companies: ``res.company`` records, all by default
        """
        accounts = self.env["kam.account"].sudo().with_context(active_test=False)
        domain = [("partner_id", "in", self.sudo().commercial_partner_id.ids)]
        if companies is not None:
            # Whatever companies the user has ticked off
            accounts = accounts.with_context(allowed_company_ids=companies.ids)
            domain.append(("company_id", "in", companies.ids))
        return accounts.search(domain)

    # ------------------------------------------------------------
    # Moves and merges
    # ------------------------------------------------------------

    def _kam_leave_reporting_tree(self):
        """Who changes to another company reports to nobody at the old one."""
        people = self.sudo().with_context(active_test=False)
        linked = people.search(
            [
                ("kam_reports_to_id", "!=", False),
                "|",
                ("id", "child_of", self.ids),
                ("kam_reports_to_id", "child_of", self.ids),
            ]
        )
        linked.filtered(
            lambda p: (
                p.commercial_partner_id != p.kam_reports_to_id.commercial_partner_id
            )
        ).write({"kam_reports_to_id": False})

    def _kam_report_to(self, superior):
        """Report to somebody, unless that is against the rules after a merge."""
        self.ensure_one()
        above = superior
        while above and above != self:
            above = above.kam_reports_to_id
        if not above and superior.commercial_partner_id == self.commercial_partner_id:
            self.kam_reports_to_id = superior

    def _kam_joint_values(self):
        """What is known of contacts that are merged into the first of them."""
        values = {}
        for fname in self._kam_stakeholder_fields():
            known = next((person[fname] for person in self if person[fname]), False)
            values[fname] = self._fields[fname].convert_to_write(known, self)
        values["kam_is_placeholder"] = all(self.mapped("kam_is_placeholder"))
        del values["kam_reports_to_id"]
        return values

    @api.model
    def _kam_thinking_advice(self):
        """How to talk to people, by thinking preference."""
        return {
            "analytical": self.env._(
                "Bring figures, sources and a written comparison. Send papers ahead,"
                " leave time for questions, and never round up: one wrong number"
                " costs the trust."
            ),
            "intuitive": self.env._(
                "Begin with the big picture and what could become of it. Use pictures"
                " and examples, keep details for the annex, and be open to a change of"
                " subject."
            ),
            "social": self.env._(
                "Take time for the person before the matter. Tell who else is involved"
                " and how the team benefits, name references, and stay in touch"
                " between the visits."
            ),
            "logical": self.env._(
                "Come to the point: goal, steps, dates, who does what. Show cause and"
                " effect, keep to the agenda, and close with a clear next step."
            ),
        }

    def _kam_last_visits(self):
        """Day on which each of the contacts was last met or called.

        From the calendar, and from meetings and calls noted as activities. Visits add
        theirs by extending this method.

        :return: dict date by id of the contact; who was never met is missing
        """
        if not self:
            return {}
        for model in ("calendar.event", "mail.activity"):
            self.env[model].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT partner_id, max(day) FROM (
                    SELECT rel.res_partner_id AS partner_id, %(day)s AS day
                    FROM calendar_event event
                    JOIN calendar_event_res_partner_rel rel
                        ON rel.calendar_event_id = event.id
                    WHERE event.active AND event.start <= %(now)s
                        AND rel.res_partner_id IN %(ids)s
                    UNION ALL
                    SELECT activity.res_id, activity.date_done
                    FROM mail_activity activity
                    JOIN mail_activity_type type ON type.id = activity.activity_type_id
                    WHERE activity.res_model = 'res.partner'
                        AND type.category IN ('meeting', 'phonecall')
                        AND activity.date_done IS NOT NULL
                        AND activity.res_id IN %(ids)s
                ) met GROUP BY partner_id
                """,
                day=self.env.company._kam_local_date_sql(SQL("event.start")),
                now=fields.Datetime.now(),
                ids=tuple(self._origin.ids or [0]),
            )
        )
        return dict(rows)

    # ------------------------------------------------------------
    # Personal profile
    # ------------------------------------------------------------

    def _kam_profiles(self):
        """Profiles in the current company, as far as the user may read them."""
        profiles = self.env["kam.partner.profile"]
        if not profiles.has_access("read"):
            return profiles
        return profiles.search(
            [
                ("partner_id", "in", self.ids),
                ("company_id", "=", self.env.company.id),
            ]
        )
