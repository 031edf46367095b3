import {registry} from "@web/core/registry";
import {stepUtils} from "@web_tour/tour_utils";

// Register → explanation → records behind a figure → proposal → approved → settings
// → what if. The records are those of `tests/test_ui.py`.
registry.category("web_tour.tours").add("kam_register_tour", {
    url: "/odoo/customer-register",
    steps: () => [
        {
            content: "The register is ranked by revenue",
            trigger: ".o_data_row:first-child td[name=partner_id]:contains(Alpha)",
        },
        {
            content: "Refresh the register",
            trigger: ".o_control_panel button:contains(Refresh Now)",
            run: "click",
        },
        {
            content: "The result is told",
            trigger: ".o_notification:contains(Register refreshed):contains(2 customers)",
        },
        {
            content: "Open the best customer",
            trigger: ".o_data_row:first-child td[name=partner_id]",
            run: "click",
        },
        {
            content: "The revenue earns 75 points",
            trigger:
                ".o_kam_explanation tr[data-metric=revenue_12m] .o_kam_number:contains(75)",
        },
        {
            content: "What is missing for the next tier",
            trigger: ".o_kam_next:contains(Core key account) li:contains(Score)",
        },
        {
            content: "There is nothing to open behind what people entered",
            trigger: "tr[data-metric=influence]:not(:has(.o_kam_records))",
        },
        {
            content: "Open the invoices behind the revenue",
            trigger: "tr[data-metric=revenue_12m] .o_kam_records",
            run: "click",
        },
        {
            content: "There are two of them",
            trigger: ".o_list_renderer .o_data_row:nth-child(2)",
        },
        {
            content: "Go back to the account",
            trigger: ".o_back_button, .breadcrumb-item:last-of-type a",
            run: "click",
        },
        {
            content: "A proposal is pending",
            trigger: ".o_kam_pending .o_external_button, .o_kam_pending a",
            run: "click",
        },
        {
            content: "It carries its reasons",
            trigger: ".o_field_widget[name=explanation] .o_kam_next",
        },
        {
            content: "Approve the proposal",
            trigger: ".o_form_view button[name=action_approve]",
            run: "click",
        },
        {
            content: "It is approved",
            trigger: ".o_statusbar_status .o_arrow_button_current:contains(Approved)",
        },
        {
            content: "See the account",
            trigger: "button[name=action_view_account]",
            run: "click",
        },
        {
            content: "It is in its tier",
            trigger: ".oe_title .o_field_widget[name=tier_id]:contains(Key account)",
        },
        {
            content: "Open the configuration",
            trigger:
                "button[data-menu-xmlid='key_account_management.kam_menu_configuration']",
            run: "click",
        },
        {
            content: "Open the settings",
            trigger: "a[data-menu-xmlid='key_account_management.kam_menu_settings']",
            run: "click",
        },
        {
            content: "Count half a year only",
            trigger: "#kam_window .o_field_widget[name=kam_window_months] input",
            run: "edit 6",
        },
        {
            content: "Change a weight on the page",
            trigger:
                "[name=kam_criterion_ids] .o_data_row:first-child td[name=weight]",
            run: "click",
        },
        {
            content: "… to 50",
            trigger: "[name=kam_criterion_ids] td[name=weight] input",
            run: "edit 50",
        },
        {
            content: "Save the settings",
            trigger: "button.o_form_button_save",
            run: "click",
        },
        {
            content: "They are saved",
            trigger: "body:not(:has(.o_form_view .o_dirty_warning))",
        },
        stepUtils.waitIframeIsReady
            ? {content: "Page is settled", trigger: "body:not(:has(.o_blockUI))"}
            : {content: "Page is settled", trigger: "body"},
    ],
});

registry.category("web_tour.tours").add("kam_simulate_tour", {
    url: "/odoo/key-accounts",
    steps: () => [
        {
            content: "The accounts stand by tier",
            trigger: ".o_kanban_group:contains(Strategic key account)",
        },
        {
            content: "Open the configuration",
            trigger:
                "button[data-menu-xmlid='key_account_management.kam_menu_configuration']",
            run: "click",
        },
        {
            content: "Try out rules",
            trigger: "a[data-menu-xmlid='key_account_management.kam_menu_simulate']",
            run: "click",
        },
        {
            content: "Edit the lowest tier",
            trigger: ".modal [name=tier_ids] .o_data_row:nth-child(3) td[name=min_score]",
            run: "click",
        },
        {
            content: "Ask for less",
            trigger: ".modal [name=tier_ids] td[name=min_score] input",
            run: "edit 5",
        },
        {
            content: "… revenue as well",
            trigger: ".modal [name=tier_ids] td[name=min_revenue] input",
            run: "edit 100000",
        },
        {
            content: "See the effect",
            trigger: ".modal button[name=action_simulate]",
            run: "click",
        },
        {
            content: "Beta would become a key account",
            trigger: ".modal [name=move_ids] .o_data_row:contains(Beta)",
        },
        {
            content: "Save the rules",
            trigger: ".modal button[name=action_save]",
            run: "click",
        },
        {
            content: "Sure",
            trigger: ".modal footer button.btn-primary:contains(Ok)",
            run: "click",
        },
        {
            content: "The register is refreshed",
            trigger: ".o_notification:contains(Register refreshed)",
        },
    ],
});

// The last refresh failed: list, cards and form say so, until the next one succeeds.
const WARNING = ".o_kam_refresh_warning.alert-danger:contains(last refresh failed)";
registry.category("web_tour.tours").add("kam_refresh_warning_tour", {
    url: "/odoo/customer-register",
    steps: () => [
        {
            content: "The list warns",
            trigger: `.o_list_view ${WARNING}`,
        },
        {
            content: "Show the cards",
            trigger: "button.o_switch_view.o_kanban",
            run: "click",
        },
        {
            content: "The cards warn",
            trigger: `.o_kanban_view ${WARNING}`,
        },
        {
            content: "Open a customer",
            trigger: ".o_kanban_record:contains(Alpha)",
            run: "click",
        },
        {
            content: "The form warns",
            trigger:
                ".o_form_view div[name=refresh_warning].alert-danger:contains(last refresh failed)",
        },
        {
            content: "Go back",
            trigger: ".o_back_button, .breadcrumb-item:last-of-type a",
            run: "click",
        },
        {
            content: "Refresh the register",
            trigger: ".o_kanban_view .o_control_panel button:contains(Refresh Now)",
            run: "click",
        },
        {
            content: "All is well",
            trigger: ".o_kanban_view:not(:has(.o_kam_refresh_warning))",
        },
    ],
});
