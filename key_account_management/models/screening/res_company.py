"""Settings and rules of screening (see kam_screening.py)."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..base.groups import INTERNAL

VERDICT_LIMITS = {"kam_risk_low", "kam_risk_high", "kam_worth_good", "kam_worth_bad"}


class ResCompany(models.Model):
    _inherit = "res.company"  # pylint: disable=R8180

    kam_risk_indicator_ids = fields.One2many(
        "kam.risk.indicator", "company_id", string="Risk Indicators", groups=INTERNAL
    )
    kam_risk_low = fields.Float(
        string="Low Risk From (Score)", default=70.0, groups=INTERNAL
    )
    kam_risk_high = fields.Float(
        string="High Risk Below (Score)", default=50.0, groups=INTERNAL
    )
    kam_worth_good = fields.Float(
        string="Development Worth It From (% of Sales)", default=5.0, groups=INTERNAL
    )
    kam_worth_bad = fields.Float(
        string="Development Not Worth It Below (% of Sales)",
        default=0.0,
        groups=INTERNAL,
    )
    kam_screening_auto = fields.Boolean(
        string="Propose Screenings Automatically", groups=INTERNAL
    )
    kam_screening_protection_months = fields.Integer(
        string="Protection of Confirmed Accounts (Months)", default=12, groups=INTERNAL
    )
    kam_first_visit_days = fields.Integer(
        string="First Visit Within (Days)", default=7, groups=INTERNAL
    )

    # ------------------------------------------------------------
    # Constraints
    # ------------------------------------------------------------

    @api.constrains(*VERDICT_LIMITS)
    def _check_kam_verdicts(self):
        for company in self:
            if not 0 <= company.kam_risk_high <= company.kam_risk_low <= 100:
                raise ValidationError(
                    self.env._(
                        "The limits of the risk score must satisfy "
                        "0 ≤ high risk ≤ low risk ≤ 100."
                    )
                )
            if company.kam_worth_bad > company.kam_worth_good:
                raise ValidationError(
                    self.env._(
                        "The limit of “worth it” must not be below that of “not worth "
                        "it”."
                    )
                )

    @api.constrains("kam_screening_protection_months", "kam_first_visit_days")
    def _check_kam_screening_periods(self):
        for company in self:
            periods = (
                company.kam_screening_protection_months,
                company.kam_first_visit_days,
            )
            if min(periods) < 0:
                raise ValidationError(
                    self.env._("Days and months of screening must not be negative.")
                )

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & VERDICT_LIMITS:
            self._kam_judge_again()
        return result

    def _kam_judge_again(self):
        """Apply new limits to open screenings. Fixed ones keep their verdicts, so the
        limits are no dependencies of these.
        """
        Screening = self.env["kam.screening"].sudo()
        screenings = Screening.search(
            [
                ("company_id", "in", self.ids),
                ("result", "=", "open"),
                ("approval_state", "in", ("draft", "returned")),
            ]
        )
        for fname in ("risk_verdict", "worth"):
            self.env.add_to_compute(Screening._fields[fname], screenings)

    @api.model
    def _kam_rule_sets(self):
        return [*super()._kam_rule_sets(), "kam_risk_indicator_ids"]
