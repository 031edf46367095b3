"""Replies by mail to documents, by people who may not read them."""

from odoo import Command
from odoo.tests import new_test_user, tagged

from ..common import KamCase

REPLY = """Return-Path: <{sender}>
To: catchall@example.org
Cc: {cc}
From: {sender}
Subject: {subject}
Message-Id: <{id}@mail.example.com>
References: {references}
In-Reply-To: {references}
MIME-Version: 1.0
Content-Type: text/plain; charset="utf-8"

Good morning.

> We said before: a secret
"""
SECRET = "A secret"
# Kept by the chatter itself, and by the database
UNSTABLE = ("message_", "activity_", "rating_", "write_", "my_activity", "website_")


@tagged("post_install", "-at_install", "mail_reply")
class TestMailReplies(KamCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": False})
        for login, user in cls.users.items():
            user.email = f"{login}@evergreen.example.com"
        cls.partner = cls._customer("Alpha", email="office@alpha.example.com")
        cls.wang = cls.env["res.partner"].create(
            {
                "name": "Wang",
                "parent_id": cls.partner.id,
                "email": "wang@alpha.example.com",
            }
        )
        cls.portal = new_test_user(
            cls.env,
            login="portal",
            groups="base.group_portal",
            email="portal@alpha.example.com",
            partner_id=cls.env["res.partner"]
            .create({"name": "Zhou", "parent_id": cls.partner.id})
            .id,
        )
        cls._invoice(cls.partner, 1500000.0)
        cls._refresh()
        cls.account = cls._account(cls.partner)
        cls.account.write({"manager_id": cls.users["ben"].id, "team_id": cls.east.id})
        cls._hand_over("ben", "amy")
        cls.ben = cls.users["ben"]
        cls.outsiders = cls.ben.partner_id + cls.portal.partner_id + cls.wang
        cls.senders = {
            "a stranger": "stranger@example.net",
            "the former manager": cls.ben.email,
            "the customer": cls.wang.email,
            "the customer's portal user": cls.portal.email,
        }

    @classmethod
    def _hand_over(cls, former, new):
        cls.env["kam.account.handover"].with_user(cls.users["sue"]).create(
            {
                "from_user_id": cls.users[former].id,
                "to_user_id": cls.users[new].id,
                "company_id": cls.company.id,
                "account_ids": [Command.set(cls.account.ids)],
                "note": "All is well",
            }
        ).action_hand_over()

    # ------------------------------------------------------------
    # Documents
    # ------------------------------------------------------------

    def _models(self):
        """Documents of this addon that people talk about."""
        return [
            name
            for name, model in sorted(self.env.registry.items())
            if name.startswith("kam.")
            and not (model._abstract or model._transient)
            and issubclass(model, self.env.registry["mail.thread"])
        ]

    def _document(self, model):
        account = {"account_id": self.account.id}
        makers = {
            "kam.account": lambda: self.account,
            "kam.credit.assessment": lambda: self.env[model].create(account),
            "kam.credit.release": lambda: self.env[model].create(
                {
                    **account,
                    "amount": 5.0,
                    "order_id": self.env["sale.order"]
                    .create({"partner_id": self.partner.id})
                    .id,
                }
            ),
            "kam.credit.request": lambda: self.env[model].create(
                {**account, "reason": "Growth"}
            ),
            "kam.occasion": lambda: self.env[model].create(
                {
                    **account,
                    "name": "Honour",
                    "kind": "honour",
                    "date": self._months_ago(-1),
                }
            ),
            "kam.screening": lambda: self.env[model].create(
                {"partner_id": self.partner.id}
            ),
            "kam.tier.proposal": lambda: (
                self._proposal(self.partner)
                or self.env[model]._propose(self.account, self.core, "For the mail")
            ),
            "kam.visit": lambda: self.env[model].create(
                {**account, "purpose": "To talk", "user_id": self.users["amy"].id}
            ),
        }
        return makers[model]()

    def _readers(self, document):
        return {
            user.partner_id
            for user in [*self.users.values(), self.portal]
            if document.with_env(self.env(user=user, context={})).has_access("read")
        }

    def _content(self, document):
        self.env.flush_all()
        document.invalidate_recordset()
        stored = [
            name
            for name, field in document._fields.items()
            if field.store and not name.startswith(UNSTABLE)
        ]
        return document.read(stored, load=False)

    def _post(self, document, subtype="mail.mt_comment", **values):
        return document.message_post(
            body=SECRET, message_type="comment", subtype_xmlid=subtype, **values
        )

    def _follow(self, document, partners):
        """As it may be in a database that knew no better."""
        self.env["mail.followers"]._insert_followers(
            document._name, document.ids, partners.ids, existing_policy="skip"
        )

    def _reply(self, message, sender, cc="", subject="Re: it"):
        """Reply to a message through the gateway.

        :return: new messages
        """
        last = self.env["mail.message"].search([], order="id desc", limit=1)
        self.env["mail.thread"].message_process(
            None,
            REPLY.format(
                sender=sender,
                cc=cc,
                subject=subject,
                references=message.message_id,
                id=f"{message.id}-{abs(hash((sender, cc, subject)))}",
            ),
        )
        self.env.flush_all()
        return self.env["mail.message"].search([("id", ">", last.id)])

    def _check(self, document, messages, label):
        """That nobody was told who may not read the document."""
        readers = self._readers(document)
        self.assertTrue(messages.filtered(lambda m: m.model == document._name), label)
        told = messages.notification_ids.res_partner_id
        self.assertLessEqual(set(told), readers, f"{label}: notified")
        mails = (
            self.env["mail.mail"]
            .sudo()
            .search([("mail_message_id", "in", messages.ids)])
        )
        self.assertLessEqual(set(mails.recipient_ids), readers, f"{label}: mailed")
        self.assertFalse([m for m in mails.mapped("email_to") if m], label)

    # ------------------------------------------------------------
    # Tests
    # ------------------------------------------------------------

    def test_every_document_is_covered(self):
        mixin = self.env.registry["kam.thread.mixin"]
        self.assertGreaterEqual(len(self._models()), 8)
        for model in self._models():
            with self.subTest(model=model):
                self.assertTrue(issubclass(self.env.registry[model], mixin))

    def test_replies_of_others(self):
        """No access, no followers, no change, no word to those who may not read."""
        for model in self._models():
            document = self._document(model)
            self._follow(document, self.outsiders + self.users["sue"].partner_id)
            for user in (self.ben, self.portal):
                self.assertFalse(document.with_user(user).has_access("read"), model)
            posts = {
                "comment": self._post(document),
                "note": self._post(
                    document, "mail.mt_note", author_id=self.ben.partner_id.id
                ),
            }
            for name, post in posts.items():
                self._check(document, post, f"{model}: {name}")
            before = self._content(document)
            followers = document.message_partner_ids
            for who, sender in self.senders.items():
                for name, post in posts.items():
                    label = f"{model}: {who} replies to a {name}"
                    with self.subTest(label):
                        messages = self._reply(post, sender)
                        self._check(document, messages, label)
                        self.assertEqual(document.message_partner_ids, followers)
                        self.assertEqual(self._content(document), before)
                        # … and the reply of a colleague to that
                        answer = self._reply(messages[-1], self.users["sue"].email)
                        self._check(document, answer, f"{label}, and sue to that")
                        self.assertFalse(answer.partner_ids - self._partners(document))
            for user in (self.ben, self.portal):
                self.assertFalse(document.with_user(user).has_access("read"), model)

    def _partners(self, document):
        return self.env["res.partner"].union(*self._readers(document))

    def test_employees_who_reply_do_not_follow(self):
        for model in self._models():
            document = self._document(model)
            post = self._post(document)
            document.message_follower_ids.unlink()
            for login in ("joe", "ben"):
                with self.subTest(model=model, persona=login):
                    self._reply(post, self.users[login].email)
                    self.assertNotIn(
                        self.users[login].partner_id, document.message_partner_ids
                    )
                    document.message_subscribe(self.users[login].partner_id.ids)
                    self.assertNotIn(
                        self.users[login].partner_id, document.message_partner_ids
                    )
            with self.subTest(model=model, persona="sue"):
                self._reply(post, self.users["sue"].email)
                self.assertIn(
                    self.users["sue"].partner_id, document.message_partner_ids
                )

    def test_readers_are_told(self):
        """Whoever follows and may read gets the replies, the customer's as well."""
        for model in self._models():
            document = self._document(model)
            document.message_follower_ids.unlink()
            self._follow(document, self.outsiders + self.users["sue"].partner_id)
            post = self._post(document)
            for who, sender in self.senders.items():
                with self.subTest(model=model, sender=who):
                    messages = self._reply(post, sender)
                    self.assertEqual(
                        messages.notification_ids.res_partner_id,
                        self.users["sue"].partner_id,
                    )

    def test_people_outside_get_what_is_written_to_them(self):
        """A comment to the customer by name; never a note."""
        document = self._document("kam.visit")
        to = {"partner_ids": (self.wang + self.ben.partner_id).ids}
        amy = document.with_user(self.users["amy"])
        comment = self._post(amy, **to)
        self.assertEqual(comment.notification_ids.res_partner_id, self.wang)
        mail = (
            self.env["mail.mail"].sudo().search([("mail_message_id", "=", comment.id)])
        )
        self.assertNotIn("/mail/view", mail.body_html)
        note = self._post(amy, "mail.mt_note", **to)
        self.assertFalse(note.notification_ids)

    def test_absence_notice_goes_to_no_stranger(self):
        document = self._document("kam.visit")
        self.users["amy"].write(
            {
                "out_of_office_from": self.env.cr.now(),
                "out_of_office_message": "<p>On leave</p>",
            }
        )
        post = self._post(document)
        messages = self._reply(post, self.senders["a stranger"], subject="")
        self._check(document, messages, "absence")
