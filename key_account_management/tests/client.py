"""What the web client asks the server for when a person clicks, without a browser.

Every request starts with a cold cache and ends in JSON, as over HTTP: a value that
somebody else has read already is no proof that a person may read it.
"""

import json
from collections import Counter
from datetime import date, datetime

from dateutil.relativedelta import relativedelta
from lxml import etree

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.service.model import call_kw
from odoo.tools import str2bool
from odoo.tools.json import json_default
from odoo.tools.safe_eval import datetime as safe_datetime
from odoo.tools.safe_eval import safe_eval
from odoo.tools.safe_eval import time as safe_time

from odoo.addons.web.controllers.utils import clean_action

# What the engine says to whoever chooses documents of others in a list
AUTHORITY = "You are not allowed to decide on"
MODULE = "key_account_management"
LIMIT = 80
SAMPLE = 6
NUMBERS = ("integer", "float", "monetary")
# What the rows of a model are told apart by: the first field that it has
STATES = ("approval_state", "state", "result", "kind", "tier_id", "parent_id")


class Opened:
    """What an action shows.

    :ivar int total: records of the action, without the filters set by default
    :ivar int shown: those that are left with them
    """

    def __init__(self, model, total=None, shown=None):
        self.model, self.total, self.shown = model, total, shown


class Client:
    """The client of a person; what fails is kept in ``failures`` as sentences.

    :param user: ``res.users``
    :param company: the one in which the person works
    :ivar presses: function from the node of a button to whether to press it
    """

    def __init__(self, user, company):
        context = {
            "lang": user.lang,
            "tz": user.tz,
            "uid": user.id,
            "allowed_company_ids": company.ids,
        }
        self.env = user.env(user=user, su=False, context=context)
        self.login = user.login
        self.presses = lambda node: True
        # Actions of this addon; others in the menus of core's models are core's matter.
        self.ours = set(
            self.env["ir.model.data"]
            .sudo()
            .search([("module", "=", MODULE), ("model", "like", "ir.actions.")])
            .mapped("res_id")
        )
        self.failures = []
        self.counts = Counter()
        self.route = []
        self._parsed = {}
        self._done = set()

    def is_ours(self, node):
        """Whether this addon has added a button to a view of core."""
        name = node.get("name")
        return "kam_" in name or (name.isdigit() and int(name) in self.ours)

    # ------------------------------------------------------------
    # Requests
    # ------------------------------------------------------------

    def call(self, model, method, *args, context=None, **kwargs):
        """A call over JSON-RPC."""
        self.counts["requests"] += 1
        env = self.env(context={**self.env.context, **(context or {})})
        env.invalidate_all()
        result = call_kw(env[model], method, args, kwargs)
        json.dumps(result, default=json_default)
        env.cr.flush()
        return result

    def attempt(self, step, function, *args, refusals=False, **kwargs):
        """Do something, take back what it did, and keep what went wrong.

        :param str step: what the person does
        :param bool refusals: whether a sentence is a good answer, too
        :return: what the function returns, or ``None``
        """
        self.route.append(step)
        savepoint = self.env.cr.savepoint(flush=False)
        try:
            return function(*args, **kwargs)
        except Exception as error:
            savepoint.rollback()
            is_sentence = isinstance(error, UserError) and (
                not isinstance(error, AccessError) or AUTHORITY in str(error)
            )
            if not (refusals and is_sentence and str(error)):
                self.fail(f"{type(error).__name__}: {error}")
            return None
        finally:
            savepoint.close()
            self.env.cr.precommit.clear()
            self.env.clear()
            self.route.pop()

    def fail(self, message):
        self.failures.append(f"{self.login}: {' > '.join(self.route)}: {message}")

    def once(self, *key):
        """Whether something was not done yet by this person."""
        new = key not in self._done
        self._done.add(key)
        return new

    # ------------------------------------------------------------
    # Expressions
    # ------------------------------------------------------------

    def evaluate(self, expression, values=None):
        """An expression of a view or an action, as the client evaluates it."""
        today = fields.Date.context_today(self.env.user)
        names = {
            "uid": self.env.uid,
            "context": dict(self.env.context),
            "allowed_company_ids": self.env.context["allowed_company_ids"],
            "current_company_id": self.env.company.id,
            "companies": _Companies(self.env),
            "context_today": lambda: today,
            "current_date": str(today),
            "today": str(today),
            "now": str(fields.Datetime.now()),
            "relativedelta": relativedelta,
            "datetime": safe_datetime,
            "time": safe_time,
            "active_id": False,
            "active_ids": [],
            "active_model": False,
            **(values or {}),
        }
        return safe_eval(str(expression).strip(), names, mode="eval")

    def is_true(self, expression, values):
        if not expression:
            return False
        if expression in ("0", "1", "True", "False"):
            return str2bool(expression)
        return bool(self.evaluate(expression, values))

    # ------------------------------------------------------------
    # Menus and actions
    # ------------------------------------------------------------

    def load_action(self, ref):
        """What ``/web/action/load`` and ``/web/action/run`` answer.

        :param ref: database id or external id
        """
        if isinstance(ref, str) and not ref.isdigit():
            record = self.env.ref(ref)
        else:
            record = self.env["ir.actions.actions"].sudo().browse(int(ref))
        kind = record.sudo().read(["type"])[0]["type"]
        action = self.env[kind].browse(record.id)
        if kind == "ir.actions.act_window":
            values = action.sudo()._get_action_dict()
        else:
            values = action.sudo().read()[0]
        return clean_action(values, env=self.env)

    def run_action(self, action, active=None, depth=0):
        """Open what an action opens.

        :param dict action: as the server sent it
        :param active: records it is about, if any
        :param int depth: how many clicks deeper to go
        :return: :class:`Opened`, for window actions
        """
        if not action or not isinstance(action, dict):
            return None
        kind = action.get("type")
        if kind == "ir.actions.server":
            env = self.env(context={**self.env.context, **self._active(active)})
            env.invalidate_all()
            result = env["ir.actions.server"].browse(action["id"]).run()
            env.cr.flush()
            action = clean_action(result, env=self.env) if result else None
            return self.run_action(action, active, depth)
        if kind == "ir.actions.report":
            return self._print(action, active)
        if kind == "ir.actions.client":
            return self.run_action(action.get("params", {}).get("next"), active, depth)
        if kind == "ir.actions.act_window":
            return self._open_window(action, active, depth)
        if kind not in ("ir.actions.act_window_close", "ir.actions.act_url"):
            self.fail(f"unknown action {action}")
        return None

    @staticmethod
    def _active(records):
        if not records:
            return {}
        return {
            "active_model": records._name,
            "active_id": records[:1].id,
            "active_ids": records.ids,
        }

    def _print(self, action, active):
        """The page that becomes a PDF."""
        report = self.env["ir.actions.report"].with_context(**self._active(active))
        self.env.invalidate_all()
        if action["report_type"] == "qweb-pdf" and active:
            html, _kind = report._render_qweb_html(
                action["report_name"], active.ids, data={}
            )
            if len(etree.HTML(html).findall(".//td")) < 1:
                self.fail("an empty page")
        self.counts["reports"] += 1

    def _open_window(self, action, active, depth):
        model = action["res_model"]
        context = action.get("context") or {}
        if isinstance(context, str):
            context = self.evaluate(context, self._active(active))
        domain = action.get("domain") or []
        if isinstance(domain, str):
            domain = self.evaluate(domain, {**self._active(active), **context})
        views = [[view[0], view[1]] for view in action["views"]]
        search_view = action.get("search_view_id") or False
        if isinstance(search_view, list | tuple):
            search_view = search_view[0]
        clean = _without_search(context)
        answer = self.call(
            model,
            "get_views",
            [*views, [search_view, "search"]],
            options={"toolbar": True, "load_filters": True, "action_id": False},
            context=clean,
        )
        window = Window(self, model, answer, Domain(domain), clean)
        if action.get("res_id") or action.get("target") in ("new", "inline"):
            window.open_form(action.get("res_id"), depth)
            return Opened(model)
        if views[0][1] == "form":
            window.open_form(False, depth)
            return Opened(model)
        return window.open(context, depth)


class _Companies:
    def __init__(self, env):
        self.active_id = env.company.id
        self.active_ids = env.companies.ids


def _without_search(context):
    return {k: v for k, v in context.items() if not k.startswith("search_default_")}


class Window:
    """The views of a window action, and what can be clicked in them.

    :param dict answer: what ``get_views`` answered
    """

    def __init__(self, client, model, answer, domain, context):
        self.client = client
        self.model = model
        self.domain = domain
        self.context = context
        self.infos = {m: info["fields"] for m, info in answer["models"].items()}
        self.archs = {
            kind: etree.fromstring(view["arch"])
            for kind, view in answer["views"].items()
        }
        self.toolbars = {
            kind: view.get("toolbar") or {} for kind, view in answer["views"].items()
        }

    def _call(self, method, *args, **kwargs):
        return self.client.call(
            self.model, method, *args, context=self.context, **kwargs
        )

    def _try(self, step, function, *args, **kwargs):
        return self.client.attempt(step, function, *args, **kwargs)

    # ------------------------------------------------------------
    # Views of many records
    # ------------------------------------------------------------

    def open(self, context, depth):
        """Show each view; one click deeper, use all that is in the first."""
        total = self._call("search_count", self.domain)
        search = self.archs["search"]
        filters = self._default_filters(search, context)
        shown = self._call("search_count", self.domain & filters)
        for kind, arch in self.archs.items():
            if kind in ("form", "search"):
                continue
            self._try(kind, getattr(self, f"_show_{kind}"), arch, self.domain)
        if depth:
            self._try("search", self._search, search)
            ids = self._choose()
            multiple = next(k for k in self.archs if k not in ("form", "search"))
            self._use_toolbar(self.toolbars.get(multiple), ids[:2])
            first = self._call("search", self.domain & filters, limit=2)
            self._press_header(self.archs[multiple], first)
            for res_id in ids if "form" in self.archs else ():
                self.open_form(res_id, depth)
        elif total and "form" in self.archs:
            first = self._call("search", self.domain, limit=1)
            self.open_form(first[0], depth)
        return Opened(self.model, total, shown)

    def _choose(self):
        """The newest row in each state; a few at most."""
        names = self.client.env[self.model].fields_get(STATES, ["type", "store"])
        field = next((f for f in STATES if f in names and names[f]["store"]), None)
        if not field:
            return self._call("search", self.domain, limit=3)
        groups = self._call("formatted_read_group", self.domain, [field], ["id:max"])
        few = SAMPLE if self.model.startswith("kam.") else 2
        return [group["id:max"] for group in groups][:few]

    def _show_list(self, arch, domain):
        spec = self._spec(arch, self.model)
        self._call(
            "web_search_read",
            domain,
            spec,
            limit=LIMIT,
            order=arch.get("default_order"),
        )
        self._check_rows(arch, domain, spec)
        if group := arch.get("default_group_by"):
            self._group([group])

    _show_hierarchy = _show_list

    def _check_rows(self, arch, domain, spec):
        """Evaluate what is written in the list, for its first rows."""
        for row in self._call("web_search_read", domain, spec, limit=5)["records"]:
            names = self._names(self.model, row)
            for node in arch.iter("field", "button", "list"):
                for key, expression in node.attrib.items():
                    if key.startswith("decoration-") or key in (
                        "invisible",
                        "readonly",
                    ):
                        self.client.is_true(expression, names)

    def _show_kanban(self, arch, domain):
        spec = self._spec(arch, self.model)
        self._call("web_search_read", domain, spec, limit=40)
        if group := arch.get("default_group_by"):
            self._group([group], spec, auto_unfold=True)
            for bar in arch.iter("progressbar"):
                values = {
                    "field": bar.get("field"),
                    "colors": json.loads(bar.get("colors").replace("'", '"')),
                }
                self._call("read_progress_bar", domain, group, values)

    def _group(self, groupby, spec=None, auto_unfold=False, domain=None):
        numbers = [
            f"{name}:{info['aggregator']}"
            for name, info in self.infos[self.model].items()
            if spec is None and info["type"] in NUMBERS and info.get("aggregator")
        ]
        self._call(
            "web_read_group",
            self.domain if domain is None else domain,
            groupby,
            numbers if self._is_list(numbers) else [],
            limit=LIMIT,
            auto_unfold=auto_unfold,
            unfold_read_specification=spec or {"display_name": {}},
        )

    def _is_list(self, numbers):
        return bool(numbers) and "list" in self.archs

    def _measures(self, arch):
        """Figures that the menu of measures offers."""
        nodes = {node.get("name"): node for node in arch.iter("field")}
        measures = []
        for name, info in self.infos[self.model].items():
            hidden = name in nodes and nodes[name].get("invisible") in ("1", "True")
            if name != "id" and not hidden and info["type"] in NUMBERS:
                if info.get("aggregator"):
                    measures.append(f"{name}:{info['aggregator']}")
        return [*measures, "__count"]

    @staticmethod
    def _grouped_by(arch, kinds):
        return [
            f"{node.get('name')}:{node.get('interval')}"
            if node.get("interval")
            else node.get("name")
            for node in arch.iter("field")
            if node.get("type") in kinds
        ]

    def _show_pivot(self, arch, domain):
        rows, columns = (self._grouped_by(arch, (kind,)) for kind in ("row", "col"))
        sets = [[], rows, columns, [*rows, *columns]]
        unique = [list(group) for group in dict.fromkeys(map(tuple, sets))]
        self._call("formatted_read_grouping_sets", domain, unique, self._measures(arch))

    def _show_graph(self, arch, domain):
        groups = self._grouped_by(arch, (None, "row", "col"))
        infos = self.infos[self.model]
        groups = [g for g in groups if infos[g.split(":")[0]]["type"] not in NUMBERS]
        for measure in self._measures(arch):
            self._call("formatted_read_group", domain, groups, [measure])

    def _show_calendar(self, arch, domain):
        names = {
            arch.get(key)
            for key in ("date_start", "date_stop", "all_day", "color", "date_delay")
        } - {None}
        names |= {node.get("name") for node in arch.iter("field")}
        self._call("search_read", domain, [*names])
        for node in arch.iter("field"):
            if node.get("write_model"):
                extra = [node.get(k) for k in ("write_field", "filter_field")]
                self.client.call(
                    node.get("write_model"),
                    "search_read",
                    [("user_id", "=", self.client.env.uid)],
                    [name for name in extra if name],
                )

    def _show_activity(self, arch, domain):
        self.client.call(
            "mail.activity", "get_activity_data", self.model, domain, limit=LIMIT
        )
        self._call("web_search_read", domain, self._spec(arch, self.model), limit=LIMIT)

    # ------------------------------------------------------------
    # Search
    # ------------------------------------------------------------

    def _filter_domain(self, node):
        """:return: what a filter adds to the domain"""
        if node.get("date"):
            day = fields.Date.today() - relativedelta(months=1)
            return Domain(node.get("date"), ">=", str(day))
        return Domain(self.client.evaluate(node.get("domain") or "[]", self.context))

    def _default_filters(self, arch, context):
        """Those of a group, between two separators, are alternatives."""
        wanted = {
            key.removeprefix("search_default_"): value
            for key, value in context.items()
            if key.startswith("search_default_") and value
        }
        domain, group = Domain.TRUE, []
        known = set()
        for node in [*arch, None]:
            if node is not None and node.get("name") in wanted:
                known.add(node.get("name"))
                if node.tag == "filter" and not node.get("context"):
                    group.append(self._filter_domain(node))
                elif node.tag == "field":
                    value = wanted[node.get("name")]
                    domain &= Domain(node.get("name"), "in", [value])
            if (node is None or node.tag in ("separator", "group")) and group:
                domain &= Domain.OR(group)
                group = []
        nested = {node.get("name") for node in arch.iter("filter", "field")}
        missing = set(wanted) - known - nested
        if missing and self.model.startswith("kam."):
            self.client.fail(f"default filters that do not exist: {missing}")
        return domain

    def _search(self, arch):
        """Each filter, group and field of the search bar, by itself.

        Of core's models, properties and fields of core are left to its own tests.
        """
        for node in arch.iter("filter"):
            name = node.get("name") or node.get("string")
            groups = self.client.evaluate(node.get("context") or "{}", self.context)
            group = groups.get("group_by")
            if group and "properties" in group:
                continue
            if group:
                groups = [group] if isinstance(group, str) else group
                groups = [self._with_interval(name) for name in groups]
                self._try(f"group {name}", self._group, groups)
            else:
                self._try(f"filter {name}", self._filter, node)
        for node in arch.xpath("./field"):
            if not self.model.startswith("kam.") and "kam_" not in node.get("name"):
                continue
            self._try(f"search {node.get('name')}", self._search_field, node)
        for node in arch.xpath("./searchpanel/field"):
            multi = node.get("select") == "multi"
            method = f"search_panel_select_{'multi_' if multi else ''}range"
            options = {"search_domain": self.domain, "enable_counters": True}
            step = f"panel {node.get('name')}"
            self._try(step, self._call, method, node.get("name"), **options)

    def _with_interval(self, name):
        is_date = self.infos[self.model][name.split(":")[0]]["type"].startswith("date")
        return f"{name}:month" if is_date and ":" not in name else name

    def _filter(self, node):
        domain = self.domain & self._filter_domain(node)
        names = {"display_name": {}}
        self._call("web_search_read", domain, names, limit=LIMIT)

    def _search_field(self, node):
        name = node.get("name")
        info = self.infos[self.model][name]
        if info["type"] in ("many2one", "many2many", "one2many"):
            domain = node.get("domain") or "[]"
            domain = self.client.evaluate(domain, self.context)
            self.client.call(info["relation"], "name_search", "a", domain, limit=8)
        if info["type"] in NUMBERS or info["type"] in ("date", "datetime", "boolean"):
            return
        found = [(name, node.get("operator") or "ilike", "a")]
        if node.get("filter_domain"):
            found = self.client.evaluate(node.get("filter_domain"), {"self": "a"})
        elif info["type"] == "selection":
            found = [(name, "=", info["selection"][0][0])]
        self._call("search_count", self.domain & Domain(found))

    # ------------------------------------------------------------
    # What the client reads
    # ------------------------------------------------------------

    def _spec(self, arch, model):
        """The specification of ``web_read``, as the client builds it of a view."""
        cache = self.client._parsed
        key = (model, etree.tostring(arch))
        if key not in cache:
            level = len(list(arch.iterancestors("field")))
            cache[key] = {
                node.get("name"): self._field_spec(node, model)
                for node in arch.iter("field")
                if node is not arch
                and len(list(node.iterancestors("field"))) == level
                # of the head of a list that is grouped
                and node.getparent().tag != "groupby"
            }
            if arch.tag == "activity" or arch.find(".//chatter") is not None:
                if "activity_ids" in self.infos[model]:
                    cache[key].setdefault("activity_ids", {})
        return cache[key]

    def _field_spec(self, node, model):
        info = self.infos[model].get(node.get("name"))
        if info is None:
            raise KeyError(f"{model}.{node.get('name')} is in the view, not in fields")
        hidden = node.get("invisible") in ("1", "True")
        if info["type"] in ("many2one", "reference", "many2one_reference"):
            return {"fields": {} if hidden else {"display_name": {}}}
        if info["type"] not in ("one2many", "many2many") or hidden:
            return {}
        if node.get("widget") in ("many2many_tags", "many2many_tags_avatar"):
            options = self.client.evaluate(node.get("options") or "{}")
            names = ["display_name", options.get("color_field")]
            return {"fields": {name: {} for name in names if name}}
        if next(node.iterancestors("list", "kanban"), None) is not None:
            return {}
        subview = self._subview(node, info["relation"])
        return {
            "fields": self._spec(subview, info["relation"]),
            "limit": int(subview.get("limit") or 40),
            "order": subview.get("default_order") or "",
        }

    def _subview(self, node, model):
        """The list or cards within a form; the client asks for what is not inline."""
        mode = (node.get("mode") or "list").split(",")[0]
        inline = [child for child in node if child.tag in ("list", "kanban")]
        for child in inline:
            if child.tag == mode:
                return child
        if inline:
            return inline[0]
        refs = self.client.env["ir.ui.view"]._get_view_refs(node)
        answer = self.client.call(model, "get_views", [[False, mode]], context=refs)
        for name, value in answer["models"].items():
            self.infos.setdefault(name, {}).update(value["fields"])
        subview = etree.fromstring(answer["views"][mode]["arch"])
        node.append(subview)
        return subview

    def _names(self, model, values, parent=None):
        """What expressions of a view see of a record that was read."""
        names = {"parent": parent, "active_id": values.get("id"), "active_model": model}
        for name, value in values.items():
            if isinstance(value, dict):
                value = value.get("id", False)
            elif isinstance(value, list):
                value = _Ids(v.get("id") if isinstance(v, dict) else v for v in value)
            elif isinstance(value, datetime | date):
                value = json_default(value)
            names[name] = value
        return names

    # ------------------------------------------------------------
    # Forms
    # ------------------------------------------------------------

    def open_form(self, res_id, depth):
        key = ("form", bool(depth), self.model, res_id)
        if res_id and not self.client.once(*key):
            return
        step = f"form {self.model}({res_id or 'new'})"
        self._try(step, self._open_form, res_id, depth)

    def _open_form(self, res_id, depth):
        arch = self.archs["form"]
        spec = self._spec(arch, self.model)
        self.client.counts["forms"] += 1
        if not res_id:
            values = self._call("onchange", [], {}, [], spec)["value"]
            names = self._names(self.model, {**self._empty(spec), **values})
            self._evaluate_modifiers(arch, names)
            return
        values = self._call("web_read", [res_id], spec)[0]
        record = self.client.env[self.model].browse(res_id)
        names = self._names(self.model, values)
        self._evaluate_modifiers(arch, names)
        if self.infos[self.model].keys() & {"message_ids"}:
            self._open_chatter(record)
        if depth:
            self._press_buttons(arch, record, names, depth)
            self._use_toolbar(self.toolbars.get("form"), record.ids)
            self._open_lines(arch, values, names)

    def _empty(self, spec):
        """Values of a new record that the server did not give any."""
        infos = self.infos[self.model]
        return {
            "id": False,
            **{n: [] if infos[n]["type"].endswith("2many") else False for n in spec},
        }

    def _open_chatter(self, record):
        """Messages, activities and followers, as the chatter reads them."""
        env = self.client.env
        self.client.env.invalidate_all()
        thread = env[record._name].browse(record.id)
        messages = thread.sudo(False).message_ids[:10]
        env["mail.message"].browse(messages.ids).mapped("body")
        env["mail.activity"].search(
            [("res_model", "=", record._name), ("res_id", "=", record.id)]
        ).mapped("summary")

    def _evaluate_modifiers(self, arch, names):
        level = len(list(arch.iterancestors("field")))
        for node in arch.iter(etree.Element):
            if len(list(node.iterancestors("field"))) == level:
                for key in ("invisible", "readonly", "required"):
                    self.client.is_true(node.get(key), names)

    def _is_visible(self, node, arch, names):
        while node is not None:
            if self.client.is_true(node.get("invisible"), names):
                return False
            if node is arch:
                break
            node = node.getparent()
        return True

    def _buttons(self, arch, names):
        level = len(list(arch.iterancestors("field")))
        for node in arch.iter("button", "a"):
            if node.get("type") in ("object", "action"):
                if len(list(node.iterancestors("field"))) == level:
                    if self._is_visible(node, arch, names):
                        yield node

    def _press_buttons(self, arch, record, names, depth):
        for node in self._buttons(arch, names):
            is_link = any(
                parent.get("name") == "button_box" for parent in node.iterancestors()
            )
            self._press(node, record, names, depth, must_open=is_link)

    def _press(self, node, record, names, depth, must_open=False):
        if not node.get("name") or node.get("special") or not self.client.presses(node):
            return
        self.client.counts["buttons"] += 1
        self.client.attempt(
            f"button {node.get('name')} ({node.get('string') or ''})",
            self._do_press,
            node,
            record,
            names,
            depth - 1,
            must_open,
            refusals=not must_open,
        )

    def _do_press(self, node, record, names, depth, must_open):
        client = self.client
        context = client.evaluate(node.get("context") or "{}", names)
        context = {**self.context, **context}
        if node.get("type") == "action":
            action = client.load_action(node.get("name"))
            given = action.get("context") or {}
            if isinstance(given, str):
                given = client.evaluate(given, {**client._active(record), **names})
            action["context"] = {**given, **context}
        else:
            args = json.loads(node.get("args") or "[]")
            ids = record.ids
            action = client.call(
                record._name, node.get("name"), ids, *args, context=context
            )
            if action not in (None, True, False) and not isinstance(action, dict):
                client.fail(f"returned {action!r}")
                return
            if isinstance(action, dict):
                action = clean_action(action, env=client.env)
        if must_open and not action:
            client.fail("opens nothing")
        opened = client.run_action(action, record, depth)
        count = node.find(".//field[@widget='statinfo']")
        if opened and opened.total == 0 and count is not None:
            if names.get(count.get("name")):
                client.fail(f"counts {names[count.get('name')]}, opens nothing")

    def _open_lines(self, arch, values, names):
        """The dialogs of lines, and the buttons in their rows."""
        level = len(list(arch.iterancestors("field")))
        for node in arch.iter("field"):
            lines = values.get(node.get("name"))
            inline = [
                child for child in node if child.tag in ("list", "kanban", "form")
            ]
            if (
                len(list(node.iterancestors("field"))) != level
                or not inline
                or not lines
                or not isinstance(lines[0], dict)
                or not self.model.startswith("kam.")
                or not self._is_visible(node, arch, names)
            ):
                continue
            model = self.infos[self.model][node.get("name")]["relation"]
            for child in inline:
                self._try(
                    f"line of {node.get('name')}",
                    self._open_line,
                    child,
                    model,
                    lines[0]["id"],
                    _Parent(names),
                )

    def _open_line(self, arch, model, res_id, parent):
        spec = self._spec(arch, model)
        values = self.client.call(model, "web_read", [res_id], spec)[0]
        names = self._names(model, values, parent)
        for node in arch.iter("field"):
            for key in ("invisible", "readonly", "required"):
                self.client.is_true(node.get(key), names)
        record = self.client.env[model].browse(res_id)
        for node in self._buttons(arch, names):
            self._press(node, record, names, 1)

    # ------------------------------------------------------------
    # Menus of actions, buttons above lists
    # ------------------------------------------------------------

    def _use_toolbar(self, toolbar, ids):
        records = self.client.env[self.model].browse(ids)
        if not records:
            return
        for entry in [*toolbar.get("action", ()), *toolbar.get("print", ())]:
            key = (self.model, entry["id"], len(ids), self._state(records))
            wanted = self.model.startswith("kam.") or entry["id"] in self.client.ours
            if wanted and self.client.once("toolbar", *key):
                self._try(
                    f"action {entry['name']} of {self.model}{ids}",
                    self._use_entry,
                    entry,
                    records,
                    refusals=True,
                )

    def _state(self, records):
        field = next((f for f in STATES[:3] if f in records._fields), None)
        return field and records.sudo()[0][field]

    def _use_entry(self, entry, records):
        action = self.client.load_action(entry["id"])
        self.client.run_action(action, records)

    def _press_header(self, arch, ids):
        records = self.client.env[self.model].browse(ids)
        for node in arch.xpath("./header/button"):
            if records or node.get("display") == "always":
                self._press(node, records, {}, 1)


class _Ids(list):
    """An array in expressions."""

    @property
    def length(self):
        return len(self)


class _Parent:
    """The record above, in expressions of its lines."""

    def __init__(self, names):
        self.__dict__.update(names)
