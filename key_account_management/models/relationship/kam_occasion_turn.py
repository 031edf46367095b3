from odoo import fields, models

from .kam_occasion import RESPONSES


class KamOccasionTurn(models.Model):
    """How one turn of an occasion went. Written when the turn is closed."""

    _name = "kam.occasion.turn"
    _inherit = ["kam.access.mixin"]
    _description = "Past Occurrence of an Occasion"
    _order = "date desc, id desc"
    _rec_name = "date"

    occasion_id = fields.Many2one(
        "kam.occasion", required=True, index=True, ondelete="restrict", readonly=True
    )
    account_id = fields.Many2one(related="occasion_id.account_id", store=True)
    company_id = fields.Many2one(related="occasion_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(required=True, readonly=True)
    state = fields.Selection([("done", "Done"), ("passed", "Passed")], readonly=True)
    response = fields.Selection(RESPONSES, readonly=True)
    response_note = fields.Text(readonly=True)
    cost = fields.Monetary(readonly=True)
    user_id = fields.Many2one(
        "res.users", string="Responsible", readonly=True, ondelete="restrict"
    )
