/** @odoo-module **/
/* How long it is since a time, ticking (Odoo 16 and later; 14 and 15 have js/since_field.js). */

import { Component, onWillUnmount, useState, xml } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { addField } from "./platform";

export class SinceField extends Component {
    setup() {
        this.state = useState({ now: Date.now() });
        const ticking = browser.setInterval(() => (this.state.now = Date.now()), 1000);
        onWillUnmount(() => browser.clearInterval(ticking));
    }

    get text() {
        const since = this.props.record.data[this.props.name];
        return since ? window.AsteriskPlus.elapsed(since.toMillis(), this.state.now) : "";
    }
}
SinceField.template = xml`<span class="o_asterisk_since" t-esc="text"/>`;
SinceField.props = { ...standardFieldProps };

addField("asterisk_plus_since", SinceField);
