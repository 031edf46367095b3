import {
    edit,
    press,
    statusIs,
} from "@key_account_management/../tests/tours/kam_tour_utils";
import {registry} from "@web/core/registry";

// A month planned in one go, and the quick entry.
// The records are those of `tests/test_visit_ui.py`.
const tours = registry.category("web_tour.tours");

tours.add("kam_visit_plan_tour", {
    steps: () => [
        {
            content: "The list says what is due",
            trigger: ".o_data_row.text-danger:contains(Alpha)",
        },
        {
            trigger: ".o_menu_sections button:contains(Visits), .o_menu_sections a:contains(Visits)",
            run: "click",
        },
        {
            trigger: ".o-dropdown-item[data-menu-xmlid='key_account_management.kam_menu_visits_plan']",
            run: "click",
        },
        {
            content: "Have a month proposed",
            trigger: ".modal button[name=action_propose]",
            run: "click",
        },
        {
            content: "Three levels of Alpha",
            trigger:
                ".modal .o_field_widget[name=line_ids] .o_data_row:contains(Alpha):contains(Wang)",
        },
        {
            content: "Book all",
            trigger: ".modal button[name=action_book]",
            run: "click",
        },
        {
            content: "They are in the calendar",
            trigger: ".o_calendar_view",
        },
    ],
});

// Taps and entries that a routine visit may cost, the next step included
const ENTRIES = 5;

const entrySteps = () => [
    press("action_record_visit", "Record a visit"),
    {
        content: "The person met last time is filled in",
        trigger: ".modal .o_field_widget[name=contact_ids]:contains(Wang)",
    },
    edit("main_points", "All parts arrived in time", "textarea", ".modal"),
    {
        content: "They were friendly",
        trigger:
            ".modal .o_field_widget[name=attitude] .o_radio_item:contains(Warm) input",
        run: "click",
    },
    edit("next_step", "Send the catalogue", "input", ".modal"),
    {
        content: "Save",
        trigger: ".modal button[name=action_save]",
        run: "click",
    },
];

tours.add("kam_visit_record_tour", {
    steps: () => [
        {
            content: "A routine visit is recorded in no time",
            trigger: "body",
            run() {
                const entries = entrySteps().filter((step) => step.run).length;
                if (entries > ENTRIES) {
                    throw new Error(`${entries} entries for a routine visit`);
                }
            },
        },
        ...entrySteps(),
        statusIs("Done"),
        {
            content: "It gives back the next step, without scrolling",
            trigger: ".o_kam_next:contains(Send the catalogue)",
        },
        {
            content: "… the follow-up",
            trigger: ".o_field_widget[name=follow_up_state]:contains(To follow up)",
        },
        {
            content: "… and who is overdue, but not who has just been visited",
            trigger:
                ".o_field_widget[name=overdue_ids]:not(:has(.o_kanban_record:contains(Alpha):contains(Executive))) .o_kanban_record:contains(Target)",
        },
        {
            content: "The next visit is a tap away",
            trigger:
                ".o_field_widget[name=overdue_ids] .o_kanban_record:contains(Target) button[name=action_plan]",
            run: "click",
        },
        {
            content: "Nothing is to be retyped",
            trigger: ".o_field_widget[name=account_id] input:value(Target)",
        },
    ],
});
