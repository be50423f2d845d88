/** @odoo-module **/
/* Lists of calls and channels that follow the calls (Odoo 16 and later; 14 and 15 have js/live_list.js). */

import { registry } from "@web/core/registry";
import { ListController } from "@web/views/list/list_controller";
import { listView } from "@web/views/list/list_view";
import { Live } from "./live";

export const LiveListController = Live(ListController);

registry.category("views").add("asterisk_plus_live_list", { ...listView, Controller: LiveListController });
