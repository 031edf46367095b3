"""What is on record outlives what others may delete (K5)."""

from odoo import Command, fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import new_test_user, tagged

from ..credit.common import CreditCase

# Why something goes with what it belongs to, where that is no part of a form
LINES = "a line of it, and of nothing else"
RULES = "a rule of it: what was decided by the rule keeps it from being deleted"
CASCADES = {
    ("kam.account.snapshot", "account_id"): "measured, and goes with a mere row",
    ("kam.approval.step", "company_id"): RULES,
    ("kam.approval.step", "model_id"): "nobody approves what does not exist",
    ("kam.credit.grade", "company_id"): RULES,
    ("kam.credit.indicator", "company_id"): RULES,
    ("kam.criterion", "company_id"): RULES,
    ("kam.partner.profile", "partner_id"): "who deletes a person erases the profile",
    ("kam.risk.indicator", "company_id"): RULES,
    ("kam.tier", "company_id"): RULES,
    ("kam.visit.cadence", "company_id"): RULES,
    ("kam.visit.cadence", "tier_id"): RULES,
    ("kam.visit.check", "visit_id"): LINES,
    ("kam.visit.finding", "visit_id"): LINES,
    ("kam.visit.type.check", "type_id"): LINES,
    ("mail.activity", "kam_approval_id"): "asks for a decision, and records none",
}
# What the refresh measures of an account
MEASURED = {
    ("kam.account", "parent_account_id"),
    ("kam.account.snapshot", "account_id"),
}
KEPT = "decisions or documents are on record. Archive the customer"


@tagged("post_install", "-at_install")
class TestEvidence(CreditCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = new_test_user(
            cls.env,
            login="clerk",
            groups="base.group_user,base.group_partner_manager",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        cls.number = 0

    def _stored(self):
        """Stored many2one fields of our models, and ours on models of core."""
        for name, model in sorted(self.registry.items()):
            if model._abstract or model._transient or not model._auto:
                continue
            for field in model._fields.values():
                ours = name.startswith("kam.") or field.name.startswith("kam_")
                if ours and field.type == "many2one" and field.store:
                    yield name, field

    @classmethod
    def _bare(cls):
        """An account as the refresh makes it."""
        cls.number += 1
        partner = cls._customer(f"Bare {cls.number}")
        return cls.Account.create({"partner_id": partner.id, "manager_id": False})

    def _deletions(self, account):
        """By persona and route, how an account may be deleted."""
        amy = self.users["amy"]
        amy.group_ids |= self.env.ref("base.group_partner_manager")
        partner = account.partner_id
        return {
            "dora, account": account.with_user(self.users["dora"]).unlink,
            "superuser, account": account.sudo().unlink,
            "amy, contact": partner.with_user(amy).unlink,
            "clerk, contact": partner.with_user(self.clerk).unlink,
            "superuser, contact": partner.sudo().unlink,
        }

    def assertKept(self, account, what):  # noqa: N802
        for route, delete in self._deletions(account).items():
            with self.subTest(what=what, route=route):
                with self.assertFails(ValidationError, KEPT), self.env.cr.savepoint():
                    delete()
                self.env.invalidate_all()
                self.assertTrue(account.exists())
                self.assertTrue(account.partner_id.exists())

    # ------------------------------------------------------------
    # Cascades
    # ------------------------------------------------------------

    def test_cascades(self):
        """Nothing of ours goes with something else, but for lines and rules."""
        used = set()
        for name, field in self._stored():
            if field.ondelete != "cascade":
                continue
            if field.name == getattr(self.registry[name], "_form_field", None):
                continue  # a line of a form
            with self.subTest(model=name, field=field.name):
                self.assertIn((name, field.name), CASCADES)
            used.add((name, field.name))
        self.assertEqual(used, set(CASCADES))

    def test_whatever_points_to_an_account_keeps_it(self):
        for name, field in self._stored():
            if field.comodel_name != "kam.account":
                continue
            with self.subTest(model=name, field=field.name):
                if (name, field.name) in MEASURED:
                    continue
                if field.related:  # the record that it is taken from keeps it
                    link = self.registry[name]._fields[field.related.split(".")[0]]
                    self.assertIn(link.ondelete, ("restrict", "cascade"))
                    continue
                self.assertEqual(field.ondelete, "restrict")

    def test_people_and_territories_stay(self):
        """Who did something, or was in charge, is not forgotten."""
        for name, field in self._stored():
            if not name.startswith("kam.") or field.related:
                continue
            if field.name in ("create_uid", "write_uid"):
                continue
            if field.comodel_name in ("res.users", "crm.team"):
                with self.subTest(model=name, field=field.name):
                    self.assertEqual(field.ondelete, "restrict")

    def test_who_took_part(self):
        """Who was met, was there or was asked, of several."""
        found = set()
        for name, model in self.registry.items():
            if not name.startswith("kam.") or not model._auto or model._transient:
                continue
            for field in model._fields.values():
                people = field.comodel_name in ("res.users", "res.partner")
                if field.type != "many2many" or not field.store or not people:
                    continue
                found.add((name, field.name))
                with self.subTest(model=name, field=field.name):
                    self.assertEqual(field.ondelete, "restrict")
        self.assertIn(("kam.visit", "contact_ids"), found)

    # ------------------------------------------------------------
    # Accounts
    # ------------------------------------------------------------

    def _evidence(self):
        """How a document of each kind comes to an account, by model."""
        values = {}

        def create(model, **vals):
            return lambda account: self.env[model].create(
                {"account_id": account.id, **values, **vals}
            )

        def person(account):
            return self._customer(
                "Wang", is_company=False, parent_id=account.partner_id.id
            )

        def history(account):
            account._assign_tier(self.core, {})
            account._assign_tier(self.core.browse(), {})

        def order(account):
            order = self._quotation(account.partner_id, 10)
            self.env["kam.credit.release"].create(
                {"account_id": account.id, "order_id": order.id, "amount": 10}
            )

        return {
            "kam.account.member": create(
                "kam.account.member", user_id=self.users["ben"].id
            ),
            "kam.credit.assessment": create("kam.credit.assessment"),
            "kam.credit.document": self._documents,
            "kam.credit.release": order,
            "kam.credit.request": create("kam.credit.request"),
            "kam.development.contact": create("kam.development.contact"),
            "kam.occasion": create("kam.occasion", name="Fair", date="2026-01-01"),
            "kam.partner.profile": lambda account: create(
                "kam.partner.profile", partner_id=person(account).id
            )(account),
            "kam.screening": lambda account: self.env["kam.screening"].create(
                {"partner_id": account.partner_id.id, "company_id": self.company.id}
            ),
            "kam.tier.history": history,
            "kam.tier.proposal": lambda account: self.env["kam.tier.proposal"]._propose(
                account, self.core, "They grow"
            ),
            "kam.visit": create("kam.visit", start=fields.Datetime.now()),
        }

    def test_documents(self):
        evidence = self._evidence()
        self.assertEqual(
            {name for name, _field in self.Account._restricting_fields()},
            set(evidence),
        )
        for model, make in evidence.items():
            account = self._bare()
            make(account)
            self.env.flush_all()
            self.assertKept(account, model)

    def test_what_was_decided(self):
        values = {
            "tier_id": self.key.id,
            "credit_grade_id": self.black.id,
            "credit_score": 50,
            "performance_hold_date": self.today,
            "performance_grace_date": self.today,
        }
        self.assertEqual(set(self.Account._decided_fields()), set(values))
        for fname, value in values.items():
            account = self._bare()
            account[fname] = value
            self.assertKept(account, fname)

    def test_mere_rows(self):
        """Customers of whom nothing is on record but figures are deleted as ever."""
        for route in self._deletions(self._bare()):
            account = self._bare()
            partner = account.partner_id
            self.env["kam.account.snapshot"]._take_missing(self.company)
            with self.subTest(route):
                self._deletions(account)[route]()
                self.assertFalse(account.exists())
                self.assertEqual(bool(partner.exists()), "account" in route)

    def test_customer_of_another_company(self):
        """What is on record elsewhere counts, whoever sees it."""
        other = self._create_company("Elsewhere")
        account = self._bare()
        theirs = self.Account.create(
            {
                "partner_id": account.partner_id.id,
                "company_id": other.id,
                "manager_id": False,
            }
        )
        theirs.tier_id = other.kam_tier_ids[-1]
        with self.assertFails(ValidationError, KEPT), self.env.cr.savepoint():
            account.partner_id.with_user(self.clerk).unlink()

    def test_archived_customer(self):
        account = self._bare()
        account.tier_id = self.key
        account.partner_id.active = False
        self.assertKept(account, "archived")

    def test_parent_of_a_customer(self):
        parent = self._customer("Holding")
        account = self._graded("Daughter", self.black)
        account.partner_id.parent_id = parent
        self.env.flush_all()
        parent.with_user(self.clerk).unlink()
        self.env.invalidate_all()
        self.assertTrue(account.exists())
        self.assertEqual(account.credit_grade_id, self.black)
        self.assertEqual(account.partner_id.commercial_partner_id, account.partner_id)

    def test_parent_that_is_on_record(self):
        account = self._graded("Holding", self.black)
        contact = self._customer(
            "Wang", is_company=False, parent_id=account.partner_id.id
        )
        with self.assertFails(ValidationError, KEPT), self.env.cr.savepoint():
            (contact + account.partner_id).with_user(self.clerk).unlink()
        self.assertTrue(contact.exists())

    def test_black_list_is_not_washed(self):
        """A director deletes the account, and the refresh makes a clean one."""
        partner = self._customer("Alpha")
        self._invoice(partner, 100)
        self._refresh()
        account = self._account(partner)
        account._assign_credit(self.black, 0, self.black.payment_term_id)
        with self.assertFails(ValidationError, KEPT), self.env.cr.savepoint():
            account.with_user(self.users["dora"]).unlink()
        self._refresh()
        self.assertEqual(self._account(partner).credit_grade_id, self.black)

    def test_no_right_comes_first(self):
        account = self._graded("Alpha", self.black)
        for user in (self.users["amy"], self.users["joe"]):
            with self.assertFails(UserError, "not allowed"), self.env.cr.savepoint():
                account.partner_id.with_user(user).unlink()

    # ------------------------------------------------------------
    # What else documents point to
    # ------------------------------------------------------------

    def assertUsed(self, record, sentence="cannot be deleted: used in"):  # noqa: N802
        with self.subTest(record=record, name=record.display_name):
            with self.assertFails(ValidationError, sentence), self.env.cr.savepoint():
                record.unlink()
            self.env.invalidate_all()
            self.assertTrue(record.exists())

    def test_people(self):
        account = self._graded("Alpha", self.red)
        self.assertUsed(self.users["amy"])  # manages it
        account.member_ids.create(
            {"account_id": account.id, "user_id": self.users["ben"].id}
        )
        self.assertUsed(self.users["ben"])
        self.env["kam.approval.deputy"].create(
            {
                "user_id": self.users["max"].id,
                "deputy_id": self.users["tom"].id,
                "company_id": self.company.id,
                "date_from": self._day(20),
                "date_to": self._day(10),
            }
        )
        self.assertUsed(self.users["max"])
        self.assertUsed(self.users["tom"])
        self.users["joe"].unlink()
        self.assertFalse(self.users["joe"].exists())

    def test_territory(self):
        account = self._graded("Alpha", self.red)
        self.assertUsed(self.east)
        account.team_id = False
        request = self._request(account, "max", grade_to_id=self.yellow.id, limit_to=5)
        request.action_submit()
        self.assertFalse(request.approval_ids.team_id)
        self.env["crm.team"].create({"name": "New"}).unlink()

    def test_tier_of_a_snapshot(self):
        account = self._bare()
        tier = self.core.copy({"sequence": 99, "min_score": 0})
        account._assign_tier(tier, {})
        account.history_ids.date = fields.Datetime.subtract(
            fields.Datetime.now(), months=3
        )
        self.env["kam.account.snapshot"]._take_missing(self.company)
        self.assertEqual(account.snapshot_ids.tier_id, tier)
        account.history_ids.unlink()
        account.tier_id = False
        self.assertUsed(tier)

    def test_grade(self):
        self._graded("Alpha", self.red)
        self.assertUsed(self.red)
        self.assertUsed(self.red.payment_term_id or self._term_of_grade())

    def _term_of_grade(self):
        term = self.env["account.payment.term"].create({"name": "Cash"})
        self.red.payment_term_id = term
        return term

    def test_company(self):
        company = self._create_company("Elsewhere")
        partner = self._customer("Alpha")
        self.Account.create(
            {"partner_id": partner.id, "company_id": company.id, "manager_id": False}
        )
        self.assertUsed(company)

    def test_group(self):
        group = self.env["res.groups"].create({"name": "Deciders"})
        self.env["kam.approval.step"].create(
            {
                "name": "Deciders",
                "model_id": self.env["ir.model"]._get_id("kam.tier.proposal"),
                "group_id": group.id,
            }
        )
        self.assertUsed(group, "Deciders cannot be deleted: used in Approval Step.$")

    def test_order(self):
        account = self._bare()
        self._evidence()["kam.credit.release"](account)
        order = (
            self.env["kam.credit.release"]
            .search([("account_id", "=", account.id)])
            .order_id
        )
        self.assertUsed(order)

    def test_lead(self):
        """The file of its screening keeps the name of the candidate."""
        lead = self.env["crm.lead"].create({"name": "Mill", "partner_name": "Mill Co"})
        screening = self.env["kam.screening"].create(
            {"lead_id": lead.id, "company_id": self.company.id}
        )
        self.env.flush_all()
        lead.unlink()
        self.env.invalidate_all()
        self.assertEqual(screening.candidate, "Mill Co")

    def test_opportunity_of_a_visit(self):
        """It settles a finding; merged into another one, that one does."""
        account = self._bare()
        leads = self.env["crm.lead"].create(
            [
                {"name": name, "type": "opportunity", "company_id": self.company.id}
                for name in ("Mill", "Mill again")
            ]
        )
        visit = self.env["kam.visit"].create(
            {
                "account_id": account.id,
                "start": fields.Datetime.now(),
                "finding_ids": [Command.create({"name": "Mill"})],
            }
        )
        visit.finding_ids.lead_id = leads[1]
        self.assertUsed(leads[1])
        kept = leads.merge_opportunity()
        self.env.invalidate_all()
        self.assertEqual(leads.exists(), kept)
        self.assertEqual(visit.finding_ids.lead_id, kept)

    def test_person_met(self):
        contact = self._customer("Wang", is_company=False)
        account = self._bare()
        contact.parent_id = account.partner_id
        self.env["kam.development.contact"].create(
            {"account_id": account.id, "person_id": contact.id}
        )
        self.assertUsed(contact.with_user(self.clerk), "Archive the contact instead")

    def test_person_visited(self):
        account = self._bare()
        person, other = (
            self._customer(name, is_company=False, parent_id=account.partner_id.id)
            for name in ("Wang", "Li")
        )
        self.env["kam.visit"].create(
            {
                "account_id": account.id,
                "start": fields.Datetime.now(),
                "contact_ids": [Command.set((person + other).ids)],
                "user_ids": [Command.set(self.users["ben"].ids)],
            }
        )
        self.assertUsed(person.with_user(self.clerk), "Wang cannot be deleted: deci")
        person.active = False
        self.assertUsed(person, "Wang cannot be deleted")
        self.assertUsed(self.users["ben"])

    def test_turn_of_an_occasion(self):
        occasion = self.env["kam.occasion"].create(
            {
                "account_id": self._bare().id,
                "name": "Fair",
                "date": "2001-03-01",
                "is_yearly": True,
                "response": "gift",
            }
        )
        occasion.action_respond()
        occasion.action_done()
        self.assertTrue(occasion.turn_ids)
        self.assertUsed(occasion)

    # ------------------------------------------------------------
    # Growth
    # ------------------------------------------------------------

    def test_deletions_in_batch(self):
        """Core needs statements for each contact; we add none to them."""

        def accounts(count):
            partners = self._customers(count)
            return self.Account.create(
                [{"partner_id": p.id, "manager_id": False} for p in partners]
            )

        def contacts(count):
            return self.env["res.partner"].browse(accounts(count).partner_id.ids)

        counts = {}
        for make in (accounts, contacts, self._customers):
            self._count(make(2).unlink)
            few, many = (self._count(make(n).unlink) for n in (3, 30))
            counts[make] = many - few
        self.assertEqual(counts[accounts], 0)
        self.assertEqual(counts[contacts], counts[self._customers])
