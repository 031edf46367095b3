from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL


class KamCriterionMixin(models.AbstractModel):
    """How many points a metric of an account earns.

    The saved criteria and those tried out in a simulation share this definition,
    so that a simulation cannot disagree with the refresh.
    """

    _name = "kam.criterion.mixin"
    _description = "Key Account Criterion Mixin"

    metric = fields.Selection(
        selection="_selection_metric",
        required=True,
        help="The figure of the account that is rated.",
    )
    weight = fields.Float(
        default=10.0,
        required=True,
        help="Importance of the criterion relative to the others.",
    )
    floor = fields.Float(
        required=True,
        default=0.0,
        help="Up to this value, the criterion earns no points.",
    )
    target = fields.Float(
        required=True,
        default=100.0,
        help="At this value and above, the criterion earns 100 points.",
    )

    # ------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------

    @api.model
    def _selection_metric(self):
        return self.env["kam.account"]._selection_metric()

    @api.depends("metric")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._selection_metric())
        for criterion in self:
            criterion.display_name = labels.get(criterion.metric) or criterion.metric

    # ------------------------------------------------------------
    # Constraints
    # ------------------------------------------------------------

    @api.constrains("weight", "floor", "target")
    def _check_scale(self):
        for criterion in self:
            if criterion.weight < 0:
                raise ValidationError(
                    self.env._(
                        "The weight of “%(criterion)s” must not be negative.",
                        criterion=criterion.display_name,
                    )
                )
            if criterion.floor >= criterion.target:
                raise ValidationError(
                    self.env._(
                        "The floor of “%(criterion)s” (%(floor)s) must be below its "
                        "target (%(target)s).",
                        criterion=criterion.display_name,
                        floor=criterion.floor,
                        target=criterion.target,
                    )
                )

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_metric(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_metric(vals)
        return super().write(vals)

    @api.model
    def _check_metric(self, vals):
        metrics = [metric for metric, _label in self._selection_metric()]
        if vals.get("metric") and vals["metric"] not in metrics:
            raise ValidationError(
                self.env._(
                    "“%(metric)s” is not a figure of key accounts.",
                    metric=vals["metric"],
                )
            )

    # ------------------------------------------------------------
    # Business
    # ------------------------------------------------------------

    @api.model
    def _rule_fields(self):
        """Fields that define the rule, as opposed to what it belongs to."""
        return ["metric", "weight", "floor", "target"]

    def _check_total_weight(self):
        """Raise a ValidationError when the weights of ``self`` leave no score."""
        if sum(self.mapped("weight")) <= 0:
            raise ValidationError(
                self.env._(
                    "The weights of the criteria add up to zero: give at least one "
                    "criterion a weight."
                )
            )

    def _points_sql(self, alias):
        """Points (0–100) of one criterion, clamped linearly from floor to target.

        An empty value, such as the growth of a customer without a base, earns none.

        :param str alias: SQL alias of a row with the metrics as columns
        """
        self.ensure_one()
        value = SQL.identifier(alias, self.metric)
        if self.metric not in self.env["kam.account"]._metric_fields():
            # Entered by people: empty means 0
            value = SQL("COALESCE(%s, 0)", value)
        return SQL(
            "LEAST(100, GREATEST(0, (%s - %s) * %s))",
            value,
            self.floor,
            100 / (self.target - self.floor),
        )

    def _score_sql(self, alias):
        """Score (0–100): mean of the points of the criteria ``self`` by weight."""
        total = sum(self.mapped("weight"))
        if total <= 0:
            return SQL("0::numeric")
        terms = (SQL("%s * %s", c.weight, c._points_sql(alias)) for c in self)
        return SQL("ROUND(((%s) / %s)::numeric, 2)", SQL(" + ").join(terms), total)

    def _explanation_sql(self, alias):
        """JSON array with value, scale, weight and points of each criterion."""
        items = [
            SQL(
                """jsonb_build_object('metric', %s, 'value', %s, 'floor', %s,
                    'target', %s, 'weight', %s,
                    'points', ROUND((%s)::numeric, 2))""",
                criterion.metric,
                SQL.identifier(alias, criterion.metric),
                criterion.floor,
                criterion.target,
                criterion.weight,
                criterion._points_sql(alias),
            )
            for criterion in self
        ]
        return SQL("jsonb_build_array(%s)", SQL(", ").join(items))


class KamCriterion(models.Model):
    _name = "kam.criterion"
    _inherit = ["kam.criterion.mixin", "kam.access.mixin"]
    _description = "Key Account Criterion"
    _order = "sequence, id"

    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
    )
    weight_share = fields.Float(
        string="Share of Score",
        compute="_compute_weight_share",
        help="Part of the score that this criterion decides.",
    )

    _metric_uniq = models.Constraint(
        "UNIQUE (company_id, metric)",
        "This figure is already rated by another criterion of the company.",
    )

    @api.depends("weight", "active", "company_id.kam_criterion_ids.weight")
    def _compute_weight_share(self):
        for criterion in self:
            total = sum(criterion.company_id._kam_criteria().mapped("weight"))
            share = criterion.weight / total if total and criterion.active else 0
            criterion.weight_share = share

    @api.constrains("weight", "active", "company_id")
    def _check_weights(self):
        for company in self.company_id:
            company._kam_criteria()._check_total_weight()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_last_weight(self):
        for company in self.company_id:
            (company._kam_criteria() - self)._check_total_weight()
