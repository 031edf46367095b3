from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Freeze the territory and the people of what is under way, and all names. Until
    now, a register that was refreshed was refreshed completely.
    """
    cr.execute("UPDATE res_company SET kam_refresh_complete_date = kam_refresh_date")
    env = api.Environment(cr, SUPERUSER_ID, {})
    Approval = env["kam.approval"]
    rows = Approval.search([("state", "in", ("waiting", "pending"))])
    for row in rows._with_document():
        document = row._documents()
        row.team_id = document._approval_team()
        if row.decider_type == "field" and row.user_field in document._fields:
            row.user_id = document[row.user_field][:1]
    Approval._gc_orphans()
    existing = Approval.search([("document_gone", "=", False)])
    for rows in existing.grouped("res_model").values():
        names = rows._documents()._approval_names()
        for row in rows:
            row.document_name = names[row.res_id]
    _hide_birthdays(env)


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
