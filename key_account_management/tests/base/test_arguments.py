"""What comes by RPC and is nonsense gets a sentence, whatever it is."""

import inspect
from datetime import date
from functools import partial

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import UserError
from odoo.service.model import call_kw, get_public_method
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import KamCase

ADDON = "odoo.addons.key_account_management."
UNKNOWN = 2_000_000_000
# What is sent for a parameter that nothing else is known of
NONSENSE = (
    "abc",
    "",
    "nul\0",
    float("nan"),
    float("inf"),
    -1,
    0,
    10**30,
    1.5,
    True,
    None,
    [],
    ["many"],
    {"a": 1},
    [[6, 0, [UNKNOWN]]],
)
# What is sent for fields of each type, in ``create``, ``write`` and ``onchange``
BAD_VALUES = {
    "integer": ("many", float("inf"), 10**12, [1], {"a": 1}),
    "float": ("abc", float("nan"), float("inf"), [1], {"a": 1}),
    "monetary": ("abc", float("nan"), float("inf"), [1], {"a": 1}),
    "date": ("soon", "2026-02-31", 5, ["2026-01-01"], {"a": 1}),
    "datetime": ("soon", "2026-02-31 25:00:00", 5, ["2026-01-01"], {"a": 1}),
    "selection": ("of no kind", 5, ["draft"], {"a": 1}),
    "char": ("nul\0", 5, ["a"], {"a": 1}),
    "text": ("nul\0", 5, ["a"], {"a": 1}),
    "html": ("nul\0", 5, ["a"], {"a": 1}),
    "many2one": ("abc", UNKNOWN, 1.5, [UNKNOWN], {"id": "abc"}),
    "one2many": ("abc", 5, [[4, UNKNOWN]], [[9, 9]], [[4]], [[0, 0, "abc"]], {"a": 1}),
    "many2many": ("abc", 5, [[4, UNKNOWN]], [[9, 9]], [[4]], [[6, 0, "abc"]], {"a": 1}),
    "many2one_reference": ("abc", 10**12, [1]),
}


@tagged("post_install", "-at_install")
class TestArguments(KamCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partners = cls._customers(3)
        cls._invoices([(partner, 1500000.0) for partner in cls.partners])
        cls._refresh()
        cls.Account.search([]).write(
            {"manager_id": cls.users["amy"].id, "team_id": cls.east.id}
        )
        # He may do the most; steps and settings are for administrators.
        cls.persona = cls.users["eve"]
        cls.persona.group_ids += cls.env.ref("base.group_system")

    def _sentence(self, label, call):
        """Call, and accept a result or a sentence; what was done is undone."""
        savepoint = self.env.cr.savepoint(flush=False)
        try:
            with mute_logger("odoo.sql_db"):
                call()
                self.env.flush_all()
        except UserError as error:
            self.assertTrue(str(error).strip(), label)
        except IntegrityError as error:  # of which the server makes a sentence
            self.assertTrue(error.pgerror, label)
        except Exception as error:  # noqa: BLE001
            self.fail(f"{label}: {type(error).__name__}: {error}")
        finally:
            self.env.clear()
            savepoint.rollback()
            savepoint.close(rollback=True)

    def _models(self):
        """Models that this addon has or extends, as the persona."""
        for name in sorted(self.env.registry):
            cls = self.env.registry[name]
            if any(base.__module__.startswith(ADDON) for base in cls.__mro__):
                if not cls._abstract:
                    yield self.env[name].with_user(self.persona)

    def _methods(self, model):
        """Public methods of this addon alone, with their parameters.

        What core has as well, it takes arguments for as it likes.
        """
        own, others = set(), set()
        for base in type(model).__mro__:
            ours = base.__module__.startswith(ADDON)
            (own if ours else others).update(
                name
                for name, value in vars(base).items()
                if inspect.isfunction(value) and not name.startswith("_")
            )
        for name in sorted(own - others):
            try:
                method = get_public_method(model, name)
            except UserError:
                continue
            parameters = [*inspect.signature(method).parameters.values()][1:]
            yield name, parameters, getattr(method, "_api_model", False)

    def _some(self, model, count):
        return model.sudo().search([], limit=count).ids if model._auto else []

    def test_methods_with_parameters(self):
        tried = set()
        for model in self._models():
            for name, parameters, of_model in self._methods(model):
                for parameter in parameters:
                    if parameter.kind in (
                        parameter.VAR_KEYWORD,
                        parameter.VAR_POSITIONAL,
                    ):
                        continue
                    tried.add((model._name, name))
                    for ids in ([], [UNKNOWN], self._some(model, 1)):
                        for value in NONSENSE:
                            filled = {
                                p.name: value
                                for p in parameters
                                if p.default is p.empty or p == parameter
                            }
                            args = [] if of_model else [ids]
                            label = f"{model._name}.{name}({filled}) on {ids}"
                            with self.subTest(label):
                                self._sentence(
                                    label, partial(call_kw, model, name, args, filled)
                                )
        self.assertIn(("kam.visit", "action_check_in"), tried)
        self.assertIn(("kam.account", "action_view_records"), tried)
        self.assertIn(("kam.tier.proposal", "action_extend"), tried)

    def test_methods_without_parameters(self):
        tried = set()
        for model in self._models():
            for name, parameters, of_model in self._methods(model):
                if parameters or of_model:
                    continue
                for ids in (
                    [],
                    [UNKNOWN],
                    [UNKNOWN, UNKNOWN + 1],
                    self._some(model, 2),
                ):
                    tried.add(name)
                    label = f"{model._name}.{name}() on {ids}"
                    with self.subTest(label):
                        self._sentence(label, partial(call_kw, model, name, [ids], {}))
        self.assertIn("action_plan", tried)
        self.assertIn("action_kam_cancel", tried)

    def test_values_of_fields(self):
        """Of each field of each of our models, in a new record, an old one, a form."""
        for model in self._models():
            if not model._name.startswith("kam.") or not model.has_access("read"):
                continue
            ids = self._some(model, 1) or [UNKNOWN]
            for fname, field in model._fields.items():
                if fname.startswith(("message_", "activity_")) or fname == "id":
                    continue
                values = BAD_VALUES.get(field.type, ())
                for value in values:
                    vals = {fname: value}
                    spec = {fname: {}, "display_name": {}}
                    calls = {"write": [ids, vals]}
                    if value is values[0]:
                        calls["create"] = [vals]
                        calls["onchange"] = [[], vals, [fname], spec]
                    for method, args in calls.items():
                        label = f"{model._name}.{method}({vals})"
                        with self.subTest(label):
                            self._sentence(
                                label, partial(call_kw, model, method, args, {})
                            )

    def test_fields_that_are_none(self):
        visit = self.env["kam.visit"].create(
            {"account_id": self._account(self.partners[0]).id, "purpose": "To see"}
        )
        with self.assertFails(UserError, "no such fields: of_no_kind"):
            visit.with_user(self.persona).write({"of_no_kind": 1})

    def test_position(self):
        """The instance that the issue names, and that the right one is taken."""
        Visit = self.env["kam.visit"].with_user(self.persona)
        visit = Visit.create(
            {
                "account_id": self._account(self.partners[0]).id,
                "purpose": "To see",
                "start": fields.Datetime.add(fields.Datetime.now(), hours=2),
                "user_id": self.persona.id,
                "state": "planned",
            }
        )
        for latitude, longitude in (
            ("abc", 121.0),
            (31.0, "abc"),
            (float("nan"), 121.0),
            (31.0, float("inf")),
            (True, 121.0),
            ([31.0], 121.0),
            (91, 121.0),
            (31.0, -181),
        ):
            with self.subTest(latitude=latitude, longitude=longitude):
                with self.assertFails(UserError, "position is not valid"):
                    visit.action_check_in(latitude, longitude)
        visit.action_check_in(31.2, 121)
        self.assertEqual(visit.check_in_longitude, 121.0)
        self.assertLessEqual(visit.check_in.date(), date.max)
