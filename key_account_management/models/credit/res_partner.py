from odoo import fields, models

from ..base.groups import CREDIT_READERS


class ResPartner(models.Model):
    _inherit = "res.partner"  # pylint: disable=R8180

    kam_credit_grade_id = fields.Many2one(
        related="kam_account_id.credit_grade_id",
        related_sudo=False,
        string="Key Account Credit Grade",
        groups=CREDIT_READERS,
    )
