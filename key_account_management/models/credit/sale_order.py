from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..base.arguments import check_one
from ..base.groups import CREDIT_READERS, LIMIT_READERS
from .kam_credit_grade import ORDER_POLICIES

STRICTNESS = {policy: rank for rank, (policy, _label) in enumerate(ORDER_POLICIES)}
UNCONFIRMED = ("draft", "sent")
# Policies that hold an order back.
HOLDING = ("approval", "block")
# Who may have cancelled an order
CANCELLERS = [("customer", "The customer"), ("company", "We")]
# Filled in when an order is cancelled.
CANCELLATION = {"kam_cancel_date", "kam_cancel_amount"}
# What is written to change what a release is about; the lines look after themselves.
RELEASED = {
    "partner_id",
    "partner_invoice_id",
    "pricelist_id",
    "currency_id",
    "currency_rate",
    "amount_total",
}


class SaleOrder(models.Model):
    """The policy of the customer's credit grade, at confirmation and after it.

    Only where core's credit limit is switched on, and for customers with a grade.
    """

    _name = "sale.order"
    _inherit = [
        "sale.order",
        "kam.guard.mixin",
        "kam.named.mixin",
        "kam.used.mixin",
    ]

    kam_cancelled_by = fields.Selection(
        CANCELLERS,
        string="Cancelled by",
        copy=False,
        tracking=True,
        groups="base.group_user",
        help="Confirmed orders cancelled by the customer lower its contract "
        "performance.",
    )
    kam_cancel_date = fields.Date(
        string="Cancelled on", copy=False, readonly=True, groups="base.group_user"
    )
    kam_cancel_amount = fields.Float(
        string="Cancelled Amount",
        digits=(16, 4),
        copy=False,
        readonly=True,
        groups="base.group_user",
        help="Amount of the confirmed order that was not invoiced, in company "
        "currency.",
    )
    kam_credit_release_ids = fields.One2many(
        "kam.credit.release", "order_id", groups=CREDIT_READERS
    )
    kam_credit_policy = fields.Selection(
        ORDER_POLICIES,
        compute="_compute_kam_credit_policy",
        string="Credit Policy",
        groups="base.group_user",
    )
    kam_credit_waiting = fields.Boolean(
        compute="_compute_kam_credit_policy", groups="base.group_user"
    )
    kam_credit_releasable = fields.Boolean(
        compute="_compute_kam_credit_policy", groups="base.group_user"
    )

    _kam_cancelled_idx = models.Index(
        "(company_id, kam_cancel_date) WHERE kam_cancelled_by = 'customer'"
    )

    # ------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------

    @api.depends(
        "state",
        "partner_id",
        "partner_invoice_id",
        "company_id.account_use_credit_limit",
        "amount_total",
        "kam_credit_release_ids.approval_state",
    )
    def _compute_kam_credit_policy(self):
        """What the policies mean for the orders as they are being edited."""
        policies = self.filtered(lambda o: o.state != "cancel")._kam_credit_policies(
            together=False
        )
        releases = self._origin.sudo().kam_credit_release_ids
        waiting = releases.filtered(lambda r: r.approval_state == "pending").order_id
        for order in self:
            policy, _accounts = policies.get(order, ("allow", None))
            order.kam_credit_policy = policy
            order.kam_credit_waiting = policy == "approval" and order._origin in waiting
            order.kam_credit_releasable = (
                not order.kam_credit_waiting
                and order.state != "cancel"
                and order.company_id.account_use_credit_limit
                and bool(order._kam_release_accounts())
            )

    def _compute_partner_credit_warning(self):
        """Leave it to the credit policy to warn those who may not see figures."""
        result = super()._compute_partner_credit_warning()
        if not self.env.user.has_groups(LIMIT_READERS):
            for order in self:
                if order.kam_credit_policy != "allow":
                    order.partner_credit_warning = ""
        return result

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model
    def _guarded_fields(self):
        return super()._guarded_fields() | CANCELLATION

    @api.model_create_multi
    def create(self, vals_list):
        orders = super().create(vals_list)
        orders.filtered(lambda o: o.state == "sale")._kam_check_credit()
        return orders

    def write(self, vals):
        entering = self.browse()
        if vals.get("state") == "sale":
            entering = self.filtered(lambda o: o.state != "sale")
            entering._kam_check_credit()
        moving = vals.keys() & {"partner_id", "partner_invoice_id", "company_id"}
        result = super().write(vals)
        if moving:
            moved = self.filtered(lambda o: o.state == "sale") - entering
            moved._kam_check_credit()
        if vals.keys() & RELEASED:
            self.env["kam.credit.release"]._return_outdated_of(self)
        return result

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_confirm(self):
        """Confirm what the credit policies allow; apply for the release of the rest."""
        held = self._kam_hold_back()
        if not held:
            return super().action_confirm()
        if allowed := self - held:
            super(SaleOrder, allowed).action_confirm()
        if not self.env.su:
            self.env.user._bus_send(
                "simple_notification",
                {
                    "type": "warning",
                    "sticky": True,
                    "title": self.env._("Not confirmed yet"),
                    "message": held._kam_credit_message("approval"),
                },
            )
        # Callers, such as payments, go by what core returns.
        return True

    def action_kam_request_release(self):
        """Open the form to apply for more than was released."""
        check_one(self)
        return self.env["ir.actions.actions"]._kam_dialog(
            self.env["kam.credit.release.request"],
            self.env._("Request Credit Release"),
            {"default_order_id": self.id},
        )

    def action_kam_cancel(self):
        """Cancel; of confirmed orders of key accounts, ask who wants it."""
        check_one(self)
        if self.state != "sale" or self.locked:
            return self.action_cancel()
        return self.env["ir.actions.actions"]._kam_dialog(
            self.env["kam.order.cancel"],
            self.env._("Cancel Order"),
            {"default_order_id": self.id},
        )

    def _action_cancel(self):
        """Keep what the cancelled order was worth, for the contract performance."""
        confirmed = self.filtered(lambda o: o.state == "sale")
        open_amounts = {
            order: order._kam_company_amount(
                max(order.amount_total - order.amount_invoiced, 0)
            )
            for order in confirmed
        }
        result = super()._action_cancel()
        pending = self.sudo().kam_credit_release_ids.filtered(
            lambda release: release.approval_state == "pending"
        )
        pending._approval_withdraw()
        for order, amount in open_amounts.items():
            order.sudo().write(
                {
                    "kam_cancel_date": order.company_id._kam_today(),
                    "kam_cancel_amount": amount,
                }
            )
        return result

    def action_draft(self):
        result = super().action_draft()
        self.sudo().write(
            {
                "kam_cancelled_by": False,
                "kam_cancel_date": False,
                "kam_cancel_amount": False,
            }
        )
        return result

    # ------------------------------------------------------------
    # Credit policy
    # ------------------------------------------------------------

    def _kam_credit_policies(self, together=True):
        """What the credit grades make of the orders, as they are now.

        :param bool together: the orders are about to be confirmed, and add up
        :return: dict by order of (policy, ``kam.account`` records that it comes from);
            orders that are simply allowed are left out
        """
        policies = {}
        orders = self.sudo().filtered("company_id.account_use_credit_limit")
        for company, group in orders.grouped("company_id").items():
            group.with_company(company)._kam_collect_policies(
                company, policies, together
            )
        return {order: policies[order.id] for order in self if order.id in policies}

    def _kam_collect_policies(self, company, policies, together):
        """Add to ``policies``, by order id, what the grades of the debtors say."""
        orders = defaultdict(self.browse)
        for order in self.sorted("id"):
            for debtor in order._kam_debtors():
                orders[debtor.id] += order
        accounts = self._kam_restricting_accounts(company, list(orders))
        # What was confirmed a moment ago counts.
        accounts.partner_id.with_company(company).invalidate_recordset(["credit"])
        accounts.invalidate_recordset(["credit_limit", "credit_exposure"])
        for account in accounts:
            grade = account.credit_grade_id
            owed = account.credit_exposure
            for order in orders[account.partner_id.id]:
                amount = order._kam_amount_beside(account.partner_id)
                if order._kam_is_allowed(account, grade, owed + amount):
                    owed += amount if together else 0
                    continue
                policy, others = policies.get(order.id, ("allow", accounts.browse()))
                policies[order.id] = (
                    max(policy, grade.order_policy, key=STRICTNESS.get),
                    others | account,
                )
                if together and grade.order_policy not in HOLDING:
                    owed += amount

    def _kam_debtors(self):
        """Customers whose credit an order draws on."""
        return (
            self.partner_id.commercial_partner_id
            | self.partner_invoice_id.commercial_partner_id
        )

    def _kam_amount_beside(self, debtor):
        """Amount of an order that the open exposure of a debtor does not hold yet.

        Of a confirmed order that is being edited, that is what it grows by.
        """
        self.ensure_one()
        amount = self._kam_company_amount(self.amount_total)
        saved = self._origin
        if (
            saved.state == "sale"
            and saved.partner_invoice_id.commercial_partner_id == debtor
        ):
            amount -= saved._kam_company_amount(saved.amount_total)
        return amount

    def _kam_is_allowed(self, account, grade, owed):
        """Whether a grade simply allows an order that makes a debtor owe an amount."""
        limit = account.credit_limit
        within = not limit or account.currency_id.compare_amounts(owed, limit) <= 0
        if grade.policy_scope == "over_limit" and within:
            return True
        return self._kam_is_released(account, grade)

    def _kam_is_released(self, account, grade):
        """Whether an approved release covers the order at its present amount."""
        if grade.order_policy != "approval":
            return False
        amount = self._kam_company_amount(self.amount_total)
        return any(
            release.approval_state == "approved"
            and release.account_id == account
            and release.currency_id.compare_amounts(release.amount, amount) >= 0
            for release in self._origin.kam_credit_release_ids
        )

    def _kam_release_accounts(self):
        """Accounts whose credit the order draws on and that releases exist for."""
        accounts = self._kam_restricting_accounts(
            self.company_id, self._kam_debtors().ids
        )
        return accounts.filtered(lambda a: a.credit_grade_id.order_policy == "approval")

    @api.model
    def _kam_restricting_accounts(self, company, partner_ids):
        # An archived customer is no better a debtor.
        accounts = self.env["kam.account"].sudo().with_context(active_test=False)
        return accounts.search(
            [
                ("partner_id", "in", partner_ids),
                ("company_id", "=", company.id),
                ("credit_grade_id.order_policy", "!=", "allow"),
            ]
        )

    def _kam_check_credit(self):
        """:raise UserError: the policy of a grade forbids the orders as they are"""
        for order, (policy, _accounts) in self._kam_credit_policies().items():
            if policy in HOLDING:
                raise UserError(order._kam_credit_message(policy))

    def _kam_credit_message(self, policy):
        """The reason in words, without figures that a salesperson may not see."""
        orders = ", ".join(self[:3].mapped("name"))
        if policy == "block":
            return self.env._(
                "%(orders)s: orders of this customer are blocked by credit control. "
                "Ask your supervisor.",
                orders=orders,
            )
        return self.env._(
            "%(orders)s: this needs a credit release from your supervisor.",
            orders=orders,
        )

    def _kam_hold_back(self):
        """Apply for the release of the orders that need one.

        :return: the orders that must not be confirmed now
        :raise UserError: an order is blocked. Customers who sign or pay on the portal
            see no error: their order waits, and its salesperson is told.
        """
        held = self.browse()
        policies = self.filtered(
            lambda o: o.state in UNCONFIRMED
        )._kam_credit_policies()
        for order, (policy, accounts) in policies.items():
            if policy == "block" and not self.env.su:
                raise UserError(order._kam_credit_message(policy))
            if policy in HOLDING:
                held += order
                order._kam_apply_for_release(policy, accounts)
        return held

    def _kam_apply_for_release(self, policy, accounts):
        """Apply for the release, or tell the salesperson that there is none.

        Customers may try again and again, and in their language.
        """
        user = self.user_id
        reader = self.with_context(lang=user.lang or self.env.lang)
        message = reader._kam_credit_message(policy)
        told = self.sudo().kam_credit_waiting or self.activity_ids.filtered(
            lambda a: a.user_id == user and a.summary == message
        )
        if policy == "approval":
            amount = self._kam_company_amount(self.amount_total)
            for account in accounts:
                self.env["kam.credit.release"]._apply_for_order(self, account, amount)
        elif user.active and not told:
            self.activity_schedule(
                "mail.mail_activity_data_todo", summary=message, user_id=user.id
            )
        if not told:
            self._message_log(body=message)

    # ------------------------------------------------------------
    # Exposure
    # ------------------------------------------------------------

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
