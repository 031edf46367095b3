"""Rules on credit, in SQL (G1, G2)."""

from odoo import models
from odoo.tools import SQL

from .kam_credit_grade import percent


class KamRules(models.AbstractModel):
    _inherit = "kam.rules"  # pylint: disable=R8180

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
        return grades._grade_at_sql(
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
