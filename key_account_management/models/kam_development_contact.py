from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain


class KamDevelopmentContact(models.Model):
    """大客户开发记录表: a contact with a customer whom we develop (B7)."""

    _name = "kam.development.contact"
    _description = "Development Contact"
    _order = "date desc, id desc"
    _rec_name = "result"
    _check_company_auto = True

    screening_id = fields.Many2one(
        "kam.screening",
        index="btree_not_null",
        ondelete="cascade",
        check_company=True,
    )
    account_id = fields.Many2one(
        "kam.account",
        compute="_compute_account_id",
        store=True,
        readonly=False,
        index="btree_not_null",
        ondelete="cascade",
        check_company=True,
    )
    customer = fields.Char(compute="_compute_customer")
    company_id = fields.Many2one(
        "res.company", compute="_compute_company_id", store=True, index=True
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer Company", compute="_compute_customer"
    )
    date = fields.Datetime(required=True, default=fields.Datetime.now)
    user_id = fields.Many2one(
        "res.users",
        string="By",
        required=True,
        index=True,
        default=lambda self: self.env.user,
    )
    person_id = fields.Many2one(
        "res.partner",
        string="Person Met",
        index="btree_not_null",
        ondelete="set null",
        domain="[('commercial_partner_id', '=', partner_id)]",
    )
    person_name = fields.Char(
        string="Other Person", help="Somebody who is not among the contacts yet."
    )
    duration = fields.Float(help="Hours and minutes.")
    method = fields.Selection(
        [
            ("visit", "Visit"),
            ("phone", "Phone"),
            ("email", "E-mail"),
            ("letter", "Letter"),
            ("event", "Event"),
            ("mailing", "Mailing of material"),
        ],
        required=True,
        default="phone",
    )
    progress = fields.Selection(
        [
            ("explanation", "Product explanation"),
            ("demonstration", "Demonstration"),
            ("proposal", "Proposal"),
            ("signature", "Signature"),
        ],
        required=True,
        default="explanation",
        index=True,
    )
    attitude = fields.Selection(
        [("warm", "Warm"), ("neutral", "Neutral"), ("cold", "Cold")],
        required=True,
        default="neutral",
    )
    result = fields.Char()
    reason = fields.Char(
        string="Reason of Success or Failure", help="Why it went well, or did not."
    )
    note = fields.Char(string="Remark")
    number = fields.Integer(
        compute="_compute_total", string="Contacts so Far", aggregator=None
    )
    total_duration = fields.Float(
        compute="_compute_total", string="Time so Far", aggregator=None
    )

    _duration_positive = models.Constraint(
        "CHECK (duration >= 0)", "The duration must not be negative."
    )

    # ------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------

    @api.depends("screening_id.account_id")
    def _compute_account_id(self):
        for contact in self:
            screening = contact.screening_id.sudo()
            contact.account_id = screening.account_id or contact.account_id

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

    def _compute_total(self):
        """Count and add up what has happened with the same customer so far."""
        contacts = self._origin.sudo()
        same = Domain("account_id", "in", contacts.account_id.ids) | Domain(
            "screening_id", "in", contacts.screening_id.ids
        )
        totals = {}
        running = defaultdict(lambda: (0, 0.0))
        for contact in contacts.search(same, order="date, id"):
            key = contact.account_id or contact.screening_id
            count, hours = running[key]
            running[key] = count + 1, hours + contact.duration
            totals[contact.id] = running[key]
        for contact in self:
            contact.number, contact.total_duration = totals.get(
                contact._origin.id, (0, 0.0)
            )

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
                self.env._("A contact is recorded when it has happened, not before.")
            )

    @api.constrains("person_id", "account_id", "screening_id")
    def _check_person(self):
        for contact in self:
            person = contact.person_id.sudo()
            customer = contact.partner_id
            if person and customer and person.commercial_partner_id != customer:
                raise ValidationError(
                    self.env._(
                        "%(person)s does not belong to %(customer)s.",
                        person=person.name,
                        customer=customer.name,
                    )
                )

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        contacts = super().create(vals_list)
        contacts._check_file_open()
        return contacts

    def write(self, vals):
        self._check_file_open()
        result = super().write(vals)
        if "screening_id" in vals:
            self._check_file_open()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_archived(self):
        self._check_file_open()

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


class KamScreening(models.Model):
    _inherit = "kam.screening"

    contact_count = fields.Integer(
        string="Contacts so Far", compute="_compute_contact_count", aggregator=None
    )
    contact_hours = fields.Float(
        string="Contact Time", compute="_compute_contact_count", aggregator=None
    )

    @api.depends("contact_ids.duration")
    def _compute_contact_count(self):
        groups = self.env["kam.development.contact"]._read_group(
            [("screening_id", "in", self.ids)],
            ["screening_id"],
            ["__count", "duration:sum"],
        )
        totals = {screening.id: (count, hours) for screening, count, hours in groups}
        for screening in self:
            screening.contact_count, screening.contact_hours = totals.get(
                screening._origin.id, (0, 0.0)
            )

    def _contacts(self):
        """All contacts with the candidate in order, those on its account included."""
        self.ensure_one()
        same = Domain("screening_id", "=", self.id)
        if self.account_id:
            same |= Domain("account_id", "=", self.account_id.id)
        return self.env["kam.development.contact"].search(same, order="date, id")
