/** @odoo-module **/
/* The pop-ups on the page (Odoo 16 and later): cards of their own beside Odoo's notifications. */

import { Component, useState } from "@odoo/owl";

export class PopupContainer extends Component {
    setup() {
        // {views: [popupView() of lib/popup_words.js]}
        this.state = useState(this.props.state);
    }
}
PopupContainer.template = "asterisk_plus.PopupContainer";
PopupContainer.props = { state: Object, onButton: Function, onClose: Function };
