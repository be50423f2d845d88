/** @odoo-module **/
/* Calling a number from the web client (Odoo 16 and later; 14 and 15 have js/dialer.js): one request, and one notice, of success or of why not. */

import { _t } from "@web/core/l10n/translation";
import { session } from "@web/session";

/* Tell whether the user has a phone here: others' numbers stay what Odoo makes of them. */
export function canCall() {
    return Boolean(session.asterisk_plus && session.asterisk_plus.can_call);
}

/* Let the user's own phones ring, then dial. `from` is what origin() of lib/dial.js says of the record on whose page the number is. */
export async function dial({ orm, notification }, number, from) {
    try {
        await orm.silent.call("asterisk_plus.server", "originate_call", [number], from);
        notification.add(_t("Pick up your phone: then %s is called.").replace("%s", () => number), { type: "success" });
    } catch (error) {
        const why = error.data && error.data.message;
        notification.add(why || _t("Odoo could not be reached. Try again in a moment."), { title: _t("No call"), type: "danger" });
    }
}
