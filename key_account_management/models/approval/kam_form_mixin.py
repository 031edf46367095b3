from lxml import etree

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class KamFormMixin(models.AbstractModel):
    """Controlled forms (受控表单): numbered, and signed by their approvals.

    A form gives ``company_id`` and the code of its sequence.
    """

    _name = "kam.form.mixin"
    _inherit = ["kam.approval.mixin"]
    _description = "Controlled Form"
    _sequence_code = None

    name = fields.Char(string="Number", readonly=True, copy=False, index="trigram")
    control_status = fields.Selection(
        [("controlled", "Controlled"), ("uncontrolled", "Uncontrolled copy")],
        required=True,
        default="controlled",
        help="Printed on the form.",
    )
    can_withdraw = fields.Boolean(compute="_compute_can_withdraw")

    # ------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------

    @api.depends("approval_state", "approval_applicant_id")
    @api.depends_context("uid")
    def _compute_can_withdraw(self):
        for form in self:
            form.can_withdraw = (
                form.approval_state == "pending"
                and form.approval_applicant_id == self.env.user
            )

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        """Put the buttons of the approval into ``<header name="approval">``."""
        arch, view = super()._get_view(view_id, view_type, **options)
        if view_type == "form":
            template = self.env.ref("key_account_management.kam_form_header").sudo()
            for header in arch.xpath("//header[@name='approval']"):
                for position, node in enumerate(etree.fromstring(template.arch)):
                    if node.tag == "button":
                        header.insert(position, node)
                    elif node.get("widget") != "statusbar" or not header.xpath(
                        "field[@widget='statusbar']"
                    ):
                        header.append(node)
        return arch, view

    @api.model_create_multi
    def create(self, vals_list):
        forms = super().create(vals_list)
        for company, unnumbered in (
            forms.filtered(lambda f: not f.name).grouped("company_id").items()
        ):
            unnumbered._assign_numbers(company)
        return forms

    def _assign_numbers(self, company):
        numbers = self.env["ir.sequence"]._kam_next_numbers(
            self._sequence_code, company, len(self)
        )
        for form, number in zip(self.sudo(), numbers, strict=True):
            form.name = number

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_withdraw(self):
        """Take the own application back, to edit it.

        :raise AccessError: somebody else applied
        :raise UserError: it is not under way
        """
        self.check_access("read")
        self._approval_lock()
        if self.filtered(lambda f: f.approval_applicant_id != self.env.user):
            raise AccessError(self.env._("Only the applicant can withdraw a form."))
        if self.filtered(lambda f: f.approval_state != "pending"):
            raise UserError(self.env._("Only submitted forms can be withdrawn."))
        self._approval_withdraw()

    # ------------------------------------------------------------
    # Business
    # ------------------------------------------------------------

    def _signatures(self):
        """Who prepared, reviewed and approved the form, as printed on it.

        :return: dict with ``prepared``, ``reviewed`` and ``approved``, each a pair
            of a user and a date (both may be empty)
        """
        self.ensure_one()
        form = self.sudo()
        rows = form.approval_ids.filtered(
            lambda row: row.round == form.approval_round
        ).sorted(lambda row: (row.decision_date or row.submit_date, row.id))
        approved = rows.filtered(lambda row: row.state == "approved")
        final = approved[-1:] if form.approval_state == "approved" else rows.browse()
        reviewed = approved - final
        prepared = (form.approval_applicant_id, rows[:1].submit_date)
        if not form.approval_applicant_id and rows:  # the rules applied for it
            prepared = (reviewed[:1].decided_by_id, reviewed[:1].decision_date)
            reviewed = reviewed[1:]
        elif not rows:
            prepared = (form.create_uid, form.create_date)
        moments = {
            "prepared": prepared,
            "reviewed": (reviewed[:1].decided_by_id, reviewed[:1].decision_date),
            "approved": (final.decided_by_id, final.decision_date),
        }
        local = form.company_id._kam_local_date
        return {
            part: (user, moment and local(moment))
            for part, (user, moment) in moments.items()
        }


class KamFormPartMixin(models.AbstractModel):
    """Lines of a controlled form: fixed together with it."""

    _name = "kam.form.part.mixin"
    _inherit = ["kam.guard.mixin", "kam.access.mixin"]
    _description = "Part of a Controlled Form"
    # Field that points to the form.
    _form_field = None

    @api.model
    def _get_access_parents(self):
        return (self._form_field,)

    @api.model
    def _guarded_fields(self):
        return super()._guarded_fields() | self._readonly_fields()

    @api.model_create_multi
    def create(self, vals_list):
        parts = super().create(vals_list)
        parts[self._form_field]._check_open()
        return parts

    def write(self, vals):
        vals = self._without_guarded(vals)
        self[self._form_field]._check_open()
        result = super().write(vals)
        if self._form_field in vals:
            self[self._form_field]._check_open()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_submitted(self):
        self[self._form_field]._check_open()
