from odoo import api, fields, models
from odoo.exceptions import ValidationError

CATEGORIES = [
    ("basics", "Basics"),
    ("capability", "Overall capability"),
    ("capital", "Capital"),
    ("environment", "Environment"),
]


class KamCreditIndicator(models.Model):
    """What a credit assessment scores, and how much it counts."""

    _name = "kam.credit.indicator"
    _description = "Credit Indicator"
    _order = "company_id, category, sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    category = fields.Selection(CATEGORIES, required=True)
    weight = fields.Float(default=1.0, required=True)
    guidance = fields.Text(
        translate=True, help="What deserves 0 points, and what deserves 100."
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
    )

    @api.constrains("weight")
    def _check_weight(self):
        for indicator in self:
            if indicator.weight <= 0:
                raise ValidationError(
                    self.env._(
                        "The weight of “%(indicator)s” must be more than 0. Archive "
                        "the indicator to leave it out.",
                        indicator=indicator.name,
                    )
                )
