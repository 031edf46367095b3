from odoo.tests import tagged

from .common import ScreeningCase


@tagged("post_install", "-at_install")
class TestScreeningProposal(ScreeningCase):
    """Candidates that the classification proposes (A3)."""

    def _potential(self, count):
        partners = self._customers(count, "Grower")
        self._invoices([(p, 150000.0) for p in partners], self._months_ago(3))
        self._invoices([(p, 50000.0) for p in partners], self._months_ago(15))
        self._refresh()
        accounts = self.Account.search([("partner_id", "in", partners.ids)])
        accounts.write({"manager_id": self.amy.id, "team_id": self.east.id})
        self.assertEqual(accounts, accounts.filtered("is_potential"))
        return accounts

    def test_proposed_by_the_classification(self):
        accounts = self._potential(3)
        action = self.Screening.with_user(self.amy).action_propose_from_register()
        screenings = self.Screening.search(action["domain"])
        self.assertEqual(screenings.account_id, accounts)
        self.assertEqual(set(screenings.mapped("origin")), {"rule"})
        self.assertEqual(screenings.user_id, self.amy)
        self.assertEqual(screenings.team_id, self.east)
        self.assertEqual(len(screenings.risk_line_ids), 21)
        self.assertFalse(self.Screening._propose_from_register(self.company))
        # Not again soon after a failure
        screenings[0]._fail_development(self.reason, "No")
        self.assertFalse(self.Screening._propose_from_register(self.company))
        screenings[0].sudo().date_closed = self._months_ago(4)
        again = self.Screening._propose_from_register(self.company)
        self.assertEqual(again.account_id, screenings[0].account_id)

    def test_proposed_accounts_are_those_that_one_sees(self):
        accounts = self._potential(2)
        accounts[1].manager_id = self.max
        action = self.Screening.with_user(self.amy).action_propose_from_register()
        screenings = self.Screening.search(action["domain"])
        self.assertEqual(screenings.account_id, accounts[0])

    def test_selected_accounts(self):
        accounts = self._potential(3)
        accounts[:2].with_user(self.amy).action_screen()
        self.assertEqual(
            self.Screening.search([]).account_id, accounts[:2], "the selected only"
        )
        action = accounts[0].with_user(self.amy).action_screen()
        self.assertEqual(action["res_id"], accounts[0].screening_ids.id)

    def test_refresh_proposes_when_set(self):
        accounts = self._potential(2)
        self.assertFalse(accounts.screening_ids)
        self.company.kam_screening_auto = True
        self._refresh(self._months_ago(2))
        self.assertFalse(accounts.screening_ids, "a look at the past changes nothing")
        self._refresh()
        self.assertEqual(len(accounts.screening_ids), 2)

    def test_account_found_after_the_first_invoice(self):
        partner = self._customer("Newcomer")
        screening = self._screening(partner_id=partner.id, complete=False)
        self.assertFalse(screening.account_id)
        self._invoice(partner, 10.0)
        self._refresh()
        self.assertEqual(screening.account_id, self._account(partner))

    def test_growth_of_proposing(self):
        accounts = self._potential(120)
        counts = []
        for part in (accounts[:10], accounts[10:20], accounts[20:]):
            counts.append(
                self._count(self.Screening._propose_from_register, self.company, part)
            )
            self.assertEqual(len(part.screening_ids), len(part))
        # The ORM inserts and completes 100 rows of the risk sheets a statement.
        slices = 2 * len(accounts[20:].screening_ids.risk_line_ids) // 100
        self.assertLessEqual(counts[2], counts[1] + slices)

    def test_growth_of_lists(self):
        self.Screening._propose_from_register(self.company, self._potential(80))
        Screening = self.Screening.with_user(self.max)
        screenings = Screening.search([("origin", "=", "rule")])
        for view_type in ("list", "kanban"):
            arch = Screening.get_view(view_type=view_type)
            specification = {
                name: {"fields": {"display_name": {}}}
                if Screening._fields[name].type == "many2one"
                else {}
                for name in arch["models"]["kam.screening"]
            }
            counts = [
                self._count(Screening.browse(part.ids).web_read, specification)
                for part in (screenings[:8], screenings[:8], screenings)
            ]
            with self.subTest(view=view_type):
                self.assertLessEqual(counts[2], counts[1] + 3)
