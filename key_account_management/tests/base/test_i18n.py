import ast
import io
import re
from pathlib import Path

import polib

from odoo.tests import TransactionCase, tagged
from odoo.tools import file_open, file_path
from odoo.tools.translate import trans_export

MODULE = "key_account_management"
# Codes that are written alike in every language
CODE = re.compile(r"[A-Z]{1,2}\d*|[^A-Za-z]*")
# Words that several fields or choices use, and that mean the same for all of them
ONE_MEANING = {
    "Account manager",
    "Approval",
    "Approved",
    "Cancelled",
    "Comment",
    "Competitors",
    "Customer",
    "Date",
    "Done",
    "Draft",
    "Event",
    "Fit",
    "Honoured",
    "Indicator",
    "Information",
    "Kind",
    "Last Visit",
    "Late",
    "Logistics",
    "Needs",
    "Normal",
    "Notes",
    "Online",
    "Opportunity",
    "Other",
    "Passed",
    "Phone",
    "Problem",
    "Reason",
    "Refused",
    "Result",
    "Support",
    "Technology",
    "To approve",
    "User",
    "Visit",
    "Visits",
}


@tagged("post_install", "-at_install")
class TestI18n(TransactionCase):
    def test_chinese_is_complete(self):
        """Every term of the addon has a Chinese translation, and none is left over."""
        terms = {e.msgid for e in self._export_terms()}
        chinese = self._read_terms("zh_CN.po")
        done = {e.msgid for e in chinese if e.msgstr and not e.fuzzy and not e.obsolete}
        self.assertFalse(sorted(terms - done), "Terms without a Chinese translation")
        self.assertFalse(sorted(done - terms), "Translations of terms that are gone")

    def test_every_sentence_of_the_code_is_a_term(self):
        """Odoo does not see what is translated within an f-string."""
        terms = {
            entry.msgid
            for entry in self._export_terms()
            if any(ref.startswith("code:") for ref, _line in entry.occurrences)
        }
        sources = Path(file_path(MODULE)).rglob("*.py")
        for path in sources:
            if "tests" in path.parts:
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                if (
                    isinstance(node, ast.Call)
                    and getattr(node.func, "attr", "") == "_"
                    and node.args
                    and isinstance(node.args[0], ast.Constant)
                ):
                    with self.subTest(file=path.name, line=node.lineno):
                        self.assertIn(node.args[0].value, terms)

    def test_no_gap_between_chinese_characters(self):
        """A line break of the source would show as a space."""
        gap = re.compile(r"[\u4e00-\u9fff，。；：、]\s*[ \t]+[\u4e00-\u9fff]")
        terms = [entry.msgstr for entry in self._read_terms("zh_CN.po")]
        self.assertFalse([term for term in terms if gap.search(term)])

    def test_references_are_those_of_today(self):
        """Odoo finds the translation of a view or a record by its reference."""
        today = self._get_references(self._export_terms())
        for name in (f"{MODULE}.pot", "zh_CN.po"):
            kept = self._get_references(self._read_terms(name))
            self.assertFalse(sorted(today - kept), f"Missing in {name}")
            self.assertFalse(sorted(kept - today), f"Gone, but in {name}")

    def _export_terms(self):
        buffer = io.BytesIO()
        trans_export(False, [MODULE], buffer, "po", self.env)
        return polib.pofile(buffer.getvalue().decode())

    def _read_terms(self, name):
        with file_open(f"{MODULE}/i18n/{name}") as file:
            return polib.pofile(file.read())

    def _get_references(self, terms):
        return {
            (entry.msgid, reference)
            for entry in terms
            for reference, _line in entry.occurrences
            if not reference.startswith("code:")
        }

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

    def test_screens_are_chinese(self):
        """Labels and choices that Odoo translates, wherever they come from."""
        self.env["res.lang"]._activate_lang("zh_CN")
        self.env["ir.module.module"].search(
            [("name", "=", MODULE)]
        )._update_translations("zh_CN")
        english = []
        for model, names in self._get_own_fields().items():
            record = self.env[model]
            before, after = (
                record.with_context(lang=lang).fields_get(
                    names, ["string", "selection"]
                )
                for lang in ("en_US", "zh_CN")
            )
            for name in before:
                for term, translation in zip(
                    self._get_terms(before[name]),
                    self._get_terms(after[name]),
                    strict=True,
                ):
                    if term == translation and not CODE.fullmatch(term):
                        english.append(f"{model}.{name}: {term}")
        self.assertFalse(english)

    def _get_terms(self, description):
        return [
            description["string"],
            *(label for _value, label in description.get("selection", ())),
        ]

    def test_one_label_has_one_meaning(self):
        """One English word that stands for two things has one translation only.

        A label of fields of several kinds, or an option of several lists, is looked at
        once, in every language, before it is named as one word above. The value of an
        option tells nothing: both a customer and an influence were "medium".
        """
        labels, choices = {}, {}
        for model, names in self._get_own_fields().items():
            for name in names:
                field = self.env[model]._fields[name]
                labels.setdefault(field.string, {}).setdefault(
                    field.comodel_name or field.type, []
                ).append(str(field))
                options = self._get_options(field)
                for label in options.values():
                    choices.setdefault(label, {}).setdefault(tuple(options), []).append(
                        str(field)
                    )
        several = {
            label: uses
            for senses in (labels, choices)
            for label, uses in senses.items()
            if len(uses) > 1 and label not in ONE_MEANING
        }
        for label in labels.keys() & choices.keys() - ONE_MEANING:
            several.setdefault(label, {**labels[label], **choices[label]})
        self.assertFalse(several)
        gone = ONE_MEANING - labels.keys() - choices.keys()
        self.assertFalse(gone, "Words that no field has any more")

    def _get_options(self, field):
        """Labels by value of a choice that lists its own."""
        if field.type == "selection" and isinstance(field.selection, list):
            return dict(field.selection)
        return {}

    def _get_own_fields(self):
        """Names of the fields that the addon defines and translates, by model.

        Those that its models have from a mixin of another addon are not its own.
        """
        own = {}
        for field in self.env["ir.model.fields"].search([("state", "=", "base")]):
            definition = self.env[field.model]._fields.get(field.name)
            if (
                definition
                and definition._module == MODULE
                and definition.export_string_translation
            ):
                own.setdefault(field.model, []).append(field.name)
        self.assertIn("kam.account", own)
        return own
