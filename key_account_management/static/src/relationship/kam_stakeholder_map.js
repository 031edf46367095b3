import {Component, onMounted, onPatched, onWillUnmount, useRef, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {formatDate, deserializeDate} from "@web/core/l10n/dates";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {FormViewDialog} from "@web/views/view_dialogs/form_view_dialog";

const FORM = "key_account_management.kam_stakeholder_view_form";
const SUPPORT = {
    sponsor: "o_kam_sponsor",
    supporter: "o_kam_supporter",
    neutral: "o_kam_neutral",
    sceptic: "o_kam_sceptic",
    opponent: "o_kam_opponent",
};
const ROLES = {
    decision_maker: "fa-gavel",
    approver: "fa-check-square-o",
    evaluator: "fa-search",
    influencer: "fa-bullhorn",
    user: "fa-wrench",
    gatekeeper: "fa-key",
};
const LINES = {business: "fa-handshake-o", technical: "fa-cogs", management: "fa-sitemap"};
// People without a level or line
const NONE = {key: false, label: _t("Not placed yet")};

/**
 * The people of a customer by level and line, who reports to whom, how they stand to
 * us, who of us keeps the relationship, and what is missing. Draws the JSON of
 * `kam.account.stakeholder_map`.
 */
export class KamStakeholderMap extends Component {
    static template = "key_account_management.KamStakeholderMap";
    static props = {...standardFieldProps};

    setup() {
        this.dialog = useService("dialog");
        this.root = useRef("root");
        this.state = useState({links: []});
        this.observer = new ResizeObserver(() => this.drawLinks());
        onMounted(() => {
            if (this.root.el) {
                this.observer.observe(this.root.el);
            }
            this.drawLinks();
        });
        onPatched(() => this.drawLinks());
        onWillUnmount(() => this.observer.disconnect());
    }

    get map() {
        return this.props.record.data[this.props.name];
    }

    get levels() {
        return this.withRest(this.map.levels, "level");
    }

    get lines() {
        return this.withRest(this.map.lines, "line").map((line) => ({
            owners: [],
            ...line,
            icon: LINES[line.key],
            isGap: this.map.gaps.some(
                (gap) => gap.code === "line" && gap.value === line.key
            ),
        }));
    }

    /**
     * The places, with one more for people who have none yet.
     */
    withRest(places, name) {
        return this.map.people.some((person) => !person[name])
            ? [...places, NONE]
            : places;
    }

    isEmptyLevel(level) {
        return this.map.gaps.some(
            (gap) => gap.code === "level" && gap.value === level.key
        );
    }

    people(level, line) {
        return this.map.people.filter(
            (person) => person.level === level.key && person.line === line.key
        );
    }

    superior(person) {
        return this.map.people.find((other) => other.id === person.reports_to);
    }

    cardClass(person) {
        return [
            SUPPORT[person.support] || "o_kam_unknown",
            person.is_placeholder ? "o_kam_placeholder" : "",
        ].join(" ");
    }

    roleIcon(person) {
        return ROLES[person.decision_role];
    }

    lastVisit(person) {
        return person.last_visit
            ? _t("Last met on %s", formatDate(deserializeDate(person.last_visit)))
            : _t("Never met");
    }

    relationship(person) {
        const {relationship, relationship_wanted: wanted} = person.words;
        return wanted && wanted !== relationship
            ? `${relationship || "–"} → ${wanted}`
            : relationship;
    }

    /**
     * Lines from everybody to the superior, measured from the cards on the screen.
     */
    drawLinks() {
        const root = this.root.el;
        if (!root) {
            return;
        }
        const origin = root.getBoundingClientRect();
        const links = [];
        for (const person of this.map.people) {
            const from = root.querySelector(`[data-id="${person.reports_to}"]`);
            const to = root.querySelector(`[data-id="${person.id}"]`);
            if (!from || !to) {
                continue;
            }
            const [above, below] = [from, to].map((el) => el.getBoundingClientRect());
            const sameRow = below.top < above.bottom;
            const x1 = above.left + above.width / 2 - origin.left;
            const x2 = below.left + below.width / 2 - origin.left;
            const y1 = above.bottom - origin.top;
            const y2 = (sameRow ? below.bottom : below.top) - origin.top;
            const bend = sameRow ? Math.max(y1, y2) + 14 : (y1 + y2) / 2;
            links.push(
                [x1, y1, x1, bend, x2, bend, x2, y2].map((n) => Math.round(n)).join(" ")
            );
        }
        // Drawing patches the component, which draws again: stop when nothing changed.
        if (links.join() !== this.state.links.join()) {
            this.state.links = links;
        }
    }

    async open(context, resId = false) {
        const {record} = this.props;
        if (!(await record.save())) {
            return;
        }
        this.dialog.add(FormViewDialog, {
            resModel: "res.partner",
            resId,
            title: resId ? _t("Stakeholder") : _t("New Stakeholder"),
            canExpand: Boolean(resId),
            context: {...context, form_view_ref: FORM},
            onRecordSaved: () => record.load(),
        });
    }

    openPerson(person) {
        this.open({}, person.id);
    }

    addPerson(level, line) {
        this.open({
            default_parent_id: this.map.partner_id,
            default_type: "contact",
            default_kam_level: level.key,
            default_kam_line: line.key,
        });
    }
}

registry.category("fields").add("kam_stakeholder_map", {
    component: KamStakeholderMap,
    displayName: _t("Stakeholder Map"),
    supportedTypes: ["json"],
});
