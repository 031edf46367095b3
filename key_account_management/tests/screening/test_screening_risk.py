import io

from psycopg2.errors import CheckViolation
from pypdf import PdfReader

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common import ScreeningCase


@tagged("post_install", "-at_install")
class TestScreeningRisk(ScreeningCase):
    # ------------------------------------------------------------
    # Risk sheet
    # ------------------------------------------------------------

    def test_score_and_verdict(self):
        screening = self._screening()
        lines = screening.risk_line_ids
        lines.weight = 0
        lines[0].write({"weight": 3, "points": 90})
        lines[1].write({"weight": 1, "points": 50})
        self.assertEqual(screening.risk_score, 80.0)
        self.assertEqual(screening.risk_verdict, "low")
        lines[1].points = 0
        self.assertEqual(
            (screening.risk_score, screening.risk_verdict), (67.5, "medium")
        )
        lines[0].points = 60
        self.assertEqual((screening.risk_score, screening.risk_verdict), (45.0, "high"))
        self.assertEqual(lines[1].is_scored, True, "0 points are points")

    def test_limits_are_settings(self):
        self.company.write({"kam_risk_low": 90, "kam_risk_high": 85})
        self.assertEqual(self._screening().risk_verdict, "high")
        with self.assertFails(ValidationError, "limits of the risk score"):
            self.company.kam_risk_high = 95

    def test_no_verdict_before_all_is_scored(self):
        screening = self._screening(complete=False)
        self.assertFalse(screening.risk_verdict)
        screening.risk_line_ids[1:].points = 70
        self.assertFalse(screening.risk_verdict)
        screening.risk_line_ids[0].is_scored = True
        self.assertTrue(screening.risk_verdict)

    def test_weights_of_zero(self):
        """They are said clearly on submission, and nothing typed is lost."""
        screening = self._screening()
        screening.risk_line_ids.weight = 0
        screening.flush_recordset()
        self.assertEqual((screening.risk_score, screening.risk_verdict), (0.0, False))
        with self.assertFails(UserError, "All weights of the risk sheet are zero"):
            screening.action_submit()
        self.assertEqual(screening.approval_state, "draft")
        self.assertEqual(set(screening.risk_line_ids.mapped("points")), {80.0})
        screening.risk_line_ids[0].weight = 1
        screening.action_submit()
        self.assertEqual(screening.approval_state, "pending")

    def test_wrong_weights_and_points(self):
        indicators = self.company.kam_risk_indicator_ids
        with self.assertFails(ValidationError, "must be greater than 0"):
            indicators[0].weight = 0
        screening = self._screening()
        line = screening.risk_line_ids[0]
        for values in ({"weight": -1}, {"points": 101}, {"points": -1}):
            with self.assertRaises(CheckViolation), self.env.cr.savepoint():
                line.write(values)
                line.flush_recordset()
            line.invalidate_recordset()
        self.assertEqual(line.points, 80.0)

    def test_empty_sheet(self):
        screening = self._screening()
        screening.risk_line_ids.unlink()
        with self.assertFails(UserError, "Add indicators"):
            screening.action_submit()

    def test_companies_have_their_own_indicators(self):
        other = self._create_company("Oak Test")
        self.assertEqual(len(other.kam_risk_indicator_ids), 7)
        screening = self._screening()
        with self.assertFails(ValidationError, "another company"):
            screening.sudo().risk_line_ids = [
                Command.create({"indicator_id": other.kam_risk_indicator_ids[0].id})
            ]

    def test_archived_indicators_are_left_out(self):
        self.company.kam_risk_indicator_ids[0].active = False
        self.assertEqual(len(self._screening().risk_line_ids), 6)

    # ------------------------------------------------------------
    # Worth
    # ------------------------------------------------------------

    def test_development_value(self):
        screening = self._screening()
        screening.write(
            {
                "stock_value": 200000,
                "interest_rate": 6,
                "staff_cost": 60000,
                "travel_cost": 15000,
                "management_cost": 20000,
                "risk_rate": 3,
            }
        )
        # 200,000 profit - 12,000 - 60,000 - 15,000 - 20,000 - 30,000
        self.assertEqual(screening.expected_profit, 200000)
        self.assertEqual(screening.stock_interest, 12000)
        self.assertEqual(screening.risk_cost, 30000)
        self.assertEqual(screening.development_value, 63000)
        self.assertEqual(screening.worth, "worth")
        screening.staff_cost = 100000
        self.assertEqual(screening.worth, "borderline")
        screening.staff_cost = 200000
        self.assertEqual(screening.worth, "not")
        self.company.write({"kam_worth_good": 0, "kam_worth_bad": -20})
        screening.staff_cost = 200001
        self.assertEqual(screening.worth, "borderline")

    def test_wrong_figures(self):
        screening = self._screening()
        for values, message in (
            ({"expected_revenue": -1}, "Expected Sales.*negative"),
            ({"travel_cost": -1}, "Travel.*negative"),
            ({"risk_rate": 101}, "risk must be between"),
            ({"expected_margin": 101}, "margin must be between"),
        ):
            with self.assertFails(ValidationError, message):
                screening.write(values)
        with self.assertFails(ValidationError, "must not be below"):
            self.company.kam_worth_bad = 50

    # ------------------------------------------------------------
    # Profile and printing
    # ------------------------------------------------------------

    def test_ratios(self):
        screening = self._screening()
        screening.statement_ids = [
            Command.create(
                {
                    "period": "year",
                    "date_end": self.today,
                    "current_assets": 300,
                    "current_liabilities": 150,
                    "total_assets": 1000,
                    "revenue": 730,
                    "cost_of_sales": 365,
                    "net_profit": 73,
                    "receivables": 60,
                    "inventory": 45,
                }
            )
        ]
        statement = screening.statement_ids
        self.assertEqual(statement.current_ratio, 2.0)
        self.assertEqual(statement.net_margin, 0.1)
        self.assertEqual(statement.return_on_assets, 0.073)
        self.assertEqual(statement.collection_days, 30.0)
        self.assertEqual(statement.inventory_days, 45.0)
        with self.assertFails(ValidationError, "Inventory.*negative"):
            statement.inventory = -1

    def _print(self, screening, report, user):
        pdf, _type = (
            self.env["ir.actions.report"]
            .with_user(user)
            .with_context(force_report_rendering=True)
            ._render_qweb_pdf(
                f"key_account_management.action_report_screening_{report}",
                screening.ids,
            )
        )
        pages = PdfReader(io.BytesIO(pdf)).pages
        return "".join("".join(page.extract_text() for page in pages).split())

    def test_forms(self):
        screening = self._screening()
        screening.write(
            {
                "buyers": "Wind farms",
                "decision_makers": "Plant director",
                "competitor_ids": [Command.create({"name": "Rival", "share": 30})],
                "contact_ids": [
                    Command.create(
                        {"person_name": "Bea", "duration": 1.5, "result": "Liked it"}
                    )
                ],
            }
        )
        self._confirm(screening)
        for report, words in (
            ("risk", ("Alpha", screening.name, "80.00", "Lowrisk", "Rival")),
            ("profile", ("Alpha", "Windfarms", "Plantdirector")),
            ("development", ("Bea", "01:30", "Likedit", "Contactsinall:1")),
        ):
            for user in (self.amy, self.users["tom"]):
                with self.subTest(report=report, user=user.login):
                    text = self._print(screening, report, user)
                    for word in words:
                        self.assertIn(word, text)
                    self.assertNotIn("Creditinformation", text)
        text = self._print(screening, "file", self.amy)
        for word in ("Plantdirector", "80.00", "Rival", "Likedit"):
            self.assertIn(word, text, "the complete file")
        text = self._print(screening, "risk", self.amy)
        for user in (self.amy, self.sue, self.max):
            self.assertIn("".join(user.name.split()), text)

    def test_forms_say_what_is_not_known(self):
        """No ratio without its base, no fit of 0 that nobody has given."""
        screening = self._screening(complete=False)
        screening.write(
            {
                "no_competitor": True,
                "resource_ids": [
                    Command.create({"department": "quality", "need": "Tests"})
                ],
                "statement_ids": [
                    Command.create({"date_end": self.today, "revenue": 500})
                ],
            }
        )
        text = self._print(screening, "risk", self.amy)
        self.assertIn("Tests(notrated)", text)
        self.assertIn("Noneknown", text)
        text = self._print(screening, "profile", self.amy)
        self.assertRegex(text, r"500.00—0.0%—0.0—")
        screening._fail_development(self.reason, "Too far away")
        text = self._print(screening, "risk", self.users["tom"])
        self.assertIn("Toofaraway", text)
        again = self.Screening.browse(screening.action_screen_again()["res_id"])
        self.assertIn(
            f"Previousscreening{screening.name}:Developmentfailed",
            self._print(again, "profile", self.amy),
        )
