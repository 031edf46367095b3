from odoo import api, fields, models
from odoo.exceptions import ValidationError

# Figures that are never negative.
BASES = (
    "current_assets",
    "current_liabilities",
    "total_assets",
    "revenue",
    "cost_of_sales",
    "receivables",
    "inventory",
)


class KamFinancialRatioMixin(models.AbstractModel):
    """Financial statement of a customer, and its ratios (B4, G3)."""

    _name = "kam.financial.ratio.mixin"
    _description = "Financial Statement with Ratios"

    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
        help="Ratios need no conversion: figures are in the customer's currency.",
    )
    period = fields.Selection(
        [("year", "Last year"), ("quarter", "Last quarter")],
        required=True,
        default="year",
    )
    date_end = fields.Date(string="Period Ended on", required=True)
    current_assets = fields.Monetary()
    current_liabilities = fields.Monetary()
    total_assets = fields.Monetary()
    equity = fields.Monetary()
    revenue = fields.Monetary(string="Operating Revenue")
    cost_of_sales = fields.Monetary()
    net_profit = fields.Monetary()
    receivables = fields.Monetary()
    inventory = fields.Monetary()
    current_ratio = fields.Float(
        compute="_compute_ratios",
        digits=(16, 2),
        help="Current assets / current liabilities.",
    )
    net_margin = fields.Float(
        compute="_compute_ratios",
        digits=(16, 4),
        help="Net profit / operating revenue.",
    )
    return_on_assets = fields.Float(
        compute="_compute_ratios",
        digits=(16, 4),
        help="Net profit of a year / total assets.",
    )
    collection_days = fields.Float(
        string="Collection Period (Days)",
        compute="_compute_ratios",
        digits=(16, 1),
        help="Receivables / operating revenue × days of the period.",
    )
    inventory_days = fields.Float(
        string="Inventory Period (Days)",
        compute="_compute_ratios",
        digits=(16, 1),
        help="Inventory / cost of sales × days of the period.",
    )

    @api.depends("period", "net_profit", *BASES)
    def _compute_ratios(self):
        for statement in self:
            days, share = (365, 1) if statement.period == "year" else (91, 4)
            values = {
                "current_ratio": ("current_assets", "current_liabilities", 1),
                "net_margin": ("net_profit", "revenue", 1),
                "return_on_assets": ("net_profit", "total_assets", share),
                "collection_days": ("receivables", "revenue", days),
                "inventory_days": ("inventory", "cost_of_sales", days),
            }
            for fname, (numerator, denominator, factor) in values.items():
                base = statement[denominator]
                statement[fname] = base and statement[numerator] / base * factor

    @api.constrains(*BASES)
    def _check_amounts(self):
        for statement in self:
            for fname in BASES:
                if statement[fname] < 0:
                    raise ValidationError(
                        self.env._(
                            "“%(figure)s” must not be negative.",
                            figure=self._fields[fname]._description_string(self.env),
                        )
                    )
