// node equal_in_node.js FOLDER: compares the engine in FOLDER/engine.js with cases.json and truth.bin there; prints JSON.
const fs = require("fs"), path = require("path"), folder = process.argv[2];
const there = fs.readFileSync(path.join(folder, "truth.bin"));
const truth = there.buffer.slice(there.byteOffset, there.byteOffset + there.length);
const cases = JSON.parse(fs.readFileSync(path.join(folder, "cases.json")));
console.log(JSON.stringify(require("./equal.js")(require(path.resolve(folder, "engine.js")), cases, truth)));
