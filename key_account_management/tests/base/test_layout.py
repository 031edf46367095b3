"""The house: where a file lies, what it is called, and what it may use."""

import ast
import tempfile
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

from odoo.tests import BaseCase, tagged
from odoo.tests.loader import get_test_modules

ADDON = "key_account_management"
ROOT = Path(__file__).parents[2]
# Capabilities: each uses those before it, none uses those after it
FOLDERS = (
    "base",
    "approval",
    "register",
    "credit",
    "relationship",
    "screening",
    "visit",
    "suggestion",
    "service",
    "plan",
    "intelligence",
    "programme",
    "health",
)
KINDS = ("models", "wizard", "report")
# Files named as core names theirs, or after a mixin in words of their own
NAMES = {
    "base_partner_merge": "base.partner.merge.automatic.wizard",
    "ir_actions": "ir.actions.actions",
    "kam_score_mixin": "kam.indicator.mixin",
    "kam_screening_part": "kam.screening.part.mixin",
}
# What shares the file of a model without bearing its name
LINES = {
    "kam_form_mixin": {"kam.form.part.mixin"},
    "kam_risk_indicator": {"kam.risk.line"},
    "kam_score_mixin": {"kam.score.line.mixin", "kam.indicator.score.mixin"},
    "kam_screening_part": {
        "kam.screening.advantage",
        "kam.screening.competitor",
        "kam.screening.resource",
        "kam.screening.statement",
    },
    "kam_visit_type": {"kam.visit.check"},
}
MENUS = Path("views/kam_menus.xml")
# Names that core gives to what views of core's models show
OF_CORE = {"action_cancel", "res_model", "user_id"}


# ------------------------------------------------------------
# Reading the tree
# ------------------------------------------------------------


def get_modules(root):
    """Python files of the capabilities: path, kind, folder, syntax tree.

    The folder is empty for what lies in none.
    """
    for kind in KINDS:
        for path in sorted((root / kind).rglob("*.py")):
            _kind, *folders, _name = path.relative_to(root).parts
            yield path.relative_to(root), "/".join(folders), ast.parse(path.read_text())


def get_imports(path, tree):
    """What a module imports of this addon, as paths from its root."""
    prefix = ["odoo", "addons", ADDON]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name.split(".") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            package = []
            if node.level:
                up = node.level - 1
                parents = path.parent.parts
                package = [*prefix, *parents[: len(parents) - up]]
            module = node.module.split(".") if node.module else []
            names = [[*package, *module, alias.name] for alias in node.names]
        else:
            continue
        for name in names:
            if name[:3] == prefix:
                yield node.lineno, name[3:]


def get_models(tree):
    """Models that a module defines or extends, in order: name, new or not, bases."""
    for node in tree.body:
        if not isinstance(node, ast.ClassDef):
            continue
        values = {}
        for statement in node.body:
            if isinstance(statement, ast.Assign) and isinstance(
                statement.targets[0], ast.Name
            ):
                values[statement.targets[0].id] = statement.value
        name, inherit = (
            ast.literal_eval(values[key]) if key in values else None
            for key in ("_name", "_inherit")
        )
        if isinstance(inherit, str):
            name, inherit = name or inherit, [inherit]
        inherit = inherit or []
        if name:
            bases = {ast.unparse(base).split(".")[-1] for base in node.bases}
            yield name, name not in inherit, inherit, bases


def get_private_methods(tree):
    """Names of the private methods of the classes of a module."""
    for node in tree.body:
        for statement in getattr(node, "body", ()):
            if isinstance(statement, ast.FunctionDef):
                if statement.name.startswith("_"):
                    yield statement.name


def get_view_names(tree):
    """Names of the fields and methods of the classes of a module."""
    for node in tree.body:
        for statement in getattr(node, "body", ()):
            if isinstance(statement, ast.FunctionDef):
                yield statement.name
            elif isinstance(statement, ast.Assign) and isinstance(
                statement.value, ast.Call
            ):
                yield ast.unparse(statement.targets[0])


def get_names(tree):
    """Attributes and texts of a module: among them are the models that it uses."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield node.lineno, node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


# ------------------------------------------------------------
# The rules: each returns what breaks it
# ------------------------------------------------------------


def find_misplaced(root):
    """Files in no folder, or in one that is no capability."""
    return [
        f"{path}: {folder or 'no folder'} is no capability"
        for path, folder, _tree in get_modules(root)
        if folder not in FOLDERS and (folder or path.name != "__init__.py")
    ]


def find_upward(root):
    """What is used from a folder further down.

    Imports, models by their names, and private methods that no earlier folder defines.
    """
    rank = {folder: number for number, folder in enumerate(FOLDERS)}
    modules = [module for module in get_modules(root) if module[1] in rank]
    defined = {
        name: folder
        for _path, folder, tree in modules
        for name, new, _inherit, _bases in get_models(tree)
        if new
    }
    for _path, folder, tree in reversed(modules):
        for name in get_private_methods(tree):
            defined[name] = min(defined.get(name, folder), folder, key=rank.get)
    found = []
    for path, folder, tree in modules:
        for line, target in get_imports(path, tree):
            used = target[1] if target[0] in KINDS and len(target) > 1 else None
            if rank.get(used, -1) > rank[folder]:
                found.append(f"{path}:{line}: imports from {used}")
        for line, name in get_names(tree):
            used = defined.get(name)
            if rank.get(used, -1) > rank[folder]:
                found.append(f"{path}:{line}: uses {name} of {used}")
    return found


def find_upward_views(root):
    """Fields and buttons in a view that only a later folder defines.

    A name of one word is likely one of core, too: it is left out.
    """
    rank = {folder: number for number, folder in enumerate(FOLDERS)}
    defined = {}
    for _path, folder, tree in get_modules(root):
        if folder in rank:
            for name in get_view_names(tree):
                defined[name] = min(defined.get(name, folder), folder, key=rank.get)
    return [
        f"{path.relative_to(root)}: shows {name} of {defined[name]}"
        for kind in ("views", "wizard", "report")
        for path in sorted((root / kind).rglob("*.xml"))
        if (folder := path.relative_to(root).parts[1]) in rank
        for node in ElementTree.parse(path).iter()
        if node.tag in ("field", "button") and "_" in (name := node.get("name", ""))
        if name not in OF_CORE and rank.get(defined.get(name), -1) > rank[folder]
    ]


def find_reopened(root):
    """Models opened more than once in their folder."""
    opened = Counter(
        (folder, name)
        for _path, folder, tree in get_modules(root)
        for name, *_rest in get_models(tree)
    )
    return [
        f"{folder}: {name} is opened {times} times"
        for (folder, name), times in opened.items()
        if times > 1
    ]


def find_misnamed(root):
    """Files that bear another name than that of their model, or hold a second one.

    A model may share the file of another if its name continues that of the other.

    :return: what breaks this, and exceptions that are not needed
    """
    found = []
    unused = {*NAMES.items()}
    unused |= {(stem, name) for stem, names in LINES.items() for name in names}
    for path, _folder, tree in get_modules(root):
        models = list(get_models(tree))
        wanted = NAMES.get(path.stem, path.stem.replace("_", "."))
        own = wanted if wanted in [name for name, *_rest in models] else None
        if models and not own:
            found.append(f"{path}: holds {models[0][0]}")
            continue
        for name, new, _inherit, bases in models:
            excepted = name in LINES.get(path.stem, ())
            unused.discard((path.stem, name))
            line = name.startswith(f"{own}.") or "TransientModel" in bases
            if name != own and not excepted and not (new and line):
                found.append(f"{path}: also holds {name}")
    return found, [f"{stem}.py holds no {name}" for stem, name in sorted(unused)]


def find_unknown_tests(root, known):
    """Files with tests that Odoo does not know, and names that are there twice.

    :param known: files of the modules that Odoo's loader found
    """
    paths = sorted((root / "tests").rglob("test_*.py"))
    unknown = [path.relative_to(root) for path in paths if path not in known]
    names = Counter(path.name for path in paths)
    return [
        *(f"{path}: not found" for path in unknown),
        *(f"{name}: there {times} times" for name, times in names.items() if times > 1),
    ]


def find_handmade_actions(root):
    """Window actions put together by hand: `ir_actions.py` opens records."""
    return [
        f"{path}:{node.lineno}"
        for path, folder, tree in get_modules(root)
        if folder != "base"
        for node in ast.walk(tree)
        if (isinstance(node, ast.Constant) and node.value == "ir.actions.act_window")
        or (isinstance(node, ast.Attribute) and node.attr == "_for_xml_id")
    ]


def find_stray_menus(root):
    """Files with menus, but for the one that has them all."""
    return [
        str(path.relative_to(root))
        for path in sorted(root.rglob("*.xml"))
        if path.relative_to(root) != MENUS
        and any(
            node.tag == "menuitem" or node.get("model") == "ir.ui.menu"
            for node in ElementTree.parse(path).iter()
        )
    ]


@tagged("post_install", "-at_install")
class TestLayout(BaseCase):
    """The source of this addon keeps the rules."""

    def test_folders(self):
        self.assertFalse(find_misplaced(ROOT))

    def test_nothing_is_used_from_below(self):
        self.assertFalse(find_upward(ROOT))

    def test_nothing_is_shown_from_below(self):
        self.assertFalse(find_upward_views(ROOT))

    def test_class_is_opened_once(self):
        self.assertFalse(find_reopened(ROOT))

    def test_file_is_named_after_its_model(self):
        found, unused = find_misnamed(ROOT)
        self.assertFalse(found)
        self.assertFalse(unused)

    def test_tests_are_found(self):
        known = {Path(module.__file__) for module in get_test_modules(ADDON)}
        self.assertFalse(find_unknown_tests(ROOT, known))

    def test_one_way_to_open_records(self):
        self.assertFalse(find_handmade_actions(ROOT))

    def test_menus_in_one_file(self):
        self.assertFalse(find_stray_menus(ROOT))


@tagged("post_install", "-at_install")
class TestLayoutRules(BaseCase):
    """The rules find what breaks them, in small trees made up for that."""

    def _tree(self, files):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        root = Path(folder.name)
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return root

    def _model(self, *lines, base="Model"):
        return f"class A(models.{base}):\n" + "".join(f"    {li}\n" for li in lines)

    def test_folders(self):
        root = self._tree(
            {
                "models/__init__.py": "",
                "models/visit/kam_visit.py": "",
                "models/kam_account.py": "",
                "wizard/elsewhere/kam_visit.py": "",
                "report/visit/old/kam_visit.py": "",
            }
        )
        self.assertEqual(
            [text.split(":")[0] for text in find_misplaced(root)],
            [
                "models/kam_account.py",
                "wizard/elsewhere/kam_visit.py",
                "report/visit/old/kam_visit.py",
            ],
        )

    def test_upward_imports(self):
        for text, found in (
            ("from ..visit.kam_visit import STATES", True),
            ("from ..visit import kam_visit", True),
            ("from .. import visit", True),
            ("from ...wizard.visit.kam_visit_plan import A", True),
            ("def f():\n    from ..visit.kam_visit import STATES", True),
            (f"from odoo.addons.{ADDON}.models.visit.kam_visit import A", True),
            (f"import odoo.addons.{ADDON}.models.visit.kam_visit", True),
            ("from ..base.groups import SUPERVISORS", False),
            ("from ..register.kam_account import A", False),
            ("from .kam_tier import A", False),
            ("from . import kam_tier", False),
            ("from odoo.addons.sale.models.visit import A", False),
        ):
            with self.subTest(text):
                root = self._tree({"models/register/kam_account.py": text})
                self.assertEqual(bool(find_upward(root)), found)
        root = self._tree({"models/visit/kam_visit.py": "from ..base.groups import A"})
        self.assertFalse(find_upward(root))

    def test_upward_models(self):
        calendar = self._model('_name = "kam.visit.calendar"', base="AbstractModel")
        part = self._model('_name = "kam.tier"', '_inherit = ["kam.visit.calendar"]')
        extension = self._model('_inherit = "kam.visit.calendar"')
        files = {"models/visit/kam_visit_calendar.py": calendar}
        for text in (part, extension):
            root = self._tree({**files, "models/credit/kam_tier.py": text})
            self.assertEqual(len(find_upward(root)), 1)
            root = self._tree({**files, "models/plan/kam_tier.py": text})
            self.assertFalse(find_upward(root))

    def test_upward_names(self):
        method = "    def _plan_visits(self):\n        pass\n"
        files = {
            "models/visit/kam_visit.py": self._model('_name = "kam.visit"') + method
        }
        for text in ('x = env["kam.visit"]', "account._plan_visits()"):
            root = self._tree({**files, "models/credit/kam_account.py": text})
            self.assertEqual(len(find_upward(root)), 1, text)
            root = self._tree({**files, "models/plan/kam_account.py": text})
            self.assertFalse(find_upward(root), text)
        hook = self._model('_name = "kam.account"') + method
        text = "account._plan_visits()"
        root = self._tree(
            {
                **files,
                "models/register/kam_account.py": hook,
                "models/credit/kam_account.py": text,
            }
        )
        self.assertFalse(find_upward(root))

    def test_upward_views(self):
        model = self._model('_name = "kam.visit"') + "    is_late = fields.Boolean()\n"
        view = "<odoo><field name='is_late'/><field name='name'/></odoo>"
        files = {"models/visit/kam_visit.py": model}
        for folder, count in (("screening", 1), ("visit", 0), ("plan", 0)):
            root = self._tree({**files, f"views/{folder}/kam_x_views.xml": view})
            self.assertEqual(len(find_upward_views(root)), count, folder)

    def test_reopened(self):
        new = self._model('_name = "kam.visit"', '_inherit = ["mail.thread"]')
        again = self._model('_inherit = "kam.visit"')
        for text, where, found in (
            (again, "models/visit/kam_visit_rules.py", True),
            (again, "wizard/visit/kam_visit.py", True),
            (again, "models/suggestion/kam_visit.py", False),
            (self._model('_name = "kam.x"'), "models/visit/kam_x.py", False),
        ):
            with self.subTest(where, found=found):
                root = self._tree({"models/visit/kam_visit.py": new, where: text})
                self.assertEqual(bool(find_reopened(root)), found)
        root = self._tree({"models/visit/kam_visit.py": new + again})
        self.assertTrue(find_reopened(root))

    def test_misnamed(self):
        visit = self._model('_name = "kam.visit"')
        for name, text, found in (
            ("kam_visit", visit, False),
            ("kam_visit_rules", visit, True),
            ("res_partner", self._model('_inherit = "res.partner"'), False),
            ("res_partner_visit", self._model('_inherit = "res.partner"'), True),
            ("kam_visit", visit + self._model('_name = "kam.visit.check"'), False),
            ("kam_visit", self._model('_name = "kam.visit.mixin"') + visit, False),
            ("kam_visit", visit + self._model('_name = "kam.visitor"'), True),
            ("kam_visit", visit + self._model('_name = "kam.tier"'), True),
            ("kam_visit", visit + self._model('_inherit = "kam.visit.line"'), True),
            (
                "kam_visit",
                visit + self._model('_name = "kam.way"', base="TransientModel"),
                False,
            ),
            ("groups", "SUPERVISORS = 1", False),
            ("constants", "class Plain:\n    pass", False),
        ):
            with self.subTest(name, found=found):
                root = self._tree({f"models/visit/{name}.py": text})
                self.assertEqual(bool(find_misnamed(root)[0]), found)
        for stem, names in LINES.items():
            model = NAMES.get(stem, stem.replace("_", "."))
            texts = [self._model(f'_name = "{name}"') for name in (model, *names)]
            root = self._tree({f"models/visit/{stem}.py": "".join(texts)})
            found, unused = find_misnamed(root)
            self.assertFalse(found)
            self.assertFalse([text for text in unused if text.startswith(f"{stem}.")])

    def test_unknown_tests(self):
        root = self._tree(
            {"tests/visit/test_a.py": "", "tests/test_b.py": "", "tests/c.py": ""}
        )
        known = {root / "tests/visit/test_a.py"}
        self.assertEqual(
            find_unknown_tests(root, known), ["tests/test_b.py: not found"]
        )
        root = self._tree({"tests/visit/test_a.py": "", "tests/credit/test_a.py": ""})
        known = set((root / "tests").rglob("*.py"))
        self.assertEqual(find_unknown_tests(root, known), ["test_a.py: there 2 times"])

    def test_handmade_actions(self):
        text = 'def f():\n    return {"type": "ir.actions.act_window"}'
        for name, found in (
            ("models/base/ir_actions.py", []),
            ("models/visit/kam_visit.py", ["models/visit/kam_visit.py:2"]),
            ("wizard/visit/kam_visit_plan.py", ["wizard/visit/kam_visit_plan.py:2"]),
        ):
            self.assertEqual(find_handmade_actions(self._tree({name: text})), found)
        edited = self._tree({"models/visit/kam_visit.py": "actions._for_xml_id('x')"})
        self.assertTrue(find_handmade_actions(edited))

    def test_stray_menus(self):
        item = '<odoo><menuitem id="a"/></odoo>'
        root = self._tree(
            {
                "views/kam_menus.xml": item,
                "views/visit/kam_menus.xml": item,
                "views/a.xml": '<odoo><record id="a" model="ir.ui.menu"/></odoo>',
                "views/b.xml": '<odoo><record id="a" model="ir.ui.view"/></odoo>',
                "static/src/c.xml": "<templates/>",
            }
        )
        self.assertEqual(
            find_stray_menus(root), ["views/a.xml", "views/visit/kam_menus.xml"]
        )
