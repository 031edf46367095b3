from odoo import models


class IrModuleModule(models.Model):
    _inherit = "ir.module.module"

    def _update_translations(self, *args, **kwargs):
        """Translate what was copied from the shipped rules and steps, too."""
        result = super()._update_translations(*args, **kwargs)
        if self.filtered(lambda module: module.name == "key_account_management"):
            self.env["res.company"].sudo()._kam_translate_rules()
            self.env["kam.approval"].sudo().search([])._copy_step_names()
        return result
