import {
  addQuantities,
  isNegativeQuantity,
  type ParsedQuantity,
  parseQuantity,
  QuantityError,
  quantityValue,
  zeroQuantity,
} from "#apimachinery/quantity.ts";

/** Of which resources a part may be kept from pods. */
const RESERVABLE = ["cpu", "memory", "ephemeral-storage"] as const;
export type Reservable = (typeof RESERVABLE)[number];

/** What pods never get, because the system and the node's own parts need it. */
export type Reserved = Readonly<Partial<Record<Reservable, ParsedQuantity>>>;

const SIGNALS = ["memory.available", "nodefs.available", "nodefs.inodesFree"] as const;
export type EvictionSignal = (typeof SIGNALS)[number];

/** So much must be free: an amount, or a share of what there is. */
type Threshold = { readonly amount: number } | { readonly share: number };

/** What pods must leave to the node; a signal that is absent has no threshold. */
export type EvictionThresholds = Readonly<Partial<Record<EvictionSignal, Threshold>>>;

export interface NodeReservation {
  readonly reserved: Reserved;
  readonly evictionHard: EvictionThresholds;
}

/** `pkg/kubelet/apis/config/v1beta1/defaults_linux.go` */
export const DEFAULT_RESERVATION: NodeReservation = {
  reserved: {},
  evictionHard: {
    "memory.available": { amount: 100 * 2 ** 20 },
    "nodefs.available": { share: 0.1 },
    "nodefs.inodesFree": { share: 0.05 },
  },
};

/** What must be free of so much. Upstream computes shares with single precision, and clients see the result. */
export function freeAmount(threshold: Threshold | undefined, capacity: number): number {
  if (threshold === undefined) return 0;
  return "amount" in threshold ? threshold.amount : Math.trunc(capacity * Math.fround(threshold.share));
}

/** The sum of two reservations. */
export function addReserved(a: Reserved, b: Reserved): Reserved {
  const sum = (name: Reservable): ParsedQuantity =>
    addQuantities(a[name] ?? zeroQuantity, b[name] ?? zeroQuantity);
  return Object.fromEntries(RESERVABLE.map((name) => [name, sum(name)]));
}

/** Such as `cpu=100m,memory=500Mi`. Throws a RangeError that says what it must be. */
export function parseReserved(text: string): Reserved {
  const pairs = text.split(",").map((pair): readonly [Reservable, ParsedQuantity] => {
    const [name, ...rest] = pair.split("=");
    const value = rest.join("=");
    const resource = RESERVABLE.find((each) => each === name);
    const amount = parseAmount(value);
    if (resource === undefined || amount === undefined)
      throw new RangeError(`must have amounts of ${RESERVABLE.join(", ")}, such as cpu=100m,memory=500Mi`);
    return [resource, amount];
  });
  return Object.fromEntries(pairs);
}

/** Such as `memory.available<200Mi,nodefs.available<10%`. Throws a RangeError that says what it must be. */
export function parseEvictionHard(text: string): EvictionThresholds {
  const pairs = text.split(",").map((pair): readonly [EvictionSignal, Threshold] => {
    const [name, ...rest] = pair.split("<");
    const value = rest.join("<");
    const signal = SIGNALS.find((each) => each === name);
    const threshold = parseThreshold(value);
    if (signal === undefined || threshold === undefined)
      throw new RangeError(`must have thresholds for ${SIGNALS.join(", ")}, such as memory.available<200Mi`);
    return [signal, threshold];
  });
  return Object.fromEntries(pairs);
}

function parseThreshold(text: string): Threshold | undefined {
  const [, percent] = /^(\d+(?:\.\d+)?)%$/.exec(text) ?? [];
  if (percent !== undefined) return Number(percent) <= 100 ? { share: Number(percent) / 100 } : undefined;
  const amount = parseAmount(text);
  return amount && { amount: quantityValue(amount) };
}

/** Undefined for what is no amount, or less than nothing. */
function parseAmount(text: string): ParsedQuantity | undefined {
  try {
    const amount = parseQuantity(text);
    return isNegativeQuantity(amount) ? undefined : amount;
  } catch (error) {
    if (error instanceof QuantityError) return undefined;
    throw error;
  }
}
