// node maths_in_node.js FOLDER: each function of calls.json with the arguments of arguments.bin; writes results.bin.
const fs = require("fs"), path = require("path"), folder = process.argv[2];
const { maths } = require(path.resolve(folder, "engine.js")), there = fs.readFileSync(path.join(folder, "arguments.bin"));
const given = new Float64Array(there.buffer.slice(there.byteOffset, there.byteOffset + there.length)), made = [];
let place = 0;
for (const { name, takes, many, words } of JSON.parse(fs.readFileSync(path.join(folder, "calls.json")))) {
  for (let at = 0; at < many; at++, place += takes) {
    const result = maths[name](...given.subarray(place, place + takes));
    for (const one of Array.isArray(result) ? result : [result]) made.push(words ? one >>> 0 : one);
  }
}
fs.writeFileSync(path.join(folder, "results.bin"), Buffer.from(Float64Array.from(made).buffer));
