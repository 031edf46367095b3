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
    "extra_tax_data",
    "is_downpayment",
}
# Written by core, when time sheets or advance payments are invoiced.
WRITTEN_BY_CORE = {"qty_to_invoice"}


class SaleOrderLine(models.Model):
    """A confirmed order that grows meets the same credit policy as a new one."""

    _name = "sale.order.line"
    _inherit = ["sale.order.line", "kam.guard.mixin"]

    @api.model
    def _guarded_fields(self):
        return super()._guarded_fields() | self._computed_figures() - WRITTEN_BY_CORE

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        grown = lines.filtered(
            lambda line: line.order_id.state == "sale" and line.price_total > 0
        )
        grown.order_id._kam_check_credit()
        self.env["kam.credit.release"]._return_outdated_of(lines.order_id)
        return lines

    def write(self, vals):
        orders = self.env["sale.order"]
        if vals.keys() & PRICED:
            orders = self.order_id | orders.browse(vals.get("order_id"))
        with orders._kam_check_growth():
            result = super().write(vals)
        self.env["kam.credit.release"]._return_outdated_of(orders)
        return result

    def unlink(self):
        orders = self.order_id
        with orders._kam_check_growth():
            result = super().unlink()
        self.env["kam.credit.release"]._return_outdated_of(orders)
        return result
