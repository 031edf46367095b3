import logging
from collections import defaultdict
from contextlib import contextmanager

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..base.arguments import check_one
from ..base.groups import ACCOUNTANTS, CREDIT_READERS
from .kam_credit_grade import HOLDING, ORDER_POLICIES

_logger = logging.getLogger(__name__)

STRICTNESS = {policy: rank for rank, (policy, _label) in enumerate(ORDER_POLICIES)}
UNCONFIRMED = ("draft", "sent")
# Who may have cancelled an order
CANCELLERS = [("customer", "The customer"), ("company", "We")]
# Filled in when an order is cancelled.
CANCELLATION = {"kam_cancel_date", "kam_cancel_amount"}
# Discounts for early payment change the total.
PAYMENT_TERM = "payment_term_id"
# What changes what a release is about; the lines look after themselves.
RELEASED = {
    "partner_id",
    "partner_invoice_id",
    "pricelist_id",
    "currency_id",
    "currency_rate",
    "amount_total",
    PAYMENT_TERM,
}
# Filled in when somebody tries to confirm an order.
ATTEMPT = {
    "kam_credit_attempt",
    "kam_credit_attempt_date",
    "kam_credit_attempt_user_id",
}
# Who reads the attempts as they are stored: orders show them to whom they concern.
ATTEMPT_READERS = "base.group_system"
# What changes whose credit an order draws on.
MOVING = {"partner_id", "partner_invoice_id", "company_id"}
# What a change of state needs not wait for.
WITH_STATE = {"state", "date_order"}


class SaleOrder(models.Model):
    """The policy of the customer's credit grade, at confirmation and after it.

    Only where core's credit limit is switched on, and for customers with a grade.
    Nobody learns of a grade by looking: whose order it is sees what came of the last
    attempt to confirm it, and each attempt is logged.
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
    kam_credit_attempt = fields.Selection(
        ORDER_POLICIES,
        string="Last Attempt to Confirm",
        copy=False,
        readonly=True,
        groups=ATTEMPT_READERS,
    )
    kam_credit_attempt_date = fields.Datetime(
        string="Last Attempt on", copy=False, readonly=True, groups=ATTEMPT_READERS
    )
    kam_credit_attempt_user_id = fields.Many2one(
        "res.users",
        string="Last Attempt by",
        copy=False,
        readonly=True,
        groups=ATTEMPT_READERS,
    )
    kam_credit_result = fields.Selection(
        ORDER_POLICIES,
        compute="_compute_kam_credit_result",
        string="Result of the Last Attempt",
        groups="base.group_user",
        help="What credit control said when somebody last tried to confirm the order.",
    )
    kam_credit_result_date = fields.Datetime(
        compute="_compute_kam_credit_result",
        string="Last Tried on",
        groups="base.group_user",
    )
    kam_credit_result_user_id = fields.Many2one(
        "res.users",
        compute="_compute_kam_credit_result",
        string="Last Tried by",
        groups="base.group_user",
    )
    kam_credit_waiting = fields.Boolean(
        compute="_compute_kam_credit_result", groups="base.group_user"
    )
    kam_credit_releasable = fields.Boolean(
        compute="_compute_kam_credit_result", groups="base.group_user"
    )
    kam_credit_policy = fields.Selection(
        ORDER_POLICIES,
        compute="_compute_kam_credit_policy",
        string="Credit Policy",
        groups=CREDIT_READERS,
        help="What credit control would say of the order as it is saved.",
    )

    _kam_cancelled_idx = models.Index(
        "(company_id, kam_cancel_date) WHERE kam_cancelled_by = 'customer'"
    )

    # ------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------

    @api.depends(
        "state",
        "user_id",
        "team_id",
        "kam_credit_attempt",
        "kam_credit_attempt_date",
        "kam_credit_release_ids.approval_state",
    )
    @api.depends_context("uid")
    def _compute_kam_credit_result(self):
        """What came of the attempts to confirm saved orders, to whom it concerns."""
        own = set(self._origin._kam_filter_own().ids)
        for order in self:
            seen = order._origin.sudo()
            if seen.id not in own:
                seen = seen.browse()
            releases = seen.kam_credit_release_ids
            waiting = "pending" in releases.mapped("approval_state")
            order.kam_credit_result = seen.kam_credit_attempt
            order.kam_credit_result_date = seen.kam_credit_attempt_date
            order.kam_credit_result_user_id = seen.kam_credit_attempt_user_id
            order.kam_credit_waiting = waiting
            order.kam_credit_releasable = (
                seen.company_id.account_use_credit_limit
                and seen.state != "cancel"
                and not waiting
                and (
                    seen.kam_credit_attempt == "approval"
                    or seen.state == "sale"
                    or bool(releases)
                )
            )

    @api.depends(
        "state",
        "partner_id",
        "partner_invoice_id",
        "company_id.account_use_credit_limit",
        "amount_total",
        "kam_credit_release_ids.approval_state",
    )
    @api.depends_context("uid")
    def _compute_kam_credit_policy(self):
        """What the policies mean for saved orders, one by one.

        Shown to who may read all accounts whose credit an order draws on.
        """
        saved = self._origin
        orders = saved.filtered(lambda o: o.state != "cancel")
        policies = orders._kam_credit_policies(together=False)
        hidden = saved._kam_filter_hidden()
        for order in self:
            policy, _accounts = policies.get(order._origin, ("allow", None))
            shown = bool(order._origin) and order._origin not in hidden
            order.kam_credit_policy = shown and policy

    @api.depends_context("uid")
    def _compute_partner_credit_warning(self):
        """Warn those only who may see the figures of the customer anyway."""
        result = super()._compute_partner_credit_warning()
        if not self.env.user.has_groups(ACCOUNTANTS):
            for order in self._kam_filter_hidden():
                order.partner_credit_warning = ""
        return result

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model
    def _guarded_fields(self):
        return (
            super()._guarded_fields()
            | CANCELLATION
            | ATTEMPT
            | self._computed_figures()
            | {"currency_id"}
        )

    @api.model_create_multi
    def create(self, vals_list):
        orders = super().create(vals_list)
        orders.filtered(lambda o: o.state == "sale")._kam_check_credit()
        return orders

    def write(self, vals):
        self._kam_check_settled(vals)
        if "kam_cancelled_by" in vals:
            self._kam_check_cancelled_by(vals)
        confirmed = self.filtered(lambda o: o.state == "sale")
        state = vals.get("state", "sale")
        leaving = confirmed if state != "sale" else self.browse()
        entering = self - confirmed if vals.get("state") == "sale" else self.browse()
        open_amounts = {order: order._kam_uninvoiced() for order in leaving}
        # What the check goes by is there before it, the state after it.
        later = WITH_STATE & vals.keys() if entering else set()
        result = True
        with self._kam_within_credit(vals, entering):
            if first := {f: value for f, value in vals.items() if f not in later}:
                result = super().write(first)
        if later:
            result = super().write({fname: vals[fname] for fname in later})
            entering._kam_forget_cancellation()
        self._kam_keep_cancellation(open_amounts)
        if vals.keys() & RELEASED:
            self.env["kam.credit.release"]._return_outdated_of(self)
        return result

    @contextmanager
    def _kam_within_credit(self, vals, entering):
        """Let values be written, as far as the credit of the customers goes.

        :param entering: orders that are about to be confirmed
        :raise UserError: the policy of a grade forbids it
        """
        confirmed = self.filtered(lambda o: o.state == "sale")
        moving = vals.keys() & MOVING
        if not entering and not moving:
            grown = confirmed if PAYMENT_TERM in vals else self.browse()
            with grown._kam_check_growth():
                yield
            return
        yield
        moved = confirmed if moving else self.browse()
        (entering | moved.filtered(lambda o: o.state == "sale"))._kam_check_credit()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_broken(self):
        if broken := self.sudo()._kam_filter_broken():
            raise UserError(
                self.env._(
                    "%(order)s was cancelled by the customer: it stays on record.",
                    order=", ".join(broken[:3].mapped("name")),
                )
            )

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_confirm(self):
        """Confirm what the credit policies allow; apply for the release of the rest."""
        if not self.env.su:
            self.check_access("write")
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
                    "message": held._kam_held_message(),
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

    def action_kam_view_releases(self):
        """Open the release that is under way, or the last one."""
        check_one(self)
        releases = self.kam_credit_release_ids.sorted(
            lambda release: (release.approval_state == "pending", release.id)
        )
        return self.env["ir.actions.actions"]._kam_form(releases[-1:])

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
        """Nobody decides on the credit of cancelled orders any more."""
        result = super()._action_cancel()
        pending = self.sudo().kam_credit_release_ids.filtered(
            lambda release: release.approval_state == "pending"
        )
        pending._approval_withdraw()
        return result

    def action_draft(self):
        """Who cancelled a confirmed order stays on record."""
        result = super().action_draft()
        declined = self.filtered(lambda o: o.state == "draft" and not o.kam_cancel_date)
        declined.sudo().write({"kam_cancelled_by": False})
        return result

    # ------------------------------------------------------------
    # Cancellation
    # ------------------------------------------------------------

    def _kam_check_cancelled_by(self, vals):
        """Key-account managers correct who cancelled an order: nobody else does.

        :raise UserError: what is on record would change
        """
        if self.env.su:
            return
        self.check_access("write")
        fixed = self.filtered(
            lambda o: o.kam_cancelled_by and (o.state == "cancel" or o.kam_cancel_date)
        )
        corrects = self.env.user.has_group("key_account_management.group_kam_manager")
        if vals["kam_cancelled_by"] and corrects:
            return
        if fixed._changed_fields(vals, {"kam_cancelled_by"}):
            raise UserError(
                self.env._(
                    "Who cancelled an order is fixed once it is cancelled. A "
                    "key-account manager can correct it, but not clear it."
                )
            )

    def _kam_check_settled(self, vals):
        """:raise UserError: a broken contract would become that of somebody else"""
        if self.env.su or not vals.keys() & MOVING:
            return
        self.check_access("write")
        # Who cancelled the others may still be said.
        settled = self.filtered(
            lambda o: o.kam_cancel_date and o.kam_cancelled_by != "company"
        )
        if settled._changed_fields(vals, MOVING):
            raise UserError(
                self.env._(
                    "%(orders)s was confirmed and cancelled: its customer and company "
                    "stay. Create a new order instead.",
                    orders=", ".join(settled[:3].mapped("name")),
                )
            )

    def _kam_filter_broken(self):
        """Orders that were confirmed, and cancelled by the customer."""
        return self.filtered(
            lambda o: o.kam_cancel_date and o.kam_cancelled_by == "customer"
        )

    def _kam_uninvoiced(self):
        """What of a confirmed order was not invoiced, in company currency."""
        self.ensure_one()
        amount = max(self.amount_total - self.amount_invoiced, 0)
        return self.company_id.currency_id.round(amount / (self.currency_rate or 1.0))

    def _kam_keep_cancellation(self, open_amounts):
        """Keep what cancelled orders were worth, for the contract performance.

        Of those that the customer cancels again, the larger amount counts.

        :param dict open_amounts: what was not invoiced, by order
        """
        for order, amount in open_amounts.items():
            kept = order.sudo()
            if kept._kam_filter_broken() and amount < kept.kam_cancel_amount:
                continue
            kept.write(
                {
                    "kam_cancel_date": order.company_id._kam_today(),
                    "kam_cancel_amount": amount,
                }
            )

    def _kam_forget_cancellation(self):
        """Orders that we cancelled count like any other when confirmed again.

        What the customer cancelled was not honoured, whatever it orders later.
        """
        cancelled = self.filtered("kam_cancel_date")
        (cancelled - cancelled._kam_filter_broken()).sudo().write(
            {
                "kam_cancelled_by": False,
                "kam_cancel_date": False,
                "kam_cancel_amount": False,
            }
        )

    # ------------------------------------------------------------
    # Whose credit an order draws on
    # ------------------------------------------------------------

    def _kam_customers(self):
        """Who orders, and who is invoiced."""
        return self.partner_id | self.partner_invoice_id

    def _kam_debtors(self):
        """Accounts that answer for each order, graded or not.

        They are the accounts of the commercial entities of its customers: of their own
        and of others that became part of them. While an entity has no grade itself,
        the ones count that the customer belonged to before.

        :return: dict of ``kam.account`` records (in superuser mode) by id of order
        """
        orders = self.sudo()
        partners = orders._kam_customers()._origin
        entities = (partners | partners.kam_former_ids).commercial_partner_id
        # An archived customer is no better a debtor.
        accounts = (
            self.env["kam.account"]
            .sudo()
            .with_context(active_test=False)
            .search(
                [
                    ("partner_id.commercial_partner_id", "in", entities.ids),
                    ("company_id", "in", orders.company_id.ids),
                ]
            )
        )
        by_entity = accounts.grouped(
            lambda a: (a.company_id, a.partner_id.commercial_partner_id)
        )
        debtors = {}
        for order in orders:
            found = accounts.browse()
            for partner in order._kam_customers()._origin:
                for entity in order._kam_entities(partner, by_entity):
                    found |= by_entity.get((order.company_id, entity), found)
            debtors[order.id] = found
        return debtors

    def _kam_entities(self, partner, by_entity):
        """Commercial entities whose accounts answer for a customer of an order."""
        entity = partner.commercial_partner_id
        accounts = by_entity.get((self.company_id, entity), ())
        if any(a.partner_id == entity and a.credit_grade_id for a in accounts):
            return entity
        return entity | partner.kam_former_ids.commercial_partner_id

    def _kam_owing(self, account):
        """Partners whose debts count together for an account, if the order does."""
        owing = account.partner_id
        entity = account.partner_id.commercial_partner_id
        for partner in self._kam_customers()._origin:
            own = partner.commercial_partner_id
            if entity in own | partner.kam_former_ids.commercial_partner_id:
                owing |= own
        return owing

    def _kam_owed(self, account, debts):
        """What is owed together for an account, if the order counts: each debt once.

        :param debts: as in :meth:`_kam_debts`, of all who owe
        """
        together = {}
        for partner in self._kam_owing(account):
            together |= debts[partner.id]
        return sum(together.values())

    def _kam_filter_own(self):
        """Orders that the user may change, as their salesperson or a leader."""
        if self.env.su:
            return self
        user = self.env.user
        leads = user._kam_is_leader()
        return self._filtered_access("write").filtered(
            lambda o: (
                o.user_id == user or (leads and user in o.sudo().team_id.kam_leader_ids)
            )
        )

    def _kam_filter_hidden(self):
        """Orders that draw on the credit of an account the user may not know."""
        if self.env.su:
            return self.browse()
        if not self.env.user.has_groups(CREDIT_READERS):
            return self
        debtors = self._kam_debtors()
        accounts = self.env["kam.account"].union(*debtors.values()).sudo(False)
        known = accounts._filtered_access("read")
        return self.filtered(lambda o: not debtors[o.id].sudo(False) <= known)

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
        claims = self._kam_claims()
        accounts = self.env["kam.account"].union(*claims)
        if not accounts:
            return
        if together:
            accounts._lock_credit()
        claimed = {id_ for orders in claims.values() for id_ in orders.ids}
        orders = self.filtered(lambda o: o.id in claimed)
        amounts, debts = orders._kam_measure(company, accounts)
        for account in accounts.sorted("id"):
            grade = account.credit_grade_id
            added = 0
            for order in claims[account]:
                amount = amounts[order]
                growth = order._kam_amount_beside(amount)
                owed = order._kam_owed(account, debts) + added + growth
                if order._kam_is_allowed(account, grade, owed, amount):
                    added += growth if together else 0
                    continue
                policy, others = policies.get(order.id, ("allow", accounts.browse()))
                policies[order.id] = (
                    max(policy, grade.order_policy, key=STRICTNESS.get),
                    others | account,
                )
                if together and grade.order_policy not in HOLDING:
                    added += growth

    def _kam_claims(self):
        """Orders by the account whose grade may hold them back."""
        claims = defaultdict(self.browse)
        debtors = self._kam_debtors()
        for order in self.sorted("id"):
            for account in debtors[order.id]:
                if account.credit_grade_id.order_policy not in (False, "allow"):
                    claims[account] += order
        return claims

    def _kam_measure(self, company, accounts):
        """Amounts of orders, and debts of all who may owe, read together.

        :return: amounts by order, debts by id of partner
        """
        # What was confirmed a moment ago counts.
        accounts.invalidate_recordset(["credit_limit", "credit_exposure"])
        accounts.partner_id.with_company(company).mapped("credit_limit")
        self.mapped("kam_credit_release_ids.approval_state")
        self.mapped("order_line.tax_ids")
        amounts = {order: order._kam_amount() for order in self}
        customers = self._kam_customers().commercial_partner_id
        return amounts, self._kam_debts(company, accounts.partner_id | customers)

    def _kam_amount_beside(self, amount):
        """Amount of an order that the exposure of its debtors does not hold yet."""
        self.ensure_one()
        if self.state == "sale":
            return amount - self._kam_company_amount(self.amount_total)
        return amount

    def _kam_draw(self, account, amount):
        """What a release of the order up to an amount means for an account.

        :return: tuple of credit limit, exposure, and by how much that would grow
        """
        company = self.company_id
        debts = self._kam_debts(company, self._kam_owing(account))
        total = self._kam_amount()
        return (
            account.partner_id.with_company(company).credit_limit,
            self._kam_owed(account, debts),
            amount - total + self._kam_amount_beside(total),
        )

    def _kam_is_allowed(self, account, grade, owed, amount):
        """Whether a grade simply allows an order of an amount.

        :param float owed: what the customer would owe then, with the order
        """
        limit = account.partner_id.with_company(account.company_id).credit_limit
        within = not limit or account.currency_id.compare_amounts(owed, limit) <= 0
        if grade.policy_scope == "over_limit" and within:
            return True
        return grade.order_policy == "approval" and any(
            release.approval_state == "approved"
            and release.account_id == account
            and release.currency_id.compare_amounts(release.amount, amount) >= 0
            for release in self.kam_credit_release_ids
        )

    def _kam_release_accounts(self):
        """Accounts whose credit the order draws on and that releases exist for."""
        self.ensure_one()
        return self._kam_debtors()[self.id].filtered(
            lambda a: a.credit_grade_id.order_policy == "approval"
        )

    def _kam_check_credit(self):
        """:raise UserError: the policy of a grade forbids the orders as they are"""
        for order, (policy, _accounts) in self._kam_credit_policies().items():
            if policy in HOLDING:
                order._kam_log_attempt(policy)
                raise UserError(order._kam_credit_message(policy))

    @contextmanager
    def _kam_check_growth(self):
        """Check the confirmed ones of the orders that are worth more afterwards.

        :raise UserError: the policy of a grade forbids it
        """
        confirmed = self.sudo().filtered(lambda o: o.state == "sale")
        before = {order: order._kam_amount() for order in confirmed}
        yield
        grown = [
            order.id
            for order, amount in before.items()
            if order.currency_id.compare_amounts(order._kam_amount(), amount) > 0
        ]
        self.browse(grown)._kam_check_credit()

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

    # ------------------------------------------------------------
    # Attempts to confirm
    # ------------------------------------------------------------

    def _kam_hold_back(self):
        """Try to confirm orders, and apply for the release of those that need one.

        Customers who sign or pay on the portal see no error: their order waits, and
        its salesperson is told.

        :return: the orders that must not be confirmed now
        """
        trying = self.filtered(lambda o: o.state in UNCONFIRMED)
        policies = trying._kam_credit_policies()
        trying._kam_keep_attempt(policies)
        held = self.browse()
        notes = {}
        for order, (policy, accounts) in policies.items():
            if policy not in HOLDING:
                continue
            held += order
            order._kam_log_attempt(policy)
            told = order._kam_is_told(policy)
            # Customers may try again and again.
            if not (told and self.env.su):
                notes[order.id] = order._kam_reader().env._(
                    "Not confirmed: credit control holds this order back."
                )
            order._kam_apply_for_release(policy, accounts, told)
        if notes:
            held.browse(notes)._message_log_batch(bodies=notes)
        return held

    def _kam_keep_attempt(self, policies):
        """Keep on orders what came of the attempt to confirm them."""
        orders = self.sudo().filtered(
            lambda o: o in policies or o.kam_credit_attempt not in (False, "allow")
        )
        for result, group in orders.grouped(
            lambda o: policies.get(o, ("allow", None))[0]
        ).items():
            group.write(
                {
                    "kam_credit_attempt": result,
                    "kam_credit_attempt_date": fields.Datetime.now(),
                    "kam_credit_attempt_user_id": self.env.uid,
                }
            )

    def _kam_log_attempt(self, policy):
        _logger.info(
            "Credit control: order %s (id %s) of user %s held back (%s)",
            self.name,
            self.id,
            self.env.uid,
            policy,
        )

    def _kam_log_request(self, amount):
        """Log that a release is asked for: the answer tells something of the grade."""
        _logger.info(
            "Credit control: user %s asks for a release of order %s (id %s) up to %s",
            self.env.uid,
            self.name,
            self.id,
            amount,
        )

    def _kam_held_message(self):
        """What to tell the user of orders that were held back: more of their own."""
        own = self._kam_filter_own()
        messages = [
            self.browse(orders.ids)._kam_credit_message(policy)
            for policy, orders in own.sudo().grouped("kam_credit_attempt").items()
        ]
        if others := self - own:
            messages.append(
                self.env._(
                    "%(orders)s: credit control holds this back. Ask the salesperson.",
                    orders=", ".join(others[:3].mapped("name")),
                )
            )
        return "\n".join(messages)

    def _kam_reader(self):
        """The order, in the language of its salesperson."""
        return self.with_context(lang=self.user_id.lang or self.env.lang)

    def _kam_is_told(self, policy):
        """Whether the salesperson knows that the order waits."""
        pending = self.sudo().kam_credit_release_ids.filtered(
            lambda release: release.approval_state == "pending"
        )
        message = self._kam_reader()._kam_credit_message(policy)
        return bool(pending) or any(
            activity.user_id == self.user_id and activity.summary == message
            for activity in self.sudo().activity_ids
        )

    def _kam_apply_for_release(self, policy, accounts, told):
        """Apply for the release, or tell the salesperson that there is none.

        :param bool told: the salesperson knows that already
        """
        user = self.user_id
        if policy == "approval":
            amount = self._kam_amount()
            for account in accounts:
                self.env["kam.credit.release"]._apply_for_order(self, account, amount)
        elif user.active and not told and (self.env.su or user != self.env.user):
            self.sudo().activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self._kam_reader()._kam_credit_message(policy),
                user_id=user.id,
            )

    # ------------------------------------------------------------
    # Exposure
    # ------------------------------------------------------------

    def _kam_amount(self):
        """Total of an order in company currency, computed from its lines.

        At today's rate: what is stored of an order, and its date, may be written.
        """
        self.ensure_one()
        company = self.company_id
        currency = self.currency_id or company.currency_id
        taxes = self.env["account.tax"]
        lines = [
            line._prepare_base_line_for_taxes_computation()
            for line in self._get_priced_lines()
        ]
        lines += self._add_base_lines_for_early_payment_discount()
        taxes._add_tax_details_in_base_lines(lines, company)
        taxes._round_base_lines_tax_details(lines, company)
        totals = taxes._get_tax_totals_summary(
            base_lines=lines, currency=currency, company=company
        )
        return self._kam_company_amount(totals["total_amount_currency"])

    def _kam_company_amount(self, amount):
        """An amount of an order in company currency, at today's rate."""
        self.ensure_one()
        company = self.company_id
        currency = self.currency_id or company.currency_id
        return currency._convert(
            amount, company.currency_id, company, company._kam_today()
        )

    @api.model
    def _kam_exposures(self, company, partners):
        """What customers owe and are going to owe, in company currency.

        :param partners: ``res.partner`` records
        :return: dict of amounts by id of partner
        """
        debts = self._kam_debts(company, partners)
        return {id_: sum(amounts.values()) for id_, amounts in debts.items()}

    @api.model
    def _kam_debts(self, company, partners):
        """What customers owe, and confirmed orders that they answer for.

        An order counts for all of its debtors: for who is invoiced, and for who
        ordered, whoever is said to pay.

        :param partners: ``res.partner`` records
        :return: dict by id of partner: amounts in company currency, by the partner for
            what is booked and by ``sale.order`` record for what is not
        """
        partners = partners.sudo().with_company(company)
        # What was confirmed a moment ago counts.
        partners.invalidate_recordset(["credit"])
        # Reading them together spares core a query for each partner.
        partners.mapped("currency_id")
        partners.mapped("credit")
        debts = {partner.id: {partner: partner.credit} for partner in partners}
        orders = self.sudo()._kam_open_orders(company, partners)
        debtors = orders._kam_debtors()
        for order in orders:
            amount = order._kam_open_amount()
            entities = order._kam_customers().commercial_partner_id
            for partner in entities | debtors[order.id].partner_id:
                if partner.id in debts:
                    debts[partner.id][order] = amount
        return debts

    @api.model
    def _kam_open_orders(self, company, partners):
        """Confirmed orders that are not invoiced yet, of customers and former ones."""
        lines = self.env["sale.order.line"]
        lines.flush_model(
            ["order_id", "product_uom_qty", "qty_invoiced", "untaxed_amount_to_invoice"]
        )
        # What is invoiced, by figures that nobody enters: the invoice status is written
        open_lines = SQL(
            "(SELECT order_id FROM sale_order_line WHERE display_type IS NULL "
            "AND (qty_invoiced < product_uom_qty OR untaxed_amount_to_invoice > 0))"
        )
        # They may be contacts of another customer by now.
        entities = partners | partners.commercial_partner_id
        customers = partners.with_context(active_test=False).search(
            Domain("commercial_partner_id", "in", entities.ids)
            | Domain("kam_former_ids.commercial_partner_id", "in", entities.ids)
        )
        return self.search(
            Domain("company_id", "=", company.id)
            & Domain("state", "=", "sale")
            & (
                Domain("partner_id", "in", customers.ids)
                | Domain("partner_invoice_id", "in", customers.ids)
            )
            & Domain("id", "in", open_lines)
        )

    def _kam_open_amount(self):
        """What a confirmed order still brings, in company currency.

        Core leaves out of ``credit_to_invoice`` what waits for its delivery.
        """
        self.ensure_one()
        ordered = self.amount_total - self.amount_invoiced
        advances = self.order_line.filtered("is_downpayment")
        delivered = self.amount_to_invoice - sum(advances.mapped("amount_invoiced"))
        return self._kam_company_amount(max(ordered, delivered, 0))
