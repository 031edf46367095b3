from odoo import api, fields, models
from odoo.exceptions import UserError

from ..register.kam_rule_proposal_mixin import UNDECIDED

# What of an order a release is about
ORDER_CONTENT = (
    "partner_id",
    "partner_id.commercial_partner_id",
    "partner_invoice_id",
    "partner_invoice_id.commercial_partner_id",
    "currency_id",
    "currency_rate",
    "payment_term_id",
    "amount_total",
    "order_line.product_id",
    "order_line.product_uom_qty",
    "order_line.price_total",
)


class KamCreditRelease(models.Model):
    """Leave to confirm an order that the policy of the credit grade holds back.

    Holds for the order up to the amount applied for: an order that grows beyond it
    needs another release. Whoever may write the order applies; what the customer owes
    is shown to the readers of credit only.
    """

    _name = "kam.credit.release"
    _inherit = ["kam.form.mixin"]
    _description = "Credit Release"
    _order = "id desc"
    _sequence_code = "kam.credit.release"

    order_id = fields.Many2one(
        "sale.order", required=True, index=True, ondelete="restrict", readonly=True
    )
    account_id = fields.Many2one(
        "kam.account", required=True, index=True, ondelete="restrict", readonly=True
    )
    partner_id = fields.Many2one(
        related="account_id.partner_id", string="Customer", store=True
    )
    company_id = fields.Many2one(
        related="account_id.company_id", store=True, precompute=True, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(
        related="order_id.user_id", string="Salesperson", store=True
    )
    amount = fields.Monetary(
        string="Released Amount",
        required=True,
        readonly=True,
        help="Total of the order, in company currency.",
    )
    credit_limit = fields.Monetary(readonly=True)
    credit_exposure = fields.Monetary(string="Open Exposure", readonly=True)
    excess = fields.Monetary(
        string="Over the Limit",
        readonly=True,
        help="Open exposure plus this order, minus the limit. A confirmed order "
        "counts once.",
    )
    reason = fields.Text()

    # ------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------

    @api.depends("name", "order_id")
    def _compute_display_name(self):
        for release in self:
            # Auditors read releases, but no orders.
            order = release.order_id.sudo()
            release.display_name = f"{release.name or ''} {order.name}"

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_view_order(self):
        self.ensure_one()
        return self.env["ir.actions.actions"]._kam_form(self.order_id)

    def action_view_account(self):
        return self.account_id._action_open()

    # ------------------------------------------------------------
    # Business
    # ------------------------------------------------------------

    @api.model
    def _apply_for_order(self, order, account, amount, reason=None):
        """Apply for the release of an order; what is under way gets the amount.

        :param order: ``sale.order`` record that the caller may write
        :param account: ``kam.account`` record whose credit is concerned
        :param float amount: total of the order in company currency
        """
        order.check_access("write")
        self._check_amount(order, amount)
        account = account.sudo()
        release = self.sudo().search(
            [
                ("order_id", "=", order.id),
                ("account_id", "=", account.id),
                ("approval_state", "in", UNDECIDED),
            ],
            limit=1,
        )
        values = self._situation_values(order, account, amount)
        values["reason"] = reason or release.reason
        if release.approval_state == "pending":
            if not release.currency_id.compare_amounts(release.amount, amount):
                return release
            release._approval_withdraw()
        if release:
            release.write(values)
        else:
            values.update(order_id=order.id, account_id=account.id)
            # Who applies follows the order, not the talk about the credit.
            quiet = self.sudo().with_context(mail_create_nosubscribe=True)
            release = quiet.create(values)
        release._approval_check()
        # Of what customers sign or pay on the portal, the salesperson is the applicant.
        user = self.env.user
        release._approval_submit(
            order.user_id if user.share or not user.active else user
        )
        return release

    @api.model
    def _return_outdated_of(self, orders):
        """Return what is under way for orders that have just changed."""
        if not orders:
            return
        releases = self.sudo().search(
            [("order_id", "in", orders.ids), ("approval_state", "=", "pending")]
        )
        releases._approval_return_outdated()

    @api.model
    def _situation_values(self, order, account, amount):
        """What whoever decides goes by."""
        limit, exposure, growth = order.sudo()._kam_draw(account, amount)
        return {
            "amount": amount,
            "credit_limit": limit,
            "credit_exposure": exposure,
            "excess": limit and exposure + growth - limit,
        }

    def _approval_team(self):
        # Not that of the order: whoever applies may write it.
        salesperson = self.order_id.sudo().user_id
        return self.account_id.team_id or salesperson.sale_team_id

    def _approval_responsible(self):
        return self.user_id

    @api.model
    def _approval_sources(self):
        """The debtor, and what is sold to whom at which price."""
        return [
            *super()._approval_sources(),
            "account_id.partner_id",
            "account_id.partner_id.commercial_partner_id",
            *(f"order_id.{path}" for path in ORDER_CONTENT),
        ]

    def _approval_check(self):
        for release in self:
            release._check_order(release.order_id, release.amount)

    @api.model
    def _check_order(self, order, amount):
        """:raise UserError: a release up to the amount would be of no use"""
        if order.state == "cancel":
            raise UserError(self.env._("The order is cancelled."))
        self._check_amount(order, amount)

    @api.model
    def _check_amount(self, order, amount):
        """:raise UserError: a release up to the amount would not cover the order"""
        total = order.sudo()._kam_amount()
        currency = order.company_id.currency_id
        if currency.compare_amounts(amount, total) >= 0:
            return
        if not order.sudo(False).has_access("read"):
            raise UserError(
                self.env._("The amount does not cover the order. Request more.")
            )
        raise UserError(
            self.env._(
                "%(amount)s does not cover the order. Request at least %(total)s.",
                amount=currency.format(amount),
                total=currency.format(total),
            )
        )

    def _approval_done(self):
        self._tell_salesperson(
            lambda env: env._("Credit release granted: confirm the order")
        )

    def _approval_refused(self, comment):
        self._tell_salesperson(lambda env: env._("Credit release refused"))

    def _approval_returned(self, comment):
        self._tell_salesperson(
            lambda env: env._(
                "Credit release returned: add a reason and request it again"
            )
        )

    def _tell_salesperson(self, summary):
        """:param summary: function from an environment in their language to a text"""
        for release in self:
            user = release.order_id.user_id or release.approval_applicant_id
            if user.active and not user.share:
                release.order_id.sudo().activity_schedule(
                    "mail.mail_activity_data_todo",
                    summary=summary(release.with_context(lang=user.lang).env),
                    user_id=user.id,
                )
