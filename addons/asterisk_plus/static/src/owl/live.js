/** @odoo-module **/
/* Views that follow the calls: what their controllers do (Odoo 16 and later; 14 and 15 have js/live_list.js). */

import { browser } from "@web/core/browser/browser";
import { onWillUnmount } from "@odoo/owl";
import { listen, reload } from "./platform";

const CHANGED = "asterisk_plus.changed";
// Not more often than this, however busy the PBX is.
const RELOAD_MS = 500;

/* Return a controller that loads its records anew when calls change. */
export const Live = (Controller) =>
    class extends Controller {
        setup() {
            super.setup();
            // Not by useService: 17.0's can't take a service whose methods are all asynchronous (core/utils/hooks.js).
            const end = listen(this.env.services.bus_service, CHANGED, () => this.follow());
            const onVisible = () => this.isBehind && this.reloadLive();
            document.addEventListener("visibilitychange", onVisible);
            onWillUnmount(() => {
                end();
                document.removeEventListener("visibilitychange", onVisible);
                browser.clearTimeout(this.following);
                this.following = null;
            });
        }

        /* Load the list now, or when the last time is long enough ago. */
        follow() {
            if (this.following) {
                this.isBehind = true;
                return;
            }
            this.following = browser.setTimeout(() => {
                this.following = null;
                if (this.isBehind) {
                    this.follow();
                }
            }, RELOAD_MS);
            this.reloadLive();
        }

        /* Load the list anew; later, when nobody looks, or when lines are ticked (a reload would forget which). */
        async reloadLive() {
            const root = this.model.root; // none while the page still loads it: then again after RELOAD_MS
            this.isBehind = !root || document.hidden || (root.selection || []).length > 0 || Boolean(root.editedRecord);
            if (!this.isBehind) {
                await reload(this.model).catch(() => {}); // Odoo is away: it says so itself, and the next change may find it
            }
        }
    };
