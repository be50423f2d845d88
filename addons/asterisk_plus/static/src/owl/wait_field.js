/** @odoo-module **/
/* A text that says what is waited for; when it is there, the page goes on by itself (Odoo 16 and later; 14 and 15 have
 * js/wait_field.js). */

import { Component, onMounted, onPatched, onWillUnmount, xml } from "@odoo/owl";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { useService } from "@web/core/utils/hooks";
import { addField, idOf } from "./platform";

export class WaitField extends Component {
    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
        onMounted(() => this.follow());
        onPatched(() => this.follow());
        onWillUnmount(() => this.end());
    }

    get text() {
        return this.props.record.data[this.props.name] || "";
    }

    end() {
        if (this.ending) {
            this.ending();
            this.ending = null;
        }
    }

    follow() {
        if (!this.text) {
            this.end();
        } else if (!this.ending) {
            this.ending = window.AsteriskPlus.poll(
                () => this.ask(),
                (action) => this.action.doAction(action)
            );
        }
    }

    ask() {
        const { data, resId, resModel } = this.props.record;
        return this.orm.silent.call(resModel, "wait_over", [resId || false, idOf(data.server_id)]);
    }
}
WaitField.template = xml`
    <span class="o_asterisk_wait" role="status">
        <t t-if="text"><i class="fa fa-spinner fa-pulse me-2" aria-hidden="true"/><t t-esc="text"/></t>
    </span>`;
WaitField.props = { ...standardFieldProps };

addField("asterisk_plus_wait", WaitField);
