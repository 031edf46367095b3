from odoo import api, fields, models

from ..base.groups import INTERNAL


class ResCompany(models.Model):
    _inherit = "res.company"  # pylint: disable=R8180

    kam_visit_cadence_ids = fields.One2many(
        "kam.visit.cadence",
        "company_id",
        string="Key Account Visit Cadences",
        groups=INTERNAL,
    )

    @api.model
    def _kam_rule_sets(self):
        return [*super()._kam_rule_sets(), "kam_visit_cadence_ids"]
