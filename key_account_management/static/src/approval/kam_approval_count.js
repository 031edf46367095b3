import {reactive, useEffect, useState} from "@odoo/owl";
import {rpcBus} from "@web/core/network/rpc";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {patch} from "@web/core/utils/patch";
import {NavBar} from "@web/webclient/navbar/navbar";

const APP = "key_account_management.kam_menu_root";
const MENU = "key_account_management.kam_menu_approvals";
const DECISION = /^action_(approve|decide|refuse|return|submit)/;

/**
 * How many documents wait for the user's decision: loaded when the app is opened, and
 * again after each decision.
 */
export const kamApprovalCountService = {
    dependencies: ["menu", "orm"],
    start(env, {menu, orm}) {
        const state = reactive({count: 0, menu: MENU});
        async function load() {
            if (menu.getCurrentApp()?.xmlid === APP) {
                state.count = await orm.silent.call("kam.approval", "count_to_decide");
            }
        }
        env.bus.addEventListener("MENUS:APP-CHANGED", load);
        rpcBus.addEventListener("RPC:RESPONSE", ({detail: {data, error}}) => {
            if (!error && DECISION.test(data.params.method)) {
                load();
            }
        });
        return state;
    },
};

registry.category("services").add("kam_approval_count", kamApprovalCountService);

patch(NavBar.prototype, {
    setup() {
        super.setup();
        this.kamApprovals = useState(useService("kam_approval_count"));
        // A count makes the entry wider: another one may have to go under “More”.
        useEffect(
            () => {
                this.adapt();
            },
            () => [this.kamApprovals.count]
        );
    },
});
