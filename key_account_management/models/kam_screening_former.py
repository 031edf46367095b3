"""Screened before: a file that was closed is the start of the next (B7)."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class KamScreening(models.Model):
    _inherit = "kam.screening"

    former_id = fields.Many2one(
        "kam.screening",
        string="Screened Before",
        compute="_compute_former_id",
        store=True,
        index="btree_not_null",
        ondelete="set null",
        help="The last file of the candidate, and what came of it.",
    )
    former_result = fields.Selection(
        related="former_id.result", string="Former Result", related_sudo=True
    )

    @api.depends("partner_id", "lead_id", "company_id")
    def _compute_former_id(self):
        """The last closed file before each, of all of them at once."""
        candidates = Domain("partner_id", "in", self.partner_id.ids)
        candidates |= Domain("lead_id", "in", self.lead_id.ids)
        closed = self.sudo().search(
            candidates
            & Domain("company_id", "in", self.company_id.ids)
            & Domain("result", "!=", "open"),
            order="id DESC",
        )
        for screening in self:
            screening.former_id = closed.filtered(screening._is_after)[:1]

    def _is_after(self, former):
        """Whether a closed file is an earlier one of the same candidate."""
        return (
            former.company_id == self.company_id
            and (not self._origin or former.id < self._origin.id)
            and bool(
                former.partner_id & self.partner_id or former.lead_id & self.lead_id
            )
        )

    def action_screen_again(self):
        """Start over with what the file of a refused or failed candidate knows.

        :raise UserError: the screening is not closed, or was confirmed
        """
        self.ensure_one()
        if self.result not in ("refused", "failed"):
            raise UserError(
                self.env._("Only refused and failed candidates are screened again.")
            )
        return self.env["ir.actions.actions"]._kam_form(self.copy())

    @api.ondelete(at_uninstall=False)
    def _unlink_except_developed(self):
        """The record of a development is kept, whatever comes of it."""
        if self.env.su:
            return
        if developed := self.sudo().filtered("contact_ids"):
            raise UserError(
                self.env._(
                    "%(screening)s has a development record, which is kept. Press "
                    "“Development Failed” instead, and say why.",
                    screening=developed[0].display_name,
                )
            )
