import io
from datetime import timedelta

from pypdf import PdfReader

from odoo import Command, fields
from odoo.tests import Form, tagged

from .common import VisitCase


@tagged("post_install", "-at_install")
class TestVisitPreparation(VisitCase):
    """What a visitor gets to see before, and hands in afterwards."""

    def test_preparation(self):
        self._invoice(
            self.alpha,
            4321.0,
            self._months_ago(6),
            invoice_date_due=self._months_ago(5),
        )
        order = self._orders(self.alpha, 1)
        self._held(20, main_points="They miss the manual")
        self._finding(kind="promise", name="Send the manual").action_hand_over()
        visit = self._visit(start=self.now + timedelta(days=4))
        page = visit.with_user(self.users["max"]).preparation
        for words in (
            "Wang",
            "Executive",
            "Analytical",
            "They miss the manual",
            "Send the manual",
            order.name,
            "4,321.00",
        ):
            self.assertIn(words, page)
        visit.invalidate_recordset()
        # She is not the salesperson of the invoice: core hides it from her.
        hers = visit.with_user(self.users["amy"]).preparation
        self.assertNotIn("4,321.00", hers)
        self.assertIn("Send the manual", hers)
        # No accounting at all
        visit.invalidate_recordset()
        self.assertNotIn("4,321.00", visit.with_user(self.users["tom"]).preparation)

    def test_preparation_shows_what_is_open(self):
        """However much was settled since, and nothing that came later."""
        order = self._orders(self.alpha, 1)
        settled = self._orders(self.alpha, 6)
        settled._create_invoices()
        self.assertEqual(set(settled.mapped("invoice_status")), {"invoiced"})
        first = self._held(20, main_points="They miss the manual")
        self._held(10, main_points="The manual came")
        self._finding(kind="information", name="A rival is cheaper")
        visit = self._visit(start=self.now + timedelta(days=4))
        page = visit.with_user(self.users["max"]).preparation
        self.assertIn(order.name, page)
        self.assertNotIn(settled[0].name, page)
        self.assertIn("The manual came", page)
        self.assertIn("A rival is cheaper", page)
        between = self._visit(start=first.start + timedelta(days=2)).preparation
        self.assertIn("They miss the manual", between)
        self.assertNotIn("The manual came", between)

    def test_quick_entry(self):
        self._held(10, contact_ids=[Command.set(self.li.ids)])
        action = self.account.with_user(self.users["amy"]).action_record_visit()
        Record = self.env["kam.visit.record"].with_user(self.users["amy"])
        with Form(Record.with_context(**action["context"])) as form:
            self.assertEqual(form.contact_ids.ids, self.li.ids)
            form.main_points = "Happy"
            form.attitude = "warm"
            form.next_step = "Call again"
        visit = self.Visit.browse(form.save().action_save()["res_id"])
        self.assertEqual(visit.state, "done")
        self.assertEqual(visit.contact_ids, self.li)
        self.assertEqual(visit.purpose, self.type.purpose)
        self.assertLessEqual(visit.stop, fields.Datetime.now())
        self.assertIn("Call again", visit.activity_ids.mapped("summary"))
        self.assertEqual(visit.follow_up_state, "open")

    def test_quick_entry_from_a_contact(self):
        action = self.wang.with_user(self.users["amy"]).action_kam_record_visit()
        self.assertEqual(action["context"]["default_contact_ids"], self.wang.ids)
        self.assertEqual(action["context"]["default_account_id"], self.account.id)

    def test_pdf(self):
        visit = self._held(shortcomings="Came late")
        self._finding(name="New line")
        pdf, _type = (
            self.env["ir.actions.report"]
            .with_user(self.users["amy"])
            .with_context(force_report_rendering=True)
            ._render_qweb_pdf("key_account_management.action_report_visit", visit.ids)
        )
        text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
        text = "".join(text.split())
        for words in (
            "Alpha",
            visit.name,
            "Wang",
            "All is well",
            "Came late",
            self.users["sue"].name,
        ):
            self.assertIn("".join(words.split()), text)
