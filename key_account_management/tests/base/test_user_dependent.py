import inspect
import re

from odoo.tests import TransactionCase, tagged

MODULE = "odoo.addons.key_account_management."
# What gives each user a result of his own: in superuser mode as well, or by rules
OWN = re.compile(r"env\.uid\b|env\.user\b|\.sudo\(False\)")
RULES = re.compile(
    r"""_filtered_access\(|has_access\(
    |self\.env\["[\w.]+"\]\.(search|search_count|search_fetch|_read_group)\(""",
    re.VERBOSE,
)


@tagged("post_install", "-at_install")
class TestUserDependent(TransactionCase):
    """One user is not shown what was computed for another one."""

    def test_computes_depend_on_the_user(self):
        """Those that ask for rights, or search by rules. Stored ones are of all."""
        for name, model in self.env.registry.items():
            for field in model._fields.values():
                if field.store or not isinstance(field.compute, str):
                    continue
                function = inspect.unwrap(getattr(model, field.compute, None))
                if not getattr(function, "__module__", "").startswith(MODULE):
                    continue
                source = inspect.getsource(function)
                if not OWN.search(source) and (
                    field.compute_sudo or not RULES.search(source)
                ):
                    continue
                with self.subTest(model=name, field=field.name):
                    context = self.env.registry.field_depends_context[field]
                    self.assertIn("uid", context)
