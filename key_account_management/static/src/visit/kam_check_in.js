import {Component, useState} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {_t} from "@web/core/l10n/translation";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {useService} from "@web/core/utils/hooks";

// Milliseconds that a device may take to find out where it is
const TIMEOUT = 8000;

/**
 * Check-in at the customer. The browser asks before it tells the position; without it
 * the check-in works all the same.
 */
export class KamCheckIn extends Component {
    static template = "key_account_management.CheckIn";
    static props = {...standardWidgetProps};

    setup() {
        this.orm = useService("orm");
        this.notification = useService("notification");
        this.state = useState({busy: false});
    }

    get isVisible() {
        const {state, check_out: checkOut} = this.props.record.data;
        return this.props.record.resId && state === "planned" && !checkOut;
    }

    get isIn() {
        return Boolean(this.props.record.data.check_in);
    }

    /**
     * @returns {Promise<Array>} latitude and longitude, or nothing
     */
    getPosition() {
        return new Promise((resolve) => {
            if (!navigator.geolocation) {
                resolve([]);
                return;
            }
            navigator.geolocation.getCurrentPosition(
                ({coords}) => resolve([coords.latitude, coords.longitude]),
                () => resolve([]),
                {enableHighAccuracy: true, timeout: TIMEOUT}
            );
        });
    }

    async onClick() {
        const {record} = this.props;
        if (!(await record.save())) {
            return;
        }
        this.state.busy = true;
        try {
            const method = this.isIn ? "action_check_out" : "action_check_in";
            const position = this.isIn ? [] : await this.getPosition();
            await this.orm.call("kam.visit", method, [[record.resId], ...position]);
            if (method === "action_check_in" && !position.length) {
                this.notification.add(_t("Checked in without a position."), {
                    type: "info",
                });
            }
            await record.load();
        } finally {
            this.state.busy = false;
        }
    }
}

registry.category("view_widgets").add("kam_check_in", {
    component: KamCheckIn,
    fieldDependencies: [
        {name: "state", type: "selection"},
        {name: "check_in", type: "datetime"},
        {name: "check_out", type: "datetime"},
    ],
});
