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
        default=10, help="Steps with the same number are decided in parallel."
    )
    mode = fields.Selection(
        [("all", "All must approve"), ("any", "One approval is enough")],
        string="Parallel Steps",
        required=True,
        default="all",
        help="Of the parallel steps marked “One approval is enough”, one is needed.",
    )
    decider_type = fields.Selection(
        [
            ("group", "Group members"),
            ("user", "User"),
            ("field", "User field of the document"),
            ("leader", "Leader of the territory"),
            ("parent_leader", "Leader of the territory above"),
        ],
        required=True,
        default="group",
    )
    group_id = fields.Many2one("res.groups", string="User Group", ondelete="restrict")
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
        string="Maximum Days",
        help="How far the deadline may be extended. 0: not at all.",
    )
    extend_group_id = fields.Many2one(
        "res.groups",
        string="Extension Group",
        ondelete="restrict",
        help="Members of this group may extend the deadline. Empty: nobody.",
    )
    cap_days = fields.Integer(
        string="Maximum Days Since Submission",
        help="The deadline never lies later than this many days after the document was "
        "submitted, extended or not. 0: no cap.",
    )
    with_activity = fields.Boolean(
        string="Schedule Activities",
        default=True,
        help="Give each decider an activity. Otherwise, the document is only listed "
        "under “To Approve”.",
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
