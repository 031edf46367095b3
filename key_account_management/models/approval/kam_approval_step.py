import ast

from odoo import Command, api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain


class KamApprovalStep(models.Model):
    """A step of the approval of a kind of document: configuration."""

    _name = "kam.approval.step"
    _inherit = ["kam.approval.rule", "kam.access.mixin"]
    _description = "Approval Step"
    _order = "model_id, sequence, id"

    active = fields.Boolean(default=True)
    model_id = fields.Many2one(
        "ir.model",
        string="Document Type",
        required=True,
        index=True,
        ondelete="cascade",
        domain=lambda self: [("model", "in", self._approved_models())],
    )
    model = fields.Char(related="model_id.model")
    company_id = fields.Many2one(
        "res.company", ondelete="cascade", help="Empty: in all companies."
    )
    condition = fields.Char(
        help="Domain on the document: the step is left out where it does not match."
    )
    approve_action_ids = fields.Many2many(
        relation="kam_approval_step_approve_action_rel", groups="base.group_system"
    )
    refuse_action_ids = fields.Many2many(
        relation="kam_approval_step_refuse_action_rel", groups="base.group_system"
    )
    return_action_ids = fields.Many2many(
        relation="kam_approval_step_return_action_rel", groups="base.group_system"
    )
    overdue_action_ids = fields.Many2many(
        relation="kam_approval_step_overdue_action_rel", groups="base.group_system"
    )

    @api.constrains("decider_type", "group_id", "user_id", "user_field", "model_id")
    def _check_decider(self):
        for step in self:
            if step.decider_type == "group" and not step.group_id:
                raise ValidationError(
                    self.env._(
                        "“%(step)s”: select the group that decides.", step=step.name
                    )
                )
            if step.decider_type == "user" and not step.user_id:
                raise ValidationError(
                    self.env._(
                        "“%(step)s”: select the user who decides.", step=step.name
                    )
                )
            if step.decider_type == "field":
                field = self.env[step.model]._fields.get(step.user_field or "")
                if not field or field.comodel_name != "res.users":
                    raise ValidationError(
                        self.env._(
                            "“%(step)s”: the document has no user field “%(field)s”.",
                            step=step.name,
                            field=step.user_field or "",
                        )
                    )

    @api.constrains("days", "max_days", "cap_days")
    def _check_days(self):
        for step in self:
            if min(step.days, step.max_days, step.cap_days) < 0:
                raise ValidationError(
                    self.env._(
                        "“%(step)s”: the number of days cannot be negative.",
                        step=step.name,
                    )
                )
            if step.max_days and step.max_days < step.days:
                raise ValidationError(
                    self.env._(
                        "“%(step)s”: the maximum number of days cannot be lower "
                        "than the days allowed.",
                        step=step.name,
                    )
                )

    @api.constrains("condition", "model_id")
    def _check_condition(self):
        for step in self.filtered("condition"):
            try:
                self.env[step.model].search(step._condition_domain(), limit=1)
            except Exception as error:
                raise ValidationError(
                    self.env._(
                        "“%(step)s”: the condition is not a valid domain (%(error)s).",
                        step=step.name,
                        error=error,
                    )
                ) from error

    def _condition_domain(self):
        return Domain(ast.literal_eval(self.condition or "[]"))

    @api.model
    def _approved_models(self):
        mixin = self.env.registry["kam.approval.mixin"]
        return [
            name
            for name, model in self.env.registry.items()
            if issubclass(model, mixin) and not model._abstract
        ]

    @api.model
    def _rule_fields(self):
        """Fields of the rule: what a submission copies from a step."""
        fields_ = self.env["kam.approval.rule"]._fields
        return [name for name, field in fields_.items() if field.store and name != "id"]

    def _frozen_values(self):
        """Values of a row of ``kam.approval`` that follow this step."""
        self.ensure_one()
        values = {"step_id": self.id}
        for fname in self._rule_fields():
            field = self._fields[fname]
            if field.type == "many2many":
                values[fname] = [Command.set(self[fname].ids)]
            else:
                values[fname] = field.convert_to_write(self[fname], self)
        return values

    def _frozen_people(self, document):
        """Values of a row that say whom the step means on a document.

        A change of territory or manager, or of the territories themselves, hands over
        no decision that is under way.
        """
        self.ensure_one()
        team = document._approval_team()
        if self.decider_type == "parent_leader":
            team = team.kam_parent_id
        people = {"team_id": team.id}
        # The field may have gone with the app that brought it.
        if self.decider_type == "field":
            known = self.user_field in document._fields
            people["user_id"] = known and document[self.user_field][:1].id
        return people
