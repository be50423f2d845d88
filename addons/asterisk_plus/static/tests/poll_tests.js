/* Tests of lib/poll.js: waiting for what nobody tells. See harness.js. */
(function (root) {
    "use strict";

    const {poll} = root.AsteriskPlus;
    const {equal, test} = root.AsteriskPlusTests;
    const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

    test("asks until there is an answer, whatever fails meanwhile", async () => {
        const answers = [() => Promise.reject(new Error("away")), () => false, () => { throw new Error("gone"); }, () => "there"];
        let asked = 0;
        const answer = await new Promise((resolve) => poll(() => answers[asked++](), resolve, {every: 1}));
        await pause(10);
        equal([answer, asked], ["there", 4]);
    });

    test("gives up", async () => {
        let asked = 0;
        const last = new Promise((resolve) => poll(() => (++asked === 3 ? resolve() : false), () => {}, {every: 1, times: 3}));
        await last;
        await pause(10);
        equal(asked, 3);
    });

    test("an answer that comes after the end is not told", async () => {
        const told = [];
        let answer = null;
        const asked = new Promise((resolve) => {
            const end = poll(() => new Promise((give) => { answer = give; resolve(() => end()); }), (one) => told.push(one), {every: 1});
        });
        (await asked)();
        answer("late");
        await pause(10);
        equal(told, []);
    });
})(typeof globalThis === "undefined" ? window : globalThis);
