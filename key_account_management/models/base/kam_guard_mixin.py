from odoo import Command, api, models
from odoo.exceptions import AccessError

# Talk about a record is no content of it.
TALK_PREFIXES = ("message_", "activity_", "rating_")
# Commands of x2many fields that only say which records there are
LINKING = (Command.LINK, Command.UNLINK, Command.CLEAR, Command.SET)


class KamGuardMixin(models.AbstractModel):
    """Fields that nobody types: what is measured, decided or recorded.

    A model names them in ``_guarded_fields``. They are written in superuser mode, by
    the methods whose business that is. From others come neither values (form, import,
    RPC) nor defaults (context, user) nor copies; the value that is there already does
    no harm.
    """

    _name = "kam.guard.mixin"
    _description = "Guarded Fields"

    @api.model
    def _guarded_fields(self):
        """Names of the fields that nobody types.

        :return: set; to be extended, by the model and by other capabilities
        """
        return set()

    @api.model
    def _readonly_fields(self):
        """All that is read-only, but for the chatter.

        :return: set, for models in which nothing read-only is ever entered
        """
        return {
            fname
            for fname, field in self._fields.items()
            if field.readonly and not fname.startswith(TALK_PREFIXES)
        }

    @api.model
    def _computed_figures(self):
        """Stored figures that Odoo computes: entered, they would be believed.

        :return: set, for models of core whose figures decisions rest on
        """
        return {
            fname
            for fname, field in self._fields.items()
            if field.store
            and field.compute
            and field.readonly
            and field.type in ("integer", "float", "monetary")
        }

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model
    def default_get(self, fields):
        if self.env.su:
            return super().default_get(fields)
        guarded = self._guarded_fields().intersection(fields)
        defaults = super().default_get([f for f in fields if f not in guarded])
        for fname in guarded:
            field = self._fields[fname]
            if field.default:
                value = self._guard_cache_value(field, field.default(self))
                defaults[fname] = field.convert_to_write(
                    field.convert_to_record(value, self), self
                )
        return defaults

    @api.model_create_multi
    def create(self, vals_list):
        return super().create(
            [self._without_guarded(vals, creating=True) for vals in vals_list]
        )

    def write(self, vals):
        return super().write(self._without_guarded(vals))

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        if self.env.su:
            return vals_list
        dropped = self._guarded_fields() - (default or {}).keys()
        return [
            {fname: value for fname, value in vals.items() if fname not in dropped}
            for vals in vals_list
        ]

    # ------------------------------------------------------------
    # Guard
    # ------------------------------------------------------------

    def _without_guarded(self, vals, creating=False):
        """What of the values for ``create`` or ``write`` is to be written.

        :return: the values without the guarded ones, which are there already
        :raise AccessError: guarded fields would get another value
        """
        if self.env.su:
            return vals
        guarded = self._guarded_fields() & vals.keys()
        if not guarded:
            return vals
        # Before values are compared: else one could try out what is secret.
        if creating:
            self.browse().check_access("create")
            changed = self._changed_defaults(vals, guarded)
        else:
            self.check_access("write")
            changed = self._changed_fields(vals, guarded)
        if changed:
            raise AccessError(
                self.env._(
                    "These fields are filled in automatically and cannot be entered: "
                    "%(fields)s",
                    fields=", ".join(
                        sorted(
                            self._fields[fname]._description_string(self.env)
                            for fname in changed
                        )
                    ),
                )
            )
        return {fname: value for fname, value in vals.items() if fname not in guarded}

    def _changed_fields(self, vals, fnames=None):
        """Fields that get another value in any of the records.

        :param dict vals: values as for ``write``
        :param fnames: names of the fields to look at, all by default
        :return: set of names
        """
        everything = self.with_context(active_test=False)
        return {
            fname
            for fname in (vals.keys() if fnames is None else vals.keys() & set(fnames))
            if (field := self._fields.get(fname))
            and any(
                record._is_other_value(field, record[fname], vals[fname])
                for record in everything
            )
        }

    @api.model
    def _changed_defaults(self, vals, fnames):
        """Fields that a new record would get with another value than by default."""
        new = self.browse()
        changed = set()
        for fname in fnames:
            field = self._fields[fname]
            default = field.default(new) if field.default else False
            if new._is_other_value(field, default, vals[fname]):
                changed.add(fname)
        return changed

    def _is_other_value(self, field, current, value):
        try:
            if field.type in ("one2many", "many2many"):
                return self._is_other_set(field, current, value)
            new = self._guard_cache_value(field, value)
        except (TypeError, ValueError, OverflowError):  # no value of such a field
            return True
        old = self._guard_cache_value(field, current)
        return (new or None) != (old or None)

    def _is_other_set(self, field, current, commands):
        try:
            if any(
                isinstance(command, (list, tuple)) and command[0] not in LINKING
                for command in commands or ()
            ):
                return True
            ids = set(self._guard_cache_value(field, commands) or ())
        except (IndexError, TypeError, ValueError):  # no commands
            return True
        return ids != set(self._guard_cache_value(field, current) or ())

    def _guard_cache_value(self, field, value):
        return field.convert_to_cache(value, self, validate=False)
