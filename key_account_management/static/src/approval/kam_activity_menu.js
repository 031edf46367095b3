import {ActivityMenu} from "@mail/core/web/activity_menu";
import {patch} from "@web/core/utils/patch";

patch(ActivityMenu.prototype, {
    /**
     * What waits for a decision opens in the list that the menu “To Approve” opens.
     */
    executeActivityAction(group, domain, views, context, newWindow) {
        if (group.model === "kam.approval") {
            return this.action.doAction("key_account_management.kam_approval_action", {
                newWindow,
                clearBreadcrumbs: true,
            });
        }
        return super.executeActivityAction(...arguments);
    },
});
