from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """What is under way keeps its territory, people, content and name.

    Until now, a register that was refreshed was refreshed completely.
    """
    cr.execute("UPDATE res_company SET kam_refresh_complete_date = kam_refresh_date")
    env = api.Environment(cr, SUPERUSER_ID, {})
    _freeze_people(env)
    _keep_names(env)
    _freeze_content(env)
    _hide_birthdays(env)
    _let_leaders_choose_deputies(env)


def _freeze_people(env):
    rows = env["kam.approval"].search([("state", "in", ("waiting", "pending"))])
    for row in rows._with_document():
        document = row._documents()
        row.team_id = document._approval_team()
        if row.decider_type == "field" and row.user_field in document._fields:
            row.user_id = document[row.user_field][:1]


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


def _hide_birthdays(env):
    """Birthdays are read by the team of the account and its leaders only."""
    for model, domain in (
        ("occasion", "[('kind', '!=', 'birthday')]"),
        ("occasion_turn", "[('occasion_id.kind', '!=', 'birthday')]"),
    ):
        for group in ("manager", "auditor"):
            rule = env.ref(
                f"key_account_management.kam_{model}_rule_{group}",
                raise_if_not_found=False,
            )
            if rule:
                rule.domain_force = domain


def _let_leaders_choose_deputies(env):
    """Those of whom they lead, as the model checks."""
    rule = env.ref(
        "key_account_management.kam_approval_deputy_rule_manager",
        raise_if_not_found=False,
    )
    if rule:
        supervisors = env.ref("key_account_management.group_kam_supervisor")
        rule.groups = supervisors | env.ref("base.group_system")
