from odoo import api, fields, models
from odoo.exceptions import UserError


class KamCreditReleaseRequest(models.TransientModel):
    """Apply for the release of an order, up to an amount."""

    _name = "kam.credit.release.request"
    _inherit = ["kam.access.mixin"]
    _description = "Request Credit Release"

    order_id = fields.Many2one("sale.order", required=True, readonly=True)
    currency_id = fields.Many2one(related="order_id.company_id.currency_id")
    amount = fields.Monetary(
        string="Up to",
        compute="_compute_amount",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
        help="Expected total of the order, taxes included.",
    )
    reason = fields.Text(required=True)

    @api.depends("order_id")
    def _compute_amount(self):
        for wizard in self:
            order = wizard.order_id
            wizard.amount = order and order._kam_amount()

    def action_request(self):
        """Apply; where nothing is to be released, the request is on record as well.

        :raise UserError: nobody tried to confirm the order, or the amount is too small
        """
        self.ensure_one()
        order = self.order_id
        order.check_access("write")
        order._kam_log_request(self.amount)
        # First what is true of any customer: the rest tells something of the grade.
        release = self.env["kam.credit.release"]
        release._check_order(order, self.amount)
        if not (order.kam_credit_releasable or order.kam_credit_waiting):
            raise UserError(
                self.env._(
                    "%(order)s: try to confirm it first. A release is for orders that "
                    "credit control holds back.",
                    order=order.name,
                )
            )
        accounts = order._kam_release_accounts()
        if not accounts:
            return self._tell_needless()
        for account in accounts:
            release._apply_for_order(order, account, self.amount, self.reason)
        return {"type": "ir.actions.act_window_close"}

    def _tell_needless(self):
        message = self.env._("This order needs no credit release.")
        self.order_id._message_log(body=message)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": message,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
