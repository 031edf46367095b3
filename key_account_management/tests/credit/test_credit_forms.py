from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import CreditCase


@tagged("post_install", "-at_install")
class TestCreditForms(CreditCase):
    """Controlled forms: numbered, fixed once submitted, filled in by people."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls._graded("Alpha", cls.red, 1000)
        cls.account._assign_tier(cls.key, {})
        cls._documents(cls.account)

    def _submitted(self):
        assessment = self._assessment(self.account)
        assessment.env["kam.credit.statement"].create(
            {"assessment_id": assessment.id, "date_end": self._day(100)}
        )
        assessment.action_submit()
        return self._as("sue", assessment)

    def _changes(self, form):
        """What an applicant might try to slip in."""
        line, statement = form.line_ids[0], form.statement_ids
        indicator = line.indicator_id.sudo().copy()
        other = self._assessment(self._graded("Beta", self.red)).with_env(form.env)
        stray = statement.create(
            {"assessment_id": other.id, "date_end": self._day(100)}
        )
        return [
            lambda: form.write({"history": "Founded by the emperor"}),
            lambda: form.write({"line_ids": [Command.update(line.id, {"points": 1})]}),
            lambda: form.write({"line_ids": [Command.unlink(line.id)]}),
            lambda: form.write({"document_ids": [Command.clear()]}),
            lambda: line.write({"points": 100}),
            lambda: line.write({"assessment_id": other.id}),
            lambda: line.unlink(),
            lambda: line.create(
                {"assessment_id": form.id, "indicator_id": indicator.id}
            ),
            lambda: statement.write({"revenue": 5}),
            lambda: statement.unlink(),
            lambda: stray.write({"assessment_id": form.id}),
            lambda: stray.create({"assessment_id": form.id, "date_end": self.today}),
            lambda: form.unlink(),
        ]

    def test_submitted_forms_are_fixed(self):
        form = self._submitted()
        for number, change in enumerate(self._changes(form)):
            with (
                self.subTest(number=number),
                self.assertFails(UserError, "submitted forms cannot be changed"),
                self.env.cr.savepoint(),
            ):
                change()
        self._approve(form, "sam", "max")
        self.assertEqual(form.approval_state, "approved")
        with self.assertFails(UserError, "submitted forms cannot be changed"):
            self._as("sue", form).policy = "Grow"
        talk = "Talk goes on"
        form.message_post(body=talk)

    def test_own_values_change_nothing(self):
        """What was reviewed is what is approved, and what was approved stays."""
        request = self._request(
            self.account, grade_to_id=self.yellow.id, limit_to=1234.0
        )
        request.action_submit()
        self._approve(request, "sam")
        assessment = self._submitted()
        # What the figures and settings call for now is another thing
        self._owe(self.account.partner_id, 5000.0, 100, (2, 5000.0))
        self._refresh()
        self.company.kam_assessment_months += 24
        sue, sam = self.users["sue"], self.users["sam"]
        self.assertFixed(request.sudo(False), sue, sam)
        self.assertFixed(assessment.sudo(False), sue, sam)
        self._approve(request, "max")
        self._approve(assessment, "sam", "max")
        self.account.sudo().credit_grade_id = self.green
        self.assertFixed(request.sudo(False), sue, sam)
        self.assertFixed(assessment.sudo(False), sue, sam)

    def test_returned_forms_change(self):
        form = self._submitted()
        self._as("sam", form).action_return("Which history?")
        form = self._as("sue", form)
        form.write(
            {
                "history": "Founded in 1990",
                "line_ids": [Command.update(form.line_ids[0].id, {"points": 10})],
            }
        )
        form.statement_ids.revenue = 5
        score = form.score
        form.action_submit()
        self.assertEqual(form.approval_state, "pending")
        with self.assertFails(UserError, "cannot be changed"):
            form.history = "Founded in 1890"
        self._approve(form, "sam", "max")
        self.assertEqual(self.account.credit_score, score)

    def test_what_the_system_fills_in(self):
        """Scores, figures and states come from the records, not from the applicant."""
        form = self._as("sue", self._assessment(self.account, 20))
        for values in (
            {"score": 99},
            {"valid_until": self._day(-9999)},
            {"name": "CA-1"},
            {"line_ids": [Command.update(form.line_ids[0].id, {"weight": 9999})]},
            {"approval_state": "approved"},
            {"approval_applicant_id": self.users["amy"].id},
        ):
            with self.subTest(values=values), self.assertRaises(AccessError):
                form.write(values)
        request = self._request(self.account)
        for values in (
            {"performance_rate": 1},
            {"revenue_12m": 5000000},
            {"limit_from": 5},
            {"grade_from_id": self.black.id},
            {"origin": "rule"},
            {"effect_date": self.today},
            {"apply_deadline": self._day(-99)},
        ):
            with self.subTest(values=values):
                with self.assertFails(AccessError, "cannot be entered"):
                    request.write(values)
                request.unlink()
                with self.assertFails(AccessError, "cannot be entered"):
                    self._request(self.account, **values)
                request = self._request(self.account)

    def test_withdrawn_by_the_applicant_only(self):
        form = self._submitted()
        for login in ("sam", "max", "eve"):
            with self.assertFails(AccessError, "Only the applicant can withdraw"):
                self._as(login, form).action_withdraw()
            self.assertFalse(self._as(login, form).can_withdraw)
        form = self._as("sue", form)
        self.assertTrue(form.can_withdraw)
        self.assertTrue(self._as("sam", form).activity_ids)
        self._as("sue", form).action_withdraw()
        self.assertEqual(form.approval_state, "draft")
        self.assertFalse(form.sudo().activity_ids)
        self.assertNotIn("pending", form.sudo().approval_ids.mapped("state"))
        form.history = "May be edited again"
        with self.assertFails(UserError, "Only submitted forms"):
            form.action_withdraw()
        form.action_submit()
        self._approve(form, "sam", "max")
        self.assertEqual(self.account.credit_score, 80)

    def test_drafts_are_deleted(self):
        form = self._assessment(self.account)
        form.unlink()
        self.assertFalse(form.exists())

    # ------------------------------------------------------------
    # Numbers
    # ------------------------------------------------------------

    def test_numbers_of_each_company(self):
        other = self._create_company("Oak Test")
        year = self.today.year
        accounts = [self._graded(f"Customer {i}", self.red) for i in range(3)]
        names = [self._request(account).name for account in accounts]
        self.assertEqual(names, [f"CR{year}-{i:04}" for i in (1, 2, 3)])
        there = self.Account.create(
            {"partner_id": self._customer("Oak").id, "company_id": other.id}
        )
        self.assertEqual(
            self.Request.create({"account_id": there.id}).name, f"CR{year}-0001"
        )
        self.assertEqual(self._assessment(accounts[0]).name, f"CA{year}-0001")
        more = self._request(self.account).copy(
            {"account_id": self._graded("Last", self.red).id}
        )
        self.assertEqual(more.name, f"CR{year}-0005")

    def test_numbers_of_many_in_one_statement(self):
        Sequence = self.env["ir.sequence"]
        Sequence._kam_next_numbers("kam.credit.request", self.company, 1)

        def count(number):
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            numbers = Sequence._kam_next_numbers(
                "kam.credit.request", self.company, number
            )
            self.assertEqual(len(set(numbers)), number)
            return self.env.cr.sql_log_count - before

        self.assertEqual(count(100), count(1))

    def test_numbers_of_other_sequences(self):
        sequence = self.env["ir.sequence"]
        sequence._kam_next_numbers("kam.credit.request", self.company, 1)
        own = sequence.search(
            [
                ("code", "=", "kam.credit.request"),
                ("company_id", "=", self.company.id),
            ]
        )
        own.write({"implementation": "no_gap", "prefix": "A"})
        self.assertEqual(
            sequence._kam_next_numbers("kam.credit.request", self.company, 3),
            ["A0001", "A0002", "A0003"],
        )
