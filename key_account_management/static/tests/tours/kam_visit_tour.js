import {statusIs} from "@key_account_management/../tests/tours/kam_tour_utils";
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

tours.add("kam_visit_record_tour", {
    steps: () => [
        {
            content: "Record a visit",
            trigger: ".o_form_statusbar button[name=action_record_visit]",
            run: "click",
        },
        {
            content: "The person met last time is filled in",
            trigger: ".modal .o_field_widget[name=contact_ids]:contains(Wang)",
        },
        {
            content: "What was said",
            trigger: ".modal .o_field_widget[name=main_points] textarea",
            run: "edit All parts arrived in time",
        },
        {
            trigger: ".modal .o_field_widget[name=attitude] .o_radio_item:contains(Warm) input",
            run: "click",
        },
        {
            trigger: ".modal button[name=action_save]",
            run: "click",
        },
        statusIs("Done"),
    ],
});
