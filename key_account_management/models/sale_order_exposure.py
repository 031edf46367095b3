from collections import defaultdict

from odoo import api, models
from odoo.fields import Domain


class SaleOrder(models.Model):
    """What confirmed orders add to the exposure of their customers."""

    _inherit = "sale.order"

    def _kam_company_amount(self, amount):
        self.ensure_one()
        currency = self.company_id.currency_id
        return currency.round(amount / (self.currency_rate or 1.0))

    @api.model
    def _kam_open_amounts(self, company, partners):
        """What confirmed orders still bring, by id of the customer who is invoiced.

        Core leaves out of ``credit_to_invoice`` what waits for its delivery.

        :return: dict of amounts in company currency
        """
        orders = self.search(
            Domain("company_id", "=", company.id)
            & Domain("state", "=", "sale")
            & Domain("partner_invoice_id.commercial_partner_id", "in", partners.ids)
            & (
                Domain("invoice_status", "!=", "invoiced")
                | Domain("order_line.untaxed_amount_to_invoice", ">", 0)
            )
        )
        amounts = defaultdict(float)
        for order in orders:
            ordered = order.amount_total - order.amount_invoiced
            advances = order.order_line.filtered("is_downpayment")
            delivered = order.amount_to_invoice - sum(
                advances.mapped("amount_invoiced")
            )
            amounts[order.partner_invoice_id.commercial_partner_id.id] += (
                order._kam_company_amount(max(ordered, delivered, 0))
            )
        return amounts
