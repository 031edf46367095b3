from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


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
    """A document of a customer: business licence, statements, …

    What an assessment was submitted with stays as it is: what is renewed is a new
    document. Once that is decided, it may expire earlier: a licence is revoked.
    """

    _name = "kam.credit.document"
    _inherit = ["kam.access.mixin", "kam.fixed.mixin"]
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
    checksum = fields.Json(
        string="File Content",
        compute="_compute_checksum",
        compute_sudo=True,
        groups="base.group_system",
        export_string_translation=False,
    )
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
    assessment_ids = fields.Many2many(
        "kam.credit.assessment",
        "kam_credit_assessment_document_rel",
        "document_id",
        "assessment_id",
        string="Assessments",
        readonly=True,
        copy=False,
        help="Submitted with this document.",
    )

    # ------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------

    @api.depends("file")
    def _compute_checksum(self):
        """What the file is, without reading it."""
        groups = self.env["ir.attachment"]._read_group(
            [
                ("res_model", "=", self._name),
                ("res_field", "=", "file"),
                ("res_id", "in", self.ids),
            ],
            ["res_id"],
            ["checksum:array_agg"],
        )
        checksums = {id_: sorted(values) for id_, values in groups}
        for document in self:
            document.checksum = checksums.get(document._origin.id, [])

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

    # ------------------------------------------------------------
    # Constraints
    # ------------------------------------------------------------

    @api.constrains("date", "expiry_date")
    def _check_expiry_date(self):
        for document in self:
            if document.expiry_date and document.expiry_date < document.date:
                raise ValidationError(
                    self.env._("A document cannot expire before its date.")
                )

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    def write(self, vals):
        self._check_values([vals])
        self._filter_protected(vals)._check_not_submitted()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_submitted(self):
        self._check_not_submitted()

    # ------------------------------------------------------------
    # Fixed with the assessment
    # ------------------------------------------------------------

    def _filter_fixed(self):
        return self.filtered(
            lambda d: d.assessment_ids.filtered(lambda a: not a.is_open)
        )

    def _filter_protected(self, vals):
        """Documents that a write is not to touch once an assessment has them.

        Of those with decided assessments only, the expiry date is brought forward.
        """
        if vals.keys() != {"expiry_date"}:
            return self
        day = fields.Date.to_date(vals["expiry_date"])
        return self.filtered(
            lambda document: (
                not day
                or (document.expiry_date and day > document.expiry_date)
                or "pending" in document.sudo().assessment_ids.mapped("approval_state")
            )
        )

    def _check_not_submitted(self):
        """:raise UserError: an assessment was submitted with one of the documents"""
        if self.env.su:
            return
        for document in self.sudo()._filter_fixed():
            assessments = document.assessment_ids.filtered(lambda a: not a.is_open)
            raise UserError(
                self.env._(
                    "“%(document)s” belongs to %(assessment)s and stays as it is. Add "
                    "a new document instead.",
                    document=document.display_name,
                    assessment=assessments[0].display_name,
                )
            )
