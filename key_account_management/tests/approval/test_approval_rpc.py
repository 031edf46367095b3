from odoo.tests import HttpCase, JsonRpcException, tagged
from odoo.tools import mute_logger

from .common import ApprovalCase

# An engine must not care for any of these.
KEYS = {
    "kam_engine": True,
    "su": True,
    "uid": 1,
    "force": True,
    "install_mode": True,
    "tracking_disable": True,
    "default_approval_state": "approved",
    "default_approval_round": 7,
    "default_approval_applicant_id": 1,
}


@tagged("post_install", "-at_install")
class TestApprovalRpc(ApprovalCase, HttpCase):
    """What a user may send who has every right to the document itself."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.model.access"].create(
            {
                "name": "proposals belong to account managers",
                "model_id": cls.model.id,
                "group_id": cls.env.ref("key_account_management.group_kam_user").id,
                **dict.fromkeys(
                    ("perm_read", "perm_write", "perm_create", "perm_unlink"), True
                ),
            }
        )

    def setUp(self):
        super().setUp()
        self.proposal = self._propose("max")
        self.row = self._row(self.proposal, self.region)
        self.env.flush_all()
        self.authenticate("amy", "amy")

    def _call(self, model, method, *args, **kwargs):
        params = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        return self.make_jsonrpc_request("/web/dataset/call_kw", params)

    def _call_proposal(self, method, *args, **kwargs):
        return self._call(
            "kam.tier.proposal", method, self.proposal.ids, *args, **kwargs
        )

    def _assert_refused(self, function, *args, error="AccessError", **kwargs):
        with mute_logger("odoo.http", "odoo.addons.base.models.ir_actions"):
            with self.assertRaisesRegex(JsonRpcException, f"odoo.exceptions.{error}"):
                function(*args, **kwargs)
        self._assert_undecided()

    def _assert_undecided(self):
        self.env.invalidate_all()
        self.assertEqual(self.proposal.approval_state, "pending")
        self.assertEqual(self.proposal.approval_applicant_id, self.users["max"])
        states = self.proposal.sudo().approval_ids.mapped("state")
        self.assertEqual(states, ["pending", "waiting", "waiting"])
        self.assertFalse(self.proposal.sudo().approval_ids.decided_by_id)

    def test_user_has_every_right_to_the_document(self):
        """Else the other tests prove nothing. The content is not for people, though."""
        for operation in ("read", "write", "create", "unlink"):
            self.assertTrue(self._call_proposal("has_access", operation))
        self._call_proposal("write", {"active": True})
        self._assert_refused(self._call_proposal, "write", {"reason": "Better"})
        for method, args in (("write", ({"active": False},)), ("unlink", ())):
            self._assert_refused(self._call_proposal, method, *args, error="UserError")

    def test_activities_decide_nothing(self):
        activity = self._activities(self.proposal)
        self._call("mail.activity", "write", activity.ids, {"user_id": self.env.uid})
        self._call(
            "mail.activity", "write", activity.ids, {"user_id": self.users["amy"].id}
        )
        self._assert_undecided()
        self._assert_refused(self._call_proposal, "action_approve")
        self._call("mail.activity", "action_feedback", activity.ids, feedback="Fine")
        self._assert_undecided()
        self._call("mail.activity", "action_done", activity.ids)
        self._assert_undecided()
        self._call("mail.activity", "unlink", activity.ids)
        self._assert_undecided()
        self.assertFalse(self._activities(self.proposal))
        self.assertEqual(self.row.decider_ids, self.users["sue"])
        self._as("sue", self.proposal).action_approve()
        self.assertEqual(self.row.state, "approved")

    def test_fields_of_the_engine(self):
        row_id = self.row.id
        for values in (
            {"approval_state": "approved"},
            {"approval_round": 9},
            {"approval_applicant_id": self.users["ben"].id},
            {"approval_ids": [[0, 0, {"state": "approved"}]]},
            {"approval_ids": [[1, row_id, {"state": "approved"}]]},
            {"approval_ids": [[2, row_id, 0]]},
            {"approval_ids": [[5, 0, 0]]},
        ):
            for method, args in (("write", ()), ("web_save", ({},))):
                with self.subTest(values=values, method=method):
                    self._assert_refused(
                        self._call_proposal, method, values, *args, context=KEYS
                    )

    def test_what_is_there_is_harmless(self):
        before = self.proposal.approval_ids
        self._call_proposal("write", {"approval_state": "pending", "approval_ids": []})
        self.assertEqual(self.proposal.approval_ids, before)

    def test_decision_rows(self):
        ids = self.row.ids
        values = {"state": "approved", "decided_by_id": self.users["sue"].id}
        new = {"res_model": self.proposal._name, "res_id": self.proposal.id, **values}
        for method, args in (
            ("write", (ids, values)),
            ("web_save", (ids, values, {})),
            ("unlink", (ids,)),
            ("create", ([new],)),
            ("copy", (ids, values)),
        ):
            with self.subTest(method=method):
                self._assert_refused(
                    self._call, "kam.approval", method, *args, context=KEYS
                )

    def test_import(self):
        for record, fname in ((self.row, "state"), (self.proposal, "approval_state")):
            data = [".id", fname], [[str(record.id), "approved"]]
            with mute_logger("odoo.http"):
                try:
                    result = self._call(record._name, "load", *data)
                except JsonRpcException as error:
                    self.assertIn("AccessError", str(error))
                else:
                    self.assertTrue(result["messages"])
            self._assert_undecided()

    def test_defaults(self):
        """Neither the context nor the user's own defaults make a decision, and what
        the rules or a dialog propose is made by nobody else.
        """
        self.env["ir.default"].set(
            self.proposal._name, "approval_state", "approved", self.users["amy"].id
        )
        self.env.flush_all()
        values = {
            "account_id": self.account.id,
            "company_id": self.company.id,
            "origin": "manual",
            "active": False,
            "date": "2026-06-01",
        }
        commands = {"default_approval_ids": [[0, 0, {"state": "approved"}]]}
        for method, args in (("create", ([values],)), ("web_save", ([], values, {}))):
            self._assert_refused(
                self._call,
                self.proposal._name,
                method,
                *args,
                context={**KEYS, **commands},
            )
        fnames = ["approval_state", "approval_round", "approval_applicant_id"]
        defaults = self._call(
            self.proposal._name, "default_get", fnames, context={**KEYS, **commands}
        )
        self.assertEqual(defaults, {"approval_state": "draft"})
        self._assert_refused(
            self._call,
            self.proposal._name,
            "create",
            {**values, "approval_round": 1},
        )

    def test_context_keys(self):
        for method, args in (
            ("action_approve", ()),
            ("action_refuse", ("No",)),
            ("action_return", ("Why?",)),
            ("action_extend", (3,)),
        ):
            self._assert_refused(self._call_proposal, method, *args, context=KEYS)

    def test_private_methods(self):
        for method in (
            "_approval_done",
            "_approval_take_effect",
            "_approval_decide",
            "_approval_submit",
            "_approval_withdraw",
            "_approval_escalate",
        ):
            self._assert_refused(self._call_proposal, method)
        for method in (
            "_record_decision",
            "_open_steps",
            "_cancel_steps",
            "_decide_documents",
            "_update_deciders",
        ):
            self._assert_refused(self._call, "kam.approval", method, self.row.ids)

    def test_server_actions(self):
        """The shipped overdue actions, and those of the cron jobs."""
        refs = ("action_tier_proposal_escalate", "action_tier_proposal_note_late")
        actions = [self.env.ref(f"key_account_management.{ref}") for ref in refs]
        for ref in ("ir_cron_kam_approval", "ir_cron_kam_approval_remind"):
            cron = self.env.ref(f"key_account_management.{ref}")
            actions.append(cron.ir_actions_server_id)
        messages = self.proposal.message_ids
        for action in actions:
            context = {
                "active_model": action.model_id.model,
                "active_id": self.proposal.id,
                "active_ids": self.proposal.ids,
            }
            with self.subTest(action=action.name):
                self._assert_refused(
                    self.make_jsonrpc_request,
                    "/web/action/run",
                    {"action_id": action.id, "context": context},
                )
                self._assert_refused(
                    self._call,
                    "ir.actions.server",
                    "run",
                    action.ids,
                    context=context,
                )
        self.assertEqual(self._activities(self.proposal).user_id, self.users["sue"])
        self.assertEqual(self.proposal.message_ids, messages)

    def test_applicant(self):
        """Even one who leads the territory and could decide for others."""
        self.east.user_id = self.users["max"]
        self.env.flush_all()
        self.authenticate("max", "max")
        self._assert_refused(self._call_proposal, "action_approve")
        self._assert_refused(self._call, "kam.approval", "action_approve", self.row.ids)
        self._assert_refused(self._decide_by_wizard, "refused")

    def test_wizard(self):
        for verdict in ("refused", "returned", "extended"):
            self._assert_refused(self._decide_by_wizard, verdict)

    def _decide_by_wizard(self, verdict):
        values = {
            "approval_ids": [[6, 0, self.row.ids]],
            "verdict": verdict,
            "comment": "By the back door",
        }
        wizard = self._call("kam.approval.decide", "create", values)
        self._call("kam.approval.decide", "action_decide", [wizard])

    def test_too_late_is_told_in_a_sentence(self):
        self._as("sue", self.proposal).action_approve("Agreed")
        self.env.flush_all()
        self.authenticate("sue", "sue")
        params = {
            "model": "kam.approval",
            "method": "action_approve",
            "args": [self.row.ids],
            "kwargs": {},
        }
        with mute_logger("odoo.http"):
            response = self.url_open("/web/dataset/call_kw", json={"params": params})
        error = response.json()["error"]["data"]
        self.assertEqual(error["name"], "odoo.exceptions.UserError")
        self.assertEqual(
            error["message"], "Someone else has already decided on this document."
        )
