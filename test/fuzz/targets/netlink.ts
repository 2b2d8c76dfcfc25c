import { Attributes } from "#network/netlink/attributes.ts";
import { parseAcknowledgement, parseMessages } from "#network/netlink/message.ts";
import { NetlinkError } from "#network/netlink/netlink-error.ts";
import { nftMessageFamily, nftMessageType, nftPayload } from "#network/netlink/nftables/nft-message.ts";
import { readRule } from "#network/netlink/nftables/table-reader.ts";
import { encodeTransaction } from "#network/netlink/nftables/transaction-writer.ts";
import { newAddress, parseLinkAddress } from "#network/netlink/route/address.ts";
import { parseLink } from "#network/netlink/route/link.ts";
import {
  newForwardingEntry,
  newNeighbour,
  parseForwardingEntry,
  parseNeighbour,
} from "#network/netlink/route/neighbour.ts";
import { newRoute, parseRoute } from "#network/netlink/route/route.ts";
import {
  commented,
  loadProtocolAndPort,
  matchLocal,
  matchNewConnection,
  matchTranslated,
  rule,
  verdict,
} from "#network/nft/build.ts";
import type { NftOperation } from "#network/nft/transaction.ts";
import { attempt, bytesTarget, ensure } from "../engine/target.ts";

const RULES: readonly NftOperation[] = [
  { type: "addTable" },
  { type: "addChain", chain: "c", hook: { type: "nat", hook: "postrouting", priority: 100 } },
  {
    type: "addRule",
    chain: "c",
    rule: commented(
      "hi",
      rule(
        matchNewConnection,
        matchTranslated(true),
        matchLocal("daddr"),
        loadProtocolAndPort(0),
        verdict("accept"),
      ),
    ),
  },
];

/** What messages say by what they are about. */
const PARSERS = [
  parseAcknowledgement,
  parseLink,
  parseLinkAddress,
  parseNeighbour,
  parseForwardingEntry,
  parseRoute,
  (message: Parameters<typeof nftPayload>[0]) => {
    nftMessageType(message);
    nftMessageFamily(message);
    readRule(new Attributes(nftPayload(message)));
  },
];

/** Messages of the kernel: links, addresses, routes, neighbours, rules and errors. */
export const target = bytesTarget({
  seeds: [
    newAddress({ link: 3, address: "10.42.0.1/24" }),
    newRoute({ type: "unicast", destination: "10.42.0.0/16", link: 2, gateway: "10.0.0.1", metric: 7 }),
    newRoute({ type: "unreachable", destination: "fd00::/48" }),
    newNeighbour({ link: 2, address: "10.0.0.7", linkAddress: "02:00:00:00:00:01" }),
    newForwardingEntry({ link: 2, linkAddress: "02:00:00:00:00:01", destination: "10.0.0.7" }),
    encodeTransaction({ table: { family: "inet", name: "t" }, operations: RULES }).writer,
  ].map((writer) => writer.finish(1)),
  dictionary: ["eth0\0", "\u0008\u0000\u0001\u0000", "\u0004\u0000", "\u0000\u0000\u0000\u0000"],
  refusals: [NetlinkError],
  open: () => (bytes) => {
    const messages = parseMessages(bytes);
    for (const message of messages) {
      for (const parse of PARSERS) attempt([NetlinkError], () => parse(message));
    }
    return () => {
      const size = messages.reduce((sum, { payload }) => sum + payload.length, 0);
      ensure(size <= bytes.length, "There is no more in the messages than has been received");
    };
  },
});
