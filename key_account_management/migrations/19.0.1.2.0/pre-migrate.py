from odoo.tools.sql import column_exists, create_column, rename_column


def migrate(cr, version):
    """One state of a tier proposal; one name for the points of a line."""
    if column_exists(cr, "kam_tier_proposal", "state"):
        create_column(cr, "kam_tier_proposal", "active", "bool")
        cr.execute("UPDATE kam_tier_proposal SET active = (state != 'withdrawn')")
        cr.execute("DROP INDEX IF EXISTS kam_tier_proposal__pending_uniq")
        cr.execute("ALTER TABLE kam_tier_proposal DROP COLUMN state")
    for old, new in (("fit", "points"), ("is_rated", "is_scored")):
        if column_exists(cr, "kam_screening_resource", old):
            rename_column(cr, "kam_screening_resource", old, new)
