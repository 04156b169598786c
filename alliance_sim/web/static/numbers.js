// Numbers with their Monte Carlo errors: how sure a mean is, and how it is written.
(() => {
  "use strict";
  const MINUS = "−";
  const UNKNOWN = " ± ?";

  // Mean of the numbers that are there; NaN where none is.
  function mean(values) {
    let sum = 0, count = 0;
    for (const value of values) if (value === value) { sum += value; count += 1; }
    return count ? sum / count : NaN;
  }

  // [mean over trials, its Monte Carlo standard error]; the error is null where fewer than two trials have the measure,
  // or where all trials agree, so that nothing can be said of it.
  function meanAndError(byReplicate) {
    const known = Array.from(byReplicate).filter((value) => value === value);
    const middle = mean(known);
    if (known.length < 2) return [middle, null];
    let squares = 0;
    for (const value of known) squares += (value - middle) ** 2;
    const error = Math.sqrt(squares / (known.length - 1) / known.length);
    return [middle, error > 0 ? error : null];
  }

  // Mean and error of b - a, trial by trial: the same patients and draws on both sides.
  function paired(a, b) {
    return meanAndError(Array.from(a, (value, at) => b[at] - value));
  }

  // True where a difference is larger than about two of its errors.
  function clear([difference, error]) {
    return error !== null && Math.abs(difference) > 2 * error;
  }

  // Quantile of numbers, linear between neighbours; NaN is left out.
  function quantile(values, share) {
    const ordered = Float64Array.from(values).filter((value) => value === value).sort();
    if (!ordered.length) return NaN;
    const place = share * (ordered.length - 1), below = Math.floor(place);
    const above = Math.min(below + 1, ordered.length - 1);
    return ordered[below] + (place - below) * (ordered[above] - ordered[below]);
  }

  // A number with a true minus sign, and none before zero.
  function number(value, places = 0) {
    if (!Number.isFinite(value)) return "–";
    const text = value.toFixed(places);
    return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", MINUS);
  }

  // The same with a plus sign where it is above zero.
  function signed(value, places = 0) {
    const text = number(value, places);
    return value > 0 && Number(value.toFixed(places)) !== 0 ? `+${text}` : text;
  }

  // How many digits behind the point an error is worth.
  function digits(error) {
    if (error === null || !(error > 0)) return 1;
    return Math.max(0, Math.min(3, Math.ceil(-Math.log10(error) + 0.3)));
  }

  // "62 ± 2": a number with its error; "± ?" where that is unknown, "exactly" where it is 0. Options: places, sign (true for differences).
  function shown(value, error, { places = digits(error), sign = false } = {}) {
    if (!Number.isFinite(value)) return "–";
    const text = (sign ? signed : number)(value, places);
    if (error === null || error === undefined) return text + UNKNOWN;
    if (error === 0) return `${text} exactly`; // nothing random can move it
    const least = 10 ** -places;
    return `${text} ± ${Math.max(error, least).toFixed(places)}`;
  }

  globalThis.Numbers = Object.freeze({ mean, meanAndError, paired, clear, quantile, number, signed, digits, shown });
})();
