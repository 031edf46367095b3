from odoo import fields, models
from odoo.fields import Command

METHODS = [
    ("face", "Face to face"),
    ("phone", "Phone"),
    ("online", "Online"),
]
CHECK_KINDS = [
    ("own", "Our documents"),
    ("customer", "On the customer"),
    ("personal", "Personal"),
    ("material", "Materials and samples"),
]


class KamVisitType(models.Model):
    """Kind of visit, with what its preparation takes (D3)."""

    _name = "kam.visit.type"
    _inherit = ["kam.access.mixin", "kam.used.mixin"]
    _description = "Visit Type"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    color = fields.Integer()
    purpose = fields.Char(
        translate=True, help="Default purpose of visits of this type."
    )
    method = fields.Selection(METHODS, required=True, default="face")
    duration = fields.Float(default=1.0, help="Default duration in hours.")
    company_id = fields.Many2one(
        "res.company", index=True, help="Empty: for all companies."
    )
    check_ids = fields.One2many("kam.visit.type.check", "type_id", copy=True)

    _duration_positive = models.Constraint(
        "CHECK (duration > 0)", "The duration must be positive."
    )

    def _checklist_commands(self):
        """Commands that copy the checklist to a visit."""
        return [
            Command.create(
                {"name": check.name, "kind": check.kind, "sequence": check.sequence}
            )
            for check in self.check_ids
        ]


class KamVisitTypeCheck(models.Model):
    """What to prepare or to bring for a type of visit."""

    _name = "kam.visit.type.check"
    _inherit = ["kam.access.mixin"]
    _description = "Visit Checklist Template"
    _order = "type_id, sequence, id"

    type_id = fields.Many2one(
        "kam.visit.type", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="type_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    name = fields.Char(required=True, translate=True)
    kind = fields.Selection(CHECK_KINDS, required=True, default="own")


class KamVisitCheck(models.Model):
    """One thing to prepare or to bring for a visit."""

    _name = "kam.visit.check"
    _inherit = ["kam.access.mixin"]
    _description = "Visit Checklist"
    _access_parents = ("visit_id",)
    _order = "visit_id, sequence, id"

    visit_id = fields.Many2one(
        "kam.visit", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="visit_id.company_id", store=True, precompute=True
    )
    sequence = fields.Integer(default=10)
    name = fields.Char(required=True)
    kind = fields.Selection(CHECK_KINDS, required=True, default="own")
    is_done = fields.Boolean(string="Done", copy=False)
