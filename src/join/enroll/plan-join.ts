import { X509Certificate } from "node:crypto";
import { splitCertificates } from "#pki/inspect.ts";
import { hashAuthority, type JoinToken } from "../join-token.ts";
import type { Proof, ServerFacts } from "./join-client.ts";
import type { Membership } from "./membership-file.ts";

/** What this host knows before it asks a server to let it in. */
export interface HostView {
  readonly nodeName: string;
  readonly token: JoinToken | undefined;
  /** What an earlier process was given. */
  readonly known: Membership | undefined;
  readonly now: number;
}

export interface JoinView extends HostView {
  readonly url: string;
  /** What the server says of itself. */
  readonly server: ServerFacts;
}

/** The proofs are shown in turn until one is accepted. */
export interface JoinQuestion {
  readonly type: "ask";
  readonly authority: string;
  /** Of the authorities that the cluster has had; none for another cluster than the one before. */
  readonly authorityHashes: readonly string[];
  readonly proofs: readonly Proof[];
}

/** The sentence of a refusal tells the operator what to do: waiting does not help. */
export type JoinStep = JoinQuestion | { readonly type: "refuse"; readonly message: string };

/** Certificates are valid from an hour before they are made. */
const MAX_CLOCK_SKEW_MS = 60 * 60 * 1000;

/** Decides what a host asks a server that answers. */
export function planJoin(view: JoinView): JoinStep {
  const { nodeName, token, server, now } = view;
  const known = ownMembership(view);
  const skew = skewText(now - server.time);
  if (skew !== undefined)
    return refuse(`the clock of this host is ${skew} that of the server ${view.url}; set both right`);
  const hash = hashAuthority(server.authority);
  const isSameCluster = known !== undefined && leadsTo(known.serverAuthority, server.authority);
  if (!isSameCluster && token?.authorityHash !== undefined && token.authorityHash !== hash) {
    return refuse(
      `the server ${view.url} is not the one that the token is from, or its authorities have been replaced since: its authority has the hash ${hash}, the token says ${token.authorityHash}; take the present token from that server, or another --server`,
    );
  }
  const proofs: Proof[] = [
    ...(isSameCluster && usableMembership(view) !== undefined
      ? [{ type: "certificate", certificate: known.credentials["client-kubelet"] } as const]
      : []),
    ...(token === undefined ? [] : [{ type: "token", token } as const]),
  ];
  const [authority = server.authority] = splitCertificates(server.authority);
  const authorityHashes = isSameCluster ? known.authorityHashes : [];
  if (proofs.length > 0) return { type: "ask", authority, authorityHashes, proofs };
  return refuse(
    `a token is needed to join "${nodeName}" to the cluster of ${view.url}; give one with --token or --token-file`,
  );
}

/** What a host can go on with while no server answers: this node's, of the cluster that the token is for, and not over. */
export function usableMembership(view: HostView): Membership | undefined {
  const known = ownMembership(view);
  return known !== undefined && view.now < membershipEnd(known) ? known : undefined;
}

/** This node's, of the cluster that the token is for. */
function ownMembership({ nodeName, token, known }: HostView): Membership | undefined {
  if (known?.nodeName !== nodeName) return undefined;
  const isOfToken = token?.authorityHash === undefined || known.authorityHashes.includes(token.authorityHash);
  return isOfToken ? known : undefined;
}

/** Whether who trusts `known` can trust the first certificate of `shown`: its key is one of theirs, or they vouch for it. */
function leadsTo(known: string, shown: string): boolean {
  const [present, ...bridges] = splitCertificates(shown).map((pem) => new X509Certificate(pem));
  const roots = splitCertificates(known).map((pem) => new X509Certificate(pem));
  if (present === undefined) return false;
  const isVouchedFor = (bridge: X509Certificate): boolean =>
    bridge.publicKey.equals(present.publicKey) &&
    roots.some((root) => bridge.checkIssued(root) && bridge.verify(root.publicKey));
  return roots.some(({ publicKey }) => publicKey.equals(present.publicKey)) || bridges.some(isVouchedFor);
}

/** When the first of the certificates ends, in milliseconds since the epoch. */
export function membershipEnd({ credentials }: Membership): number {
  return Math.min(
    ...Object.values(credentials).map(({ certificate }) =>
      Date.parse(new X509Certificate(certificate).validTo),
    ),
  );
}

/** `3 h 5 min behind`; undefined when the clocks are near enough, or when the server has not told its time. */
function skewText(differenceMs: number): string | undefined {
  if (!(Math.abs(differenceMs) > MAX_CLOCK_SKEW_MS)) return undefined;
  const minutes = Math.round(Math.abs(differenceMs) / 60_000);
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24];
  const span =
    days > 0 ? `${String(days)} d ${String(hours)} h` : `${String(hours)} h ${String(minutes % 60)} min`;
  return `${span} ${differenceMs < 0 ? "behind" : "ahead of"}`;
}

function refuse(message: string): JoinStep {
  return { type: "refuse", message: `Cannot join the cluster: ${message}` };
}
