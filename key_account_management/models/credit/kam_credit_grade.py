from itertools import pairwise

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL, float_round

# How strict a policy is, the mildest first.
ORDER_POLICIES = [
    ("allow", "Allow"),
    ("warn", "Warn"),
    ("approval", "Ask for approval"),
    ("block", "Block"),
]
# Policies that hold an order back.
HOLDING = ("approval", "block")
REQUIREMENTS = ("min_amount", "min_performance", "min_score")


def percent(number):
    """A percentage as a share, free of what binary fractions add (9.3 / 100)."""
    return float_round(number / 100, precision_digits=6)


class KamCreditGrade(models.Model):
    """Credit grade: green, yellow, red or black list, and what it means."""

    _name = "kam.credit.grade"
    _inherit = ["kam.account.class.mixin", "kam.access.mixin"]
    _description = "Credit Grade"
    _order = "company_id, sequence, id"
    _account_field = "credit_grade_id"
    _account_action = "kam_account_action_register"

    sequence = fields.Integer(
        default=10,
        help="The first grade is the best. The last one is for customers who do not "
        "meet the requirements of any other.",
    )
    description = fields.Text(
        translate=True, help="How customers of this grade are treated."
    )
    min_amount = fields.Monetary(
        string="Traded Amount From",
        help="Untaxed revenue of the trailing window.",
    )
    min_performance = fields.Float(
        string="Performance From (%)",
        digits=(5, 2),
        help="Contract performance rate. Customers without obligations in the window "
        "meet any requirement.",
    )
    min_score = fields.Float(
        string="Score From",
        digits=(5, 2),
        help="Score (0–100) of the credit assessment.",
    )
    limit_type = fields.Selection(
        [
            ("amount", "A fixed amount"),
            ("share", "A share of the purchases of the window"),
        ],
        string="Proposed Limit",
        required=True,
        default="amount",
    )
    limit_amount = fields.Monetary(
        string="Limit", help="0: no limit, as in the accounting of Odoo."
    )
    limit_share = fields.Float(string="Share of Purchases (%)", digits=(5, 2))
    payment_term_id = fields.Many2one(
        "account.payment.term",
        string="Payment Terms",
        check_company=True,
        ondelete="restrict",
        help="Given to the customer with the grade. Leave empty to keep the current "
        "terms.",
    )
    order_policy = fields.Selection(
        ORDER_POLICIES,
        string="New Orders",
        required=True,
        default="warn",
        help="What happens when an order is confirmed, and when a confirmed order is "
        "increased.",
    )
    policy_scope = fields.Selection(
        [("over_limit", "Over the credit limit"), ("always", "Every order")],
        string="Applies to",
        required=True,
        default="over_limit",
    )

    # ------------------------------------------------------------
    # Constraints
    # ------------------------------------------------------------

    @api.constrains(*REQUIREMENTS, "limit_amount", "limit_share")
    def _check_numbers(self):
        for grade in self:
            percentages = (grade.min_performance, grade.min_score, grade.limit_share)
            if not all(0 <= number <= 100 for number in percentages):
                raise ValidationError(
                    self.env._(
                        "“%(grade)s”: percentages and scores must be between 0 and "
                        "100.",
                        grade=grade.name,
                    )
                )
            if min(grade.min_amount, grade.limit_amount) < 0:
                raise ValidationError(
                    self.env._(
                        "“%(grade)s”: amounts must not be negative.", grade=grade.name
                    )
                )

    @api.constrains("sequence", "active", "company_id", *REQUIREMENTS)
    def _check_bands(self):
        for company in self.company_id:
            for better, worse in pairwise(company._kam_credit_grades()):
                for fname in REQUIREMENTS:
                    if better[fname] < worse[fname]:
                        raise ValidationError(
                            self.env._(
                                "“%(better)s” is listed above “%(worse)s”, but its "
                                "“%(requirement)s” is lower.",
                                better=better.name,
                                worse=worse.name,
                                requirement=self._fields[fname]._description_string(
                                    self.env
                                ),
                            )
                        )

    # ------------------------------------------------------------
    # Rules
    # ------------------------------------------------------------

    def _get_limit(self, purchases):
        """Credit limit that the grade means.

        :param float purchases: revenue of the trailing window, company currency
        """
        self.ensure_one()
        if self.limit_type == "amount":
            return self.limit_amount
        share = max(purchases, 0) * self.limit_share / 100
        return self.currency_id.round(share)

    def _band_sql(self, alias):
        """Position (1: best) of a row of the register by amount and performance."""
        return self._position_sql(
            lambda grade: SQL(
                "%s >= %s AND COALESCE(%s >= %s, TRUE)",
                SQL.identifier(alias, "revenue_12m"),
                grade.min_amount,
                SQL.identifier(alias, "performance_rate"),
                percent(grade.min_performance),
            )
        )

    def _score_sql(self, score):
        """Position (1: best) by the score of the assessment; NULL without one."""
        position = self._position_sql(
            lambda grade: SQL("%s >= %s", score, grade.min_score)
        )
        return SQL("CASE WHEN %s IS NOT NULL THEN %s END", score, position)

    def _position_sql(self, condition):
        cases = [
            SQL("WHEN %s THEN %s", condition(grade), position)
            for position, grade in enumerate(self[:-1], 1)
        ]
        if not cases:
            return SQL("1")
        return SQL("CASE %s ELSE %s END", SQL(" ").join(cases), len(self))

    def _grade_at_sql(self, position):
        """Id of the grade at a position."""
        return SQL("(%s::int4[])[%s]", self.ids, position)
