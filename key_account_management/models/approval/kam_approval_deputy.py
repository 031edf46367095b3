from odoo import api, fields, models
from odoo.exceptions import ValidationError


class KamApprovalDeputy(models.Model):
    """Who decides in the place of somebody absent."""

    _name = "kam.approval.deputy"
    _description = "Approval Deputy"
    _order = "date_from desc, id"
    _rec_name = "deputy_id"

    user_id = fields.Many2one(
        "res.users",
        string="Absent User",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.user,
    )
    deputy_id = fields.Many2one(
        "res.users",
        required=True,
        index=True,
        ondelete="cascade",
        domain="[('share', '=', False), ('id', '!=', user_id)]",
    )
    date_from = fields.Date(
        string="Away from",
        required=True,
        default=lambda self: self.env.company._kam_today(),
    )
    date_to = fields.Date(string="Away until", required=True)

    @api.constrains("user_id", "deputy_id", "date_from", "date_to")
    def _check_deputy(self):
        for absence in self:
            if absence.user_id == absence.deputy_id:
                raise ValidationError(self.env._("A user cannot be their own deputy."))
            if absence.date_from > absence.date_to:
                raise ValidationError(
                    self.env._("The absence cannot end before it starts.")
                )

    @api.model_create_multi
    def create(self, vals_list):
        absences = super().create(vals_list)
        self._ask_deputies(absences.user_id)
        return absences

    def write(self, vals):
        users = self.user_id
        result = super().write(vals)
        self._ask_deputies(users | self.user_id)
        return result

    def unlink(self):
        users = self.user_id
        result = super().unlink()
        self._ask_deputies(users)
        return result

    @api.model
    def _ask_deputies(self, absent):
        """Bring those asked in line at once: people fall ill in the morning."""
        rows = self.env["kam.approval"].sudo()
        domain = [("state", "=", "pending"), ("decider_ids", "in", absent.ids)]
        rows.search(domain)._with_document()._update_deciders()

    @api.model
    def _deputies_by_user(self, day):
        """Users who may decide for others on a day, by the user they stand in for."""
        deputies = {}
        for absence in self.sudo().search(
            [("date_from", "<=", day), ("date_to", ">=", day)]
        ):
            nobody = absence.deputy_id.browse()
            deputies[absence.user_id.id] = (
                deputies.get(absence.user_id.id, nobody) | absence.deputy_id
            )
        return deputies
