from odoo import fields, models


class KamCreditStatement(models.Model):
    """Financial statement of a customer, as part of a credit assessment."""

    _name = "kam.credit.statement"
    _inherit = ["kam.form.part.mixin", "kam.financial.ratio.mixin"]
    _form_field = "assessment_id"
    _description = "Financial Statement"
    _order = "assessment_id, date_end desc, id"

    assessment_id = fields.Many2one(
        "kam.credit.assessment", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="assessment_id.company_id", store=True)
