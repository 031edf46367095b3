from odoo import models


class KamFixedMixin(models.AbstractModel):
    """Records that are fixed once somebody decides, or has decided, by them.

    Their files are fixed with them (see ``ir_attachment.py``): none is changed, taken
    away or deleted. A model says in :meth:`_filter_fixed` which ones are fixed, and in
    :meth:`_fixed_since` since when, if files may be added later and taken back.
    """

    _name = "kam.fixed.mixin"
    _description = "Fixed Records"

    def _filter_fixed(self):
        """:return: those of the records that stay as they are"""
        return self.browse()

    def _fixed_since(self):
        """:return: dict of the time, ``None`` for always, by id of the fixed records"""
        return dict.fromkeys(self._filter_fixed().ids)
