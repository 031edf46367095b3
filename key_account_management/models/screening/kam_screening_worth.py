from odoo import api, fields, models
from odoo.exceptions import ValidationError

COSTS = ("stock_value", "staff_cost", "travel_cost", "management_cost")


class KamScreeningWorth(models.AbstractModel):
    """Risk of a candidate, and whether its development is worth it (B2, B5).

    A part of ``kam.screening``, whose ``company_id`` and ``risk_line_ids`` it reads.
    The screening calls ``_risk_open_point``.
    """

    _name = "kam.screening.worth"
    _inherit = ["kam.thread.mixin"]
    _description = "Key Account Screening"

    currency_id = fields.Many2one("res.currency")
    risk_score = fields.Float(
        digits=(5, 2),
        compute="_compute_risk",
        store=True,
        aggregator="avg",
        help="Weighted average of the points: 0 (speaks against the customer) to 100 "
        "(no risk seen).",
    )
    risk_verdict = fields.Selection(
        [("low", "Low risk"), ("medium", "Medium risk"), ("high", "High risk")],
        compute="_compute_risk",
        store=True,
        help="Empty until all indicators are scored.",
    )

    # Worth of a year, in company currency
    expected_revenue = fields.Monetary(
        string="Expected Sales", tracking=True, help="Annual sales, untaxed."
    )
    expected_margin = fields.Float(
        string="Expected Margin (%)", aggregator="avg", help="Of the expected sales."
    )
    expected_profit = fields.Monetary(compute="_compute_worth", store=True)
    stock_value = fields.Monetary(
        string="Stock Kept", help="Average value of the stock kept for the customer."
    )
    interest_rate = fields.Float(
        string="Interest on Stock (%)", default=5.0, aggregator=None
    )
    stock_interest = fields.Monetary(compute="_compute_worth", store=True)
    staff_cost = fields.Monetary(string="Staff")
    travel_cost = fields.Monetary(string="Travel")
    management_cost = fields.Monetary(string="Management and Operation")
    risk_rate = fields.Float(
        string="Risk (%)",
        aggregator="avg",
        help="Share of the expected sales that may be lost: bad debts, claims, …",
    )
    risk_cost = fields.Monetary(compute="_compute_worth", store=True)
    development_value = fields.Monetary(
        compute="_compute_worth",
        store=True,
        help="Expected profit less interest on stock, staff, travel, management and "
        "risk.",
    )
    worth = fields.Selection(
        [
            ("worth", "Worth it"),
            ("borderline", "Borderline"),
            ("not", "Not worth it"),
        ],
        compute="_compute_worth",
        store=True,
        help="By the development value as a share of the expected sales; the limits "
        "are settings. Empty until sales and margin are entered.",
    )

    @api.depends("company_id")
    def _compute_risk_line_ids(self):
        """A line for each indicator of the company."""
        for screening in self:
            company = screening.company_id
            if screening.risk_line_ids.indicator_id.company_id != company:
                screening.risk_line_ids = [
                    fields.Command.clear(),
                    *company._kam_risk_line_commands(),
                ]

    @api.depends(
        "company_id",
        "risk_line_ids.points",
        "risk_line_ids.weight",
        "risk_line_ids.is_scored",
    )
    def _compute_risk(self):
        for screening in self:
            lines = screening.risk_line_ids.filtered("weight")
            screening.risk_score = lines._weighted_score()
            scored = lines and all(lines.mapped("is_scored"))
            screening.risk_verdict = scored and (
                screening.company_id.sudo()._kam_risk_verdict(screening.risk_score)
            )

    @api.depends(
        "company_id",
        "expected_revenue",
        "expected_margin",
        "interest_rate",
        "risk_rate",
        *COSTS,
    )
    def _compute_worth(self):
        for screening in self:
            sales = screening.expected_revenue
            screening.expected_profit = sales * screening.expected_margin / 100
            screening.stock_interest = (
                screening.stock_value * screening.interest_rate / 100
            )
            screening.risk_cost = sales * screening.risk_rate / 100
            screening.development_value = screening.expected_profit - (
                screening.stock_interest
                + screening.staff_cost
                + screening.travel_cost
                + screening.management_cost
                + screening.risk_cost
            )
            known = sales and screening.expected_margin
            screening.worth = known and screening.company_id.sudo()._kam_worth_verdict(
                screening.development_value / sales * 100
            )

    @api.constrains(
        "expected_revenue", "expected_margin", "interest_rate", "risk_rate", *COSTS
    )
    def _check_worth(self):
        for screening in self:
            for fname in ("expected_revenue", "interest_rate", "risk_rate", *COSTS):
                if screening[fname] < 0:
                    raise ValidationError(
                        self.env._(
                            "“%(figure)s” must not be negative.",
                            figure=self._fields[fname]._description_string(self.env),
                        )
                    )
            if not -100 <= screening.expected_margin <= 100:
                raise ValidationError(
                    self.env._("The expected margin must be between -100 and 100 %.")
                )
            if screening.risk_rate > 100:
                raise ValidationError(
                    self.env._("The risk must be between 0 and 100 %.")
                )

    def _risk_open_point(self):
        """:return: sentence that says what the risk sheet lacks, or ``None``"""
        self.ensure_one()
        lines = self.risk_line_ids
        if not lines:
            return self.env._("Add indicators to the risk sheet.")
        if not sum(lines.mapped("weight")):
            return self.env._(
                "All weights of the risk sheet are zero: give at least one indicator "
                "a weight."
            )
        unscored = lines.filtered(lambda line: line.weight and not line.is_scored)
        if unscored:
            return self.env._(
                "Not scored yet on the risk sheet: %(indicators)s.",
                indicators=", ".join(unscored.indicator_id.mapped("name")),
            )
        return None
