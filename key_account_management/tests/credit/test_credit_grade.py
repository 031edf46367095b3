from datetime import datetime, time, timedelta

from dateutil.relativedelta import relativedelta
from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import CreditCase


@tagged("post_install", "-at_install")
class TestCreditGrade(CreditCase):
    """Which grade the rules call for."""

    @classmethod
    def _trade(cls, name, amount, honoured=100, tier=None):
        """Key account that bought for an amount and paid a percentage of it in time."""
        partner = cls._customer(name)
        account = cls.Account.create({"partner_id": partner.id})
        account._assign_tier(cls.key if tier is None else tier, {})
        if amount:
            payments = [(0, amount * honoured / 100)] if honoured else []
            cls._owe(partner, amount, 20, *payments)
        return account

    def _score(self, account, score, valid=10):
        account.sudo().write(
            {"credit_score": score, "credit_valid_until": self._day(-valid)}
        )

    def _computed(self, account):
        self._refresh()
        return account.credit_grade_computed_id

    # ------------------------------------------------------------
    # Bands and scores
    # ------------------------------------------------------------

    def test_bands(self):
        cases = (
            (3000000, 100, self.green),
            (3000000, 95, self.green),
            (3000000, 94.99, self.yellow),
            (2999999, 100, self.yellow),
            (1000000, 90, self.yellow),
            (999999, 100, self.red),
            (5000000, 75, self.red),
            (499999, 100, self.black),
            (5000000, 74, self.black),
            (5000000, 0, self.black),
        )
        accounts = [
            self._trade(f"Customer {number}", amount, honoured)
            for number, (amount, honoured, _grade) in enumerate(cases)
        ]
        for _twice in range(2):  # withdrawn treatment changes nothing
            self._refresh()
            for account, (amount, honoured, grade) in zip(accounts, cases, strict=True):
                with self.subTest(amount=amount, honoured=honoured):
                    self.assertEqual(account.credit_grade_computed_id, grade)

    def test_bands_without_obligations(self):
        account = self._trade("New", 0)
        self._invoice(account.partner_id, 3000000, invoice_date_due=self._day(-60))
        self.assertEqual(self._computed(account), self.green)
        self.assertEqual(account.obligation_amount, 0)

    def test_which_rule_leads(self):
        account = self._trade("Alpha", 1000000)  # yellow by the bands
        for lead, score, grade in (
            ("bands", 100, self.yellow),
            ("bands", 0, self.yellow),
            ("score", 85, self.green),
            ("score", 84.99, self.yellow),
            ("score", 55, self.red),
            ("score", 0, self.black),
            ("worse", 85, self.yellow),
            ("worse", 60, self.red),
            ("worse", 0, self.black),
        ):
            with self.subTest(lead=lead, score=score):
                self.company.kam_credit_lead = lead
                self._score(account, score)
                self.assertEqual(self._computed(account), grade)

    def test_without_an_assessment(self):
        account = self._trade("Alpha", 1000000)
        for lead, grade in (
            ("bands", self.yellow),
            ("score", self.env["kam.credit.grade"]),
            ("worse", self.yellow),
        ):
            with self.subTest(lead=lead):
                self.company.kam_credit_lead = lead
                self.assertEqual(self._computed(account), grade)

    def test_expired_assessment_does_not_count(self):
        self.company.kam_credit_lead = "score"
        account = self._trade("Alpha", 1000000)
        self._score(account, 90, valid=0)
        self.assertEqual(self._computed(account), self.green)
        self._score(account, 90, valid=-1)
        self.assertFalse(self._computed(account))

    def test_potential_accounts_by_score_only(self):
        account = self._trade("Seed", 0, tier=self.tiers.browse())
        self.assertFalse(self._computed(account))
        account.strategic_fit = 90
        self.assertTrue(account.is_potential)
        self.assertFalse(account.credit_grade_computed_id)
        self._score(account, 90)
        for lead in ("bands", "score", "worse"):
            self.company.kam_credit_lead = lead
            self.assertEqual(self._computed(account), self.green, lead)

    def test_who_is_graded(self):
        ordinary = self._trade("Ordinary", 300, tier=self.tiers.browse())
        graded = self._graded("Graded", self.green)
        self._owe(graded.partner_id, 300, 20, (0, 300))
        self._refresh()
        self.assertFalse(ordinary.credit_grade_computed_id)
        self.assertEqual(graded.credit_grade_computed_id, self.black)

    def test_grades_in_force(self):
        account = self._trade("Alpha", 5000000)
        self.green.active = False
        self.assertEqual(self._computed(account), self.yellow)
        self.grades.active = False
        self.assertFalse(self._computed(account))
        self.black.active = True
        self.assertEqual(self._computed(account), self.black)

    # ------------------------------------------------------------
    # Constraints
    # ------------------------------------------------------------

    def test_bad_grades(self):
        for values, message in (
            ({"min_performance": 100.5}, "Green list.*between 0 and 100"),
            ({"min_score": 101}, "Green list.*between 0 and 100"),
            ({"limit_share": -1}, "between 0 and 100"),
            ({"limit_amount": -1}, "must not be negative"),
            ({"min_amount": 10}, "Green list.*above.*Yellow list.*Traded Amount From"),
            ({"min_score": 10}, "Green list.*above.*Yellow list.*Score From"),
        ):
            with (
                self.subTest(values=values),
                self.assertFails(ValidationError, message),
            ):
                self.green.write(values)
        with self.assertFails(ValidationError, "Yellow list.*above.*Green list"):
            self.green.sequence = 25

    def test_used_grade_is_not_deleted(self):
        self._graded("Alpha", self.red)
        with self.assertFails(
            ValidationError, "Red list cannot be deleted.*Archive it"
        ):
            self.red.unlink()
        self.assertEqual(self.red.account_count, 1)
        self.yellow.unlink()
        self.assertFalse(self.yellow.exists())

    def test_settings(self):
        for values, message in (
            ({"kam_performance_min": 101}, "between 0 and 100"),
            ({"kam_performance_tolerance": -1}, "must not be negative"),
            ({"kam_performance_grace_months": -1}, "must not be negative"),
            ({"kam_assessment_months": 0}, "at least one month"),
        ):
            with (
                self.subTest(values=values),
                self.assertFails(ValidationError, message),
            ):
                self.company.write(values)

    # ------------------------------------------------------------
    # Requests of the refresh
    # ------------------------------------------------------------

    def _requests(self, account):
        return self.Request.search([("account_id", "=", account.id)])

    def test_proposed(self):
        account = self._trade("Alpha", 4000000)
        self._refresh()
        request = self._requests(account)
        self.assertEqual(request.origin, "rule")
        self.assertEqual(request.approval_state, "pending")
        self.assertFalse(request.approval_applicant_id)
        self.assertEqual(request.grade_to_id, self.green)
        self.assertEqual(request.limit_to, 1000000)  # 25 % of the purchases
        self.assertEqual(request.performance_rate, 1)
        self.assertFalse(account.credit_grade_id)
        self._refresh()
        self.assertEqual(self._requests(account), request)
        self.assertEqual(request.approval_round, 1)

    def test_dropped(self):
        account = self._trade("Alpha", 4000000)
        self._refresh()
        request = self._requests(account)
        self._invoice(account.partner_id, 2000000, refund=True)
        self._refresh()
        self.assertFalse(request.active)
        self.assertNotIn("pending", request.approval_ids.mapped("state"))
        self.assertFalse(request.activity_ids)
        self.assertEqual(self._requests(account).grade_to_id, self.yellow)

    def test_kept_once_decided(self):
        account = self._trade("Alpha", 4000000)
        account.team_id = self.east
        self._refresh()
        request = self._requests(account)
        self._approve(request, "sue")
        self._invoice(account.partner_id, 2000000, refund=True)
        self._refresh()
        self.assertEqual(self._requests(account), request)
        self.assertEqual(request.approval_state, "pending")

    def test_returned_to_the_region(self):
        """The system applied: the first who approved it is asked to complete it."""
        account = self._trade("Alpha", 4000000)
        account.team_id = self.east
        self._refresh()
        request = self._requests(account)
        self._approve(request, "sue")
        self._as("sam", request).action_return("Why so high?")
        self.assertEqual(
            request.sudo().activity_ids.mapped(lambda a: (a.user_id.login, a.summary)),
            [("sue", "Returned for completion")],
        )

    def test_kept_when_returned(self):
        account = self._trade("Alpha", 4000000)
        account.team_id = self.east
        self._refresh()
        request = self._requests(account)
        self._as("sue", request).action_return("Which limit?")
        self._invoice(account.partner_id, 2000000, refund=True)
        self._refresh()
        self.assertEqual(self._requests(account), request)

    def test_silence_after_refusal(self):
        account = self._trade("Alpha", 4000000)
        account.team_id = self.east
        self._refresh()
        request = self._requests(account)
        self._as("sue", request).action_refuse("Too much")
        self._refresh()
        self.assertEqual(self._requests(account), request)
        end = self.today + relativedelta(months=self.company.kam_proposal_silence)
        with freeze_time(datetime.combine(end + timedelta(2), time(12))):
            self._refresh()
        again = self._requests(account) - request
        self.assertEqual(again.grade_to_id, self.green)
        self._as("sue", again).action_refuse("No")
        self._invoice(account.partner_id, 2000000, refund=True)
        self._refresh()  # another grade is another matter
        self.assertEqual(
            (self._requests(account) - request - again).grade_to_id, self.yellow
        )

    def test_archived_customers(self):
        account = self._trade("Alpha", 4000000)
        account.partner_id.active = False
        self._refresh()
        self.assertFalse(self._requests(account))

    @mute_logger("odoo.sql_db")
    def test_one_open_request(self):
        account = self._trade("Alpha", 4000000)
        self._refresh()
        request = self._requests(account)
        action = self._as("eve", account).action_request_grade()
        self.assertEqual(action["res_id"], request.id)
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self._request(account, "eve")
        self._as("eve", request).action_refuse("Another limit is better")
        self.env.flush_all()
        self.assertEqual(self._request(account, "eve").approval_state, "draft")
        self._refresh()
        self.assertEqual(len(self._requests(account)), 2)
