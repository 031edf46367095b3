from odoo import api, fields, models
from odoo.exceptions import ValidationError


class KamIndicatorMixin(models.AbstractModel):
    """What a form of a company scores, and how much it counts.

    Shared by the indicators of credit assessments and of risk sheets.
    """

    _name = "kam.indicator.mixin"
    _description = "Indicator"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
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
