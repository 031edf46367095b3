import hashlib
import json
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.models import LOG_ACCESS_COLUMNS
from odoo.tools import SQL

from ..base.kam_guard_mixin import TALK_PREFIXES

# What may still change when a document is under way: talk, not content.
OPEN_PREFIXES = (*TALK_PREFIXES, "approval_")
# Values with a longer text are compared by their checksum.
LONG_TEXT = 100
# At most so many changes are named.
NAMED_CHANGES = 5


class KamApprovalContentMixin(models.AbstractModel):
    """What was reviewed is what is approved.

    A part of ``kam.approval.mixin``, whose ``approval_state`` it reads. For people, the
    content of a document is fixed while it is under way, and when it is decided.
    Whatever route is left, such as a change of what the document is about, is found by
    comparison: submitting keeps the content (``approval_content``), by the paths of
    the fields that make it up. These are

    * the stored fields of the document, its measured figures included, but for talk,
      ``_open_fields``, ``_followers`` and copies of others' values;
    * such fields of its lines, models with ``kam.form.part.mixin``;
    * what the document names in ``_approval_sources``.
    """

    _name = "kam.approval.content.mixin"
    _inherit = ["kam.guard.mixin", "kam.fixed.mixin"]
    _description = "Content of a Document"
    # Fields that may change when the document is under way, beyond ``OPEN_PREFIXES``
    _open_fields = ()
    # Fields, fixed for people, that follow what happens around the document
    _followers = ()

    approval_content = fields.Json(
        readonly=True,
        copy=False,
        prefetch=False,
        groups="base.group_system",
        export_string_translation=False,
    )
    is_open = fields.Boolean(compute="_compute_is_open")

    # ------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------

    @api.depends("approval_state")
    def _compute_is_open(self):
        for document in self:
            document.is_open = document.approval_state in ("draft", "returned")

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    def write(self, vals):
        vals = self._without_guarded(vals)
        content = self._content_of(vals)
        fixed = self.filtered(lambda d: not d.is_open) if content else self.browse()
        if self.env.su or not fixed:
            return super().write(vals)
        if fixed._changed_fields(content):
            fixed._check_open()
        # Written again, even the same content would start computes on what is fixed.
        talk = {fname: value for fname, value in vals.items() if fname not in content}
        super(KamApprovalContentMixin, fixed).write(talk)
        return super(KamApprovalContentMixin, self - fixed).write(vals)

    # ------------------------------------------------------------
    # Fixed for people
    # ------------------------------------------------------------

    def _content_of(self, vals):
        """Those of some values that are fixed with the document."""
        return {
            fname: value
            for fname, value in vals.items()
            if fname not in self._open_fields and not fname.startswith(OPEN_PREFIXES)
        }

    def _check_open(self):
        """:raise UserError: a document is under way or decided, and may not change"""
        if not self.env.su and (fixed := self.filtered(lambda d: not d.is_open)):
            raise UserError(
                self.env._(
                    "%(forms)s: submitted forms cannot be changed. Withdraw the "
                    "form, or have it returned for completion.",
                    forms=", ".join(fixed[:3].mapped("display_name")),
                )
            )

    def _filter_fixed(self):
        return self.filtered(lambda document: not document.is_open)

    # ------------------------------------------------------------
    # What makes up a document
    # ------------------------------------------------------------

    @api.model
    def _approval_sources(self):
        """Hook: paths of fields, beyond its own, that say what a document is about.

        :return: list of dotted paths, such as ``lead_id.partner_id``
        """
        return []

    @api.model
    def _approval_paths(self):
        """Paths of all fields that make up a document."""
        paths = []
        for field in self._content_fields(self):
            paths.append(field.name)
            if field.type == "one2many":
                lines = self._content_fields(self.env[field.comodel_name])
                paths += [f"{field.name}.{line.name}" for line in lines]
        return paths + self._approval_sources()

    @api.model
    def _content_fields(self, model):
        """Fields of a document, or of its lines, that hold content of their own."""
        aside = {"id", *LOG_ACCESS_COLUMNS}
        if model._name == self._name:
            aside |= {*self._open_fields, *self._followers}
        else:
            aside.add(model._form_field)
        return [
            field
            for name, field in model._fields.items()
            if field.store
            and not field.related
            and name not in aside
            and not name.startswith(OPEN_PREFIXES)
            and (field.type != "one2many" or self._is_part(field.comodel_name))
        ]

    @api.model
    def _is_part(self, model):
        return isinstance(self.env[model], self.pool["kam.form.part.mixin"])

    def _approval_values(self):
        """What the documents are about now.

        :return: dict by document id: dict of JSON values by path
        """
        paths = self._approval_paths()
        plain = self.sudo().with_context(active_test=False, bin_size=False)
        plain._approval_fetch(paths)
        return {
            document.id: {path: document._approval_value(path) for path in paths}
            for document in plain
        }

    def _approval_fetch(self, paths):
        """Read what the paths need, and no more: a query for each model."""
        names = defaultdict(list)
        for path in paths:
            link, _dot, fname = path.rpartition(".")
            names[link].append(fname)
        for link in sorted(names):  # what leads to others comes before them
            records = self.mapped(link) if link else self
            records.fetch([f for f in names[link] if records._fields[f].store])

    def _approval_value(self, path):
        """Value of a path; beyond the document, with the ids of those who hold it."""
        *links, fname = path.split(".")
        records = self
        for link in links:
            records = records[link]
        if not links:
            return self._content_value(records, fname)
        return [
            [record.id, self._content_value(record, fname)]
            for record in records.sorted("id")
        ]

    @api.model
    def _content_value(self, record, fname):
        value = record[fname]
        if isinstance(value, models.BaseModel):
            value = value.sorted("id").ids
        elif record._fields[fname].type in ("float", "monetary"):
            value = round(value, 6)
        text = json.dumps(value or False, sort_keys=True, default=str)
        if len(text) > LONG_TEXT:
            return hashlib.sha256(text.encode()).hexdigest()
        return json.loads(text)

    # ------------------------------------------------------------
    # Keeping and comparing
    # ------------------------------------------------------------

    def _approval_freeze(self):
        """Keep what the documents are about, in one statement for all of them."""
        if not self:
            return
        content = json.dumps(self._approval_values())
        self.flush_recordset(["approval_content"])
        self.env.cr.execute(
            SQL(
                """
                UPDATE %s d SET approval_content = c.value
                FROM jsonb_each(%s::jsonb) c WHERE d.id = c.key::int4
                """,
                SQL.identifier(self._table),
                content,
            )
        )
        self.invalidate_recordset(["approval_content"], flush=False)

    def _approval_hold(self):
        """Keep others from changing what the documents are about before the end of the
        transaction. What they have changed since it began makes Odoo start over.
        """
        documents = self.sudo().with_context(active_test=False)
        documents.invalidate_recordset()
        links = set()
        for path in self._approval_paths():
            while path := path.rpartition(".")[0]:
                links.add(path)
        for link in sorted(links):  # what leads to others comes before them
            records = documents.mapped(link)
            if records.ids:
                self.env.execute_query(
                    SQL(
                        "SELECT id FROM %s WHERE id = ANY(%s) ORDER BY id FOR SHARE",
                        SQL.identifier(records._table),
                        records.ids,
                    )
                )
                records.invalidate_recordset()

    def _approval_changes(self):
        """Documents that are not what was submitted, with the paths that changed.

        What an update of the addon adds to the content is not compared.

        :return: dict by document, without those that did not change
        """
        changes = {}
        values = self._approval_values()
        for document in self.sudo():
            kept, now = document.approval_content, values[document.id]
            changed = [p for p in kept or () if p in now and now[p] != kept[p]]
            if changed or not kept or document._approval_lapse():
                changes[document] = changed
        return changes

    def _approval_lapse(self):
        """Hook: what has run out since a document was submitted.

        :return: sentence, or ``None``
        """
        self.ensure_one()

    def _approval_reason(self, changed):
        """Say why a document is not what was submitted.

        :param changed: paths, as in :meth:`_approval_changes`
        """
        self.ensure_one()
        sentences = []
        # What is beyond another record has changed with it.
        labels = dict.fromkeys(
            self._approval_label(path)
            for path in changed
            if not any(path.startswith(f"{other}.") for other in changed)
        )
        if labels:
            named = [*labels][:NAMED_CHANGES] + ["…"] * (len(labels) > NAMED_CHANGES)
            sentences.append(
                self.env._(
                    "Changed since it was submitted: %(fields)s.",
                    fields=", ".join(named),
                )
            )
        if lapse := self._approval_lapse():
            sentences.append(lapse)
        return " ".join(sentences) or self.env._("Nothing tells what was submitted.")

    @api.model
    def _approval_label(self, path):
        records, holder = self, None
        *links, fname = path.split(".")
        for link in links:
            field = records._fields[link]
            holder = field._description_string(self.env)
            records = self.env[field.comodel_name]
        label = records._fields[fname]._description_string(self.env)
        if not holder:
            return label
        return self.env._("%(field)s of %(record)s", field=label, record=holder)
