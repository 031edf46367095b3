from dateutil.relativedelta import relativedelta
from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .credit_common import CreditCase


@tagged("post_install", "-at_install")
class TestCreditValidity(CreditCase):
    """Which assessment counts, and when a new one is asked for."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls._graded("Alpha", cls.red, 1000)
        cls._documents(cls.account)

    def _submitted(self, points=80, **values):
        assessment = self._assessment(self.account, points)
        assessment.write(values)
        assessment.action_submit()
        return assessment

    def _reminders(self):
        return self.account.activity_ids.filtered(lambda a: "expires soon" in a.summary)

    def test_the_latest_counts(self):
        """An older one that is approved later does not push it aside."""
        older = self._submitted(60, date=self._day(200))
        self._approve(self._submitted(90), "sam", "max")
        self._approve(older, "sam", "max")
        self.assertEqual(self.account.credit_score, 90)
        self.assertEqual(
            self.account.credit_valid_until, self.today + relativedelta(months=12)
        )

    def test_outdated(self):
        valid = self._submitted(90)
        self._approve(valid, "sam", "max")
        with self.assertFails(UserError, "outdated: it expired on"):
            self._submitted(20, date=self._day(800))
        self.assertEqual(self.account.credit_score, 90)

    def test_copy_is_of_today(self):
        old = self._submitted(date=self._day(200))
        copy = old.with_user(self.users["sam"]).copy()
        self.assertEqual(copy.date, self.today)
        self.assertEqual(copy.user_id, self.users["sam"])
        self.assertEqual(copy.score, 80)

    def test_no_reminder_while_one_is_under_way(self):
        self._approve(self._submitted(), "sam", "max")
        soon = self.account.credit_valid_until - relativedelta(days=20)
        with freeze_time(soon):
            self._documents(self.account, date=fields.Date.today())
            self._submitted()
            self.Account._cron_credit_expiry()
        self.assertFalse(self._reminders())

    def test_reminder_is_settled_by_the_new_one(self):
        self._approve(self._submitted(), "sam", "max")
        with freeze_time(self.account.credit_valid_until - relativedelta(days=20)):
            self.Account._cron_credit_expiry()
            self.assertTrue(self._reminders())
            self._documents(self.account, date=fields.Date.today())
            self._approve(self._submitted(), "sam", "max")
            self.assertFalse(self._reminders())
        with freeze_time(self.account.credit_valid_until - relativedelta(days=20)):
            self.Account._cron_credit_expiry()
        self.assertEqual(len(self._reminders()), 1)

    def test_reminder_in_the_language_of_the_leader(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.users["sue"].lang = "zh_CN"
        self._approve(self._submitted(), "sam", "max")
        with freeze_time(self.account.credit_valid_until):
            self.Account._cron_credit_expiry()
        self.assertEqual(
            self.account.activity_ids.mapped("summary"),
            ["信用评估即将到期，请重新评估"],
        )


@tagged("post_install", "-at_install")
class TestCreditTrail(CreditCase):
    """What an auditor asks of requests: figures of the day, decisions that stay."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls._graded("Alpha", cls.red, 1000)
        cls.partner = cls.account.partner_id

    def _draft(self, **values):
        values = {"grade_to_id": self.green.id, "limit_to": 5000, **values}
        return self._request(self.account, **values)

    def test_figures_of_the_submission(self):
        """A draft may lie around: the situation is that of the application."""
        request = self._draft()
        self._owe(self.partner, 2000, 20, (0, 500))
        self._refresh()
        self.partner.with_company(self.company).credit_limit = 1500
        request = self._as("sue", request)
        request.action_submit()
        self.assertEqual(request.revenue_12m, 2000)
        self.assertEqual(request.credit_exposure, 1500)
        self.assertEqual(request.limit_from, 1500)

    def test_nothing_changes_any_more(self):
        """What the draft asked for has happened meanwhile."""
        request = self._draft()
        self.account._assign_credit(self.green, 5000, request.payment_term_id)
        with self.assertFails(UserError, "nothing to apply for"):
            self._as("sue", request).action_submit()

    def test_decisions_are_kept(self):
        request = self._draft()
        request.action_submit()
        self._approve(request, "sam")
        self._as("max", request).action_return("Which orders?")
        with self.assertFails(UserError, "somebody has decided"):
            self._as("sue", request).unlink()
        self._as("sue", request).action_submit()
        request.action_withdraw()
        with self.assertFails(UserError, "somebody has decided"):
            request.unlink()

    def test_undecided_drafts_are_deleted(self):
        request = self._draft()
        request.action_submit()
        request.action_withdraw()
        request.unlink()
        self.assertFalse(request.exists())

    def test_withdrawn_when_returned(self):
        """Nobody is asked to complete what was archived."""
        request = self._draft()
        request.action_submit()
        self._as("sam", request).action_return("Why?")
        self.assertEqual(request.sudo().activity_ids.user_id, self.users["sue"])
        request.sudo()._drop()
        self.assertFalse(request.sudo().activity_ids)

    def test_copies_are_not_urgent(self):
        request = self._draft(priority="1")
        request.active = False
        self.assertEqual(request.copy().priority, "0")
