/** What a slider does for a parameter: whole positions, and the numbers that they stand for. */

const FINE = 100;
const DECADES = 2; // on either side of the default

export function trackOf(parameter) {
  if (parameter.kind === "integer") return whole(parameter);
  if (parameter.kind === "rates") return logarithmic("[", parameter.default);
  if (parameter.kind !== "real") return null;
  const [low, high] = parameter.interval.slice(1, -1).split(", ");
  if (high === "inf") return logarithmic(parameter.interval[0], parameter.default ?? parameter.typical);
  return between(Number(low), Number(high), parameter.interval);
}

function whole({ atLeast, default: value }) {
  const high = Math.max(20, 3 * (value ?? 100));
  return { min: atLeast, max: high, numberAt: (position) => position, positionOf: Math.round };
}

function between(low, high, interval) {
  return {
    min: interval[0] === "(" ? 1 : 0,
    max: interval.at(-1) === ")" ? FINE - 1 : FINE,
    numberAt: (position) => low + ((high - low) * position) / FINE,
    positionOf: (number) => Math.round(((number - low) / (high - low)) * FINE),
  };
}

/** Position 0 stands for zero, where zero is allowed. */
function logarithmic(bracket, value) {
  const middle = Math.floor(Math.log10(value || 1e-3));
  const low = middle - DECADES;
  const perDecade = FINE / (2 * DECADES);
  return {
    min: bracket === "[" ? 0 : 1,
    max: FINE,
    numberAt: (position) => (position === 0 ? 0 : Number((10 ** (low + position / perDecade)).toPrecision(2))),
    positionOf: (number) => (number > 0 ? Math.max(Math.round((Math.log10(number) - low) * perDecade), 1) : 0),
  };
}
