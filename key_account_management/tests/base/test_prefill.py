from datetime import timedelta

from odoo import Command, fields
from odoo.tests import Form, TransactionCase, tagged

from ..visit.common import VisitCase

ADDON = "key_account_management"
# Editable computes that the mixin does not fill in, and what they do instead
OTHERWISE = {
    # Assigned whenever a source changes, whatever was entered for the former one
    "always": {
        "kam.account.handover.account_ids",
        "kam.credit.document.expiry_date",
        "kam.credit.release.request.amount",
        "kam.credit.request.grace_date",
        "kam.credit.request.grade_to_id",
        "kam.credit.request.limit_to",
        "kam.credit.request.payment_term_id",
        "kam.screening.team_id",
        "kam.thinking.quiz.thinking",
        "kam.visit.record.contact_ids",
    },
    # Assigned until the record is saved: what is decided stays when an account turns up
    "until saved": {
        "kam.account.team_id",
        "kam.screening.manager_id",
        "kam.screening.tier_id",
    },
    # Sheets of a company, which start with its indicators, and their lines; to enter
    # points is to rate, 0 points, too
    "sheets": {
        "kam.credit.assessment.line.is_scored",
        "kam.credit.assessment.line_ids",
        "kam.risk.line.is_scored",
        "kam.risk.line.weight",
        "kam.screening.resource.is_scored",
        "kam.screening.risk_line_ids",
    },
}


@tagged("post_install", "-at_install")
class TestEditableComputes(TransactionCase):
    def test_all_are_filled_in(self):
        """A new one is filled in by the mixin, or says above what it does instead."""
        found = set()
        for Model in self.env.values():
            if Model._abstract:
                continue
            for field in Model._fields.values():
                editable = field.compute and field.store and not field.readonly
                if editable and ADDON in field._modules and not field.related:
                    if "prefill" in Model._fields:
                        if field.name in Model.new()._get_prefill():
                            continue
                    found.add(str(field))
        self.assertEqual(found, set().union(*OTHERWISE.values()))


@tagged("post_install", "-at_install")
class TestPrefill(VisitCase):
    """What follows from others is filled in, until a person types something else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.call, cls.trial = cls.env["kam.visit.type"].create(
            [
                {
                    "name": name,
                    "purpose": f"{name} them",
                    "method": method,
                    "duration": duration,
                    "check_ids": [Command.create({"name": f"{name} papers"})],
                }
                for name, method, duration in (
                    ("Call", "phone", 0.25),
                    ("Try", "face", 3.0),
                )
            ]
        )
        cls.harbour = cls._customer("Harbour", street="9 Pier", city="Ningbo")
        cls.other = cls.Account.create(
            {
                "partner_id": cls.harbour.id,
                "manager_id": cls.users["amy"].id,
                "team_id": cls.east.id,
            }
        )

    def _form(self, record=None):
        form = Form(record or self.Visit)
        if not record:
            form.account_id = self.account
            form.type_id = self.trial
        return form

    def _assert_filled_in(self, record, kind):
        self.assertEqual(record.purpose, kind.purpose)
        self.assertEqual(record.method, kind.method)
        self.assertEqual(record.duration, kind.duration)

    def test_another_type_on_a_new_visit(self):
        with self._form() as form:
            self._assert_filled_in(form, self.trial)
            for kind in (self.call, self.trial, self.call):
                form.type_id = kind
                self._assert_filled_in(form, kind)
            self.assertEqual(len(form.check_ids), 1)
        self._assert_filled_in(form.record, self.call)
        self.assertEqual(form.record.check_ids.name, "Call papers")

    def test_another_type_on_a_saved_visit(self):
        with self._form() as form:
            pass
        with self._form(form.record) as again:
            for kind in (self.call, self.trial, self.call):
                again.type_id = kind
                self._assert_filled_in(again, kind)
        self._assert_filled_in(form.record, self.call)
        with self._form(form.record) as again:
            again.type_id = self.trial
            self._assert_filled_in(again, self.trial)
        form.record.type_id = self.call
        self._assert_filled_in(form.record, self.call)

    def test_what_was_typed_stays(self):
        for saved in (False, True):
            with self.subTest(saved=saved):
                form = self._form()
                if saved:
                    form = self._form(form.save())
                form.purpose = "Sign"
                form.duration = 2.0
                form.location = "Hotel"
                with form.check_ids.new() as check:
                    check.name = "Bring a pen"
                form.type_id = self.call
                form.method = "face"
                form.type_id = self.type
                self.assertEqual(form.purpose, "Sign")
                self.assertEqual(form.duration, 2.0)
                self.assertEqual(form.location, "Hotel")
                visit = form.save()
                self.assertEqual(visit.purpose, "Sign")
                names = visit.check_ids.mapped("name")
                self.assertIn("Bring a pen", names)
                self.assertNotIn("Try papers", names)
                visit.type_id = self.trial
                self.assertEqual(visit.purpose, "Sign")
                self.assertEqual(visit.duration, 2.0)

    def test_what_is_written_together_with_the_source_holds(self):
        visit = self._visit(type_id=self.trial.id)
        visit.write({"type_id": self.call.id, "duration": 3.0})
        self.assertEqual(visit.duration, 3.0)
        self.assertEqual(visit.purpose, "Call them")

    def test_place(self):
        form = self._form()
        self.assertEqual(form.location, "1 Bund, Shanghai")
        form.account_id = self.other
        self.assertEqual(form.location, "9 Pier, Ningbo")
        form.method = "online"
        self.assertFalse(form.location)
        form.location = "Video room"
        form.method = "face"
        self.assertEqual(form.location, "Video room")
        visit = form.save()
        visit.location = False
        visit.method = "phone"
        visit.method = "face"
        self.assertEqual(visit.location, "9 Pier, Ningbo")

    def test_participants(self):
        amy, ben, sue, dora = (
            self.users[login] for login in ("amy", "ben", "sue", "dora")
        )
        form = self._form()
        self.assertEqual(form.user_ids[:], amy)
        form.account_id = self.target_account
        self.assertEqual(form.user_ids[:], amy + sue)
        form.user_id = ben
        self.assertEqual(form.user_ids[:], ben + sue)
        form.account_id = self.account
        self.assertEqual(form.user_ids[:], ben)
        form.user_ids.add(dora)
        form.user_id = amy
        self.assertEqual(form.user_ids[:], amy + dora)
        visit = form.save()
        self.assertEqual(visit.user_ids, amy + dora)
        visit.user_id = ben
        self.assertEqual(visit.user_ids, ben + dora)
        with Form(visit) as form:
            form.user_id = amy
            form.user_ids.add(ben)
        self.assertEqual(visit.user_ids, amy + ben + dora)

    def test_quick_entry(self):
        action = self.account.action_record_visit()
        form = Form(
            self.env["kam.visit.record"]
            .with_user(self.users["amy"])
            .with_context(**action["context"])
        )
        form.duration = 2
        now = fields.Datetime.now()
        self.assertLess(abs(form.start + timedelta(hours=2) - now), timedelta(0, 90))
        form.start = noon = self.now - timedelta(days=2)
        form.duration = 1
        self.assertEqual(form.start, noon)

    def test_occasion(self):
        self.other.manager_id = self.users["ben"]
        form = Form(self.env["kam.occasion"])
        form.name = "Anniversary"
        form.date = self.today
        form.account_id = self.account
        self.assertEqual(form.user_id, self.users["amy"])
        form.account_id = self.other
        self.assertEqual(form.user_id, self.users["ben"])
        form.user_id = self.users["sue"]
        form.account_id = self.account
        self.assertEqual(form.save().user_id, self.users["sue"])

    def test_screening(self):
        leads = self.env["crm.lead"].create(
            [
                {"name": "One", "partner_id": self.alpha.id},
                {"name": "Two", "partner_id": self.harbour.id},
                {"name": "Three", "partner_name": "Nobody yet"},
            ]
        )
        leads.company_id = self.company
        form = Form(self.env["kam.screening"])
        for lead in leads:
            form.lead_id = lead
            self.assertEqual(form.partner_id, lead.partner_id)
        form.partner_id = self.alpha
        form.lead_id = leads[2]
        self.assertEqual(form.save().partner_id, self.alpha)
