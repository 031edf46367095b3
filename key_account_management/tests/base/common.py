import base64
from contextlib import contextmanager

from ..common import KamCase


class RecordCase(KamCase):
    """A record of each model, for tests that walk over all of them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.account_use_credit_limit = True
        cls.partner = cls._customer("Alpha")
        cls._invoice(cls.partner, 120000.0)
        cls._refresh()
        cls.account = cls._account(cls.partner)
        # In charge of what the customers of new records are
        cls.people = {"manager_id": cls.users["amy"].id, "team_id": cls.east.id}
        cls.account.write(cls.people)
        cls.east.member_ids |= cls.users["amy"]

    @contextmanager
    def _belonging_to(self, user, team):
        """Make records whose customers somebody else is in charge of."""
        people = self.people
        self.people = {"manager_id": user.id, "team_id": team.id}
        yield
        self.people = people

    def _line(self, parent, field, indicator=None, **values):
        """Values of a line, with a document to hang it on.

        :param str indicator: model of the indicator that the line is on, if any
        """
        values[field] = self._create(parent).id
        if indicator:  # documents come with lines on those there are
            category = {"category": "basics"} if "credit" in indicator else {}
            record = self.env[indicator].create({"name": "Another", **category})
            values["indicator_id"] = record.id
        return values

    def _values(self, model):
        """What a person enters to create a record."""
        customer = self._customer("New")
        account = None
        if model != "kam.account":
            values = {"partner_id": customer.id, **self.people}
            account = self.Account.create(values).id
        makers = {
            "kam.account": lambda: {"partner_id": customer.id, **self.people},
            "kam.approval.deputy": lambda: {
                "user_id": self.people["manager_id"],
                "deputy_id": self.users["eve"].id,
                "date_to": self._months_ago(-1),
            },
            "kam.account.member": lambda: {
                "account_id": account,
                "user_id": self.users["joe"].id,
            },
            "kam.credit.assessment": lambda: {"account_id": account},
            "kam.credit.assessment.line": lambda: self._line(
                "kam.credit.assessment", "assessment_id", "kam.credit.indicator"
            ),
            "kam.credit.document": lambda: {
                "account_id": account,
                "file": base64.b64encode(b"Licence"),
                "type_id": self.env["kam.credit.document.type"].search([], limit=1).id,
            },
            "kam.credit.request": lambda: {"account_id": account, "reason": "Growth"},
            "kam.credit.statement": lambda: self._line(
                "kam.credit.assessment", "assessment_id", date_end=self.today
            ),
            "kam.development.contact": lambda: {
                "screening_id": self._create("kam.screening").id
            },
            "kam.occasion": lambda: {
                "account_id": account,
                "name": "Honour",
                "kind": "honour",
                "date": self._months_ago(-1),
            },
            "kam.partner.profile": lambda: {
                "partner_id": customer.create(
                    {"name": "Li", "parent_id": customer.id}
                ).id
            },
            "kam.risk.line": lambda: self._line(
                "kam.screening", "screening_id", "kam.risk.indicator"
            ),
            "kam.screening": lambda: {  # of somebody who has no account yet
                "partner_id": self._customer("Candidate").id,
                "user_id": self.people["manager_id"],
            },
            "kam.screening.advantage": lambda: self._line(
                "kam.screening", "screening_id", kind="cost", name="Quick"
            ),
            "kam.screening.competitor": lambda: self._line(
                "kam.screening", "screening_id", name="Rival"
            ),
            "kam.screening.resource": lambda: self._line(
                "kam.screening", "screening_id", department="technology", need="Size"
            ),
            "kam.screening.statement": lambda: self._line(
                "kam.screening", "screening_id", date_end=self.today
            ),
            "kam.visit": lambda: {
                "account_id": account,
                "type_id": self.env.ref(
                    "key_account_management.kam_visit_type_regular"
                ).id,
                "user_id": self.people["manager_id"],
            },
            "kam.visit.check": lambda: {
                "visit_id": self._create("kam.visit").id,
                "name": "Call",
            },
            "kam.visit.finding": lambda: {
                "visit_id": self._create("kam.visit").id,
                "name": "Wants more",
            },
            "sale.order": lambda: {"partner_id": customer.id},
            "sale.order.line": lambda: self._line(
                "sale.order", "order_id", product_id=self.product.id
            ),
        }
        return makers[model]()

    def _create(self, model):
        record = self.env[model].create(self._values(model))
        if model == "kam.screening":  # nobody picks the reviewer
            record.team_id = self.people["team_id"]
        return record
