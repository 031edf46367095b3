"""Settings and rules of credit (see kam_credit_grade.py)."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..base.groups import RULE_READERS
from .kam_credit_grade import percent


class ResCompany(models.Model):
    _inherit = "res.company"

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
    )
    kam_performance_min = fields.Float(
        string="Minimum Contract Performance (%)", default=75.0
    )
    kam_performance_tolerance = fields.Integer(
        string="Tolerance of Payment (Days)", default=5
    )
    kam_performance_grace_months = fields.Integer(
        string="Grace After Restoration (Months)", default=6
    )
    kam_assessment_months = fields.Integer(
        string="Credit Assessment Valid for (Months)", default=12
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
                        "The minimum contract performance lies between 0 and 100 %."
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

    def _kam_credit_grades(self):
        """Grades in force, the best first."""
        return self.sudo().kam_credit_grade_ids.filtered("active").sorted()

    def _kam_withheld_sql(self, alias, day):
        """Whether key-account treatment is withheld (G2).

        It was withdrawn and not restored since, or the performance rate is below the
        minimum and no restoration grants a grace.

        :param str alias: SQL alias of a row with the columns of the register
        :param date day: day of the picture
        """
        return SQL(
            """
            (COALESCE(%(hold)s <= %(day)s, FALSE) OR (
                COALESCE(%(rate)s < %(minimum)s, FALSE)
                AND COALESCE(%(grace)s < %(day)s, TRUE)))
            """,
            hold=SQL.identifier(alias, "performance_hold_date"),
            rate=SQL.identifier(alias, "performance_rate"),
            grace=SQL.identifier(alias, "performance_grace_date"),
            minimum=percent(self.kam_performance_min),
            day=day,
        )

    def _kam_credit_grade_sql(self, alias, current_tier, day):
        """Credit grade that the figures call for.

        Of key accounts, of those that lost the treatment, and of graded customers by
        the leading rule; of potential key accounts, who hardly trade yet, by their
        assessment alone.

        :param str alias: SQL alias of a row with the verdict on its potential
        :param SQL current_tier: id of the tier that the account is in
        """
        grades = self._kam_credit_grades()
        if not grades:
            return SQL("NULL::int4")
        bands = grades._band_sql(alias)
        score = grades._score_sql(
            SQL(
                "(CASE WHEN %s >= %s THEN %s END)",
                SQL.identifier(alias, "credit_valid_until"),
                day,
                SQL.identifier(alias, "credit_score"),
            )
        )
        leading = {
            "bands": bands,
            "score": score,
            "worse": SQL("GREATEST(%s, %s)", bands, score),
        }[self.kam_credit_lead]
        return grades._at_sql(
            SQL(
                """
                CASE WHEN COALESCE(%(tier)s, %(grade)s) IS NOT NULL
                        OR %(hold)s IS NOT NULL
                    THEN %(leading)s
                    WHEN %(potential)s THEN %(score)s END
                """,
                tier=current_tier,
                grade=SQL.identifier(alias, "credit_grade_id"),
                hold=SQL.identifier(alias, "performance_hold_date"),
                potential=SQL.identifier(alias, "is_potential"),
                leading=leading,
                score=score,
            )
        )
