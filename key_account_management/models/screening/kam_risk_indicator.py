from odoo import api, fields, models
from odoo.exceptions import ValidationError


class KamRiskIndicator(models.Model):
    """What the risk sheet of a screening scores, and how much it counts."""

    _name = "kam.risk.indicator"
    _inherit = ["kam.indicator.mixin", "kam.access.mixin"]
    _description = "Risk Indicator"
    _order = "company_id, sequence, id"


class KamRiskLine(models.Model):
    """Points of one indicator on the risk sheet of a screening."""

    _name = "kam.risk.line"
    _inherit = ["kam.indicator.score.mixin"]
    _form_field = "screening_id"
    _description = "Risk Score"
    _order = "screening_id, sequence, id"

    screening_id = fields.Many2one(
        "kam.screening", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="screening_id.company_id", store=True)
    indicator_id = fields.Many2one(
        "kam.risk.indicator", required=True, ondelete="restrict"
    )
    sequence = fields.Integer(related="indicator_id.sequence", store=True)
    guidance = fields.Text(related="indicator_id.guidance")
    weight = fields.Float(readonly=False, help="Set to 0 to leave the indicator out.")
    points = fields.Float(help="0 (speaks against the customer) to 100 (no risk seen).")

    _weight_positive = models.Constraint(
        "CHECK (weight >= 0)", "Weights must not be negative."
    )
    _indicator_uniq = models.Constraint(
        "UNIQUE (screening_id, indicator_id)",
        "An indicator is scored once on a risk sheet.",
    )

    @api.constrains("indicator_id", "screening_id")
    def _check_indicator_company(self):
        for line in self:
            if line.indicator_id.company_id != line.screening_id.company_id:
                raise ValidationError(
                    self.env._(
                        "The indicator “%(indicator)s” belongs to another company.",
                        indicator=line.indicator_id.name,
                    )
                )
