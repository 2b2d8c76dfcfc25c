import { KernelNft } from "#network/netlink/nftables/kernel-nft.ts";
import { describeNftBackend } from "../contract/network-nft.ts";
import { TestNamespace } from "./network-lab.ts";

describeNftBackend("kernel", () => {
  const namespace = new TestNamespace("nft");
  const nft = new KernelNft({ namespace: namespace.path });
  const other = new KernelNft({ namespace: namespace.path });
  return {
    nft,
    tamper: (transaction) => other.apply(transaction),
    [Symbol.dispose]: () => {
      nft[Symbol.dispose]();
      other[Symbol.dispose]();
      namespace[Symbol.dispose]();
    },
  };
});
