from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, freeze_time, new_test_user, tagged

from .common import ScreeningCase


@tagged("post_install", "-at_install")
class TestScreeningIntegrity(ScreeningCase):
    """What nobody may slip in, and what must not get lost."""

    # ------------------------------------------------------------
    # Entering
    # ------------------------------------------------------------

    def test_defaults_decide_nothing(self):
        """Neither those of a context nor those that a user keeps for himself."""
        wanted = {
            "result": "confirmed",
            "stage_closed": "confirmation",
            "protected_until": "2099-12-31",
            "origin": "rule",
        }
        context = {f"default_{fname}": value for fname, value in wanted.items()}
        Screening = self.Screening.with_user(self.amy)
        for fname, value in wanted.items():
            self.env["ir.default"].with_user(self.amy).set(
                "kam.screening", fname, value, user_id=self.amy.id
            )
        screening = Screening.with_context(**context).create(
            {"partner_id": self.customer.id}
        )
        self.assertRecordValues(
            screening,
            [
                {
                    "result": "open",
                    "stage_closed": False,
                    "protected_until": False,
                    "origin": "manual",
                }
            ],
        )
        with self.assertFails(UserError, "Submit the screening"):
            Screening.with_context(default_stage="archived").create(
                {"lead_id": self.lead.id}
            )

    def test_customer_of_what_is_under_review(self):
        """The lead is about somebody else by then: the file is returned, and follows
        it as far as nobody typed the customer. A file that is decided stays as it is.
        """
        customer = self._customer("Alpha Ltd")
        lead = self.env["crm.lead"].create(
            {
                "name": "Wants bearings",
                "partner_id": customer.id,
                "company_id": self.company.id,
                "user_id": self.amy.id,
            }
        )
        screening = self.Screening.with_user(self.amy).create({"lead_id": lead.id})
        self._complete(screening)
        self.assertEqual(screening.partner_id, customer)
        self._submit_and_review(screening)
        other = self._customer("Beta Ltd")
        lead.partner_id = other
        self.assertEqual(screening.approval_state, "returned")
        self.assertEqual(screening.partner_id, other)
        screening.sudo().team_id = self.east
        self._confirm(screening)
        self.assertEqual(screening.account_id.partner_id, other)
        lead.partner_id = self._customer("Gamma Ltd")
        self.assertEqual(screening.partner_id, other)
        self.assertFalse(self._account(customer))

    def test_lead_is_worked_on_by_people_without_a_role(self):
        """Whoever sells need not know that somebody screens the lead."""
        seller = new_test_user(
            self.env,
            login="seller",
            groups="base.group_user,sales_team.group_sale_salesman_all_leads,"
            "base.group_partner_manager",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        screening = self.Screening.with_user(self.amy).create({"lead_id": self.lead.id})
        lead = self.lead.with_user(seller)
        self.env.flush_all()
        self.env.invalidate_all()
        lead.partner_id = self._customer("Beta Ltd")
        lead.env.flush_all()
        self.assertEqual(screening.sudo().partner_id, lead.sudo().partner_id)
        double = lead.copy()
        (lead + double).merge_opportunity()
        lead.env.flush_all()
        self.assertEqual(screening.sudo().lead_id, (lead + double).exists().sudo())

    def _reviewed_lead(self, days=1):
        """A screening of a lead without customer, that was submitted before."""
        lead = self.lead.copy({"type": "lead"})
        screening = self._screening(lead_id=lead.id)
        self._submit_and_review(screening)
        before = self.env.cr.now() - timedelta(days=days)
        screening.sudo().approval_ids.submit_date = before
        return screening, lead.with_user(self.amy)

    def test_lead_that_becomes_a_new_customer(self):
        """That is who was reviewed: the decision goes on."""
        screening, lead = self._reviewed_lead()
        lead.convert_opportunity(lead._create_customer())
        self.assertEqual(lead.partner_id.name, "Bea Lee")
        self.assertEqual(screening.approval_state, "pending")
        screening.with_user(self.max).action_approve()
        self.assertEqual(screening.result, "confirmed")
        self.assertEqual(screening.partner_id.name, "Beta Works")
        self.assertEqual(screening.partner_id, lead.sudo().partner_id.parent_id)

    def test_lead_that_becomes_somebody_else(self):
        """Whom nobody has reviewed: known before, of another name, or of others."""
        theirs = self._customer("Beta Works")
        self.Account.create({"partner_id": theirs.id, "manager_id": self.ben.id})
        for customer, days in (
            (self._customer("Beta Works"), -1),
            (self._customer("Gamma Works"), 1),
            (theirs, 1),
        ):
            with self.subTest(customer=customer.name, days=days):
                screening, lead = self._reviewed_lead(days)
                lead.partner_id = customer
                self.assertEqual(screening.approval_state, "returned")

    def test_own_values_change_nothing(self):
        screening = self._screening()
        self._submit_and_review(screening)
        self.company.kam_risk_low = 99.0
        self.assertFixed(screening, self.amy, self.sue)

    def test_lead_and_customer_belong_together(self):
        self.lead.partner_id = self._customer("Gamma")
        with self.assertFails(ValidationError, "another customer: Gamma"):
            self._screening(
                partner_id=self.customer.id, lead_id=self.lead.id, complete=False
            )
        screening = self._screening(complete=False)
        with self.assertFails(ValidationError, "another customer: Gamma"):
            screening.lead_id = self.lead

    def test_one_screening_at_a_time_by_way_of_a_lead(self):
        self._screening(complete=False)
        self.lead.partner_id = self.customer
        with self.assertFails(ValidationError, "Alpha is already under way"):
            self._screening(lead_id=self.lead.id, complete=False)
        lead = self.lead.copy({"partner_id": False})
        self._screening(lead_id=lead.id, complete=False)
        with self.assertFails(ValidationError, "already under way"):
            self._screening(lead_id=lead.id, complete=False)

    def test_sales_may_name_the_customer_of_a_lead(self):
        """CRM does not stop for two screenings: the second goes on without the
        customer, and can be submitted when the first is closed."""
        first = self._screening()
        second = self._screening(lead_id=self.lead.id)
        self.lead.partner_id = self.customer
        self.env.flush_all()
        self.assertFalse(second.partner_id)
        with self.assertFails(ValidationError, "Alpha is already under way"):
            second.action_submit()
        first._fail_development(self.reason, "Goes on by the lead")
        second.action_submit()
        self.assertEqual(second.approval_state, "pending")
        self.assertEqual(second.partner_id, self.customer)

    def test_lead_opens_what_is_under_way(self):
        screening = self._screening(complete=False)
        self.lead.partner_id = self.customer
        action = self.lead.with_user(self.amy).action_kam_screen()
        self.assertEqual(action["res_id"], screening.id)

    def test_decision_makers_are_of_the_customer(self):
        screening = self._screening(complete=False)
        boss = self._customer("Boss", parent_id=self.customer.id, is_company=False)
        stranger = self._customer("Stranger", is_company=False)
        screening.decision_maker_ids = boss
        with self.assertFails(ValidationError, "do not belong to Alpha: .*Stranger"):
            screening.decision_maker_ids |= stranger

    def test_person_of_a_lead_does_not_stop_it(self):
        """Who was met for the lead need not be among the contacts of its customer."""
        stranger = self._customer("Bea Lee", is_company=False)
        screening = self._screening(
            lead_id=self.lead.id,
            contact_ids=[Command.create({"person_id": stranger.id, "result": "Met"})],
        )
        self._confirm(screening)
        self.env.flush_all()
        contact = screening.contact_ids
        self.assertEqual(contact.account_id, screening.account_id)
        self.assertEqual(contact.person_id, stranger)
        with self.assertFails(ValidationError, "do not belong to Alpha"):
            self.env["kam.development.contact"].create(
                {"account_id": self.account.id, "person_id": stranger.id}
            )

    # ------------------------------------------------------------
    # Companies
    # ------------------------------------------------------------

    def test_risk_sheet_is_that_of_the_company(self):
        other = self._create_company("Oak Test")
        other.kam_risk_indicator_ids[3:].unlink()
        self.amy.company_ids |= other
        Screening = self.Screening.with_user(self.amy).with_context(
            allowed_company_ids=(self.company + other).ids
        )
        for values, context in (
            ({"company_id": other.id}, {}),
            ({}, {"default_company_id": other.id}),
        ):
            screening = Screening.with_context(**context).create(
                {"partner_id": self._customer("Delta").id, **values}
            )
            with self.subTest(context=context):
                self.assertEqual(
                    screening.risk_line_ids.indicator_id, other.kam_risk_indicator_ids
                )
                self.assertEqual(
                    screening.risk_line_ids.mapped("weight"),
                    other.kam_risk_indicator_ids.mapped("weight"),
                )
        with Form(Screening.with_context(default_company_id=other.id)) as form:
            self.assertEqual(len(form.risk_line_ids), 3)
            form.partner_id = self._customer("Epsilon")
        self.assertEqual(len(form.record.risk_line_ids), 3)
        form.record.company_id = self.company
        self.assertEqual(
            form.record.risk_line_ids.indicator_id, self.company.kam_risk_indicator_ids
        )
        self.assertEqual(form.record.tier_id, self.key)

    def test_days_are_those_of_the_company(self):
        """At 23:30 UTC it is the next day in Shanghai, wherever the decider is."""
        self.company.resource_calendar_id.tz = "Asia/Shanghai"
        self.company.partner_id.tz = "Asia/Shanghai"
        self.max.tz = "America/New_York"
        first = self._screening()
        self._submit_and_review(first)
        second = self._screening(lead_id=self.lead.id)
        with freeze_time(fields.Datetime.to_datetime(self.today).replace(hour=23)):
            today = self.company._kam_today()
            self.assertGreater(today, fields.Date.today())
            first.with_user(self.max).action_approve()
            second.with_user(self.max)._fail_development(self.reason, "No")
        self.assertEqual(first.date_closed, today)
        self.assertEqual(second.date_closed, today)
        self.assertEqual(first.protected_until, fields.Date.add(today, months=12))

    def test_opportunity_tells_the_company_that_it_is_of(self):
        """In the language of the account manager, who is still there."""
        self.env["res.lang"]._activate_lang("zh_CN")
        other = self._create_company("Oak Test")
        self.max.company_ids |= other
        ours = self.account
        theirs = self.Account.create(
            {"partner_id": self._customer("Delta").id, "company_id": other.id}
        )
        mine_there = self.Account.create(
            {"partner_id": self.customer.id, "company_id": other.id}
        )
        (ours + theirs + mine_there).sudo().write({"manager_id": self.max.id})
        ours.sudo().tier_id = self.key
        (theirs + mine_there).sudo().tier_id = other.kam_tier_ids[-1]
        self.max.lang = "zh_CN"
        self.env["crm.lead"].create(
            [
                {
                    "name": "Buy",
                    "type": "opportunity",
                    "partner_id": account.partner_id.id,
                    "company_id": account.company_id.id,
                }
                for account in (ours, theirs)
            ]
        )
        self.assertEqual(len(ours.activity_ids), 1)
        self.assertEqual(len(theirs.activity_ids), 1)
        self.assertFalse(mine_there.activity_ids)
        self.assertNotIn("opportunity", ours.activity_ids.note)
        theirs.activity_ids.unlink()
        self.max.active = False
        self.env["crm.lead"].create(
            {
                "name": "Buy",
                "type": "opportunity",
                "partner_id": theirs.partner_id.id,
                "company_id": other.id,
            }
        )
        self.assertFalse(theirs.activity_ids)

    # ------------------------------------------------------------
    # Decision
    # ------------------------------------------------------------

    def _check_returned(self, screening, reason):
        """Instead of being confirmed: what is fixed could not be put right."""
        screening.with_user(self.max).action_approve()
        self.assertEqual(screening.approval_state, "returned")
        self.assertEqual(screening.activity_ids.user_id, self.amy)
        self.assertRegex(screening.activity_ids.note, reason)

    def test_what_happened_since_the_submission(self):
        """A tier given in the meantime is not overwritten."""
        screening = self._screening()
        self._submit_and_review(screening)
        self.account._assign_tier(self.strategic, {})
        self._check_returned(screening, "is already a key account")
        self.assertEqual(self.account.tier_id, self.strategic)
        self.assertEqual(screening.result, "open")

    def test_account_manager_is_there(self):
        screening = self._screening()
        screening.with_user(self.sue).manager_id = self.ben
        self._submit_and_review(screening)
        self.ben.active = False
        self._check_returned(screening, "choose another account manager")
        lead_screening = self._screening(lead_id=self.lead.id)
        lead_screening.sudo().manager_id = self.ben
        with self.assertFails(UserError, "choose another account manager"):
            lead_screening.action_submit()
        foreigner = new_test_user(
            self.env,
            login="foreigner",
            company_id=self.env.ref("base.main_company").id,
            company_ids=[Command.set(self.env.ref("base.main_company").ids)],
        )
        lead_screening.sudo().manager_id = foreigner
        with self.assertFails(UserError, "cannot manage accounts of Evergreen Test"):
            lead_screening.action_submit()

    def test_archived_tier_is_not_given(self):
        screening = self._screening(tier_id=self.core.id)
        self._submit_and_review(screening)
        self.core.active = False
        self._check_returned(screening, "“.*” is archived: choose another")

    def test_refusal_without_the_reason_of_the_addon(self):
        self.env.ref("key_account_management.lost_reason_refused").unlink()
        screening = self._screening()
        self._submit_and_review(screening)
        screening.with_user(self.max).action_refuse("Too small")
        self.assertEqual(screening.result, "refused")
        self.assertEqual(screening.failure_text, "Too small")
        self.assertFalse(screening.failure_reason_id)

    def test_limits_reach_what_is_open_only(self):
        closed = self._screening()
        self._confirm(closed)
        pending = self._screening(partner_id=self._customer("Delta").id)
        pending.action_submit()
        open_ = self._screening(lead_id=self.lead.id)
        self.assertEqual(set((closed + pending + open_).mapped("worth")), {"worth"})
        self.env.flush_all()
        self.company.write(
            {"kam_risk_low": 90, "kam_worth_good": 50, "kam_worth_bad": 40}
        )
        for screening, expected in (
            (closed, ("low", "worth")),
            (pending, ("low", "worth")),
            (open_, ("medium", "not")),
        ):
            screening.invalidate_recordset()
            self.assertEqual((screening.risk_verdict, screening.worth), expected)

    def test_first_visit_speaks_the_language_of_its_manager(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.amy.lang = "zh_CN"
        self._confirm(self._screening())
        visit = self.account.visit_ids
        self.assertNotEqual(visit.purpose, "First visit")
        self.assertEqual(visit.activity_ids.summary, visit.purpose)

    # ------------------------------------------------------------
    # Figures
    # ------------------------------------------------------------

    def test_each_user_has_his_own_counts(self):
        """What one may see is not shown to the next in the same transaction."""
        screening = self._screening()
        screening.with_user(self.max).user_id = self.ben
        contacts = [
            Command.create({"result": "Met", "user_id": self.amy.id}),
            Command.create({"result": "Met again", "user_id": self.amy.id}),
        ]
        other = self.Account.create({"partner_id": self._customer("Delta").id})
        screening.sudo().contact_ids = contacts
        self.assertEqual(screening.with_user(self.max).contact_count, 2)
        other_screening = self._screening(self.max, partner_id=other.partner_id.id)
        other_screening.sudo().team_id = self.china
        other.write({"manager_id": self.max.id, "member_ids": [Command.clear()]})
        self.assertEqual(other.with_user(self.max).screening_count, 1)
        self.assertEqual(other.with_user(self.ben).screening_count, 0)
        account = screening.account_id
        visit = {
            "account_id": account.id,
            "purpose": "See",
            "main_points": "All is well",
            "state": "done",
            "start": fields.Datetime.subtract(fields.Datetime.now(), days=1),
        }
        self.env["kam.visit"].with_user(self.amy).create(visit)
        self.assertEqual(screening.with_user(self.max).contact_count, 3)
        self.assertEqual(screening.with_user(self.ben).contact_count, 2)
