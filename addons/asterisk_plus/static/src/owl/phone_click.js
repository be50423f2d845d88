/** @odoo-module **/
/* A click on a number that Odoo shows as a link calls it by the user's own phone (Odoo 16 and later; 14 and 15 have
 * js/phone_field.js). One ear for the whole page: whatever widget of whatever module shows the link. */

import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { session } from "@web/session";

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

    start(env, { orm, notification }) {
        if (!session.asterisk_plus || !session.asterisk_plus.can_call) {
            return;
        }
        let isCalling = false;

        async function dial(number, from) {
            isCalling = true;
            try {
                await orm.silent.call("asterisk_plus.server", "originate_call", [number], from);
                notification.add(_t("Pick up your phone: then %s is called.").replace("%s", () => number), { type: "success" });
            } catch (error) {
                const why = error.data && error.data.message;
                notification.add(why || _t("Odoo could not be reached. Try again in a moment."), { title: _t("No call"), type: "danger" });
            } finally {
                isCalling = false;
            }
        }

        function onClick(event) {
            const link = event.target.closest && event.target.closest('a[href^="tel:"]');
            if (!link || !isDialable(numberOf(link))) {
                return;
            }
            event.preventDefault();
            event.stopPropagation();
            if (!isCalling) {
                dial(numberOf(link), originOf(link)); // of a double click one call
            }
        }

        document.addEventListener("click", onClick, true);
    },
};

registry.category("services").add("asterisk_plus.phone_click", phoneClick);
