import {registry} from "@web/core/registry";

const COUNTER = ".o-mail-ActivityMenu-counter";
const ACTIVITIES = "button:has(.fa-clock-o[aria-label=Activities])";
const GROUP = ".o-mail-ActivityGroup[data-model_name='kam.approval']";

// Two documents wait: one is approved, the other refused. The records are those of
// `tests/test_approval_ui.py`.
registry.category("web_tour.tours").add("kam_approval_tour", {
    url: "/odoo/key-accounts",
    steps: () => [
        {
            content: "They are counted among the activities",
            trigger: `${ACTIVITIES}:has(${COUNTER}:contains(2))`,
            run: "click",
        },
        {
            content: "Open the list",
            trigger: `${GROUP}:contains(To Approve):contains(2 Today)`,
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
            content: "One is left, among the activities as well",
            trigger: `body:not(:has(.o_data_row:contains(Beta))) ${ACTIVITIES}`,
            run: "click",
        },
        {
            content: "Close their menu",
            trigger: `body:has(${GROUP}:contains(1 Today)) ${ACTIVITIES}`,
            run: "click",
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
            content: "Nothing is left, among the activities either",
            trigger: `body:not(:has(.modal)):has(.o_view_nocontent) ${ACTIVITIES}`,
            run: "click",
        },
        {
            content: "The counter is gone",
            trigger: `body:has(.o-mail-ActivityMenu-empty) ${ACTIVITIES}:not(:has(${COUNTER}))`,
        },
    ],
});
