from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import ApprovalCase


@tagged("post_install", "-at_install")
class TestApprovalAccess(ApprovalCase):
    """A row is as secret as its document, but for those who take part."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for user in cls.users.values():
            user.group_ids |= cls.env.ref("base.group_allow_export")

    def setUp(self):
        super().setUp()
        self.proposal = self._propose("max")
        self.rows = self.proposal.sudo().approval_ids
        self.row = self._row(self.proposal, self.region)
        self.env.flush_all()
        self.env.invalidate_all()

    def _approvals(self, login):
        """The model as a user sees it, with nothing in the cache."""
        self.env.invalidate_all()
        return self.env["kam.approval"].with_user(self.users[login])

    def _assert_sees(self, login, rows):
        """By all ways to read: the same rows."""
        Approval = self._approvals(login)
        mine = [("id", "in", self.rows.ids)]
        self.assertEqual(Approval.search(mine), rows)
        self.assertEqual(Approval.search_count(mine), len(rows))
        self.assertEqual(Approval.search(mine, limit=2), rows[:2])
        self.assertEqual(Approval.search(mine, offset=1, limit=1), rows[1:2])
        self.assertEqual(
            {values["id"] for values in Approval.search_read(mine, ["name"])},
            set(rows.ids),
        )
        self.assertEqual(len(Approval.web_search_read(mine, {})["records"]), len(rows))
        self.assertEqual(Approval._read_group(mine, [], ["__count"]), [(len(rows),)])
        for groups in (
            Approval.formatted_read_group(mine, ["res_model"], ["__count"]),
            Approval.formatted_read_grouping_sets(mine, [["state"]], ["__count"])[0],
        ):
            self.assertEqual(sum(group["__count"] for group in groups), len(rows))
        found = {id_ for id_, _name in Approval.name_search("", mine)}
        self.assertEqual(found, set(rows.ids))
        for row in self.rows:
            own = self._approvals(login).browse(row.id)
            self.assertEqual(own.has_access("read"), row in rows)
            if row in rows:
                own.read(["name", "state", "comment", "document"])
                continue
            for fields in (["name"], ["comment"], ["document"], ["decider_ids"]):
                with self.assertRaises(AccessError):
                    self._approvals(login).browse(row.id).read(fields)
            with self.assertRaises(AccessError):
                own.export_data(["name"])

    def test_readers_of_the_document(self):
        for login in ("amy", "sue", "sam", "max", "eve", "tom"):
            with self.subTest(login):
                self._assert_sees(login, self.rows)
                document = self._approvals(login).browse(self.row.id).document
                self.assertEqual(document, self.proposal.display_name)

    def test_nobody_else(self):
        self._assert_sees("ben", self.rows.browse())
        with self.assertRaises(AccessError):
            self._approvals("joe").search([])

    def test_timeline(self):
        """On the document, for somebody who takes no part."""
        self._approvals("amy")
        proposal = self.proposal.with_user(self.users["amy"])
        (values,) = proposal.web_read(
            {"approval_ids": {"fields": {"name": {}, "state": {}, "decider_ids": {}}}}
        )
        self.assertEqual(
            [line["name"] for line in values["approval_ids"]],
            ["Region", "Greater", "Centre"],
        )

    def test_asked_without_access_to_the_document(self):
        """They find their row, without its name, and no other row."""
        self.row.decider_ids = [Command.link(self.users["ben"].id)]
        self._assert_sees("ben", self.row)
        self.assertEqual(self._approvals("ben").browse(self.row.id).document, "")
        self.assertEqual(len(self._approvals("ben")._waiting_for_user()), 1)

    def test_decided_without_access_to_the_document(self):
        self.row.write({"decided_by_id": self.users["ben"].id, "state": "approved"})
        self._assert_sees("ben", self.row)
        self.assertEqual(len(self._approvals("ben")._waiting_for_user()), 0)

    def test_secret_kind_of_document(self):
        """Documents of supervisors: account managers learn nothing of them."""
        self.env.ref(
            "key_account_management.access_kam_tier_proposal_user"
        ).group_id = self.env.ref("key_account_management.group_kam_supervisor")
        self._assert_sees("amy", self.rows.browse())
        self._assert_sees("sue", self.rows)
        Approval = self._approvals("amy")
        domain = [("res_model", "=", self.proposal._name)]
        self.assertFalse(Approval.search(domain))
        self.assertFalse(Approval.formatted_read_group([], ["name"], ["__count"]))
        self.rows.applicant_id = self.users["amy"]
        self._assert_sees("amy", self.rows)
        self.assertEqual(self._approvals("amy").browse(self.row.id).document, "")

    def test_other_company(self):
        company = self._create_company("Elsewhere")
        self.rows.company_id = company
        for login in ("amy", "sue", "max", "eve"):
            self._assert_sees(login, self.rows.browse())

    def test_archived_or_removed_documents(self):
        self.account.active = False
        self._assert_sees("amy", self.rows)
        self.env.flush_all()
        self.env.cr.execute("DELETE FROM kam_tier_proposal")
        self._assert_sees("amy", self.rows.browse())
        self._assert_sees("max", self.rows)  # applied for it
        self.assertEqual(self._approvals("max").browse(self.row.id).document, "")

    def test_search_through_the_document(self):
        """No oracle either: documents found by rows are those that one may read."""
        domain = [("approval_ids.state", "=", "pending")]
        for login, found in (("amy", self.proposal), ("ben", self.proposal.browse())):
            self.env.invalidate_all()
            proposals = self.env["kam.tier.proposal"].with_user(self.users[login])
            self.assertEqual(proposals.search(domain), found)

    def _groups(self, login):
        """What the menu of activities shows somebody, by model."""
        self.env.flush_all()
        self.env.invalidate_all()
        users = self.env["res.users"].with_user(self.users[login])
        return {group["model"]: group for group in users._get_activity_groups()}

    def test_activities_of_everybody_else(self):
        """Whoever may not read approvals has a menu of activities all the same."""
        others = {"joe": self.users["joe"]}
        others["sally"] = new_test_user(
            self.env, login="sally", groups="sales_team.group_sale_salesman"
        )
        for login, user in others.items():
            with self.subTest(login):
                groups = self.env["res.users"].with_user(user)._get_activity_groups()
                models = {group["model"] for group in groups}
                self.assertNotIn("kam.approval", models)

    def test_counted_among_the_activities(self):
        for login, count in (("sue", 1), ("sam", 0), ("max", 0), ("tom", 0)):
            with self.subTest(login):
                group = self._groups(login).get("kam.approval", {})
                self.assertEqual(group.get("total_count", 0), count)
        self.assertNotIn(self.proposal._name, self._groups("sue"))  # not twice
        self._as("sue", self.proposal).action_approve()
        for login, count in (("sue", 0), ("sam", 1)):
            group = self._groups(login).get("kam.approval", {})
            self.assertEqual(group.get("total_count", 0), count)

    def test_other_activities_are_counted_beside(self):
        self.proposal.sudo().activity_schedule(
            "mail.mail_activity_data_todo", user_id=self.users["sue"].id
        )
        groups = self._groups("sue")
        self.assertEqual(groups["kam.approval"]["total_count"], 1)
        self.assertEqual(groups[self.proposal._name]["total_count"], 1)

    def test_counted_without_activity(self):
        self.row._activities().unlink()
        self.row.with_activity = False
        self.assertEqual(self._groups("sue")["kam.approval"]["total_count"], 1)

    def test_late_ones_are_overdue(self):
        self.row.deadline = "2020-01-01"
        group = self._groups("sue")["kam.approval"]
        self.assertEqual((group["overdue_count"], group["today_count"]), (1, 0))

    def test_counter_is_told(self):
        """Core tells of activities that are due; of the others we do."""
        told = []

        def bus_send(user, kind, message, **kwargs):
            if kind == "mail.activity/updated":
                told.append((user.login, message["count_diff"]))

        self.patch(self.env.registry["res.users"], "_bus_send", bus_send)
        self.assertGreater(self.row.deadline, self.company._kam_today())
        self._as("sue", self.proposal).action_approve()
        self.assertEqual(sorted(told), [("sam", 1), ("sue", -1)])
