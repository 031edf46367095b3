from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger
from odoo.tools.safe_eval import safe_eval

from ..common import PERSONAS
from .common import RecordCase

REFUSED = (AccessError, UserError, ValidationError)


@tagged("post_install", "-at_install")
class TestAccessMixin(RecordCase):
    """No write carries a record out of a rule or into one: in any model, as anybody."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        sia = new_test_user(
            cls.env,
            login="sia",
            groups="base.group_user,key_account_management.group_kam_supervisor",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        cls.users = {**cls.users, "sia": sia}
        cls.south = cls.env["crm.team"].create({"name": "South", "user_id": sia.id})

    # ------------------------------------------------------------
    # The walk
    # ------------------------------------------------------------

    def _models(self):
        mixin = self.env.registry["kam.access.mixin"]
        return {
            name: issubclass(cls, mixin)
            for name, cls in sorted(self.env.registry.items())
            if name.startswith("kam.") and not cls._abstract
        }

    def _writable(self):
        """Models whose records rules give to some people and not to others, with who
        may write a record of each: a name and the record, of amy and in the East."""
        for model in self._models():
            Model = self.env[model]
            rules = self.env["ir.rule"].search([("model_id.model", "=", model)])
            if Model._transient or not rules.filtered("groups"):
                continue
            logins = [
                login
                for login in ("amy", "sue")
                if Model.with_user(self.users[login]).has_access("write")
            ]
            if logins:
                record = self._create(model)
                for login in logins:
                    if record.with_user(self.users[login]).has_access("write"):
                        yield login, record

    def _links(self, record, types=("many2one",)):
        for fname, field in sorted(record._fields.items()):
            if field.type in types and field.store and field.comodel_name:
                yield fname, field.comodel_name

    def _foreign(self, model):
        """A record of ben and in the South, that neither amy nor sue may read."""
        if model not in self.foreign:
            with self._belonging_to(self.users["ben"], self.south):
                record = self._create(model)
            self.foreign[model] = record
        return self.foreign[model]

    def _try(self, function, *args):
        """Whether something is refused, with a sentence."""
        self.env.flush_all()
        try:
            with self.env.cr.savepoint(), mute_logger("odoo.sql_db"):
                function(*args)
                self.env.flush_all()
        except REFUSED as error:
            self.assertTrue(str(error))
            return True
        return False

    def setUp(self):
        super().setUp()
        self.foreign = {}

    def test_every_model_checks_access(self):
        self.assertEqual([n for n, checks in self._models().items() if not checks], [])

    def test_every_company_has_a_wall(self):
        """What belongs to a company is seen where that company is allowed."""
        for model in self._models():
            Model = self.env[model]
            if Model._transient or "company_id" not in Model._fields:
                continue
            rules = self.env["ir.rule"].search([("model_id.model", "=", model)])
            walls = rules.filtered(lambda rule: not rule.groups)
            with self.subTest(model):
                self.assertIn("company_ids", str(walls.mapped("domain_force")))

    def test_a_rule_for_each_operation(self):
        """Where no rule of a person's groups is about an operation, all is allowed."""
        Rule = self.env["ir.rule"]
        for model in self._models():
            rules = Rule.search([("model_id.model", "=", model)])
            grouped = rules.filtered("groups")
            for login in PERSONAS if grouped else ():
                user = self.users[login]
                for operation in ("read", "write", "create", "unlink"):
                    allowed = self.env[model].with_user(user).has_access(operation)
                    mine = grouped.filtered(
                        lambda rule, op=operation, user=user: (
                            rule[f"perm_{op}"] and rule.groups & user.all_group_ids
                        )
                    )
                    with self.subTest(model, user=login, operation=operation):
                        self.assertTrue(mine or not allowed)

    def test_access_goes_by_named_parents(self):
        """What a rule on a record asks of another one, a write asks beforehand."""
        for model in self._models():
            Model = self.env[model]
            if Model._transient or not any(
                Model.with_user(self.users[login]).has_access("create")
                for login in PERSONAS
            ):
                continue
            asked = set()
            rules = self.env["ir.rule"].search([("model_id.model", "=", model)])
            for rule in rules.filtered("groups"):
                for condition in self._conditions(rule):
                    fname, _dot, rest = condition.field_expr.partition(".")
                    field = Model._fields.get(fname)
                    if not field:  # a constant
                        continue
                    entered = field.store and not field.compute and not field.related
                    ours = field.type == "many2one" and field.comodel_name[:4] == "kam."
                    if rest and entered and ours:
                        asked.add(fname)
            with self.subTest(model):
                self.assertLessEqual(asked, set(Model._get_access_parents()))

    def test_foreign_records_are_not_named(self):
        """Neither by a write nor by a creation; nor are records put under them."""
        for login, record in list(self._writable()):
            user = self.users[login]
            for fname, comodel in self._links(record):
                if not comodel.startswith("kam.") or not self._has_maker(comodel):
                    continue
                foreign = self._foreign(comodel)
                if foreign.with_user(user).has_access("read"):
                    continue
                own = record.with_user(user)
                with self.subTest(model=record._name, user=login, field=fname):
                    before = record[fname]
                    self._try(own.write, {fname: foreign.id})
                    self.assertEqual(record[fname], before, "write")
                    values = {**self._values(record._name), fname: foreign.id}
                    Model = self.env[record._name].with_user(user)
                    self.assertTrue(self._try(Model.create, values), "create")
                    context = {f"default_{fname}": foreign.id}
                    Model = Model.with_context(**context)
                    del values[fname]
                    if not self._try(Model.create, values):
                        self.assertNotEqual(
                            record.search([], order="id desc", limit=1)[fname],
                            foreign,
                            "default",
                        )

    def test_nothing_is_pulled_in_by_lines(self):
        """A record of others is not linked to an own one."""
        for login, record in list(self._writable()):
            user = self.users[login]
            for fname, comodel in self._links(record, ("one2many", "many2many")):
                if not comodel.startswith("kam.") or not self._has_maker(comodel):
                    continue
                foreign = self._foreign(comodel)
                if foreign.with_user(user).has_access("read"):
                    continue
                with self.subTest(model=record._name, user=login, field=fname):
                    own = record.with_user(user)
                    self._try(own.write, {fname: [Command.link(foreign.id)]})
                    self.assertNotIn(foreign, record[fname])

    def test_nothing_is_carried_out_of_reach(self):
        """After a write, its author may still write the record."""
        targets = {
            "res.users": self.users["joe"] | self.users["ben"] | self.users["sia"],
            "crm.team": self.south,
        }
        for login, record in list(self._writable()):
            user = self.users[login]
            for fname, comodel in self._links(record):
                for target in targets.get(comodel, ()):
                    with self.subTest(
                        model=record._name, user=login, field=fname, to=target.name
                    ):
                        own = record.with_user(user)
                        with self.env.cr.savepoint() as savepoint:
                            self._try(own.write, {fname: target.id})
                            self.env.invalidate_all()
                            self.assertTrue(own.has_access("write"))
                            savepoint.rollback()
                        self.env.invalidate_all()

    def test_number_of_queries(self):
        """What is checked is checked for all records at once."""
        visit = self._create("kam.visit")
        own = self.env["kam.visit.finding"].with_user(self.users["amy"])

        def create(count):
            values = {"visit_id": visit.id, "name": "Wants more"}
            return own.create([values] * count)

        create(1)
        self.assertEqual(self._count(create, 5), self._count(create, 50))
        values = {"user_id": self.users["joe"].id, "visit_id": visit.id}
        _first, few, many = (
            self._count(records.write, values)
            for records in (create(1), create(5), create(50))
        )
        self.assertEqual(few, many)

    def _has_maker(self, model):
        try:
            self._values(model)
        except KeyError:
            return False
        return True

    def _conditions(self, rule):
        domain = safe_eval(rule.domain_force or "[]", rule._eval_context())
        return Domain(domain).iter_conditions()
