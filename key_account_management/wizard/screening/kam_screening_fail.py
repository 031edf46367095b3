from odoo import fields, models


class KamScreeningFail(models.TransientModel):
    """Why the development of candidates failed."""

    _name = "kam.screening.fail"
    _inherit = ["kam.access.mixin"]
    _description = "Fail a Screening"

    screening_ids = fields.Many2many("kam.screening", required=True)
    reason_id = fields.Many2one("crm.lost.reason", required=True)
    text = fields.Text(
        string="Reason Details",
        required=True,
        help="What to know before trying again.",
    )

    def action_apply(self):
        self.screening_ids._fail_development(self.reason_id, self.text)
        return {"type": "ir.actions.act_window_close"}
