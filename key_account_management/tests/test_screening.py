from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from .common_screening import ScreeningCase


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
        with self.assertFails(ValidationError, "under way already"):
            self._screening(complete=False)
        first._fail(self.reason, "Too far away")
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
        self._submit_and_review(screening)
        with self.assertFails(UserError, "neither a customer nor a lead"):
            screening.with_user(self.max).action_approve()

    def _submit_and_review(self, screening):
        screening.with_user(self.amy).action_submit()
        screening.with_user(self.sue).action_approve()

    # ------------------------------------------------------------
    # Stages
    # ------------------------------------------------------------

    def test_stages_in_order(self):
        screening = self._screening(complete=False)
        screening.action_next_stage()
        self.assertEqual(screening.stage, "potential")
        with self.assertFails(UserError, "sales expected"):
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
            with self.assertFails(AccessError, "by its approval"):
                screening.write(values)
            with self.assertFails(AccessError, "by its approval"):
                self.Screening.with_user(self.max).create(
                    {"lead_id": self.lead.id, **values}
                )

    def test_zero_fit_counts_when_rated(self):
        screening = self._screening()
        line = screening.resource_ids.create(
            {"screening_id": screening.id, "department": "quality", "need": "C"}
        )
        self.assertEqual(screening.fit, 80.0)
        line.is_rated = True
        self.assertEqual(screening.fit, 40.0)

    def test_shares_of_competitors(self):
        screening = self._screening()
        shares = [
            Command.create({"name": name, "share": 60.0}) for name in ("One", "Two")
        ]
        with self.assertFails(ValidationError, "exceed 100 %"):
            screening.competitor_ids = shares

    # ------------------------------------------------------------
    # Confirmation
    # ------------------------------------------------------------

    def test_confirmation_of_a_customer(self):
        screening = self._screening()
        screening.tier_id = self.core
        screening.action_submit()
        self.assertEqual(screening.stage, "confirmation")
        steps = screening.approval_ids
        self.assertEqual(steps.mapped("state"), ["pending", "waiting"])
        activity = screening.activity_ids
        self.assertEqual(activity.user_id, self.sue)
        self.assertEqual(activity.date_deadline, steps[0].deadline)
        with self.assertFails(UserError, "do not change any more"):
            screening.needs = "Something else"
        with self.assertFails(UserError, "do not change any more"):
            screening.risk_line_ids[0].points = 0
        with self.assertRaises(AccessError):
            screening.with_user(self.max).action_approve()
        screening.with_user(self.sue).action_approve()
        self.assertFalse(self.account.tier_id)
        screening.with_user(self.max).action_approve("Welcome")

        self.assertEqual(screening.result, "confirmed")
        self.assertEqual(screening.stage, "archived")
        self.assertEqual(self.account.tier_id, self.core)
        self.assertEqual(self.account.manager_id, self.amy)
        history = self.account.history_ids
        self.assertEqual(history.user_id, self.max)
        self.assertIn(screening.name, history.reason)
        self.assertIn("Low risk", history.reason)
        visit = self.account.activity_ids
        self.assertEqual((visit.summary, visit.user_id), ("First visit", self.amy))
        self.assertEqual(
            visit.date_deadline, fields.Date.add(fields.Date.today(), days=7)
        )
        with self.assertFails(UserError, "do not change any more"):
            screening.needs = "Something else"
        with self.assertFails(UserError, "do not change any more"):
            screening.unlink()

    def test_confirmation_of_a_lead(self):
        screening = self._screening(lead_id=self.lead.id)
        self._confirm(screening)
        partner = screening.partner_id
        self.assertEqual(partner.name, "Beta Works")
        self.assertEqual(partner.child_ids.name, "Bea Lee")
        self.assertEqual(self.lead.partner_id, partner.child_ids)
        self.assertEqual(self.lead.type, "opportunity")
        account = self._account(partner)
        self.assertEqual(screening.account_id, account)
        self.assertEqual(account.tier_id, self.key)
        self.assertEqual(account.manager_id, self.amy)
        self.assertEqual(account.team_id, self.east)

    def test_lead_converted_meanwhile(self):
        screening = self._screening(lead_id=self.lead.id)
        partner = self._customer("Beta Works Ltd")
        self.lead.convert_opportunity(partner)
        self.assertEqual(screening.partner_id, partner)
        self._confirm(screening)
        self.assertEqual(self._account(partner).tier_id, self.key)
        count = self.env["res.partner"].search_count([("name", "ilike", "Beta Works")])
        self.assertEqual(count, 1)

    def test_refresh_leaves_confirmed_accounts_alone(self):
        screening = self._screening()
        self._confirm(screening)
        self._refresh()
        self.assertFalse(self.account.tier_computed_id)
        self.assertFalse(self.account.pending_proposal_id)
        screening.sudo().protected_until = fields.Date.subtract(self.today, days=1)
        self._refresh()
        self.assertEqual(self.account.pending_proposal_id.movement, "exit")

    def test_pending_proposal_is_settled(self):
        self.account.with_user(self.amy)
        proposal = self.env["kam.tier.proposal"]._propose(
            self.account, self.key, "Grows"
        )
        self._confirm(self._screening())
        self.assertEqual(proposal.state, "withdrawn")
        self.assertEqual(self.account.tier_id, self.key)

    def test_return_withdraw_and_submit_again(self):
        screening = self._screening()
        screening.action_submit()
        screening.with_user(self.sue).action_return("Which competitors?")
        self.assertEqual((screening.stage, screening.result), ("risk", "open"))
        screening.needs = "Said better"
        screening.action_submit()
        screening.action_withdraw()
        self.assertEqual(screening.stage, "risk")
        self.assertEqual(screening.approval_state, "draft")

    def test_refusal_keeps_the_reason(self):
        screening = self._screening()
        self._submit_and_review(screening)
        screening.with_user(self.max).action_refuse("Too dependent on one project")
        self.assertEqual((screening.stage, screening.result), ("archived", "refused"))
        self.assertEqual(screening.stage_closed, "confirmation")
        self.assertFalse(self.account.tier_id)
        found = self.Screening.search([("failure_text", "ilike", "one project")])
        self.assertEqual(found, screening)
        self.assertEqual(
            found.failure_reason_id,
            self.env.ref("key_account_management.lost_reason_refused"),
        )

    def test_key_account_is_not_screened(self):
        screening = self._screening()
        self.account._assign_tier(self.core, {})
        with self.assertFails(UserError, "is a key account already"):
            screening.action_submit()

    def test_withheld_customer_is_not_confirmed(self):
        screening = self._screening()
        self.account.sudo().performance_hold_date = self.today
        with self.assertFails(UserError, "treatment is withheld"):
            screening.action_submit()

    def test_incomplete_screening_is_not_submitted(self):
        screening = self._screening(complete=False)
        with self.assertFails(UserError, "needs.*resources.*competitors.*risk sheet"):
            screening.action_submit()
        self._complete(screening)
        screening.tier_id = False
        with self.assertFails(UserError, "future tier"):
            screening.action_submit()

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
        with self.assertFails(UserError, "do not change any more"):
            screening.needs = "Try again"
        with self.assertFails(UserError, "do not change any more"):
            screening.unlink()
        with self.assertFails(UserError, "do not change any more"):
            screening._fail(self.reason, "Again")

    def test_failure_needs_a_reason(self):
        screening = self._screening()
        with self.assertFails(UserError, "Give the reason"):
            screening._fail(self.reason, "  ")
        screening.action_submit()
        with self.assertFails(UserError, "do not change any more"):
            screening._fail(self.reason, "Late")
        self.assertEqual(screening.result, "open")

    # ------------------------------------------------------------
    # Proposals of the classification
    # ------------------------------------------------------------

    def _potential(self, count):
        partners = self._customers(count, "Grower")
        self._invoices([(p, 150000.0) for p in partners], self._months_ago(3))
        self._invoices([(p, 50000.0) for p in partners], self._months_ago(15))
        self._refresh()
        accounts = self.Account.search([("partner_id", "in", partners.ids)])
        accounts.write({"manager_id": self.amy.id, "team_id": self.east.id})
        self.assertEqual(accounts, accounts.filtered("is_potential"))
        return accounts

    def test_proposed_by_the_classification(self):
        accounts = self._potential(3)
        action = self.Screening.with_user(self.amy).action_propose_from_register()
        screenings = self.Screening.search(action["domain"])
        self.assertEqual(screenings.account_id, accounts)
        self.assertEqual(set(screenings.mapped("origin")), {"rule"})
        self.assertEqual(screenings.user_id, self.amy)
        self.assertEqual(screenings.team_id, self.east)
        self.assertEqual(len(screenings.risk_line_ids), 21)
        self.assertFalse(self.Screening._propose_from_register(self.company))
        # Not again soon after a failure
        screenings[0]._fail(self.reason, "No")
        self.assertFalse(self.Screening._propose_from_register(self.company))
        screenings[0].sudo().date_closed = self._months_ago(4)
        again = self.Screening._propose_from_register(self.company)
        self.assertEqual(again.account_id, screenings[0].account_id)

    def test_proposed_accounts_are_those_that_one_sees(self):
        accounts = self._potential(2)
        accounts[1].manager_id = self.max
        action = self.Screening.with_user(self.amy).action_propose_from_register()
        screenings = self.Screening.search(action["domain"])
        self.assertEqual(screenings.account_id, accounts[0])

    def test_selected_accounts(self):
        accounts = self._potential(3)
        accounts[:2].with_user(self.amy).action_screen()
        self.assertEqual(
            self.Screening.search([]).account_id, accounts[:2], "the selected only"
        )
        action = accounts[0].with_user(self.amy).action_screen()
        self.assertEqual(action["res_id"], accounts[0].screening_ids.id)

    def test_refresh_proposes_when_set(self):
        accounts = self._potential(2)
        self.assertFalse(accounts.screening_ids)
        self.company.kam_screening_auto = True
        self._refresh(self._months_ago(2))
        self.assertFalse(accounts.screening_ids, "a look at the past changes nothing")
        self._refresh()
        self.assertEqual(len(accounts.screening_ids), 2)

    def test_account_found_after_the_first_invoice(self):
        partner = self._customer("Newcomer")
        screening = self._screening(partner_id=partner.id, complete=False)
        self.assertFalse(screening.account_id)
        self._invoice(partner, 10.0)
        self._refresh()
        self.assertEqual(screening.account_id, self._account(partner))

    def test_growth_of_proposing(self):
        accounts = self._potential(120)
        counts = []
        for part in (accounts[:10], accounts[10:20], accounts[20:]):
            counts.append(
                self._count(self.Screening._propose_from_register, self.company, part)
            )
            self.assertEqual(len(part.screening_ids), len(part))
        # The ORM inserts and completes 100 rows of the risk sheets a statement.
        slices = 2 * len(accounts[20:].screening_ids.risk_line_ids) // 100
        self.assertLessEqual(counts[2], counts[1] + slices)

    def test_growth_of_lists(self):
        self.Screening._propose_from_register(self.company, self._potential(80))
        Screening = self.Screening.with_user(self.max)
        screenings = Screening.search([("origin", "=", "rule")])
        for view_type in ("list", "kanban"):
            arch = Screening.get_view(view_type=view_type)
            specification = {
                name: {"fields": {"display_name": {}}}
                if Screening._fields[name].type == "many2one"
                else {}
                for name in arch["models"]["kam.screening"]
            }
            counts = [
                self._count(Screening.browse(part.ids).web_read, specification)
                for part in (screenings[:8], screenings[:8], screenings)
            ]
            with self.subTest(view=view_type):
                self.assertLessEqual(counts[2], counts[1] + 3)
