/** @odoo-module **/
/* A player for the address of a sound, in forms and in lists (Odoo 16 and later; 14 and 15 have js/audio_field.js). */

import { Component, xml } from "@odoo/owl";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { addField } from "./platform";

export class AudioField extends Component {
    get address() {
        return this.props.record.data[this.props.name] || "";
    }
    get preload() {
        return this.env.config.viewType === "form" ? "metadata" : "none";
    }
}
// In a list it loads nothing before somebody listens, in a form the length. In a list a click opens the line: not this one.
AudioField.template = xml`
    <audio t-if="address" class="o_asterisk_audio" controls="controls" t-att-preload="preload" t-att-src="address" t-on-click.stop=""/>`;
AudioField.props = { ...standardFieldProps };

addField("asterisk_audio", AudioField);
