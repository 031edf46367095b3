from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"  # pylint: disable=R8180

    kam_risk_low = fields.Float(related="company_id.kam_risk_low", readonly=False)
    kam_risk_high = fields.Float(related="company_id.kam_risk_high", readonly=False)
    kam_worth_good = fields.Float(related="company_id.kam_worth_good", readonly=False)
    kam_worth_bad = fields.Float(related="company_id.kam_worth_bad", readonly=False)
    kam_screening_auto = fields.Boolean(
        related="company_id.kam_screening_auto", readonly=False
    )
    kam_screening_protection_months = fields.Integer(
        related="company_id.kam_screening_protection_months", readonly=False
    )
    kam_first_visit_days = fields.Integer(
        related="company_id.kam_first_visit_days", readonly=False
    )
