import { FakeNft } from "#network/nft/fake-nft.ts";
import { describeNftBackend } from "./network-nft.ts";

describeNftBackend("fake", () => {
  const nft = new FakeNft();
  return {
    nft,
    tamper: (transaction) => nft.tamper(transaction),
    [Symbol.dispose]: () => nft[Symbol.dispose](),
  };
});
