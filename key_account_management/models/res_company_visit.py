from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    kam_visit_cadence_ids = fields.One2many(
        "kam.visit.cadence", "company_id", string="Key Account Visit Cadences"
    )
