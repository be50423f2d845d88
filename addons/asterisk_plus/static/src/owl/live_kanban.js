/** @odoo-module **/
/* The board of live calls (Odoo 16 and later; 14 and 15 have js/live_kanban.js). */

import { registry } from "@web/core/registry";
import { KanbanController } from "@web/views/kanban/kanban_controller";
import { kanbanView } from "@web/views/kanban/kanban_view";
import { Live } from "./live";

export const LiveKanbanController = Live(KanbanController);

registry.category("views").add("asterisk_plus_live_kanban", { ...kanbanView, Controller: LiveKanbanController });
