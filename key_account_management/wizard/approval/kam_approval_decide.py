from odoo import api, fields, models


class KamApprovalDecide(models.TransientModel):
    """Give the reason for a refusal or a return, or the days of an extension."""

    _name = "kam.approval.decide"
    _inherit = ["kam.access.mixin"]
    _description = "Decide on an Approval"

    approval_ids = fields.Many2many("kam.approval", required=True, readonly=True)
    verdict = fields.Selection(
        [
            ("refused", "Refuse"),
            ("returned", "Return for Completion"),
            ("extended", "Extend the Deadline"),
        ],
        required=True,
        readonly=True,
    )
    comment = fields.Text(string="Reason")
    days = fields.Integer(string="Additional Days", default=1)
    document_count = fields.Integer(compute="_compute_document_count")

    @api.depends("approval_ids")
    def _compute_document_count(self):
        for wizard in self:
            wizard.document_count = len(wizard.approval_ids)

    def action_decide(self):
        self.ensure_one()
        if self.verdict == "extended":
            self.approval_ids._extend_documents(self.days)
        else:
            self.approval_ids._decide_documents(self.verdict, self.comment)
        return {"type": "ir.actions.act_window_close"}
