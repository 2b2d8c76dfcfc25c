import { FakePodNetwork } from "#network/fake-pod-network.ts";
import { describePodNetwork } from "./pod-network.ts";

let namespaces = 0;

describePodNetwork("fake", () => {
  const network = new FakePodNetwork();
  return Promise.resolve({
    network,
    exhausted: (podCIDR) => `No address is free in the node's pod CIDR ${podCIDR}`,
    newNamespace: () => {
      namespaces += 1;
      return `/proc/${String(namespaces)}/ns/net`;
    },
    [Symbol.asyncDispose]: () => network[Symbol.asyncDispose](),
  });
});
