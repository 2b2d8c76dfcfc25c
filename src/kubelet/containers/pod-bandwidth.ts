import { parseQuantity, quantityValue } from "#apimachinery/quantity.ts";
import type { PodBandwidth } from "#network/pod-network.ts";

const INGRESS = "kubernetes.io/ingress-bandwidth";
const EGRESS = "kubernetes.io/egress-bandwidth";

/** What anybody can mean (`pkg/util/bandwidth/utils.go`): from a kilobit to a petabit a second. */
const SMALLEST = 1e3;
const LARGEST = 1e15;

/** The limits that a pod's annotations say. Throws an error in Kubernetes' words for one that cannot be meant. */
export function podBandwidth(annotations: Readonly<Record<string, string>>): PodBandwidth | undefined {
  const [ingress, egress] = [INGRESS, EGRESS].map((name) => bitsPerSecond(annotations[name]));
  if (ingress === undefined && egress === undefined) return undefined;
  return { ...(ingress !== undefined && { ingress }), ...(egress !== undefined && { egress }) };
}

function bitsPerSecond(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = quantityValue(parseQuantity(text));
  if (value < SMALLEST) throw new RangeError("resource is unreasonably small (< 1kbit)");
  if (value > LARGEST) throw new RangeError("resource is unreasonably large (> 1Pbit)");
  return value;
}
