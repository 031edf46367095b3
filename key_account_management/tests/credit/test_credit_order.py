from unittest.mock import patch

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tests.common import warmup

from .common import CreditCase

LIMIT = 1000


@tagged("post_install", "-at_install")
class TestCreditOrder(CreditCase):
    """What the grade of a customer means for its orders."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls._graded("Alpha", cls.red, LIMIT)
        cls.partner = cls.account.partner_id

    def _order(self, amount, partner=None, **values):
        """Quotation, seen by amy."""
        order = self._quotation(partner or self.partner, amount, **values)
        return self._as("amy", order)

    def _confirm(self, orders):
        result = orders.action_confirm()
        orders.env.flush_all()
        return result

    def _policy(self, policy, scope="over_limit"):
        self.red.write({"order_policy": policy, "policy_scope": scope})

    def _exposure(self):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.account.credit_exposure

    # ------------------------------------------------------------
    # Policies
    # ------------------------------------------------------------

    def test_policies(self):
        for policy, scope, amount, state in (
            ("allow", "over_limit", LIMIT + 1, "sale"),
            ("allow", "always", LIMIT + 1, "sale"),
            ("warn", "over_limit", LIMIT + 1, "sale"),
            ("approval", "over_limit", LIMIT, "sale"),
            ("approval", "over_limit", LIMIT + 0.01, "draft"),
            ("approval", "always", 1, "draft"),
            ("block", "over_limit", LIMIT, "sale"),
            ("block", "over_limit", LIMIT + 0.01, "draft"),
            ("block", "always", 1, "draft"),
        ):
            with self.subTest(policy=policy, scope=scope, amount=amount):
                self._policy(policy, scope)
                account = self._graded(f"{policy} {scope} {amount}", self.red, LIMIT)
                order = self._order(amount, account.partner_id)
                self._confirm(order)
                self.assertEqual(order.state, state)

    def test_reasons_without_figures(self):
        self._owe(self.partner, 900, 5)
        for policy, scope, seen in (
            ("allow", "always", "allow"),
            ("warn", "over_limit", "warn"),
            ("warn", "always", "warn"),
            ("approval", "over_limit", "approval"),
            ("block", "over_limit", "block"),
        ):
            self._policy(policy, scope)
            self.env.flush_all()
            order = self._order(234)
            with self.subTest(policy=policy, scope=scope):
                self.assertEqual(order.sudo().kam_credit_policy, seen)
        texts = []
        for policy in ("block", "approval"):
            self._policy(policy)
            with patch.object(self.env.registry["res.users"], "_bus_send") as send:
                self.assertIs(self._confirm(self._as("amy", order)), True)
            texts += [
                call.args[1]["message"]
                for call in send.call_args_list
                if call.args[0] == "simple_notification"
            ]
        self.assertEqual(len(texts), 2)
        self.assertTrue(order.kam_credit_waiting)
        with self.assertRaises(UserError) as caught:
            self._as("amy", order).write({"state": "sale"})
        texts += [str(caught.exception), *order.message_ids.mapped("body")]
        self.assertTrue(all(texts))
        for text in texts:
            text = text.replace(order.name, "")
            self.assertNotRegex(text, r"\d")
            for grade in self.grades:
                self.assertNotIn(grade.name, text)

    def test_without_a_limit(self):
        """0 is no limit, as in core."""
        self.partner.credit_limit = 0
        self._policy("block")
        order = self._order(1000000)
        self._confirm(order)
        self.assertEqual(order.state, "sale")

    def test_feature_off(self):
        self.company.account_use_credit_limit = False
        self._policy("block", "always")
        order = self._order(5000)
        self.assertEqual(order.sudo().kam_credit_policy, "allow")
        self._confirm(order)
        order.order_line.price_unit = 9000
        self.assertEqual(order.state, "sale")

    def test_customers_without_a_grade(self):
        partner = self._customer("Nobody")
        partner.credit_limit = 1
        order = self._order(5000, partner)
        self._confirm(order)
        self.assertEqual(order.state, "sale")

    def test_second_company(self):
        other = self._create_company("Oak Test")
        other.account_use_credit_limit = True
        self._policy("block", "always")
        order = self.env["sale.order"].create(
            {
                "partner_id": self.partner.id,
                "company_id": other.id,
                "order_line": [
                    Command.create({"product_id": self.product.id, "price_unit": 5000})
                ],
            }
        )
        order.action_confirm()
        self.assertEqual(order.state, "sale")  # not graded there
        order = self._order(1)
        self._confirm(order)
        self.assertEqual(order.state, "draft")

    # ------------------------------------------------------------
    # What readers of credit see of a saved order
    # ------------------------------------------------------------

    def _seen(self, order):
        return self._as("amy", order).sudo().kam_credit_policy

    def test_policy_of_a_quotation(self):
        order = self._order(LIMIT)
        self.assertEqual(self._seen(order), "allow")
        order.order_line.price_unit = LIMIT + 1
        self.assertEqual(self._seen(order), "approval")
        order.order_line.price_unit = LIMIT
        self.assertEqual(self._seen(order), "allow")
        order.order_line.price_unit = LIMIT + 1
        order.partner_id = self._customer("Nobody")
        self.assertEqual(self._seen(order), "allow")

    def test_policy_of_a_confirmed_order(self):
        """Its amount is in the exposure of the customer already."""
        order = self._order(LIMIT - 100)
        self._confirm(order)
        self.assertEqual(self._seen(order), "allow")
        order.order_line.price_unit = LIMIT
        self.assertEqual(self._seen(order), "allow")
        self._owe(self.partner, 1, 5)
        self.assertEqual(self._seen(order), "approval")

    def test_policy_with_a_release(self):
        order = self._order(LIMIT + 100)
        self._confirm(order)
        self._approve(order.sudo().kam_credit_release_ids.with_env(self.env), "sue")
        order = self._as("amy", order)
        for more, seen in ((0, "allow"), (1, "approval"), (-1, "allow")):
            order.order_line.price_unit = LIMIT + 100 + more
            self.assertEqual(self._seen(order), seen)

    # ------------------------------------------------------------
    # Exposure
    # ------------------------------------------------------------

    def test_open_invoices_and_orders_count(self):
        self._owe(self.partner, 400, 5)
        self._owe(self.partner, 300, 5, (0, 100))
        self._confirm(self._order(350))
        self.assertEqual(self._exposure(), 950)
        order = self._order(51)
        self._confirm(order)
        self.assertEqual(order.state, "draft")
        self._pay(self._owe(self.partner, 10, 5))
        order = self._order(50)
        self._confirm(order)
        self.assertEqual(order.state, "sale")

    def test_undelivered_orders_count(self):
        self.product.invoice_policy = "delivery"
        self._confirm(self._order(600))
        self.assertEqual(self._exposure(), 600)
        order = self._order(500)
        self._confirm(order)
        self.assertEqual(order.state, "draft")

    def test_invoiced_orders_count_once(self):
        order = self._order(600).sudo()
        self._confirm(order)
        invoice = order._create_invoices()
        self.assertEqual(self._exposure(), 600)
        invoice.action_post()
        self.assertEqual(self._exposure(), 600)
        self._pay(invoice)
        self.assertEqual(self._exposure(), 0)

    def test_down_payments_count_once(self):
        """Invoiced, paid, and set off in the final invoice: the order counts once."""
        order = self._order(600).sudo()
        self._confirm(order)
        wizard = self.env["sale.advance.payment.inv"].create(
            {
                "sale_order_ids": order.ids,
                "advance_payment_method": "fixed",
                "fixed_amount": 200,
            }
        )
        advance = wizard._create_invoices(order)
        self.assertEqual(self._exposure(), 600)
        advance.action_post()
        self.assertEqual(self._exposure(), 600)
        self._pay(advance)
        self.assertEqual(self._exposure(), 400)
        final = order._create_invoices(final=True)
        final.action_post()
        self.assertEqual(self._exposure(), 400)
        self._pay(final)
        self.assertEqual(self._exposure(), 0)

    def test_credit_notes(self):
        """What was credited is to be invoiced again, until the order is cancelled."""
        order = self._order(600).sudo()
        self._confirm(order)
        invoice = order._create_invoices()
        invoice.action_post()
        invoice._reverse_moves(cancel=True)
        self.assertEqual(self._exposure(), 600)
        order._action_cancel()
        self.assertEqual(self._exposure(), 0)

    def test_archived_customer(self):
        """It is no better a debtor for being archived."""
        order = self._order(LIMIT + 1)
        self.partner.active = False
        self.assertEqual(order.sudo().kam_credit_policy, "approval")
        self._confirm(order)
        self.assertEqual(order.state, "draft")
        self.assertTrue(order.kam_credit_waiting)

    def test_together(self):
        orders = self._order(600) + self._order(300) + self._order(300)
        self._confirm(orders)
        self.assertEqual(orders.mapped("state"), ["sale", "sale", "draft"])
        self.assertTrue(orders[2].kam_credit_waiting)

    def test_what_is_held_does_not_count(self):
        orders = self._order(1001) + self._order(1000)
        self._confirm(orders)
        self.assertEqual(orders.mapped("state"), ["draft", "sale"])

    def test_quotations_are_looked_at_one_by_one(self):
        orders = self._order(600) + self._order(600)
        policies = orders.sudo().mapped("kam_credit_policy")
        self.assertEqual(policies, ["allow", "allow"])

    def test_one_after_the_other(self):
        orders = self._order(600) + self._order(600)
        for order in orders:
            order.action_confirm()
        self.assertEqual(orders.mapped("state"), ["sale", "draft"])

    def test_foreign_currency(self):
        currency = self._foreign((100, 2.0))
        pricelist = self.env["product.pricelist"].create(
            {"name": "Foreign", "currency_id": currency.id}
        )
        orders = self.env["sale.order"]
        for amount in (2000, 0.02):
            order = self._order(amount, pricelist_id=pricelist.id)
            self.assertEqual(order.currency_id, currency)
            self._confirm(order)
            orders += order
        self.assertEqual(orders.mapped("state"), ["sale", "draft"])
        self.assertEqual(orders[1].sudo().kam_credit_release_ids.amount, 0.01)

    def test_contacts_and_invoice_addresses(self):
        contact = self._customer("Buyer", is_company=False, parent_id=self.partner.id)
        payer = self._graded("Payer", self.black).partner_id
        ungraded = self._customer("Nobody")
        for partner, invoiced, state in (
            (contact, contact, "draft"),
            (self.partner, ungraded, "draft"),
            (ungraded, self.partner, "draft"),
            (ungraded, payer, "draft"),
            (ungraded, ungraded, "sale"),
        ):
            order = self._order(1001, partner, partner_invoice_id=invoiced.id)
            with self.subTest(partner=partner.name, invoiced=invoiced.name):
                self._confirm(order)
                self.assertEqual(order.state, state)

    # ------------------------------------------------------------
    # No way round
    # ------------------------------------------------------------

    def test_state_written_directly(self):
        with self.assertFails(UserError, "needs a credit release"):
            self._order(1001).write({"state": "sale"})
        order = self._order(1001)
        order.action_cancel()
        with self.assertFails(UserError, "needs a credit release"):
            order.write({"state": "sale"})
        self._order(999).write({"state": "sale"})

    def test_created_as_confirmed(self):
        with self.assertFails(UserError, "needs a credit release"):
            self._order(1001, state="sale")
        with self.assertFails(UserError, "needs a credit release"):
            self._order(999, state="sale") + self._order(2, state="sale")

    def test_copy(self):
        order = self._order(1000)
        self._confirm(order)
        copy = order.copy()
        self._confirm(copy)
        self.assertEqual(copy.state, "draft")
        self.assertTrue(copy.kam_credit_waiting)

    def test_confirmed_orders_that_grow(self):
        tax = self.env["account.tax"].create(
            {"name": "Twenty", "amount": 20, "company_id": self.company.id}
        )
        for invoice_policy in ("order", "delivery"):
            self.product.invoice_policy = invoice_policy
            partner = self._graded(invoice_policy, self.red, LIMIT).partner_id
            order = self._order(900, partner)
            other = self._order(500, partner)
            self._confirm(order)
            line = order.order_line
            new = {
                "product_id": self.product.id,
                "price_unit": 101,
                "tax_ids": [Command.clear()],
            }
            for number, change in enumerate(
                (
                    lambda o=order, n=new: o.write({"order_line": [Command.create(n)]}),
                    lambda o=order, n=new: o.order_line.create({"order_id": o.id, **n}),
                    lambda ln=line: ln.write({"price_unit": 1001}),
                    lambda ln=line: ln.write({"product_uom_qty": 2, "price_unit": 900}),
                    lambda ln=line: ln.write({"tax_ids": tax.ids}),
                    lambda o=order, q=other: q.order_line.write({"order_id": o.id}),
                )
            ):
                with (
                    self.subTest(policy=invoice_policy, number=number),
                    self.assertFails(UserError, "needs a credit release"),
                    self.env.cr.savepoint(),
                ):
                    change()
                self.env.invalidate_all()
            line.price_unit = 1000
            line.price_unit = 400
            self.assertEqual(order.amount_total, 400)

    def test_growth_of_orders_that_others_pay(self):
        order = self._order(900, partner_invoice_id=self._customer("Payer").id)
        self._confirm(order)
        with self.assertFails(UserError, "needs a credit release"):
            order.order_line.price_unit = 1001

    def test_customer_changed(self):
        ungraded = self._customer("Nobody")
        for fname in ("partner_id", "partner_invoice_id"):
            order = self._order(1001, ungraded)
            self._confirm(order)
            self.assertEqual(order.state, "sale")
            with (
                self.subTest(field=fname),
                self.assertFails(UserError, "needs a credit release"),
                self.env.cr.savepoint(),
            ):
                order[fname] = self.partner
            self.env.invalidate_all()
            order.action_cancel()
        order = self._order(999, ungraded)
        self._confirm(order)
        order.partner_id = self.partner
        self.assertEqual(order.partner_id, self.partner)

    def test_cancellation_is_not_made_up(self):
        order = self._order(100)
        self._confirm(order)
        order.action_cancel()
        self.assertEqual(order.kam_cancel_amount, 100)
        for fname, value in (("kam_cancel_amount", 0), ("kam_cancel_date", False)):
            with self.assertRaisesRegex(Exception, "cannot be entered"):
                order[fname] = value

    # ------------------------------------------------------------
    # Statements
    # ------------------------------------------------------------

    def _statements(self, number, checked):
        """Statements to confirm orders of as many customers."""
        accounts = [
            self._graded(f"{number} {i} {checked}", self.red, LIMIT)
            for i in range(number)
        ]
        orders = self.env["sale.order"].union(
            *(self._quotation(account.partner_id, 10) for account in accounts)
        )
        self.company.account_use_credit_limit = checked
        orders = self._as("amy", orders)
        before = self.env.cr.sql_log_count
        self._confirm(orders)
        self.assertEqual(set(orders.mapped("state")), {"sale"})
        return self.env.cr.sql_log_count - before

    @warmup
    def test_many_customers(self):
        """The check costs no statements per order."""
        few, many = (
            self._statements(number, True) - self._statements(number, False)
            for number in (5, 50)
        )
        self.assertLessEqual(many, few + 3)
