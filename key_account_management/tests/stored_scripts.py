"""Scripts that somebody stores in any text are shown as text, wherever it shows."""

import io
import json
import re

from lxml import etree
from pypdf import PdfReader

from odoo import fields
from odoo.tools import SQL

from .client import Client, Window

# What nobody types, or what is a program: names of models and fields, domains
TECHNICAL = {
    "kam.approval.condition",
    "kam.approval.res_model",
    "kam.approval.step.condition",
    "kam.approval.step.user_field",
    "kam.approval.user_field",
}
# Follow the names of others, or are looked up when they show
DERIVED = {
    "kam.screening.candidate",
    "kam.tier.proposal.reasons",
    "mail.activity.kam_failure",  # tells work apart, to nobody
}
SCRIPT = (
    """<img src="x" onerror="window.kamScript='%(name)s'">"""
    """<script>window.kamScript='%(name)s'</script>"""
    """ javascript:window.kamScript='%(name)s' """
    """{{ 7*7 }} ${7*7} #{7*7} <t t-out="7*7"/> <b t-esc="7*7"/>"""
)
HTML = (
    """<p>%(mark)s</p><a href="javascript:window.kamScript='%(name)s'">link</a>"""
    """<iframe src="javascript:window.top.kamScript='%(name)s'"></iframe>"""
    """<svg onload="window.kamScript='%(name)s'"></svg>"""
    """<p onclick="window.kamScript='%(name)s'"><t t-out="7*7"/></p>"""
    """<script>window.kamScript='%(name)s'</script>"""
)
READ_ONLY_MENUS = ("kam_menu_settings",)


def mark(name):
    return f"‹{name}›"


def text_of(name):
    """A text with everything that could run, and which field it is in."""
    return mark(name) + SCRIPT % {"name": name}


class StoredScripts:
    """Tests of the class that has loaded the demo data."""

    # ------------------------------------------------------------
    # Filling
    # ------------------------------------------------------------

    def _text_fields(self):
        """Stored texts of our models, and ours of core's models."""
        for name, Model in sorted(self.env.registry.items()):
            if Model._abstract or Model._transient or not Model._auto:
                continue
            for field in Model._fields.values():
                ours = name.startswith("kam.") or field.name.startswith("kam_")
                key = f"{name}.{field.name}"
                is_text = field.type in ("char", "text", "html")
                if ours and field.store and is_text and key not in TECHNICAL:
                    yield name, field, key

    def _fill(self):
        """Put a script into every text there is; keep the names of the fields."""
        self.env.flush_all()
        filled = []
        for name, field, key in self._text_fields():
            Model = self.env[name]
            value = text_of(key)
            if field.type == "html":
                value = HTML % {"mark": mark(key), "name": key}
            column = field.convert_to_column_insert(value, Model)
            self.env.cr.execute(
                SQL(
                    "UPDATE %s SET %s = %s",
                    SQL.identifier(Model._table),
                    SQL.identifier(field.name),
                    column,
                )
            )
            if self.env.cr.rowcount:
                filled.append(key)
        self.env.invalidate_all()
        filled += [*self._fill_reasons(), *self._fill_names()]
        self._submit_as_filled()
        return filled

    def _submit_as_filled(self):
        """What is under way is about the texts: else it would be returned."""
        self.env.flush_all()
        for name in self.env["kam.approval.step"]._approved_models():
            documents = self.env[name].search([("approval_state", "=", "pending")])
            documents._approval_freeze()

    def _fill_reasons(self):
        """The words within explanations that were frozen."""

        def fill(value, key):
            if isinstance(value, dict):
                return {
                    k: text_of(key) if k in ("label", "name") and v else fill(v, key)
                    for k, v in value.items()
                }
            if isinstance(value, list):
                return [fill(item, key) for item in value]
            return value

        for name in ("kam.tier.history", "kam.tier.proposal"):
            for record in self.env[name].search([("reasons", "!=", False)]):
                record.reasons = fill(record.reasons, f"{name}.reasons")
        return ["kam.tier.proposal.reasons"]

    def _fill_names(self):
        """Names in core's models: customers, contacts, users, territories, products."""
        own = [("company_id", "=", self.company.id)]
        partners = self.accounts.partner_id
        contacts = partners.child_ids.filtered(lambda p: not p.is_company)
        self.env["res.partner.industry"].search([]).name = text_of("industry.name")
        names = {
            "customer": partners,
            "contact": contacts,
            "user": self.env["res.users"].search(
                [("company_ids", "in", self.company.ids), ("login", "!=", "admin")]
            ),
            "team": self.env["crm.team"].search(own),
            "lead": self.env["crm.lead"].search(own),
            "activity": self.env["mail.activity"].search([]),
        }
        for key, records in names.items():
            fname = "summary" if key == "activity" else "name"
            for record in records:
                record[fname] = f"{text_of(f'{key}.name')}{record.id}"
        contacts.write(
            {
                "function": text_of("contact.function"),
                "phone": "javascript:window.kamScript='phone'",
                "website": "javascript:window.kamScript='website'",
            }
        )
        self.env.flush_all()
        return [f"{key}.name" for key in names if key not in ("lead", "activity")]

    # ------------------------------------------------------------
    # What people do with it
    # ------------------------------------------------------------

    def _use(self):
        """Do what copies texts: notes, activities, mails; tracked changes."""
        self._hold_visits()
        self._decide()
        director = self._director()
        account = self.accounts.filtered("tier_id")[0].with_user(director)
        tier = self.company.kam_tier_ids - account.tier_id
        account._assign_tier(tier[0], {account.id: text_of("tier.reason")})
        self.env["kam.account.member"].with_context(tracking_disable=False).create(
            {"account_id": account.id, "user_id": director.id}
        )
        self._handover(director, "linwei").action_hand_over()
        occasion = self.env["kam.occasion"].search([], limit=1)
        occasion.with_context(tracking_disable=False).name = text_of("occasion.tracked")
        self.env.flush_all()
        self.env.cr.precommit.run()
        self.env["kam.approval"]._cron_remind()
        self.env["kam.approval"]._cron_escalate()
        self.env.flush_all()

    def _director(self):
        return self.env.ref("key_account_management.demo_user_zhoutao")

    def _hold_visits(self):
        visits = self.env["kam.visit"].search([("state", "=", "planned")])
        now = fields.Datetime.now()
        for visit in visits[:2]:
            visit.write(
                {
                    "start": now.replace(microsecond=0),
                    "next_step": text_of("visit.next_step"),
                    "main_points": text_of("visit.main_points"),
                }
            )
            visit.with_user(visit.user_id).action_done()
        findings = self.env["kam.visit.finding"].search([("state", "=", "open")])
        for finding in findings:
            finding.user_id = finding.visit_id.user_id
            finding.action_hand_over()

    def _decide(self):
        """One document of each kind is refused, with a comment."""
        rows = self.env["kam.approval"].search([("state", "=", "pending")])
        for same in rows.grouped("res_model").values():
            row = same.filtered("decider_ids")[:1]
            document = self.env[row.res_model].browse(row.res_id)
            document.with_user(row.decider_ids[:1]).action_refuse(text_of("refusal"))

    def _handover(self, director, login):
        former = self.env.ref(f"key_account_management.demo_user_{login}")
        return (
            self.env["kam.account.handover"]
            .with_user(director)
            .create(
                {
                    "company_id": self.company.id,
                    "from_user_id": former.id,
                    "to_user_id": self.env.ref(
                        "key_account_management.demo_user_chenjie"
                    ).id,
                    "note": HTML
                    % {"mark": mark("handover.note"), "name": "handover.note"},
                }
            )
        )

    # ------------------------------------------------------------
    # Checks
    # ------------------------------------------------------------

    def _find_html(self):
        """Stored HTML that a text became a part of, in any model."""
        found = []
        for name, Model in self.env.registry.items():
            if Model._abstract or not Model._auto:
                continue
            for field in Model._fields.values():
                if field.type != "html" or not field.store:
                    continue
                self.env.cr.execute(
                    SQL(
                        r"SELECT id FROM %s WHERE %s::text ~ %s LIMIT 3",
                        SQL.identifier(Model._table),
                        SQL.identifier(field.name),
                        r'<img src=\\?"x|<[a-z][^>]*kamScript|<script|<iframe',
                    )
                )
                found += [
                    f"{name}.{field.name} {row[0]}" for row in self.env.cr.fetchall()
                ]
        return found

    def _assert_harmless(self, html, where):
        tree = etree.HTML(str(html))
        for element in tree.iter(etree.Element):
            self.assertNotEqual(element.get("src"), "x", where)
            for name, value in element.attrib.items():
                self.assertFalse(name.startswith("on") and "kamScript" in value, where)
                if name in ("href", "src"):
                    self.assertFalse(value.strip().startswith("javascript:"), where)
            if element.tag == "script":
                self.assertNotIn("kamScript", element.text or "", where)
        return " ".join("".join(tree.itertext()).split())

    def test_scripts_in_documents(self):
        """In notes, activities, mails and printed forms."""
        self._fill()
        self._use()
        self.assertFalse(self._find_html())
        mails = self.env["mail.mail"].search([("subject", "like", "to approve")])
        self.assertTrue(mails)
        for mail in mails:
            text = self._assert_harmless(mail.body_html, f"mail {mail.subject}")
            self.assertIn('<img src="x"', text)
            self.assertNotIn("49", mail.subject)
        printed = set()
        for report in self.env["ir.actions.report"].search(
            [("report_name", "=like", "key_account_management.%")]
        ):
            texts = self._print(report)
            self.assertIn('<img src="x"', texts, report.report_name)
            self.assertIn("{{ 7*7 }} ${7*7} #{7*7}", texts, report.report_name)
            printed |= set(re.findall("‹(.*?)›", texts))
        self.assertGreater(len(printed), 40)

    def _print(self, report):
        records = self.env[report.model].search([])
        texts = []
        for record in records[:3]:
            html, _kind = report.with_user(self._director())._render_qweb_html(
                report.report_name, record.ids
            )
            texts.append(self._assert_harmless(html.decode(), report.report_name))
        return " ".join(texts)

    def test_scripts_in_pdf(self):
        self._fill()
        visit = self.env["kam.visit"].search([("state", "=", "done")], limit=1)
        pdf, _kind = (
            self.env["ir.actions.report"]
            .with_context(force_report_rendering=True)
            ._render_qweb_pdf("key_account_management.action_report_visit", visit.ids)
        )
        pages = PdfReader(io.BytesIO(pdf)).pages
        text = "".join("".join(page.extract_text() for page in pages).split())
        self.assertIn("window.kamScript='kam.visit.main_points'", text)
        self.assertIn("{{7*7}}${7*7}", text)

    def test_html_is_sanitised(self):
        """Fields of HTML that are not, and what makes them safe."""
        escaped_by_template = {
            "kam.visit.preparation",
            "kam.visit.preparation.preparation",
        }
        for name, Model in self.env.registry.items():
            for field in Model._fields.values():
                if field.type != "html" or field._module != "key_account_management":
                    continue
                with self.subTest(field=f"{name}.{field.name}"):
                    safe = (
                        field.sanitize,
                        field.sanitize_tags,
                        field.sanitize_attributes,
                    )
                    if not all(safe):
                        self.assertIn(f"{name}.{field.name}", escaped_by_template)
                        self.assertTrue(field.compute and not field.store)

    # ------------------------------------------------------------
    # In a browser
    # ------------------------------------------------------------

    def test_scripts_on_screen(self):
        expected = self._fill()
        self._use()
        director = self._director()
        client = Client(director, self.company)
        order = self.env.ref("key_account_management.demo_order_held")
        order.name = text_of("order.name")
        self.env.flush_all()
        settings = {
            "pages": [*self._pages(client)],
            "calls": [
                {
                    "model": "kam.account.handover",
                    "method": "action_hand_over",
                    "ids": self._handover(director, "wangfang").ids,
                    "text": mark("user.name"),
                },
                {
                    "model": "sale.order",
                    "method": "action_confirm",
                    "ids": order.ids,
                    "text": mark("order.name"),
                },
            ],
            "expected": sorted(
                {*expected, "handover.note", "refusal", "tier.reason"} - DERIVED
            ),
        }
        self.browser_js(
            "/odoo/key-accounts",
            f"odoo.kamShow({json.dumps(settings)})",
            ready="Boolean(odoo.kamShow && document.querySelector('.o_kanban_record'))",
            login="zhoutao",
            timeout=300,
        )

    def _pages(self, client):
        """Each view of each menu, and forms of records in each state."""
        seen = set()
        for page in self._pages_of_menus(client):
            seen.add(page["res_model"])
            yield page
        forms = self.env["ir.ui.view"].search(
            [("type", "=", "form"), ("model", "=like", "kam.%")]
        )
        for model in sorted(set(forms.mapped("model")) - seen):
            Model = client.env[model]
            if not Model._transient and Model.has_access("read"):
                if records := Model.search([], limit=1):
                    yield {
                        "type": "ir.actions.act_window",
                        "name": model,
                        "res_model": model,
                        "views": [[False, "form"]],
                        "res_id": records.id,
                    }

    def _pages_of_menus(self, client):
        for name, menu in self._menus(client).items():
            action = client.load_action(menu.action.id)
            if action["type"] != "ir.actions.act_window" or name in READ_ONLY_MENUS:
                continue
            domain = client.evaluate(action["domain"] or "[]")
            model = action["res_model"]
            common = {
                "type": "ir.actions.act_window",
                "name": name,
                "res_model": model,
                "target": "current",
            }
            if action["target"] == "new":
                continue
            for view, kind in action["views"]:
                if kind != "form":
                    views = [[view, kind], [False, "search"]]
                    yield {**common, "views": views, "domain": domain}
            for view, kind in action["views"]:
                if kind == "form":
                    answer = client.call(model, "get_views", [[view, "form"]])
                    window = Window(client, model, answer, domain, {})
                    for res_id in window._choose():
                        yield {**common, "views": [[view, kind]], "res_id": res_id}
