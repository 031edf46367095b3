from odoo import api, fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    kam_visit_cadence_ids = fields.One2many(
        "kam.visit.cadence", "company_id", string="Key Account Visit Cadences"
    )
    kam_silence_days = fields.Integer(
        string="Days Without a Visit That Are Too Many",
        default=90,
        help="Where the visit cadence says nothing.",
    )

    _kam_silence_days_positive = models.Constraint(
        "CHECK (kam_silence_days > 0)",
        "Set at least one day.",
    )

    @api.model
    def _kam_rule_sets(self):
        return [*super()._kam_rule_sets(), "kam_visit_cadence_ids"]
