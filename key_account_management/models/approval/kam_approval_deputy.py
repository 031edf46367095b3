from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError


class KamApprovalDeputy(models.Model):
    """Who decides in the place of somebody absent, in one company.

    The absent choose their deputies themselves; for those who fell ill, whoever leads
    their territory or is above them does, or an administrator, and never chooses
    himself.
    """

    _name = "kam.approval.deputy"
    _inherit = ["kam.access.mixin"]
    _description = "Approval Deputy"
    _order = "date_from desc, id"
    _rec_name = "deputy_id"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.company,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Absent User",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.user,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    deputy_id = fields.Many2one(
        "res.users",
        required=True,
        index=True,
        ondelete="restrict",
        domain="[('share', '=', False), ('company_ids', 'in', company_id), "
        "('id', '!=', user_id)]",
    )
    date_from = fields.Date(
        string="Away from",
        required=True,
        default=lambda self: self.env.company._kam_today(),
    )
    date_to = fields.Date(string="Away until", required=True)

    # ------------------------------------------------------------
    # Constraints
    # ------------------------------------------------------------

    @api.constrains("user_id", "deputy_id", "date_from", "date_to")
    def _check_deputy(self):
        for absence in self:
            if absence.user_id == absence.deputy_id:
                raise ValidationError(self.env._("A user cannot be their own deputy."))
            if absence.date_from > absence.date_to:
                raise ValidationError(
                    self.env._("The absence cannot end before it starts.")
                )

    @api.constrains("user_id", "deputy_id", "company_id")
    def _check_employed(self):
        for absence in self:
            absence.company_id._kam_check_employs(absence.user_id | absence.deputy_id)

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        absences = super().create(vals_list)
        absences._check_may_set()
        absences._ask_deputies(absences._get_absent())
        absences._warn_of_what_waits()
        return absences

    def write(self, vals):
        self._check_may_set()
        absent = self._get_absent()
        result = super().write(vals)
        self._check_may_set()
        self._ask_deputies(absent | self._get_absent())
        self._warn_of_what_waits()
        return result

    def unlink(self):
        self._check_may_set()
        absent = self._get_absent()
        result = super().unlink()
        self._ask_deputies(absent)
        return result

    def _check_may_set(self):
        """:raise AccessError: it is not for the user to say who stands in"""
        if self.env.su:
            return
        user = self.env.user
        administers = user.has_group("base.group_system")
        for absence in self.filtered(lambda a: a.user_id != user):
            if absence.deputy_id == user or not (
                administers or user._kam_outranks(absence.user_id)
            ):
                raise AccessError(
                    self.env._(
                        "It is for %(user)s, or for a superior who does not stand in, "
                        "to choose this deputy.",
                        user=absence.user_id.sudo().name,
                    )
                )

    def _get_absent(self):
        """:return: set of pairs of a user and a company"""
        return {(absence.user_id, absence.company_id) for absence in self}

    # ------------------------------------------------------------
    # Business
    # ------------------------------------------------------------

    @api.model
    def _ask_deputies(self, absent):
        """Bring those asked in line at once: people fall ill in the morning.

        :param absent: set of pairs of a user and a company
        """
        users = self.env["res.users"].union(*(user for user, _company in absent))
        companies = self.env["res.company"].union(*(company for _u, company in absent))
        self.env["kam.approval"]._ask_again(
            [("decider_ids", "in", users.ids), ("company_id", "in", companies.ids)]
        )

    def _warn_of_what_waits(self):
        """Tell the user of deputies who may not read what waits for the absent now."""
        rows = self.env["kam.approval"].sudo()
        rows = rows.search(
            [
                ("state", "=", "pending"),
                ("decider_ids", "in", self.user_id.ids),
                ("company_id", "in", self.company_id.ids),
            ]
        )._with_document()
        eligible = rows._eligibility()
        sentences = []
        for absence in self:
            waiting = rows.filtered(
                lambda row, absence=absence: (
                    row.company_id == absence.company_id
                    and absence.user_id in row.decider_ids
                )
            )
            deputy = absence.deputy_id.sudo()
            if count := sum(not eligible(row, deputy) for row in waiting):
                sentences.append(
                    self.env._(
                        "%(deputy)s may not read documents that wait for %(user)s: "
                        "%(count)s. On these, the next leader above decides.",
                        deputy=deputy.name,
                        user=absence.user_id.sudo().name,
                        count=count,
                    )
                )
        if sentences:
            self.env.user._bus_send(
                "simple_notification",
                {"type": "warning", "sticky": True, "message": "\n".join(sentences)},
            )

    @api.model
    def _deputies_by_company(self, companies):
        """Users who may decide for others on the present day of their company.

        :return: dict by company: dict of ``res.users`` by id of the user stood in for
        """
        deputies = {company: {} for company in companies}
        by_day = defaultdict(companies.browse)
        for company in companies:
            by_day[company._kam_today()] += company
        for day, group in by_day.items():
            for absence in self.sudo().search(
                [
                    ("company_id", "in", group.ids),
                    ("date_from", "<=", day),
                    ("date_to", ">=", day),
                ]
            ):
                theirs = deputies[absence.company_id]
                nobody = absence.deputy_id.browse()
                theirs[absence.user_id.id] = (
                    theirs.get(absence.user_id.id, nobody) | absence.deputy_id
                )
        return deputies
