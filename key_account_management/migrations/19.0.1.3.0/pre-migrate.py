from odoo.tools.sql import column_exists, create_column


def migrate(cr, version):
    """Deputies stand in for somebody in one company.

    Until now, in all of them: in each that both work for, from now on.
    """
    if column_exists(cr, "kam_approval_deputy", "company_id"):
        return
    create_column(cr, "kam_approval_deputy", "company_id", "int4")
    cr.execute(
        """
        INSERT INTO kam_approval_deputy (
            company_id, user_id, deputy_id, date_from, date_to,
            create_uid, create_date, write_uid, write_date)
        SELECT theirs.cid, d.user_id, d.deputy_id, d.date_from, d.date_to,
            d.create_uid, d.create_date, d.write_uid, d.write_date
        FROM kam_approval_deputy d
        JOIN res_company_users_rel own ON own.user_id = d.user_id
        JOIN res_company_users_rel theirs
            ON theirs.user_id = d.deputy_id AND theirs.cid = own.cid
        ORDER BY d.id, theirs.cid
        """
    )
    cr.execute("DELETE FROM kam_approval_deputy WHERE company_id IS NULL")
