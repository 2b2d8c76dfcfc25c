import { createHash } from "node:crypto";

/**
 * The queues among which a flow may choose: `handSize` different ones of `deckSize`. Two flows rarely get the same, so
 * that one which fills all of its queues leaves others room (apiserver `util/shufflesharding`).
 */
export function dealHand(
  hash: bigint,
  { deckSize, handSize }: { readonly deckSize: number; readonly handSize: number },
): readonly number[] {
  const hand: number[] = [];
  const remainders: number[] = [];
  let entropy = hash;
  for (let index = 0; index < handSize; index += 1) {
    const cards = BigInt(deckSize - index);
    const remainder = Number(entropy % cards);
    entropy /= cards;
    hand.push(nthUndealt(remainder, remainders));
    remainders.push(remainder);
  }
  return hand;
}

/** A remainder counts the cards that are left: those that were dealt before shift it. */
function nthUndealt(remainder: number, dealt: readonly number[]): number {
  return dealt.reduceRight((card, before) => (card >= before ? card + 1 : card), remainder);
}

/** What tells flows apart: the FlowSchema, and whatever it distinguishes its requests by. */
export function hashFlow(flowSchema: string, distinguisher: string): bigint {
  const digest = createHash("sha256").update(`${flowSchema}\0${distinguisher}`).digest();
  return digest.readBigUInt64LE(0);
}
