/* The pop-ups of calls, without any framework: messages of the server in, what is to be shown out.
 *
 * Loaded as a plain script by every series of Odoo, and by its own tests; it adds one name to the page, AsteriskPlus.
 * Messages may come in any order, twice, late, or not at all: each has its number within its call, and my_popups()
 * (models/call_popup.py) tells what is live. Nothing here touches the page; every text is plain text and stays so.
 */
(function (root) {
    "use strict";

    const LIVE = ["ringing", "talking"];
    const STATES = [...LIVE, "elsewhere", "stopped", "missed", "ended"];
    // How long the last word on a call stays, in ms. A state that is not here has nothing to tell. Asterisk takes the ringing
    // back before it says who answered, so that "stopped" waits a little for the reason.
    const STAY_MS = {talking: 10000, stopped: 2000, elsewhere: 5000, missed: 8000};
    // A message that is older than this is a leftover of a bus that was away; no phone rings that long.
    const MAX_AGE_MS = 600000;
    const MAX_KEPT = 200;

    function isWhole(value) {
        return Number.isInteger(value) && value > 0;
    }

    function isMessage(one) {
        return Boolean(one) && isWhole(one.call) && isWhole(one.number_in_call) && STATES.includes(one.state);
    }

    /* Keep the newest of what a Map or Set holds. */
    function bound(kept) {
        for (const key of kept.keys()) {
            if (kept.size <= MAX_KEPT) {
                return;
            }
            kept.delete(key);
        }
    }

    class CallPopups {
        /* `now()` is the browser's time in ms. */
        constructor(now) {
            this.now = now;
            this.popups = new Map(); // call -> {message, since, heard}
            this.numbers = new Map(); // call -> number of the newest message
            this.dismissed = new Set();
            this.opened = new Set();
            this.opening = [];
            this.heard = 0;
            this.serverAhead = 0;
        }

        // -- what comes in

        /* Take messages in the order of their coming. */
        receive(messages) {
            for (const message of messages.filter(isMessage)) {
                this.heard += 1;
                this._take(message);
            }
        }

        /* Call it when my_popups() is asked; it returns what answer() wants back. */
        ask() {
            return this.heard;
        }

        /* Take the answer of my_popups(): what it does not name is over, unless a message told of it meanwhile. */
        answer(asked, live) {
            this.serverAhead = live.now * 1000 - this.now();
            for (const [call, popup] of this.popups) {
                const isKnown = live.popups.some((one) => one.call === call);
                if (!isKnown && popup.heard <= asked && LIVE.includes(popup.message.state)) {
                    this._put(call, Object.assign({}, popup.message, {state: "ended"}));
                }
            }
            this.receive(live.popups);
        }

        _take(message) {
            const call = message.call;
            if (message.number_in_call <= (this.numbers.get(call) || 0)) {
                return;
            }
            this.numbers.delete(call);
            this.numbers.set(call, message.number_in_call);
            bound(this.numbers);
            const before = this.popups.get(call);
            const isLive = LIVE.includes(message.state);
            const isLate = isLive && this.now() + this.serverAhead - message.sent * 1000 > MAX_AGE_MS;
            if (this.dismissed.has(call) || isLate || !(before || isLive)) {
                return;
            }
            // The last word on a call brings the state alone: who called was told before.
            const known = before ? before.message : {};
            this._put(call, Object.assign({}, known, message));
        }

        _put(call, message) {
            const before = this.popups.get(call);
            const isSame = before && before.message.state === message.state;
            this.popups.set(call, {message, since: isSame ? before.since : this.now(), heard: this.heard});
            this._considerOpening(message);
            this.expire();
        }

        _considerOpening(message) {
            const states = {ringing: LIVE, answer: ["talking"]}[message.open] || [];
            if (message.partner_id && states.includes(message.state) && !this.opened.has(message.call)) {
                this.markOpened(message.call);
                this.opening.push(message);
            }
        }

        // -- what goes away

        /* The user closed it: whatever comes of this call, it stays closed. */
        dismiss(call) {
            this.dismissed.add(call);
            bound(this.dismissed);
            this.popups.delete(call);
        }

        markOpened(call) {
            this.opened.add(call);
            bound(this.opened);
        }

        /* Let go of what has been shown long enough. */
        expire() {
            for (const [call, popup] of this.popups) {
                if (this.now() >= this._goesAt(popup)) {
                    this.popups.delete(call);
                }
            }
        }

        _goesAt(popup) {
            const message = popup.message;
            const stays = message.state === "ringing" || (message.is_sticky && message.state !== "elsewhere");
            return stays ? Infinity : popup.since + (STAY_MS[message.state] || 0);
        }

        // -- what comes out

        /* Return the messages of what is to be shown, the oldest call first. */
        shown() {
            return [...this.popups.values()].map((popup) => popup.message).sort((one, other) => one.call - other.call);
        }

        hasLive() {
            return this.shown().some((message) => LIVE.includes(message.state));
        }

        /* Return in how many ms the next one goes, Infinity when none does. */
        nextChange() {
            const times = [...this.popups.values()].map((popup) => this._goesAt(popup));
            return Math.max(0, Math.min(Infinity, ...times) - this.now());
        }

        /* Return the messages whose contacts are to be opened by themselves, each once. */
        takeOpenings() {
            return this.opening.splice(0);
        }

        // -- what survives a reload, and what other windows of the browser must know

        /* Return which calls are closed and opened in all windows, for loadChoices(). */
        choices() {
            return {dismissed: [...this.dismissed], opened: [...this.opened]};
        }

        loadChoices(kept) {
            const {dismissed, opened} = kept || {};
            list(opened).filter(isWhole).forEach((call) => this.markOpened(call));
            list(dismissed).filter(isWhole).forEach((call) => this.dismiss(call));
        }

        /* Return the pop-ups of ended calls that stay until they are closed, for loadEnded(); those that live the server knows. */
        ended() {
            return this.shown().filter((one) => one.is_sticky && !LIVE.includes(one.state));
        }

        loadEnded(kept) {
            for (const message of list(kept).filter(isMessage)) {
                if (!this.dismissed.has(message.call) && !this.popups.has(message.call)) {
                    this.numbers.set(message.call, message.number_in_call);
                    this._put(message.call, message);
                }
            }
        }
    }

    /* What is kept in the browser may be anything. */
    function list(kept) {
        return Array.isArray(kept) ? kept : [];
    }

    /* Return the message in a notification of the bus: 14 has [channel, message], 15 {type, payload}. */
    function messageOf(notification) {
        return Array.isArray(notification) ? notification[1] : Object.assign({type: ""}, notification.payload, {type: notification.type});
    }

    root.AsteriskPlus = Object.assign(root.AsteriskPlus || {}, {CallPopups, messageOf});
})(typeof globalThis === "undefined" ? window : globalThis);
