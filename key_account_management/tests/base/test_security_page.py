from pathlib import Path

from odoo.tests import tagged

from .common import RecordCase

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
OPERATIONS = {"read": "r", "write": "w", "create": "c", "unlink": "d"}


@tagged("post_install", "-at_install")
class TestSecurityPage(RecordCase):
    """The tables of SECURITY.md say what the rules say."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.south = cls.env["crm.team"].create({"name": "South"})

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
                self.assertEqual(
                    shown,
                    lines,
                    "Put this into SECURITY.md:\n" + "\n".join(lines),
                )

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
                cells = self._cells(model)
                rows.append([f"{name} `{model}`", *cells])
        return self._table(["", *COLUMNS.values()], rows)

    def _cells(self, model):
        """Letters of what somebody may do, and with whose records."""
        try:
            mine = self._create(model)
            with self._belonging_to(self.users["ben"], self.south):
                others = self._create(model)
        except KeyError:  # not entered by people, or configuration
            mine = others = self.env[model]
        cells = []
        for login in COLUMNS:
            Model = self.env[model].with_user(self.users[login])
            letters = "".join(
                letter
                for operation, letter in OPERATIONS.items()
                if Model.has_access(operation)
                and mine.with_user(self.users[login]).has_access(operation)
            )
            scope = ""
            if letters and mine:
                everything = others.with_user(self.users[login]).has_access("read")
                scope = " all" if everything else " own"
                if not everything and login == "sue":
                    scope = " territory"
            cells.append(f"{letters}{scope}" or "–")
        return cells

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
                if ours and field.groups:
                    groups = ", ".join(
                        sorted(
                            self.env.ref(group.strip()).full_name
                            for group in field.groups.split(",")
                        )
                    )
                    rows.setdefault((model, groups), []).append(f"`{fname}`")
        return self._table(
            ["model", "fields", "read and written by"],
            [
                [f"`{model}`", ", ".join(fnames), groups]
                for (model, groups), fnames in rows.items()
            ],
        )
