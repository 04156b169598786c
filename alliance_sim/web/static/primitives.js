// What the laws take for granted: words of 32 bits (any sign: only the bits count), and the bits of a double.
const DOUBLE = new Float64Array(1), WORDS = new Uint32Array(DOUBLE.buffer); // low word first, as everywhere today

function maths$word_number(word) {
  return word >>> 0;
}

function maths$as_word(number) {
  return number | 0;
}

function maths$multiply_words(a, b) { // by halves, none of whose sums reaches 2 ** 32
  const low = a & 0xffff, high = a >>> 16, other = b & 0xffff, higher = b >>> 16;
  const middle = (Math.imul(high, other) + (Math.imul(low, other) >>> 16)) >>> 0;
  const further = (Math.imul(low, higher) + (middle & 0xffff)) >>> 0;
  return [(Math.imul(high, higher) + (middle >>> 16) + (further >>> 16)) | 0, Math.imul(a, b)];
}

const ROUNDER = 6755399441055744, POWERS = new Float64Array(2047); // of 2, by the bits of an exponent
for (let exponent = 0; exponent < POWERS.length; exponent++) {
  (WORDS[0] = 0), (WORDS[1] = exponent << 20);
  POWERS[exponent] = DOUBLE[0];
}

function maths$scale_by_power(x, shifted) {
  return x * POWERS[(shifted - ROUNDER) | 0];
}

function maths$split_exponent(x) {
  DOUBLE[0] = x;
  let low = WORDS[0] + 0x9980c433, high = (WORDS[1] & 0x7fffffff) + 0x00095f61; // 1 less the square root of 1/2
  if (low > 0xffffffff) (low -= 4294967296), (high += 1);
  const exponent = (high >>> 20) - 1023;
  (low += 0x667f3bcd), (high = (high & 0xfffff) + 0x3fe6a09e); // the square root of 1/2
  if (low > 0xffffffff) (low -= 4294967296), (high += 1);
  (WORDS[0] = low), (WORDS[1] = high);
  return [exponent, DOUBLE[0]];
}

function maths$flip_sign(x, word) {
  return word & 2 ? -x : x;
}

// Draws have addresses, and no setting changes one: each is made once. Those of one seed are kept.
let shelves = new Map(), shelf = null;

function drawn(stream, what, session) { // of each agent
  if (shelf === null || shelf.replicate !== stream.replicate || shelf.low !== stream.seed_low || shelf.high !== stream.seed_high) {
    if (shelf !== null && (shelf.low !== stream.seed_low || shelf.high !== stream.seed_high)) shelves = new Map();
    shelf = shelves.get(stream.replicate);
    if (shelf === undefined) {
      shelf = { replicate: stream.replicate, low: stream.seed_low, high: stream.seed_high, held: [] };
      shelves.set(stream.replicate, shelf);
    }
  }
  const held = shelf.held[what] || (shelf.held[what] = new Map());
  let made = held.get(session);
  if (made === undefined) held.set(session, (made = []));
  return made;
}

function forget() {
  (shelves = new Map()), (shelf = null);
}
