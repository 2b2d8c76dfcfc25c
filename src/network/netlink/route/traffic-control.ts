import { MessageWriter } from "../message-writer.ts";
import { FLAG_CREATE, FLAG_REPLACE } from "../protocol.ts";
import {
  AF_UNSPEC,
  RTM_DELQDISC,
  RTM_NEWQDISC,
  RTM_NEWTFILTER,
  TC_H_INGRESS,
  TC_H_ROOT,
  TCA_ACT_KIND,
  TCA_ACT_OPTIONS,
  TCA_KIND,
  TCA_MIRRED_PARMS,
  TCA_OPTIONS,
  TCA_TBF_BURST,
  TCA_TBF_PARMS,
  TCA_TBF_RATE64,
  TCA_U32_ACT,
  TCA_U32_SEL,
} from "./protocol.ts";

/** A token bucket: what a link may send on average, how much at once, and how much may wait for it. */
export interface TokenBucket {
  readonly bytesPerSecond: bigint;
  readonly burstBytes: number;
  readonly queueBytes: number;
}

/** Handles of queueing disciplines, as tc(8) shows them: `1:` and `ffff:`. */
const BUCKET_HANDLE = 0x0001_0000;
const INGRESS_HANDLE = 0xffff_0000;

const LINKLAYER_ETHERNET = 1;
const LARGEST_RATE32 = 0xffff_ffffn;

/** Priority 1 and ETH_P_ALL in network byte order. */
const ALL_PACKETS = 0x0001_0300;

const TC_U32_TERMINAL = 1;
const TC_ACT_STOLEN = 4;
const TCA_EGRESS_REDIR = 1;

/** Has a link send through a token bucket, in the place of what it had before. */
export function setTokenBucket(link: number, bucket: TokenBucket): MessageWriter {
  const { bytesPerSecond, burstBytes } = bucket;
  const writer = new MessageWriter()
    .message(RTM_NEWQDISC, FLAG_CREATE | FLAG_REPLACE)
    .bytes(controlHeader({ link, handle: BUCKET_HANDLE, parent: TC_H_ROOT }))
    .string(TCA_KIND, "tbf");
  const options = writer.begin(TCA_OPTIONS);
  writer.binary(TCA_TBF_PARMS, bucketParameters(bucket)).u32(TCA_TBF_BURST, burstBytes);
  if (bytesPerSecond > LARGEST_RATE32) writer.binary(TCA_TBF_RATE64, uint64(bytesPerSecond));
  return writer.end(options);
}

/** The place where packets that a link receives can be filtered. */
export function newIngress(link: number): MessageWriter {
  return new MessageWriter()
    .message(RTM_NEWQDISC, FLAG_CREATE)
    .bytes(controlHeader({ link, handle: INGRESS_HANDLE, parent: TC_H_INGRESS }))
    .string(TCA_KIND, "ingress");
}

export function deleteIngress(link: number): MessageWriter {
  return new MessageWriter()
    .message(RTM_DELQDISC, 0)
    .bytes(controlHeader({ link, handle: INGRESS_HANDLE, parent: TC_H_INGRESS }));
}

export function deleteTokenBucket(link: number): MessageWriter {
  return new MessageWriter()
    .message(RTM_DELQDISC, 0)
    .bytes(controlHeader({ link, handle: BUCKET_HANDLE, parent: TC_H_ROOT }));
}

/** Sends all that a link with an ingress receives through another link, which gives it back when that has sent it. */
export function redirectIngress(link: number, to: number): MessageWriter {
  const writer = new MessageWriter()
    .message(RTM_NEWTFILTER, FLAG_CREATE)
    .bytes(controlHeader({ link, handle: 0, parent: INGRESS_HANDLE, info: ALL_PACKETS }))
    .string(TCA_KIND, "u32");
  const options = writer.begin(TCA_OPTIONS);
  writer.binary(TCA_U32_SEL, everyPacket());
  const actions = writer.begin(TCA_U32_ACT);
  const first = writer.begin(1);
  writer.string(TCA_ACT_KIND, "mirred");
  const parameters = writer.begin(TCA_ACT_OPTIONS);
  writer.binary(TCA_MIRRED_PARMS, redirection(to));
  return writer.end(parameters).end(first).end(actions).end(options);
}

interface ControlHeader {
  readonly link: number;
  readonly handle: number;
  readonly parent: number;
  readonly info?: number;
}

/** struct tcmsg: family, link index, handle, parent, info. */
function controlHeader({ link, handle, parent, info = 0 }: ControlHeader): Uint8Array {
  const view = new DataView(new ArrayBuffer(20));
  view.setUint8(0, AF_UNSPEC);
  view.setInt32(4, link, true);
  view.setUint32(8, handle, true);
  view.setUint32(12, parent, true);
  view.setUint32(16, info, true);
  return new Uint8Array(view.buffer);
}

/** struct tc_tbf_qopt: rate and peak rate (struct tc_ratespec each), limit, buffer, mtu. */
function bucketParameters({ bytesPerSecond, queueBytes }: TokenBucket): Uint8Array {
  const view = new DataView(new ArrayBuffer(36));
  view.setUint8(1, LINKLAYER_ETHERNET);
  view.setUint32(8, Number(bytesPerSecond > LARGEST_RATE32 ? LARGEST_RATE32 : bytesPerSecond), true);
  view.setUint32(24, queueBytes, true);
  return new Uint8Array(view.buffer);
}

/** struct tc_u32_sel with one struct tc_u32_key that compares no bits. */
function everyPacket(): Uint8Array {
  const bytes = new Uint8Array(32);
  bytes[0] = TC_U32_TERMINAL;
  bytes[2] = 1;
  return bytes;
}

/** struct tc_mirred: index, capabilities, action, counters, what to do, link index. */
function redirection(to: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(28));
  view.setInt32(8, TC_ACT_STOLEN, true);
  view.setInt32(20, TCA_EGRESS_REDIR, true);
  view.setUint32(24, to, true);
  return new Uint8Array(view.buffer);
}

function uint64(value: bigint): Uint8Array {
  return new Uint8Array(BigUint64Array.of(value).buffer);
}
