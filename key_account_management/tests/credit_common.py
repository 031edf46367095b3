from datetime import timedelta

from odoo import Command

from .common import KamCase


class CreditCase(KamCase):
    """Grades, graded customers, invoices that fell due, orders, credit forms."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grades = cls.company._kam_credit_grades().with_env(cls.env)
        cls.green, cls.yellow, cls.red, cls.black = cls.grades
        cls.company.account_use_credit_limit = True
        cls.Request = cls.env["kam.credit.request"]
        cls.Obligation = cls.env["kam.credit.obligation"]

    @classmethod
    def _day(cls, ago):
        return cls.today - timedelta(days=ago)

    @classmethod
    def _owe(cls, partner, amount, due, *payments, **values):
        """Invoice that fell due some days ago.

        :param int due: days ago
        :param payments: pairs of days after the due date and amount
        """
        day = cls._day(due)
        invoice = cls._invoice(partner, amount, day, invoice_date_due=day, **values)
        for delay, paid in payments:
            cls._pay(invoice, day + timedelta(delay), paid)
        return invoice

    @classmethod
    def _receivable(cls, moves):
        return moves.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )

    @classmethod
    def _foreign(cls, *rates):
        """Currency by units per dollar, from some days ago on."""
        currency = cls.env["res.currency"].create({"name": "TKA", "symbol": "T"})
        cls.env["res.currency.rate"].create(
            [
                {
                    "currency_id": currency.id,
                    "company_id": cls.company.id,
                    "name": cls._day(ago),
                    "rate": rate,
                }
                for ago, rate in rates
            ]
        )
        return currency

    # ------------------------------------------------------------
    # Graded customers and their orders
    # ------------------------------------------------------------

    @classmethod
    def _graded(cls, name, grade, limit=0.0):
        """Account of a new customer with a grade, managed by amy, in the East."""
        account = cls.Account.create(
            {
                "partner_id": cls._customer(name).id,
                "company_id": cls.company.id,
                "manager_id": cls.users["amy"].id,
                "team_id": cls.east.id,
            }
        )
        account._assign_credit(grade, limit, grade.payment_term_id)
        return account

    @classmethod
    def _quotation(cls, partner, amount, **values):
        """Quotation of amy's, without taxes."""
        return cls.env["sale.order"].create(
            {
                "partner_id": partner.id,
                "company_id": cls.company.id,
                "user_id": cls.users["amy"].id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": cls.product.id,
                            "price_unit": amount,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
                **values,
            }
        )

    def _as(self, login, record):
        record.env.flush_all()
        record.env.invalidate_all()
        return record.with_user(self.users[login])

    # ------------------------------------------------------------
    # Credit forms
    # ------------------------------------------------------------

    @classmethod
    def _request(cls, account, login="sue", **values):
        """Draft of a credit request made by hand."""
        values = {"account_id": account.id, "reason": "They pay on time", **values}
        return cls.Request.with_user(cls.users[login]).create(values)

    def _approve(self, document, *logins):
        for login in logins:
            self._as(login, document).action_approve()

    @classmethod
    def _documents(cls, account, **values):
        """A valid document of each required kind."""
        types = cls.env["kam.credit.document.type"].search([("required", "=", True)])
        return cls.env["kam.credit.document"].create(
            [
                {
                    "account_id": account.id,
                    "type_id": type_.id,
                    "file": b"cGFwZXI=",
                    "date": cls._day(10),
                    **values,
                }
                for type_ in types
            ]
        )

    @classmethod
    def _assessment(cls, account, points=80, login="sue"):
        """Scored assessment, not submitted yet."""
        assessment = (
            cls.env["kam.credit.assessment"]
            .with_user(cls.users[login])
            .create({"account_id": account.id})
        )
        assessment.line_ids.points = points
        return assessment
