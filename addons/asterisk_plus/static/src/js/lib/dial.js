/* Numbers that people click or type, and calls in flight: plain values in and out. No framework; see call_popups.js. */
(function (root) {
    "use strict";

    // As lib/phone_number.py: what people write between the digits.
    const SEPARATORS = /[\s.\-()/\u00a0\u2010-\u2015\u202a-\u202e\u2060\u2066-\u2069\u200e\u200f]/g;
    const NUMBER = /^\+?[0-9*#]{1,40}$/;
    const MODELS = /^(?!asterisk_plus\.)[a-z_][a-z0-9_.]*$/;

    /* Return whether Odoo will dial the text: digits, * and #, a leading +; what follows ## is sent after the answer. */
    function isDialable(text) {
        const [head] = String(text || "").split("##");
        const number = head.replace("(0)", "").replace(SEPARATORS, "");
        return NUMBER.test(number) && /[0-9]/.test(number);
    }

    /* Return the arguments of originate_call for a number that stands on a record's page; ours are no origins of calls. */
    function origin(model, id) {
        return MODELS.test(model || "") && Number.isInteger(id) && id > 0 ? {model, res_id: id} : {};
    }

    /* Return the text with a key of the pad at its end; "back" takes the last away. */
    function withKey(text, key) {
        return key === "back" ? Array.from(text).slice(0, -1).join("") : text + key;
    }

    /* Return "m:ss", or "h:mm:ss", between two times in milliseconds. A clock that is behind shows 0:00. */
    function elapsed(since, now) {
        const seconds = Math.max(0, Math.floor((now - since) / 1000));
        const two = (number) => String(number).padStart(2, "0");
        const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
        return (hours ? hours + ":" + two(minutes) : String(minutes)) + ":" + two(seconds % 60);
    }

    /* Return the milliseconds of one of Odoo's texts of a time, UTC. */
    function milliseconds(utc) {
        return utc ? Date.parse(utc.replace(" ", "T") + "Z") : NaN;
    }

    /* Return which of the found the arrow keys choose: -1 for none, round and round. */
    function moved(index, step, count) {
        return count ? (index + step + (index < 0 && step < 0 ? 1 : 0) + count) % count : -1;
    }

    root.AsteriskPlus = Object.assign(root.AsteriskPlus || {}, {elapsed, isDialable, milliseconds, moved, origin, withKey});
})(typeof globalThis === "undefined" ? window : globalThis);
