from odoo import models
from odoo.exceptions import UserError
from odoo.tests import tagged

from ...models.visit.kam_visit import RECORD_TEXTS
from ..common import KamCase

ADDON = "key_account_management"
# Words in the names of fields for what happens in the life of a record
WORDS = {
    "actual",
    "attitude",
    "done",
    "outcome",
    "progress",
    "response",
    "result",
    "stage",
    "state",
}
# Models whose records tell of something that happened
HAPPENINGS = ("mail.activity", "calendar.event", "kam.approval")
# Models whose records are not copied at all
NEVER = ("kam.account", "res.company")
# Days that are neither required nor in the future, and yet belong to what is copied
LASTING = {"kam.credit.assessment.founding_date": "the customer was founded once"}


def tells_what_happened(field):
    """Whether a field records what happened to a record, by its definition.

    A new field is covered if it is readonly, since the system fills it in then; if it
    leads to an activity, an event or an approval; if it is a day that need not be given
    and is no deadline; or if its name contains one of ``WORDS``. A text that is printed
    in the record of a visit belongs to ``RECORD_TEXTS``. Whatever else is entered when
    something has happened needs a name that says so, or another word in ``WORDS``.
    """
    if field.readonly or field.comodel_name in HAPPENINGS:
        return True
    if field.type in ("date", "datetime"):
        planned = field.required or field.compute or "deadline" in field.name
        return not planned and str(field) not in LASTING
    if field.model_name == "kam.visit" and field.name in RECORD_TEXTS:
        return True
    return bool(WORDS & set(field.name.split("_")))


@tagged("post_install", "-at_install")
class TestCopy(KamCase):
    """A copy has not lived yet: nothing that happened to the original is in it."""

    def _copyable_models(self):
        """Models with fields of this addon whose records some user can create."""
        rights = self.env["ir.model.access"].search([("perm_create", "=", True)])
        for name in rights.model_id.mapped("model"):
            Model = self.env.get(name)
            if (
                Model is not None
                and Model._auto
                and not Model._transient
                and name not in NEVER
            ):
                yield Model

    def _copied_fields(self):
        for Model in self._copyable_models():
            for field in Model._fields.values():
                ours = ADDON in field._modules and not field.related
                if ours and field.store and field.copy:
                    if field.name not in models.MAGIC_COLUMNS:
                        yield field

    def test_nothing_that_happened_is_copied(self):
        fields = list(self._copied_fields())
        self.assertIn("kam.visit.purpose", map(str, fields))
        self.assertFalse([str(field) for field in fields if tells_what_happened(field)])

    def test_not_copied_at_all(self):
        account = self.Account.create({"partner_id": self._customer("Alpha").id})
        for record in (account, self.company):
            self.assertIn(record._name, NEVER)
            with self.assertRaises(UserError):
                record.copy()

    def test_lasting_days_exist(self):
        self.assertLessEqual(set(LASTING), set(map(str, self._copied_fields())))
