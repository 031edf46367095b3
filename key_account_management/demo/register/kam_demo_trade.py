"""Orders, invoices, credit notes and payments of the demo company.

Through the same methods as in daily work (confirm, post, reverse, register payment),
for many records at once.
"""

from collections import defaultdict
from datetime import timedelta
from random import Random

from odoo import Command, api, models

from .kam_demo_plan import SEED, read_customers

# A small order is for one product, a larger one for two.
TWO_PRODUCTS_FROM = 80000


class KamDemoTrade(models.AbstractModel):
    """Part of ``kam.demo``, of which it uses ``_ref`` and ``_utc``."""

    _name = "kam.demo.trade"
    _description = "Key Account Demo Data"

    @api.model
    def _create_trade(self, company, plan):
        products = self.env["product.product"].search(
            [("company_id", "=", company.id)], order="id"
        )
        planned = [(bill.customer, o) for bill in plan.bills for o in bill.orders]
        planned += plan.loose
        orders = self._create_orders(company, products, planned)
        invoices = self._create_invoices(orders, plan.bills)
        self._create_credit_notes(invoices, plan.bills)
        self._register_payments(company, invoices, plan.bills)
        archived = [row for row in read_customers() if "archived" in row["flags"]]
        for row in archived:
            self._ref(f"customer_{row['key']}").active = False

    # ------------------------------------------------------------
    # Orders
    # ------------------------------------------------------------

    @api.model
    def _create_orders(self, company, products, planned):
        """Create orders in the states and at the moments planned, in that order."""
        random = Random(SEED)
        partners = {
            key: self._ref(f"customer_{key}") for key in {key for key, _o in planned}
        }
        orders = self.env["sale.order"].create(
            [
                self._order_values(company, partners[key], products, order, random)
                for key, order in planned
            ]
        )
        by_state = defaultdict(orders.browse)
        for record, (_key, order) in zip(orders, planned, strict=True):
            by_state[order.state] |= record
        confirmed = by_state["sale"] | by_state["cancel"]
        confirmed.action_confirm()
        by_state["cancel"].kam_cancelled_by = "customer"
        by_state["cancel"]._action_cancel()
        # The confirmation has set the date of today.
        for record, (_key, order) in zip(orders, planned, strict=True):
            record.date_order = self._utc(company, order.moment)
            if order.state == "cancel":
                record.kam_cancel_date = order.moment.date() + timedelta(days=7)
        return orders

    @api.model
    def _order_values(self, company, partner, products, order, random):
        pricelist = partner.property_product_pricelist
        currency = pricelist.currency_id or company.currency_id
        amount = company.currency_id._convert(
            order.amount, currency, company, order.moment.date(), round=False
        )
        chosen = random.sample(products, 1 if amount < TWO_PRODUCTS_FROM else 2)
        shares = (1.0,) if len(chosen) == 1 else (0.65, 0.35)
        rate = amount / order.amount
        lines = []
        for product, share in zip(chosen, shares, strict=True):
            price = currency.round(product.list_price * rate)
            lines.append(
                Command.create(
                    {
                        "product_id": product.id,
                        "product_uom_qty": max(round(amount * share / price), 1),
                        "price_unit": price,
                    }
                )
            )
        return {
            "partner_id": partner.id,
            "company_id": company.id,
            "user_id": partner.user_id.id,
            "team_id": partner.user_id.sale_team_id.id,
            "date_order": self._utc(company, order.moment),
            "order_line": lines,
        }

    # ------------------------------------------------------------
    # Invoices
    # ------------------------------------------------------------

    @api.model
    def _create_invoices(self, orders, bills):
        """Invoice the orders, with one invoice a bill, and post."""
        values, position = [], 0
        for bill in bills:
            billed = orders[position : position + len(bill.orders)]
            position += len(bill.orders)
            values.append(
                {
                    **billed[0]._prepare_invoice(),
                    "ref": False,
                    "invoice_origin": ", ".join(billed.mapped("name")),
                    "invoice_date": bill.day,
                    "invoice_line_ids": [
                        Command.create(line._prepare_invoice_line())
                        for line in billed.order_line
                    ],
                }
            )
        invoices = self.env["account.move"].create(values)
        invoices.action_post()
        return invoices

    @api.model
    def _create_credit_notes(self, invoices, bills):
        by_terms = defaultdict(invoices.browse)
        for invoice, bill in zip(invoices, bills, strict=True):
            if bill.credit_day:
                by_terms[bill.credit_day, bill.credit_share] |= invoice
        credit_notes = invoices.browse()
        for (day, share), moves in by_terms.items():
            wizard = (
                self.env["account.move.reversal"]
                .with_context(active_model="account.move", active_ids=moves.ids)
                .create(
                    {
                        "date": day,
                        "journal_id": moves.journal_id.id,
                        "reason": "退货 Goods returned" if share == 1 else "投诉 Claim",
                    }
                )
            )
            wizard.refund_moves()
            if share < 1:
                for line in wizard.new_move_ids.invoice_line_ids:
                    line.quantity = max(round(line.quantity * share), 1)
            credit_notes |= wizard.new_move_ids
        credit_notes.action_post()

    # ------------------------------------------------------------
    # Payments
    # ------------------------------------------------------------

    @api.model
    def _register_payments(self, company, invoices, bills):
        """Register what was paid, all at once.

        The wizard does the same for one day and takes three times as long.
        """
        journal = self.env["account.journal"].search(
            [("company_id", "=", company.id), ("type", "=", "bank")], limit=1
        )
        # Straight to the bank: there are no statements to match outstanding receipts.
        methods = journal.inbound_payment_method_line_ids
        methods.payment_account_id = journal.default_account_id
        paid = [
            (invoice, payment.day, amount)
            for invoice, bill in zip(invoices, bills, strict=True)
            for payment, amount in self._amounts(invoice, bill)
        ]
        common = {
            "payment_type": "inbound",
            "partner_type": "customer",
            "journal_id": journal.id,
            "payment_method_line_id": methods[:1].id,
        }
        payments = self.env["account.payment"].create(
            [
                {
                    **common,
                    "partner_id": invoice.commercial_partner_id.id,
                    "currency_id": invoice.currency_id.id,
                    "amount": amount,
                    "date": day,
                    "memo": invoice.name,
                    "invoice_ids": [Command.set(invoice.ids)],
                }
                for invoice, day, amount in paid
            ]
        )
        payments.action_post()
        pairs = [
            (invoice.line_ids | payment.move_id.line_ids).filtered(
                lambda line: line.account_type == "asset_receivable"
            )
            for (invoice, _day, _amount), payment in zip(paid, payments, strict=True)
        ]
        self.env["account.move.line"]._reconcile_plan(pairs)

    @api.model
    def _amounts(self, invoice, bill):
        """Payments of a bill that were made, with their amounts."""
        rest = invoice.amount_residual
        for payment in bill.payments:
            amount = invoice.currency_id.round(rest * payment.share)
            rest -= amount
            yield payment, amount
