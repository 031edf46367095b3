"""Configuration in use is archived, never deleted."""

from psycopg2 import IntegrityError

from odoo import Command, fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ..credit.common import CreditCase

# Nobody deletes these in daily work, and Odoo itself says why they stay.
CORE = {"res.currency"}


@tagged("post_install", "-at_install")
class TestUsed(CreditCase):
    def test_whatever_is_pointed_to_is_guarded(self):
        """Of all models that something of this addon keeps from being deleted."""
        guard = self.registry["kam.used.mixin"]
        targets = {
            field.comodel_name
            for model in self.registry.values()
            if model._auto and not model._abstract
            for field in model._fields.values()
            if field.type in ("many2one", "many2many")
            and field.store
            and field.ondelete == "restrict"
            and (
                field.comodel_name.startswith("kam.")
                or (model._name.startswith("kam.") and not model._transient)
            )
            and field.comodel_name not in CORE
        }
        self.assertLessEqual(
            {"kam.tier", "kam.visit.type", "res.users", "res.partner"}, targets
        )
        for name in targets:
            model = self.registry[name]
            if issubclass(model, self.registry["kam.form.mixin"]):
                continue  # submitted forms are kept anyhow
            with self.subTest(model=name):
                self.assertTrue(issubclass(model, guard))
                self.assertTrue(self.env[name]._restricting_fields())

    def assertKept(self, record, model):  # noqa: N802
        """Expect a sentence that names the record and what it is used in."""
        name, description = record.display_name, self.env[model]._description
        with self.subTest(record=name):
            try:
                with self.env.cr.savepoint():
                    record.unlink()
            except ValidationError as error:
                self.assertIn(name, str(error))
                self.assertIn(description, str(error))
            except IntegrityError as error:
                self.fail(f"The database had to refuse: {error}")
            else:
                self.fail("Deleted")

    def test_used_by_an_archived_customer(self):
        account = self._graded("Gone", self.red)
        account._assign_tier(self.core, {})
        account.history_ids.unlink()
        account.partner_id.active = False
        self.env.flush_all()
        self.assertFalse(self.core.account_count)
        director = self.users["dora"]
        self.assertKept(self.core.with_user(director), "kam.account")
        self.assertKept(self.red.with_user(director), "kam.account")

    def test_used_by_history_alone(self):
        account = self._graded("Former", self.red)
        account._assign_tier(self.core, {})
        account._assign_tier(self.key, {})
        self._request(account, grade_to_id=self.yellow.id, limit_to=5)
        account._assign_credit(self.green, 0, self.green.payment_term_id)
        self.env.flush_all()
        self.assertKept(self.core, "kam.tier.history")
        self.assertKept(self.yellow, "kam.credit.request")
        self.assertKept(self.red, "kam.credit.request")

    def test_used_by_forms_and_documents(self):
        account = self._graded("Alpha", self.red)
        assessment = self._assessment(account)
        self.assertKept(
            assessment.line_ids[:1].indicator_id.sudo(), "kam.credit.assessment.line"
        )
        document = self._documents(account)[:1]
        self.assertKept(document.type_id, "kam.credit.document")
        contact = self._customer(
            "Wang", is_company=False, parent_id=account.partner_id.id
        )
        visit = self.env["kam.visit"].create(
            {
                "account_id": account.id,
                "type_id": self.env["kam.visit.type"].search([], limit=1).id,
                "contact_ids": [Command.set(contact.ids)],
                "start": fields.Datetime.now(),
            }
        )
        self.assertKept(visit.type_id, "kam.visit")
        with self.assertFails(ValidationError, "Archive the customer instead"):
            account.unlink()

    def test_unused(self):
        tier = self.core.copy({"sequence": 99, "min_score": 0})
        tier.unlink()
        self.assertFalse(tier.exists())
