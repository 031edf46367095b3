from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"  # pylint: disable=R8180

    kam_deadline_mode = fields.Selection(
        related="company_id.kam_deadline_mode", readonly=False
    )
