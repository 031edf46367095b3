from datetime import timedelta
from pathlib import Path

from odoo import Command
from odoo.modules.module import load_script
from odoo.tests import tagged
from odoo.tools import SQL

from .common import RecordCase

MODULE = "key_account_management"
SCRIPTS = Path(__file__).parents[2] / "migrations" / "19.0.1.3.0"
# What 19.0.1.2.0 shipped
ALL = "[(1, '=', 1)]"
RULES = {
    "kam_account_member_rule_user": {
        "perm_write": True,
        "perm_create": True,
        "perm_unlink": True,
    },
    "kam_occasion_rule_manager": {"name": "Occasion: all", "domain_force": ALL},
    "kam_occasion_rule_auditor": {"name": "Occasion: read all", "domain_force": ALL},
    "kam_occasion_turn_rule_manager": {
        "name": "Past occasion: all",
        "domain_force": ALL,
    },
    "kam_occasion_turn_rule_auditor": {
        "name": "Past occasion: read all",
        "domain_force": ALL,
    },
}


@tagged("post_install", "-at_install")
class TestMigration(RecordCase):
    """An upgraded database works as a fresh one."""

    def _migrate(self, stage):
        self.env.flush_all()
        script = load_script(str(SCRIPTS / f"{stage}-migrate.py"), f"kam_{stage}")
        script.migrate(self.env.cr, "19.0.1.2.0")
        self.env.flush_all()
        self.env.invalidate_all()

    def _shipped(self):
        """What says who may do what: rules and menus of the addon, in values."""
        operations = ("perm_read", "perm_write", "perm_create", "perm_unlink")
        shipped = {}
        for model, fnames in (
            ("ir.rule", ("name", "domain_force", *operations)),
            ("ir.ui.menu", ("name", "action", "parent_id")),
        ):
            data = self.env["ir.model.data"].search(
                [("module", "=", MODULE), ("model", "=", model)]
            )
            for entry in data:
                record = self.env[model].browse(entry.res_id)
                shipped[entry.name] = [str(record[fname]) for fname in fnames]
        return shipped

    def test_rights(self):
        fresh = self._shipped()
        for name, values in RULES.items():
            self.env.ref(f"{MODULE}.{name}").write(values)
        menu = self.env.ref(f"{MODULE}.kam_menu_approvals")
        menu.action = self.env.ref(f"{MODULE}.kam_approval_action")
        self.assertNotEqual(self._shipped(), fresh)
        self._migrate("post")
        self.assertEqual(self._shipped(), fresh)

    def test_rules_of_an_administrator(self):
        rule = self.env.ref(f"{MODULE}.kam_occasion_rule_auditor")
        own = "[('company_id', 'in', company_ids)]"
        rule.write({"name": "Ours", "domain_force": own})
        self._migrate("post")
        self.assertEqual((rule.name, rule.domain_force), ("Ours", own))

    def test_deputies(self):
        """In each company that both work for, and in no other."""
        absent, both, one, nobody = (
            self.users[x] for x in ("sue", "sam", "max", "tom")
        )
        oak, elm = (self._create_company(name) for name in ("Oak Test", "Elm Test"))
        for user, companies in (
            (absent, self.company + oak),
            (both, self.company + oak + elm),
            (one, oak + elm),
            (nobody, elm),
        ):
            user.write(
                {
                    "company_id": companies[0].id,
                    "company_ids": [Command.set(companies.ids)],
                }
            )
        self.env.flush_all()
        cr = self.env.cr
        cr.execute("DELETE FROM kam_approval_deputy")
        cr.execute("ALTER TABLE kam_approval_deputy DROP COLUMN company_id")
        for deputy in (both, one, nobody):
            cr.execute(
                SQL(
                    """
                    INSERT INTO kam_approval_deputy
                    (user_id, deputy_id, date_from, date_to) VALUES (%s, %s, %s, %s)
                    """,
                    *(absent.id, deputy.id),
                    *(self.today, self.today),
                )
            )
        self._migrate("pre")
        cr.execute("SELECT deputy_id, company_id FROM kam_approval_deputy ORDER BY id")
        self.assertEqual(
            cr.fetchall(),
            [(both.id, self.company.id), (both.id, oak.id), (one.id, oak.id)],
        )

    def test_deputies_are_asked(self):
        Proposal = self.env["kam.tier.proposal"].with_user(self.users["amy"]).sudo()
        account = self.account.with_env(Proposal.env)
        rows = Proposal._propose(account, self.core, "Grows").approval_ids
        row = rows.filtered(lambda row: row.state == "pending")[:1]
        deputy = self.users["sue"]  # who may read it
        self.env["kam.approval.deputy"].create(
            {
                "user_id": row.decider_ids[0].id,
                "deputy_id": deputy.id,
                "date_from": self.today - timedelta(days=1),
                "date_to": self.today + timedelta(days=9),
            }
        )
        self.assertIn(deputy, row.decider_ids)
        row.decider_ids -= deputy
        self._migrate("post")
        self.assertIn(deputy, row.decider_ids)
