import io
from datetime import timedelta

from freezegun import freeze_time
from pypdf import PdfReader

from odoo import fields
from odoo.tests import HttpCase, tagged

from ..common import KamCase


@tagged("post_install", "-at_install")
class TestCreditUi(KamCase, HttpCase):
    """The change of a grade from application to effect, in a real browser."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls._customer("Alpha")
        invoice = cls._invoice(cls.partner, 1200000.0, cls._months_ago(2))
        cls._pay(invoice, invoice.invoice_date_due)
        cls._refresh()
        cls.account = cls._account(cls.partner)
        cls.account.write({"manager_id": cls.users["amy"].id, "team_id": cls.east.id})

    def _print(self, request):
        pdf, _type = (
            self.env["ir.actions.report"]
            .with_user(self.users["sue"])
            .with_context(force_report_rendering=True)
            ._render_qweb_pdf(
                "key_account_management.action_report_credit_request", request.ids
            )
        )
        pages = PdfReader(io.BytesIO(pdf)).pages
        return self._joined("".join(page.extract_text() for page in pages))

    @staticmethod
    def _joined(text):
        """Text without spaces: names wrap in the cells of a table."""
        return "".join(text.split())

    def test_change_of_a_grade(self):
        self.start_tour(
            f"/odoo/kam.account/{self.account.id}",
            "kam_credit_region_tour",
            login="sue",
        )
        request = self.account.credit_request_ids
        self.assertEqual(request.approval_state, "pending")
        self.assertFalse(self.account.credit_grade_id)
        with freeze_time(fields.Datetime.now() + timedelta(days=4), tick=True):
            self.env["kam.approval"]._cron_escalate()
            self.assertEqual(request.priority, "1")
            for url, tour, login in (
                (f"/odoo/credit-requests/{request.id}", "director", "dora"),
                ("/odoo/to-approve", "greater", "sam"),
                (f"/odoo/credit-requests/{request.id}", "extend", "dora"),
                ("/odoo/to-approve", "centre", "max"),
            ):
                self.start_tour(url, f"kam_credit_{tour}_tour", login=login)
            request.invalidate_recordset()
            self.assertEqual(request.approval_state, "approved")
            text = self._print(request)
        self.assertEqual(self.account.credit_grade_id.name, "Green list")
        partner = self.partner.with_company(self.company)
        self.assertEqual(partner.credit_limit, 300000.0)
        for name in ("sue", "sam", "max", "dora"):
            self.assertIn(self._joined(self.users[name].name), text)
        for words in (request.name, "Alpha", "Green list", "(late)", "4 / 3"):
            self.assertIn(self._joined(words), text)
