from collections import Counter

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...models.relationship.res_partner import THINKING

QUESTIONS = ("opening", "decision", "paper", "trouble", "praise")


class KamThinkingQuiz(models.TransientModel):
    """Five observations of a contact suggest the thinking preference (C2)."""

    _name = "kam.thinking.quiz"
    _inherit = ["kam.access.mixin"]
    _description = "Thinking Preference Questionnaire"

    partner_id = fields.Many2one("res.partner", string="Contact", required=True)
    opening = fields.Selection(
        [
            ("analytical", "Asks for data and how they were collected"),
            ("intuitive", "Talks about what could become of it"),
            ("social", "Asks how we are and who else is involved"),
            ("logical", "Wants the agenda and the goal"),
        ],
        string="How does a meeting begin?",
    )
    decision = fields.Selection(
        [
            ("analytical", "Compares all alternatives in detail"),
            ("intuitive", "Trusts the gut and decides early"),
            ("social", "Asks the team and looks for agreement"),
            ("logical", "Follows criteria and a fixed order of steps"),
        ],
        string="How are decisions made?",
    )
    paper = fields.Selection(
        [
            ("analytical", "Tables, measurements, sources"),
            ("intuitive", "A picture, a vision, a sample"),
            ("social", "References and stories of people"),
            ("logical", "A one-page plan with dates"),
        ],
        string="What gets read first?",
    )
    trouble = fields.Selection(
        [
            ("analytical", "Looks for the cause in the figures"),
            ("intuitive", "Has a new idea at once"),
            ("social", "Calls the people concerned together"),
            ("logical", "Asks who does what until when"),
        ],
        string="What happens when something goes wrong?",
    )
    praise = fields.Selection(
        [
            ("analytical", "Accuracy and expertise"),
            ("intuitive", "Originality and courage"),
            ("social", "Reliability as a partner"),
            ("logical", "Structure and punctuality"),
        ],
        string="What is praised in others?",
    )
    thinking = fields.Selection(
        THINKING,
        string="Preference",
        compute="_compute_thinking",
        store=True,
        readonly=False,
        help="Suggested by most of the answers. You may choose another.",
    )
    is_mixed = fields.Boolean(compute="_compute_thinking", store=True)
    advice = fields.Text(string="How to Communicate", compute="_compute_advice")

    @api.depends(*QUESTIONS)
    def _compute_thinking(self):
        for quiz in self:
            answers = Counter(quiz[name] for name in QUESTIONS if quiz[name])
            ranking = answers.most_common(2)
            quiz.is_mixed = len(ranking) == 2 and ranking[0][1] == ranking[1][1]
            clear = ranking and not quiz.is_mixed
            quiz.thinking = ranking[0][0] if clear else False

    @api.depends("thinking")
    def _compute_advice(self):
        advice = self.partner_id._kam_thinking_advice()
        for quiz in self:
            quiz.advice = advice.get(quiz.thinking)

    def action_apply(self):
        """Set the preference of the contact."""
        self.ensure_one()
        if not self.thinking:
            raise UserError(
                self.env._(
                    "The answers point to no single preference: answer more, or choose"
                    " one yourself."
                )
            )
        self.partner_id.kam_thinking = self.thinking
        return {"type": "ir.actions.act_window_close"}
