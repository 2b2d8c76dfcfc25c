import { type DockerHost, sh } from "./docker-host.ts";
import { TEST_HOST_SCRIPT } from "./kubelith-host.ts";

/** What is behind the NAT; no other host has a route to it. */
const INSIDE = { gateway: "10.98.0.1", host: "10.98.0.2", bits: 24 };

/** The network of all other test hosts. */
const OUTSIDE = "10.99.0.0/24";

/**
 * Takes a test host off the bridge and puts it behind another one, which hides it behind its own address: the host reaches
 * the others, and nobody reaches it. The gateway goes with the result.
 */
export async function putBehindNat(
  host: DockerHost,
  gatewayName: string,
): Promise<AsyncDisposable & { readonly address: string }> {
  await sh(TEST_HOST_SCRIPT, "up", gatewayName, "--no-docker");
  const { gateway, host: address, bits } = INSIDE;
  await sh("ip", "-n", host.name, "link", "delete", "eth0");
  await sh(
    "ip",
    "link",
    "add",
    "nat0",
    "netns",
    gatewayName,
    "type",
    "veth",
    "peer",
    "name",
    "eth0",
    "netns",
    host.name,
  );
  const inHost = (...command: readonly string[]) => sh("ip", "-n", host.name, ...command);
  const inGateway = (...command: readonly string[]) =>
    sh("nsenter", `--net=/run/netns/${gatewayName}`, ...command);
  await inGateway("ip", "address", "add", `${gateway}/${String(bits)}`, "dev", "nat0");
  await inGateway("ip", "link", "set", "nat0", "up");
  await inHost("address", "add", `${address}/${String(bits)}`, "dev", "eth0");
  await inHost("link", "set", "eth0", "up");
  await inHost("route", "add", OUTSIDE, "via", gateway);
  await inGateway("sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward");
  await inGateway(
    "nft",
    "table ip nat { chain out { type nat hook postrouting priority 100; oifname eth0 masquerade; }; }",
  );
  return {
    address,
    [Symbol.asyncDispose]: async () => void (await sh(TEST_HOST_SCRIPT, "down", gatewayName)),
  };
}
