"""Settings and rules of credit (see kam_credit_grade.py)."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..base.groups import INTERNAL, RULE_READERS


class ResCompany(models.Model):
    _inherit = "res.company"  # pylint: disable=R8180

    kam_credit_grade_ids = fields.One2many(
        "kam.credit.grade",
        "company_id",
        string="Credit Grades",
        groups=RULE_READERS,
    )
    kam_credit_indicator_ids = fields.One2many(
        "kam.credit.indicator",
        "company_id",
        string="Credit Indicators",
        groups=RULE_READERS,
    )
    kam_credit_lead = fields.Selection(
        [
            ("bands", "Bands of traded amount and performance"),
            ("score", "Score of the assessment"),
            ("worse", "The worse of both"),
        ],
        string="Credit Grade by",
        default="worse",
        required=True,
        groups=INTERNAL,
    )
    kam_performance_min = fields.Float(
        string="Minimum Contract Performance (%)", default=75.0, groups=INTERNAL
    )
    kam_performance_tolerance = fields.Integer(
        string="Payment Tolerance (Days)", default=5, groups=INTERNAL
    )
    kam_performance_grace_months = fields.Integer(
        string="Grace Period (Months)", default=6, groups=INTERNAL
    )
    kam_assessment_months = fields.Integer(
        string="Credit Assessment Valid for (Months)", default=12, groups=INTERNAL
    )

    @api.constrains(
        "kam_performance_min",
        "kam_performance_tolerance",
        "kam_performance_grace_months",
        "kam_assessment_months",
    )
    def _check_kam_credit(self):
        for company in self:
            if not 0 <= company.kam_performance_min <= 100:
                raise ValidationError(
                    self.env._(
                        "The minimum contract performance must be between 0 and 100%."
                    )
                )
            if (
                min(
                    company.kam_performance_tolerance,
                    company.kam_performance_grace_months,
                )
                < 0
                or company.kam_assessment_months < 1
            ):
                raise ValidationError(
                    self.env._(
                        "Days and months of the credit settings must not be negative, "
                        "and an assessment is valid for at least one month."
                    )
                )

    @api.model
    def _kam_rule_sets(self):
        return [
            *super()._kam_rule_sets(),
            "kam_credit_grade_ids",
            "kam_credit_indicator_ids",
        ]
