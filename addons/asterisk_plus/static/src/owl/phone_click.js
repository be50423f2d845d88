/** @odoo-module **/
/* A click on a number that Odoo shows as a link calls it by the user's own phone (Odoo 16 and later; 14 and 15 have
 * js/phone_field.js). One ear for the whole page: whatever widget of whatever module shows the link. */

import { registry } from "@web/core/registry";
import { canCall, dial } from "./dialer";

const { isDialable, origin } = window.AsteriskPlus;

function numberOf(link) {
    return decodeURIComponent(link.getAttribute("href").slice("tel:".length));
}

/* Return the record on which the link stands (phone_field.xml), as originate_call() wants it. */
function originOf(link) {
    const field = link.closest("[data-asterisk-model]");
    return field ? origin(field.dataset.asteriskModel, Number(field.dataset.asteriskId)) : {};
}

export const phoneClick = {
    dependencies: ["orm", "notification"],

    start(env, services) {
        if (!canCall()) {
            return;
        }
        let isCalling = false;

        function onClick(event) {
            const link = event.target.closest && event.target.closest('a[href^="tel:"]');
            if (!link || !isDialable(numberOf(link))) {
                return;
            }
            event.preventDefault();
            event.stopPropagation();
            if (!isCalling) {
                isCalling = true; // of a double click one call
                dial(services, numberOf(link), originOf(link)).finally(() => (isCalling = false));
            }
        }

        document.addEventListener("click", onClick, true);
    },
};

registry.category("services").add("asterisk_plus.phone_click", phoneClick);
