import pytz

from odoo import models


class ResUsers(models.Model):
    _inherit = "res.users"  # pylint: disable=R8180

    def _kam_is_leader(self):
        """Whether somebody is supervisor or above."""
        self.ensure_one()
        return self.sudo().has_group("key_account_management.group_kam_supervisor")

    def _kam_timezone(self, company):
        """Where somebody is, or else their company."""
        return pytz.timezone(self.sudo().tz or company._kam_timezone().zone)
