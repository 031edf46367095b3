from odoo import api, models

# What changes the amount of a line, or of the order that it is moved to.
PRICED = {
    "order_id",
    "product_id",
    "product_uom_qty",
    "product_uom_id",
    "price_unit",
    "discount",
    "tax_ids",
}


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
        self.env["kam.credit.release"]._return_outdated_of(lines.order_id)
        return lines

    def write(self, vals):
        orders = self.env["sale.order"]
        if vals.keys() & PRICED:
            orders = self.order_id | orders.browse(vals.get("order_id"))
        before = {
            order: order.amount_total for order in orders if order.state == "sale"
        }
        result = super().write(vals)
        grown = [
            order for order, amount in before.items() if order.amount_total > amount
        ]
        self.env["sale.order"].union(*grown)._kam_check_credit()
        if orders:
            self.env["kam.credit.release"]._return_outdated_of(orders)
        return result

    def unlink(self):
        orders = self.order_id
        result = super().unlink()
        self.env["kam.credit.release"]._return_outdated_of(orders)
        return result
