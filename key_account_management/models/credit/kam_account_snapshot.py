from odoo import api, fields, models

from ..base.groups import CREDIT_READERS


class KamAccountSnapshot(models.Model):
    _inherit = "kam.account.snapshot"

    performance_rate = fields.Float(
        string="Contract Performance",
        digits=(5, 4),
        readonly=True,
        aggregator="avg",
        groups=CREDIT_READERS,
    )

    @api.model
    def _measured_fields(self):
        return (*super()._measured_fields(), "performance_rate")
