from odoo import api, fields, models

from .res_partner import KAM_READERS


class ResPartner(models.Model):
    _inherit = "res.partner"

    kam_profile_allowed = fields.Boolean(
        string="May Read the Personal Profile",
        compute="_compute_kam_profile_allowed",
        groups=KAM_READERS,
    )

    @api.depends("kam_account_id")
    @api.depends_context("uid", "company")
    def _compute_kam_profile_allowed(self):
        """Also the team of a former customer, who has to be able to erase."""
        known = self._kam_profiles().partner_id
        for account, people in self.grouped("kam_account_id").items():
            allowed = account._may_read_profiles()
            for person in people:
                person.kam_profile_allowed = allowed or person._origin in known

    def unlink(self):
        """Take the profiles along by the ORM, so that no trace of them stays."""
        profiles = self.env["kam.partner.profile"].sudo()
        profiles.search(
            [
                "|",
                ("partner_id", "in", self.ids),
                ("account_id.partner_id", "in", self.ids),
            ]
        ).unlink()
        return super().unlink()

    def _kam_profiles(self):
        """Profiles in the current company, as far as the user may read them."""
        profiles = self.env["kam.partner.profile"]
        if not profiles.has_access("read"):
            return profiles
        return profiles.search(
            [
                ("partner_id", "in", self.ids),
                ("company_id", "=", self.env.company.id),
            ]
        )

    def action_kam_profile(self):
        """Open the personal profile of the contact, or start one."""
        self.ensure_one()
        account = self.kam_account_id
        profile = self._kam_profiles().sorted(lambda p: p.account_id != account)[:1]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Personal Profile"),
            "res_model": "kam.partner.profile",
            "res_id": profile.id,
            "view_mode": "form",
            "context": {"default_partner_id": self.id},
        }
