import {Component, onWillStart} from "@odoo/owl";
import {KanbanRenderer} from "@web/views/kanban/kanban_renderer";
import {kanbanView} from "@web/views/kanban/kanban_view";
import {ListRenderer} from "@web/views/list/list_renderer";
import {listView} from "@web/views/list/list_view";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";

/**
 * Says above lists of the register that its last refresh failed, or is too old.
 */
export class KamRefreshWarning extends Component {
    static template = "key_account_management.KamRefreshWarning";
    static props = {};

    setup() {
        this.orm = useService("orm");
        onWillStart(async () => {
            this.warnings = await this.orm.call("kam.account", "get_refresh_warnings");
        });
    }
}

export class KamAccountListRenderer extends ListRenderer {
    static template = "key_account_management.KamAccountListRenderer";
    static components = {...ListRenderer.components, KamRefreshWarning};
}

export class KamAccountKanbanRenderer extends KanbanRenderer {
    static template = "key_account_management.KamAccountKanbanRenderer";
    static components = {...KanbanRenderer.components, KamRefreshWarning};
}

registry.category("views").add("kam_account_list", {
    ...listView,
    Renderer: KamAccountListRenderer,
});
registry.category("views").add("kam_account_kanban", {
    ...kanbanView,
    Renderer: KamAccountKanbanRenderer,
});
