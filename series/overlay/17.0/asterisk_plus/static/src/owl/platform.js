/** @odoo-module **/
/* What Odoo 17 calls otherwise than 18; see the file of the same name there. */

import { registry } from "@web/core/registry";

export function userId(env) {
    return env.services.user.userId;
}

/* By the notifications of all kinds: who has subscribed can't end it. */
export function listen(bus, kind, callback) {
    const hear = ({ detail }) => {
        for (const { type, payload } of detail) {
            if (type === kind) {
                callback(payload);
            }
        }
    };
    bus.addEventListener("notification", hear);
    return () => bus.removeEventListener("notification", hear);
}

export function reload(model) {
    return model.root.load();
}

/* Return the id in the value of a many2one. */
export function idOf(value) {
    return value ? value[0] : false;
}

/* Register a widget of fields. */
export function addField(name, component) {
    registry.category("fields").add(name, { component });
}
