from itertools import pairwise

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

# Threshold field of a tier -> metric of the account that must exceed it. Another
# addon adds a threshold with a field of that name on the mixin and an entry here.
THRESHOLDS = {
    "min_revenue": "revenue_12m",
    "min_orders_per_month": "orders_per_month",
    "min_influence": "influence",
    "min_strategic_fit": "strategic_fit",
}
# Context value, out of reach of RPC, that puts off the check of the order of tiers.
DEFER = object()


class KamTierMixin(models.AbstractModel):
    """What an account must show to be in a tier.

    Shared by the saved tiers and the tiers tried out in a simulation.
    """

    _name = "kam.tier.mixin"
    _description = "Key Account Tier Mixin"

    min_score = fields.Float(
        string="Minimum Score",
        digits=(5, 2),
        help="Score from 0 to 100 that opens the tier.",
    )
    threshold_mode = fields.Selection(
        [("all", "All thresholds"), ("any", "Any threshold")],
        string="Required Thresholds",
        required=True,
        default="all",
        help="Whether all of the thresholds must be exceeded, or any one of them.",
    )
    min_revenue = fields.Monetary(
        string="Revenue Over",
        currency_field="currency_id",
        help="The untaxed revenue of the trailing window must exceed this. "
        "0: no threshold.",
    )
    min_orders_per_month = fields.Float(
        string="Orders per Month Over",
        digits=(16, 2),
        help="The average number of orders a month must exceed this. 0: no threshold.",
    )
    min_influence = fields.Float(
        string="Influence Over",
        digits=(5, 2),
        help="The influence in the industry (0–100) must exceed this. 0: no threshold.",
    )
    min_strategic_fit = fields.Float(
        string="Strategic Fit Over",
        digits=(5, 2),
        help="The strategic fit (0–100) must exceed this. 0: no threshold.",
    )
    currency_id = fields.Many2one("res.currency")

    # ------------------------------------------------------------
    # Constraints
    # ------------------------------------------------------------

    @api.constrains("min_score", *THRESHOLDS)
    def _check_limits(self):
        for tier in self:
            if not 0 <= tier.min_score <= 100:
                raise ValidationError(
                    self.env._(
                        "The minimum score of “%(tier)s” must lie between 0 and 100.",
                        tier=tier.display_name,
                    )
                )
            for fname in THRESHOLDS:
                if tier[fname] < 0:
                    raise ValidationError(
                        self.env._(
                            "“%(threshold)s” of “%(tier)s” must not be negative.",
                            threshold=self._fields[fname]._description_string(self.env),
                            tier=tier.display_name,
                        )
                    )

    # ------------------------------------------------------------
    # Business
    # ------------------------------------------------------------

    def _check_descending(self):
        """Raise when a higher tier of ``self`` demands less than the one below it.

        ``self`` holds the tiers of one company from the highest to the lowest.
        """
        for higher, lower in pairwise(self):
            demands = [("min_score", higher.min_score <= lower.min_score)]
            if higher.threshold_mode == lower.threshold_mode:
                demands += [
                    (fname, 0 < higher[fname] < lower[fname]) for fname in THRESHOLDS
                ]
            for fname, contradicts in demands:
                if contradicts:
                    raise ValidationError(
                        self.env._(
                            "The tiers contradict each other: “%(higher)s” stands above"
                            " “%(lower)s”, but its “%(threshold)s” (%(value)s) does not"
                            " exceed that of the lower tier (%(limit)s).",
                            higher=higher.display_name,
                            lower=lower.display_name,
                            threshold=self._fields[fname]._description_string(self.env),
                            value=higher[fname],
                            limit=lower[fname],
                        )
                    )

    @api.model
    def _rule_fields(self):
        """Fields that define the rule, as opposed to what it belongs to."""
        return ["min_score", "threshold_mode", *THRESHOLDS]

    def _rule_tier(self):
        """Saved tier that the definition stands for."""
        return self

    def _limit_sql(self, alias, slack=0.0):
        """Condition of one tier on a row of metrics.

        :param str alias: SQL alias of a row with the metrics and the score
        :param float slack: part (0–1) by which every limit is lowered
        """
        self.ensure_one()
        checks = [
            SQL("COALESCE(%s, 0) > %s", SQL.identifier(alias, metric), limit)
            for fname, metric in THRESHOLDS.items()
            if (limit := self[fname] * (1 - slack)) > 0
        ]
        condition = SQL(
            "%s >= %s", SQL.identifier(alias, "score"), self.min_score * (1 - slack)
        )
        if checks:
            glue = SQL(" AND ") if self.threshold_mode == "all" else SQL(" OR ")
            condition = SQL("%s AND (%s)", condition, glue.join(checks))
        return condition

    def _tier_sql(self, alias, current, slack):
        """Id of the highest tier of ``self`` whose limits are met, or NULL.

        A tier is entered by meeting its limits and left only by falling below them
        by more than ``slack``, so that an account on the edge does not flap.

        :param str alias: SQL alias of a row with the metrics and the score
        :param SQL current: id of the tier that the account is in now
        :param float slack: part (0–1) by which the limits of that tier are lowered
        """
        if not self:
            return SQL("NULL::int4")
        cases = (
            SQL(
                "WHEN (%s) OR (%s = %s AND %s) THEN %s",
                tier._limit_sql(alias),
                current,
                tier._rule_tier().id,
                tier._limit_sql(alias, slack),
                tier._rule_tier().id,
            )
            for tier in self
        )
        return SQL("CASE %s END::int4", SQL(" ").join(cases))

    def _explanation_sql(self, alias):
        """JSON array with the limits of each tier and whether a row meets them."""
        items = [
            SQL(
                """jsonb_build_object('tier_id', %s, 'mode', %s, 'min_score', %s,
                    'met', (%s), 'thresholds', jsonb_build_array(%s))""",
                tier._rule_tier().id,
                tier.threshold_mode,
                tier.min_score,
                tier._limit_sql(alias),
                SQL(", ").join(
                    SQL(
                        """jsonb_build_object('metric', %s, 'value', %s,
                            'limit', %s, 'met', COALESCE(%s, 0) > %s)""",
                        metric,
                        SQL.identifier(alias, metric),
                        tier[fname],
                        SQL.identifier(alias, metric),
                        tier[fname],
                    )
                    for fname, metric in THRESHOLDS.items()
                    if tier[fname]
                ),
            )
            for tier in self
        ]
        return SQL("jsonb_build_array(%s)", SQL(", ").join(items))


class KamTier(models.Model):
    _name = "kam.tier"
    _inherit = ["kam.tier.mixin", "kam.account.class.mixin", "kam.access.mixin"]
    _description = "Key Account Tier"
    _order = "company_id, sequence, id"
    _account_field = "tier_id"

    sequence = fields.Integer(
        default=10,
        help="The first tier is the highest; accounts without a tier are "
        "ordinary customers.",
    )
    description = fields.Text(
        translate=True, help="What customers of this tier are promised."
    )

    @api.constrains(
        "sequence", "active", "company_id", "threshold_mode", "min_score", *THRESHOLDS
    )
    def _check_order(self):
        if self.env.context.get("kam_order_check") is DEFER:
            return
        for company in self.company_id:
            company._kam_tiers()._check_descending()

    def _write_together(self, values):
        """Write several tiers whose limits only fit together when all are written.

        :param dict values: values to write by tier
        """
        for tier in self:
            tier.with_context(kam_order_check=DEFER).write(values[tier])
        self._check_order()
