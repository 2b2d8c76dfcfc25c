import { describeIptables } from "../contract/network-iptables.ts";
import { iptablesIn, TestNamespace } from "./network-lab.ts";

describeIptables("commands of the host", () => {
  const namespace = new TestNamespace("iptables");
  return {
    iptables: iptablesIn(namespace),
    [Symbol.dispose]: () => namespace[Symbol.dispose](),
  };
});
