"""Turns of occasions: who is told of one, and how it ends."""

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models

from .kam_occasion import ACTIVITY_TYPE, OPEN, RESPONSES

# Days after an occasion until which the answer can be recorded
GRACE_DAYS = 7
# What is recorded of a turn
ANSWER = ("response", "response_note", "cost")


class KamOccasion(models.Model):
    _inherit = "kam.occasion"

    def _restart(self):
        """Begin the turn again, as if nobody had been told."""
        occasions = self.sudo()
        occasions.activity_unlink([ACTIVITY_TYPE])
        occasions.write({"state": "coming", "superior_id": False})
        # Time has passed: the coming turn may be another one
        occasions.modified(["last_date"])

    def _close(self, state):
        """End the current turn and keep what was done.

        :param str state: ``done`` or ``passed``
        """
        self.env["kam.occasion.turn"].create(
            [
                {
                    "occasion_id": occasion.id,
                    "date": occasion.next_date,
                    "state": state,
                    "user_id": occasion.user_id.id,
                    **{fname: occasion[fname] for fname in ANSWER},
                }
                for occasion in self
            ]
        )
        anew = {
            "state": "coming",
            "superior_id": False,
            **dict.fromkeys(ANSWER, False),
        }
        for (yearly, day), occasions in self.grouped(
            lambda o: (o.is_yearly, o.next_date)
        ).items():
            values = anew if yearly else {"state": state}
            occasions.write({"last_date": day, **values})

    # ------------------------------------------------------------
    # Every day
    # ------------------------------------------------------------

    @api.model
    def _cron_remind(self):
        """Tell of what is coming, and close what is over."""
        for company in self.env["res.company"].search([]):
            self.with_company(company)._close_overdue(company)
            self.with_company(company)._tell_coming(company)

    @api.model
    def _close_overdue(self, company):
        limit = company._kam_today() - relativedelta(days=GRACE_DAYS)
        occasions = self.search(
            [
                ("company_id", "=", company.id),
                ("state", "in", OPEN),
                ("next_date", "<", limit),
            ]
        )
        occasions.activity_unlink([ACTIVITY_TYPE])
        answered = occasions.filtered(lambda o: o.state == "responded")
        answered._close("done")
        (occasions - answered)._close("passed")

    @api.model
    def _tell_coming(self, company):
        """Ask for responses and inform the superiors, once a turn."""
        self.search(
            [
                ("company_id", "=", company.id),
                ("state", "=", "coming"),
                ("notice_date", "<=", company._kam_today()),
            ]
        )._tell()

    # ------------------------------------------------------------
    # Who is told
    # ------------------------------------------------------------

    def _tell(self):
        """Inform the superiors, and ask for a response where none is chosen yet."""
        superiors = {occasion: occasion._find_superior() for occasion in self}
        for (superior, state), told in self.grouped(
            lambda o: (superiors[o], o.state)
        ).items():
            values = {"state": "informed"} if state == "coming" else {}
            told.write({**values, "superior_id": superior.id})
        self.env["mail.activity"]._kam_create(
            ACTIVITY_TYPE,
            (
                {
                    "res_model": self._name,
                    "res_id": occasion.id,
                    "user_id": user.id,
                    "date_deadline": max(
                        occasion.next_date, occasion.company_id._kam_today()
                    ),
                    "summary": summary,
                }
                for occasion in self
                for user, summary in occasion._messages()
            ),
        )

    def _messages(self):
        """Whom to tell what, in the language of each.

        The superior is asked in place of a responsible who has left.

        :return: list of (user, summary)
        """
        self.ensure_one()
        superior = self.superior_id
        asked = self.user_id if self.user_id.active else superior
        messages = []
        if asked and self.state != "responded":
            env = self.with_context(lang=asked.lang).env
            messages.append((asked, env._("Choose a response: %s", self.name)))
        if superior and (superior != asked or self.state == "responded"):
            env = self.with_context(lang=superior.lang).env
            messages.append((superior, env._("For your information: %s", self.name)))
        return messages

    def _find_superior(self):
        """Leader of the territory, or of one above it: not the responsible himself."""
        return self.account_id.team_id._kam_find_leader(lambda u: u != self.user_id)

    def _hand_on(self, former):
        """What the former responsible was asked, the new one is asked."""
        if former and self.user_id:
            self.sudo().activity_search(
                [ACTIVITY_TYPE], user_id=former.id
            ).with_context(mail_activity_quick_update=True).user_id = self.user_id


class KamOccasionTurn(models.Model):
    """How one turn of an occasion went. Written when the turn is closed."""

    _name = "kam.occasion.turn"
    _description = "Past Turn of an Occasion"
    _order = "date desc, id desc"
    _rec_name = "date"

    occasion_id = fields.Many2one(
        "kam.occasion", required=True, index=True, ondelete="cascade", readonly=True
    )
    account_id = fields.Many2one(related="occasion_id.account_id", store=True)
    company_id = fields.Many2one(related="occasion_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(required=True, readonly=True)
    state = fields.Selection([("done", "Done"), ("passed", "Passed")], readonly=True)
    response = fields.Selection(RESPONSES, readonly=True)
    response_note = fields.Text(string="What We Did", readonly=True)
    cost = fields.Monetary(readonly=True)
    user_id = fields.Many2one("res.users", string="Responsible", readonly=True)
