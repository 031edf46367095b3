from pathlib import Path

from odoo.fields import Domain
from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from ...models.base.kam_guard_mixin import TALK_PREFIXES
from ..common import KamCase

PAGE = Path(__file__).parents[3] / "SECURITY.md"
COLUMNS = {
    "amy": "account manager",
    "sue": "supervisor",
    "max": "key-account manager",
    "dora": "marketing director",
    "eve": "general manager",
    "tom": "auditor",
    "joe": "no role",
}
# Fields of users that rules ask for, besides those called user_…
PEOPLE = {"manager_id", "kam_leader_ids", "create_uid"}
NOBODYS = "nobody's"
OPERATIONS = {"read": "r", "write": "w", "create": "c", "unlink": "d"}


@tagged("post_install", "-at_install")
class TestSecurityPage(KamCase):
    """The tables of SECURITY.md say what the rules say."""

    def test_tables(self):
        if not PAGE.exists():
            self.skipTest("The addon is installed without its repository.")
        page = PAGE.read_text()
        for name, lines in (
            ("rights", self._rights_table()),
            ("decisions", self._decisions_table()),
            ("fields", self._fields_table()),
        ):
            begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
            with self.subTest(name):
                shown = page.partition(begin)[2].partition(end)[0].splitlines()
                wanted = "\n".join(lines)
                self.assertEqual(shown, lines, f"SECURITY.md needs:\n{wanted}")

    def _table(self, header, rows):
        return [
            "| " + " | ".join(cells) + " |"
            for cells in (header, ["---"] * len(header), *rows)
        ]

    # ------------------------------------------------------------
    # Who may do what with which records
    # ------------------------------------------------------------

    def _rights_table(self):
        rows = []
        for model, cls in sorted(self.env.registry.items()):
            if model.startswith("kam.") and not (cls._abstract or cls._transient):
                name = self.env["ir.model"]._get(model).name
                cells = [self._cell(model, self.users[login]) for login in COLUMNS]
                rows.append([f"{name} `{model}`", *cells])
        return self._table(["", *COLUMNS.values()], rows)

    def _cell(self, model, user):
        """Letters of what somebody may do, and with whose records."""
        letters = {}
        for operation, letter in OPERATIONS.items():
            if self.env[model].with_user(user).has_access(operation):
                scope = self._scope(model, user, operation)
                letters[scope] = letters.get(scope, "") + letter
        letters.pop(NOBODYS, None)
        cells = (f"{text} {scope}".strip() for scope, text in letters.items())
        return ", ".join(cells) or "–"

    def _scope(self, model, user, operation):
        rules = self.env["ir.rule"].search(
            [("model_id.model", "=", model), (f"perm_{operation}", "=", True)]
        )
        domains = [
            Domain(safe_eval(rule.domain_force, rule._eval_context()))
            for rule in rules.filtered(lambda rule: rule.groups & user.all_group_ids)
        ]
        if not domains:
            return ""
        if any(domain.is_true() for domain in domains):
            return "all"
        asked = [self._people_asked_for(domain) for domain in domains]
        if not all(asked):
            return "all *"
        if any("kam_leader_ids" in names for names in asked) and user._kam_is_leader():
            return "territory"
        own = any(names - {"kam_leader_ids"} for names in asked)
        return "own" if own else NOBODYS

    def _people_asked_for(self, domain):
        """Names of the fields of users in a domain."""
        paths = (condition.field_expr for condition in domain.iter_conditions())
        names = {path.rpartition(".")[2] for path in paths}
        return {n for n in names if n.startswith("user_") or n in PEOPLE}

    # ------------------------------------------------------------
    # Who decides
    # ------------------------------------------------------------

    def _decisions_table(self):
        steps = self.env["kam.approval.step"].search([])
        deciders = dict(steps._fields["decider_type"]._description_selection(self.env))
        rows = []
        for step in steps:
            decider = step.group_id.name or deciders[step.decider_type]
            days = f"{step.days} days" if step.days else "–"
            if step.extend_group_id and step.max_days:
                days += f", extended to {step.max_days} by {step.extend_group_id.name}"
            rows.append([step.model_id.name, step.name, decider, days])
        return self._table(["document", "step", "who decides", "within"], rows)

    # ------------------------------------------------------------
    # Fields that need more than the record
    # ------------------------------------------------------------

    def _fields_table(self):
        rows = {}
        for model, cls in sorted(self.env.registry.items()):
            if cls._abstract or cls._transient:
                continue
            for fname, field in sorted(cls._fields.items()):
                ours = model.startswith("kam.") or fname.startswith("kam_")
                inherited = field.inherited or fname.startswith(TALK_PREFIXES)
                if ours and field.groups and not inherited:
                    key = model, self._group_names(field.groups)
                    rows.setdefault(key, []).append(f"`{fname}`")
        return self._table(
            ["model", "fields", "for"],
            [
                [f"`{model}`", ", ".join(fnames), groups]
                for (model, groups), fnames in sorted(rows.items())
            ],
        )

    def _group_names(self, groups):
        names = (
            self.env.ref(group.strip()).name if "." in group else group
            for group in groups.split(",")
        )
        return ", ".join(sorted(names))
