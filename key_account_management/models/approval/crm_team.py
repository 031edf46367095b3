from odoo import models


class CrmTeam(models.Model):
    _inherit = "crm.team"  # pylint: disable=R8180

    def write(self, vals):
        """A new leader is asked at once."""
        result = super().write(vals)
        if vals.keys() & {"user_id", "kam_parent_id"}:
            self.env["kam.approval"]._ask_again()
        return result
