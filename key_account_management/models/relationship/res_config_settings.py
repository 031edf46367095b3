from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"  # pylint: disable=R8180

    kam_silence_days = fields.Integer(
        related="company_id.kam_silence_days", readonly=False
    )
