/** @odoo-module **/
/* What Odoo 18 calls otherwise than 16 and 17: the one file that other series replace (series/overlay/). */

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

/* Register a widget of fields. */
export function addField(name, component) {
    registry.category("fields").add(name, { component });
}
