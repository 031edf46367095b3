from odoo import api, models


class IrActionsActions(models.Model):
    """The one way to open records: what is not in XML is made here."""

    _inherit = "ir.actions.actions"

    @api.model
    def _kam_records(self, action, domain=None, context=None, name=None):
        """A window action of this addon, limited to some of its records.

        :param str action: its external id, without the module
        :param domain: takes the place of that of the action, if one is given
        :param dict context: takes the place of that of the action
        :param str name: title, translated, in place of that of the action
        """
        values = self._for_xml_id(f"key_account_management.{action}")
        if domain is not None:
            values["domain"] = domain
        if name:
            values["name"] = name
        return {**values, "context": context or {}}

    @api.model
    def _kam_list(self, model, name, domain, list_view=None, context=None):
        """The action that lists records, without one of its own in XML.

        :param str model: name of the model
        :param str name: title, translated
        :param str list_view: external id of a view other than the first
        """
        action = self._kam_act_window(model, name, context, view_mode="list,form")
        if list_view:
            view = self.env.ref(list_view)
            action["views"] = [(view.id, "list"), (False, "form")]
        return {**action, "domain": list(domain)}

    @api.model
    def _kam_form(self, record, name=None, context=None):
        """The action that opens a record, or the form of a new one.

        :param record: a record, or the empty recordset of its model for a new one
        :param str name: title, translated, while there is no record
        """
        return self._kam_act_window(
            record._name, name, context, res_id=record[:1].id, view_mode="form"
        )

    @api.model
    def _kam_dialog(self, record, name, context=None):
        """The same above what is open: for wizards.

        :param record: a wizard, or the empty recordset of its model
        :param str name: title, translated
        """
        return {**self._kam_form(record, name, context), "target": "new"}

    @api.model
    def _kam_act_window(self, model, name, context, **values):
        action = {"type": "ir.actions.act_window", "res_model": model, **values}
        if name:
            action["name"] = name
        if context:
            action["context"] = context
        return action
