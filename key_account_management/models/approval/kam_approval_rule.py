from odoo import fields, models


class KamApprovalRule(models.AbstractModel):
    """Who decides, and by when.

    Shared by the configured steps and by the rows that a submission freezes from
    them, so that a change of configuration does not reach what is on its way.
    """

    _name = "kam.approval.rule"
    _description = "Approval Rule"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(
        default=10, help="Steps with the same number are decided side by side."
    )
    mode = fields.Selection(
        [("all", "Required"), ("any", "Any one of the parallel steps")],
        string="Side by Side",
        required=True,
        default="all",
        help="Of the parallel steps marked “Any one”, one approval is enough.",
    )
    decider_type = fields.Selection(
        [
            ("group", "Members of a group"),
            ("user", "A user"),
            ("field", "A user field of the document"),
            ("leader", "Leader of the territory"),
            ("parent_leader", "Leader of the territory above"),
        ],
        string="Who Decides",
        required=True,
        default="group",
    )
    group_id = fields.Many2one("res.groups", ondelete="restrict")
    user_id = fields.Many2one("res.users", ondelete="restrict")
    user_field = fields.Char(
        help="Technical name of the field of the document that holds the user."
    )
    days = fields.Integer(
        string="Days Allowed",
        default=3,
        help="0: no deadline. Calendar or working days, as the company has set.",
    )
    max_days = fields.Integer(
        string="Days at Most",
        help="Up to which the days may be extended. 0: they may not.",
    )
    extend_group_id = fields.Many2one(
        "res.groups",
        string="Extended by",
        ondelete="restrict",
        help="Members may extend the deadline. Empty: nobody.",
    )
    cap_days = fields.Integer(
        string="Days Since Submission at Most",
        help="The deadline never lies later than this many days after the document was "
        "submitted, extended or not. 0: no cap.",
    )
    with_activity = fields.Boolean(
        string="Activity for Each Decider",
        default=True,
        help="Otherwise the document only stands in the list “To Approve”.",
    )
    approve_action_ids = fields.Many2many(
        "ir.actions.server",
        "kam_approval_rule_approve_action_rel",
        string="Actions on Approval",
    )
    refuse_action_ids = fields.Many2many(
        "ir.actions.server",
        "kam_approval_rule_refuse_action_rel",
        string="Actions on Refusal",
    )
    return_action_ids = fields.Many2many(
        "ir.actions.server",
        "kam_approval_rule_return_action_rel",
        string="Actions on Return",
    )
    overdue_action_ids = fields.Many2many(
        "ir.actions.server",
        "kam_approval_rule_overdue_action_rel",
        string="Actions When Overdue",
    )
