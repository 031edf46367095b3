from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..relationship.res_partner import LEVELS


class KamVisitCadence(models.Model):
    """How often customers of a tier are visited, by level of the people (D9, C4)."""

    _name = "kam.visit.cadence"
    _inherit = ["kam.access.mixin"]
    _description = "Visit Cadence"
    _order = "company_id, tier_sequence, level"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
    )
    tier_id = fields.Many2one(
        "kam.tier",
        index="btree_not_null",
        ondelete="cascade",
        check_company=True,
        help="Leave empty for potential key accounts.",
    )
    tier_sequence = fields.Integer(related="tier_id.sequence", store=True)
    level = fields.Selection(LEVELS, required=True, default="middle")
    interval_number = fields.Integer(string="Every", required=True, default=1)
    interval_unit = fields.Selection(
        [("week", "Weeks"), ("month", "Months")],
        string="Unit",
        required=True,
        default="month",
    )

    _interval_range = models.Constraint(
        "CHECK (interval_number BETWEEN 1 AND 60)",
        "The interval must be between 1 and 60.",
    )
    _tier_level_uniq = models.UniqueIndex(
        "(company_id, COALESCE(tier_id, 0), level)",
        "There is already a cadence for this tier and level.",
    )

    @api.constrains("tier_id", "company_id")
    def _check_tier_company(self):
        for cadence in self:
            if cadence.tier_id and cadence.tier_id.company_id != cadence.company_id:
                raise ValidationError(
                    self.env._("The tier belongs to another company.")
                )

    def _filter_for_account(self, account):
        """Those of the cadences that an account is visited by."""
        if not account.tier_id and not account.is_potential:
            return self.browse()
        return self.filtered(lambda cadence: cadence.tier_id == account.tier_id)

    def _get_interval(self):
        self.ensure_one()
        return relativedelta(**{f"{self.interval_unit}s": self.interval_number})
