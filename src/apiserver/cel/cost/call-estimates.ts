/**
 * What calls cost at least and at most, by the sizes of their arguments: cel-go checker/cost.go and ext/, and
 * Kubernetes' libraries (k8s.io/apiserver pkg/cel/library/cost.go `EstimateCallCost`).
 */
import { bounded, type Estimate, fixed, ONE, product, scale, sum, UNBOUNDED } from "./estimate.ts";
import { AUTHORIZATION_COST, LIST_COST, PATTERN_FACTOR, STRUCT_COST, TEXT_FACTOR } from "./runtime-cost.ts";
import {
  type Argument,
  type CallEstimate,
  type EstimatedCall,
  estimateJoin,
  estimateReplace,
  estimateSplit,
  estimateTraversal,
  sameSize,
  sizeOf,
} from "./text-estimates.ts";

type Estimator = (call: EstimatedCall) => CallEstimate | undefined;

/** The longest format that `validate` knows. */
const MAX_FORMAT_PATTERN = 128;
const MAX_FORMAT_NAME = 64;
/** Bytes of an IP address. */
const ADDRESS: Estimate = { min: 4, max: 16 };

const one: Estimator = () => ({ cost: ONE });

export function estimateCall(call: EstimatedCall): CallEstimate {
  const found =
    own(BY_OVERLOAD, call.overload)?.(call) ??
    estimateSort(call) ??
    own(BY_FUNCTION, call.function)?.(call) ??
    own(STANDARD, call.overload)?.(call);
  return found ?? { cost: ONE };
}

const BY_OVERLOAD: Readonly<Record<string, Estimator>> = {
  list_sets_contains_list: estimateSets(1),
  list_sets_intersects_list: estimateSets(1),
  list_sets_equivalent_list: estimateSets(2),
  list_slice: ({ target, args: [start, end] }) => {
    const size = sizeOf(target);
    const length = wholeOf(end, size.max) - wholeOf(start, 0);
    // Upstream subtracts without a sign.
    return allocation(1, fixed(length < 0 ? UNBOUNDED + length : length));
  },
  list_flatten: ({ target }) => allocation(1, sizeOf(target)),
  list_flatten_int: ({ target, args: [depth] }) => allocation(wholeOf(depth, UNBOUNDED), sizeOf(target)),
  lists_range: ({ args: [count] }) => allocation(1, fixed(wholeOf(count, UNBOUNDED))),
  list_reverse: ({ target }) => allocation(1, sizeOf(target)),
  list_distinct: ({ target }) => allocation(2, square(sizeOf(target))),
};

const BY_FUNCTION: Readonly<Record<string, Estimator>> = {
  check: () => ({ cost: fixed(AUTHORIZATION_COST) }),
  ...each(
    "serviceAccount path group resource subresource namespace name allowed reason error errored masked prefixLength family isUnspecified isLoopback isLinkLocalMulticast isLinkLocalUnicast isGlobalUnicast format.named sign asInteger isInteger asApproximateFloat isGreaterThan isLessThan compareTo add sub major minor patch getScheme getHostname getHost getPort getEscapedPath getQuery",
    one,
  ),
  ...each("fieldSelector labelSelector", ({ args: [selector] }) => ({
    cost: selectorEstimate(sizeOf(selector)),
  })),
  ...each("isSorted sum max min indexOf lastIndexOf", estimateTraversal),
  ...each("url jsonpatch.escapeKey", ({ args: [text] }) => sameSize(sizeOf(text))),
  ...each("lowerAscii upperAscii substring trim", ({ target }) => sameSize(sizeOf(target))),
  ...each("cidr isIP isCIDR quantity isQuantity semver isSemver", ({ args: [text] }) => reading(text)),
  ip: ({ overload, args: [text] }) => (overload === "cidr_ip" ? { cost: ONE } : reading(text)),
  "ip.isCanonical": ({ args: [text] }) => ({ cost: scale(sizeOf(text), 2 * TEXT_FACTOR) }),
  replace: estimateReplace,
  split: estimateSplit,
  join: estimateJoin,
  ...each("find findAll", ({ target, args: [pattern] }) => {
    const size = sizeOf(target);
    return { cost: matching(size, sizeOf(pattern)), size: { min: 0, max: size.max } };
  }),
  containsIP: ({ overload, args: [other] }) => ({
    cost: sum(
      comparingAddresses(),
      overload === "cidr_contains_ip_string" ? scale(sizeOf(other), TEXT_FACTOR) : fixed(0),
    ),
  }),
  containsCIDR: ({ overload, args: [other] }) => ({
    cost: sum(
      comparingAddresses(),
      scale(ADDRESS, TEXT_FACTOR),
      ONE,
      overload === "cidr_contains_cidr_string" ? scale(sizeOf(other), TEXT_FACTOR) : fixed(0),
    ),
  }),
  validate: ({ args: [text] }) => ({
    cost: scale(scale(sizeOf(text), TEXT_FACTOR), MAX_FORMAT_PATTERN * PATTERN_FACTOR),
  }),
  "_==_": estimateKubernetesEquality,
};

const STANDARD: Readonly<Record<string, Estimator>> = {
  string_format: ({ target }) => ({ cost: scale(sizeOf(target), TEXT_FACTOR) }),
  string_to_bytes: ({ args: [text] }) => {
    const size = sizeOf(text);
    return { cost: scale(size, TEXT_FACTOR), size: { min: size.min, max: bounded(size.max * 4) } };
  },
  bytes_to_string: ({ args: [bytes] }) => {
    const size = sizeOf(bytes);
    return { cost: scale(size, TEXT_FACTOR), size: { min: Math.floor(size.min / 4), max: size.max } };
  },
  strings_quote: ({ args: [text] }) => {
    const size = sizeOf(text);
    return { cost: scale(size, TEXT_FACTOR), size: { min: size.min + 2, max: bounded(size.max * 2 + 2) } };
  },
  ...each("starts_with_string ends_with_string", ({ args: [part] }) => reading(part)),
  in_list: ({ args: [, list] }) => ({ cost: sizeOf(list) }),
  matches_string: ({ target, args: [pattern] }) =>
    target === undefined ? undefined : { cost: matching(sizeOf(target), sizeOf(pattern)) },
  contains_string: ({ target, args: [part] }) => ({
    cost: product(scale(sizeOf(target), TEXT_FACTOR), scale(sizeOf(part), TEXT_FACTOR)),
  }),
  ...each("add_string add_bytes", ({ args }) => sameSize(bothSizes(args))),
  add_list: ({ args }) => ({ cost: ONE, size: bothSizes(args) }),
  ...each(
    "less_string greater_string less_equals_string greater_equals_string less_bytes greater_bytes less_equals_bytes greater_equals_bytes equals not_equals",
    ({ args: [a, b] }) => {
      const max = Math.min(sizeOf(a).max, sizeOf(b).max);
      return { cost: scale({ min: max > 0 ? 1 : 0, max }, TEXT_FACTOR) };
    },
  ),
};

function estimateSort({ overload, target, args }: EstimatedCall): CallEstimate | undefined {
  const [, type, isByKeys] = /^list_(\w+)_sort(ByAssociatedKeys)?$/.exec(overload) ?? [];
  if (type === undefined) return undefined;
  const factor = type === "string" || type === "bytes" ? 2 + TEXT_FACTOR : 2;
  return allocation(factor, square(sizeOf(isByKeys === undefined ? target : args[0])));
}

function estimateSets(factor: number): Estimator {
  return ({ args: [a, b] }) => ({ cost: sum(scale(product(sizeOf(a), sizeOf(b)), factor), ONE) });
}

const COMPARED_AT_ONCE: ReadonlySet<string> = new Set([
  "net.IP",
  "net.CIDR",
  "kubernetes.Quantity",
  "kubernetes.Semver",
  "kubernetes.authorization.Authorizer",
  "kubernetes.authorization.PathCheck",
  "kubernetes.authorization.GroupCheck",
  "kubernetes.authorization.ResourceCheck",
  "kubernetes.authorization.Decision",
]);

function estimateKubernetesEquality({ args: [left, right] }: EstimatedCall): CallEstimate | undefined {
  if (left === undefined || right === undefined || !left.type.equals(right.type)) return undefined;
  if (COMPARED_AT_ONCE.has(left.type.name)) return { cost: ONE };
  switch (left.type.name) {
    case "kubernetes.NamedFormat":
      return { cost: scale({ min: 1, max: MAX_FORMAT_NAME }, TEXT_FACTOR) };
    case "kubernetes.URL":
      return { cost: scale({ min: 1, max: right.size?.max ?? 1 }, TEXT_FACTOR) };
    default:
      return undefined;
  }
}

function selectorEstimate(size: Estimate): Estimate {
  const requirements = scale(scale(size, 0.5), LIST_COST + STRUCT_COST);
  return sum(fixed(LIST_COST), scale(size, TEXT_FACTOR), requirements);
}

function matching(text: Estimate, pattern: Estimate): Estimate {
  return product(scale(sum(text, ONE), TEXT_FACTOR), scale(pattern, PATTERN_FACTOR));
}

function comparingAddresses(): Estimate {
  return scale(sum(ADDRESS, ADDRESS), TEXT_FACTOR);
}

function allocation(factor: number, size: Estimate): CallEstimate {
  return { cost: sum(scale(size, factor), ONE, fixed(LIST_COST)), size };
}

function reading(text: Argument | undefined): CallEstimate {
  return { cost: scale(sizeOf(text), TEXT_FACTOR) };
}

function square(size: Estimate): Estimate {
  return product(size, size);
}

function bothSizes([a, b]: readonly Argument[]): Estimate {
  return sum(sizeOf(a), sizeOf(b));
}

/** A literal whole number. */
function wholeOf(argument: Argument | undefined, otherwise: number): number {
  const { expression } = argument ?? {};
  if (expression?.kind !== "literal" || typeof expression.value !== "bigint") return otherwise;
  return Math.max(Number(expression.value), 0);
}

function each(names: string, estimator: Estimator): Readonly<Record<string, Estimator>> {
  return Object.fromEntries(names.split(" ").map((name) => [name, estimator]));
}

function own<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
