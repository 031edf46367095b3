from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.service.model import retrying
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..common import RaceCase
from .common import ScreeningCase

ELSEWHERE = "looked after by somebody else"
LEADS = "Only the leader of the territory"


@tagged("post_install", "-at_install")
class TestScreeningPeople(ScreeningCase):
    """Who screens whom, who reviews it, and who gets the customer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.theirs, cls.nobodys, cls.led = cls._customers(3, "Other")
        cls.unknown = cls._customer("Unknown")
        for partner, user, team in (
            (cls.theirs, cls.ben, cls.east),
            (cls.nobodys, None, None),
            (cls.led, None, cls.east),
        ):
            account = cls.Account.create({"partner_id": partner.id})
            account.write({"manager_id": user and user.id, "team_id": team and team.id})
            account.sudo().write({"is_potential": True, "tier_computed_id": cls.core})
        cls.user_lead = cls.lead.copy(
            {"partner_id": cls.theirs.id, "email_from": False}
        )

    # ------------------------------------------------------------
    # Whom one may screen
    # ------------------------------------------------------------

    def test_whom_an_account_manager_screens(self):
        for partner, allowed in (
            (self.customer, True),
            (self.nobodys, True),
            (self.unknown, True),
            (self.theirs, False),
            (self.led, True),  # in a territory, and nobody's
        ):
            for route in ("create", "write", "lead"):
                with self.subTest(persona="amy", customer=partner.name, route=route):
                    if allowed:
                        self._start(route, partner).sudo().unlink()
                        continue
                    with self.assertFails(AccessError, ELSEWHERE):
                        self._start(route, partner)

    def _start(self, route, partner):
        """Screen a customer as amy."""
        Screening = self.Screening.with_user(self.amy)
        if route == "create":
            return Screening.create({"partner_id": partner.id})
        lead = self.lead.copy({"partner_id": partner.id if route == "lead" else False})
        if route == "lead":
            return Screening.create({"lead_id": lead.id})
        screening = Screening.create({"lead_id": lead.id})
        screening.partner_id = partner
        return screening

    def test_leaders_screen_what_they_lead(self):
        for partner in (self.customer, self.theirs, self.led):
            with self.subTest(persona="sue", customer=partner.name):
                self._screening(self.sue, complete=False, partner_id=partner.id)
        china = self._account(self.theirs)
        china.sudo().team_id = self.china
        self.Screening.search([]).sudo().unlink()
        with self.assertFails(AccessError, ELSEWHERE):
            self._screening(self.sue, complete=False, partner_id=self.theirs.id)

    def test_actions(self):
        theirs = self._account(self.theirs)
        self._account(self.customer).member_ids = [
            Command.create({"user_id": self.ben.id})
        ]
        with self.assertFails(AccessError, ELSEWHERE):
            self.user_lead.with_user(self.amy).action_kam_screen()
        self.assertFalse(theirs.with_user(self.ben).action_screen()["res_id"])
        with self.assertRaises(AccessError):
            theirs.with_user(self.amy).action_screen()
        self.Screening.with_user(self.amy).action_propose_from_register()
        self.assertFalse(theirs.screening_ids)
        self.Screening.with_user(self.ben).action_propose_from_register()
        self.assertEqual(theirs.screening_ids.user_id, self.ben)

    def test_lead_that_becomes_a_customer_of_others(self):
        """Before it is submitted, and when it is decided."""
        early = self._screening(lead_id=self.lead.id)
        self.lead.partner_id = self.theirs
        with self.assertFails(AccessError, ELSEWHERE):
            early.action_submit()
        self.lead.partner_id = False
        late = self._screening(lead_id=self.lead.copy({"partner_id": False}).id)
        late.invalidate_recordset()
        self._submit_and_review(late)
        late.sudo().lead_id.email_from = "office@other.example.com"
        self.theirs.email = "office@other.example.com"
        self.assertEqual(late.sudo().lead_id._find_matching_partner(), self.theirs)
        late.with_user(self.max).action_approve()
        self.assertNotEqual(late.sudo().partner_id, self.theirs)

    def test_form_tells_nothing(self):
        """Of accounts that one may not read: neither tier, manager nor former file."""
        for partner in (self.theirs, self.nobodys, self.led):
            former = self._screening(self.max, complete=False, partner_id=partner.id)
            former._fail_development(self.reason, "Gone")
            with self.subTest(persona="amy", customer=partner.name):
                form = Form(self.Screening.with_user(self.amy))
                form.partner_id = partner
                self.assertEqual(form.tier_id, self.key, "the lowest, by default")
                self.assertEqual(form.manager_id, self.amy)
                self.assertFalse(form.team_id)
                self.assertFalse(form.former_id)
                self.assertFalse(form.former_result)
        form = Form(self.Screening.with_user(self.max))
        form.partner_id = self.theirs
        self.assertEqual((form.tier_id, form.manager_id), (self.core, self.ben))
        self.assertEqual(form.former_result, "failed")

    def test_lead_brings_no_customer_of_others(self):
        """The file does not take it, and so stays out of its account."""
        screening = self._screening(lead_id=self.lead.id, complete=False)
        contact = self.env["res.partner"].create(
            {"name": "Chen", "parent_id": self.theirs.id}
        )
        for partner in (self.theirs, contact):
            with self.subTest(customer=partner.name):
                self.lead.partner_id = partner
                screening.with_user(self.amy).write({"needs": partner.name})
                self.assertFalse(screening.partner_id)
                self.assertFalse(screening.account_id)
        theirs = self._screening(self.ben, False, partner_id=self.theirs.id)
        self.assertEqual(theirs.account_id.manager_id, self.ben)
        theirs.unlink()
        for partner in (self.nobodys, self.unknown, self.customer):
            with self.subTest(customer=partner.name):
                self.lead.partner_id = partner
                self.assertEqual(screening.partner_id, partner)

    def test_nobody_starts_the_account_of_a_candidate(self):
        """Neither of a customer nor of the one that the lead has by now."""
        screened = self._screening(complete=False, partner_id=self.unknown.id)
        by_lead = self._screening(lead_id=self.lead.id)
        screened.sudo().team_id = self.east
        by_lead.action_submit()
        known = self._customer("Known")
        by_lead.sudo().lead_id.partner_id = known
        for partner in (self.unknown, known):
            with self.assertFails(AccessError, "screened by somebody else"):
                self.Account.with_user(self.ben).create({"partner_id": partner.id})
        self.assertFalse(self._account(self.unknown))
        leading = self.Account.with_user(self.sue).create({"partner_id": known.id})
        self.assertEqual(leading.manager_id, self.sue)
        own = self.Account.with_user(self.amy).create({"partner_id": self.unknown.id})
        self.assertEqual(own.manager_id, self.amy)
        screened._fail_development(self.reason, "Gone")
        other = self._screening(complete=False, partner_id=self._customer("Past").id)
        other._fail_development(self.reason, "Gone")
        self.Account.with_user(self.ben).create({"partner_id": other.partner_id.id})

    def test_deletion_is_of_the_responsible(self):
        """Not of those who work on the account."""
        screening = self._screening(complete=False)
        self.account.member_ids = [Command.create({"user_id": self.ben.id})]
        screening.with_user(self.ben).needs = "More"
        with self.assertFails(AccessError, "can delete"):
            screening.with_user(self.ben).unlink()
        screening.with_user(self.amy).unlink()
        for user in (self.sue, self.max):
            self._screening(complete=False).with_user(user).unlink()

    # ------------------------------------------------------------
    # Who reviews, and who gets the customer
    # ------------------------------------------------------------

    def test_reviewer_follows(self):
        self.assertEqual(self._screening(complete=False).team_id, self.east)
        by_lead = self._screening(lead_id=self.lead.id, complete=False)
        self.assertEqual(by_lead.team_id, self.east)
        own = self._screening(partner_id=self.unknown.id, complete=False)
        self.assertFalse(own.team_id)
        own.partner_id = self._customer("Another")
        self.assertFalse(own.team_id)

    def test_nobody_picks_his_reviewer(self):
        values = {"partner_id": self.unknown.id}
        Screening = self.Screening.with_user(self.amy)
        with self.assertFails(AccessError, LEADS):
            Screening.create({**values, "team_id": self.china.id})
        with self.assertFails(AccessError, LEADS):
            Screening.with_context(default_team_id=self.china.id).create(values)
        screening = self._screening()
        for user, allowed in ((self.amy, 0), (self.sue, 0), (self.users["sam"], 1)):
            with self.subTest(persona=user.login, field="team_id"):
                if allowed:
                    screening.with_user(user).team_id = self.china
                    continue
                with self.assertFails(AccessError, LEADS):
                    screening.with_user(user).team_id = self.china

    def test_account_manager_proposes_himself(self):
        values = {"partner_id": self.unknown.id}
        Screening = self.Screening.with_user(self.amy)
        with self.assertFails(AccessError, LEADS):
            Screening.create({**values, "manager_id": self.ben.id})
        with self.assertFails(AccessError, LEADS):
            Screening.with_context(default_manager_id=self.ben.id).create(values)
        screening = self._screening()
        with self.assertFails(AccessError, LEADS):
            screening.manager_id = self.ben
        screening.with_user(self.sue).manager_id = self.ben
        screening.with_user(self.amy).write({"manager_id": self.ben.id, "needs": "A"})
        screening.manager_id = self.amy

    def test_leader_makes_nobody_of_others(self):
        """The choice of a leader is none of a new screening."""
        screening = self._screening()
        screening.with_user(self.sue).manager_id = self.ben
        screening._fail_development(self.reason, "Gone")
        again = self.Screening.browse(screening.action_screen_again()["res_id"])
        self.assertEqual(again.manager_id, self.amy)

    # ------------------------------------------------------------
    # One at a time
    # ------------------------------------------------------------

    def test_merged_leads(self):
        """What is submitted goes on, or else the oldest."""
        other = self.lead.copy({"type": "opportunity", "probability": 90})
        old = self._screening(lead_id=self.lead.id)
        young = self._screening(lead_id=other.id)
        young.action_submit()
        (self.lead + other).merge_opportunity(auto_unlink=True)
        self.env.flush_all()
        self.assertEqual((old.result, young.result), ("failed", "open"))
        self.assertIn(young.name, old.failure_text)
        self.assertEqual(old.lead_id | young.lead_id, (self.lead + other).exists())

    def test_merged_lead_brings_a_customer(self):
        other = self.lead.copy({"type": "opportunity", "partner_id": self.customer.id})
        of_customer = self._screening(complete=False)
        of_lead = self._screening(lead_id=self.lead.id, complete=False)
        (self.lead + other).merge_opportunity(auto_unlink=True)
        self.env.flush_all()
        under_way = self.Screening.search([("partner_id", "=", self.customer.id)])
        self.assertEqual(under_way, of_customer)
        self.assertFalse(of_lead.partner_id)

    def _merge(self, source, target):
        self.env["base.partner.merge.automatic.wizard"]._merge(
            [source.id, target.id], target, extra_checks=False
        )
        self.env.invalidate_all()

    def test_merged_customers(self):
        for target in (self.nobodys, self.unknown):
            with self.subTest(account=bool(self._account(target))):
                source = self._customer("Double")
                old = self._screening(partner_id=source.id, complete=False)
                young = self._screening(partner_id=target.id)
                young.action_submit()
                young.with_user(self.amy).action_withdraw()
                self._merge(source, target)
                self.assertEqual((old.result, young.result), ("open", "failed"))
                self.assertEqual(old.partner_id, target)

    def test_customer_that_becomes_part_of_another(self):
        mine = self._screening(partner_id=self.nobodys.id, complete=False)
        other = self._screening(complete=False)
        other.action_fail()
        self.nobodys.write({"is_company": False, "parent_id": self.customer.id})
        self._refresh()
        self.assertEqual((mine + other).mapped("result").count("open"), 1)

    def test_growth_of_checks(self):
        """Nothing is looked up for each of many."""
        counts = []
        for count in (4, 4, 40):
            partners = self._customers(count, f"Many {len(counts)}")
            values = [{"partner_id": partner.id} for partner in partners]
            screenings = self.Screening.with_user(self.amy).create(values)
            self.env.flush_all()
            counts.append(
                self._count(screenings._check_one_under_way)
                + self._count(screenings._check_may_screen)
                + self._count(screenings._check_people)
            )
        self.assertLessEqual(counts[2], counts[1])


@tagged("post_install", "-at_install")
class TestScreeningConcurrency(RaceCase):
    """Two people start a screening of one candidate at the same moment."""

    def setUp(self):
        super().setUp()
        with self._transaction() as env:
            company = env.ref("base.main_company")
            partner = env["res.partner"].create({"name": "Race", "is_company": True})
            lead = env["crm.lead"].create({"name": "Race", "company_id": company.id})
            self.ids = {"partner_id": partner.id, "lead_id": lead.id}
        self.addCleanup(self._remove_records)

    def _remove_records(self):
        with self._transaction() as env:
            lead = env["crm.lead"].browse(self.ids["lead_id"])
            partner = env["res.partner"].browse(self.ids["partner_id"])
            self._find(env).unlink()
            lead.unlink()
            partner.unlink()

    def _find(self, env):
        return env["kam.screening"].search(
            [
                "|",
                ("partner_id", "=", self.ids["partner_id"]),
                ("lead_id", "=", self.ids["lead_id"]),
            ]
        )

    def test_second_gets_a_sentence(self):
        for fname, id_ in self.ids.items():
            with self.subTest(candidate=fname):
                values = {
                    fname: id_,
                    "company_id": 1,
                }

                def start(env, values=values):
                    return env["kam.screening"].create(values)

                with self._transaction() as other:
                    other["kam.screening"].search_count([])  # its picture is from now
                    with self._transaction() as env:
                        start(env)
                    with (
                        mute_logger("odoo.sql_db", "odoo.service.model"),
                        self.assertRaisesRegex(ValidationError, "already under way"),
                    ):
                        retrying(lambda: start(other), other)  # noqa: B023
                    other.cr.rollback()
        with self._transaction() as env:
            self.assertEqual(len(self._find(env)), 2, "one of each candidate")
