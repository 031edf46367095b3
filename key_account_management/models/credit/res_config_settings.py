from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"  # pylint: disable=R8180

    kam_credit_lead = fields.Selection(
        related="company_id.kam_credit_lead", readonly=False
    )
    kam_performance_min = fields.Float(
        related="company_id.kam_performance_min", readonly=False
    )
    kam_performance_tolerance = fields.Integer(
        related="company_id.kam_performance_tolerance", readonly=False
    )
    kam_performance_grace_months = fields.Integer(
        related="company_id.kam_performance_grace_months", readonly=False
    )
    kam_assessment_months = fields.Integer(
        related="company_id.kam_assessment_months", readonly=False
    )
