from odoo import fields, models


class KamAccountMember(models.Model):
    """Somebody of ours who works for an account, in a role (服务团队)."""

    _name = "kam.account.member"
    _description = "Key Account Team Member"
    _order = "account_id, role, id"
    _rec_name = "user_id"

    account_id = fields.Many2one(
        "kam.account", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="account_id.company_id", store=True)
    user_id = fields.Many2one(
        "res.users",
        required=True,
        index=True,
        ondelete="cascade",
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

    def _key(self):
        """What makes two members of different accounts the same person in a team."""
        self.ensure_one()
        return self.user_id, self.role
