"""Why an account is in its tier, and the records behind its figures."""

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL


class KamAccountExplanation(models.AbstractModel):
    """Why an account is in its tier.

    Part of ``kam.account``; the rules it presents are those of ``kam.rules``.
    """

    _name = "kam.account.explanation"
    _description = "Key Account"

    explanation = fields.Json(compute="_compute_explanation")

    # ------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------

    @api.depends("score", "tier_computed_id", "tier_id", "influence", "strategic_fit")
    @api.depends_context("lang")
    def _compute_explanation(self):
        explanations = self._origin._explain_all()
        for account in self:
            account.explanation = explanations.get(account._origin.id)

    # ------------------------------------------------------------
    # Explanation
    # ------------------------------------------------------------

    def _explain(self):
        """Say why the account is where it is.

        :return: dict with ``criteria`` (metric, label, value, floor, target, weight,
            points 0–100, verdict ``met``/``partial``/``missed``, and whether there
            are records to open), ``score``,
            ``tiers`` (limits of each tier and whether they are met), and ``next``:
            the next tier with a list ``missing`` of what keeps the account out of it
            (``None`` in the highest tier)
        """
        self.ensure_one()
        return self._explain_all()[self.id]

    def _explain_all(self):
        names = self._tier_names()
        raw = self._measure_explanation()
        return {
            account.id: self._present(raw[account.id], account.currency_id, names)
            for account in self
        }

    @api.model
    def _present_reasons(self, records):
        """Set ``explanation`` of records that froze one in ``reasons``."""
        names = self._tier_names()
        for record in records:
            record.explanation = record.reasons and self._present(
                record.reasons, record.currency_id, names
            )

    @api.model
    def _tier_names(self):
        tiers = self.env["kam.tier"].sudo().with_context(active_test=False)
        return {tier.id: tier.name for tier in tiers.search([])}

    @api.model
    def _present(self, explanation, currency, tier_names):
        """Add labels in the reader's language, verdicts and gaps to the raw figures.

        :param dict explanation: as frozen in a proposal or measured just now
        :param dict tier_names: names by id of tier
        """
        labels = {
            name: self._fields[name]._description_string(self.env)
            if name in self._fields
            else name  # a custom field that is gone since the figures were frozen
            for name in {
                item["metric"]
                for item in explanation["criteria"]
                + [t for tier in explanation["tiers"] for t in tier["thresholds"]]
            }
        }
        for item in explanation["criteria"]:
            item["label"] = labels[item["metric"]]
            item["unit"] = self._metric_unit(item["metric"])
            item["has_records"] = self._metric_has_records(item["metric"])
            item["verdict"] = (
                "met"
                if item["points"] >= 100
                else "partial"
                if item["points"] > 0
                else "missed"
            )
        for tier in explanation["tiers"]:
            tier["name"] = tier_names.get(tier["tier_id"], "")
            for threshold in tier["thresholds"]:
                threshold["label"] = labels[threshold["metric"]]
                threshold["unit"] = self._metric_unit(threshold["metric"])
        explanation["currency_id"] = currency.id
        explanation["next"] = self._next_tier(explanation)
        return explanation

    @api.model
    def _metric_unit(self, metric):
        if metric == "growth_rate":
            return "percentage"
        return self._fields[metric].type if metric in self._fields else "float"

    @api.model
    def _next_tier(self, explanation):
        """The tier above the computed one, with the gaps to it."""
        tier_ids = [tier["tier_id"] for tier in explanation["tiers"]]
        current = explanation["tier_computed_id"]
        position = tier_ids.index(current) if current in tier_ids else len(tier_ids)
        if not position:
            return None
        tier = explanation["tiers"][position - 1]
        missing = []
        if explanation["score"] < tier["min_score"]:
            missing.append(
                {
                    "metric": "score",
                    "label": self._fields["score"]._description_string(self.env),
                    "unit": "float",
                    "value": explanation["score"],
                    "limit": tier["min_score"],
                    "gap": tier["min_score"] - explanation["score"],
                    "ways": self._ways_to_score(explanation, tier["min_score"]),
                }
            )
        unmet = [t for t in tier["thresholds"] if not t["met"]]
        if tier["mode"] == "all" or len(unmet) == len(tier["thresholds"]):
            missing += [{**t, "gap": t["limit"] - (t["value"] or 0)} for t in unmet]
        return {**tier, "missing": missing}

    @api.model
    def _ways_to_score(self, explanation, min_score):
        """For each criterion, the value that alone would lift the score to a limit.

        :return: list of dicts (metric, label, unit, needed); criteria whose target
            is too near to do it alone are left out
        """
        total = sum(item["weight"] for item in explanation["criteria"])
        gap = min_score - explanation["score"]
        ways = []
        for item in explanation["criteria"]:
            if not item["weight"]:
                continue
            points = item["points"] + gap * total / item["weight"]
            if points <= 100:
                scale = item["target"] - item["floor"]
                ways.append(
                    {
                        "metric": item["metric"],
                        "label": item["label"],
                        "unit": item["unit"],
                        "needed": item["floor"] + scale * points / 100,
                    }
                )
        return ways

    def _measure_explanation(self):
        """Raw explanation by account id: see :meth:`_explain` for the labelled one."""
        self.flush_model()
        result = {}
        for company, accounts in self.sudo().grouped("company_id").items():
            rows = self.env.execute_query(
                SQL(
                    "SELECT a.id, %s FROM kam_account a WHERE a.id = ANY(%s)",
                    company._kam_explanation_sql("a"),
                    accounts.ids,
                )
            )
            result.update(rows)
        return result

    # ------------------------------------------------------------
    # Records behind a figure
    # ------------------------------------------------------------

    def action_view_invoices(self):
        """Open the invoices and credit notes that the revenue was summed from."""
        return self.action_view_records("revenue_12m")

    def action_view_orders(self):
        """Open the orders that were counted."""
        return self.action_view_records("order_count_12m")

    @api.model
    def _metric_has_records(self, metric):
        """Whether a figure is measured from records, and not entered by hand."""
        return isinstance(metric, str) and metric in self._metric_fields()

    @api.readonly
    def action_view_records(self, metric):
        """Open the records behind a figure.

        :param str metric: name of a measured figure
        :return: window action, or False when the figure is entered by hand
        """
        self.ensure_one()
        if not self._metric_has_records(metric):
            return False
        company = self.company_id
        window = company._kam_window(company.kam_refresh_day)
        partners = Domain("partner_id", "child_of", self.partner_id.id)
        if metric != "revenue_group_12m":
            # Subsidiaries are children, too, but customers of their own.
            partners &= Domain(
                "partner_id.commercial_partner_id", "=", self.partner_id.id
            )
        orders = metric in ("order_count_12m", "orders_per_month")
        if orders and company.kam_order_source == "order":
            return self.env["ir.actions.actions"]._kam_list(
                "sale.order",
                self.env._("Orders Behind the Figure"),
                partners & company._kam_order_domain(window.start, window.end),
            )
        if metric == "overdue_amount":
            invoices = (
                company._kam_invoice_domain()
                & Domain("invoice_date_due", "<", window.end)
                & Domain("payment_state", "in", ("not_paid", "partial"))
            )
        else:
            start, end = window.start, window.end
            if metric in ("growth_rate", "revenue_prev_12m"):
                start = window.before
            if metric == "revenue_prev_12m":
                end = window.start
            invoices = company._kam_invoice_domain() & Domain(
                [("invoice_date", ">", start), ("invoice_date", "<=", end)]
            )
            if orders:
                invoices &= Domain("move_type", "=", "out_invoice")
        return self.env["ir.actions.actions"]._kam_list(
            "account.move",
            self.env._("Invoices Behind the Figure"),
            partners & invoices,
            "account.view_out_invoice_tree",
            context={"create": False},
        )
