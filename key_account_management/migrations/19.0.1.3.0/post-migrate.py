from odoo import SUPERUSER_ID, Command, api


def migrate(cr, version):
    """What is under way keeps its territory, people, content and name.

    Until now, a register that was refreshed was refreshed completely.
    """
    cr.execute("UPDATE res_company SET kam_refresh_complete_date = kam_refresh_date")
    env = api.Environment(cr, SUPERUSER_ID, {})
    _freeze_people(env)
    _keep_names(env)
    _freeze_content(env)
    _update_rules(env)
    # It holds other menus now.
    env.ref("key_account_management.kam_menu_approvals").action = False


def _freeze_people(env):
    rows = env["kam.approval"].search([("state", "in", ("waiting", "pending"))])
    for row in rows._with_document():
        document = row._documents()
        team = document._approval_team()
        parent = row.decider_type == "parent_leader"
        row.team_id = team.kam_parent_id if parent else team
        if row.decider_type == "field" and row.user_field in document._fields:
            row.user_id = document[row.user_field][:1]
    # Deputies stand in by company.
    pending = rows.filtered(lambda row: row.state == "pending")
    pending._with_document()._update_deciders()


def _keep_names(env):
    """Decisions keep in words what they were about."""
    Approval = env["kam.approval"]
    Approval._gc_orphans()
    existing = Approval.search([("document_gone", "=", False)])
    for rows in existing.grouped("res_model").values():
        names = rows._documents()._approval_names()
        for row in rows:
            row.document_name = names[row.res_id]


def _freeze_content(env):
    """What documents were submitted with is what they hold now.

    Of assessments that are decided already, that is what was there at the decision.
    """
    env.cr.execute(
        """
        INSERT INTO kam_credit_assessment_document_rel (assessment_id, document_id)
        SELECT a.id, d.id FROM kam_credit_assessment a
        JOIN kam_credit_document d ON d.account_id = a.account_id
        WHERE a.approval_state = 'pending'
            OR a.approval_state IN ('approved', 'refused') AND d.create_date <= (
                SELECT max(v.decision_date) FROM kam_approval v
                WHERE v.res_model = 'kam.credit.assessment' AND v.res_id = a.id)
        ON CONFLICT DO NOTHING
        """
    )
    env.invalidate_all()
    for model in env["kam.approval.step"]._approved_models():
        env[model].search([("approval_state", "=", "pending")])._approval_freeze()


def _update_rules(env):
    """Bring the rules, which an update leaves alone, to what is shipped now.

    Birthdays are read by the team of the account and its leaders only: where the rule
    is as it was shipped, and not by the words of an administrator.
    """
    not_birthday = "[('kind', '!=', 'birthday')]"
    turn_not_birthday = "[('occasion_id.kind', '!=', 'birthday')]"
    for name, domain, title in (
        ("occasion_rule_manager", not_birthday, "Occasion: all"),
        ("occasion_rule_auditor", not_birthday, "Occasion: read all"),
        ("occasion_turn_rule_manager", turn_not_birthday, "Past occasion: all"),
        ("occasion_turn_rule_auditor", turn_not_birthday, "Past occasion: read all"),
    ):
        rule = _get_rule(env, name)
        if rule.domain_force == "[(1, '=', 1)]":
            rule.domain_force = domain
            if rule.name == title:
                rule.name = f"{title} but birthdays"
    # Leaders choose the deputies of whom they lead, as the model checks.
    supervisors = env.ref("key_account_management.group_kam_supervisor")
    _get_rule(env, "approval_deputy_rule_manager").write(
        {"groups": [Command.set((supervisors | env.ref("base.group_system")).ids)]}
    )
    # Who chooses the team is said by a rule of its own now.
    _get_rule(env, "account_member_rule_user").write(
        {"perm_write": False, "perm_create": False, "perm_unlink": False}
    )


def _get_rule(env, name):
    rule = env.ref(f"key_account_management.kam_{name}", raise_if_not_found=False)
    return rule or env["ir.rule"]
