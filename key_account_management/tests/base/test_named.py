import inspect
import json

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import RecordCase

LOGINS = ("amy", "sue", "eve")
QUIET = ("odoo.models", "odoo.addons.base.models.ir_rule", "odoo.orm.models")
# Models of core whose forms have fields of ours
CORE = ("calendar.event", "crm.lead", "crm.team", "res.partner", "sale.order")
# What a form may say of a customer of somebody else, and why
TOLD = {
    ("kam.account", "partner_id"): "the customer that was named",
    ("kam.screening", "account_id"): "that the customer is in the register, as all are",
}
REVENUE = 987654.0
# Computes of ours in superuser mode, and why they tell nobody what is not his.
# What a form names, the user may read (``_check_named``).
NAMED = "of the account, document or lead that is named"
DATES = "dates by the settings of the company"
SUDO = {
    "_compute_account_id": "that the customer is in the register, as all are",
    "_compute_apply_deadline": DATES,
    "_compute_approval_deadline": "of the document, whose reader may know it",
    "_compute_candidate": NAMED,
    "_compute_check_in_distance": NAMED,
    "_compute_checksum": "of a file that the user may read",
    "_compute_company_id": NAMED,
    "_compute_credit_limit": "of an account on record, to readers of credit",
    "_compute_customer": NAMED,
    "_compute_declined_ids": "who of the party does not come, of the visit",
    "_compute_display_name": NAMED,
    "_compute_document": "names that are kept, to those who may read them",
    "_compute_event_id": "the event of the visit",
    "_compute_former_id": "in a form, what is readable; else that there was one",
    "_compute_grace_date": DATES,
    "_compute_grade_to_id": NAMED,
    "_compute_is_in_development": NAMED,
    "_compute_is_target": NAMED,
    "_compute_kam_credit_result": "of the last attempt, on one's own order",
    "_compute_limit_to": NAMED,
    "_compute_line_ids": "the indicators of the company",
    "_compute_manager_id": "of accounts that the user may read",
    "_compute_risk": "a verdict by the settings of the company",
    "_compute_tier_id": "of accounts that the user may read",
    "_compute_valid_until": DATES,
    "_compute_worth": "a verdict by the settings of the company",
}


@tagged("post_install", "-at_install")
class TestNamed(RecordCase):
    """Whoever names a record may read it; a form tells nothing of what follows."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.south = cls.env["crm.team"].create({"name": "South"})
        cls.rights = cls.env.ref("sales_team.group_sale_salesman_all_leads")
        cls.rights |= cls.env.ref("base.group_partner_manager")
        for login in LOGINS:
            cls.users[login].group_ids |= cls.rights
        cls._create_other_company()
        cls._create_foreign_customer()
        cls.env.flush_all()

    @classmethod
    def _create_other_company(cls):
        """Records of another company, of which nobody here may know."""
        cls.other = cls._create_company("Oak Test")
        cls.stranger = new_test_user(
            cls.env,
            login="stranger",
            groups="base.group_user,key_account_management.group_kam_executive",
            company_id=cls.other.id,
            company_ids=[Command.set(cls.other.ids)],
        )
        customer = cls._customer("Of Oak", company_id=cls.other.id)
        account = cls.Account.create(
            {
                "partner_id": customer.id,
                "company_id": cls.other.id,
                "manager_id": cls.stranger.id,
            }
        )
        env = cls.env(context={"allowed_company_ids": cls.other.ids})
        team = env["crm.team"].create({"name": "Oak", "company_id": cls.other.id})
        regular = env.ref("key_account_management.kam_visit_type_regular")
        visit_type = regular.copy({"company_id": cls.other.id})
        in_oak = {
            "crm.lead": {"name": "Oak", "company_id": cls.other.id, "team_id": team.id},
            "kam.credit.assessment": {"account_id": account.id},
            "kam.credit.request": {"account_id": account.id, "reason": "Growth"},
            "kam.screening": {"partner_id": customer.id, "company_id": cls.other.id},
            "sale.order": {"partner_id": customer.id, "company_id": cls.other.id},
            "kam.visit": {
                "account_id": account.id,
                "type_id": visit_type.id,
                "user_id": cls.stranger.id,
            },
        }
        for model, values in in_oak.items():
            env[model].create(values)

    @classmethod
    def _create_foreign_customer(cls):
        """A customer of ben, in a territory that neither amy nor sue leads."""
        cls.foreign = cls._customer("Beta")
        cls._invoice(cls.foreign, REVENUE)
        cls._refresh()
        cls.account_of_ben = cls._account(cls.foreign)
        cls.account_of_ben.write(
            {"manager_id": cls.users["ben"].id, "team_id": cls.south.id}
        )
        cls.account_of_ben.tier_id = cls.core
        cls.account_of_ben.tier_computed_id = cls.strategic
        screening = cls.env["kam.screening"].create(
            {"partner_id": cls.foreign.id, "user_id": cls.users["ben"].id}
        )
        screening._close_file("failed")
        cls.screening_of_ben = screening
        cls.lead = cls.env["crm.lead"].create(
            {"name": "Lead", "partner_id": cls.foreign.id, "user_id": False}
        )

    # ------------------------------------------------------------
    # What there is
    # ------------------------------------------------------------

    def _models(self, login):
        """Models of ours, and of core, of which somebody fills in forms."""
        for model, cls in sorted(self.env.registry.items()):
            if (model.startswith("kam.") or model in CORE) and not cls._abstract:
                Model = self.env[model].with_user(self.users[login])
                if Model.has_access("create"):
                    yield Model

    def _relations(self, Model):  # noqa: N803
        ours = Model._name.startswith("kam.")
        for fname, field in sorted(Model._fields.items()):
            if (
                field.relational
                and (ours or fname.startswith("kam_"))
                and Model._has_field_access(field, "read")
                and not fname.startswith(("message_", "activity_", "rating_"))
                and fname not in ("create_uid", "write_uid")
            ):
                yield fname, field

    def _find_unreadable(self, comodel, user):
        """A record that somebody may not read, or none."""
        key = comodel, user
        if key not in self.unreadable:
            with mute_logger(*QUIET):
                everything = self.env[comodel].with_context(active_test=False)
                records = everything.search([], order="id desc", limit=500)
                readable = records.with_user(user)._filtered_access("read")
            self.unreadable[key] = (records - readable.sudo())[:1]
        return self.unreadable[key]

    def _spec(self, Model):  # noqa: N803
        """All that a form could show."""
        spec = {}
        for fname, field in Model._fields.items():
            if not Model._has_field_access(field, "read") or fname == "id":
                continue
            spec[fname] = {"fields": {"display_name": {}}} if field.relational else {}
        return spec

    def setUp(self):
        super().setUp()
        self.unreadable = {}

    def _assert_refused(self, function, *args):
        try:
            with self.env.cr.savepoint():
                function(*args)
        except (AccessError, UserError):
            return
        self.fail("Not refused")

    # ------------------------------------------------------------
    # What is named
    # ------------------------------------------------------------

    @mute_logger(*QUIET)
    def test_forms_and_defaults(self):
        count = 0
        for login in LOGINS:
            user = self.users[login]
            for Model in self._models(login):
                spec = self._spec(Model)
                for fname, field in self._relations(Model):
                    foreign = self._find_unreadable(field.comodel_name, user)
                    if not foreign:
                        continue
                    count += 1
                    for route, function, *args in self._routes(
                        Model, field, foreign.id, spec
                    ):
                        with self.subTest(
                            login=login, model=Model._name, field=fname, route=route
                        ):
                            self._assert_refused_or_silent(foreign, function, *args)
        self.assertGreater(count, 300)

    def _routes(self, Model, field, id_, spec):  # noqa: N803
        fname = field.name
        context = {f"default_{fname}": id_}
        if field.type == "many2one":
            for value in (id_, {"id": id_}):
                yield "onchange", Model.onchange, {fname: value}, [fname], spec
        else:
            context = {f"default_{fname}": [Command.link(id_)]}
            for command in (Command.link(id_), Command.set([id_])):
                yield "onchange", Model.onchange, {fname: [command]}, [fname], spec
        named = Model.with_context(**context)
        yield "new form", named.onchange, {}, [], spec
        yield "default_get", named.default_get, list(spec)

    def _assert_refused_or_silent(self, foreign, function, *args):
        """Guarded fields take no defaults: they need not be refused."""
        try:
            with self.env.cr.savepoint():
                result = function(*args)
        except (AccessError, UserError):
            return
        if function.__name__ == "onchange" and args[1]:
            self.fail("Not refused")
        name = args and function.__self__.env.context
        fname = next(k for k in name if k.startswith("default_"))[8:]
        value = result.get("value", result).get(fname)
        ids = json.dumps(value, default=str)
        self.assertNotIn(str(foreign.id), ids)

    @mute_logger(*QUIET)
    def test_within_lines(self):
        """A record inside of another one that is being edited is named as well."""
        for login in ("amy",):
            user = self.users[login]
            for Model in self._models(login):
                for fname, field in self._relations(Model):
                    Comodel = self.env[field.comodel_name]
                    if not Comodel._name.startswith("kam."):
                        continue
                    for inner, inner_field in self._relations(Comodel.with_user(user)):
                        if inner_field.type != "many2one":
                            continue
                        target = self._find_unreadable(inner_field.comodel_name, user)
                        if not target:
                            continue
                        line = {inner: target.id}
                        value = (
                            line if field.type == "many2one" else [Command.create(line)]
                        )
                        path = f"{fname}.{inner}"
                        with self.subTest(login=login, model=Model._name, path=path):
                            self._assert_refused(
                                Model.onchange, {fname: value}, [fname], {}
                            )

    @mute_logger(*QUIET)
    def test_company_that_is_not_ticked(self):
        """Another company of the own ones, while it is not chosen, is another one."""
        eve = self.users["eve"]
        eve.company_ids |= self.other
        account = self.Account.search([("company_id", "=", self.other.id)], limit=1)
        requests = self.env["kam.credit.request"].with_user(eve)
        here = requests.with_context(allowed_company_ids=self.company.ids)
        spec = {"limit_from": {}, "grade_from_id": {}}
        values = {"account_id": account.id}
        self._assert_refused(here.onchange, values, ["account_id"], spec)

    # ------------------------------------------------------------
    # What follows from it
    # ------------------------------------------------------------

    def _secrets(self):
        """What says something of the customer of somebody else."""
        account = self.account_of_ben
        return (
            account,
            account.tier_computed_id,
            self.screening_of_ben,
            self.users["ben"],
            self.south,
        )

    @mute_logger(*QUIET)
    def test_nothing_follows_in_a_form(self):
        """From customers, leads, people and teams, which everybody may read."""
        readable = {
            "res.partner": self.foreign,
            "crm.lead": self.lead,
            "res.users": self.users["ben"],
            "crm.team": self.south,
        }
        for login in ("amy", "sue"):
            for Model in self._models(login):
                if Model._name in ("res.partner", "crm.lead", "crm.team"):
                    continue  # what core says of its own
                for fname, field in self._relations(Model):
                    named = readable.get(field.comodel_name)
                    if not named:
                        continue
                    value = named.id
                    if field.type != "many2one":
                        value = [Command.set(named.ids)]
                    chosen = Model.with_context(**{f"default_{fname}": value})
                    for route, form, values, changed in (
                        ("changed", Model, {fname: value}, [fname]),
                        ("new form", chosen, {}, []),
                    ):
                        with self.subTest(
                            login=login, model=Model._name, field=fname, route=route
                        ):
                            try:
                                with self.env.cr.savepoint():
                                    spec = self._spec(Model)
                                    told = form.onchange(values, changed, spec)
                            except (AccessError, UserError):
                                continue
                            self._assert_silent(Model, told["value"], fname, named)

    def _assert_silent(self, Model, values, named_field, named):  # noqa: N803
        text = json.dumps(values, default=str)
        self.assertNotIn(str(REVENUE), text)
        for fname, value in values.items():
            field = Model._fields[fname]
            if (
                fname == named_field
                or (Model._name, fname) in TOLD
                or not field.relational
                or not value
            ):
                continue
            if isinstance(value, dict):
                ids = {value["id"]}
            else:
                ids = {
                    id_
                    for command in value
                    for id_ in (
                        command[2] if command[0] == Command.SET else [command[1]]
                    )
                }
            for secret in self._secrets():
                if secret._name == field.comodel_name and secret != named:
                    self.assertNotIn(secret.id, ids, fname)

    def test_screening_of_a_colleagues_customer(self):
        Screening = self.env["kam.screening"].with_user(self.users["amy"])
        spec = dict.fromkeys(
            ("tier_id", "manager_id", "team_id", "former_id"),
            {"fields": {"display_name": {}}},
        )
        spec["former_result"] = {}
        for values in ({"partner_id": self.foreign.id}, {"lead_id": self.lead.id}):
            with self.subTest(values):
                told = Screening.onchange(values, list(values), spec)["value"]
                tier, manager = (
                    (told.get(fname) or {}).get("id")
                    for fname in ("tier_id", "manager_id")
                )
                self.assertNotEqual(tier, self.strategic.id)
                self.assertNotEqual(manager, self.users["ben"].id)
                self.assertFalse(told.get("former_id"))
                self.assertFalse(told.get("former_result"))
        self.account_of_ben.manager_id = self.users["amy"]
        told = Screening.onchange(
            {"partner_id": self.foreign.id}, ["partner_id"], spec
        )["value"]
        self.assertEqual(told["tier_id"]["id"], self.strategic.id, "of the own ones")

    def test_accounts_of_another_territory_are_not_listed(self):
        """By naming their manager in a handover."""
        handover = self.env["kam.account.handover"].with_user(self.users["sue"])
        told = handover.onchange(
            {"from_user_id": self.users["ben"].id},
            ["from_user_id"],
            {"account_ids": {}, "from_user_id": {}},
        )["value"]
        self.assertNotIn(str(self.account_of_ben.id), json.dumps(told))

    def test_map_of_a_customer_that_is_named(self):
        """An account that is being created says nothing of the people there."""
        self.env["res.partner"].create({"name": "Li", "parent_id": self.foreign.id})
        Account = self.Account.with_user(self.users["amy"])
        Account = Account.with_context(default_partner_id=self.foreign.id)
        spec = {"partner_id": {}, "stakeholder_map": {}, "stakeholder_gap_count": {}}
        told = Account.onchange({}, [], spec)["value"]
        self.assertEqual(told["partner_id"], self.foreign.id)
        self.assertFalse(told["stakeholder_map"])
        self.assertFalse(told["stakeholder_gap_count"])

    def test_leaders_of_a_team_of_another_company(self):
        team = self.env["crm.team"].create(
            {"name": "Far", "company_id": self.other.id, "user_id": self.stranger.id}
        )
        eve = self.users["eve"]
        eve.group_ids |= self.env.ref("sales_team.group_sale_manager")
        Team = self.env["crm.team"].with_user(eve)
        spec = {"kam_leader_ids": {"fields": {"display_name": {}}}}
        values = {"kam_parent_id": team.id}
        with self.assertRaises(AccessError):
            Team.onchange(values, ["kam_parent_id"], spec)

    # ------------------------------------------------------------
    # Computes in superuser mode
    # ------------------------------------------------------------

    def _computes_with_sudo(self):
        """Methods of ours that compute fields with more rights than the user has."""
        found = set()
        for cls in self.env.registry.values():
            if cls._abstract:
                continue
            for field in cls._fields.values():
                if not isinstance(field.compute, str) or field.related:
                    continue
                function = getattr(cls, field.compute)
                if "key_account_management" not in function.__module__:
                    continue
                source = inspect.getsource(function)
                reads = ("sudo()", ".search(", "_read_group(", "execute_query")
                if "sudo()" in source or (
                    field.compute_sudo
                    and (not field.store or any(text in source for text in reads))
                ):
                    found.add(field.compute)
        return found

    def test_computes_with_sudo_are_known(self):
        self.assertEqual(self._computes_with_sudo(), set(SUDO))

    # ------------------------------------------------------------
    # Users who are entered
    # ------------------------------------------------------------

    def test_users_of_other_companies(self):
        """And customers with a login are entered nowhere, by nobody."""
        portal = new_test_user(self.env, login="portal", groups="base.group_portal")
        checked = 0
        for model, cls in sorted(self.env.registry.items()):
            if not model.startswith("kam.") or cls._abstract or cls._transient:
                continue
            fnames = [
                fname
                for fname, field in sorted(cls._fields.items())
                if field.comodel_name == "res.users"
                and field.store
                and fname not in ("create_uid", "write_uid")
            ]
            Model = self.env[model]
            login = next((x for x in ("eve", "sue", "amy") if self._may(Model, x)), 0)
            if not fnames or not login:
                continue
            try:
                record = self._create(model)
            except KeyError:  # configuration, see below
                continue
            own = record.with_user(self.users[login])
            for fname in fnames:
                field = record._fields[fname]
                for user in (portal, self.stranger):
                    value = user.id
                    if field.type == "many2many":
                        value = [Command.link(user.id)]
                    with self.subTest(model=model, field=fname, user=user.login):
                        checked += 1
                        self._assert_refused(own.write, {fname: value})
                        values = {**self._values(model), fname: value}
                        self._assert_refused(Model.with_env(own.env).create, values)
        self.assertGreater(checked, 20)

    def _may(self, Model, login):  # noqa: N803
        return Model.with_user(self.users[login]).has_access("write")

    def test_users_of_other_companies_on_wizards_and_contacts(self):
        portal = new_test_user(self.env, login="portal", groups="base.group_portal")
        eve = self.env(user=self.users["eve"])
        contact = self._customer("Li", is_company=False, parent_id=self.partner.id)
        for user in (portal, self.stranger):
            with self.subTest(user=user.login):
                self._assert_refused(
                    contact.with_env(eve).write, {"kam_owner_id": user.id}
                )
                self._assert_refused(
                    eve["kam.account.handover"].create,
                    {
                        "from_user_id": self.users["amy"].id,
                        "to_user_id": user.id,
                        "note": "All of it",
                    },
                )
                self._assert_refused(eve["kam.visit.plan"].create, {"user_id": user.id})
