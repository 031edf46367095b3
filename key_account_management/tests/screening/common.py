from datetime import timedelta

from odoo import Command

from ..common import KamCase


class ScreeningCase(KamCase):
    """A lead and a customer that may become key accounts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Screening = cls.env["kam.screening"]
        cls.amy, cls.ben, cls.sue, cls.max = (
            cls.users[login] for login in ("amy", "ben", "sue", "max")
        )
        cls.customer = cls._customer("Alpha")
        cls._invoice(cls.customer, 120000.0, cls._months_ago(2))
        cls._refresh()
        cls.account = cls._account(cls.customer)
        cls.account.write({"manager_id": cls.amy.id, "team_id": cls.east.id})
        cls.lead = cls.env["crm.lead"].create(
            {
                "name": "Bearings for a new plant",
                "type": "lead",
                "partner_name": "Beta Works",
                "contact_name": "Bea Lee",
                "email_from": "bea@beta.example.com",
                "user_id": cls.amy.id,
                "team_id": cls.east.id,
                "company_id": cls.company.id,
            }
        )
        cls.reason = cls.env.ref("key_account_management.lost_reason_competitor")

    @classmethod
    def _screening(cls, user=None, complete=True, **values):
        """A screening by a user, with everything that the confirmation needs."""
        if not values.keys() & {"partner_id", "lead_id"}:
            values["partner_id"] = cls.customer.id
        screening = cls.Screening.with_user(user or cls.amy).create(values)
        if complete:
            cls._complete(screening)
        return screening

    @classmethod
    def _complete(cls, screening):
        screening.write(
            {
                "expected_revenue": 1000000.0,
                "expected_margin": 20.0,
                "needs": "Bearings that last",
                "no_competitor": True,
                "resource_ids": [
                    Command.create(
                        {"department": "technology", "need": "A", "points": 80}
                    )
                ],
            }
        )
        screening.risk_line_ids.points = 80.0
        screening.sudo().team_id = cls.east

    @staticmethod
    def _working_day(day):
        """The day, or the Friday before when it falls on a weekend."""
        return day - timedelta(days=max(0, day.weekday() - 4))

    def _confirm(self, screening):
        self._submit_and_review(screening)
        screening.with_user(self.max).action_approve()

    def _submit_and_review(self, screening):
        """Everything but the decision."""
        screening.with_user(self.amy).action_submit()
        screening.with_user(self.sue).action_approve()
