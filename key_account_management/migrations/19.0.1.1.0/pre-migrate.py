def migrate(cr, version):
    """Let the views that extend others come anew, in the order of the folders.

    They refer to each other's elements, some of which stood in other views before.
    """
    cr.execute(
        """
        WITH extensions AS (
            DELETE FROM ir_model_data d
            USING ir_ui_view v
            WHERE d.module = 'key_account_management' AND d.model = 'ir.ui.view'
                AND d.res_id = v.id AND v.mode = 'extension'
            RETURNING d.res_id
        )
        DELETE FROM ir_ui_view WHERE id IN (SELECT res_id FROM extensions)
        """
    )
