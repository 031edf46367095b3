import json
from contextlib import contextmanager
from datetime import timedelta

from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, JsonRpcException, tagged
from odoo.tools import SQL, mute_logger

from ..common import PERSONAS
from ..credit.common import CreditCase

# Numbers that a constraint keeps between 0 and 100
TOP = 100
# What the web client sends to empty a message
EMPTY = {"update_data": {"body": "", "attachment_ids": [], "attachment_tokens": []}}


class FrozenCase(CreditCase):
    """A submitted document of each kind, with lines of all sorts, and its sources."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls._graded("Alpha", cls.red, 1000)
        cls.partner = cls.account.partner_id
        cls.papers = cls._documents(cls.account, file_name="paper.pdf")
        cls.other = cls._graded("Omega", cls.yellow, 77)
        cls._create_others()
        cls.env.flush_all()

    @classmethod
    def _create_others(cls):
        """What documents might be about as well."""
        cls._assessment(cls.other)
        cls._quotation(cls.other.partner_id, 5)
        cls._lead(name="Other")
        cls.another = cls.env["product.product"].create({"name": "Other"})
        for model in ("kam.credit.indicator", "kam.risk.indicator"):
            values = {"category": "basics"} if "credit" in model else {}
            cls.env[model].create({"name": "Other", "active": False, **values})
        cls._customer("Stranger")

    @classmethod
    def _lead(cls, **values):
        return cls.env["crm.lead"].create(
            {
                "name": "Bearings for a new plant",
                "type": "lead",
                "partner_name": "Beta Works",
                "contact_name": "Bea Lee",
                "email_from": "bea@beta.example.com",
                "user_id": cls.users["amy"].id,
                "team_id": cls.east.id,
                "company_id": cls.company.id,
                **values,
            }
        )

    @classmethod
    def _submit(cls, model):
        """A document under way. :param str model: its model, of those in ``_makers``"""
        document = cls._makers()[model]().sudo().with_env(cls.env)
        assert document.approval_state == "pending", model
        cls.env.flush_all()
        cls.env.invalidate_all()
        return document

    @classmethod
    def _makers(cls):
        return {
            "kam.tier.proposal": cls._make_proposal,
            "kam.credit.request": cls._make_request,
            "kam.credit.assessment": cls._make_assessment,
            "kam.credit.release": cls._make_release,
            "kam.screening": cls._make_screening,
        }

    @classmethod
    def _make_proposal(cls):
        Proposal = cls.env["kam.tier.proposal"].with_user(cls.users["amy"]).sudo()
        return Proposal._propose(cls.account.with_env(Proposal.env), cls.core, "Grows")

    @classmethod
    def _make_request(cls):
        request = cls._request(cls.account, grade_to_id=cls.green.id, limit_to=5000)
        request.action_submit()
        return request

    @classmethod
    def _make_assessment(cls):
        assessment = cls._assessment(cls.account)
        assessment.write(
            {"statement_ids": [Command.create({"date_end": cls._day(100)})]}
        )
        assessment.action_submit()
        return assessment

    @classmethod
    def _make_release(cls):
        order = cls._quotation(cls.partner, 1500).with_user(cls.users["amy"])
        order.action_confirm()
        return order.sudo().kam_credit_release_ids

    @classmethod
    def _make_screening(cls, lead=None):
        lead = lead or cls._lead(partner_id=cls._customer("Beta").id)
        Screening = cls.env["kam.screening"].with_user(cls.users["amy"])
        screening = Screening.create({"lead_id": lead.id, "team_id": cls.east.id})
        screening.write(
            {
                "expected_revenue": 1000000.0,
                "expected_margin": 20.0,
                "needs": "Bearings that last",
                "resource_ids": [Command.create({"need": "A", "points": 80})],
                "competitor_ids": [Command.create({"name": "Rival", "share": 20})],
                "advantage_ids": [Command.create({"kind": "cost", "name": "Quick"})],
                "statement_ids": [Command.create({"date_end": cls._day(100)})],
            }
        )
        screening.risk_line_ids.points = 80.0
        screening.action_submit()
        return screening

    # ------------------------------------------------------------
    # Deciding
    # ------------------------------------------------------------

    def _decide(self, document):
        """Approve as whoever is asked to."""
        self.env.flush_all()
        self.env.invalidate_all()
        rows = document.sudo().approval_ids.filtered(lambda r: r.state == "pending")
        decider = rows.decider_ids[:1]
        document.with_user(decider).action_approve()
        document.invalidate_recordset()

    @contextmanager
    def _undone(self):
        """Whatever happens inside is undone."""
        self.env.flush_all()
        savepoint = self.env.cr.savepoint()
        try:
            yield
        finally:
            self.env.clear()
            savepoint.close(rollback=True)
            self.env.invalidate_all(flush=False)

    def _check_returned(self, document, label=""):
        """It is returned, or, where nobody applied for it, withdrawn."""
        rows = document.sudo().approval_ids
        self.assertNotIn("approved", rows.mapped("state"))
        self.assertEqual(document.approval_state, "returned")
        row = rows.filtered(lambda row: row.state == "returned")
        self.assertFalse(row.decided_by_id)
        self.assertIn("since it was submitted", row[0].comment)
        self.assertIn(label, row[0].comment)


@tagged("post_install", "-at_install")
class TestFrozen(FrozenCase):
    """What was reviewed is what is approved: of all documents, by all routes."""

    def test_all_documents_are_known(self):
        self.assertEqual(
            set(self.env["kam.approval.step"]._approved_models()), {*self._makers()}
        )

    def test_every_field_is_accounted_for(self):
        """Content, talk, the engine's own, a copy of another field, or set aside."""
        for model in self._makers():
            document = self.env[model]
            content = {field.name for field in document._content_fields(document)}
            for name, field in document._fields.items():
                if not field.store or field.type == "one2many" or field.related:
                    continue
                with self.subTest(model, field=name):
                    self.assertTrue(
                        name in content
                        or name in ("id", "create_uid", "create_date")
                        or name in ("write_uid", "write_date")
                        or name in (*document._followers, *document._open_fields)
                        or name.startswith(("message_", "activity_", "approval_"))
                    )
            for field in document._fields.values():
                part = field.type == "one2many" and document._is_part(
                    field.comodel_name
                )
                if part and field.store:
                    self.assertIn(field.name, content)

    def test_names_of_fields(self):
        """Whoever reads what changed knows the words; marks are no content."""
        for model in self._makers():
            for path in self.env[model]._approval_paths():
                with self.subTest(model, path=path):
                    label = self.env[model]._approval_label(path)
                    self.assertNotRegex(label, "Checksum|^Color|^Priority")

    def test_marks_in_the_pipeline(self):
        screening = self._submit("kam.screening")
        own = screening.with_user(self.users["amy"])
        own.write({"color": 3, "priority": "1"})
        self.assertFalse(screening._approval_changes())

    def test_unchanged_is_decided(self):
        for model in self._makers():
            with self.subTest(model), self._undone():
                document = self._submit(model)
                self.assertFalse(document._approval_changes())
                while document.approval_state == "pending":
                    self._decide(document)
                self.assertEqual(document.approval_state, "approved")

    # ------------------------------------------------------------
    # Underneath: routes that no method sees
    # ------------------------------------------------------------

    def test_changed_underneath(self):
        """Every field, every line, every source, changed in the database."""
        for model in self._makers():
            document = self._submit(model)
            for path in document._approval_paths():
                with self.subTest(model, path=path), self._undone():
                    self._change(document, path)
                    try:
                        self._decide(document)
                    except AccessError:  # of another company, or territory
                        self.assertEqual(document.approval_state, "pending")
                        continue
                    self._check_returned(document)
                    last = path.rpartition(".")[2]
                    if last == path:
                        self.assertIn(
                            document._fields[path]._description_string(self.env),
                            document.approval_ids.filtered("comment").comment,
                        )

    def _change(self, document, path):
        *links, fname = path.split(".")
        record = document.with_context(active_test=False)
        for link in links:
            record = record[link][:1]
        self.assertTrue(record, f"{document._name} has nothing at {path}")
        field = record._fields[fname]
        if field.type in ("one2many", "many2many"):
            return self._change_set(record, field)
        if not field.store:
            self.assertEqual(fname, "checksum")
            return self.env.cr.execute(
                "UPDATE ir_attachment SET checksum = 'x' WHERE res_model = %s "
                "AND res_id = %s AND res_field = 'file'",
                (record._name, record.id),
            )
        value = self._other_value(field, record[fname])
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE %s SET %s = %s WHERE id = %s",
                SQL.identifier(record._table),
                SQL.identifier(fname),
                value,
                record.id,
            )
        )

    def _change_set(self, record, field):
        if field.type == "one2many":
            lines = record[field.name]
            self.assertTrue(lines, f"{record._name} has no {field.name}")
            table, condition = lines._table, SQL("id = %s", lines[0].id)
        elif record[field.name]:
            table, condition = field.relation, SQL.identifier(field.column1)
            condition = SQL("%s = %s", condition, record.id)
        else:
            other = self.env[field.comodel_name].search([], limit=1)
            return self.env.cr.execute(
                SQL(
                    "INSERT INTO %s (%s, %s) VALUES (%s, %s)",
                    SQL.identifier(field.relation),
                    SQL.identifier(field.column1),
                    SQL.identifier(field.column2),
                    record.id,
                    other.id,
                )
            )
        self.env.cr.execute(
            SQL("DELETE FROM %s WHERE %s", SQL.identifier(table), condition)
        )

    def _other_value(self, field, value):
        if field.type == "many2one":
            others = self.env[field.comodel_name].with_context(active_test=False)
            domain = [("id", "!=", value.id)]
            return others.search(domain, order="id desc", limit=1).id
        if field.type == "selection":
            return next(key for key in field.get_values(self.env) if key != value)
        if field.type in ("integer", "float", "monetary"):
            return value - 1 if 0 < value <= TOP else value + 1
        if field.type == "boolean":
            return not value
        if field.type in ("date", "datetime"):
            return (value or fields.Date.today()) + timedelta(days=1)
        return json.dumps({"x": 1}) if field.type == "json" else "changed"

    # ------------------------------------------------------------
    # People
    # ------------------------------------------------------------

    def _writers(self, model):
        for login in PERSONAS:
            if self.env[model].with_user(self.users[login]).has_access("write"):
                yield login

    def test_changed_by_people(self):
        """Every field and every line, by everybody who may write such documents."""
        for model in self._makers():
            document = self._submit(model)
            if not [*self._writers(model)]:
                self._let_write(model)
            for login in self._writers(model):
                own = document.with_user(self.users[login])
                for field in document._content_fields(document):
                    for route, change in self._routes(own, field):
                        with self.subTest(
                            model, login=login, field=field.name, route=route
                        ):
                            self._check_refused(document, change)

    def _let_write(self, model):
        """Rights of a later day: the content is fixed, whoever may write."""
        self.env["ir.model.access"].create(
            {
                "name": "all write",
                "model_id": self.env["ir.model"]._get_id(model),
                "group_id": self.env.ref("key_account_management.group_kam_user").id,
                **dict.fromkeys(("perm_read", "perm_write", "perm_unlink"), True),
            }
        )

    def _routes(self, own, field):
        fname = field.name
        if field.type == "one2many":
            line = own.sudo()[fname][:1].with_env(own.env)
            yield "clear", lambda: own.write({fname: [Command.clear()]})
            yield "delete", lambda: own.write({fname: [Command.delete(line.id)]})
            yield "create", lambda: own.write({fname: [Command.create({})]})
            yield "line unlinked", line.unlink
            for part in own._content_fields(line):
                value = self._orm_value(part, line.sudo()[part.name])
                values = {part.name: value}
                yield (
                    f"update {part.name}",
                    lambda values=values: own.write(
                        {fname: [Command.update(line.id, values)]}
                    ),
                )
                yield (
                    f"line {part.name}",
                    lambda values=values: line.write(values),
                )
            return
        value = self._orm_value(field, own.sudo()[fname])
        yield "write", lambda: own.write({fname: value})
        if fname == "company_id":
            yield "unlink", own.unlink

    def _orm_value(self, field, value):
        if field.type in ("one2many", "many2many"):
            return [Command.clear()] if value else [Command.create({})]
        return self._other_value(field, value)

    def _check_refused(self, document, change):
        with self._undone():
            try:
                with mute_logger("odoo.sql_db"):
                    change()
                self.env.flush_all()
            except UserError:  # AccessError, MissingError, … too
                return
            self.env.invalidate_all()
            self.assertTrue(document.exists())
            self.assertFalse(document._approval_changes(), "changed, and not refused")

    # ------------------------------------------------------------
    # Papers and files
    # ------------------------------------------------------------

    def test_papers_of_an_assessment(self):
        assessment = self._submit("kam.credit.assessment")
        self.assertEqual(assessment.submitted_document_ids, self.papers)
        paper = self.papers[2]  # that expires
        values = {
            "file": b"b3RoZXI=",
            "file_name": "other.pdf",
            "date": self._day(3),
            "expiry_date": self._day(-600),
            "type_id": self.papers[1].type_id.id,
            "account_id": self.other.id,
        }
        for state in ("pending", "approved"):
            while assessment.approval_state != state:
                self._decide(assessment)
            for login in ("sue", "sam", "max", "dora", "eve"):
                own = paper.with_user(self.users[login])
                for fname, value in values.items():
                    with (
                        self.subTest(state, login=login, field=fname),
                        self.assertFails(UserError, "stays as it is"),
                    ):
                        own.write({fname: value})
                for route, change in self._ways_to_delete(own, assessment):
                    with (
                        self.subTest(state, login=login, route=route),
                        self.assertFails(UserError, "stays as it is|cannot be changed"),
                    ):
                        change()
            self._check_files(paper, "file")
        new = paper.with_user(self.users["sue"]).copy({"date": self._day(2)})
        new.unlink()
        self.assertEqual(assessment.submitted_document_ids, self.papers)

    def _ways_to_delete(self, paper, assessment):
        account, assessment = paper.account_id, assessment.with_env(paper.env)
        commands = [Command.delete(paper.id)]
        return [
            ("unlink", paper.unlink),
            ("account", lambda: account.write({"credit_document_ids": commands})),
            ("assessment", lambda: assessment.write({"document_ids": commands})),
        ]

    def _check_files(self, record, res_field=False):
        """What is attached stays, whoever one is, and however it is reached."""
        self.env.flush_all()
        self.env.invalidate_all()
        domain = [("res_model", "=", record._name), ("res_id", "=", record.id)]
        Attachment = self.env["ir.attachment"]
        attachment = Attachment.search([*domain, ("res_field", "=", res_field)])
        self.assertEqual(len(attachment), 1)
        place = {"res_model": record._name, "res_id": record.id}
        for login in ("sue", "max", "eve"):
            own = attachment.with_user(self.users[login])
            routes = self._ways_to_change(own)
            if res_field:  # a second one would take its place
                routes += self._ways_to_replace(own, {**place, "res_field": res_field})
            for route, change in routes:
                with (
                    self.subTest(record._name, login=login, route=route),
                    self.assertFails(UserError, "stays as it is|not allowed to access"),
                ):
                    change()
            own.sudo().create({"name": "One more", "raw": b"more", **place})

    def _ways_to_change(self, own):
        forced = own.sudo()
        return [
            ("unlink", own.unlink),
            ("sudo", forced.unlink),
            ("chat", forced._delete_and_notify),
            ("raw", lambda: own.write({"raw": b"other"})),
            ("datas", lambda: forced.write({"datas": b"b3RoZXI="})),
            ("name", lambda: own.write({"name": "other"})),
            ("moved", lambda: own.write({"res_id": False})),
            ("url", lambda: own.write({"type": "url", "url": "/x"})),
        ]

    def _ways_to_replace(self, own, place):
        loose = own.create({"name": "loose", "raw": b"loose"})
        return [
            ("create", lambda: own.create({"name": "x", **place})),
            ("put there", lambda: loose.sudo().write(place)),
        ]

    def test_files_of_documents(self):
        """Of what is open they come and go; of what is submitted none goes."""
        Attachment = self.env["ir.attachment"]
        for model in self._makers():
            document = self._submit(model)
            values = {"res_model": model, "res_id": document.id}
            Attachment.create({"name": "File", "raw": b"file", **values})
            with self._undone():
                self._check_files(document)
            with self._undone():
                document.approval_state = "returned"
                self.env.flush_all()
                Attachment.search(
                    [("res_model", "=", model), ("res_id", "=", document.id)]
                ).with_user(self.users["max"]).sudo().unlink()
            document.with_user(self.users["max"]).sudo().unlink()  # with its file

    def test_files_added_later(self):
        """They are talk: their author takes them back, and replaces no other file."""
        for model in self._makers():
            document = self._submit(model)
            date = document.approval_ids[0].submit_date + timedelta(minutes=1)
            values = {"res_model": model, "res_id": document.id}
            own = self.env["ir.attachment"].with_user(self.users["max"]).sudo()
            file = own.create({"name": "Later", "raw": b"later", **values})
            self.env.flush_all()
            self.env.cr.execute(
                SQL(
                    "UPDATE ir_attachment SET create_date = %s WHERE id = %s",
                    *(date, file.id),
                )
            )
            self.env.invalidate_all()
            with self.subTest(model):
                with self.assertFails(UserError, "stays as it is"):
                    file.write({"res_field": "display_name"})
                file.name = "Later 2"
                file.unlink()

    def test_papers_that_expire_meanwhile(self):
        paper = self.papers[2]
        paper.expiry_date = self._day(-5)
        assessment = self._submit("kam.credit.assessment")
        self._decide(assessment)
        with freeze_time(self._day(-6)):
            self._check_expired(assessment, paper)

    def _check_expired(self, assessment, paper):
        self._decide(assessment)
        self.assertEqual(assessment.approval_state, "returned")
        self.assertEqual(
            assessment.approval_ids.filtered(lambda r: r.state == "returned").comment,
            f"Expired since it was submitted: {paper.type_id.name}.",
        )
        self.assertFalse(self.account.credit_valid_until)
        # What is renewed is a new paper
        own = paper.with_user(self.users["sue"])
        own.copy({"date": self.today, "expiry_date": self._day(-99)})
        assessment.with_user(self.users["sue"]).action_submit()
        self.assertEqual(assessment.approval_state, "pending")

    # ------------------------------------------------------------
    # Withdrawn
    # ------------------------------------------------------------

    def test_withdrawn_is_not_revived(self):
        """A request of the rules that was withdrawn stays so, with its origin."""
        account = self.account
        account._assign_tier(self.key, {})
        self._owe(self.partner, 1500000, 20, (0, 1500000))
        self._refresh()
        request = account.credit_request_ids
        self.assertEqual((request.origin, request.active), ("rule", True))
        request._withdraw_undecided()
        self.env.flush_all()
        for login in ("sue", "sam", "max", "dora", "eve"):
            own = request.with_user(self.users[login])
            for route, change in (
                ("write", lambda own=own: own.write({"active": True})),
                ("unarchive", own.action_unarchive),
                ("edit", lambda own=own: own.write({"limit_to": 9999999})),
                ("submit", own.action_submit),
                ("unlink", own.unlink),
            ):
                with (
                    self.subTest(login=login, route=route),
                    self.assertFails(UserError, "was withdrawn"),
                ):
                    change()
        own = self._request(account, grade_to_id=self.green.id, limit_to=5)
        own.active = False
        with self.assertFails(UserError, "was withdrawn"):
            own.active = True

    # ------------------------------------------------------------
    # Steps
    # ------------------------------------------------------------

    def test_steps_of_what_is_under_way(self):
        """Whoever changes the steps changes those of the next submission."""
        model = "kam.credit.request"
        document = self._submit(model)
        before = document.approval_ids.read(["name", "sequence", "state", "group_id"])
        steps = self.env["kam.approval.step"].search([("model", "=", model)])
        steps.write({"name": "Else", "sequence": 1, "decider_type": "leader"})
        steps[0].unlink()
        steps.exists().active = False
        self.env.invalidate_all()
        after = document.approval_ids.read(["name", "sequence", "state", "group_id"])
        self.assertEqual(after, before)
        self._approve(document, "sam")
        self.assertEqual(document.approval_state, "pending")
        self._approve(document, "max")
        self.assertEqual(document.approval_state, "approved")


@tagged("post_install", "-at_install")
class TestFrozenSources(FrozenCase):
    """What documents are about, changed by people who work."""

    def _notifications(self):
        """What users are told of documents that they did not decide."""
        self.env.cr.precommit.run()
        messages = map(json.loads, self.env["bus.bus"].search([]).mapped("message"))
        return {
            message["payload"]["message"]
            for message in messages
            if message["type"] == "simple_notification"
            and message["payload"]["title"] == "Not Decided"
        }

    def test_lead_gets_another_customer(self):
        """Seen: a colleague's customer on somebody else's risk sheet."""
        screening = self._submit("kam.screening")
        self._decide(screening)
        colleague = self.other.partner_id
        screening.lead_id.with_user(self.users["amy"]).sudo().partner_id = colleague
        self.assertEqual(screening.approval_state, "returned")
        self.assertEqual((screening.stage, screening.result), ("risk", "open"))
        [row] = screening.approval_ids.filtered(lambda r: r.state == "returned")
        self.assertIn("Contact of Lead or Opportunity", row.comment)
        self.assertFalse(row.decided_by_id)
        self.assertEqual(screening.activity_ids.user_id, self.users["amy"])
        with self.assertFails(UserError, "already decided"):
            screening.with_user(self.users["max"]).action_approve()
        self.assertFalse(self.other.tier_id)

    def test_lead_without_customer_gets_one(self):
        lead = self._lead()
        screening = self._make_screening(lead).sudo().with_env(self.env)
        lead.partner_id = self.other.partner_id
        self.assertEqual(screening.approval_state, "returned")
        self.assertEqual(screening.partner_id, self.other.partner_id)
        self.assertFalse(self.other.tier_id)

    def test_lead_of_somebody_known(self):
        """No contact that happens to have the address becomes a key account."""
        lead = self._lead()
        person = self.env["res.partner"].create(
            {
                "name": "Bea",
                "email": "bea@beta.example.com",
                "parent_id": self.other.partner_id.id,
            }
        )
        with self.assertFails(UserError, "Bea has the e-mail address of the lead"):
            self._make_screening(lead)
        person.email = False
        screening = self._make_screening(lead).sudo().with_env(self.env)
        person.email = "bea@beta.example.com"
        self._decide(screening)
        self._decide(screening)
        self.assertEqual(screening.result, "confirmed")
        self.assertEqual(screening.partner_id.name, "Beta Works")
        self.assertFalse(self.other.tier_id)

    def test_merged_leads(self):
        screening = self._submit("kam.screening")
        self._decide(screening)
        customer = screening.partner_id
        lead = self._lead(
            name="Other", type="opportunity", partner_id=self.other.partner_id.id
        )
        (lead + screening.lead_id).merge_opportunity()
        self.assertEqual(screening.approval_state, "returned")
        self.assertIn(screening.partner_id, customer + self.other.partner_id)
        self.assertFalse(self.other.tier_id)
        self.assertFalse(customer.kam_tier_id)

    def test_lead_is_deleted(self):
        screening = self._submit("kam.screening")
        screening.lead_id.unlink()
        self._decide(screening)
        self._check_returned(screening, "Lead or Opportunity")

    def test_order_changes(self):
        """The customer, the debtor, the currency, what is sold and at which price."""
        foreign = self.env["product.pricelist"].create(
            {
                "name": "Foreign",
                "currency_id": self._foreign((9, 7.0)).id,
                "company_id": self.company.id,
            }
        )
        another = self.another
        for route, change in (
            ("customer", lambda o: o.write({"partner_id": self.other.partner_id.id})),
            (
                "debtor",
                lambda o: o.write({"partner_invoice_id": self.other.partner_id.id}),
            ),
            ("currency", lambda o: o.write({"pricelist_id": foreign.id})),
            ("rate", lambda o: o.sudo().write({"currency_rate": 5})),
            ("total", lambda o: o.sudo().write({"amount_total": 5})),
            ("price", lambda o: o.order_line.write({"price_unit": 1499})),
            ("quantity", lambda o: o.order_line.write({"product_uom_qty": 2})),
            ("discount", lambda o: o.order_line.write({"discount": 10})),
            ("product", lambda o: o.order_line.write({"product_id": another.id})),
            ("new line", lambda o: o.order_line.copy({"order_id": o.id})),
            ("no line", lambda o: o.order_line.unlink()),
        ):
            with self.subTest(route), self._undone():
                release = self._submit("kam.credit.release")
                change(release.order_id.with_user(self.users["amy"]))
                self.env.flush_all()
                self._check_returned(release)
        with self._undone():
            release = self._submit("kam.credit.release")
            release.order_id.write({"note": "Talk", "client_order_ref": "A"})
            self.assertEqual(release.approval_state, "pending")

    def test_returned_while_a_decider_looks_at_it(self):
        """Nobody has decided: that is not said either."""
        release = self._submit("kam.credit.release")
        release.order_id.order_line.write({"product_uom_qty": 2})
        self.env.flush_all()
        with self.assertFails(UserError, "went back to its applicant"):
            release.with_user(self.users["sue"]).action_approve()

    def test_customer_becomes_part_of_another(self):
        for model in ("kam.tier.proposal", "kam.credit.request", "kam.credit.release"):
            with self.subTest(model), self._undone():
                document = self._submit(model)
                self.partner.write(
                    {"is_company": False, "parent_id": self.other.partner_id.id}
                )
                self._decide(document)
                self._check_returned(document, "Commercial Entity of Customer")

    def test_class_moves(self):
        for model, move, label in (
            (
                "kam.tier.proposal",
                lambda: self.account._assign_tier(self.strategic, {}),
                "Tier of Account",
            ),
            (
                "kam.credit.request",
                lambda: self.account._assign_credit(self.black, 0, None),
                "Credit Grade of Account",
            ),
        ):
            with self.subTest(model), self._undone():
                document = self._submit(model)
                self._decide(document)
                move()
                rows = document.approval_ids.filtered(lambda r: r.state == "approved")
                if document.approval_state == "approved":
                    continue
                self._decide(document)
                self.assertEqual(document.approval_state, "returned")
                self.assertEqual(
                    document.approval_ids.filtered(lambda r: r.state == "approved"),
                    rows,
                )
                comments = document.approval_ids.filtered("comment").mapped("comment")
                self.assertIn(label, comments[-1])

    # ------------------------------------------------------------
    # Many at once
    # ------------------------------------------------------------

    def _proposals_of_rules(self, count):
        partners = self._customers(count)
        self._invoices([(partner, 1500000.0) for partner in partners])
        self._refresh()
        proposals = self.env["kam.tier.proposal"].search(
            [("approval_state", "=", "pending"), ("partner_id", "in", partners.ids)]
        )
        proposals.account_id.manager_id = self.users["amy"]
        return proposals

    def test_many_at_once(self):
        """The others are approved, and the user is told which were not, and why."""
        proposals = self._proposals_of_rules(4)
        changed, by_hand = proposals[1], proposals[2].account_id
        proposals[2]._withdraw_undecided()
        amy = self.env["kam.tier.proposal"].with_user(self.users["amy"]).sudo()
        by_hand = amy._propose(by_hand.with_env(amy.env), self.core, "They grow")
        by_hand = by_hand.sudo(False).with_env(self.env)
        proposals = proposals - proposals[2] + by_hand
        changed.account_id._assign_tier(self.strategic, {})
        by_hand.account_id._assign_tier(self.strategic, {})
        self.env["bus.bus"].search([]).unlink()  # tests with threads commit theirs
        self.env.flush_all()
        self.env.invalidate_all()
        rows = proposals.sudo().approval_ids.filtered(lambda r: r.state == "pending")
        self.assertEqual(len(rows), 4)
        rows.with_user(self.users["max"]).action_approve()
        self.env.invalidate_all()
        self.assertEqual(changed.active, False)  # the rules propose anew
        self.assertEqual(by_hand.approval_state, "returned")
        self.assertEqual(by_hand.activity_ids.user_id, self.users["amy"])
        others = proposals - changed - by_hand
        self.assertEqual(set(others.mapped("approval_state")), {"approved"})
        self.assertEqual(others.account_id.tier_id, self.key)
        self.assertEqual((changed + by_hand).account_id.tier_id, self.strategic)
        [message] = self._notifications()
        for proposal in changed + by_hand:
            self.assertIn(proposal.display_name, message)
        for proposal in others:
            self.assertNotIn(proposal.display_name, message)
        self.assertIn("Changed since it was submitted: Tier of Account.", message)

    def test_sentence_in_the_language_of_the_applicant(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.users["sue"].lang = "zh_CN"
        field = self.env["ir.model.fields"]._get("kam.account", "credit_grade_id")
        field.with_context(lang="zh_CN").field_description = "信用等级"
        request = self._submit("kam.credit.request")
        self.account.credit_grade_id = self.black
        self._decide(request)
        comment = request.approval_ids.filtered("comment").comment
        self.assertIn("信用等级", comment)

    def test_nobody_without_authority_returns_documents(self):
        request = self._submit("kam.credit.request")
        self.account.credit_grade_id = self.black
        self.env.flush_all()
        for login in ("amy", "ben", "sue", "max", "tom", "joe"):
            with self.subTest(login=login), self.assertRaises(AccessError):
                request.with_user(self.users[login]).action_approve()
        self.assertEqual(request.approval_state, "pending")

    def test_refusing_what_was_not_reviewed(self):
        request = self._submit("kam.credit.request")
        self.account.credit_grade_id = self.black
        self.env.flush_all()
        request.with_user(self.users["sam"]).action_refuse("No")
        self._check_returned(request, "Credit Grade of Account")


@tagged("post_install", "-at_install")
class TestFrozenRpc(FrozenCase, HttpCase):
    """Files of what was submitted, by the routes of the web client."""

    def test_chatter_deletes_no_evidence(self):
        assessment = self._submit("kam.credit.assessment")
        paper = self.env["ir.attachment"].search(
            [
                ("res_model", "=", "kam.credit.document"),
                ("res_id", "=", self.papers[0].id),
                ("res_field", "=", "file"),
            ]
        )
        file = self.env["ir.attachment"].create(
            {
                "name": "File",
                "raw": b"file",
                "res_model": assessment._name,
                "res_id": assessment.id,
            }
        )
        message = assessment.with_user(self.users["sue"]).message_post(
            body=file.name, attachments=[("Posted", b"posted")]
        )
        posted = message.attachment_ids
        self.env.flush_all()
        self.authenticate("sue", "sue")
        routes = [
            ("/mail/message/update_content", {"message_id": message.id, **EMPTY}),
        ]
        for attachment in paper + file + posted:
            routes.append(("/mail/attachment/delete", {"attachment_id": attachment.id}))
            for method, args in (
                ("unlink", [attachment.ids]),
                ("write", [attachment.ids, {"datas": "b3RoZXI="}]),
            ):
                params = {"model": "ir.attachment", "method": method, "args": args}
                routes.append(("/web/dataset/call_kw", {**params, "kwargs": {}}))
        for route, params in routes:
            with (
                self.subTest(route, **params),
                mute_logger("odoo.http"),
                self.assertRaisesRegex(JsonRpcException, "odoo.exceptions"),
            ):
                self.make_jsonrpc_request(route, params)
        self.assertEqual(len((paper + file + posted).exists()), 3)
