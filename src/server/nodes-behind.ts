import type { Node } from "#api/generated/core-v1.ts";
import type { Dialer } from "#apiserver/backends/dialer.ts";
import { secureConnection } from "#apiserver/backends/secure-connection.ts";
import type { ClusterObjects } from "#apiserver/storage/cluster-objects.ts";
import { kubeletAddress } from "#apiserver/streams/kubelet-address.ts";
import type { Clock } from "#base/clock.ts";
import { LinkedAbort } from "#base/linked-abort.ts";
import { readAuthorities } from "#https/certificate-chain.ts";
import type { Pki } from "#pki/pki.ts";

export interface NodesDependencies {
  readonly objects: Pick<ClusterObjects, "list">;
  readonly dialer: Dialer;
  readonly pki: Pick<Pki, "authorities">;
  readonly clock: Clock;
}

/** A node that is up answers much sooner. */
const PATIENCE_MS = 5000;

/**
 * Nodes that do not have certificates of the present authorities, with which they get to know these, or that cannot be
 * asked. They are asked all at once.
 */
export async function nodesBehind(dependencies: NodesDependencies): Promise<readonly string[]> {
  const nodes = dependencies.objects.list("Node");
  const found = await Promise.all(
    nodes.map(async (node) => ((await followsAuthority(node, dependencies)) ? [] : [node.metadata.name])),
  );
  return found.flat();
}

async function followsAuthority(node: Node, { dialer, pki, clock }: NodesDependencies): Promise<boolean> {
  const address = kubeletAddress(node);
  const [present] = readAuthorities(pki.authorities["server-ca"]);
  if (address === undefined || present === undefined) return false;
  using stop = new LinkedAbort();
  using _timer = clock.after(PATIENCE_MS, () => stop.abort(new Error("i/o timeout")));
  try {
    const target = { ...address, kubeletOf: node.metadata.name };
    const connection = await dialer.dial(target, stop.signal);
    // Who answers does not matter: that it has a certificate of the authority does.
    const options = { serverName: address.host, insecure: true };
    const socket = await secureConnection(connection, options, { clock, signal: stop.signal });
    const shown = socket.getPeerX509Certificate();
    socket.destroy();
    return shown?.checkIssued(present) === true && shown.verify(present.publicKey);
  } catch {
    // Whyever a node cannot be asked, nobody knows whether it follows.
    return false;
  }
}
