// Kubernetes quantities ("250m", "128Mi", "1e3") as exact numbers, after k8s.io/apimachinery pkg/api/resource.

/** Far longer than a real quantity. Without a limit, a hostile one could be as large as a request. */
export const MAX_QUANTITY_LENGTH = 64;

/** The API's smallest unit is a billionth. */
const BILLION = 10n ** 9n;

const SUFFIXES: Readonly<Record<string, readonly [base: bigint, exponent: number]>> = {
  n: [10n, -9],
  u: [10n, -6],
  m: [10n, -3],
  "": [10n, 0],
  k: [10n, 3],
  M: [10n, 6],
  G: [10n, 9],
  T: [10n, 12],
  P: [10n, 15],
  E: [10n, 18],
  Ki: [2n, 10],
  Mi: [2n, 20],
  Gi: [2n, 30],
  Ti: [2n, 40],
  Pi: [2n, 50],
  Ei: [2n, 60],
};

const QUANTITY = /^\+?(\d*)\.?(\d*)(?:[eE]([+-]?\d{1,2})|([a-zA-Z]{0,2}))$/;

/**
 * Reads a quantity.
 * @returns billionths of its unit, rounded up as the API server does; null: not a quantity, or a negative one
 */
export function parseQuantity(quantity: unknown): bigint | null {
  if (typeof quantity !== "string" && typeof quantity !== "number") return null;
  const text = String(quantity);
  if (text.length > MAX_QUANTITY_LENGTH) return null;
  const [, whole = "", fraction = "", power, suffix = ""] = QUANTITY.exec(text) ?? [];
  if (whole + fraction === "") return null;
  const [base, exponent] = power === undefined ? (SUFFIXES[suffix] ?? []) : ([10n, Number(power)] as const);
  if (base === undefined || exponent === undefined) return null;
  const digits = BigInt(whole + fraction) * BILLION;
  const up = exponent > 0 ? base ** BigInt(exponent) : 1n;
  const down = 10n ** BigInt(fraction.length) * (exponent < 0 ? base ** BigInt(-exponent) : 1n);
  return divideUp(digits * up, down);
}

export function formatQuantity(billionths: bigint): string {
  const fractions = [
    ["", BILLION],
    ["m", 10n ** 6n],
    ["u", 10n ** 3n],
  ] as const;
  const [suffix, size] = fractions.find((each) => billionths % each[1] === 0n) ?? (["n", 1n] as const);
  const count = billionths / size;
  if (suffix !== "" || count === 0n) return `${count}${suffix}`;
  const binary = (["Gi", "Mi", "Ki"] as const).find((each) => count % computeUnit(each) === 0n);
  return binary === undefined ? String(count) : `${count / computeUnit(binary)}${binary}`;
}

function computeUnit(suffix: "Gi" | "Mi" | "Ki"): bigint {
  const [base, exponent] = SUFFIXES[suffix] ?? [1n, 0];
  return base ** BigInt(exponent);
}

/** Converts whole units to billionths. */
export const toBillionths = (count: number): bigint => BigInt(count) * BILLION;

/** Rounds up to whole units, since there is no fraction of a byte. */
export const roundUp = (billionths: bigint): bigint => divideUp(billionths, BILLION) * BILLION;

export const divideUp = (amount: bigint, by: bigint): bigint => (amount + by - 1n) / by;
