import pytz

from odoo import models

# Groups of the people of key accounts, the highest first
RANKS = ("executive", "director", "manager", "supervisor", "user")


class ResUsers(models.Model):
    _name = "res.users"
    # pylint: disable=R8180
    _inherit = ["res.users", "kam.named.mixin", "kam.used.mixin"]

    def _kam_is_leader(self):
        """Whether somebody is supervisor or above."""
        self.ensure_one()
        return self.sudo().has_group("key_account_management.group_kam_supervisor")

    def _kam_leads(self, team):
        """Whether somebody leads a territory, or one above it.

        Key-account managers and above lead all territories, and what has none.

        :param team: ``crm.team`` record, or none
        """
        self.ensure_one()
        user = self.sudo()
        return user.has_group("key_account_management.group_kam_manager") or (
            user._kam_is_leader() and user in team.sudo().kam_leader_ids
        )

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
        """Whether somebody is above somebody else: from key-account manager on by the
        role, and leaders by the territory that the other one works in, or by those
        above all that he leads.
        """
        self.ensure_one()
        mine, theirs = self._kam_rank(), other._kam_rank()
        if mine <= RANKS.index("manager"):
            return mine < theirs
        if not self._kam_is_leader() or mine > theirs:
            return False
        led = self.env["crm.team"].sudo().search([("user_id", "=", other.id)])
        if led:
            return all(self._kam_leads(team.kam_parent_id) for team in led)
        return mine < theirs and self._kam_leads(other.sudo().sale_team_id)

    def _kam_timezone(self, company):
        """Where somebody is, or else their company."""
        return pytz.timezone(self.sudo().tz or company._kam_timezone().zone)
