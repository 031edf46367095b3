from odoo.tests import tagged
from odoo.tests.common import warmup

from ..common import KamCase

FEW, MANY = 8, 80


@tagged("post_install", "-at_install")
class TestPerformance(KamCase):
    """Statement counts must not grow with the number of customers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partners = cls._customers(MANY)

    def _assert_constant(self, few, many, slack=0):
        self.assertLessEqual(many, few + slack)

    @warmup
    def test_refresh(self):
        first, changed, unchanged = [], [], []
        for partners in (self.partners[:FEW], self.partners[FEW:]):
            self._invoices([(p, 1500000.0) for p in partners])
            first.append(self._count(self._refresh))
            self._invoices([(p, 1.0) for p in partners])
            changed.append(self._count(self._refresh))
            unchanged.append(self._count(self._refresh))
        self._assert_constant(*first, slack=3)
        self.assertEqual({*changed, *unchanged}, {unchanged[0]})

    @warmup
    def test_snapshot(self):
        Snapshot = self.env["kam.account.snapshot"]
        counts = []
        for partners in (self.partners[:FEW], self.partners):
            self._invoices([(p, 100.0) for p in partners], self._months_ago(2))
            self._refresh()
            day = self._months_ago(1)
            counts.append(self._count(Snapshot._rebuild, self.company, day, day))
        self._assert_constant(*counts)

    @warmup
    def test_decisions(self):
        """Applying proposals: few statements more for ten times as many.

        ORM inserts go in slices of at most 1,000 rows, so that the count grows with
        thousands, not with proposals.
        """
        self._invoices([(p, 1500000.0) for p in self.partners])
        self._refresh()
        proposals = self.env["kam.tier.proposal"].search([])
        proposals = proposals.with_user(self.users["max"])
        counts = [
            self._count(proposals[:1].action_approve),
            self._count(proposals[1 : 1 + FEW].action_approve),
            self._count(proposals[1 + FEW :].action_approve),
        ]
        self._assert_constant(*counts[1:], slack=3)

    @warmup
    def test_views(self):
        """List, kanban and form read a constant number of queries more."""
        self._invoices([(p, 1500000.0) for p in self.partners])
        self._refresh()
        accounts = self.Account.search([])
        accounts.member_ids.create(
            [{"account_id": a.id, "user_id": self.users["ben"].id} for a in accounts]
        )
        Account = self.Account.with_user(self.users["max"])
        for view_type in ("list", "kanban", "form"):
            arch = Account.get_view(view_type=view_type)
            names = set(arch["models"]["kam.account"])
            specification = {name: self._specification(name) for name in names}
            counts = [
                self._count(Account.browse(accounts[:size].ids).web_read, specification)
                for size in (FEW, FEW, MANY)
            ]
            with self.subTest(view=view_type):
                self._assert_constant(*counts[1:], slack=3)

    def _specification(self, name):
        field = self.Account._fields[name]
        if field.type == "many2one":
            return {"fields": {"display_name": {}}}
        return {}

    @warmup
    def test_partner_list(self):
        self._invoices([(p, 10.0) for p in self.partners])
        self._refresh()
        names = [n for n in self.partners._fields if n.startswith("kam_")]
        counts = [
            self._count(partners.read, names)
            for partners in (self.partners[:FEW], self.partners[:FEW], self.partners)
        ]
        self._assert_constant(*counts[1:], slack=3)

    # ------------------------------------------------------------
    # Credit
    # ------------------------------------------------------------

    def _grade(self, partners):
        """Grade customers that owe something and have an order."""
        accounts = self.Account.search([("partner_id", "in", partners.ids)])
        grade = self.company._kam_credit_grades()[0].with_env(self.env)
        accounts._assign_credit(grade, 5000.0, grade.payment_term_id)
        self.company.account_use_credit_limit = True
        accounts.team_id = self.east
        for partner in partners:
            self._orders(partner, 1)
        return accounts

    def _assert_list(self, records, *others, login="sue"):
        """A list reads a constant number of statements, with all its columns."""
        records = records.with_user(self.users[login])
        arch = records.get_view(view_type="list")
        names = [*arch["models"][records._name], *others]
        specification = {
            name: {"fields": {"display_name": {}}}
            if records._fields[name].type == "many2one"
            else {}
            for name in names
        }
        ids = records.ids
        counts = [
            self._count(records.browse(ids[:size]).web_read, specification)
            for size in (FEW, FEW, MANY)
        ]
        self._assert_constant(*counts[1:], slack=3)
        return set(names)

    @warmup
    def test_credit_lists(self):
        self._invoices(
            [(p, 1500000.0) for p in self.partners],
            self._months_ago(2),
            invoice_date_due=self._months_ago(1),
        )
        self._refresh()
        accounts = self._grade(self.partners)
        self._refresh()
        with self.subTest("register"):
            names = self._assert_list(accounts, "credit_limit", "credit_exposure")
            self.assertIn("performance_rate", names)
        with self.subTest("obligations"):
            self._assert_list(self.env["kam.credit.obligation"].search([]))
        with self.subTest("requests"):
            requests = self.env["kam.credit.request"].search([])
            self.assertEqual(len(requests), MANY)
            self._assert_list(requests)
        with self.subTest("assessments"):
            assessments = self.env["kam.credit.assessment"].create(
                [{"account_id": account.id} for account in accounts]
            )
            self._assert_list(assessments)

    @warmup
    def test_credit_requests(self):
        """Submitting and deciding: a few statements for each, with a small constant."""
        partners = self.partners + self._customers(31, "More")
        self._invoices([(p, 1500000.0) for p in partners])
        self._refresh()
        accounts = self.Account.search([("partner_id", "in", partners.ids)])
        accounts.team_id = self.east
        accounts._assign_tier(self.key, {})
        self._refresh()
        requests = self.env["kam.credit.request"].search([])
        self.assertEqual(len(requests), 111)
        for login in ("sue", "sam", "max"):
            mine = requests.with_user(self.users[login])
            counts = [
                self._count(mine[:1].action_approve),
                self._count(mine[1:11].action_approve),
                self._count(mine[11:].action_approve),
            ]
            with self.subTest(login=login, counts=counts):
                self.assertLessEqual(counts[2] - counts[1], 90 * 7)
        self.assertEqual(set(requests.mapped("approval_state")), {"approved"})

    @warmup
    def test_proposed_credit_requests(self):
        counts = []
        for partners in (self.partners[:FEW], self.partners[FEW:]):
            self._invoices([(p, 1500000.0) for p in partners])
            self._refresh()
            accounts = self.Account.search([("partner_id", "in", partners.ids)])
            accounts._assign_tier(self.key, {})
            counts.append(self._count(self._refresh))
        requests = self.env["kam.credit.request"].search([])
        self.assertEqual(len(requests), MANY)
        self._assert_constant(*counts, slack=MANY)
