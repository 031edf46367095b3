"""Contacts of a customer as stakeholders (C1, C2): who they are for us."""

from odoo import fields, models

from .res_partner import KAM_READERS

LEVELS = [
    ("executive", "Executive"),
    ("middle", "Middle management"),
    ("front", "Front line"),
]
LINES = [
    ("business", "Business"),
    ("technical", "Technical"),
    ("management", "Management"),
]
THINKING = [
    ("analytical", "Analytical"),
    ("intuitive", "Intuitive"),
    ("social", "Social"),
    ("logical", "Logical"),
]


class ResPartner(models.Model):
    _inherit = "res.partner"

    kam_level = fields.Selection(LEVELS, string="Level", groups=KAM_READERS)
    kam_line = fields.Selection(LINES, string="Line", groups=KAM_READERS)
    kam_decision_role = fields.Selection(
        [
            ("decision_maker", "Decision maker"),
            ("approver", "Approver"),
            ("evaluator", "Evaluator"),
            ("influencer", "Influencer"),
            ("user", "User"),
            ("gatekeeper", "Gatekeeper"),
        ],
        string="Decision Role",
        groups=KAM_READERS,
    )
    kam_influence = fields.Selection(
        [("low", "Low"), ("medium", "Medium"), ("high", "High")],
        string="Influence on Decisions",
        groups=KAM_READERS,
    )
    kam_support = fields.Selection(
        [
            ("sponsor", "Sponsor"),
            ("supporter", "Supporter"),
            ("neutral", "Neutral"),
            ("sceptic", "Sceptic"),
            ("opponent", "Opponent"),
        ],
        string="Support",
        groups=KAM_READERS,
    )
    kam_is_node = fields.Boolean(
        string="Key Node",
        groups=KAM_READERS,
        help="Whose say counts beyond the rank: workshop head, equipment head, …",
    )
    kam_thinking = fields.Selection(
        THINKING, string="Thinking Preference", groups=KAM_READERS
    )
    kam_owner_id = fields.Many2one(
        "res.users",
        string="Relationship Owner",
        groups=KAM_READERS,
        domain="[('share', '=', False)]",
        help="Who of us keeps the relationship with this person.",
    )
    kam_reports_to_id = fields.Many2one(
        "res.partner", string="Reports to", groups=KAM_READERS, index="btree_not_null"
    )
