from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .groups import INTERNAL


class CrmTeam(models.Model):
    """Sales teams are territories: region (区域), greater region (大区), centre."""

    _name = "crm.team"
    _inherit = ["crm.team", "kam.named.mixin", "kam.used.mixin"]

    kam_parent_id = fields.Many2one(
        "crm.team",
        string="Parent Territory",
        index="btree_not_null",
        check_company=True,
        ondelete="set null",
        groups=INTERNAL,
        help="Territory that this one belongs to. The leaders of a territory see the "
        "key accounts of all territories below it.",
    )
    kam_child_ids = fields.One2many(
        "crm.team", "kam_parent_id", "Territories Below", groups=INTERNAL
    )
    kam_leader_ids = fields.Many2many(
        "res.users",
        "kam_team_leader_rel",
        "team_id",
        "user_id",
        string="Leaders",
        compute="_compute_kam_leader_ids",
        store=True,
        recursive=True,
        groups=INTERNAL,
    )

    @api.depends("user_id", "kam_parent_id.kam_leader_ids")
    def _compute_kam_leader_ids(self):
        for team in self:
            team.kam_leader_ids = team.user_id | team.kam_parent_id.kam_leader_ids

    @api.constrains("kam_parent_id")
    def _check_kam_parent_id(self):
        if self._has_cycle("kam_parent_id"):
            raise ValidationError(
                self.env._("You cannot create recursive territories.")
            )

    def _kam_find_leader(self, qualifies):
        """Leader of this territory, or of the nearest one above it, who qualifies.

        Leaders of teams lead key accounts if they are supervisors, or above.

        :param qualifies: function of a user
        :return: a user, or none
        """
        team = self.sudo()
        while team and not (
            team.user_id.active
            and team.user_id._kam_is_leader()
            and qualifies(team.user_id)
        ):
            team = team.kam_parent_id
        return team.user_id
