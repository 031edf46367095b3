"""Work in the background: one thing that fails stops nothing else, and is told."""

from datetime import timedelta

from odoo import Command, fields
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ...models.base.batches import run_or_each
from ..common import BATCHES, RaceCase
from ..credit.common import CreditCase
from ..visit.common import VisitCase

ADDON = "key_account_management"
MANY = 3


class CronCase(CreditCase, VisitCase):
    """Several of everything that the scheduled actions of the addon work on."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = new_test_user(
            cls.env,
            login="kam_admin",
            groups="base.group_user,base.group_system",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        cls.other = cls._create_company("Oak Test")
        cls.company.kam_screening_auto = True
        for login in ("sue", "max", "amy"):
            cls.users[login].email = f"{login}@example.com"
        cls.growing = cls._known("Growing", 1500000.0)
        cls._refresh()
        cls.proposals = cls.growing.proposal_ids
        rows = cls.proposals.sudo().approval_ids
        rows.deadline = cls.today - timedelta(days=1)
        cls.potential = cls._known("Potential", 150000.0, tier=False)
        cls._invoices(
            [(account.partner_id, 50000.0) for account in cls.potential],
            cls._months_ago(15),
        )
        cls.late_payers = cls._known("Late payer", 0.0)
        for account in cls.late_payers:
            cls._owe(account.partner_id, 500000.0, 20)
        cls.late_payers.tier_id = cls.core
        cls.graded = cls._known("Graded", 0.0)
        for account in cls.graded:
            cls._owe(account.partner_id, 700000.0, 20, (0, 700000.0))
        cls.graded.tier_id = cls.core
        cls.expiring = cls._known("Expiring", 10.0)
        cls.expiring.credit_valid_until = cls.today + timedelta(days=10)
        cls._create_occasions()
        cls._create_visits()
        cls._create_joined()
        cls.env.flush_all()

    @classmethod
    def _known(cls, prefix, amount, tier=True):
        """Accounts of amy in the East, with an invoice each."""
        partners = cls._customers(MANY, prefix)
        if amount:
            cls._invoices([(p, amount) for p in partners], cls._months_ago(2))
        return cls.Account.create(
            [
                {
                    "partner_id": partner.id,
                    "manager_id": cls.users["amy"].id,
                    "team_id": cls.east.id,
                }
                for partner in partners
            ]
        )

    @classmethod
    def _create_occasions(cls):
        days = {"over": cls.today - timedelta(days=30), "coming": cls.today}
        cls.over, cls.coming = (
            cls.env["kam.occasion"].create(
                [
                    {"name": f"{name} {n}", "account_id": cls.account.id, "date": day}
                    for n in range(MANY)
                ]
            )
            for name, day in days.items()
        )

    @classmethod
    def _create_visits(cls):
        """Held at accounts of their own: none is the follow-up of another."""
        accounts = cls._known("Visited", 0.0)
        cls.visits = cls.env["kam.visit"].union(
            *(
                cls._held(9, account_id=account.id, contact_ids=[Command.clear()])
                for account in accounts
            )
        )

    @classmethod
    def _create_joined(cls):
        """Customers made contacts of new companies, of one with an account, too."""
        cls.joined = cls._known("Joined", 100.0)
        cls.groups = cls._customers(MANY, "Group")
        cls.Account.create({"partner_id": cls.groups[0].id})
        for account, group in zip(cls.joined, cls.groups, strict=True):
            account.partner_id.write({"is_company": False, "parent_id": group.id})

    # ------------------------------------------------------------
    # Running
    # ------------------------------------------------------------

    def _crons(self):
        data = self.env["ir.model.data"].search(
            [("module", "=", ADDON), ("model", "=", "ir.cron")]
        )
        return self.env["ir.cron"].browse(data.mapped("res_id"))

    def _run_crons(self):
        with self.enter_registry_test_mode(), mute_logger(BATCHES, "odoo.sql_db"):
            for cron in self._crons():
                with self.subTest(cron=cron.name):
                    self.assertIs(cron.method_direct_trigger(), True)
        self.env.invalidate_all()

    def _poison(self, table, condition):
        """Let the database refuse what is written to some row of a table."""
        self.env.cr.execute(
            f"""
            CREATE FUNCTION kam_poison_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF {condition} THEN RAISE EXCEPTION 'poisoned {table}'; END IF;
                RETURN NEW;
            END $$;
            CREATE TRIGGER kam_poison BEFORE INSERT OR UPDATE ON {table}
                FOR EACH ROW EXECUTE FUNCTION kam_poison_{table}()
            """
        )

    def _mails(self, login):
        mails = self.env["mail.mail"].search([("subject", "ilike", "to approve")])
        return mails.filtered(lambda m: f"{login}@" in m.email_to)

    def _failures(self, user=None):
        return self.env["mail.activity"].search(
            [
                ("kam_failure", "!=", False),
                ("user_id", "=", (user or self.admin).id),
            ]
        )

    def _activities(self, records, user=None):
        return self.env["mail.activity"].search(
            [
                ("res_model", "=", records._name),
                ("res_id", "in", records.ids),
                ("user_id", "in", (user or self.users["sue"]).ids),
            ]
        )

    def _late_notes(self, proposals):
        return proposals.filtered(
            lambda p: any("Late:" in message.body for message in p.message_ids)
        )

    def _reached(self):
        """What each kind of work did, by its name: the records for which it was done"""
        Account = self.Account
        return {
            "joined": self.groups.filtered(
                lambda g: (
                    self._account(g).revenue_12m and not self._account(g.child_ids)
                )
            ),
            "withdrawn": self.late_payers.filtered(
                lambda a: a.performance_hold_date and not a.tier_id
            ),
            "graded": self.graded.filtered("credit_request_ids"),
            "screened": self.potential.filtered("screening_ids"),
            "noted": self._late_notes(self.proposals),
            "closed": self.over.filtered(lambda o: o.state == "passed"),
            "told": self.coming.filtered(lambda o: o.state == "informed"),
            "expiring": Account.browse(
                self._activities(self.expiring).mapped("res_id")
            ),
            "escalated": self.visits.filtered("follow_up_escalated"),
        }


@tagged("post_install", "-at_install")
class TestCrons(CronCase):
    def test_several_of_everything(self):
        self.assertTrue(self._crons())
        self._run_crons()
        for work, reached in self._reached().items():
            with self.subTest(work=work):
                self.assertEqual(len(reached), MANY)
        self.assertEqual(len(self._mails("max")), 1)
        self.assertTrue(self.company.kam_refresh_complete_date)
        self.assertFalse(self.company.kam_refresh_failed)
        self.assertTrue(self.account.snapshot_ids | self.growing.snapshot_ids)
        self.assertFalse(self._failures())

    def _poison_each(self):
        """One record of each kind fails: by real data where there is any."""
        stuck = self.joined[1]
        self.groups[1].company_id = self.other  # not for the account of our company
        first = {
            "withdrawn": self.late_payers[0],
            "graded": self.graded[0],
            "screened": self.potential[0],
            "noted": self.proposals[0],
            "closed": self.over[0],
            "told": self.coming[0],
            "expiring": self.expiring[0],
            "escalated": self.visits[0],
            "joined": self.groups[1],
        }
        ids = {work: record.id for work, record in first.items()}
        self._poison("kam_tier_history", f"NEW.account_id = {ids['withdrawn']}")
        self._poison("kam_credit_request", f"NEW.account_id = {ids['graded']}")
        partner = first["screened"].partner_id
        self._poison("kam_screening", f"NEW.partner_id = {partner.id}")
        self._poison(
            "mail_message",
            f"NEW.model = 'kam.tier.proposal' AND NEW.res_id = {ids['noted']}",
        )
        self._poison("kam_occasion", f"NEW.id IN ({ids['closed']}, {ids['told']})")
        self._poison(
            "mail_activity",
            f"NEW.res_model = 'kam.account' AND NEW.res_id = {ids['expiring']}",
        )
        self._poison("kam_visit", f"NEW.id = {ids['escalated']}")
        self._poison("mail_mail", "NEW.email_to LIKE '%max@%'")
        self._poison("kam_account_snapshot", f"NEW.company_id = {self.company.id}")
        self._poison("kam_account", f"NEW.company_id = {self.other.id}")
        return first, stuck

    def test_one_of_each_fails(self):
        self._invoice(self._customer("Theirs"), 10.0, company_id=self.other.id)
        self.proposals.sudo().approval_ids.decider_type = "user"
        self.proposals.sudo().approval_ids.user_id = self.users["max"]
        self.proposals[1].sudo().approval_ids.user_id = self.users["dora"]
        self.users["dora"].email = "dora@example.com"
        first, stuck = self._poison_each()
        self._run_crons()
        for work, reached in self._reached().items():
            with self.subTest(work=work):
                self.assertEqual(len(reached), MANY - 1)
                self.assertNotIn(first[work], reached)
        self.assertEqual(stuck.partner_id.commercial_partner_id, self.groups[1])
        self.assertFalse(self._mails("max"))
        self.assertTrue(self._mails("dora"))
        told = self._failures() | self._failures(self.env.ref("base.user_admin"))
        self.assertEqual(
            set(told.mapped("summary")),
            {
                "Failed: joining the account with that of the company",
                "Failed: withdrawing key-account treatment",
                "Failed: requesting credit grades",
                "Failed: starting screenings",
                "Failed: monthly snapshot of the register",
                "Failed: refreshing the register",
                "Failed: escalating late approvals",
                "Failed: reminding of approvals",
                "Failed: closing occasions",
                "Failed: telling of occasions",
                "Failed: asking for credit assessments",
                "Failed: escalating late follow-ups",
            },
        )
        # The figures are there, whatever failed after them
        self.assertEqual(self.growing.mapped("revenue_12m"), [1500000.0] * MANY)
        self.assertTrue(self.other.kam_refresh_failed)
        self.assertTrue(self.company.kam_refresh_failed)
        self._run_crons()
        again = self._failures() | self._failures(self.env.ref("base.user_admin"))
        self.assertEqual(again, told, "told once")

    def test_steps_after_the_figures(self):
        """A step that fails as a whole leaves figures and the other steps alone."""
        self.env.cr.execute(
            "ALTER TABLE kam_tier_proposal RENAME TO kam_tier_proposal_gone"
        )
        with mute_logger(BATCHES, "odoo.sql_db"):
            action = self.Account._action_refresh(self.company)
        self.env.cr.execute(
            "ALTER TABLE kam_tier_proposal_gone RENAME TO kam_tier_proposal"
        )
        self.assertEqual(action["params"]["type"], "warning")
        self.assertEqual(self.expiring.mapped("revenue_12m"), [10.0] * MANY)
        self.assertTrue(self.potential.screening_ids)
        self.assertTrue(self.company.kam_refresh_failed)
        self.assertIn("Failed: proposing tiers", self._failures().mapped("summary"))

    # ------------------------------------------------------------
    # Telling
    # ------------------------------------------------------------

    def _fail(self, records, message="No such luck"):
        def fail(records):
            raise ValueError(message)

        with mute_logger(BATCHES):
            return run_or_each(records, fail, lambda env: env._("closing occasions"))

    def test_failure_is_told_until_it_is_done(self):
        self.assertEqual(self._fail(self.over[:2]), self.over[:2])
        told = self._failures()
        self.assertEqual(told.summary, "Failed: closing occasions")
        for occasion in self.over[:2]:
            self.assertIn(occasion.name, told.note)
            self.assertIn(f'href="/odoo/kam.occasion/{occasion.id}"', told.note)
        self.assertIn("ValueError: No such luck", told.note)
        self._fail(self.over[2])
        self.assertEqual(self._failures(), told)
        self.assertIn(self.over[2].name, told.note)
        told.action_done()
        self._fail(self.over)
        self.assertNotEqual(self._failures(), told)

    def test_telling_reads_as_text(self):
        self.over[0].name = "<img src=x onerror=alert(1)>"
        self._fail(self.over[0], "<script>alert(2)</script>")
        note = self._failures().note
        self.assertNotIn("<img", note)
        self.assertNotIn("<script", note)

    def test_administrators_of_the_company(self):
        """Those of another company are told only where there is no other."""
        elsewhere = new_test_user(
            self.env,
            login="kam_elsewhere",
            groups="base.group_system",
            company_id=self.other.id,
            company_ids=[Command.set(self.other.ids)],
        )
        self._fail(self.over)
        self.assertTrue(self._failures())
        self.assertFalse(self._failures(elsewhere))

    # ------------------------------------------------------------
    # Banner
    # ------------------------------------------------------------

    def test_banner(self):
        Account = self.Account.with_user(self.users["amy"])
        account = Account.browse(self.account.id)
        company = self.company
        self._refresh()
        self.assertEqual(Account.get_refresh_warnings(), [])
        self.assertFalse(account.refresh_warning)
        for values, text in (
            ({"kam_refresh_failed": True}, "last refresh failed"),
            (
                {
                    "kam_refresh_failed": False,
                    "kam_refresh_complete_date": fields.Datetime.now()
                    - timedelta(hours=37),
                },
                "figures are old: last refreshed on",
            ),
        ):
            company.write(values)
            account.invalidate_recordset()
            with self.subTest(text=text):
                self.assertRegex(Account.get_refresh_warnings()[0], text)
                self.assertRegex(account.refresh_warning, text)
        self._refresh()
        self.assertEqual(Account.get_refresh_warnings(), [])

    def test_banner_of_a_past_picture(self):
        """A look at a past day is no refresh."""
        self._refresh()
        done = self.company.kam_refresh_complete_date
        self.company.kam_refresh_failed = True
        self._refresh(self._months_ago(1))
        self.assertTrue(self.company.kam_refresh_failed)
        self.assertEqual(self.company.kam_refresh_complete_date, done)


@tagged("post_install", "-at_install")
class TestBatchConcurrency(RaceCase):
    """Scheduled work that meets another transaction, both real."""

    def setUp(self):
        super().setUp()
        with self._transaction() as env:
            partners = env["res.partner"].create([{"name": "One"}, {"name": "Two"}])
            self.ids = partners.ids
        self.addCleanup(self._remove_records)

    def _remove_records(self):
        with self._transaction() as env:
            env["res.partner"].browse(self.ids).unlink()

    def test_tried_again(self):
        def write(partners):
            for partner in partners:
                partner.ref = f"{partner.name} was here"

        with self._transaction() as other:
            other["res.partner"].search_count([])  # its picture is from now on
            with self._transaction() as env:
                env["res.partner"].browse(self.ids[0]).name = "First"
            with mute_logger("odoo.sql_db", BATCHES):
                failed = run_or_each(
                    other["res.partner"].browse(self.ids),
                    write,
                    lambda env: "writing",
                    retry=True,
                )
        self.assertFalse(failed)
        with self._transaction() as env:
            refs = env["res.partner"].browse(self.ids).mapped("ref")
        self.assertEqual(refs, ["First was here", "Two was here"])
