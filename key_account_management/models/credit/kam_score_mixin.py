"""What a form scores, and the points that it gives."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class KamIndicatorMixin(models.AbstractModel):
    """What a form of a company scores, and how much it counts.

    Shared by the indicators of credit assessments and of risk sheets.
    """

    _name = "kam.indicator.mixin"
    _inherit = ["kam.used.mixin"]
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


class KamScoreLineMixin(models.AbstractModel):
    """Points that a form gives to one indicator.

    Shared by the lines of credit assessments and of risk sheets, which give
    ``indicator_id``, a model with ``kam.indicator.mixin``.
    """

    _name = "kam.score.line.mixin"
    _inherit = ["kam.form.part.mixin"]
    _description = "Score of an Indicator"

    weight = fields.Float(
        compute="_compute_weight", store=True, precompute=True, aggregator=None
    )
    points = fields.Float(digits=(5, 2), aggregator="avg")
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

    @api.depends("indicator_id")
    def _compute_weight(self):
        for line in self:
            line.weight = line.indicator_id.weight

    @api.depends("points")
    def _compute_is_scored(self):
        for line in self:
            line.is_scored = line.is_scored or bool(line.points)

    def _weighted_score(self):
        """Weighted average of the points: 0 to 100."""
        weight = sum(self.mapped("weight"))
        if not weight:
            return 0.0
        return sum(line.weight * line.points for line in self) / weight
