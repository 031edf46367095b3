from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

MAX_MONTHS = 60


class KamAccountSnapshotRebuild(models.TransientModel):
    """Rebuild monthly snapshots from the records as of each month's end."""

    _name = "kam.account.snapshot.rebuild"
    _inherit = ["kam.access.mixin"]
    _description = "Rebuild Key Account History"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    date_from = fields.Date(
        string="From Month",
        required=True,
        default=lambda self: self._default_date_to() - relativedelta(months=11),
    )
    date_to = fields.Date(
        string="To Month",
        required=True,
        default=lambda self: self._default_date_to(),
    )

    @api.model
    def _default_date_to(self):
        return self.env.company._kam_today() + relativedelta(day=1, days=-1)

    @api.constrains("company_id", "date_from", "date_to")
    def _check_period(self):
        for wizard in self:
            if wizard.date_from > wizard.date_to:
                raise ValidationError(
                    self.env._("The first month lies after the last one.")
                )
            if wizard.date_to >= wizard.company_id._kam_today():
                raise ValidationError(
                    self.env._("Months that have not ended cannot be rebuilt.")
                )
            limit = wizard.date_from + relativedelta(months=MAX_MONTHS)
            if wizard.date_to >= limit:
                raise ValidationError(
                    self.env._(
                        "Rebuild at most %(months)s months at once.", months=MAX_MONTHS
                    )
                )

    def action_rebuild(self):
        self.ensure_one()
        # Snapshots are nobody's to write; whoever may open this may rebuild them.
        self.check_access("write")
        self.company_id.check_access("read")
        self.env["kam.account.snapshot"].sudo()._rebuild(
            self.company_id.sudo(), self.date_from, self.date_to
        )
        return self.env["ir.actions.actions"]._kam_records(
            "kam_account_snapshot_action", context={"search_default_key_or_moved": 1}
        )
