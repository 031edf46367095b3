from odoo import api, models
from odoo.exceptions import AccessError


class MailMessage(models.Model):
    _inherit = "mail.message"  # pylint: disable=R8180

    def write(self, vals):
        self._kam_check_not_record()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_kam_record(self):
        self._kam_check_not_record()

    def _kam_check_not_record(self):
        """What the system has noted on our documents is on record.

        :raise AccessError: a person would change or delete it
        """
        if self.env.su:
            return
        kept = self.sudo().filtered(lambda m: m.message_type == "notification")
        documents = self.pool["kam.access.mixin"]
        for name in set(kept.mapped("model")) & self.pool.keys():
            if isinstance(self.env[name], documents):
                raise AccessError(
                    self.env._("What was noted automatically cannot be changed.")
                )
