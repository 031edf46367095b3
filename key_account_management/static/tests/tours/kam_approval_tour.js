import {registry} from "@web/core/registry";

const MENU = "[data-menu-xmlid='key_account_management.kam_menu_approvals']";

// Two documents wait: one is approved, the other refused. The records are those of
// `tests/test_approval_ui.py`.
registry.category("web_tour.tours").add("kam_approval_tour", {
    url: "/odoo/key-accounts",
    steps: () => [
        {
            content: "The menu counts two of them: open the list",
            trigger: `${MENU}:has(.o_kam_menu_count:contains(2))`,
            run: "click",
        },
        {
            content: "Both are listed",
            trigger: ".o_list_renderer .o_data_row:nth-child(2)",
        },
        {
            content: "Select the first",
            trigger:
                ".o_data_row:contains(Beta) .o_list_record_selector input[type=checkbox]",
            run: "click",
        },
        {
            content: "Approve it",
            trigger: ".o_control_panel button[name=action_approve]",
            run: "click",
        },
        {
            content: "Sure",
            trigger: ".modal footer button.btn-primary",
            run: "click",
        },
        {
            content: "One is left, in the menu as well",
            trigger: `body:not(:has(.o_data_row:contains(Beta))) ${MENU} .o_kam_menu_count:contains(1)`,
        },
        {
            content: "Select it",
            trigger:
                ".o_data_row:contains(Gamma) .o_list_record_selector input[type=checkbox]",
            run: "click",
        },
        {
            content: "Refuse it",
            trigger: ".o_control_panel button[name=action_refuse_with_comment]",
            run: "click",
        },
        {
            content: "Say why",
            trigger: ".modal [name=comment] textarea",
            run: "edit Too small",
        },
        {
            content: "Confirm",
            trigger: ".modal footer button[name=action_decide]:contains(Refuse)",
            run: "click",
        },
        {
            content: "Nothing is left, and the menu is quiet",
            trigger: `body:not(:has(.modal)):has(.o_view_nocontent) ${MENU}:not(:has(.o_kam_menu_count))`,
        },
    ],
});
