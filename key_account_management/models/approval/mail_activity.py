from odoo import fields, models


class MailActivity(models.Model):
    _inherit = "mail.activity"  # pylint: disable=R8180

    kam_approval_id = fields.Many2one(
        "kam.approval",
        string="Approval",
        index="btree_not_null",
        ondelete="cascade",
        readonly=True,
        copy=False,
        groups="base.group_system",
        help="What the activity asks for. It only tells: closing it decides nothing.",
    )
