from odoo import fields, models

from ...models.credit.sale_order import CANCELLERS


class KamOrderCancel(models.TransientModel):
    """Cancel a confirmed order, and say who wants it."""

    _name = "kam.order.cancel"
    _inherit = ["kam.access.mixin"]
    _description = "Cancel an Order"

    order_id = fields.Many2one("sale.order", required=True, readonly=True)
    cancelled_by = fields.Selection(CANCELLERS, string="Cancelled by", required=True)

    def action_cancel_order(self):
        self.ensure_one()
        self.order_id.kam_cancelled_by = self.cancelled_by
        return self.order_id.action_cancel()
