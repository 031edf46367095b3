import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {
    formatFloat,
    formatInteger,
    formatMonetary,
    formatPercentage,
} from "@web/views/fields/formatters";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

const VERDICTS = {
    met: {label: _t("Target met"), className: "text-bg-success"},
    partial: {label: _t("Partly met"), className: "text-bg-warning"},
    missed: {label: _t("Below the floor"), className: "text-bg-secondary"},
};

/**
 * Shows why an account is in its tier: each criterion with value, scale, points and
 * verdict, and what is missing for the next tier. Reads the JSON of
 * `kam.account._explain()`, live or frozen in a proposal.
 */
export class KamExplanation extends Component {
    static template = "key_account_management.KamExplanation";
    static props = {...standardFieldProps, accountField: {type: String, optional: true}};

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
    }

    get explanation() {
        return this.props.record.data[this.props.name];
    }

    get accountId() {
        const {accountField, record} = this.props;
        return accountField ? record.data[accountField]?.id : record.resId;
    }

    format(value, unit) {
        if (value === null || value === false) {
            return "–";
        }
        switch (unit) {
            case "monetary":
                return formatMonetary(value, {
                    currencyId: this.explanation.currency_id,
                    digits: [16, 0],
                });
            case "percentage":
                return formatPercentage(value);
            case "integer":
                return formatInteger(value);
            default:
                return formatFloat(value, {digits: [16, 2], trailingZeros: false});
        }
    }

    verdict(criterion) {
        return VERDICTS[criterion.verdict];
    }

    share(criterion) {
        const total = this.explanation.criteria.reduce((sum, c) => sum + c.weight, 0);
        return formatPercentage(total ? criterion.weight / total : 0, {
            digits: [16, 0],
        });
    }

    scoreLimit(tier) {
        return _t("Score from %s", this.format(tier.min_score, "float"));
    }

    thresholdLimit(threshold) {
        return _t("%(figure)s over %(limit)s", {
            figure: threshold.label,
            limit: this.format(threshold.limit, threshold.unit),
        });
    }

    get missingTitle() {
        return _t("Missing for “%s”", this.explanation.next.name);
    }

    missing(gap) {
        return _t("%(figure)s: %(gap)s more (%(value)s of %(limit)s)", {
            figure: gap.label,
            gap: this.format(gap.gap, gap.unit),
            value: this.format(gap.value, gap.unit),
            limit: this.format(gap.limit, gap.unit),
        });
    }

    ways(gap) {
        const ways = gap.ways.map(
            (way) => `${way.label} ${this.format(way.needed, way.unit)}`
        );
        return _t("Any one of these would do: %s", ways.join(" / "));
    }

    hasRecords(criterion) {
        return this.accountId && criterion.has_records;
    }

    async openRecords(metric) {
        const action = await this.orm.call("kam.account", "action_view_records", [
            [this.accountId],
            metric,
        ]);
        this.action.doAction(action);
    }
}

registry.category("fields").add("kam_explanation", {
    component: KamExplanation,
    displayName: _t("Key Account Explanation"),
    supportedTypes: ["json"],
    supportedOptions: [
        {
            label: _t("Account field"),
            name: "account_field",
            type: "string",
        },
    ],
    extractProps: ({options}) => ({accountField: options.account_field}),
});
