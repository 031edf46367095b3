from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.models import MAGIC_COLUMNS
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import RecordCase

# The search panel of core looks for the field among those that are readable.
REFUSED = (AccessError, UserError, ValueError, KeyError)
QUIET = ("odoo.models", "odoo.addons.base.models.ir_rule", "odoo.orm.models")
# One for each set of groups, of those who lack some
LOGINS = ("amy", "sue", "eve", "tom", "joe", "sid", "portal")
DATES = ("date", "datetime")
# What follows from a field that not everybody who reads it may read, and why it may
TOLD = {
    # How an order is treated, see test_credit_order
    ("sale.order", "kam_credit_releasable"): "whether a release can be asked for",
    ("sale.order", "kam_credit_result"): "of the last attempt, on one's own order",
    ("sale.order", "kam_credit_result_date"): "of the last attempt, on one's own order",
    ("sale.order", "kam_credit_result_user_id"): "who tried, on one's own order",
    ("sale.order", "kam_credit_waiting"): "that a release was asked for",
    # No more than that core blocks, or warns of, an order
    ("kam.account", "performance_hold_date"): "that the treatment was withdrawn (G2)",
}


@tagged("post_install", "-at_install")
class TestFieldSecrecy(RecordCase):
    """A field with groups is told to nobody else: on any model, by any route."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids |= cls.env.ref("base.group_allow_export")
        sid = new_test_user(
            cls.env,
            login="sid",
            groups="base.group_user,sales_team.group_sale_salesman_all_leads",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        portal = new_test_user(cls.env, login="portal", groups="base.group_portal")
        cls.users = {**cls.users, "sid": sid, "portal": portal}
        for user in cls.users.values():
            # Not the lack of this right keeps anybody from exporting
            if not user.share:
                user.group_ids |= cls.env.ref("base.group_allow_export")
        cls.order = cls.env["sale.order"].create({"partner_id": cls.partner.id})
        for user in cls.users.values():
            cls.partner.activity_schedule(
                "mail.mail_activity_data_todo", user_id=user.id
            )
        cls.env["kam.account.snapshot"].create(
            {
                "account_id": cls.account.id,
                "company_id": cls.company.id,
                "date": cls.today,
                "performance_rate": 0.5,
            }
        )

    # ------------------------------------------------------------
    # What there is
    # ------------------------------------------------------------

    def _ours(self):
        """Models with fields of ours, and these fields."""
        for model, cls in sorted(self.env.registry.items()):
            if cls._abstract:
                continue
            fields_ = [
                field
                for fname, field in sorted(cls._fields.items())
                if (model.startswith("kam.") or fname.startswith("kam_"))
                and fname not in MAGIC_COLUMNS
            ]
            if fields_:
                yield model, fields_

    def _path(self, field):
        """The fields that a related field leads by and to, and itself."""
        path = [field]
        model = field.model_name
        for fname in (field.related or "").split(".") if field.related else ():
            step = self.env[model]._fields[fname]
            path.append(step)
            model = step.comodel_name
        return path

    def _is_hidden(self, field, user):
        return any(
            step.groups and not user.has_groups(step.groups)
            for step in self._path(field)
        )

    def _hidden(self, user):
        """dict of the names of the fields that somebody must not read, by model"""
        return {
            model: names
            for model, fields_ in self._ours()
            if (names := [f.name for f in fields_ if self._is_hidden(f, user)])
        }

    # ------------------------------------------------------------
    # Routes
    # ------------------------------------------------------------

    def _assert_untold(self, function, *args, empty=False, **kwargs):
        """It is refused; where that is enough, there is nothing to tell."""
        try:
            result = function(*args, **kwargs)
        except REFUSED:
            return
        if not empty or result and result not in ({"datas": []}, {"datas": [[""]]}):
            self.fail(f"Not refused: {result}")

    def _routes(self, Model, record, fname):  # noqa: N803
        """What tells of a field, by name: function and arguments."""
        field = Model._fields[fname]
        day = ":month" if field.type in DATES else ""
        group = f"{fname}{day}"
        yield "read", record.read, [fname]
        yield "web_read", record.web_read, {fname: {}}
        yield "web_search_read", Model.web_search_read, [], {fname: {}}
        yield "search_read", Model.search_read, [], [fname]
        if not field.required:  # else there is nothing to tell
            yield "search is set", Model.search, [(fname, "!=", False)]
            yield "search is not", Model.search, [(fname, "=", False)]
            yield "filter", record.filtered_domain, [(fname, "!=", False)]
        yield "search value", Model.search, [(fname, "in", [1])]
        yield "count", Model.search_count, [(fname, "not in", [1])]
        for order in (fname, f"{fname} desc"):
            yield f"order {order}", Model.search, [], 0, None, order
        yield "group", Model.formatted_read_group, [], [group], ["__count"]
        yield "web group", Model.web_read_group, [], [group]
        bar = {"field": fname, "colors": {}}
        yield "progress", Model.read_progress_bar, [], "id", bar
        yield "panel", Model.search_panel_select_range, fname
        for function in ("max", "sum", "count", "count_distinct", "array_agg"):
            spec = f"{fname}:{function}"
            yield f"aggregate {function}", Model.formatted_read_group, [], [], [spec]
        yield "export", record.export_data, [fname]

    def _links(self, hidden):
        """Fields that lead to a model of ours, or from one, with their model."""
        for model, cls in sorted(self.env.registry.items()):
            if cls._abstract or not cls._auto and not cls._table_query:
                continue
            for fname, field in sorted(cls._fields.items()):
                target = field.comodel_name
                ours = model.startswith("kam.") or (target or "").startswith("kam.")
                if field.type == "many2one" and ours and target in hidden:
                    yield model, fname, target

    def _path_routes(self, Model, link, field):  # noqa: N803
        fname = field.name
        path = f"{link}.{fname}"
        group = f"{path}:month" if field.type in DATES else path
        yield "search", Model.search, [(path, "!=", False)]
        yield "search value", Model.search, [(path, "in", [1])]
        for operator in ("any", "any!", "not any"):
            domain = [(link, operator, [(fname, "!=", False)])]
            yield operator, Model.search, domain
        yield "order", Model.search, [], 0, None, path
        yield "group", Model.formatted_read_group, [], [group], ["__count"]

    def _one(self, Model):  # noqa: N803
        return Model.search([], limit=1)

    # ------------------------------------------------------------
    # The walk
    # ------------------------------------------------------------

    @mute_logger(*QUIET)
    def test_direct(self):
        for login in LOGINS:
            user = self.users[login]
            for model, fnames in self._hidden(user).items():
                Model = self.env[model].with_user(user)
                if not Model.has_access("read"):
                    continue
                record = self._one(Model)
                for fname in fnames:
                    self.assertNotIn(fname, Model.fields_get(), (login, model))
                    for route, function, *args in self._routes(Model, record, fname):
                        with self.subTest(
                            login=login, model=model, field=fname, route=route
                        ):
                            nothing = not record and route in (
                                *("read", "web_read", "filter", "export"),
                            )
                            self._assert_untold(function, *args, empty=nothing)

    @mute_logger(*QUIET)
    def test_paths(self):
        for login in LOGINS:
            user = self.users[login]
            hidden = self._hidden(user)
            for model, link, target in self._links(hidden):
                Model = self.env[model].with_user(user)
                if not Model.has_access("read") or self._is_hidden(
                    Model._fields[link], user
                ):
                    continue
                record = (
                    Model.search([(link, "!=", False)], limit=1)
                    if (Model._fields[link]._description_searchable)
                    else self._one(Model)
                )
                for fname in hidden[target]:
                    field = self.env[target]._fields[fname]
                    routes = list(self._path_routes(Model, link, field))
                    nothing = bool(record) and not record.sudo()[link]
                    if record:
                        spec = {link: {"fields": {fname: {}}}}
                        routes += [
                            ("web_read", record.web_read, spec),
                            ("export", record.export_data, [f"{link}/{fname}"]),
                        ]
                    for route, function, *args in routes:
                        with self.subTest(
                            login=login,
                            model=model,
                            path=f"{link}.{fname}",
                            route=route,
                        ):
                            leads_nowhere = nothing and route == "export"
                            self._assert_untold(function, *args, empty=leads_nowhere)

    def test_known(self):
        """The walk finds what it is there for."""
        hidden = self._hidden(self.users["amy"])
        self.assertIn("credit_grade_color", hidden["kam.account"])
        self.assertIn("kam_credit_grade_id", hidden["res.partner"])
        self.assertIn("performance_rate", hidden["kam.account.snapshot"])
        links = list(self._links(hidden))
        self.assertIn(("kam.visit", "account_id", "kam.account"), links)
        hidden = self._hidden(self.users["joe"])
        self.assertIn("kam_level", hidden["res.partner"])
        hidden = self._hidden(self.users["portal"])
        self.assertIn("kam_tier_ids", hidden["res.company"])

    @mute_logger(*QUIET)
    def test_fields_to_come(self):
        """Of several records, and related ones, by way of a field with groups."""
        amy = self.env(user=self.users["amy"])
        self._create("kam.visit")
        visits, accounts = amy["kam.visit"], amy["kam.account"]
        self.assertTrue(visits.formatted_read_group([], ["user_ids"], ["__count"]))
        self.assertTrue(accounts.search([], order="color").read(["color"]))
        secret = "base.group_system"
        self.patch(visits._fields["user_ids"], "groups", secret)
        self.patch(accounts._fields["tier_id"], "groups", secret)
        for route, function, *args in (
            ("group", visits.formatted_read_group, [], ["user_ids"], ["__count"]),
            ("order", accounts.search, [], 0, None, "color"),
            ("group", accounts.formatted_read_group, [], ["color"], ["__count"]),
            ("read", accounts.search([]).read, ["color"]),
            ("export", accounts.search([]).export_data, ["color"]),
        ):
            with self.subTest(route), self.assertRaises(AccessError):
                function(*args)
        self.assertNotIn("color", accounts.fields_get())

    # ------------------------------------------------------------
    # What else would tell
    # ------------------------------------------------------------

    def test_nothing_secret_is_tracked(self):
        """What changes would be mailed to followers."""
        for model, fields_ in self._ours():
            for field in fields_:
                groups = {step.groups for step in self._path(field)}
                if groups - {None, "base.group_user"}:
                    with self.subTest(model=model, field=field.name):
                        self.assertFalse(getattr(field, "tracking", None))

    def test_nothing_secret_is_copied(self):
        """A colleague without the right could not duplicate the record of core's."""
        for model, fields_ in self._ours():
            for field in fields_:
                if not model.startswith("kam.") and field.groups:
                    with self.subTest(model=model, field=field.name):
                        internal = field.groups == "base.group_user"
                        self.assertTrue(internal or not field.copy)

    def test_nothing_follows_from_what_is_secret(self):
        """Neither computed nor related fields say what those do that they come from."""
        depends = self.env.registry.field_depends
        for model, fields_ in self._ours():
            for field in fields_:
                steps = set()
                for dotted in depends[field]:
                    current = model
                    for fname in dotted.split("."):
                        step = self.env[current]._fields[fname]
                        steps.add(step)
                        current = step.comodel_name
                for login in LOGINS:
                    user = self.users[login]
                    Model = self.env[model].with_user(user)
                    if not Model.has_access("read") or self._is_hidden(field, user):
                        continue
                    told = {str(s) for s in steps if self._is_hidden(s, user)}
                    with self.subTest(login=login, model=model, field=field.name):
                        self.assertTrue(not told or (model, field.name) in TOLD, told)

    def test_portal_and_public_read_no_field_of_ours(self):
        public = self.env.ref("base.public_user")
        for user in (self.users["portal"], public):
            for model, fields_ in self._ours():
                Model = self.env[model].with_user(user)
                for field in fields_:
                    with self.subTest(user=user.login, model=model, field=field.name):
                        self.assertFalse(
                            Model.has_access("read")
                            and Model._has_field_access(field, "read")
                        )

    def test_copy_of_a_contact_by_a_colleague(self):
        contact = self._customer("Known", is_company=False, kam_level="executive")
        self.users["sid"].group_ids |= self.env.ref("base.group_partner_manager")
        copy = contact.with_user(self.users["sid"]).copy()
        self.assertTrue(copy)
        self.assertFalse(copy.sudo().kam_level)
