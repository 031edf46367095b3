from odoo import api, fields, models
from odoo.exceptions import AccessError


class KamAccountMember(models.Model):
    """Somebody of ours who works for an account, in a role (服务团队)."""

    _name = "kam.account.member"
    _inherit = ["kam.guard.mixin", "kam.access.mixin"]
    _description = "Key Account Team Member"
    _access_parents = ("account_id",)
    _order = "account_id, role, id"
    _rec_name = "user_id"

    account_id = fields.Many2one(
        "kam.account", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="account_id.company_id", store=True)
    user_id = fields.Many2one(
        "res.users",
        required=True,
        index=True,
        ondelete="restrict",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    role = fields.Selection(
        [
            ("manager", "Account manager"),
            ("sales", "Sales support"),
            ("marketing", "Marketing support"),
            ("after_sales", "After-sales support"),
            ("finance", "Finance support"),
            ("training", "Training support"),
        ],
        required=True,
        default="sales",
    )

    _member_uniq = models.Constraint(
        "UNIQUE (account_id, user_id, role)",
        "This person already has this role in the account team.",
    )

    @api.constrains("user_id", "account_id")
    def _check_employed(self):
        for member in self:
            member.company_id._kam_check_employs(member.user_id)

    @api.model_create_multi
    def create(self, vals_list):
        self._check_values(vals_list)
        if not self.env.su:
            accounts = self.env["kam.account"].browse(
                vals["account_id"] for vals in vals_list if vals.get("account_id")
            )
            # Before they are members: else membership would speak for itself
            accounts.check_access("write")
            accounts._check_led()
        members = super().create(vals_list)
        members.account_id._check_led()
        members._log(self.env._("Joined the account team: %s"))
        members.account_id._ask_deciders()
        return members

    def write(self, vals):
        if not self.env.su and self._changed_fields(vals, ("account_id",)):
            raise AccessError(
                self.env._("A team member cannot be moved to another account.")
            )
        self.account_id._check_led()
        replaced = self.filtered(
            lambda member: member.user_id.id != vals.get("user_id", member.user_id.id)
        )
        replaced._log(self.env._("Left the account team: %s"))
        result = super().write(vals)
        replaced._log(self.env._("Joined the account team: %s"))
        replaced.account_id._ask_deciders()
        return result

    def unlink(self):
        self.account_id._check_led()
        self._log(self.env._("Left the account team: %s"))
        accounts = self.account_id
        result = super().unlink()
        accounts._ask_deciders()
        return result

    def _log(self, text):
        """Keep in the talk of the accounts who could read about them, and when."""
        if self.env.context.get("tracking_disable"):
            return
        notes = {
            account.id: text % ", ".join(members.user_id.sudo().mapped("name"))
            for account, members in self.grouped("account_id").items()
        }
        self.env["kam.account"].sudo().browse(notes)._message_log_batch(notes)

    def _key(self):
        """What makes two members of different accounts the same person in a team."""
        self.ensure_one()
        return self.user_id, self.role
