from datetime import timedelta

from odoo import Command
from odoo.tests import tagged

from ..reference import cut
from .common import CreditCase


@tagged("post_install", "-at_install")
class TestCreditPerformance(CreditCase):
    """Contract performance rate, from real invoices, payments and orders."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls._customer("Alpha")
        cls.Account.create({"partner_id": cls.partner.id})

    def _rate(self, day=None, partner=None):
        """Amount of the obligations and share honoured, None without obligations."""
        self._refresh(day)
        account = self._account(partner or self.partner)
        self.env.cr.execute(
            "SELECT obligation_amount, performance_rate FROM kam_account WHERE id = %s",
            [account.id],
        )
        [(amount, rate)] = self.env.cr.fetchall()
        return float(amount), rate if rate is None else float(rate)

    def _verdicts(self):
        self.env.flush_all()
        obligations = self.Obligation.search(
            [("account_id", "=", self._account(self.partner).id)]
        )
        return sorted(
            (line.verdict, line.amount, line.honoured) for line in obligations
        )

    # ------------------------------------------------------------
    # Invoices
    # ------------------------------------------------------------

    def test_no_obligation_is_not_a_rate_of_zero(self):
        self._owe(self.partner, 100, -10)
        self.assertEqual(self._rate(), (0, None))
        self._owe(self.partner, 100, 10)
        self.assertEqual(self._rate(), (100, 0))

    def test_paid_in_time(self):
        self._owe(self.partner, 100, 20, (-3, 100))
        self._owe(self.partner, 200, 20, (0, 200))
        self._owe(self.partner, 300, 20, (5, 300))  # the last day of the tolerance
        self.assertEqual(self._rate(), (600, 1))
        self.assertEqual({verdict for verdict, *_ in self._verdicts()}, {"honoured"})

    def test_paid_a_day_late(self):
        self._owe(self.partner, 300, 20, (5, 300))
        invoice = self._owe(self.partner, 100, 20, (6, 100))
        self.assertEqual(self._rate(), (400, 0.75))
        self.assertIn(("late", 100, 0), self._verdicts())
        line = self.Obligation.search([("move_id", "=", invoice.id)])
        self.assertEqual(line.date_due, self._day(20))
        self.assertEqual(line.date_paid, self._day(14))
        self.assertEqual(line.action_view_source()["res_id"], invoice.id)

    def test_paid_in_part(self):
        self._owe(self.partner, 100, 20, (2, 60), (9, 40))
        self.assertEqual(self._rate(), (100, 0.6))
        self.assertEqual(self._verdicts(), [("partial", 100, 60)])

    def test_unpaid_while_the_tolerance_runs(self):
        self._owe(self.partner, 100, 5)
        self.assertEqual(self._rate(), (0, None))
        self.assertEqual(self._verdicts(), [])
        self._owe(self.partner, 100, 5, (1, 70))
        self.assertEqual(self._rate(), (70, 1))
        self._owe(self.partner, 30, 6)
        self.assertEqual(self._rate(), (100, 0.7))

    def test_tolerance_is_a_setting(self):
        self._owe(self.partner, 100, 20, (6, 100))
        self.company.kam_performance_tolerance = 6
        self.assertEqual(self._rate(), (100, 1))
        self.company.kam_performance_tolerance = 0
        self.assertEqual(self._rate(), (100, 0))

    def test_credit_note_is_no_obligation(self):
        for amount in (100, 40):
            invoice = self._owe(self.partner, 100, 20)
            refund = self._invoice(self.partner, amount, self._day(10), refund=True)
            self._receivable(invoice + refund).reconcile()
        self._pay(invoice, self._day(20), 60)
        self.assertEqual(self._rate(), (60, 1))
        self.assertEqual(self._verdicts(), [("honoured", 60, 60)])

    def test_write_off_does_not_honour(self):
        invoice = self._owe(self.partner, 100, 20, (0, 40))
        line = self._receivable(invoice)
        expense = self.env["account.account"].search(
            [
                ("account_type", "=", "expense"),
                ("company_ids", "in", self.company.ids),
            ],
            limit=1,
        )
        entry = self.env["account.move"].create(
            {
                "move_type": "entry",
                "date": self._day(20),
                "line_ids": [
                    Command.create(
                        {
                            "account_id": line.account_id.id,
                            "partner_id": self.partner.id,
                            "credit": 60,
                        }
                    ),
                    Command.create({"account_id": expense.id, "debit": 60}),
                ],
            }
        )
        entry.action_post()
        (line + self._receivable(entry)).reconcile()
        self.assertEqual(invoice.payment_state, "paid")
        self.assertEqual(self._rate(), (100, 0.4))

    def test_write_off_with_the_payment_does_not_honour(self):
        invoice = self._owe(self.partner, 100, 20)
        account = self.company.expense_account_id or self.env["account.account"].search(
            [("account_type", "=", "expense"), ("company_ids", "in", self.company.ids)],
            limit=1,
        )
        wizard = (
            self.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"payment_date": self._day(20)})
        )
        wizard.amount = 40
        wizard.payment_difference_handling = "reconcile"
        wizard.writeoff_account_id = account
        wizard.action_create_payments()
        self.assertEqual(invoice.payment_state, "paid")
        self.assertEqual(self._rate(), (100, 0.4))

    def test_early_payment_discount_honours(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "2 % in 10 days, net 10",
                "early_discount": True,
                "discount_percentage": 2,
                "discount_days": 10,
                "early_pay_discount_computation": "included",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 100, "nb_days": 10}
                    )
                ],
            }
        )
        invoice = self._invoice(
            self.partner, 100, self._day(30), invoice_payment_term_id=term.id
        )
        self._pay(invoice, self._day(25))
        self.assertEqual(invoice.payment_state, "paid")
        self.assertEqual(invoice.matched_payment_ids.amount, 98)
        self.assertEqual(self._rate(), (100, 1))

    def test_instalments(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "30 % now, the rest in 30 days",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 30, "nb_days": 0}
                    ),
                    Command.create(
                        {"value": "percent", "value_amount": 70, "nb_days": 30}
                    ),
                ],
            }
        )
        invoice = self._invoice(
            self.partner, 1000, self._day(45), invoice_payment_term_id=term.id
        )
        self.assertEqual(len(self._receivable(invoice)), 2)
        self._pay(invoice, self._day(44), 300)
        self.assertEqual(self._rate(self._day(30)), (300, 1))
        self.assertEqual(self._rate(), (1000, 0.3))
        self._pay(invoice, self._day(12), 700)
        self.assertEqual(self._rate(), (1000, 1))
        self.assertEqual(
            self._verdicts(), [("honoured", 300, 300), ("honoured", 700, 700)]
        )

    def test_contacts_count_for_their_company(self):
        contact = self._customer("Buyer", is_company=False, parent_id=self.partner.id)
        self._owe(contact, 100, 20, (0, 50))
        self.assertEqual(self._rate(), (100, 0.5))

    # ------------------------------------------------------------
    # Currencies
    # ------------------------------------------------------------

    def test_exchange_difference_changes_nothing(self):
        currency = self._foreign((100, 2.0), (18, 4.0))
        paid = self._owe(self.partner, 1000, 20, (2, 1000), currency_id=currency.id)
        self.assertEqual(paid.payment_state, "paid")
        self.assertTrue(self._receivable(paid).matched_credit_ids.exchange_move_id)
        self.assertEqual(self._rate(), (500, 1))
        self._owe(self.partner, 1000, 20, (2, 250), currency_id=currency.id)
        self.assertEqual(self._rate(), (1000, 0.625))
        self.assertEqual(
            self._verdicts(), [("honoured", 500, 500), ("partial", 500, 125)]
        )

    def test_paid_in_another_currency(self):
        currency = self._foreign((100, 2.0), (18, 4.0))
        domestic = self._owe(self.partner, 100, 20)
        foreign = self._owe(self.partner, 100, 20, currency_id=currency.id)
        for invoice, pay_in in (
            (domestic, currency),
            (foreign, self.company.currency_id),
        ):
            wizard = (
                self.env["account.payment.register"]
                .with_context(active_model="account.move", active_ids=invoice.ids)
                .create({"payment_date": self._day(18), "currency_id": pay_in.id})
            )
            wizard.action_create_payments()
            self.assertEqual(invoice.payment_state, "paid")
        self.assertEqual(self._rate(), (150, 1))

    # ------------------------------------------------------------
    # Window, past days, companies
    # ------------------------------------------------------------

    def test_window_edges(self):
        start = self._months_ago(12)
        for day, amount in ((start, 1), (start + timedelta(1), 10)):
            self._owe(self.partner, amount, (self.today - day).days)
        for amount, due in ((100, 0), (1000, -1)):
            invoice = self._owe(self.partner, amount, due)
            self._pay(invoice)
        self.assertEqual(self._rate(), (110, 0.9090))

    def test_as_of_a_past_day(self):
        self._owe(self.partner, 100, 40, (2, 100))
        self._owe(self.partner, 100, 40, (20, 100))
        for ago, expected in (
            (41, (0, None)),
            (39, (0, None)),
            (38, (100, 1)),
            (35, (100, 1)),
            (34, (200, 0.5)),
            (0, (200, 0.5)),
        ):
            with self.subTest(days_ago=ago):
                self.assertEqual(self._rate(self._day(ago)), expected)

    def test_obligations_add_up_to_the_rate(self):
        currency = self._foreign((100, 3.0), (18, 7.0))
        self._owe(self.partner, 99.99, 20, (1, 33.33))
        self._owe(self.partner, 1000, 20, (3, 123.45), currency_id=currency.id)
        self._owe(self.partner, 77.77, 300, (0, 77.77))
        order = self._quotation(self.partner, 55.55)
        order.action_confirm()
        order.kam_cancelled_by = "customer"
        order.action_cancel()
        amount, rate = self._rate()
        account = self._account(self.partner)
        lines = account.obligation_ids
        self.assertEqual(len(lines), 4)
        self.assertAlmostEqual(sum(lines.mapped("amount")), amount)
        self.assertEqual(
            cut(sum(lines.mapped("honoured")) / sum(lines.mapped("amount"))), rate
        )
        self.assertEqual(
            self.Obligation.search(account.action_view_obligations()["domain"]), lines
        )

    def test_two_companies(self):
        other = self._create_company("Oak Test")
        self.env.user.company_ids |= other
        self._owe(self.partner, 100, 20)
        there = self.env["account.move"].with_context(allowed_company_ids=other.ids)
        invoice = there.create(
            {
                "move_type": "out_invoice",
                "partner_id": self.partner.id,
                "invoice_date": self._day(20),
                "invoice_date_due": self._day(20),
                "invoice_line_ids": [
                    Command.create(
                        {"product_id": self.product.id, "price_unit": 9, "tax_ids": []}
                    )
                ],
            }
        )
        invoice.action_post()
        self._pay(invoice.with_company(other), self._day(20))
        self.Account._refresh(self.company + other)
        self.assertEqual(self._rate(), (100, 0))
        both = self.env(context={"allowed_company_ids": (self.company + other).ids})
        lines = both["kam.credit.obligation"].search(
            [("account_id.partner_id", "=", self.partner.id)]
        )
        self.assertEqual(
            sorted((line.company_id.id, line.amount, line.honoured) for line in lines),
            [(self.company.id, 100, 0), (other.id, 9, 9)],
        )
        self.assertEqual(self._account(self.partner).obligation_ids.amount, 100)

    # ------------------------------------------------------------
    # Cancelled orders
    # ------------------------------------------------------------

    def _confirmed(self, amount=100):
        order = self._quotation(self.partner, amount)
        order.action_confirm()
        return order

    def _cancel(self, order, who):
        wizard = self.env["kam.order.cancel"].create(
            {"order_id": order.id, "cancelled_by": who}
        )
        wizard.action_cancel_order()
        self.assertEqual(order.state, "cancel")

    def test_order_cancelled_by_the_customer(self):
        self._owe(self.partner, 300, 20, (0, 300))
        order = self._confirmed()
        self.assertEqual(order.action_kam_cancel()["res_model"], "kam.order.cancel")
        self._cancel(order, "customer")
        self.assertEqual(self._rate(), (400, 0.75))
        self.assertIn(("cancelled", 100, 0), self._verdicts())
        line = self.Obligation.search([("order_id", "=", order.id)])
        self.assertEqual(line.action_view_source()["res_model"], "sale.order")
        self.assertEqual(self._rate(self._day(1)), (300, 1))

    def test_order_cancelled_by_us(self):
        self._cancel(self._confirmed(), "company")
        self.assertEqual(self._rate(), (0, None))

    def test_quotation_declined(self):
        quotation = self._quotation(self.partner, 100)
        quotation.kam_cancelled_by = "customer"
        quotation.action_cancel()
        self.assertEqual(self._rate(), (0, None))

    def test_partly_invoiced_order_cancelled(self):
        order = self._confirmed(100)
        order.order_line.write({"product_uom_qty": 4, "price_unit": 100})
        invoice = order._create_invoices()
        invoice.invoice_line_ids.quantity = 1
        invoice.action_post()
        self._cancel(order, "customer")
        self.assertEqual(self._rate(), (300, 0))

    def test_cancelled_in_foreign_currency(self):
        currency = self._foreign((100, 2.0))
        pricelist = self.env["product.pricelist"].create(
            {"name": "Foreign", "currency_id": currency.id}
        )
        order = self._quotation(self.partner, 100, pricelist_id=pricelist.id)
        self.assertEqual(order.currency_id, currency)
        order.action_confirm()
        self._cancel(order, "customer")
        self.assertEqual(self._rate(), (50, 0))

    def test_set_back_to_draft(self):
        """What the customer cancelled stays, whatever becomes of the order."""
        order = self._confirmed()
        self._cancel(order, "customer")
        order.action_draft()
        self.assertEqual(self._rate(), (100, 0))
        order.action_confirm()
        self.assertEqual(self._rate(), (100, 0))
        for amount, kept in ((40, 100), (250, 250)):
            with self.subTest(amount=amount):
                order.order_line.price_unit = amount
                order.action_cancel()
                self.assertEqual(self._rate(), (kept, 0))
                order.action_draft()
                order.action_confirm()

    def test_ours_set_back_to_draft(self):
        order = self._confirmed()
        self._cancel(order, "company")
        order.action_draft()
        order.action_confirm()
        order.action_cancel()  # nobody says who wants it
        self.assertEqual(self._rate(), (0, None))

    def test_cancelled_without_the_button(self):
        for number, state in enumerate(("cancel", "draft", "sent"), start=1):
            order = self._confirmed()
            order.write({"state": state, "kam_cancelled_by": "customer"})
            with self.subTest(state=state):
                self.assertEqual(self._rate(), (number * 100, 0))
