"""Rules of screening: verdicts on risk and worth, and the time a new account gets."""

from odoo import fields, models
from odoo.tools import SQL


class KamRules(models.AbstractModel):
    _inherit = "kam.rules"  # pylint: disable=R8180

    def _kam_risk_line_commands(self):
        """Commands that make a risk sheet: a line for each indicator."""
        return [
            fields.Command.create(
                {"indicator_id": indicator.id, "weight": indicator.weight}
            )
            for indicator in self.sudo().kam_risk_indicator_ids.sorted()
        ]

    def _kam_risk_verdict(self, score):
        if score >= self.kam_risk_low:
            return "low"
        return "medium" if score >= self.kam_risk_high else "high"

    def _kam_worth_verdict(self, percentage):
        if percentage >= self.kam_worth_good:
            return "worth"
        return "borderline" if percentage >= self.kam_worth_bad else "not"

    def _kam_protected_sql(self, alias):
        """Whether the rules leave the tier of an account alone, as it was confirmed by
        a screening not long ago and they would lower it.

        :param str alias: SQL alias of a row of the register
        """
        return SQL(
            """
            EXISTS (
                SELECT FROM kam_screening s
                JOIN kam_tier given ON given.id = s.tier_id
                LEFT JOIN kam_tier called ON called.id = %(computed)s
                WHERE s.account_id = %(id)s AND s.result = 'confirmed'
                    AND s.tier_id = %(tier)s AND s.protected_until >= %(today)s
                    AND (called.id IS NULL
                        OR (called.sequence, called.id) > (given.sequence, given.id)))
            """,
            id=SQL.identifier(alias, "id"),
            tier=SQL.identifier(alias, "tier_id"),
            computed=SQL.identifier(alias, "tier_computed_id"),
            today=self._kam_today(),
        )
