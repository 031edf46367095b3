from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from .common import ScreeningCase


@tagged("post_install", "-at_install")
class TestScreening(ScreeningCase):
    # ------------------------------------------------------------
    # Candidates
    # ------------------------------------------------------------

    def test_customer_as_candidate(self):
        screening = self._screening(complete=False)
        self.assertRegex(screening.name, r"SC\d{4}-0001")
        self.assertEqual(screening.candidate, "Alpha")
        self.assertEqual(screening.account_id, self.account)
        self.assertEqual(screening.team_id, self.east)
        self.assertEqual(screening.manager_id, self.amy)
        self.assertEqual(screening.tier_id, self.key)
        self.assertEqual(screening.stage, "information")
        self.assertEqual(
            screening.risk_line_ids.indicator_id, self.company.kam_risk_indicator_ids
        )

    def test_lead_as_candidate(self):
        action = self.lead.with_user(self.amy).action_kam_screen()
        self.assertFalse(action["res_id"])
        Screening = self.Screening.with_user(self.amy).with_context(**action["context"])
        with Form(Screening) as form:
            self.assertEqual(form.candidate, "Beta Works")
            self.assertEqual(len(form.risk_line_ids), 7)
        screening = form.record
        self.assertFalse(screening.partner_id)
        self.assertEqual(screening.team_id, self.east)
        self.assertEqual(
            self.lead.with_user(self.amy).action_kam_screen()["res_id"], screening.id
        )

    def test_candidate_is_needed(self):
        with self.assertFails(ValidationError, "Choose the customer or the lead"):
            self.Screening.create({"needs": "Anything"})

    def test_company_is_screened_not_its_contact(self):
        contact = self._customer("Ann", parent_id=self.customer.id, is_company=False)
        with self.assertFails(ValidationError, "Screen the company itself"):
            self._screening(partner_id=contact.id, complete=False)

    def test_one_screening_at_a_time(self):
        first = self._screening(complete=False)
        with self.assertFails(ValidationError, "already under way"):
            self._screening(complete=False)
        first._fail_development(self.reason, "Too far away")
        self.assertTrue(self._screening(complete=False))

    def test_merged_leads_keep_the_screening(self):
        screening = self._screening(lead_id=self.lead.id, complete=False)
        head = self.lead.copy({"type": "opportunity", "probability": 90})
        (self.lead + head).merge_opportunity(auto_unlink=True)
        self.assertEqual(screening.lead_id, (head + self.lead).exists())
        self.assertEqual(screening.candidate, "Beta Works")

    def test_deleted_lead_leaves_the_name(self):
        screening = self._screening(lead_id=self.lead.id)
        self.lead.unlink()
        screening.invalidate_recordset()
        self.assertEqual(screening.candidate, "Beta Works")
        with self.assertFails(UserError, "Choose the customer or the lead"):
            screening.action_submit()

    # ------------------------------------------------------------
    # Stages
    # ------------------------------------------------------------

    def test_stages_in_order(self):
        screening = self._screening(complete=False)
        screening.action_next_stage()
        self.assertEqual(screening.stage, "potential")
        with self.assertFails(UserError, "expected annual sales"):
            screening.action_next_stage()
        screening.expected_revenue = 10.0
        screening.action_next_stage()
        with self.assertFails(UserError, "“Competitors”.*needs.*resources"):
            screening.stage = "competitors"
        screening.needs = "Bearings"
        with self.assertFails(UserError, "Rate how well"):
            screening.write(
                {
                    "resource_ids": [
                        Command.create({"department": "production", "need": "B"})
                    ],
                    "stage": "competitors",
                }
            )
        self._complete(screening)
        screening.stage = "risk"
        screening.stage = "needs"
        self.assertEqual(screening.stage, "needs")

    def test_decided_stages_are_out_of_reach(self):
        screening = self._screening()
        for stage in ("confirmation", "archived"):
            with self.assertFails(UserError, "Submit the screening"):
                screening.stage = stage
            with self.assertFails(UserError, "Submit the screening"):
                self._screening(lead_id=self.lead.id, stage=stage)
        for values in ({"result": "confirmed"}, {"failure_text": "-"}):
            with self.assertFails(AccessError, "cannot be entered"):
                screening.write(values)
            with self.assertFails(AccessError, "cannot be entered"):
                self.Screening.with_user(self.max).create(
                    {"lead_id": self.lead.id, **values}
                )

    def test_zero_fit_counts_when_rated(self):
        screening = self._screening()
        line = screening.resource_ids.create(
            {"screening_id": screening.id, "department": "quality", "need": "C"}
        )
        self.assertEqual(screening.fit, 80.0)
        line.is_scored = True
        self.assertEqual(screening.fit, 40.0)

    def test_shares_of_competitors(self):
        screening = self._screening()
        shares = [
            Command.create({"name": name, "share": 60.0}) for name in ("One", "Two")
        ]
        with self.assertFails(ValidationError, "exceed 100 %"):
            screening.competitor_ids = shares

    # ------------------------------------------------------------
    # Failure
    # ------------------------------------------------------------

    def test_failure(self):
        screening = self._screening()
        screening.stage = "risk"
        action = screening.action_fail()
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.amy)
            .with_context(**action["context"])
            .create({"reason_id": self.reason.id, "text": "Contract until 2030"})
        )
        wizard.action_apply()
        self.assertEqual((screening.result, screening.stage), ("failed", "archived"))
        self.assertEqual(screening.stage_closed, "risk")
        self.assertEqual(screening.failure_reason_id, self.reason)
        self.assertFalse(screening.can_submit)
        with self.assertFails(UserError, "closed"):
            screening.action_submit()
        with self.assertFails(UserError, "cannot be changed"):
            screening.needs = "Try again"
        with self.assertFails(UserError, "cannot be changed"):
            screening.unlink()
        with self.assertFails(UserError, "cannot be changed"):
            screening._fail_development(self.reason, "Again")

    def test_failure_needs_a_reason(self):
        screening = self._screening()
        with self.assertFails(UserError, "Enter the reason"):
            screening._fail_development(self.reason, "  ")
        screening.action_submit()
        with self.assertFails(UserError, "cannot be changed"):
            screening._fail_development(self.reason, "Late")
        self.assertEqual(screening.result, "open")
