from odoo import fields, models

CATEGORIES = [
    ("basics", "Basics"),
    ("capability", "Overall capability"),
    ("capital", "Capital"),
    ("environment", "Environment"),
]


class KamCreditIndicator(models.Model):
    """What a credit assessment scores, and how much it counts."""

    _name = "kam.credit.indicator"
    _inherit = ["kam.indicator.mixin", "kam.access.mixin"]
    _description = "Credit Indicator"
    _order = "company_id, category, sequence, id"

    category = fields.Selection(CATEGORIES, required=True)
