"""What a screening looks at, line by line."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class KamScreeningPart(models.AbstractModel):
    """Lines of a screening: they go by its rules, and are fixed with it."""

    _name = "kam.screening.part.mixin"
    _inherit = ["kam.form.part.mixin"]
    _form_field = "screening_id"
    _description = "Part of a Screening"

    screening_id = fields.Many2one(
        "kam.screening", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="screening_id.company_id", store=True)
    sequence = fields.Integer(default=10)


class KamScreeningResource(models.Model):
    """What a department can do for the needs of the customer, and how well it fits."""

    _name = "kam.screening.resource"
    _inherit = ["kam.screening.part.mixin", "kam.score.line.mixin"]
    _description = "Resource Assessment"
    _order = "screening_id, sequence, id"
    _rec_name = "department"

    department = fields.Selection(
        [
            ("technology", "Technology"),
            ("production", "Production"),
            ("after_sales", "After-sales"),
            ("quality", "Quality"),
            ("logistics", "Logistics"),
            ("finance", "Finance"),
            ("other", "Other"),
        ],
        required=True,
        default="technology",
    )
    need = fields.Char(string="Customer Need", required=True)
    resource = fields.Char(string="Our Resource")
    points = fields.Float(
        string="Fit", help="0 (we cannot) to 100 (we can do all that is needed)."
    )
    is_scored = fields.Boolean(
        string="Rated", help="Distinguishes a fit of 0 from one that is not rated yet."
    )


class KamScreeningCompetitor(models.Model):
    """Who else supplies the customer, and with what."""

    _name = "kam.screening.competitor"
    _inherit = ["kam.screening.part.mixin"]
    _description = "Competitor at a Candidate"
    _order = "screening_id, share desc, id"

    name = fields.Char(string="Competitor", required=True)
    share = fields.Float(
        string="Share (%)",
        digits=(5, 2),
        aggregator=None,
        help="Share of what the customer buys.",
    )
    technology = fields.Char()
    product = fields.Char(string="Products")
    service = fields.Char(string="Services")
    strengths = fields.Text()
    weaknesses = fields.Text()

    _share_range = models.Constraint(
        "CHECK (share BETWEEN 0 AND 100)", "The share must be between 0 and 100 %."
    )

    @api.constrains("share", "screening_id")
    def _check_shares(self):
        for screening in self.screening_id:
            if round(sum(screening.competitor_ids.mapped("share")), 2) > 100:
                raise ValidationError(
                    self.env._("The shares of the competitors exceed 100 %.")
                )


class KamScreeningAdvantage(models.Model):
    """A competitive advantage that we offer (B6)."""

    _name = "kam.screening.advantage"
    _inherit = ["kam.screening.part.mixin"]
    _description = "Advantage Offered"
    _order = "screening_id, sequence, id"

    kind = fields.Selection(
        [
            ("cost", "Lower total purchasing cost"),
            ("revenue", "Higher revenue"),
            ("waste", "Less waste"),
            ("efficiency", "Better efficiency"),
            ("solution", "A real solution"),
            ("intangible", "Intangible value"),
        ],
        required=True,
    )
    name = fields.Char(string="Our Offer", required=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    value = fields.Monetary(
        string="Annual Value", help="Annual value for the customer."
    )

    _value_positive = models.Constraint(
        "CHECK (value >= 0)", "The annual value must not be negative."
    )


class KamScreeningStatement(models.Model):
    """Operating figures of the customer (B4), with the ratios of a credit statement."""

    _name = "kam.screening.statement"
    _inherit = ["kam.screening.part.mixin", "kam.financial.ratio.mixin"]
    _description = "Operating Figures of a Candidate"
    _order = "screening_id, date_end desc, id"
    _rec_name = "date_end"
