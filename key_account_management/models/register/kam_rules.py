"""Rules on the figures of customers, in SQL: one definition for all that apply them.

Refresh, explanation and simulation call them on the company whose settings they go by.
"""

from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import models
from odoo.fields import Domain
from odoo.tools import SQL


class KamRules(models.AbstractModel):
    """Part of ``res.company``: what its settings make of the figures (A1–A7)."""

    _name = "kam.rules"
    _description = "Rules on Key Accounts"

    # ------------------------------------------------------------
    # Records that count
    # ------------------------------------------------------------

    def _kam_invoice_domain(self):
        return Domain(
            [
                ("company_id", "=", self.id),
                ("state", "=", "posted"),
                ("move_type", "in", ("out_invoice", "out_refund")),
            ]
        )

    def _kam_order_domain(self, start, end):
        """Orders confirmed in a window of local days (start, end]."""
        day = timedelta(days=1)
        return Domain(
            [
                ("company_id", "=", self.id),
                ("state", "=", "sale"),
                ("date_order", ">=", self._kam_midnight(start + day)),
                ("date_order", "<", self._kam_midnight(end + day)),
            ]
        )

    # ------------------------------------------------------------
    # Rules
    # ------------------------------------------------------------

    def _kam_criteria(self):
        """Criteria in force. A custom field that is gone rates nothing any more."""
        figures = self.env["kam.account"]._fields
        return self.kam_criterion_ids.filtered(
            lambda criterion: criterion.active and criterion.metric in figures
        )

    def _kam_tiers(self):
        """Tiers in force, the highest first."""
        return self.kam_tier_ids.filtered("active").sorted()

    # ------------------------------------------------------------
    # Rules in SQL
    # ------------------------------------------------------------

    def _kam_limits_sql(self):
        """Amounts that the limits in percent come to, of ``total`` and ``total_prev``.

        Computed once, as comparing numbers is cheaper than multiplying for each row.
        """
        limits = {
            "class_a": ("total", self.kam_pareto_a),
            "class_b": ("total", self.kam_pareto_b),
            "large": ("total", self.kam_size_large),
            "medium": ("total", self.kam_size_medium),
            "large_prev": ("total_prev", self.kam_size_large),
            "medium_prev": ("total_prev", self.kam_size_medium),
        }
        return SQL(", ").join(
            SQL(
                "%s * %s::numeric / 100 AS %s",
                SQL.identifier(total),
                str(percent),
                SQL.identifier(name),
            )
            for name, (total, percent) in limits.items()
        )

    def _kam_pareto_sql(self, alias):
        """Pareto class of a row with revenue, its running total and the limits."""
        return SQL(
            """
            CASE WHEN %(revenue)s <= 0 THEN 'c'
                WHEN %(cumulated)s - %(revenue)s < %(class_a)s THEN 'a'
                WHEN %(cumulated)s - %(revenue)s < %(class_b)s THEN 'b'
                ELSE 'c' END
            """,
            revenue=SQL.identifier(alias, "revenue_12m"),
            cumulated=SQL.identifier(alias, "cumulated"),
            class_a=SQL.identifier(alias, "class_a"),
            class_b=SQL.identifier(alias, "class_b"),
        )

    def _kam_size_sql(self, revenue, large, medium):
        """Size class by the contribution to the revenue of all customers.

        :param str revenue, large, medium: columns of the revenue and of its limits
        """
        return SQL(
            """
            CASE WHEN %(revenue)s <= 0 THEN 'small'
                WHEN %(revenue)s >= %(large)s THEN 'large'
                WHEN %(revenue)s >= %(medium)s THEN 'medium' ELSE 'small' END
            """,
            revenue=SQL.identifier(revenue),
            large=SQL.identifier(large),
            medium=SQL.identifier(medium),
        )

    def _kam_cooperation_sql(self, alias, day):
        """Depth of cooperation.

        Long-term: customer for the months of the setting. Strategic: that, and
        strategically placed. Short-term: all others.
        """
        return SQL(
            """
            CASE WHEN %(first)s <= %(since)s AND %(fit)s >= %(limit)s THEN 'strategic'
                WHEN %(first)s <= %(since)s THEN 'long_term'
                ELSE 'short_term' END
            """,
            first=SQL.identifier(alias, "first_order_date"),
            since=day - relativedelta(months=self.kam_long_term_months),
            fit=SQL("COALESCE(%s, 0)", SQL.identifier(alias, "strategic_fit")),
            limit=self.kam_strategic_fit,
        )

    def _kam_potential_sql(self, alias, day):
        """Potential key account (A3): not in a tier, but growing or well placed."""
        return SQL(
            """
            (%(tier)s IS NULL AND NOT %(withheld)s AND (
                (%(revenue)s >= %(min_revenue)s
                    AND COALESCE(%(growth)s >= %(min_growth)s, FALSE))
                OR COALESCE(%(fit)s, 0) >= %(min_fit)s))
            """,
            tier=SQL.identifier(alias, "tier_computed_id"),
            withheld=self._kam_withheld_sql(alias, day),
            revenue=SQL.identifier(alias, "revenue_12m"),
            growth=SQL.identifier(alias, "growth_rate"),
            fit=SQL.identifier(alias, "strategic_fit"),
            min_revenue=self.kam_potential_revenue,
            min_growth=self.kam_potential_growth / 100,
            min_fit=self.kam_strategic_fit,
        )

    def _kam_withheld_sql(self, alias, day):
        """Whether key-account treatment is withheld from an account.

        For a later capability to say.

        :param str alias: SQL alias of a row with the columns of the register
        :param date day: day of the picture
        """
        return SQL("FALSE")

    def _kam_protected_sql(self, alias):
        """Whether the rules leave the tier of an account alone.

        For a later capability to say.

        :param str alias: SQL alias of a row of the register
        """
        return SQL("FALSE")

    def _kam_explanation_sql(self, alias):
        """JSON of criteria, tiers, score and computed tier of a row of the register."""
        return SQL(
            """
            jsonb_build_object('score', %(score)s, 'tier_computed_id', %(tier)s,
                'criteria', %(criteria)s, 'tiers', %(tiers)s)
            """,
            score=SQL.identifier(alias, "score"),
            tier=SQL.identifier(alias, "tier_computed_id"),
            criteria=self._kam_criteria()._explanation_sql(alias),
            tiers=self._kam_tiers()._explanation_sql(alias),
        )

    def _kam_tier_sql(self, alias, current, day, tiers=None, hysteresis=None):
        """Tier that the rules call for: none for those whose treatment is withheld.

        :param SQL current: id of the tier that the account is in
        :param tiers: tiers of a simulation, the company's own by default
        :param float hysteresis: percentage of a simulation, the company's by default
        """
        if tiers is None:
            tiers, hysteresis = self._kam_tiers(), self.kam_hysteresis
        return SQL(
            "CASE WHEN NOT %s THEN %s END",
            self._kam_withheld_sql(alias, day),
            tiers._tier_sql(alias, current, hysteresis / 100),
        )
