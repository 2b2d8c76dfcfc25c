import { formatQuantity, parseQuantity } from "#apimachinery/quantity.ts";
import { mapField } from "../../defaulting.ts";
import type { ResourceList } from "../../validation/resources.ts";

/** Billionths in a thousandth, the smallest amount of a resource that the API keeps. */
const MILLI = 1_000_000n;

interface Bounds {
  readonly limits?: ResourceList;
  readonly requests?: ResourceList;
}

/** Rounds amounts up to thousandths (core `SetDefaults_ResourceList`). */
export function roundResourceList(list: ResourceList): ResourceList {
  let rounded: Record<string, string> | undefined;
  for (const name in list) {
    const text = list[name] ?? "";
    const next = roundUpToMilli(text);
    if (next !== text) (rounded ??= { ...list })[name] = next;
  }
  return rounded ?? list;
}

/** Rounds the amounts of what asks for resources: a container, a claim, a pod, or what one has got. */
export function roundRequirements<R extends Bounds>(requirements: R): R {
  const next = mapField<Bounds, "limits">(requirements, "limits", roundResourceList);
  return mapField<Bounds, "requests">(next, "requests", roundResourceList) as R;
}

function roundUpToMilli(text: string): string {
  if (!mayBeFiner(text)) return text;
  const { nanos, format } = parseQuantity(text);
  const rest = nanos % MILLI;
  if (rest === 0n) return text;
  const towardsZero = nanos - rest;
  return formatQuantity({ nanos: towardsZero + (rest > 0n ? MILLI : -MILLI), format });
}

/** Rules out, without computing, nearly all texts that have no fractions of a thousandth. */
function mayBeFiner(text: string): boolean {
  return text.endsWith("n") || text.endsWith("u") || text.includes(".") || text.includes("e-");
}
