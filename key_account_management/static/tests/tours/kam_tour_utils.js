// Steps that the tours of this module have in common.

export function openPage(name) {
    return {
        content: `Open the page: ${name}`,
        trigger: `.o_notebook .nav-link[name=${name}]`,
        run: "click",
    };
}

export function edit(field, value, tag = "input", scope = "") {
    return {
        content: `Enter ${field}`,
        trigger: `${scope} .o_field_widget[name=${field}] ${tag}`.trim(),
        run: `edit ${value}`,
    };
}

/** Choose a record in a many2one, or add one to a many2many. */
export function choose(field, text) {
    return [
        edit(field, text),
        {
            trigger: `.o-autocomplete--dropdown-item:not(.o_m2o_dropdown_option):contains(${text})`,
            run: "click",
        },
    ];
}

/** Choose an item of a selection. */
export function select(field, label, scope) {
    return [
        {
            trigger: `${scope} .o_field_widget[name=${field}] .o_select_menu_toggler`,
            run: "click",
        },
        {
            trigger: `.o_select_menu_item:contains(${label})`,
            run: "click",
        },
    ];
}

export function addLine(field) {
    return {
        content: `Add a line to ${field}`,
        trigger: `.o_field_widget[name=${field}] .o_field_x2many_list_row_add a, .o_field_widget[name=${field}] .o_field_x2many_list_row_add button`,
        run: "click",
    };
}

/** Press a button of the status bar. On a phone, only the first one is in sight. */
export function press(name, content) {
    return {
        content,
        trigger: `.o_form_statusbar button[name=${name}]`,
        run: "click",
    };
}

export function statusIs(state) {
    return {
        content: `The status is: ${state}`,
        trigger: `.o_statusbar_status button.o_arrow_button_current:contains(${state}), .o_statusbar_status button.dropdown-toggle:contains(${state})`,
    };
}

export const save = [
    {
        content: "Save",
        trigger: ".o_form_button_save",
        run: "click",
    },
    {
        trigger: ".o_form_saved",
    },
];
