from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

WAYS = [
    ("visit", "Visit"),
    ("phone", "Phone"),
    ("online", "Online"),
    ("email", "E-mail"),
    ("letter", "Letter"),
    ("event", "Event"),
    ("mailing", "Mailing of material"),
]
PROGRESS = [
    ("explanation", "Product explanation"),
    ("demonstration", "Demonstration"),
    ("proposal", "Offer made"),
    ("signature", "Signature"),
]
ATTITUDES = [("warm", "Warm"), ("neutral", "Lukewarm"), ("cold", "Cold")]


class KamDevelopmentContact(models.Model):
    """A contact with a customer whom we develop, other than our visits (B7).

    With these it makes up the development record (``kam.development.record``).
    """

    _name = "kam.development.contact"
    _inherit = ["kam.prefill.mixin"]
    _description = "Development Contact"
    _access_parents = ("screening_id", "account_id")
    _order = "date desc, id desc"
    _rec_name = "result"
    _check_company_auto = True
    _prefill_sources = {"account_id": ("screening_id.account_id",)}

    screening_id = fields.Many2one(
        "kam.screening",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    account_id = fields.Many2one(
        "kam.account",
        compute="_compute_account_id",
        store=True,
        readonly=False,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    customer = fields.Char(compute="_compute_customer")
    company_id = fields.Many2one(
        "res.company", compute="_compute_company_id", store=True, index=True
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer Company", compute="_compute_customer"
    )
    date = fields.Datetime(required=True, default=fields.Datetime.now, copy=False)
    user_id = fields.Many2one(
        "res.users",
        string="Our Representative",
        required=True,
        index=True,
        default=lambda self: self.env.user,
    )
    person_id = fields.Many2one(
        "res.partner",
        string="Person Met",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('commercial_partner_id', '=', partner_id)]",
    )
    person_name = fields.Char(
        string="Other Person", help="A person who is not a contact yet."
    )
    duration = fields.Float(help="Duration in hours.", copy=False)
    method = fields.Selection(WAYS, required=True, default="phone")
    progress = fields.Selection(
        PROGRESS, required=True, default="explanation", index=True, copy=False
    )
    attitude = fields.Selection(ATTITUDES, required=True, default="neutral", copy=False)
    result = fields.Char(copy=False)
    reason = fields.Char(
        string="Reason for Success or Failure",
        help="Why it succeeded or failed.",
        copy=False,
    )
    note = fields.Char(string="Remark", copy=False)

    _duration_positive = models.Constraint(
        "CHECK (duration >= 0)", "The duration must not be negative."
    )

    # ------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------

    def _get_prefill(self):
        return {"account_id": self.sudo().screening_id.account_id}

    @api.depends("prefill")
    def _compute_account_id(self):
        for contact in self:
            account = contact.sudo().screening_id.account_id
            contact.account_id = account or contact._get_typed("account_id")

    @api.depends("screening_id", "account_id")
    def _compute_company_id(self):
        for contact in self:
            known = contact.sudo()
            contact.company_id = (
                known.screening_id.company_id
                or known.account_id.company_id
                or self.env.company
            )

    @api.depends("screening_id", "account_id")
    def _compute_customer(self):
        for contact in self:
            known = contact.sudo()
            partner = known.account_id.partner_id or known.screening_id.partner_id
            contact.partner_id = partner
            contact.customer = partner.name or known.screening_id.candidate

    # ------------------------------------------------------------
    # Constraints
    # ------------------------------------------------------------

    @api.constrains("screening_id", "account_id")
    def _check_customer(self):
        for contact in self:
            screening = contact.screening_id.sudo()
            if not screening and not contact.account_id:
                raise ValidationError(
                    self.env._("Choose the screening or the account.")
                )
            if screening.account_id and screening.account_id != contact.account_id:
                raise ValidationError(
                    self.env._("The screening belongs to another account.")
                )

    @api.constrains("date")
    def _check_date(self):
        now = fields.Datetime.now()
        if any(contact.date > now for contact in self):
            raise ValidationError(
                self.env._("The date of a contact cannot be in the future.")
            )

    def _check_person(self):
        """Not a constraint: a lead that becomes a customer must not fail by it."""
        for contact in self:
            if contact.partner_id:
                contact.person_id._kam_check_customer(contact.partner_id)

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        contacts = super().create(vals_list)
        contacts._check_file_open()
        contacts._check_person()
        return contacts

    def write(self, vals):
        self._check_file_open()
        self._check_not_under_review()
        result = super().write(vals)
        if "screening_id" in vals:
            self._check_file_open()
        if vals.keys() & {"person_id", "account_id", "screening_id"}:
            self._check_person()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_archived(self):
        self._check_file_open()
        self._check_not_under_review()

    def _check_file_open(self):
        """:raise UserError: the file that contacts belong to is archived"""
        if self.env.su:
            return
        if closed := self.sudo().screening_id.filtered(lambda s: s.result != "open"):
            raise UserError(
                self.env._(
                    "%(screening)s is archived with its development record. Record "
                    "further contacts on the account.",
                    screening=closed[0].display_name,
                )
            )

    def _check_not_under_review(self):
        """Further contacts may be recorded, those that somebody decides by stay.

        :raise UserError: the file that contacts belong to is under review
        """
        if self.env.su:
            return
        files = self.sudo().screening_id
        if pending := files.filtered(lambda s: s.approval_state == "pending"):
            raise UserError(
                self.env._(
                    "%(screening)s is under review with its development record. Record "
                    "further contacts, or withdraw it first.",
                    screening=pending[0].display_name,
                )
            )
