from dateutil.relativedelta import relativedelta
from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import CreditCase


@tagged("post_install", "-at_install")
class TestCreditAssessment(CreditCase):
    """What is known of a customer: scores, documents, statements."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Assessment = cls.env["kam.credit.assessment"]
        cls.partner = cls._customer("Alpha")
        cls.account = cls.Account.create(
            {"partner_id": cls.partner.id, "team_id": cls.east.id}
        )
        cls.account._assign_tier(cls.key, {})
        cls.licence = cls.env.ref("key_account_management.kam_credit_document_licence")

    def _submitted(self, points=80):
        if not self.account.credit_document_ids:
            self._documents(self.account)
        assessment = self._assessment(self.account, points)
        assessment.action_submit()
        return assessment

    # ------------------------------------------------------------
    # Scores
    # ------------------------------------------------------------

    def test_starts_with_the_indicators(self):
        indicators = self.company.kam_credit_indicator_ids
        indicators[0].active = False
        assessment = self._assessment(self.account)
        self.assertEqual(assessment.line_ids.indicator_id, indicators[1:])
        for line in assessment.line_ids:
            self.assertEqual(line.weight, line.indicator_id.weight)
        self.assertEqual(
            set(assessment.line_ids.mapped("category")),
            {"basics", "capability", "capital", "environment"},
        )

    def test_weights(self):
        assessment = self._assessment(self.account, 0)
        weights = assessment.line_ids.mapped("weight")
        self.assertEqual((sum(weights), max(weights)), (100, 20))
        lines = assessment.line_ids
        lines.filtered(lambda line: line.category == "capital").points = 100
        self.assertEqual(assessment.score, 40)  # weights 10, 20 and 10
        lines.filtered(lambda line: line.category == "basics").points = 50
        self.assertEqual(assessment.score, 52.5)
        categories = assessment._scores_by_category()
        self.assertEqual(
            [score for _label, _lines, score in categories], [50, 0, 100, 0]
        )
        self.assertEqual(assessment.grade_score_id, self.black)
        lines.points = 85
        self.assertEqual(assessment.grade_score_id, self.green)

    def test_weights_are_those_of_the_indicators_then(self):
        assessment = self._assessment(self.account)
        self.company.kam_credit_indicator_ids.weight = 1
        self.assertEqual(max(assessment.line_ids.mapped("weight")), 20)
        self.assertEqual(max(assessment.copy().line_ids.mapped("weight")), 1)

    def test_form(self):
        """As people fill it in."""
        Assessment = self.Assessment.with_user(self.users["sue"])
        with Form(Assessment) as form:
            form.account_id = self.account
            for position in range(len(form.line_ids)):
                with form.line_ids.edit(position) as line:
                    line.points = 60
            with form.statement_ids.new() as statement:
                statement.date_end = self._day(100)
                statement.revenue = 100
        assessment = form.record
        self.assertEqual(assessment.score, 60)
        self.assertEqual(max(assessment.line_ids.mapped("weight")), 20)
        self.assertEqual(len(assessment.statement_ids), 1)
        self.assertIn("Business licence", assessment.missing_documents)
        with Form(assessment) as form, form.document_ids.new() as document:
            document.type_id = self.licence
            document.file = "cGFwZXI="
        self.assertEqual(self.account.credit_document_ids.type_id, self.licence)
        self.assertNotIn("Business licence", assessment.missing_documents)
        assessment.unlink()
        with Form(Assessment) as form:
            form.account_id = self.account
            with form.document_ids.new() as document:
                document.type_id = self.env.ref(
                    "key_account_management.kam_credit_document_year"
                )
                document.file = "cGFwZXI="
        self.assertEqual(len(self.account.credit_document_ids), 2)

    @mute_logger("odoo.sql_db")
    def test_negative_size(self):
        assessment = self._assessment(self.account)
        for fname in ("registered_capital", "employee_count"):
            with (
                self.subTest(field=fname),
                self.assertRaises(IntegrityError),
                self.env.cr.savepoint(),
            ):
                assessment[fname] = -1
                self.env.flush_all()

    @mute_logger("odoo.sql_db")
    def test_bad_points(self):
        line = self._assessment(self.account).line_ids[0]
        self.env.flush_all()
        for points in (-1, 101):
            with self.assertRaises(IntegrityError), self.env.cr.savepoint():
                line.points = points
                self.env.flush_all()
            self.env.invalidate_all(flush=False)

    def test_unscored(self):
        self._documents(self.account)
        assessment = self._assessment(self.account, 0)
        last = assessment.line_ids[-1]
        (assessment.line_ids - last).is_scored = True
        with self.assertFails(UserError, f"Not scored yet: {last.indicator_id.name}"):
            assessment.action_submit()
        last.is_scored = True  # 0 points, given on purpose
        assessment.action_submit()
        self.assertEqual(assessment.approval_state, "pending")
        assessment.action_withdraw()
        assessment.line_ids.unlink()
        with self.assertFails(UserError, "at least one indicator"):
            assessment.action_submit()

    def test_assessed_in_the_future(self):
        self._documents(self.account)
        assessment = self._assessment(self.account)
        assessment.date = self._day(-1)
        with self.assertFails(UserError, "cannot be in the future"):
            assessment.action_submit()

    # ------------------------------------------------------------
    # Documents and statements
    # ------------------------------------------------------------

    def test_missing_and_expired_documents(self):
        documents = self._documents(self.account)
        licence, identity, year, quarter = documents
        self.assertEqual(year.expiry_date, year.date + relativedelta(months=16))
        self.assertFalse(licence.expiry_date)
        licence.unlink()
        quarter.expiry_date = self._day(1)
        self.assertTrue(quarter.is_expired)
        self.assertEqual(
            documents.exists().search([("is_expired", "=", True)]), quarter
        )
        self.assertNotIn(quarter, quarter.search([("is_expired", "=", False)]))
        assessment = self._assessment(self.account)
        names = "Business licence, Financial statements of last quarter"
        with self.assertFails(UserError, f"Missing or expired: {names}"):
            assessment.action_submit()
        quarter.expiry_date = self.today  # still valid today
        identity.copy({"type_id": self.licence.id})
        assessment.action_submit()
        self.assertEqual(assessment.approval_state, "pending")

    def test_document_that_expires_earlier(self):
        """A licence is revoked after the decision: nothing else of it changes."""
        licence, _identity, year, _quarter = self._documents(self.account)
        assessment = self._assessment(self.account)
        assessment.action_submit()
        own = (licence + year).with_user(self.users["sue"])
        revoked = {"expiry_date": self._day(1)}
        with self.assertFails(UserError, "stays as it is"):
            own[0].write(revoked)
        self._approve(assessment, "sam", "max")
        self.assertEqual(assessment.approval_state, "approved")
        own.write(revoked)
        self.assertEqual(own.mapped("is_expired"), [True, True])
        for values in (
            {"expiry_date": self.today},
            {"expiry_date": False},
            {"expiry_date": self._day(2), "date": self._day(11)},
            {"date": self._day(11)},
        ):
            with self.subTest(values), self.assertFails(UserError, "stays as it is"):
                own.write(values)
        self.assertEqual(assessment.approval_state, "approved")

    def test_optional_documents(self):
        self.env["kam.credit.document.type"].search([]).required = False
        assessment = self._assessment(self.account)
        assessment.action_submit()
        self.assertEqual(assessment.approval_state, "pending")

    def test_bad_documents(self):
        with self.assertFails(ValidationError, "cannot expire before its date"):
            self._documents(self.account, expiry_date=self._day(11))
        with self.assertFails(ValidationError, "negative number of months"):
            self.licence.validity_months = -1

    def _statement(self, **values):
        return self.env["kam.credit.statement"].create(
            {
                "assessment_id": self._assessment(self.account).id,
                "date_end": self._day(100),
                **values,
            }
        )

    def _ratios(self, statement):
        return [
            round(statement[fname], 4)
            for fname in (
                "current_ratio",
                "net_margin",
                "return_on_assets",
                "collection_days",
                "inventory_days",
            )
        ]

    def test_ratios(self):
        figures = {
            "current_assets": 500,
            "current_liabilities": 200,
            "total_assets": 1000,
            "equity": 600,
            "revenue": 2000,
            "cost_of_sales": 1200,
            "net_profit": 100,
            "receivables": 400,
            "inventory": 300,
        }
        statement = self._statement(**figures)
        # 500 / 200; 100 / 2000; 100 / 1000; 400 / 2000 × 365; 300 / 1200 × 365
        self.assertEqual(self._ratios(statement), [2.5, 0.05, 0.1, 73, 91.3])
        statement.period = "quarter"
        # … 4 × 100 / 1000; 400 / 2000 × 91; 300 / 1200 × 91
        self.assertEqual(self._ratios(statement), [2.5, 0.05, 0.4, 18.2, 22.8])
        statement.net_profit = -50
        self.assertEqual(self._ratios(statement)[1:3], [-0.025, -0.2])

    def test_ratios_without_denominators(self):
        self.assertEqual(self._ratios(self._statement()), [0] * 5)
        numerators = ("current_assets", "net_profit", "receivables", "inventory")
        statement = self._statement(**dict.fromkeys(numerators, 5))
        self.assertEqual(self._ratios(statement), [0] * 5)

    def test_bad_statement(self):
        with self.assertFails(ValidationError, "Inventory.*must not be negative"):
            self._statement(inventory=-1)
        self.assertEqual(self._statement(equity=-5).equity, -5)

    # ------------------------------------------------------------
    # Approval
    # ------------------------------------------------------------

    def test_approval_puts_the_score_in_force(self):
        assessment = self._submitted(90)
        self._approve(assessment, "sam")
        self.assertFalse(self.account.credit_valid_until)
        self._approve(assessment, "max")
        self.assertEqual(self.account.credit_score, 90)
        self.assertEqual(
            self.account.credit_valid_until, self.today + relativedelta(months=12)
        )
        self.assertEqual(self.account._get_valid_assessment(), assessment)
        request = self.account.credit_request_ids
        self.assertEqual(request.assessment_id, assessment)
        self.assertEqual((request.origin, request.grade_to_id), ("rule", self.black))
        self.assertFalse(self.account.credit_grade_id)

    def test_score_proposes_a_grade(self):
        self.company.kam_credit_lead = "score"
        self._approve(self._submitted(90), "sam", "max")
        self.assertEqual(self.account.credit_request_ids.grade_to_id, self.green)
        self._approve(self._submitted(75), "sam", "max")
        self.assertEqual(self.account.credit_request_ids.grade_to_id, self.yellow)

    def test_expiry_is_watched(self):
        """A month before it expires, the leader is asked for a new one, once."""
        assessment = self._submitted()
        self._approve(assessment, "sam", "max")
        expiry = self.account.credit_valid_until
        asked = self.env["mail.activity"].search_count
        domain = [
            ("res_model", "=", "kam.account"),
            ("res_id", "=", self.account.id),
            ("user_id", "=", self.users["sue"].id),
            ("summary", "like", "expires soon"),
        ]
        for days, count in ((31, 0), (30, 1), (29, 1)):
            with freeze_time(expiry - relativedelta(days=days)):
                self.Account._cron_credit_expiry()
                self.assertEqual(asked(domain), count, days)

    def test_refused(self):
        assessment = self._submitted()
        self._as("sam", assessment).action_refuse("Visit them first")
        self.assertFalse(self.account.credit_valid_until)

    def test_signatures(self):
        assessment = self._submitted()
        self._approve(assessment, "sam", "max")
        signatures = assessment._signatures()
        self.assertEqual(
            {role: user for role, (user, _date) in signatures.items()},
            {
                "prepared": self.users["sue"],
                "reviewed": self.users["sam"],
                "approved": self.users["max"],
            },
        )


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
        with self.assertFails(UserError, "assessment expired on"):
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
