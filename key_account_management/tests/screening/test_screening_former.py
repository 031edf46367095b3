from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common import ScreeningCase


@tagged("post_install", "-at_install")
class TestScreeningFormer(ScreeningCase):
    """Refused and failed files are found, and start the next (B7)."""

    def test_screened_again(self):
        first = self._screening()
        first.sudo().origin = "rule"
        first.date_target = self.today
        first.date = self._months_ago(2)
        with self.assertFails(UserError, "Only refused and failed"):
            first.action_screen_again()
        first.contact_ids = [Command.create({"result": "Met"})]
        first._fail_development(self.reason, "Too far away")
        self.assertFalse(first.former_id)

        action = first.action_screen_again()
        again = self.Screening.with_user(self.amy).browse(action["res_id"])
        self.assertRecordValues(
            again,
            [
                {
                    "partner_id": self.customer.id,
                    "former_id": first.id,
                    "former_result": "failed",
                    "result": "open",
                    "stage": "information",
                    "origin": "manual",
                    "date": self.today,
                    "date_target": False,
                    "failure_text": False,
                    "needs": first.needs,
                }
            ],
        )
        self.assertNotEqual(again.name, first.name)
        self.assertFalse(again.contact_ids)
        self.assertEqual(again.risk_line_ids.mapped("points"), [80.0] * 7)
        again.needs = "More"
        self.assertEqual(first.needs, "Bearings that last")
        self.assertEqual(
            self.Screening.search([("former_id", "!=", False)]), again, "the filter"
        )
        again._fail_development(self.reason, "Still")
        third = self._screening(complete=False)
        self.assertEqual(third.former_id, again)
        self.assertEqual(again.former_id, first)

    def test_former_file_in_the_form(self):
        """Of the customer, and of the lead before it was one; of the company only."""
        first = self._screening(lead_id=self.lead.id)
        first._fail_development(self.reason, "Too far away")
        other = self._create_company("Oak Test")
        self.Screening.create(
            {"partner_id": self.customer.id, "company_id": other.id}
        )._close_file("failed")
        with Form(self.Screening.with_user(self.amy)) as form:
            form.partner_id = self.customer
            self.assertFalse(form.former_id)
            form.partner_id = self.env["res.partner"]
            form.lead_id = self.lead
            self.assertEqual(form.former_id, first)
        self.assertEqual(form.record.former_id, first)

    def test_closed_file_reaches_the_register(self):
        """A customer that failed before the first invoice is not proposed at once."""
        partner = self._customer("Newcomer")
        screening = self._screening(partner_id=partner.id, complete=False)
        screening._fail_development(self.reason, "No")
        self._invoice(partner, 150000.0, self._months_ago(3))
        self._invoice(partner, 50000.0, self._months_ago(15))
        self._refresh()
        account = self._account(partner)
        self.assertTrue(account.is_potential)
        self.assertEqual(screening.account_id, account)
        self.assertFalse(self.Screening._propose_from_register(self.company, account))

    def test_proposed_to_somebody_who_is_there(self):
        partner = self._customer("Grower")
        self._invoice(partner, 150000.0, self._months_ago(3))
        self._invoice(partner, 50000.0, self._months_ago(15))
        self._refresh()
        account = self._account(partner)
        account.write({"manager_id": self.ben.id, "team_id": self.east.id})
        self.ben.active = False
        screening = self.Screening._propose_from_register(self.company, account)
        self.assertEqual(screening.user_id, self.sue)

    def test_development_record_is_kept(self):
        screening = self._screening(lead_id=self.lead.id)
        screening.contact_ids = [Command.create({"result": "Met"})]
        with self.assertFails(UserError, "has a development record"):
            screening.unlink()
        empty = self._screening(complete=False)
        empty.unlink()
        self.assertFalse(empty.exists())

    def test_reasons_are_found(self):
        refused = self._screening()
        self._submit_and_review(refused)
        refused.with_user(self.max).action_refuse("Depends on one project")
        failed = self._screening(lead_id=self.lead.id)
        failed._fail_development(self.reason, "Contract until 2030")
        Screening = self.Screening.with_user(self.users["tom"])
        for domain, found in (
            ([("failure_text", "ilike", "2030")], failed),
            ([("failure_reason_id", "ilike", "competitor")], failed),
            ([("failure_reason_id", "ilike", "refused")], refused),
        ):
            self.assertEqual(Screening.search(domain), found)
        groups = Screening.formatted_read_group(
            [("result", "!=", "open")], ["failure_reason_id"], ["__count"]
        )
        self.assertEqual([group["__count"] for group in groups], [1, 1])
