from itertools import groupby

from odoo.tests import tagged

from odoo.addons.base.models.ir_model import MODULE_UNINSTALL_FLAG

from ...hooks import uninstall_hook
from .common import CreditCase

MODULE = "key_account_management"
# Odoo deletes these after the records, with their tables.
SCHEMA = (
    "ir.model",
    "ir.model.constraint",
    "ir.model.fields",
    "ir.model.fields.selection",
)


@tagged("post_install", "-at_install")
class TestUninstall(CreditCase):
    """What is left in records of core when the addon is gone: nothing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls._graded("Alpha", cls.yellow, 0)
        cls.customer = cls.account.partner_id.with_company(cls.company)

    def _uninstall(self):
        """Run the hook, then delete records of core as Odoo does.

        Those of our own models go with their tables.

        :return: texts on what Odoo would give up
        """
        uninstall_hook(self.env)
        data = self.env["ir.model.data"].search(
            [("module", "=", MODULE), ("model", "not in", SCHEMA)], order="id DESC"
        )
        data = data.filtered(lambda entry: not entry.model.startswith("kam."))
        env = self.env(context={**self.env.context, MODULE_UNINSTALL_FLAG: True})
        left = []
        by_model = groupby(data, lambda entry: entry.model)  # pylint: disable=W8155
        for model, entries in by_model:  # runs of one model, as Odoo takes them
            ids = [entry.res_id for entry in entries]
            left += self._delete(env[model].browse(ids).exists())
        return left

    def _delete(self, records):
        try:
            with self.env.cr.savepoint():
                records.unlink()
                self.env.flush_all()
        except Exception as error:
            if len(records) == 1:
                return [f"{records} {error}"]
            return [text for record in records for text in self._delete(record)]
        return []

    def _approved(self, limit, grade=None, account=None):
        account = account or self.account
        grade = grade or (self.grades - account.credit_grade_id)[0]
        request = self._request(account, grade_to_id=grade.id, limit_to=limit)
        request.action_submit()
        self._approve(request, "sam", "max")
        self.assertEqual(request.approval_state, "approved")
        self.env.flush_all()
        return request

    def test_records(self):
        """With everything in use: decisions, steps, activities under way and done."""
        self.company.account_use_credit_limit = True
        self._approved(500)
        pending = self._request(self.account, limit_to=7, grade_to_id=self.red.id)
        pending.action_submit()
        types = self.env["mail.activity.type"].search(
            [("id", "in", self._owned("mail.activity.type").ids)]
        )
        self.assertTrue(types)
        for type_ in types:
            for done in (False, True):
                activity = self.account.activity_schedule(
                    activity_type_id=type_.id, user_id=self.users["amy"].id
                )
                if done:
                    activity.action_done()
        self.assertTrue(
            self.env["mail.activity"]
            .with_context(active_test=False)
            .search([("active", "=", False), ("activity_type_id", "in", types.ids)])
        )
        self.env["kam.approval.step"].search([], limit=1).copy(
            {"group_id": self.env.ref(f"{MODULE}.group_kam_director").id}
        )
        reason = self._owned("crm.lost.reason")[:1]
        self.env["kam.screening"].create(
            {"partner_id": self._customer("Lead").id}
        ).failure_reason_id = reason
        groups = self._owned("res.groups")
        self.assertEqual(self._uninstall(), [])
        self.assertFalse(types.exists())
        self.assertFalse(groups.exists())

    def test_no_table_holds_records_back(self):
        """Neither of models nor of what they link."""
        uninstall_hook(self.env)
        self.env.cr.execute(
            """
            SELECT t.relname, c.conname FROM pg_constraint c
            JOIN pg_class t ON t.oid = c.conrelid
            WHERE c.contype = 'f' AND c.confdeltype = 'r' AND t.relname ~ '^kam_'
            """
        )
        self.assertEqual(self.env.cr.fetchall(), [])

    def _owned(self, model):
        data = self.env["ir.model.data"].search(
            [("module", "=", MODULE), ("model", "=", model)]
        )
        return self.env[model].browse(data.mapped("res_id"))

    def test_sequences(self):
        """Those that companies were given go along, archived or not."""
        other = self._create_company("Oak Test")
        sequences = self.env["ir.sequence"]
        codes = self._owned("ir.sequence").mapped("code")
        self.assertGreaterEqual(len(codes), 5)
        for code in codes:
            for company in self.company + other:
                sequences |= sequences._kam_get_sequence(code, company)
        self.assertEqual(len(sequences), 2 * len(codes))
        sequences[:3].active = False
        uninstall_hook(self.env)
        self.assertFalse(sequences.exists())
        self.assertTrue(self.env["ir.sequence"].search_count([]))
        left = self.env["ir.sequence"].search([("code", "in", codes)])
        self.assertEqual(left, self._owned("ir.sequence"), "Odoo deletes these itself")

    def test_limit_goes_back(self):
        self.customer.credit_limit = 300
        self._approved(500)
        self._approved(900)
        self.assertEqual(self.customer.credit_limit, 900)
        uninstall_hook(self.env)
        self.assertEqual(self.customer.credit_limit, 300)

    def test_limit_of_accountants_stays(self):
        self.customer.credit_limit = 300
        self._approved(500)
        self.customer.credit_limit = 450
        uninstall_hook(self.env)
        self.assertEqual(self.customer.credit_limit, 450)

    def test_limit_without_approval_stays(self):
        self.customer.credit_limit = 300
        request = self._request(self.account, limit_to=300, grade_to_id=self.red.id)
        request.action_submit()
        uninstall_hook(self.env)
        self.assertEqual(self.customer.credit_limit, 300)

    def test_limits_of_companies(self):
        """Each company has its own; that of another one is not touched."""
        other = self._create_company("Oak Test")
        there = self.customer.with_company(other)
        there.credit_limit = 500
        self._approved(500)
        uninstall_hook(self.env)
        self.assertEqual(self.customer.credit_limit, 0)
        self.assertEqual(there.credit_limit, 500)
