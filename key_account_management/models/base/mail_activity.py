import logging
from collections import defaultdict

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError

_logger = logging.getLogger(__name__)
FAILURE_ACTIVITY = "key_account_management.mail_activity_type_failure"
# An activity names the first records that failed, the log all of them.
NAMED = 20


class MailActivity(models.Model):
    _inherit = "mail.activity"  # pylint: disable=R8180

    kam_failure = fields.Char(
        string="Failed Work",
        index="btree_not_null",
        readonly=True,
        copy=False,
        groups="base.group_system",
        help="What failed, and in which company: told once, until it is done.",
    )

    def write(self, vals):
        result = super().write(vals)
        if not self.env.su and vals.keys() & {"res_model", "res_model_id", "res_id"}:
            self._kam_check_documents()
        return result

    def _kam_check_documents(self):
        """:raise AccessError: activities are on documents of ours that the user may not
        read
        """
        documents = self.pool["kam.access.mixin"]
        for name, activities in self.sudo().grouped("res_model").items():
            if name in self.pool and isinstance(self.env[name], documents):
                document = self.env[name].browse(set(activities.mapped("res_id")))
                document.check_access("read")

    @api.model
    def _kam_create(self, activity_type, vals_list):
        """Create activities of one type in one batch. No mail is sent for them.

        :param str activity_type: external id
        :param vals_list: values, with ``res_model`` and ``res_id`` of the document
        """
        common = {
            "activity_type_id": self.env.ref(activity_type).id,
            "automated": True,
        }
        ids_by_model = {}
        new = []
        for vals in vals_list:
            model = vals["res_model"]
            ids_by_model.setdefault(model, []).append(vals["res_id"])
            model_id = self.env["ir.model"]._get_id(model)
            new.append({**common, **vals, "res_model_id": model_id})
        # Activities compute the names of their documents one by one.
        for model, ids in ids_by_model.items():
            self.env[model].sudo().browse(set(ids)).mapped("display_name")
        return self.sudo().with_context(mail_activity_quick_update=True).create(new)

    # ------------------------------------------------------------
    # What failed in the background
    # ------------------------------------------------------------

    @api.model
    def _kam_tell_failures(self, what, errors):
        """Tell the administrators what failed, in one activity until it is done.

        Telling fails nobody: who works on does not depend on it.

        :param what: function from an environment to what was being done, in its
            language
        :param dict errors: exceptions by record
        """
        try:
            with self.env.cr.savepoint():
                by_company = defaultdict(dict)
                for record, error in errors.items():
                    by_company[self._kam_company_of(record)][record] = error
                for company, theirs in by_company.items():
                    self._kam_tell_administrators(company, what, theirs)
        except Exception:
            _logger.exception("The administrators could not be told")

    @api.model
    def _kam_company_of(self, record):
        """Company of a record, maybe none."""
        if record._name == "res.company":
            return record
        if "company_id" not in record._fields:
            return self.env["res.company"]
        return record.sudo().exists().company_id

    @api.model
    def _kam_tell_administrators(self, company, what, errors):
        admins = self.env.ref("base.group_system").sudo().all_user_ids
        admins = admins.filtered(lambda user: user.active and not user.share)
        admins = admins.filtered(lambda user: company <= user.company_ids) or admins
        source = what(self.with_context(lang="en_US").env)
        failure = f"{source} ({company.id or 0})"
        told = self.sudo().search(
            [("kam_failure", "=", failure), ("user_id", "in", admins.ids)]
        )
        by_user = told.grouped("user_id")
        common = {
            "activity_type_id": self.env.ref(FAILURE_ACTIVITY).id,
            "automated": True,
            "kam_failure": failure,
            "date_deadline": (company or self.env.company)._kam_today(),
        }
        new = []
        for user in admins:
            values = self._kam_failure_texts(user, company, what, errors)
            if user in by_user:
                by_user[user].write(values)
            else:
                new.append({**common, **values, "user_id": user.id})
        self.sudo().with_context(mail_activity_quick_update=True).create(new)

    @api.model
    def _kam_failure_texts(self, user, company, what, errors):
        """Summary and note of what failed, in the language of a user."""
        env = self.with_context(lang=user.lang).env
        lines = [
            Markup('<li><a href="/odoo/%s/%s">%s</a>: %s</li>')
            % (
                document._name,
                document.id,
                document.display_name,
                self._kam_error_text(error),
            )
            for record, error in list(errors.items())[:NAMED]
            for document in self._kam_failed_document(record).with_env(env).sudo()
        ]
        if more := len(errors) - len(lines):
            lines.append(Markup("<li>%s</li>") % env._("%(count)s more", count=more))
        advice = env._(
            "The others were done. Correct what the messages say: the next run tries "
            "again. The log of the server has the details."
        )
        return {
            "summary": env._("Failed: %(work)s", work=what(env)),
            "note": Markup("<p>%s</p><ul>%s</ul><p>%s</p>")
            % (company.display_name or "", Markup().join(lines), advice),
        }

    @api.model
    def _kam_failed_document(self, record):
        """What to look at where work on a record failed: a later capability may know
        better than the record itself."""
        return record.exists()

    @api.model
    def _kam_error_text(self, error):
        if isinstance(error, UserError):
            return str(error)
        message = str(error).partition("\n")[0]
        return f"{type(error).__name__}: {message}"
