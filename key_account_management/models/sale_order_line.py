from odoo import api, models

# What changes the amount of a line.
PRICED = {"product_id", "product_uom_qty", "product_uom_id", "price_unit", "discount"}


class SaleOrderLine(models.Model):
    """A confirmed order that grows meets the same credit policy as a new one."""

    _inherit = "sale.order.line"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        grown = lines.filtered(
            lambda line: line.state == "sale" and line.price_total > 0
        )
        grown.order_id._kam_check_credit()
        return lines

    def write(self, vals):
        confirmed = self.browse()
        if vals.keys() & {*PRICED, "tax_ids"}:
            confirmed = self.filtered(lambda line: line.state == "sale")
        before = {order: order.amount_total for order in confirmed.order_id}
        result = super().write(vals)
        grown = [
            order for order, amount in before.items() if order.amount_total > amount
        ]
        self.env["sale.order"].union(*grown)._kam_check_credit()
        return result
