from odoo import models


class KamThreadMixin(models.AbstractModel):
    """Documents of which only those hear who may read them.

    Odoo sends what is said about a document to its followers and to whoever is named,
    whether or not they may (still) read it, and makes followers of employees who reply
    by mail. Here, whatever the message came by:

    * People who may not read the document are told nothing of it, and do not follow it.
    * People from outside, with an account or without, get what a person writes to them
      by name, if it is not internal: no note, and nothing that others answer by mail.
    """

    _name = "kam.thread.mixin"
    _inherit = ["mail.thread"]
    _description = "Documents with Talk"

    def message_post(self, *, message_type="notification", partner_ids=None, **kwargs):
        # Whoever is named in a message may read it, and core names whom one answers.
        if message_type != "comment" and partner_ids and self:
            partners = self.env["res.partner"].sudo().browse(partner_ids)
            partner_ids = partners.filtered(self._thread_may_be_read_by).ids
        return super().message_post(
            message_type=message_type, partner_ids=partner_ids, **kwargs
        )

    def _message_subscribe(self, partner_ids=None, subtype_ids=None, customer_ids=None):
        for partner in self.env["res.partner"].sudo().browse(partner_ids or ()):
            records = self._thread_filter_readable_by(partner.user_ids)
            super(KamThreadMixin, records)._message_subscribe(
                partner.ids, subtype_ids, customer_ids=customer_ids
            )
        return True

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        recipients = super()._notify_get_recipients(message, msg_vals, **kwargs)
        if not self:
            return recipients
        written_to = self._thread_outsiders_written_to(message, msg_vals or {})
        users = self.env["res.users"].sudo()
        return [
            recipient
            for recipient in recipients
            if self._thread_filter_readable_by(users.browse(recipient["uid"] or ()))
            or (recipient["share"] and (recipient["id"] or False) in written_to)
        ]

    def _thread_outsiders_written_to(self, message, msg_vals):
        """Partners whom a person addresses; ``False`` for mere mail addresses.

        :param dict msg_vals: values of the message, as core hands them on
        :return: set of ids
        """

        def get(fname):
            value = msg_vals.get(fname, message.sudo()[fname])
            return value.ids if isinstance(value, models.BaseModel) else value

        subtype = self.env["mail.message.subtype"].sudo().browse(get("subtype_id"))
        if get("message_type") != "comment" or not subtype or subtype.internal:
            return set()
        return {False, *(get("partner_ids") or ())}

    def _thread_may_be_read_by(self, partner):
        return bool(self._thread_filter_readable_by(partner.user_ids))

    def _thread_filter_readable_by(self, users):
        """Records that one of the users may read, in all of their companies."""
        readable = self.browse()
        for user in users:
            # Not those that the present user has chosen, nor anything else of theirs
            env = self.env(user=user, context={"allowed_company_ids": []})
            records = self.with_env(env)
            readable |= records._filtered_access("read").with_env(self.env)
        return readable
