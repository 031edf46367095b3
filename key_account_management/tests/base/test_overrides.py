"""Methods of other addons that this one overrides."""

import ast
import inspect
import textwrap

from odoo.tests import TransactionCase, tagged

ADDON = "odoo.addons.key_account_management."


def definition(function):
    """Syntax tree of a function, or None where there is no source."""
    try:
        source = textwrap.dedent(inspect.getsource(inspect.unwrap(function)))
    except (OSError, TypeError):
        return None
    node = ast.parse(source).body[0]
    return node if isinstance(node, ast.FunctionDef) else None


def returns(node):
    """The ``return`` statements of a function, not those of functions inside it."""
    todo = list(node.body)
    while todo:
        statement = todo.pop()
        if isinstance(statement, ast.Return):
            yield statement
        if not isinstance(statement, ast.FunctionDef | ast.Lambda | ast.ClassDef):
            todo += ast.iter_child_nodes(statement)


def kind(value):
    """Type of a value that is written out; None of what is computed."""
    if isinstance(value, ast.Dict):
        return "dict"
    if isinstance(value, ast.List | ast.ListComp):
        return "list"
    if isinstance(value, ast.Constant):
        return type(value.value).__name__
    return None


def falls_through(statements):
    """Whether the end of a block may be reached."""
    last = statements[-1]
    if isinstance(last, ast.If):
        return not last.orelse or any(map(falls_through, (last.body, last.orelse)))
    if isinstance(last, ast.With):
        return falls_through(last.body)
    return not isinstance(last, ast.Return | ast.Raise)


@tagged("post_install", "-at_install")
class TestOverrides(TransactionCase):
    def _overrides(self):
        """Methods of this addon with those of others that they override.

        :return: iterator of (label, syntax tree, list of syntax trees)
        """
        for name, model in self.env.registry.items():
            for position, class_ in enumerate(model.__mro__):
                if not class_.__module__.startswith(ADDON):
                    continue
                for method, function in vars(class_).items():
                    others = [
                        vars(other)[method]
                        for other in model.__mro__[position + 1 :]
                        if method in vars(other)
                        and other.__module__.startswith("odoo.")
                        and not other.__module__.startswith(ADDON)
                    ]
                    if not inspect.isfunction(function) or not others:
                        continue
                    nodes = [node for node in map(definition, others) if node]
                    yield f"{name}.{method}", definition(function), nodes

    def test_return_what_the_overridden_returns(self):
        labels = set()
        for label, own, others in self._overrides():
            values = [r.value for other in others for r in returns(other) if r.value]
            kinds = set(map(kind, values)) - {None}
            if not any(kind(value) != "NoneType" for value in values):
                continue
            labels.add(label)
            with self.subTest(method=label):
                self.assertFalse(falls_through(own.body), "Return something")
                for statement in returns(own):
                    self.assertIsNotNone(statement.value, "Return something")
                    if kinds and (written := kind(statement.value)):
                        self.assertIn(written, kinds)
        self.assertIn("sale.order.action_confirm", labels)
        self.assertIn("res.partner.write", labels)
