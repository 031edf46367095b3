from odoo import api, fields, models


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

    @api.model
    def _kam_failed_document(self, record):
        if record._name == "kam.approval":
            rows = record.exists()._with_document()
            return rows and rows._documents()
        return super()._kam_failed_document(record)
