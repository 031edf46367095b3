from odoo.tests import tagged
from odoo.tests.common import warmup

from .common import KamCase

FEW, MANY = 8, 80


@tagged("post_install", "-at_install")
class TestPerformance(KamCase):
    """Statement counts must not grow with the number of customers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partners = cls._customers(MANY)

    def _count(self, function, *args):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        function(*args)
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

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
