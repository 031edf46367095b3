from odoo.tools.sql import column_exists, create_column


def migrate(cr, version):
    """Deputies stand in for somebody in one company."""
    if not column_exists(cr, "kam_approval_deputy", "company_id"):
        create_column(cr, "kam_approval_deputy", "company_id", "int4")
        cr.execute(
            """
            UPDATE kam_approval_deputy d SET company_id = u.company_id
            FROM res_users u WHERE u.id = d.user_id
            """
        )
