from odoo.tools import SQL


def post_init_hook(env):
    """Give every company its rules, then fill the register from its records."""
    companies = env["res.company"].sudo().search([])
    companies._kam_copy_rules(env.ref("base.main_company"))
    # Demo data was made before the translations were loaded.
    companies._kam_translate_rules()
    env["kam.approval"].search([])._copy_step_names()
    env["kam.account"]._refresh()


def uninstall_hook(env):
    """Take back what Odoo would leave behind of this addon in records of core."""
    env["kam.credit.request"]._restore_limits()
    env["ir.sequence"]._kam_remove_copies()
    env["mail.activity.type"]._kam_let_go()
    _drop_references(env)


def _drop_references(env):
    """Let our tables, which are dropped later, hold no record back.

    Odoo deletes records first, and would leave groups and the like that are in use.
    """
    env.flush_all()
    tables = []
    for model in env.values():
        if model._name.startswith("kam.") and model._auto:
            many2many = (f for f in model._fields.values() if f.type == "many2many")
            tables += [model._table, *(f.relation for f in many2many if f.store)]
    rows = env.execute_query(
        SQL(
            """
            SELECT t.relname, c.conname FROM pg_constraint c
            JOIN pg_class t ON t.oid = c.conrelid
            WHERE c.contype = 'f' AND c.confdeltype = 'r' AND t.relname = ANY(%s)
            """,
            tables,
        )
    )
    for table, constraint in rows:
        env.cr.execute(
            SQL(
                "ALTER TABLE %s DROP CONSTRAINT %s",
                SQL.identifier(table),
                SQL.identifier(constraint),
            )
        )
