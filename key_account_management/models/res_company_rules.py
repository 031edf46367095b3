"""Rules of each company: copies of those of another one, at first."""

from odoo import api, models
from odoo.tools import SQL

# Rules that a new company starts with.
RULE_SETS = (
    "kam_criterion_ids",
    "kam_tier_ids",
    "kam_credit_grade_ids",
    "kam_credit_indicator_ids",
    "kam_risk_indicator_ids",
    "kam_visit_cadence_ids",  # after the tiers
)


class ResCompany(models.Model):
    _inherit = "res.company"

    def _kam_copy_rules(self, source):
        """Give companies without rules those of another company."""
        for company in self.sudo() - source:
            for fname in RULE_SETS:
                if not company[fname]:
                    source.sudo()[fname].copy({"company_id": company.id})

    @api.model
    def _kam_translate_rules(self):
        """Give copies of the shipped rules the translations that they lack."""
        source = self.env.ref("base.main_company")
        for fname in RULE_SETS:
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
