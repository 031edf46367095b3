from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..common import KamCase


@tagged("post_install", "-at_install", "multi_company")
class TestMultiCompany(KamCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls._create_company("Oak Test")
        cls.env.user.company_ids |= cls.other
        cls.both = cls.env(
            context={
                **cls.env.context,
                "allowed_company_ids": (cls.company + cls.other).ids,
            }
        )
        cls.partner = cls._customer("Alpha")
        cls._invoice(cls.partner, 100.0)
        in_other = cls.env(
            context={**cls.env.context, "allowed_company_ids": cls.other.ids}
        )
        cls.invoice = in_other["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": cls.partner.id,
                "invoice_date": cls.today,
                "invoice_line_ids": [
                    Command.create(
                        {"product_id": cls.product.id, "price_unit": 7.0, "tax_ids": []}
                    )
                ],
            }
        )
        cls.invoice.action_post()
        cls.Account._refresh(cls.company + cls.other)

    def test_one_row_per_company(self):
        accounts = self.both["kam.account"].search(
            [("partner_id", "=", self.partner.id)]
        )
        self.assertEqual(
            {a.company_id: a.revenue_12m for a in accounts},
            {self.company: 100.0, self.other: 7.0},
        )

    def test_rules_of_each_company(self):
        self.assertEqual(len(self.other.kam_tier_ids), 3)
        self.assertFalse(self.other.kam_tier_ids & self.tiers)
        self.other.kam_window_months = 3
        self.other.kam_tier_ids[-1].write({"min_score": 0, "min_revenue": 1})
        self.Account._refresh(self.company + self.other)
        self.assertFalse(self._account(self.partner).tier_computed_id)
        other = self.both["kam.account"].search(
            [("partner_id", "=", self.partner.id), ("company_id", "=", self.other.id)]
        )
        self.assertEqual(other.tier_computed_id, self.other.kam_tier_ids[-1])

    def test_partner_shows_the_account_of_the_current_company(self):
        for company in (self.company, self.other):
            partner = self.partner.with_company(company)
            self.assertEqual(partner.kam_account_id.company_id, company)
            self.assertEqual(
                partner.search([("kam_account_id", "=", partner.kam_account_id.id)]),
                self.partner,
            )

    def test_rows_of_other_companies_are_out_of_reach(self):
        self.env["kam.account.snapshot"]._take_missing(self.other)
        account = self.both["kam.account"].search(
            [("company_id", "=", self.other.id)], limit=1
        )
        proposal = self.both["kam.tier.proposal"]._propose(
            account, self.other.kam_tier_ids[0], "Test"
        )
        self.users["eve"].company_ids |= self.other
        self.both["kam.account.member"].create(
            {"account_id": account.id, "user_id": self.users["eve"].id}
        )
        self.users["eve"].company_ids -= self.other
        account._assign_tier(self.other.kam_tier_ids[0], {}, proposal)
        for model in (
            "kam.account",
            "kam.account.member",
            "kam.account.snapshot",
            "kam.tier.history",
            "kam.tier.proposal",
            "kam.tier",
            "kam.criterion",
        ):
            records = (
                self.both[model].sudo().search([("company_id", "=", self.other.id)])
            )
            self.assertTrue(records or model == "kam.account.snapshot", model)
            for login in ("eve", "tom"):
                Model = self.env[model].with_user(self.users[login])
                self.assertFalse(Model.search([("id", "in", records.ids)]), model)
                with self.assertRaises(AccessError):
                    records[:1].with_env(Model.env).check_access(
                        "read"
                    ) if records else Model.check_access("unlink")

    def test_credit_of_other_companies_is_out_of_reach(self):
        account = self.both["kam.account"].search(
            [("company_id", "=", self.other.id)], limit=1
        )
        grade = self.other._kam_credit_grades()[-1]
        self.other.account_use_credit_limit = True
        account._assign_credit(grade, 5, grade.payment_term_id)
        env = self.both(
            context={**self.both.context, "allowed_company_ids": self.other.ids}
        )
        assessment = env["kam.credit.assessment"].create({"account_id": account.id})
        env["kam.credit.statement"].create(
            {"assessment_id": assessment.id, "date_end": self.today}
        )
        env["kam.credit.request"].create({"account_id": account.id})
        env["kam.credit.document"].create(
            {
                "account_id": account.id,
                "type_id": env["kam.credit.document.type"].search([], limit=1).id,
                "file": b"cGFwZXI=",
            }
        )
        order = env["sale.order"].create(
            {
                "partner_id": self.partner.id,
                "company_id": self.other.id,
                "order_line": [
                    Command.create({"product_id": self.product.id, "price_unit": 9})
                ],
            }
        )
        order.action_confirm()
        self.invoice.invoice_date_due = self._months_ago(1)
        self.env.flush_all()
        for model in (
            "kam.credit.assessment",
            "kam.credit.assessment.line",
            "kam.credit.document",
            "kam.credit.grade",
            "kam.credit.indicator",
            "kam.credit.obligation",
            "kam.credit.release",
            "kam.credit.request",
            "kam.credit.statement",
        ):
            records = env[model].search([("company_id", "=", self.other.id)])
            self.assertTrue(records, model)
            for login in ("eve", "tom"):
                Model = self.env[model].with_user(self.users[login])
                with self.subTest(model=model, login=login):
                    self.assertFalse(Model.search([("id", "in", records.ids)]))
                    if model != "kam.credit.obligation":  # no rows of its own
                        with self.assertRaises(AccessError):
                            records[:1].with_env(Model.env).check_access("read")
        partner = self.partner.with_user(self.users["eve"])
        self.assertFalse(partner.kam_credit_grade_id)

    def test_rules_of_credit_of_each_company(self):
        self.other.kam_performance_tolerance = 0
        self.other._kam_credit_grades().min_amount = 0
        for company in (self.company, self.other):
            self.assertEqual(len(company._kam_credit_grades()), 4)
            self.assertEqual(len(company.sudo().kam_credit_indicator_ids), 9)
        self.assertFalse(
            self.company._kam_credit_grades() & self.other._kam_credit_grades()
        )
        self.assertEqual(self.company._kam_credit_grades()[0].min_amount, 3000000)
