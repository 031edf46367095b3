from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import RecordCase


@tagged("post_install", "-at_install")
class TestTalkKept(RecordCase):
    """What is noted on documents, and asked for on them, of each kind."""

    def _threads(self):
        mixin = self.env.registry["mail.thread"]
        return [
            name
            for name, cls in sorted(self.env.registry.items())
            if name.startswith("kam.") and issubclass(cls, mixin) and not cls._abstract
        ]

    def _documents(self):
        makers = {
            "kam.credit.release": lambda model: model.create(
                {
                    "account_id": self.account.id,
                    "amount": 5.0,
                    "order_id": self.env["sale.order"]
                    .create({"partner_id": self.partner.id})
                    .id,
                }
            ),
            "kam.tier.proposal": lambda model: (
                self._proposal(self.partner)
                or model._propose(self.account, self.core, "For the talk")
            ),
        }
        for name in self._threads():
            make = makers.get(name)
            yield make(self.env[name]) if make else self._create(name)

    def test_notes_are_on_record(self):
        """Those they are about can neither delete nor rewrite them."""
        amy, max_ = self.users["amy"], self.users["max"]
        for document in self._documents():
            document.sudo()._message_log(body="Left the team")
            note = document.sudo().message_ids[0]
            for user in (amy, max_):
                for route, touch in {
                    "unlink": lambda m: m.unlink(),
                    "write": lambda m: m.write({"body": "Nothing"}),
                    "type": lambda m: m.write({"message_type": "comment"}),
                }.items():
                    with (
                        self.subTest(document._name, user=user.login, route=route),
                        self.assertRaises(AccessError),
                        self.env.cr.savepoint(),
                    ):
                        touch(note.with_user(user))

    def test_own_talk_is_free(self):
        amy = self.users["amy"]
        text = "Hello"
        message = self.account.with_user(amy).message_post(
            body=text, message_type="comment"
        )
        message.write({"body": "Hello again"})
        message.unlink()
        note = self.partner.message_post(body=text, message_type="notification")
        note.with_user(self.users["max"])._kam_check_not_record()

    def test_activities_are_not_moved_out_of_reach(self):
        """Neither by the name of the model nor by the model itself."""
        ben = self.users["ben"]
        own = self.Account.create(
            {"partner_id": self._customer("Own").id, "manager_id": ben.id}
        )
        for document in self._documents():
            if document.with_user(ben).has_access("read"):
                continue
            activity = own.with_user(ben).activity_schedule(user_id=ben.id)
            for vals in (
                {"res_model": document._name, "res_id": document.id},
                {
                    "res_model_id": self.env["ir.model"]._get_id(document._name),
                    "res_id": document.id,
                },
            ):
                with (
                    self.subTest(document._name, fields=list(vals)),
                    self.assertRaises(AccessError),
                    self.env.cr.savepoint(),
                ):
                    activity.write(vals)
        other = self.Account.create(
            {"partner_id": self._customer("Another").id, "manager_id": ben.id}
        )
        activity = own.with_user(ben).activity_schedule(user_id=ben.id)
        activity.res_id = other.id
        self.assertEqual(activity.res_name, "Another")
