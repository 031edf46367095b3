from odoo import fields, models

from ..base.groups import INTERNAL


class ResCompany(models.Model):
    _inherit = "res.company"  # pylint: disable=R8180

    kam_silence_days = fields.Integer(
        string="Days Without Contact",
        default=90,
        help="Contacts not met for longer are marked on the stakeholder map.",
        groups=INTERNAL,
    )

    _kam_silence_days_positive = models.Constraint(
        "CHECK (kam_silence_days > 0)",
        "The number of days without contact must be positive.",
    )
