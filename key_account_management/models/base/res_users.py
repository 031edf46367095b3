import pytz

from odoo import models

# Groups of the people of key accounts, the highest first
RANKS = ("executive", "director", "manager", "supervisor", "user")


class ResUsers(models.Model):
    _inherit = "res.users"  # pylint: disable=R8180

    def _kam_is_leader(self):
        """Whether somebody is supervisor or above."""
        self.ensure_one()
        return self.sudo().has_group("key_account_management.group_kam_supervisor")

    def _kam_rank(self):
        """Position in the line of command, 0 for the highest.

        :return: integer; beyond the last for those who have no role
        """
        self.ensure_one()
        user = self.sudo()
        return next(
            (
                position
                for position, rank in enumerate(RANKS)
                if user.has_group(f"key_account_management.group_kam_{rank}")
            ),
            len(RANKS),
        )

    def _kam_outranks(self, other):
        """Whether somebody is director or above, and above somebody else."""
        self.ensure_one()
        return self._kam_rank() <= RANKS.index("director") and (
            self._kam_rank() < other._kam_rank()
        )

    def _kam_timezone(self, company):
        """Where somebody is, or else their company."""
        return pytz.timezone(self.sudo().tz or company._kam_timezone().zone)
