from odoo.tests import tagged
from odoo.tools import SQL

from ...hooks import post_init_hook
from ..common import KamCase


@tagged("post_install", "-at_install", "multi_company")
class TestCompanyRules(KamCase):
    """The rules that a new company starts with: those in force where it is made."""

    def _new_company(self, name="Copied Test"):
        return self.env["res.company"].create({"name": name})

    def _cadences(self, company):
        return {
            (c.tier_id.name or "potential", c.level, c.interval_number, c.interval_unit)
            for c in company.kam_visit_cadence_ids
        }

    def _drop_rules(self, company):
        """Leave a company as it was before the addon came."""
        for fname in reversed(company._kam_rule_sets()):
            rules = company.with_context(active_test=False)[fname]
            self.env.cr.execute(  # the last criterion cannot be deleted otherwise
                SQL(
                    "DELETE FROM %s WHERE id = ANY(%s)",
                    SQL.identifier(rules._table),
                    rules.ids,
                )
            )
        self.env.invalidate_all()

    def test_every_kind_is_copied(self):
        company = self._new_company()
        for fname in company._kam_rule_sets():
            with self.subTest(fname):
                self.assertTrue(company[fname])
                self.assertEqual(len(company[fname]), len(self.company[fname]))
        self.assertEqual(self._cadences(company), self._cadences(self.company))
        self.assertEqual(company.kam_visit_cadence_ids.tier_id, company.kam_tier_ids)

    def test_rules_refer_to_those_named_before(self):
        """What refers to other rules comes after these: else it is not copied."""
        seen = set()
        models = [
            self.company._fields[fname].comodel_name
            for fname in self.company._kam_rule_sets()
        ]
        for model in models:
            for field in self.env[model]._fields.values():
                if field.type == "many2one" and field.comodel_name in models:
                    self.assertIn(field.comodel_name, seen)
            seen.add(model)

    def test_archived_tier_with_a_cadence(self):
        """Its cadences are left out; those of the tiers below are not shifted."""
        self.core.active = False
        company = self._new_company()
        self.assertEqual(
            company.kam_tier_ids.mapped("name"), [self.strategic.name, self.key.name]
        )
        self.assertEqual(
            self._cadences(company),
            {row for row in self._cadences(self.company) if row[0] != self.core.name},
        )

    def test_company_with_tiers_of_its_own(self):
        """Cadences of tiers that it does not have are not those of potential ones."""
        company = self._new_company()
        company.kam_visit_cadence_ids.unlink()
        company.kam_tier_ids[0].unlink()
        company.kam_tier_ids[0].name = "VIP"
        company._kam_copy_rules(self.company)
        missing = (self.strategic.name, self.core.name)
        self.assertEqual(
            self._cadences(company),
            {row for row in self._cadences(self.company) if row[0] not in missing},
        )
        self.assertEqual(len(company.kam_tier_ids), 2)

    def test_archived_rules_are_rules(self):
        """A company that archived all of its tiers does not get them again."""
        company = self._new_company()
        company.kam_tier_ids.active = False
        company.kam_visit_cadence_ids.unlink()
        company._kam_copy_rules(self.company)
        self.assertFalse(company.kam_tier_ids)
        self.assertEqual({row[0] for row in self._cadences(company)}, {"potential"})

    def test_payment_terms_of_the_company(self):
        term = self.env["account.payment.term"].create(
            {"name": "Own", "company_id": self.company.id}
        )
        shared = self.env["account.payment.term"].create(
            {"name": "Shared", "company_id": False}
        )
        grades = self.company.kam_credit_grade_ids
        grades[0].payment_term_id = term
        grades[1].payment_term_id = shared
        copies = self._new_company().kam_credit_grade_ids
        self.assertFalse(copies[0].payment_term_id)
        self.assertEqual(copies[1].payment_term_id, shared)

    def test_installation(self):
        """The hook gives them to the companies that were there before."""
        main = self.env.ref("base.main_company")
        companies = self._new_company() + self._new_company("Second Test")
        for company in companies:
            self._drop_rules(company)
        tier = main.kam_tier_ids[1]
        self.assertIn(tier, main.kam_visit_cadence_ids.tier_id)
        tier.active = False
        post_init_hook(self.env)
        expected = {row for row in self._cadences(main) if row[0] != tier.name}
        for company in companies:
            self.assertEqual(self._cadences(company), expected)
            self.assertEqual(len(company.kam_tier_ids), len(main.kam_tier_ids))
