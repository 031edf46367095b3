import io
from datetime import timedelta

from freezegun import freeze_time
from pypdf import PdfReader

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL

from ..screening.common import ScreeningCase


@tagged("post_install", "-at_install")
class TestDevelopmentRecord(ScreeningCase):
    """Contacts entered by hand, visits and calls make up one record."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.now = fields.Datetime.now().replace(microsecond=0)
        cls.Contact = cls.env["kam.development.contact"]
        cls.Record = cls.env["kam.development.record"]
        cls.wang, cls.li = cls.env["res.partner"].create(
            [
                {"name": name, "parent_id": cls.customer.id}
                for name in ("Wang Fang", "Li Na")
            ]
        )

    @classmethod
    def _visit(cls, days_ago=0, user=None, **values):
        """A visit to the account that took place."""
        return (
            cls.env["kam.visit"]
            .with_user(user or cls.amy)
            .create(
                {
                    "account_id": cls.account.id,
                    "start": cls.now - timedelta(days=days_ago, hours=3),
                    "contact_ids": [Command.set((cls.wang + cls.li).ids)],
                    "purpose": "Get to know",
                    "main_points": "All is well",
                    "state": "done",
                    **values,
                }
            )
        )

    @classmethod
    def _contact(cls, days_ago=0, **values):
        if not values.keys() & {"screening_id", "account_id"}:
            values["account_id"] = cls.account.id
        return cls.Contact.create(
            {"date": cls.now - timedelta(days=days_ago), "user_id": cls.amy.id} | values
        )

    def _rows(self, user=None):
        self.env.flush_all()
        return self.Record.with_user(user or self.amy).search([], order="date, id")

    # ------------------------------------------------------------
    # Content
    # ------------------------------------------------------------

    def test_union_in_order_of_time(self):
        letter = self._contact(9, method="letter", duration=0.25)
        visit = self._visit(
            5,
            duration=2,
            attitude="warm",
            outcome="Wants samples",
            main_points="Talked of bearings",
            experience="Came prepared",
            shortcomings="No samples",
            progress="demonstration",
        )
        phone = self._contact(7, screening_id=self._screening().id, duration=0.5)
        visit.action_follow_up_by_phone()
        rows = self._rows()
        self.assertEqual(rows.mapped("kind"), ["contact", "contact", "visit", "call"])
        self.assertEqual(rows.contact_id, letter + phone)
        self.assertEqual(rows.visit_id, visit)
        self.assertEqual(rows.mapped("number"), [1, 2, 3, 4])
        self.assertEqual(rows.mapped("total_duration"), [0.25, 0.75, 2.75, 2.75])
        self.assertEqual(set(rows.mapped("customer")), {"Alpha"})
        self.assertRecordValues(
            rows[2],
            [
                {
                    "people": "Li Na, Wang Fang",
                    "method": "visit",
                    "attitude": "warm",
                    "progress": "demonstration",
                    "result": "Wants samples",
                    "note": "Talked of bearings",
                    "reason": "Came prepared\nNo samples",
                    "user_id": self.amy.id,
                    "date": visit.start,
                }
            ],
        )
        self.assertEqual(rows[3].method, "phone")

    def test_only_what_took_place(self):
        self._visit(1, state="draft")
        self._visit(2, state="cancelled")
        self._visit(state="planned", start=self.now + timedelta(days=2))
        self.assertFalse(self._rows())

    def test_time_on_site_counts(self):
        start = self.now - timedelta(days=1)
        self._visit(duration=4).sudo().write(
            {"check_in": start, "check_out": start + timedelta(hours=1, minutes=30)}
        )
        self._visit(2, duration=4).sudo().check_in = start - timedelta(days=3)
        rows = self._rows()
        self.assertEqual(rows.mapped("duration"), [4.0, 1.5])
        self.assertEqual(rows[1].date, start)

    def test_quick_entry_says_what_was_said(self):
        self._visit(main_points="All is well", method="online")
        row = self._rows()
        self.assertEqual((row.result, row.note), ("All is well", False))
        self.assertEqual(row.method, "online")

    def test_next_visit_is_no_call(self):
        first = self._visit(9)
        self._visit(3)
        self.assertTrue(first.follow_up_visit_id)
        self.assertEqual(self._rows().mapped("kind"), ["visit", "visit"])

    def test_follow_up_done_in_the_chatter_is_a_call(self):
        visit = self._visit(3)
        with freeze_time(self.now + timedelta(hours=1)):
            visit.with_user(self.sue).activity_ids.action_feedback("They are happy")
            expected = fields.Datetime.now()
        row = self._rows()[1]
        self.assertEqual((row.kind, row.date), ("call", expected))
        self.assertEqual(row.user_id, self.sue)

    def test_same_moment(self):
        for duration in (1, 2):
            self._contact(1, duration=duration)
        rows = self._rows()
        self.assertEqual(rows.mapped("number"), [1, 2])
        self.assertEqual(rows.mapped("total_duration"), [1.0, 3.0])

    def test_customers_are_counted_apart(self):
        other = self.Account.create(
            {"partner_id": self._customer("Gamma").id, "manager_id": self.amy.id}
        )
        self._contact(3)
        self._visit(2, account_id=other.id, contact_ids=False)
        self._visit(1)
        rows = self._rows()
        self.assertEqual(rows.mapped("customer"), ["Alpha", "Gamma", "Alpha"])
        self.assertEqual(rows.mapped("number"), [1, 1, 2])

    def test_row_opens_its_source(self):
        contact, visit = self._contact(3), self._visit(2)
        visit.action_follow_up_by_phone()
        opened = []
        for row in self._rows():
            action = row.action_view_source()
            opened.append((action["res_model"], action["res_id"]))
        self.assertEqual(
            opened,
            [
                ("kam.development.contact", contact.id),
                ("kam.visit", visit.id),
                ("kam.visit", visit.id),
            ],
        )

    # ------------------------------------------------------------
    # Screening and account
    # ------------------------------------------------------------

    def test_screening_counts_the_visits(self):
        screening = self._screening()
        self._contact(2, screening_id=screening.id, duration=0.5)
        self.assertEqual(screening.contact_count, 1)
        self._visit(1, duration=2)
        self.assertEqual(screening.contact_count, 2)
        self.assertEqual(screening.contact_hours, 2.5)
        self.assertEqual(screening._development_records(), self._rows())
        action = screening.action_view_contacts()
        self.assertEqual(self.Record.search_count(action["domain"]), 2)
        self.assertEqual(action["context"], {"default_screening_id": screening.id})
        screening._fail_development(self.reason, "Bound")
        action = screening.action_view_contacts()
        self.assertEqual(action["context"], {"default_account_id": self.account.id})

    def test_lead_without_account(self):
        first = self._screening(lead_id=self.lead.id)
        second = self._screening(lead_id=self.lead.copy().id)
        self._contact(3, screening_id=first.id, duration=1)
        self._contact(2, screening_id=second.id, duration=2)
        self._visit(1)
        self.assertFalse(first.account_id)
        row = first._development_records()
        self.assertEqual((row.customer, row.number), ("Beta Works", 1))
        self.assertEqual((first + second).mapped("contact_hours"), [1.0, 2.0])
        self._confirm(first)
        self._visit(account_id=first.account_id.id, contact_ids=False)
        self.assertEqual(first.contact_count, 2)
        self.assertEqual(first._development_records().mapped("number"), [1, 2])

    def test_contact_entered_from_the_record(self):
        action = self.account.action_view_development()
        Record = self.Record.with_user(self.amy).with_context(**action["context"])
        dialog = Record.action_record_contact()
        contact = self.Contact.with_context(**dialog["context"]).create({})
        self.assertEqual(contact.account_id, self.account)

    def test_progress_is_asked_while_developing(self):
        visit = self._visit()
        self.assertFalse(visit.is_in_development)
        screening = self._screening()
        self.assertTrue(visit.is_in_development)
        screening._fail_development(self.reason, "Bound")
        self.assertFalse(visit.is_in_development)
        self.account.is_potential = True
        self.assertTrue(visit.is_in_development)

    def test_growth(self):
        screenings = self.Screening.browse()
        for partner in self._customers(10):
            screenings += self._screening(partner_id=partner.id, complete=False)

        def look(size):
            rows = self._rows(self.max)
            rows.read(["customer", "people", "number", "user_id"])
            screenings[:size].mapped("contact_count")

        self._contact(1)
        self._visit()
        look(1)
        few = self._count(look, 1)
        for _ in range(10):
            self._contact(1)
            self._visit()
        self.assertLessEqual(self._count(look, 10), few)

    def test_one_customer_reads_no_other(self):
        """PostgreSQL takes the visits of one account by the index."""
        self.env.flush_all()
        self.env.cr.execute("SET LOCAL enable_seqscan = off")

        def plan(fname):
            query = self.Record.sudo()._search([(fname, "=", self.account.id)])
            rows = self.env.execute_query(SQL("EXPLAIN %s", query.select()))
            return "\n".join(line for (line,) in rows)

        self.assertIn("kam_visit__account_id_index", plan("account_id"))
        self.assertNotIn("kam_visit__account_id_index", plan("visit_id"))

    # ------------------------------------------------------------
    # Access
    # ------------------------------------------------------------

    def test_who_sees_what(self):
        contact = self._contact(9)
        visit = self._visit(5)
        party = self._visit(3, user_ids=[Command.set((self.amy + self.ben).ids)])
        self.lead.user_id = self.ben
        theirs = self._contact(
            2, screening_id=self._screening(self.ben, lead_id=self.lead.id).id
        )
        everything = self._rows(self.max)
        self.assertEqual(len(everything), 4)
        for login, contacts, visits in (
            ("amy", contact, visit + party),
            ("ben", theirs, party),
            ("sue", contact + theirs, visit + party),
            ("sam", contact + theirs, visit + party),
            ("dora", contact + theirs, visit + party),
            ("tom", contact + theirs, visit + party),
        ):
            with self.subTest(login=login):
                user = self.users[login]
                rows = self._rows(user)
                self.assertEqual(rows.contact_id, contacts)
                self.assertEqual(rows.visit_id, visits)
                # As strict as the sources
                self.assertEqual(
                    self.Contact.with_user(user).search([]), contacts.sorted()
                )
                self.assertEqual(
                    self.env["kam.visit"].with_user(user).search([]), visits.sorted()
                )

    def test_nobody_changes_it(self):
        self._contact()
        row = self._rows()
        for user in (self.amy, self.users["eve"]):
            for operation in ("write", "create", "unlink"):
                self.assertFalse(row.with_user(user).has_access(operation))
        portal = new_test_user(self.env, login="portal", groups="base.group_portal")
        for user in (self.users["joe"], portal):
            with self.assertRaises(AccessError):
                self.Record.with_user(user).search([])
            with self.assertRaises(AccessError):
                row.with_user(user).read(["customer"])

    def test_companies_are_apart(self):
        self._contact()
        self._visit()
        other = self._create_company("Oak Test")
        boss = new_test_user(
            self.env,
            login="boss",
            groups="base.group_user,key_account_management.group_kam_executive",
            company_id=other.id,
            company_ids=[Command.set((other + self.company).ids)],
        )
        rows = self._rows()
        Record = self.env(user=boss, context={})["kam.development.record"]
        for companies, seen in (
            (other, 0),
            (self.company, 2),
            (other + self.company, 2),
        ):
            allowed = Record.with_context(allowed_company_ids=companies.ids)
            self.assertEqual(allowed.search_count([("id", "in", rows.ids)]), seen)
        theirs = self.Account.with_company(other).create(
            {"partner_id": self.customer.id, "company_id": other.id}
        )
        self._contact(account_id=theirs.id, user_id=boss.id)
        both = Record.with_context(allowed_company_ids=(other + self.company).ids)
        row = both.search([("account_id", "=", theirs.id)])
        self.assertEqual((row.company_id, row.number), (other, 1))

    # ------------------------------------------------------------
    # Form
    # ------------------------------------------------------------

    def _print(self, record, user):
        model = record._name.removeprefix("kam.")
        pdf, _type = (
            self.env["ir.actions.report"]
            .with_user(user)
            .with_context(force_report_rendering=True)
            ._render_qweb_pdf(
                f"key_account_management.action_report_{model}_development", record.ids
            )
        )
        pages = PdfReader(io.BytesIO(pdf)).pages
        return "".join("".join(page.extract_text() for page in pages).split())

    def test_form_of_candidate_and_account(self):
        screening = self._screening()
        self._contact(5, screening_id=screening.id, duration=1.5, person_name="Bea")
        self._visit(3, duration=2, outcome="Wants samples").action_follow_up_by_phone()
        screening._fail_development(self.reason, "Bound to Rival")
        self.env.flush_all()
        words = (
            "DevelopmentRecord",
            "Alpha",
            self.amy.name,
            "Bea",
            "LiNa,WangFang",
            "Wantssamples",
            "Follow-upcall",
            "BoundtoRival",
            "Contactsinall:3",
            "Timeinall:03:30",
        )
        for record in (screening, self.account):
            for user in (self.amy, self.users["tom"]):
                text = self._print(record, user)
                for word in words:
                    with self.subTest(record=record, user=user.login, word=word):
                        self.assertIn("".join(word.split()), text)
        with self.assertRaises(AccessError):
            self._print(self.account, self.ben)
