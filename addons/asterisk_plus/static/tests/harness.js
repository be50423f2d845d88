/* What the tests of the plain scripts share. They run in a browser, one at a time (tests/e2e/test_popup_state.py): a test that
 * throws has failed. */
(function (root) {
    "use strict";

    const tests = {};

    function test(name, run) {
        if (name in tests) {
            throw new Error("two tests have the name " + name);
        }
        tests[name] = run;
    }

    function equal(found, expected) {
        const [one, other] = [found, expected].map((value) => JSON.stringify(value));
        if (one !== other) {
            throw new Error("found " + one + ", expected " + other);
        }
    }

    root.AsteriskPlusTests = {equal, test, tests};
})(typeof globalThis === "undefined" ? window : globalThis);
