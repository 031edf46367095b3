from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command, Domain

READ_WITHIN = 7  # days


class KamAccountHandover(models.TransientModel):
    """Hand accounts over to another manager, with all that is open (C7)."""

    _name = "kam.account.handover"
    _inherit = ["kam.access.mixin"]
    _description = "Handover of Key Accounts"
    _former_users = ("from_user_id",)

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    from_user_id = fields.Many2one(
        "res.users",
        string="Current Manager",
        required=True,
        domain="[('share', '=', False)]",
        context={"active_test": False},
    )
    to_user_id = fields.Many2one(
        "res.users",
        string="New Manager",
        required=True,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    account_ids = fields.Many2many(
        "kam.account",
        string="Accounts",
        compute="_compute_account_ids",
        compute_sudo=False,
        store=True,
        readonly=False,
        domain="[('manager_id', '=', from_user_id), ('company_id', '=', company_id)]",
    )
    stays_on_team = fields.Boolean(
        string="Stays on the Team",
        help="The former manager keeps access to the accounts, as sales support.",
    )
    note = fields.Html(
        string="Handover Note",
        required=True,
        help="What the new manager must know: posted to each account.",
    )
    problem_ids = fields.One2many(
        "kam.account.handover.problem", "handover_id", readonly=True
    )

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        if self.env.context.get("active_model") == "kam.account":
            accounts = self.env["kam.account"].browse(
                self.env.context.get("active_ids", [])
            )
            values["account_ids"] = [Command.set(accounts.ids)]
            values["from_user_id"] = accounts.manager_id[:1].id
            values["company_id"] = (accounts.company_id[:1] or self.env.company).id
        return values

    @api.depends("from_user_id", "company_id")
    def _compute_account_ids(self):
        """All accounts of the former manager, unless some were chosen."""
        for handover in self:
            chosen = handover.account_ids.filtered(
                lambda a, h=handover: a.manager_id == h.from_user_id
            )
            handover.account_ids = chosen or self.env["kam.account"].search(
                [
                    ("manager_id", "=", handover.from_user_id.id or 0),
                    ("company_id", "=", handover.company_id.id),
                ]
            )

    # ------------------------------------------------------------
    # Action
    # ------------------------------------------------------------

    def action_hand_over(self):
        """Move the accounts and everything open on them, and list what could not.

        :raise AccessError: no supervisor, or accounts of other territories
        :raise UserError: the persons or accounts do not fit
        """
        self.ensure_one()
        self._check_handover()
        self.sudo()._hand_over()
        if self.problem_ids:
            after = self.env["ir.actions.actions"]._kam_records(
                "kam_account_handover_problem_action",
                [("handover_id", "=", self.id)],
            )
        else:
            after = {"type": "ir.actions.act_window_close"}
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if self.problem_ids else "success",
                "message": self._get_result(),
                "next": after,
            },
        }

    def _get_result(self):
        handed_over = self.env._(
            "Accounts handed over to %(user)s: %(count)s",
            user=self.to_user_id.name,
            count=len(self.sudo().account_ids),
        )
        if not self.problem_ids:
            return handed_over
        to_check = self.env._("To check: %(count)s", count=len(self.problem_ids))
        return f"{handed_over}. {to_check}"

    def _hand_over(self):
        """Do it with all rights: whoever hands over need not keep the access."""
        problems = self._move_records(self.account_ids, "manager_id")
        moving = self.account_ids.filtered(lambda a: a.manager_id == self.to_user_id)
        if not moving:
            raise UserError("\n".join(f"{p['name']}: {p['reason']}" for p in problems))
        self.account_ids = moving
        handed_over = self._get_handover_records()
        activities = self._get_handover_activities(
            [records for _label, records, _fname in handed_over]
        )
        moved = {}
        for label, records, fname in [
            (self.env._("Activities"), activities, "user_id"),
            *handed_over,
        ]:
            problems += self._move_records(records, fname)
            moved[label] = sum(record[fname] == self.to_user_id for record in records)
        self._hand_over_membership()
        if not self.stays_on_team:
            self._unfollow([records for _label, records, _fname in handed_over])
        self.problem_ids = [Command.create(values) for values in problems]
        self._post_note(moved)
        self._ask_to_read()

    def _move_records(self, records, fname):
        """Give records to the new manager: if one cannot move, the others still do.

        :param str fname: name of the field of the user
        :return: list of values of a problem, for each record that stayed
        """
        records = records.sudo().with_context(
            mail_activity_quick_update=True, mail_auto_subscribe_no_notify=True
        )
        if not records:
            return []
        try:
            with self.env.cr.savepoint():
                records.write({fname: self.to_user_id.id})
        except UserError as error:
            if len(records) == 1:
                return [self._get_problem(records, str(error))]
        else:
            return []
        return [
            problem
            for record in records
            for problem in self._move_records(record, fname)
        ]

    def _get_problem(self, record, reason):
        """Values of a problem.

        :param str reason: for whoever hands over only, it may name other customers
        """
        document = self._get_document(record)
        return {
            "res_model": document._name,
            "res_id": document.id,
            "account_id": self._get_account_of(document).id,
            "name": record.display_name,
            "outcome": self.env._("Not handed over"),
            "reason": reason,
        }

    def _get_document(self, record):
        """What there is to open: an activity is seen on its document."""
        if record._name == "mail.activity":
            return self.env[record.res_model].browse(record.res_id)
        return record

    def _get_account_of(self, document):
        """The account that a document of any kind is about, among these."""
        if document._name == "kam.account":
            return document
        if "account_id" in document._fields:
            return document.account_id
        customer = document if document._name == "res.partner" else document.partner_id
        return self.account_ids.filtered(
            lambda a: a.partner_id == customer.commercial_partner_id
        )

    def _check_handover(self):
        if not self.env.user.has_group("key_account_management.group_kam_supervisor"):
            raise AccessError(self.env._("Only supervisors can hand over accounts."))
        self.account_ids.check_access("write")
        # What is the user's own to give, wherever it is, and what the user leads
        self.account_ids.filtered(
            lambda account: account.manager_id != self.env.user
        )._check_led()
        if not self.account_ids:
            raise UserError(self.env._("Choose the accounts to hand over."))
        if self.from_user_id == self.to_user_id:
            raise UserError(self.env._("Choose somebody else as the new manager."))
        receiver = self.to_user_id.sudo()
        if not receiver.active or not receiver.has_group(
            "key_account_management.group_kam_user"
        ):
            raise UserError(
                self.env._("%s is not an account manager.", self.to_user_id.name)
            )
        if self.account_ids.company_id - receiver.company_ids:
            raise UserError(
                self.env._(
                    "%s does not work for the company of the accounts.",
                    self.to_user_id.name,
                )
            )
        if self.account_ids.company_id - self.company_id:
            raise UserError(
                self.env._("Hand over the accounts of one company at a time.")
            )
        others = self.account_ids.filtered(lambda a: a.manager_id != self.from_user_id)
        if others:
            raise UserError(
                self.env._(
                    "These accounts are not managed by %(user)s: %(accounts)s.",
                    accounts=", ".join(others.mapped("display_name")),
                    user=self.from_user_id.name,
                )
            )

    # ------------------------------------------------------------
    # What moves
    # ------------------------------------------------------------

    def _get_handover_records(self):
        """What changes hands besides the accounts themselves.

        Each capability adds its own records.

        :return: list of (label, records, name of the field of the user)
        """
        self.ensure_one()
        return self._get_handover_sales()

    def _get_handover_files(self):
        """What somebody may have to do with as a helper, closed or not.

        Open activities on it change hands, and the former manager follows it no more.
        Each capability adds its own records.

        :return: list of recordsets
        """
        return []

    def _get_handover_sales(self):
        """What is being sold. What was sold stays the success of the former manager."""
        mine = Domain("user_id", "=", self.from_user_id.id) & self._of_customers(
            "partner_id.commercial_partner_id"
        )
        leads = self.env["crm.lead"].sudo()
        orders = self.env["sale.order"].sudo()
        return [
            (
                self.env._("Opportunities"),
                leads.search(
                    mine
                    & Domain("company_id", "in", [self.company_id.id, False])
                    & Domain("won_status", "=", "pending")
                ),
                "user_id",
            ),
            (
                self.env._("Quotations"),
                orders.search(
                    mine
                    & Domain("company_id", "=", self.company_id.id)
                    & Domain("state", "in", ("draft", "sent"))
                ),
                "user_id",
            ),
            (self.env._("Customers"), self._get_customers_sold_to(), "user_id"),
        ]

    def _get_customers_sold_to(self):
        """Customers whose salesperson hands over, unless he manages them elsewhere."""
        elsewhere = (
            self.env["kam.account"]
            .sudo()
            ._search([("manager_id", "=", self.from_user_id.id)])
        )
        people = self.env["res.partner"].sudo().with_context(active_test=False)
        return people.search(
            Domain("user_id", "=", self.from_user_id.id)
            & self._of_customers("commercial_partner_id")
            & Domain(
                "commercial_partner_id", "not in", elsewhere.subselect("partner_id")
            )
        )

    def _of_accounts(self):
        return Domain("account_id", "in", self.account_ids.ids)

    def _of_customers(self, path):
        return Domain(path, "in", self.account_ids.partner_id.ids)

    def _get_handover_activities(self, handed_over):
        """Open activities on accounts, customers, contacts and handed-over records.

        Requests for approval stay: who decides follows from the rules.

        :param list handed_over: recordsets
        """
        contacts = (
            self.env["res.partner"]
            .sudo()
            .with_context(active_test=False)
            ._search(self._of_customers("commercial_partner_id"))
        )
        on = Domain("res_model", "=", "res.partner") & Domain("res_id", "in", contacts)
        for records in [self.account_ids, *handed_over, *self._get_handover_files()]:
            on |= Domain("res_model", "=", records._name) & Domain(
                "res_id", "in", records.ids
            )
        return (
            self.env["mail.activity"]
            .sudo()
            .search(
                Domain("user_id", "=", self.from_user_id.id)
                & Domain("kam_approval_id", "=", False)
                & on
            )
        )

    def _hand_over_membership(self):
        """The roles of the former manager go to the new one, who keeps his own."""
        members = self.account_ids.member_ids
        former = members.filtered(lambda m: m.user_id == self.from_user_id)
        if self.stays_on_team:
            former = former.filtered(lambda m: m.role == "manager")
        present = {
            (m.account_id.id, m.role) for m in members if m.user_id == self.to_user_id
        }
        double = former.filtered(lambda m: (m.account_id.id, m.role) in present)
        double.unlink()
        (former - double).user_id = self.to_user_id
        if self.stays_on_team:
            remaining = members.exists().filtered(
                lambda m: m.user_id == self.from_user_id
            )
            self.env["kam.account.member"].create(
                [
                    {"account_id": account.id, "user_id": self.from_user_id.id}
                    for account in self.account_ids - remaining.account_id
                ]
            )

    def _unfollow(self, handed_over):
        """Followers get the talk by mail, whether or not they may read the record.

        :param list handed_over: recordsets
        """
        followed = Domain.OR(
            Domain("res_model", "=", records._name)
            & Domain("res_id", "in", records.ids)
            for records in [self.account_ids, *handed_over, *self._get_handover_files()]
        )
        partner = self.from_user_id.partner_id
        self.env["mail.followers"].sudo().search(
            followed & Domain("partner_id", "=", partner.id)
        ).unlink()

    # ------------------------------------------------------------
    # Who is told
    # ------------------------------------------------------------

    def _post_note(self, moved):
        """Keep the note with each account, and its own problems, no other customer's.

        Notes are logged: no mail, no portal.

        :param dict moved: number of records that moved, by label
        """
        title = self.env._(
            "Handed over from %(former)s to %(new)s",
            former=self.from_user_id.name,
            new=self.to_user_id.name,
        )
        counts = {self.env._("Accounts"): len(self.account_ids), **moved}
        body = Markup("<b>%s</b><div>%s</div>") % (title, self.note)
        if any(moved.values()):
            body += Markup("<div class='text-muted'>%s %s</div>") % (
                self.env._("Moved together:"),
                ", ".join(
                    f"{label}: {count}" for label, count in counts.items() if count
                ),
            )
        problems = self.problem_ids.grouped("account_id")
        self.account_ids._message_log_batch(
            {
                account.id: body + problems[account]._render_note()
                if account in problems
                else body
                for account in self.account_ids
            }
        )

    def _ask_to_read(self):
        receiver = self.to_user_id
        within = timedelta(days=READ_WITHIN)
        summary = self.with_context(lang=receiver.lang).env._(
            "Take over from %(user)s: read the note and introduce yourself",
            user=self.from_user_id.name,
        )
        self.env["mail.activity"]._kam_create(
            "mail.mail_activity_data_todo",
            (
                {
                    "res_model": "kam.account",
                    "res_id": account.id,
                    "summary": summary,
                    "note": self.note,
                    "user_id": receiver.id,
                    "date_deadline": account.company_id._kam_today() + within,
                }
                for account in self.account_ids
            ),
        )


class KamAccountHandoverProblem(models.TransientModel):
    """What did not change hands as it should, for whoever handed over."""

    _name = "kam.account.handover.problem"
    _inherit = ["kam.access.mixin"]
    _description = "Problem of a Handover"
    _order = "id"

    handover_id = fields.Many2one(
        "kam.account.handover", required=True, index=True, ondelete="cascade"
    )
    account_id = fields.Many2one("kam.account", ondelete="cascade")
    res_model = fields.Char(string="Document Model", required=True)
    res_id = fields.Many2oneReference(
        string="Document ID", model_field="res_model", required=True
    )
    name = fields.Char(string="Document")
    outcome = fields.Char(string="Result")
    reason = fields.Text()

    def action_open(self):
        self.ensure_one()
        document = self.env[self.res_model].browse(self.res_id)
        return self.env["ir.actions.actions"]._kam_form(document)

    def _render_note(self):
        """Without the reasons: they may name other customers."""
        return Markup("<div>%s</div><ul>%s</ul>") % (
            self.env._("Please check:"),
            Markup().join(
                Markup("<li>%s: %s</li>") % (problem.name, problem.outcome)
                for problem in self
            ),
        )
