// Counts the doubles of worlds in JavaScript that have the bits that Python gave them; runs in node and in any page.
var equalDoubles = (function () {
  "use strict";
  const TABLES = ["sessions", "assessments", "patients", "clinicians", "outcomes"], MOST_SHOWN = 5;

  // `cases`: {protocol, settings, replicates}; `truth`: an ArrayBuffer of Python's doubles in their order: of each case, of
  // each replicate, of each table, column by column. NaN is NaN, whatever its bits.
  return function (Alliance, cases, truth) {
    const expected = new Float64Array(truth), bits = new BigUint64Array(truth);
    const counts = {};
    let place = 0;
    for (const { protocol, settings, replicates } of cases) {
      const found = (counts[protocol] = counts[protocol] || { equal: 0, different: 0, first: [] }), world = Alliance.world(settings);
      for (const replicate of replicates) {
        const trial = Alliance.trial(world, replicate);
        while (trial.next());
        for (const name of TABLES) {
          const columns = name === "outcomes" ? trial.outcomes() : trial[name];
          for (const column of Alliance.data.columns[name]) {
            const own = Float64Array.from(columns[column]), ownBits = new BigUint64Array(own.buffer);
            for (let at = 0; at < own.length; at++, place++) {
              if (ownBits[at] === bits[place] || (own[at] !== own[at] && expected[place] !== expected[place])) found.equal += 1;
              else {
                found.different += 1;
                if (found.first.length < MOST_SHOWN) found.first.push(`${name}.${column}[${at}] of ${JSON.stringify(settings)}: ${own[at]}, not ${expected[place]}`);
              }
            }
          }
        }
      }
    }
    return { counts, compared: place, expected: expected.length };
  };
})();
if (typeof module !== "undefined") module.exports = equalDoubles;
