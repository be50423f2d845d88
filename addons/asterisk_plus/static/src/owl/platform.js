/** @odoo-module **/
/* What Odoo 18 and 19 call otherwise than 16 and 17: the one file that other series replace (series/overlay/). */

import { registry } from "@web/core/registry";
import { user } from "@web/core/user";

/* Return the id of who is logged in. `env` is that of the web client. */
export function userId(_env) {
    return user.userId;
}

/* Call back with the payload of each message of a kind; return a function that ends it. */
export function listen(bus, kind, callback) {
    bus.subscribe(kind, callback);
    return () => bus.unsubscribe(kind, callback);
}

/* Load the records of a list anew. */
export function reload(model) {
    return model.root.load();
}

/* Return the id in the value of a many2one: 18 has [id, name], 19 an object. */
export function idOf(value) {
    return value ? value.id || value[0] : false;
}

/* Register a widget of fields. */
export function addField(name, component) {
    registry.category("fields").add(name, { component });
}
