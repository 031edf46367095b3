import ast
from datetime import date
from pathlib import Path

from freezegun import freeze_time

from odoo.tests import BaseCase, Form, tagged

from ..credit.common import CreditCase

ROOT = Path(__file__).parents[2]
# Methods that tell a day by the clock of the user or of the server
OTHER_TODAYS = {"context_today", "today", "utcnow"}


def find_other_todays(tree):
    """Lines of a module that ask for today, but not where the company is."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and (
            node.attr in OTHER_TODAYS
            or (node.attr == "now" and ast.unparse(node.value) != "fields.Datetime")
        ):
            yield node.lineno


@tagged("post_install", "-at_install")
class TestTodayInSource(BaseCase):
    def test_one_today(self):
        found = [
            f"{path.relative_to(ROOT)}:{line}"
            for folder in ("models", "wizard", "report")
            for path in sorted((ROOT / folder).rglob("*.py"))
            for line in find_other_todays(ast.parse(path.read_text()))
        ]
        self.assertFalse(found, "use res.company._kam_today()")

    def test_none_in_views(self):
        paths = [*ROOT.rglob("*.xml"), *(ROOT / "static" / "src").rglob("*.js")]
        found = [
            str(path.relative_to(ROOT))
            for path in paths
            for word in ("context_today", "current_date", "luxon", "new Date(")
            if word in path.read_text()
        ]
        self.assertFalse(found)

    def test_what_is_found(self):
        for text, found in (
            ("fields.Date.context_today(self)", True),
            ("x = fields.Date(default=fields.Date.context_today)", True),
            ("fields.Date.today()", True),
            ("date.today()", True),
            ("datetime.now().date()", True),
            ("fields.Datetime.now()", False),
            ("company._kam_today()", False),
        ):
            with self.subTest(text):
                lines = list(find_other_todays(ast.parse(text)))
                self.assertEqual(bool(lines), found)


@tagged("post_install", "-at_install")
class TestToday(CreditCase):
    """A company in Shanghai, where it is tomorrow already, people in New York."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time("2026-06-10 23:30:00"))
        cls.company.resource_calendar_id.tz = "Asia/Shanghai"
        for user in cls.users.values():
            user.tz = "America/New_York"
        cls.day = date(2026, 6, 11)
        cls.account = cls._graded("Alpha", cls.yellow)
        cls._documents(cls.account)

    def test_company(self):
        self.assertEqual(self.company._kam_today(), self.day)

    def test_assessment_of_today(self):
        for values in ({}, {"date": self.day}):
            with self.subTest(values):
                assessment = self._assessment(self.account)
                assessment.write(values)
                self.assertEqual(assessment.date, self.day)
                assessment.action_submit()
                assessment.action_withdraw()

    def test_expired_document(self):
        document = self.account.credit_document_ids[0]
        document.write({"date": "2026-01-01", "expiry_date": "2026-06-10"})
        own = document.with_user(self.users["sue"])
        self.assertTrue(own.is_expired)
        self.assertIn(own, own.search([("is_expired", "=", True)]))

    def test_defaults(self):
        for model, fname, login in (
            ("kam.approval.deputy", "date_from", "sue"),
            ("kam.credit.assessment", "date", "sue"),
            ("kam.credit.document", "date", "sue"),
            ("kam.screening", "date", "amy"),
        ):
            Model = self.env[model].with_user(self.users[login])
            with self.subTest(model):
                self.assertEqual(Model.default_get([fname])[fname], self.day)
        plan = Form(self.env["kam.visit.plan"].with_user(self.users["amy"]))
        self.assertEqual(plan.date_from, date(2026, 6, 12))
