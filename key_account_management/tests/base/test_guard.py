from odoo import Command
from odoo.exceptions import AccessError
from odoo.models import LOG_ACCESS_COLUMNS
from odoo.tests import tagged

from ..common import PERSONAS
from .common import RecordCase


@tagged("post_install", "-at_install")
class TestGuard(RecordCase):
    """Nobody types what is measured, decided or recorded: in any model, as anybody."""

    def _guarded(self):
        """Models with guarded fields that some persona may write, and who that is."""
        mixin = self.env.registry["kam.guard.mixin"]
        for name, cls in sorted(self.env.registry.items()):
            if issubclass(cls, mixin) and not (cls._abstract or cls._transient):
                model = self.env[name]
                fnames = model._guarded_fields()
                writers = [
                    login
                    for login in PERSONAS
                    if model.with_user(self.users[login]).has_access("write")
                ]
                if fnames and writers:
                    yield name, sorted(fnames), writers

    def _other_value(self, model, fname, value):
        """What a person may enter into a field that has a value, to change it."""
        field = self.env[model]._fields[fname]
        if field.type in ("one2many", "many2many"):
            return [Command.create({})]
        if field.type == "many2one":
            others = self.env[field.comodel_name].with_context(active_test=False)
            id_ = value if isinstance(value, int) else value and value.id
            return others.search([("id", "!=", id_)], limit=1).id or 99999999
        if field.type == "selection":
            return next(key for key in field.get_values(self.env) if key != value)
        if field.type in ("integer", "float", "monetary", "many2one_reference"):
            return (value or 0) + 7
        if field.type == "boolean":
            return not value
        if field.type in ("date", "datetime"):
            return "2001-01-01"
        return "x"

    # ------------------------------------------------------------
    # The walk
    # ------------------------------------------------------------

    def test_known_models(self):
        found = {name: fnames for name, fnames, _writers in self._guarded()}
        for name, fname in (
            ("kam.account", "tier_id"),
            ("kam.credit.request", "approval_state"),
            ("kam.occasion", "state"),
            ("kam.screening", "result"),
            ("sale.order", "kam_cancel_amount"),
        ):
            self.assertIn(fname, found[name])

    def test_write(self):
        for model, fnames, writers in self._guarded():
            record = self._create(model)
            for login in writers:
                own = record.with_user(self.users[login])
                for fname in fnames:
                    with (
                        self.subTest(model, login=login, field=fname),
                        self.assertRaises(AccessError),
                    ):
                        value = self._other_value(model, fname, record[fname])
                        own.write({fname: value})

    def test_write_what_is_there(self):
        """Forms and imports send back what they have read."""
        for model, fnames, writers in self._guarded():
            record = self._create(model)
            own = record.with_user(self.users[writers[-1]])
            readable = own.fields_get(fnames)
            with self.subTest(model):
                values = {
                    fname: field.convert_to_write(record[fname], record)
                    for fname, field in record._fields.items()
                    if fname in readable and fname not in LOG_ACCESS_COLUMNS
                }
                self.assertTrue(values)
                before = record.read(list(values))
                own.write(values)
                self.assertEqual(record.read(list(values)), before)

    def test_create_and_defaults(self):
        for model, fnames, writers in self._guarded():
            for login in writers:
                Model = self.env[model].with_user(self.users[login])
                if not Model.has_access("create"):
                    continue
                defaults = Model.default_get(fnames)
                others = {
                    fname: self._other_value(model, fname, defaults.get(fname))
                    for fname in fnames
                }
                context = {f"default_{fname}": value for fname, value in others.items()}
                with self.subTest(model, login=login):
                    self.assertEqual(
                        Model.with_context(**context).default_get(fnames),
                        defaults,
                    )
                    for fname, value in others.items():
                        with self.assertRaises(AccessError):
                            Model.create({fname: value})

    def test_create_with_defaults(self):
        """Where a person may create one, it is as without the defaults."""
        for model, fnames, writers in self._guarded():
            login = "sue" if "sue" in writers else writers[0]
            Model = self.env[model].with_user(self.users[login])
            if not Model.has_access("create"):
                continue
            plain = Model.create(self._values(model)).sudo()
            others = {
                fname: self._other_value(model, fname, plain[fname])
                for fname in Model.fields_get(fnames)  # of others, Odoo refuses any
                if plain._fields[fname].store
                and Model._has_field_access(plain._fields[fname], "write")
                and plain._fields[fname].type not in ("one2many", "many2many")
            }
            context = {f"default_{fname}": value for fname, value in others.items()}
            record = Model.with_context(**context).create(self._values(model)).sudo()
            for fname, value in others.items():
                with self.subTest(model, field=fname):
                    got = record._fields[fname].convert_to_write(record[fname], record)
                    self.assertNotEqual(got, value)

    def test_defaults_of_users(self):
        for model, fnames, writers in self._guarded():
            Model = self.env[model].with_user(self.users[writers[-1]])
            record = self._create(model)
            before = Model.default_get(fnames)
            for fname in fnames:
                field = record._fields[fname]
                if field.store and field.type in (
                    "char",
                    "float",
                    "integer",
                    "boolean",
                ):
                    value = self._other_value(model, fname, before.get(fname))
                    self.env["ir.default"].set(model, fname, value)
            with self.subTest(model):
                self.assertEqual(Model.default_get(fnames), before)

    def test_superuser_passes(self):
        self.account.tier_id = self.core
        self.account.with_user(self.users["amy"]).sudo().tier_id = self.key
        self.assertEqual(self.account.tier_id, self.key)

    def test_import(self):
        Account = self.env["kam.account"].with_user(self.users["eve"])
        customer = self._customer("Imported")
        for score, imported in (("0", True), ("99", False)):
            with self.subTest(score):
                result = Account.load(
                    ["partner_id/.id", "score"], [[str(customer.id), score]]
                )
                self.assertEqual(bool(result["ids"]), imported)
                if not imported:
                    self.assertIn("Score", result["messages"][0]["message"])

    def test_copy(self):
        order = self._create("sale.order")
        order.write({"kam_cancel_amount": 5, "kam_cancel_date": self.today})
        user = self.users["amy"]
        user.group_ids += self.env.ref("sales_team.group_sale_salesman_all_leads")
        own = order.with_user(user)
        with self.assertFails(AccessError, "cannot be entered"):
            own.copy({"kam_cancel_amount": 5})
        self.patch(self.env["sale.order"]._fields["kam_cancel_amount"], "copy", True)
        self.assertFalse(own.copy().sudo().kam_cancel_amount)

    def test_hidden_values_are_not_guessed(self):
        """Writing the right value must not differ from writing a wrong one."""
        account = self.account
        account.write({"manager_id": self.users["ben"].id, "team_id": False})
        account.tier_id = self.core
        self.env.flush_all()
        for tier in self.tiers:
            self.env.invalidate_all()
            with self.assertRaises(AccessError) as caught:
                account.with_user(self.users["amy"]).write({"tier_id": tier.id})
            self.assertNotIn("cannot be entered", str(caught.exception))

    def test_no_records(self):
        """Writing on none changes nothing, hence forbids nothing."""
        for model, fnames, writers in self._guarded():
            Model = self.env[model].with_user(self.users[writers[0]])
            with self.subTest(model):
                vals = {f: self._other_value(model, f, False) for f in fnames}
                self.assertTrue(Model.write(vals))
        visits = self.env["kam.visit"].with_user(self.users["amy"])
        self.assertTrue(visits.write({"account_id": self.account.id}))

    def test_message_names_the_fields(self):
        with self.assertFails(AccessError, "cannot be entered: Rank, Tier"):
            self.account.with_user(self.users["eve"]).write(
                {"tier_id": self.core.id, "revenue_rank": 77}
            )
