import { featureProblems } from "#api/features.ts";
import { validateEndpointIp } from "#api/validation/ip-fields.ts";
import { choiceProblems } from "#apiserver/admission/plugin-names.ts";
import {
  type CIDR,
  containsIP,
  formatCIDR,
  type IPFamily,
  overlaps,
  parseCIDRs,
  parseIP,
} from "#base/cidr.ts";
import { authorizationProblems } from "./authorization-problems.ts";
import type { OidcConfig, ServerConfig } from "./config.ts";
import { featuresOf } from "./served-kinds.ts";

/** A Service network must hold at least the API's and the DNS's address. */
const SMALLEST_SERVICE_PREFIX = { 4: 28, 6: 124 } as const;

/** What settings that are valid by themselves contradict, as lines that name the flags. */
export function checkServerConfig(config: ServerConfig): readonly string[] {
  return [
    ...networkProblems(config),
    ...(config.httpsListenPort >= config.serviceNodePortRange.first &&
    config.httpsListenPort <= config.serviceNodePortRange.last
      ? [
          `The port of --https-listen-port ${String(config.httpsListenPort)} is inside --service-node-port-range: give one outside`,
        ]
      : []),
    ...(config.maxRequestsInflight + config.maxMutatingRequestsInflight === 0 &&
    config.enablePriorityAndFairness
      ? [
          "The sum of --max-requests-inflight and --max-mutating-requests-inflight is 0, which leaves priority and fairness nothing to share: give more",
        ]
      : []),
    ...((config.oidcIssuerUrl === "") === (config.oidcClientId === "")
      ? []
      : ["Only one of --oidc-issuer-url and --oidc-client-id is given: give both"]),
    ...(config.authenticationConfig !== "" && hasOidcFlags(config)
      ? ["The flags --authentication-config and --oidc-… exclude each other: give one or the others"]
      : []),
    ...(config.requestheaderUidHeaders.length > 0 &&
    !config.requestheaderUidHeaders.some((name) => name.toLowerCase() === "x-remote-uid")
      ? [
          "The headers of --requestheader-uid-headers lack X-Remote-Uid, by which extension servers know users: give it too",
        ]
      : []),
    ...authorizationProblems(config),
    ...featureProblems(featuresOf(config)),
    ...nodeAddressProblems(config.nodeIp),
    ...choiceProblems({ enabled: config.enableAdmissionPlugins, disabled: config.disableAdmissionPlugins }),
  ];
}

function hasOidcFlags(config: OidcConfig): boolean {
  const { oidcIssuerUrl, oidcClientId, oidcCaFile, oidcGroupsClaim, oidcGroupsPrefix } = config;
  const { oidcUsernameClaim, oidcUsernamePrefix, oidcRequiredClaims } = config;
  const texts = [oidcIssuerUrl, oidcClientId, oidcCaFile, oidcGroupsClaim, oidcGroupsPrefix];
  return (
    [...texts, oidcUsernamePrefix].some((text) => text !== "") ||
    oidcUsernameClaim !== "sub" ||
    oidcRequiredClaims.length > 0
  );
}

function networkProblems(config: ServerConfig): readonly string[] {
  const { clusterCidr, serviceCidr, clusterDns, nodeCidrMaskSizeIPv4, nodeCidrMaskSizeIPv6 } = config;
  const [clusters, services] = [parseCIDRs(clusterCidr), parseCIDRs(serviceCidr)];
  if (clusters === undefined || services === undefined) return [];
  const dns = clusterDns === "" ? [] : clusterDns.split(",").map((text) => parseIP(text));
  const smallestCluster = { 4: nodeCidrMaskSizeIPv4, 6: nodeCidrMaskSizeIPv6 };
  return [
    ...clusters.flatMap((cluster) => tooSmall("--cluster-cidr", cluster, smallestCluster)),
    ...services.flatMap((service) => tooSmall("--service-cidr", service, SMALLEST_SERVICE_PREFIX)),
    ...(clusters.some((cluster) => services.some((service) => overlaps(cluster, service)))
      ? [
          `The networks of --cluster-cidr ${clusterCidr} and --service-cidr ${serviceCidr} overlap: give two that do not`,
        ]
      : []),
    ...(familiesOf(clusters) === familiesOf(services)
      ? []
      : [
          `The networks of --cluster-cidr ${clusterCidr} and --service-cidr ${serviceCidr} are of different families: give both the same ones in the same order`,
        ]),
    ...(dns.every((address) => services.some((service) => address && containsIP(service, address)))
      ? []
      : [
          `The address of --cluster-dns ${clusterDns} is outside --service-cidr ${serviceCidr}: give one inside`,
        ]),
  ];
}

function tooSmall(
  flag: string,
  range: CIDR,
  smallest: Readonly<Record<IPFamily, number>>,
): readonly string[] {
  const prefix = smallest[range.base.family];
  if (range.prefixLength <= prefix) return [];
  return [`The network of ${flag} ${formatCIDR(range)} is too small: give at least a /${String(prefix)}`];
}

function familiesOf(ranges: readonly CIDR[]): string {
  return ranges.map(({ base }) => base.family).join();
}

/** The address becomes the endpoint of the Service `kubernetes`, through which pods reach the API. */
function nodeAddressProblems(nodeIp: string): readonly string[] {
  return validateEndpointIp(nodeIp, "").map(
    ({ message }) =>
      `The address of --node-ip ${nodeIp} cannot be used: ${message.replace(/^.*?: .*?: /, "")}; give one that other hosts reach`,
  );
}
