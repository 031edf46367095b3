from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL, format_datetime

from ..base.groups import INTERNAL, KAM_READERS

# The register is refreshed every night. Later than this, it was not.
REFRESH_EXPECTED = timedelta(hours=36)


class ResCompany(models.Model):
    _name = "res.company"
    _inherit = ["res.company", "kam.rules"]  # pylint: disable=R8180

    kam_tier_ids = fields.One2many(
        "kam.tier", "company_id", string="Key Account Tiers", groups=INTERNAL
    )
    kam_criterion_ids = fields.One2many(
        "kam.criterion", "company_id", string="Key Account Criteria", groups=INTERNAL
    )
    kam_refresh_date = fields.Datetime(
        string="Key Accounts Refreshed on", readonly=True, groups=INTERNAL
    )
    kam_refresh_day = fields.Date(
        string="Key Account Window Up to", readonly=True, groups=INTERNAL
    )
    kam_refresh_complete_date = fields.Datetime(
        string="Key Accounts Refreshed Completely on",
        readonly=True,
        copy=False,
        groups=KAM_READERS,
    )
    kam_refresh_failed = fields.Boolean(
        string="Refresh of Key Accounts Failed",
        readonly=True,
        copy=False,
        groups=KAM_READERS,
    )
    kam_order_source = fields.Selection(
        [("order", "Confirmed sale orders"), ("invoice", "Posted customer invoices")],
        string="Key Account Order Count",
        default="order",
        required=True,
        groups=INTERNAL,
    )
    kam_pareto_a = fields.Float(
        string="Limit of Pareto Class A (%)", default=80.0, groups=INTERNAL
    )
    kam_pareto_b = fields.Float(
        string="Limit of Pareto Class B (%)", default=95.0, groups=INTERNAL
    )
    kam_size_large = fields.Float(
        string="Large Customer From (% of Revenue)", default=3.0, groups=INTERNAL
    )
    kam_size_medium = fields.Float(
        string="Medium Customer From (% of Revenue)", default=1.0, groups=INTERNAL
    )
    kam_long_term_months = fields.Integer(
        string="Long-Term Cooperation From (Months)", default=24, groups=INTERNAL
    )
    kam_strategic_fit = fields.Float(
        string="Strategically Placed From (Fit)", default=70.0, groups=INTERNAL
    )
    kam_potential_growth = fields.Float(
        string="Potential Key Account From Growth (%)", default=30.0, groups=INTERNAL
    )
    kam_potential_revenue = fields.Monetary(
        string="Potential Key Account From Revenue", default=100000.0, groups=INTERNAL
    )
    kam_ltv_horizon = fields.Integer(
        string="Long-Term Value Horizon (Years)", default=5, groups=INTERNAL
    )
    kam_ltv_discount = fields.Float(
        string="Long-Term Value Discount (%)", default=10.0, groups=INTERNAL
    )
    kam_hysteresis = fields.Float(
        string="Margin Before Leaving a Tier (%)", default=5.0, groups=INTERNAL
    )
    kam_proposal_silence = fields.Integer(
        string="Months Before Proposing Again", default=3, groups=INTERNAL
    )

    # ------------------------------------------------------------
    # Constraints
    # ------------------------------------------------------------

    @api.constrains("kam_window_months", "kam_ltv_horizon", "kam_long_term_months")
    def _check_kam_periods(self):
        for company in self:
            if not 1 <= company.kam_window_months <= 60:
                raise ValidationError(
                    self.env._("The trailing window must have 1 to 60 months.")
                )
            if not 1 <= company.kam_ltv_horizon <= 30:
                raise ValidationError(
                    self.env._("The horizon of the long-term value is 1 to 30 years.")
                )
            if company.kam_long_term_months < 1:
                raise ValidationError(
                    self.env._("A long-term cooperation must be at least one month.")
                )

    @api.constrains("kam_pareto_a", "kam_pareto_b", "kam_size_large", "kam_size_medium")
    def _check_kam_shares(self):
        for company in self:
            if not 0 < company.kam_pareto_a < company.kam_pareto_b <= 100:
                raise ValidationError(
                    self.env._(
                        "The limits of the Pareto classes must satisfy "
                        "0 < A < B ≤ 100 %."
                    )
                )
            if not 0 < company.kam_size_medium < company.kam_size_large <= 100:
                raise ValidationError(
                    self.env._(
                        "A large customer must contribute more than a medium one, and "
                        "both between 0 and 100 % of the revenue."
                    )
                )

    @api.constrains(
        "kam_strategic_fit",
        "kam_potential_growth",
        "kam_potential_revenue",
        "kam_ltv_discount",
        "kam_hysteresis",
        "kam_proposal_silence",
    )
    def _check_kam_limits(self):
        for company in self:
            if not 0 <= company.kam_strategic_fit <= 100:
                raise ValidationError(
                    self.env._("The strategic fit lies between 0 and 100.")
                )
            if not 0 <= company.kam_hysteresis < 100:
                raise ValidationError(
                    self.env._(
                        "The margin before leaving a tier lies between 0 and 100 %."
                    )
                )
            negative = [
                fname
                for fname in (
                    "kam_potential_growth",
                    "kam_potential_revenue",
                    "kam_ltv_discount",
                    "kam_proposal_silence",
                )
                if company[fname] < 0
            ]
            if negative:
                raise ValidationError(
                    self.env._(
                        "“%(setting)s” must not be negative.",
                        setting=self._fields[negative[0]]._description_string(self.env),
                    )
                )

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        companies._kam_copy_rules(self.env.company)
        return companies

    # ------------------------------------------------------------
    # Refresh of the register
    # ------------------------------------------------------------

    def _kam_refresh_warning(self):
        """Why the register of the company may not be trusted, or an empty text."""
        self.ensure_one()
        company = self.sudo()
        last = company.kam_refresh_complete_date
        day = format_datetime(self.env, last, dt_format="short") if last else ""
        if company.kam_refresh_failed and last:
            return self.env._(
                "The last refresh failed, at least in part. Figures and what follows "
                "from them may be out of date; all was well on %(day)s.",
                day=day,
            )
        if company.kam_refresh_failed:
            return self.env._(
                "The last refresh failed, at least in part. Figures and what follows "
                "from them may be missing."
            )
        since = last or company.create_date
        if since > fields.Datetime.now() - REFRESH_EXPECTED:
            return ""
        if last:
            return self.env._(
                "The figures are old: last refreshed on %(day)s.", day=day
            )
        return self.env._("The figures have never been refreshed.")

    # ------------------------------------------------------------
    # Rules of a new company
    # ------------------------------------------------------------

    @api.model
    def _kam_rule_sets(self):
        """Fields of the rules that a new company starts with.

        :return: list of names; what refers to other rules comes after these
        """
        return ["kam_criterion_ids", "kam_tier_ids"]

    def _kam_copy_rules(self, source):
        """Give companies the rules in force of another one, where they have none.

        :param source: ``res.company`` record
        """
        for company in self.sudo() - source:
            counterparts = {}
            for fname in self._kam_rule_sets():
                company._kam_copy_rule_set(fname, source.sudo(), counterparts)

    def _kam_copy_rule_set(self, fname, source, counterparts):
        """Copy one kind of rules, unless the company has some of it, archived or not.

        A rule on another one, such as the cadence of a tier, becomes a rule on its
        counterpart, and is left out where there is none.

        :param str fname: field of the rules
        :param source: ``res.company`` record
        :param dict counterparts: rule of this company by rule of the source: the copy,
            or else the one of the same name; completed in place
        """
        rules = source.with_context(active_test=True)[fname]
        if own := self.with_context(active_test=False)[fname]:
            counterparts.update(self._kam_match_rules(rules, own))
            return
        for links, alike in rules.grouped(
            lambda rule: self._kam_rule_links(rule, counterparts)
        ).items():
            if links is not None:
                copies = alike.copy({"company_id": self.id, **dict(links)})
                counterparts.update(zip(alike, copies, strict=True))

    @api.model
    def _kam_match_rules(self, rules, others):
        """Pairs of rules of two companies that are in force and have one name."""
        if "name" not in rules._fields:
            return []
        others = others.with_context(lang=None).filtered("active")
        named = {rule.name: rule for rule in others}
        names = rules.with_context(lang=None).mapped("name")
        return [
            (rule, named[name])
            for rule, name in zip(rules, names, strict=True)
            if name in named
        ]

    def _kam_rule_links(self, rule, counterparts):
        """What a copy of a rule refers to in this company.

        :return: pairs of field and id, or ``None`` if it would lack what it is about
        """
        models = {self._fields[fname].comodel_name for fname in self._kam_rule_sets()}
        links = []
        for fname, field in rule._fields.items():
            if field.type != "many2one" or not field.store or not rule[fname]:
                continue
            if field.comodel_name in models:
                if rule[fname] not in counterparts:
                    return None
                links.append((fname, counterparts[rule[fname]].id))
            elif field.check_company and rule[fname].company_id:
                links.append((fname, False))  # the companies do not share it
        return tuple(links)

    @api.model
    def _kam_translate_rules(self):
        """Give copies of the shipped rules the translations that they lack."""
        source = self.env.ref("base.main_company")
        for fname in self._kam_rule_sets():
            rules = self.env[self._fields[fname].comodel_name]
            names = [
                name
                for name, field in rules._fields.items()
                if field.translate and field.store
            ]
            if names:
                rules.flush_model()
                self.env.cr.execute(
                    SQL(
                        """
                        UPDATE %(table)s c SET %(values)s FROM %(table)s s
                        WHERE s.company_id = %(source)s AND c.company_id != %(source)s
                            AND s.name ->> 'en_US' = c.name ->> 'en_US'
                        """,
                        table=SQL.identifier(rules._table),
                        source=source.id,
                        values=SQL(", ").join(
                            SQL(
                                """%(name)s =
                                    COALESCE(s.%(name)s || c.%(name)s, c.%(name)s)""",
                                name=SQL.identifier(name),
                            )
                            for name in names
                        ),
                    )
                )
                rules.invalidate_model(names)
