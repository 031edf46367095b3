import io

import polib

from odoo.tests import TransactionCase, tagged
from odoo.tools import file_open
from odoo.tools.translate import trans_export

MODULE = "key_account_management"


@tagged("post_install", "-at_install")
class TestI18n(TransactionCase):
    def test_chinese_is_complete(self):
        """Every term of the addon has a Chinese translation, and none is left over."""
        buffer = io.BytesIO()
        trans_export(False, [MODULE], buffer, "po", self.env)
        terms = {e.msgid for e in polib.pofile(buffer.getvalue().decode())}
        with file_open(f"{MODULE}/i18n/zh_CN.po") as file:
            chinese = polib.pofile(file.read())
        done = {e.msgid for e in chinese if e.msgstr and not e.fuzzy and not e.obsolete}
        self.assertFalse(sorted(terms - done), "Terms without a Chinese translation")
        self.assertFalse(sorted(done - terms), "Translations of terms that are gone")

    def test_rules_of_other_companies_are_translated(self):
        """A language that is added later reaches the copies, and no own wording."""
        self.env["res.lang"]._activate_lang("fr_FR")
        source = self.env.ref(f"{MODULE}.kam_tier_strategic")
        company = self.env["res.company"].create({"name": "Copy"})
        copy, other = company.kam_tier_ids[:2]
        other.with_context(lang="fr_FR").name = "Les nôtres"
        source.with_context(lang="fr_FR").name = "Stratégique"
        self.env["res.company"]._kam_translate_rules()
        self.assertEqual(copy.with_context(lang="fr_FR").name, "Stratégique")
        self.assertEqual(copy.with_context(lang="en_US").name, source.name)
        self.assertEqual(copy.description, source.description)
        self.assertEqual(other.with_context(lang="fr_FR").name, "Les nôtres")
