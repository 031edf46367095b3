from odoo import Command, api, models
from odoo.api import NewId
from odoo.exceptions import MissingError, UserError, ValidationError

from .arguments import check_one, check_values


class KamAccessMixin(models.AbstractModel):
    """Access that holds beyond the moment at which Odoo checks it.

    Odoo checks the rules of a record before a write and after a creation, and it does
    not check what the values name. Here, for what people do (not in superuser mode):

    * Whoever names a record, in values, in defaults or in a form that is being edited,
      may read it: computed fields may say something of it.
    * Whoever puts a record under another one may write that one beforehand: no rule is
      true because of the very record that it is asked about. A model names the fields
      that its access goes by in ``_access_parents``.
    * After a write the writer may still write the record: it carries nothing out of
      reach, nor into it.
    * A field with ``groups`` is not grouped or ordered by either, related fields and
      fields of several records included. A related field is as secret as each field
      that leads to it.
    * Users who are entered work for the company of the record.
    * What is no value of a field, or no single record where one is meant, gets a
      sentence.
    """

    _name = "kam.access.mixin"
    _description = "Access"
    # Names of many2one fields whose records give access to the records of the model
    _access_parents = ()
    # Names of fields of users who need not work for the company, or not any more
    _former_users = ()

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model
    def default_get(self, fields):
        defaults = super().default_get(fields)
        if not self.env.su:
            chosen = self.env["ir.default"]._get_model_defaults(self._name)
            named = {
                fname: value
                for fname, value in defaults.items()
                if fname in chosen or f"default_{fname}" in self.env.context
            }
            self._check_named([named], nested=True)
        return defaults

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            self.browse().check_access("create")
            self._check_values(vals_list)
            self._check_named(vals_list)
            self._check_parents(self._with_default_parents(vals_list))
        records = super().create(vals_list)
        if not self.env.su:
            records._check_users(self._fields)
        return records

    def write(self, vals):
        if self.env.su or not self:
            return super().write(vals)
        self.check_access("write")
        self._check_values([vals])
        changed = {
            fname: value
            for fname, value in vals.items()
            if not self._is_named_already(fname, value)
        }
        self._check_named([changed])
        self._check_parents([changed])
        result = super().write(vals)
        self.check_access("write")
        self._check_users(changed)
        return result

    def onchange(self, values, field_names, fields_spec):
        if not self.env.su:
            self._check_values([values, dict.fromkeys(fields_spec)])
            self._check_named([values], nested=True)
        return super().onchange(values, field_names, fields_spec)

    def _field_to_sql(self, alias, field_expr, query=None):
        # Core checks where a related field leads to, and that in superuser mode.
        field = self._fields.get(field_expr.partition(".")[0])
        if field and not self.env.su:
            self._check_field_access(field, "read")
        return super()._field_to_sql(alias, field_expr, query)

    def _read_group_groupby(self, alias, groupby_spec, query):
        # Core does not check fields of several records.
        field = self._fields.get(groupby_spec.partition(":")[0].partition(".")[0])
        if field and not self.env.su:
            self._check_field_access(field, "read")
        return super()._read_group_groupby(alias, groupby_spec, query)

    @api.model
    def _has_field_access(self, field, operation):
        if not super()._has_field_access(field, operation):
            return False
        if self.env.su or not field.related:
            return True
        model = self
        for fname in field.related.split("."):
            step = model._fields[fname]
            if not model._has_field_access(step, "read"):
                return False
            model = self.env[step.comodel_name] if step.relational else model
        return True

    def ensure_one(self):
        check_one(self)
        return self

    # ------------------------------------------------------------
    # What values are
    # ------------------------------------------------------------

    @api.model
    def _check_values(self, vals_list):
        """:raise UserError: what was given for a field is no value of it"""
        for vals in vals_list:
            if unknown := vals.keys() - self._fields.keys():
                raise UserError(
                    self.env._(
                        "There are no such fields: %(fields)s.",
                        fields=", ".join(sorted(map(str, unknown))),
                    )
                )
            check_values(self, vals)
        self._collect_named(self, vals_list, {}, nested=False)

    # ------------------------------------------------------------
    # What values name
    # ------------------------------------------------------------

    @api.model
    def _check_named(self, vals_list, nested=False):
        """Check that the user may read what values point to.

        :param vals_list: values as for ``create``
        :param bool nested: look into records that are being edited in there, too
        :raise UserError: there is no such record
        :raise AccessError: the user may not read it
        """
        self._check_named_by(self, vals_list, nested)

    @api.model
    def _check_named_by(self, model, vals_list, nested):
        """See :meth:`_check_named`, for values of any model."""
        named = {}
        self._collect_named(model, vals_list, named, nested)
        for name, ids in named.items():
            records = self.env[name].browse(ids)
            try:
                records.check_access("read")
                missing = not self.env["ir.rule"]._compute_domain(name, "read") and (
                    len(records.exists()) < len(records)
                )
            except MissingError:  # told by the rules, which read the records
                missing = True
            if missing:
                raise UserError(
                    self.env._(
                        "%(model)s: the record does not exist, or was deleted.",
                        model=self.env["ir.model"]._get(name).name,
                    )
                )

    @api.model
    def _collect_named(self, model, vals_list, named, nested):
        """Add the ids that values of a model point to, in order, to ``named``."""
        for vals in vals_list:
            for fname, value in vals.items():
                field = model._fields.get(fname)
                if not field or not field.relational or not value:
                    continue
                if field.type == "many2one":
                    ids = self._get_named_ids(field, value)
                    lines = [value] if isinstance(value, dict) else []
                else:
                    commands = self._get_commands(field, value)
                    ids = [
                        id_
                        for command in commands
                        for id_ in self._get_command_ids(field, command)
                    ]
                    lines = map(self._get_command_values, commands)
                if ids:
                    known = named.setdefault(field.comodel_name, {})
                    known.update(dict.fromkeys(ids))
                if nested:
                    comodel = self.env[field.comodel_name]
                    self._collect_named(comodel, filter(None, lines), named, nested)

    @api.model
    def _get_named_ids(self, field, value):
        """Id of the record that a value of a many2one field means, in a list."""
        if isinstance(value, models.BaseModel):
            return value.ids
        if isinstance(value, dict):  # as read by the client
            value = value.get("id")
        elif isinstance(value, (list, tuple)):
            value = value[0] if value else False
        if isinstance(value, NewId):
            value = value.origin
        if not value:
            return []
        if not isinstance(value, int) or isinstance(value, bool):
            raise UserError(
                self.env._(
                    "%(value)s is not a valid value of “%(field)s”.",
                    value=value,
                    field=field._description_string(self.env),
                )
            )
        return [value]

    @api.model
    def _get_commands(self, field, value):
        """:raise UserError: what was given for a field with many records are none"""
        commands = value if isinstance(value, list | tuple | models.BaseModel) else None
        if commands is None or any(
            isinstance(command, list | tuple) and not self._is_command(command)
            for command in commands
        ):
            raise UserError(
                self.env._(
                    "%(value)s is not a valid value of “%(field)s”.",
                    value=value,
                    field=field._description_string(self.env),
                )
            )
        return commands

    @api.model
    def _is_command(self, command):
        kinds = [kind.value for kind in Command]
        if not command or command[0] not in kinds:
            return False
        if command[0] in (Command.CREATE, Command.UPDATE):
            return len(command) == 3 and isinstance(command[2], dict)
        if command[0] == Command.SET:
            return len(command) == 3 and isinstance(command[2], list | tuple)
        return command[0] == Command.CLEAR or len(command) > 1

    @api.model
    def _get_command_ids(self, field, command):
        """Ids of existing records that a command of an x2many field adds or edits."""
        if not isinstance(command, (list, tuple)):
            return self._get_named_ids(field, command)
        if command[0] == Command.SET:
            return [
                id_
                for value in command[2] or ()
                for id_ in self._get_named_ids(field, value)
            ]
        if command[0] in (Command.LINK, Command.UPDATE):
            # A line of a form may be new still: a text
            known = [] if isinstance(command[1], str) else [command[1]]
            return [id_ for v in known for id_ in self._get_named_ids(field, v)]
        return []

    @api.model
    def _get_command_values(self, command):
        if isinstance(command, (list, tuple)) and command[0] in (
            Command.CREATE,
            Command.UPDATE,
        ):
            return command[2]
        return command if isinstance(command, dict) else {}

    def _is_named_already(self, fname, value):
        """Whether a many2one field has the value in all of the records."""
        field = self._fields.get(fname)
        if not field or field.type != "many2one":
            return False
        ids = self._get_named_ids(field, value)
        return all(record.sudo()[fname].ids == ids for record in self)

    # ------------------------------------------------------------
    # Under what records are put
    # ------------------------------------------------------------

    @api.model
    def _get_access_parents(self):
        """Names of the many2one fields whose records give access to new ones."""
        return self._access_parents

    @api.model
    def _with_default_parents(self, vals_list):
        """Values of new records, with the parents that are their defaults."""
        missing = [
            fname
            for fname in self._get_access_parents()
            if any(fname not in vals for vals in vals_list)
        ]
        defaults = self.default_get(missing) if missing else {}
        return [
            {
                fname: vals.get(fname, defaults.get(fname))
                for fname in self._get_access_parents()
            }
            for vals in vals_list
        ]

    @api.model
    def _check_parents(self, vals_list):
        """:raise AccessError: the user may not write what records are put under"""
        for fname in self._get_access_parents():
            field = self._fields[fname]
            ids = {
                id_
                for vals in vals_list
                if vals.get(fname)
                for id_ in self._get_named_ids(field, vals[fname])
            }
            if ids:
                self.env[field.comodel_name].browse(sorted(ids)).check_access("write")

    # ------------------------------------------------------------
    # Whom records name
    # ------------------------------------------------------------

    def _check_users(self, fnames):
        """Check that users are our people, and work for the company of the record.

        Who has left stays: what they had is handed over.

        :param fnames: names of the fields that were entered
        :raise ValidationError: they do not
        """
        entered = [
            fname
            for fname in set(fnames) & self._fields.keys() - {*self._former_users}
            if self._fields[fname].comodel_name == "res.users"
            and self._fields[fname].store
            and not self._fields[fname].readonly
        ]
        for record in self.sudo() if entered else ():
            company = record._get_employer()
            users = record.env["res.users"].union(*map(record.__getitem__, entered))
            for user in users:
                left = not user.active
                if user.share or not (left or company <= user.company_ids):
                    raise ValidationError(
                        self.env._(
                            "%(user)s does not work for %(company)s.",
                            user=user.name,
                            company=(company or self.env.company).name,
                        )
                    )

    def _get_employer(self):
        """Company that the users of the record work for, none for any company."""
        self.ensure_one()
        if "company_id" in self._fields:
            return self.company_id
        return self.env.company
