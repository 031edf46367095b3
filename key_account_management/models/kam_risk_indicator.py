from odoo import api, fields, models
from odoo.exceptions import ValidationError


class KamRiskIndicator(models.Model):
    """What the risk sheet of a screening scores, and how much it counts."""

    _name = "kam.risk.indicator"
    _inherit = ["kam.indicator.mixin"]
    _description = "Risk Indicator"
    _order = "company_id, sequence, id"


class KamRiskLine(models.Model):
    """Points of one indicator on the risk sheet of a screening."""

    _name = "kam.risk.line"
    _inherit = ["kam.form.part.mixin"]
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
    weight = fields.Float(
        compute="_compute_weight",
        store=True,
        readonly=False,
        aggregator=None,
        help="0 leaves the indicator out of this sheet.",
    )
    points = fields.Float(
        digits=(5, 2),
        aggregator="avg",
        help="0 (speaks against the customer) to 100 (no risk seen).",
    )
    is_scored = fields.Boolean(
        string="Scored",
        compute="_compute_is_scored",
        store=True,
        readonly=False,
        help="Tells 0 points from points that nobody has given yet.",
    )
    comment = fields.Char()

    _points_range = models.Constraint(
        "CHECK (points BETWEEN 0 AND 100)", "Points lie between 0 and 100."
    )
    _weight_positive = models.Constraint(
        "CHECK (weight >= 0)", "Weights must not be negative."
    )
    _indicator_uniq = models.Constraint(
        "UNIQUE (screening_id, indicator_id)",
        "An indicator is scored once on a risk sheet.",
    )

    @api.depends("indicator_id")
    def _compute_weight(self):
        for line in self:
            line.weight = line.indicator_id.weight

    @api.depends("points")
    def _compute_is_scored(self):
        for line in self:
            line.is_scored = line.is_scored or bool(line.points)

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
