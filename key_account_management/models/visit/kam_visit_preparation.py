from odoo import api, fields, models

SHOWN_RECORDS = 5
COLOURS = {
    "sponsor": "success",
    "supporter": "success",
    "sceptic": "warning",
    "opponent": "danger",
}


class KamVisitPreparation(models.AbstractModel):
    """All that a visitor should know, in one look (D3).

    A part of ``kam.visit``, whose ``account_id``, ``contact_ids`` and ``start`` it
    reads; it shows only what the reader may see.
    """

    _name = "kam.visit.preparation"
    _description = "Customer Visit"

    preparation = fields.Html(compute="_compute_preparation", sanitize=False)

    @api.depends("account_id", "contact_ids", "start")
    @api.depends_context("uid", "lang")
    def _compute_preparation(self):
        for visit in self:
            visit.preparation = bool(visit.account_id) and self.env["ir.qweb"]._render(
                "key_account_management.kam_visit_preparation",
                visit._preparation_values(),
            )

    def _preparation_values(self):
        """What the preparation page shows: only what the reader may see."""
        self.ensure_one()
        account = self.account_id._origin
        last = self.search(
            [
                ("account_id", "=", account.id),
                ("state", "=", "done"),
                ("start", "<", self.start),
                ("id", "!=", self._origin.id),
            ],
            limit=1,
        )
        return {
            "visit": self,
            "contacts": self._get_contacts_with_labels(),
            "orders": self._search_open_records(
                "sale.order",
                [
                    ("state", "in", ("sent", "sale")),
                    ("invoice_status", "!=", "invoiced"),
                ],
                "date_order desc",
            ),
            "invoices": self._search_open_records(
                "account.move",
                [
                    ("move_type", "=", "out_invoice"),
                    ("state", "=", "posted"),
                    ("payment_state", "in", ("not_paid", "partial")),
                    ("invoice_date_due", "<", self.company_id._kam_today()),
                ],
                "invoice_date_due",
            ),
            "leads": self._search_open_records(
                "crm.lead",
                [("type", "=", "opportunity"), ("stage_id.is_won", "=", False)],
                "date_deadline",
            ),
            "findings": self._search_findings(
                [("state", "in", ("open", "handed")), ("kind", "!=", "opportunity")]
            ),
            "news": self._search_findings([("state", "=", "noted")], order="id desc"),
            "activities": self.env["mail.activity"].search(
                [
                    ("res_model", "=", "kam.account"),
                    ("res_id", "=", account.id),
                ],
                order="date_deadline",
                limit=SHOWN_RECORDS,
            ),
            "last": last,
            "screening": not last and self._confirmed_screening(),
        }

    def _search_findings(self, domain, order=None):
        """Findings of other visits to the customer."""
        own = [
            ("account_id", "=", self.account_id._origin.id),
            ("visit_id", "!=", self._origin.id),
        ]
        return self.env["kam.visit.finding"].search(
            [*own, *domain], order=order, limit=SHOWN_RECORDS
        )

    def _confirmed_screening(self):
        """What the first visitor has to go by: the file of the screening, if any."""
        return self.env["kam.screening"].search(
            [
                ("account_id", "=", self.account_id._origin.id),
                ("result", "=", "confirmed"),
            ],
            order="date_closed desc, id desc",
            limit=1,
        )

    def _search_open_records(self, model, domain, order):
        """Records of the customer, none if the reader may not see the model."""
        Model = self.env[model]
        if not Model.has_access("read"):
            return Model
        own = [
            ("partner_id", "child_of", self.partner_id.id),
            ("company_id", "in", (self.company_id.id, False)),
        ]
        return Model.search([*own, *domain], order=order, limit=SHOWN_RECORDS)

    def _get_contacts_with_labels(self):
        """Contacts with labels of what we know of them."""
        fnames = ("kam_level", "kam_decision_role", "kam_support", "kam_thinking")
        labels = {
            fname: dict(
                self.env["res.partner"]._fields[fname]._description_selection(self.env)
            )
            for fname in fnames
        }
        return [
            {
                "contact": contact,
                "advice": contact.kam_thinking_advice,
                "colour": COLOURS.get(contact.kam_support, "light"),
                **{fname: labels[fname].get(contact[fname]) for fname in fnames},
            }
            for contact in self.contact_ids._origin
        ]
