from odoo import SUPERUSER_ID, api, models
from odoo.exceptions import UserError

# What makes up a file and where it belongs. The rest, such as its thumbnail, is free.
FIXED = ("name", "type", "url", "checksum", "res_model", "res_field", "res_id")
# What is written to change that
WRITTEN = {*FIXED, "raw", "datas", "db_datas", "store_fname"}


class IrAttachment(models.Model):
    """Files of what was submitted stay as they are, whichever way they are reached.

    Core deletes and writes attachments in superuser mode on behalf of people: what
    counts here is who does it. New files may be added, and taken back, but none that
    takes the place of another one.
    """

    _inherit = "ir.attachment"

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        attachments = super().create(vals_list)
        attachments._kam_check_added()
        return attachments

    def write(self, vals):
        if not vals.keys() & WRITTEN:
            return super().write(vals)
        before = {a: a._kam_fixed_values() for a in self._kam_filter_fixed()}
        result = super().write(vals)
        if any(a._kam_fixed_values() != values for a, values in before.items()):
            self._kam_raise_fixed()
        if vals.keys() & {"res_model", "res_field", "res_id"}:
            (self - self.browse().union(*before))._kam_check_added()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_fixed(self):
        if self._kam_filter_fixed():
            self._kam_raise_fixed()

    # ------------------------------------------------------------
    # Fixed files
    # ------------------------------------------------------------

    def _kam_filter_fixed(self):
        """Those of the attachments that belong to something fixed, for people."""
        if self.env.uid == SUPERUSER_ID:
            return self.browse()
        fixed = set()
        for model, attachments in self.sudo().grouped("res_model").items():
            records = self.env.get(model or "")
            if isinstance(records, self.pool["kam.fixed.mixin"]):
                ids = attachments.mapped("res_id")
                records = records.sudo().browse(filter(None, ids)).exists()
                since = records._fixed_since()
                fixed |= {
                    attachment.id
                    for attachment in attachments
                    if attachment.res_id in since
                    and not attachment._kam_is_added_after(since[attachment.res_id])
                }
        return self.filtered(lambda attachment: attachment.id in fixed)

    def _kam_is_added_after(self, since):
        """Whether it is a file of its own, added after some time, to the second."""
        if self.res_field or not since:
            return False
        return self.create_date.replace(microsecond=0) > since

    def _kam_fixed_values(self):
        return [self.sudo()[fname] for fname in FIXED]

    def _kam_check_added(self):
        """:raise UserError: attachments replace the content of something fixed"""
        if self.sudo().filtered("res_field")._kam_filter_fixed():
            self._kam_raise_fixed()

    def _kam_raise_fixed(self):
        raise UserError(
            self.env._(
                "This file belongs to a document that was submitted, and stays as it "
                "is. Add a new file instead."
            )
        )
