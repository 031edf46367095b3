import {registry} from "@web/core/registry";
import {stepUtils} from "@web_tour/tour_utils";

// A visit from the plan to the follow-up, a month planned in one go, and the quick entry.
// The records are those of `tests/test_visit_ui.py`.
const tours = registry.category("web_tour.tours");

function choose(field, text) {
    return [
        {
            trigger: `.o_field_widget[name=${field}] input`,
            run: `edit ${text}`,
        },
        {
            trigger: `.o-autocomplete--dropdown-item:not(.o_m2o_dropdown_option):contains(${text})`,
            run: "click",
        },
    ];
}

function statusIs(state) {
    return {
        content: `The visit is: ${state}`,
        trigger: `.o_statusbar_status button.o_arrow_button_current:contains(${state})`,
    };
}

function tab(name) {
    return {
        content: `Open the page: ${name}`,
        trigger: `.o_notebook .nav-link[name=${name}]`,
        run: "click",
    };
}

function addFinding(name, kind) {
    return [
        {
            content: `Add a finding: ${name}`,
            trigger:
                ".o_field_widget[name=finding_ids] .o_field_x2many_list_row_add button, .o_field_widget[name=finding_ids] .o_field_x2many_list_row_add a",
            run: "click",
        },
        ...(kind
            ? [
                  {
                      trigger:
                          ".o_selected_row .o_field_widget[name=kind] .o_select_menu_toggler, .o_selected_row .o_field_widget[name=kind] select",
                      run: "click",
                  },
                  {
                      trigger: `.o_select_menu_item:contains(${kind})`,
                      run: "click",
                  },
              ]
            : []),
        {
            trigger: ".o_selected_row .o_field_widget[name=name] input",
            run: `edit ${name}`,
        },
    ];
}

function handOver(name) {
    return [
        {
            content: `Hand over: ${name}`,
            trigger: `.o_field_widget[name=finding_ids] .o_data_row:contains(${name}) button[name=action_hand_over]`,
            run: "click",
        },
        {
            content: "It is in hand",
            trigger: `.o_field_widget[name=finding_ids] .o_data_row:contains(${name}):contains(In progress)`,
        },
    ];
}

tours.add("kam_visit_tour", {
    steps: () => [
        {content: "The form is there", trigger: ".o_form_view"},
        ...choose("account_id", "Alpha"),
        {
            content: "What follows from the customer has arrived",
            trigger: ".o_kam_preparation:contains(They miss the manual)",
        },
        {
            content: "The purpose first",
            trigger: ".o_field_widget[name=purpose] input",
            run: "edit Win the new line",
        },
        ...choose("contact_ids", "Wang"),
        {
            content: "How to talk to this person",
            trigger: ".o_kam_preparation:contains(Bring figures)",
        },
        {
            content: "What was said last time",
            trigger: ".o_kam_preparation:contains(They miss the manual)",
        },
        {
            content: "Put it into the calendar",
            trigger: ".o_form_statusbar button[name=action_plan]",
            run: "click",
        },
        statusIs("Planned"),
        {
            content: "Prepare",
            trigger:
                ".o_field_widget[name=check_ids] .o_data_row:first .o_field_widget[name=is_done] input",
            run: "click",
        },
        {
            content: "Arrive",
            trigger: ".o_kam_check_in:contains(Check in)",
            run: "click",
        },
        {
            content: "Leave",
            trigger: ".o_kam_check_in:contains(Check out)",
            run: "click",
        },
        {
            content: "Left",
            trigger: ".o_form_statusbar:not(:has(.o_kam_check_in))",
        },
        tab("record"),
        {
            trigger: ".o_field_widget[name=main_points] textarea",
            run: "edit They want it in spring",
        },
        tab("findings"),
        ...addFinding("New line"),
        ...addFinding("Burrs", "Problem"),
        ...stepUtils.saveForm(),
        ...handOver("New line"),
        ...handOver("Burrs"),
        {
            content: "Close the visit",
            trigger: ".o_form_statusbar button[name=action_done]",
            run: "click",
        },
        statusIs("Done"),
        tab("summary"),
        {
            content: "What we do better next time",
            trigger: ".o_field_widget[name=improvement] textarea",
            run: "edit Bring samples",
        },
        {
            content: "The follow-up is an activity",
            trigger: ".o-mail-Activity:contains(Call or visit again)",
        },
        {
            content: "The customer was called",
            trigger: ".o_form_statusbar button[name=action_follow_up_by_phone]",
            run: "click",
        },
        {
            content: "Followed up",
            trigger: ".o_field_widget[name=follow_up_state]:contains(Followed up)",
        },
    ],
});

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
