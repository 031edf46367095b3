from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

from ..common import KamCase


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


LIMIT = 7654321
SECRETS = (
    "credit_grade_id",
    "credit_grade_color",
    "credit_grade_date",
    "credit_grade_computed_id",
    "credit_score",
    "credit_valid_until",
    "obligation_amount",
    "performance_rate",
    "performance_grace_date",
    "credit_limit",
    "credit_exposure",
    "obligation_ids",
    "credit_request_ids",
    "credit_assessment_ids",
    "credit_document_ids",
)
STORED = SECRETS[:1] + SECRETS[2:9]
MODELS = (
    "kam.credit.assessment",
    "kam.credit.assessment.line",
    "kam.credit.document",
    "kam.credit.document.type",
    "kam.credit.grade",
    "kam.credit.indicator",
    "kam.credit.obligation",
    "kam.credit.release",
    "kam.credit.request",
    "kam.credit.statement",
)
# What gives the secrets away in a text.
WORDS = ("Red list", "Yellow list", "7654321", "7,654,321", "62.5", "0.625", "81.25")


class SecrecyCase(CreditCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = account = cls._graded("Alpha", cls.red, LIMIT)
        cls.partner = account.partner_id
        account.member_ids.create(
            {"account_id": account.id, "user_id": cls.users["ben"].id}
        )
        cls._owe(cls.partner, 800000, 40, (0, 500000))
        account._assign_tier(cls.key, {})
        cls.company.kam_performance_min = 50
        cls.documents = cls._documents(account)
        cls.assessment = cls._assessment(account, 81.25)
        cls.assessment.env["kam.credit.statement"].create(
            {"assessment_id": cls.assessment.id, "date_end": cls._day(100)}
        )
        cls.assessment.action_submit()
        for login in ("sam", "max"):
            cls.assessment.with_user(cls.users[login]).action_approve()
        cls._refresh()
        account.credit_request_ids._withdraw_undecided()
        cls.env.flush_all()
        cls.request = cls._request(
            account, grade_to_id=cls.yellow.id, limit_to=LIMIT, reason="Red list"
        )
        cls.request.action_submit()
        cls.env["kam.account.snapshot"]._take_missing(cls.company)
        cls.order = cls._quotation(cls.partner, 9000000)
        cls.order.with_user(cls.users["amy"]).action_confirm()
        cls.release = cls.order.kam_credit_release_ids
        cls.portal = new_test_user(
            cls.env, "portal", "base.group_portal", company_id=cls.company.id
        )
        cls.users["portal"] = cls.portal
        cls.portal.partner_id.parent_id = cls.partner
        cls.env.flush_all()
        cls.env.invalidate_all()

    def setUp(self):
        super().setUp()
        self.assertEqual(self.account.performance_rate, 0.625)
        self.assertEqual(self.account.credit_score, 81.25)

    def _denied(self, function, *args, **kwargs):
        """Expect that nothing comes back."""
        try:
            with self.env.cr.savepoint():
                result = function(*args, **kwargs)
        except (AccessError, UserError, ValueError):
            return
        self.fail(f"{function} {args} gave {result}")

    def assertSilent(self, text):  # noqa: N802
        for word in WORDS:
            self.assertNotIn(word, str(text))
