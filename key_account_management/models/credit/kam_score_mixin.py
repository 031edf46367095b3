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
        translate=True, help="When to give 0 points, and when to give 100."
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
                        "The weight of “%(indicator)s” must be greater than 0. "
                        "Archive the indicator to exclude it.",
                        indicator=indicator.name,
                    )
                )


class KamScoreLineMixin(models.AbstractModel):
    """Line of a form that gives points, or none yet."""

    _name = "kam.score.line.mixin"
    _inherit = ["kam.form.part.mixin"]
    _description = "Line with Points"

    points = fields.Float(digits=(5, 2), aggregator="avg")
    is_scored = fields.Boolean(
        string="Scored",
        compute="_compute_is_scored",
        store=True,
        readonly=False,
        help="Distinguishes 0 points from not scored yet.",
    )
    comment = fields.Char()

    _points_range = models.Constraint(
        "CHECK (points BETWEEN 0 AND 100)", "Points must be between 0 and 100."
    )

    @api.depends("points")
    def _compute_is_scored(self):
        for line in self:
            line.is_scored = line.is_scored or bool(line.points)

    def _weighted_score(self):
        """Weighted average of the points: 0 to 100."""
        total = sum(line._get_weight() for line in self)
        if not total:
            return 0.0
        return sum(line._get_weight() * line.points for line in self) / total

    def _get_weight(self):
        """How much the line counts in the score."""
        self.ensure_one()
        return 1.0


class KamIndicatorScoreMixin(models.AbstractModel):
    """Points that a form gives to one indicator.

    Shared by the lines of credit assessments and of risk sheets, which give
    ``indicator_id``, a model with ``kam.indicator.mixin``.
    """

    _name = "kam.indicator.score.mixin"
    _inherit = ["kam.score.line.mixin"]
    _description = "Score of an Indicator"

    weight = fields.Float(
        compute="_compute_weight", store=True, precompute=True, aggregator=None
    )

    @api.depends("indicator_id")
    def _compute_weight(self):
        for line in self:
            line.weight = line.indicator_id.weight

    def _get_weight(self):
        return self.weight
