from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class KamCreditDocumentType(models.Model):
    """Kind of document that a credit assessment asks of the customer."""

    _name = "kam.credit.document.type"
    _inherit = ["kam.access.mixin", "kam.used.mixin"]
    _description = "Credit Document Type"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    required = fields.Boolean(
        default=True,
        help="Assessments cannot be submitted without a valid document of this type.",
    )
    validity_months = fields.Integer(
        string="Valid for (Months)",
        help="Proposed expiry date, counted from the date of the document. 0: none.",
    )

    @api.constrains("validity_months")
    def _check_validity_months(self):
        if any(type_.validity_months < 0 for type_ in self):
            raise ValidationError(
                self.env._("The validity must not be a negative number of months.")
            )


class KamCreditDocument(models.Model):
    """A document of a customer: business licence, statements, …"""

    _name = "kam.credit.document"
    _inherit = ["kam.access.mixin"]
    _description = "Credit Document"
    _access_parents = ("account_id",)
    _order = "date desc, id desc"
    _rec_name = "type_id"
    _check_company_auto = True

    account_id = fields.Many2one(
        "kam.account", required=True, index=True, ondelete="restrict"
    )
    partner_id = fields.Many2one(related="account_id.partner_id", string="Customer")
    company_id = fields.Many2one(related="account_id.company_id", store=True)
    type_id = fields.Many2one(
        "kam.credit.document.type", string="Kind", required=True, ondelete="restrict"
    )
    file = fields.Binary(attachment=True, required=True)
    file_name = fields.Char()
    date = fields.Date(
        required=True,
        default=lambda self: self.env.company._kam_today(),
        help="Date of the document itself, such as the end of the period of a "
        "financial statement.",
    )
    expiry_date = fields.Date(
        compute="_compute_expiry_date", store=True, readonly=False
    )
    is_expired = fields.Boolean(
        string="Expired", compute="_compute_is_expired", search="_search_is_expired"
    )

    @api.depends("date", "type_id")
    def _compute_expiry_date(self):
        for document in self:
            months = document.type_id.validity_months
            document.expiry_date = (
                document.date
                and months
                and document.date + relativedelta(months=months)
            )

    @api.depends("expiry_date")
    def _compute_is_expired(self):
        for company, documents in self.grouped("company_id").items():
            today = (company or self.env.company)._kam_today()
            for document in documents:
                expiry = document.expiry_date
                document.is_expired = bool(expiry) and expiry < today

    def _search_is_expired(self, operator, value):
        if operator != "in":
            return NotImplemented
        return self.env["res.company"]._kam_today_domain(
            lambda today: [("expiry_date", "<", today)]
        )

    @api.constrains("date", "expiry_date")
    def _check_expiry_date(self):
        for document in self:
            if document.expiry_date and document.expiry_date < document.date:
                raise ValidationError(
                    self.env._("A document cannot expire before its date.")
                )
