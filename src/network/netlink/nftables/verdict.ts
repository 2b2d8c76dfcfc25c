import type { Verdict } from "../../nft/expression.ts";
import type { Attributes } from "../attributes.ts";
import type { MessageWriter } from "../message-writer.ts";
import { NetlinkError } from "../netlink-error.ts";
import { DATA_VERDICT, VERDICT_CHAIN, VERDICT_CODE } from "./protocol.ts";

/** linux/netfilter.h and enum nft_verdicts */
const CODES: Readonly<Record<string, number>> = {
  drop: 0,
  accept: 1,
  continue: -1,
  break: -2,
  jump: -3,
  goto: -4,
  return: -5,
};
const names = new Map(Object.entries(CODES).map(([name, code]) => [code, name]));

/** Writes the verdict into a data attribute that the caller has begun. */
export function writeVerdict(writer: MessageWriter, verdict: Verdict): void {
  const [name = "", chain] = verdict.split(" ");
  const code = CODES[name];
  if (code === undefined) throw new TypeError(`Not a verdict: "${verdict}"`);
  const position = writer.begin(DATA_VERDICT);
  writer.be32(VERDICT_CODE, code);
  if (chain !== undefined) writer.string(VERDICT_CHAIN, chain);
  writer.end(position);
}

export function readVerdict(data: Attributes): Verdict {
  const verdict = data.nested(DATA_VERDICT);
  const code = verdict?.be32(VERDICT_CODE);
  const name = code === undefined ? undefined : names.get(code | 0);
  if (verdict === undefined || name === undefined) throw NetlinkError.malformed("unknown verdict");
  const chain = verdict.string(VERDICT_CHAIN);
  return (chain === undefined ? name : `${name} ${chain}`) as Verdict;
}
