/* Waiting for something that nobody tells a page of: asked again and again. No framework; see call_popups.js. */
(function (root) {
    "use strict";

    const EVERY_MS = 2000;
    // As long as an enrolment code lives.
    const TIMES = 900;

    /* Call ask(), which promises an answer, until it has one that is true; then call found(answer). A question that failed is asked
     * again, too. Return a function that ends it. */
    function poll(ask, found, {every = EVERY_MS, times = TIMES} = {}) {
        let timer = null;
        let left = times;
        let ended = false;

        async function once() {
            left -= 1;
            const answer = await Promise.resolve().then(ask).catch(() => false);
            if (ended) {
                return;
            }
            if (answer) {
                ended = true;
                found(answer);
            } else if (left > 0) {
                timer = setTimeout(once, every);
            }
        }

        timer = setTimeout(once, Math.min(every, 500));
        return () => {
            ended = true;
            clearTimeout(timer);
        };
    }

    root.AsteriskPlus = Object.assign(root.AsteriskPlus || {}, {poll});
})(typeof globalThis === "undefined" ? window : globalThis);
