from odoo import models


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    def _check_amount_and_confirm_order(self):
        """Leave out the orders that credit holds back.

        Their customers are told, as of any paid quotation, that the payment arrived.
        """
        orders = super()._check_amount_and_confirm_order()
        return orders.filtered(lambda order: order.state == "sale")
