interface UnusableValue {
  readonly flag: string;
  readonly value: string;
  /** What is wrong with it, in the server's words. */
  readonly says: string;
}

const NETWORKS =
  "must be a network, such as 10.42.0.0/16, or one of each family, such as 10.42.0.0/16,fd42::/56";

/** Settings whose value may be any text. */
export const ANY_TEXT = [
  "api-audiences",
  "disable-admission-plugins",
  "enable-admission-plugins",
  "oidc-client-id",
  "oidc-groups-claim",
  "oidc-groups-prefix",
  "oidc-username-claim",
  "oidc-username-prefix",
  "requestheader-allowed-names",
  "service-account-issuer",
];

/** Settings whose value is a path. */
const FILES = [
  "token-auth-file",
  "authentication-config",
  "encryption-provider-config",
  "requestheader-client-ca-file",
  "service-account-key-file",
  "service-account-signing-key-file",
  "admission-control-config-file",
  "oidc-ca-file",
  "authorization-policy-file",
  "authorization-webhook-config-file",
  "audit-policy-file",
];

/** Settings of how many there are at most. */
const COUNTS = [
  "audit-log-batch-buffer-size",
  "audit-log-batch-max-size",
  "audit-log-batch-throttle-burst",
  "audit-log-batch-throttle-qps",
  "audit-log-truncate-max-batch-size",
  "audit-log-truncate-max-event-size",
  "audit-webhook-batch-max-size",
  "audit-webhook-batch-throttle-burst",
  "audit-webhook-truncate-max-batch-size",
  "audit-webhook-truncate-max-event-size",
];

/** Settings that are on or off. */
const SWITCHES = [
  "audit-log-batch-throttle-enable",
  "audit-log-truncate-enabled",
  "audit-webhook-truncate-enabled",
];

/** A value that no flag of its name takes, and why. */
export const UNUSABLE_VALUES: readonly UnusableValue[] = [
  { flag: "data-dir", value: "relative", says: "must be an absolute path" },
  { flag: "bind-address", value: "localhost", says: "must be an IP address" },
  { flag: "https-listen-port", value: "65536", says: "must be a port between 1 and 65535" },
  { flag: "tls-san", value: "not_a_name", says: "must be a DNS name in lower case or an IP address" },
  { flag: "cluster-cidr", value: "10.42.0.0", says: NETWORKS },
  { flag: "node-cidr-mask-size-ipv4", value: "31", says: "must be a prefix length between 1 and 30" },
  { flag: "node-cidr-mask-size-ipv6", value: "none", says: "must be a prefix length between 1 and 126" },
  { flag: "service-cidr", value: "fd00::/64,fd01::/64", says: NETWORKS },
  {
    flag: "service-node-port-range",
    value: "32767-30000",
    says: "must be two ports joined by a dash, such as 30000-32767",
  },
  { flag: "cluster-dns", value: "dns", says: "must be an IP address" },
  {
    flag: "cluster-domain",
    value: "bad..name",
    says: "must be a DNS name of lower case letters, digits, dashes and dots",
  },
  { flag: "write-kubeconfig", value: "", says: "must be an absolute path" },
  { flag: "write-kubeconfig-mode", value: "888", says: "must be three octal digits, such as 600" },
  { flag: "disable-agent", value: "maybe", says: "must be true or false" },
  {
    flag: "token",
    value: "two words",
    says: "must be a token such as K10<hash>::server:<secret>, from <data-dir>/server/token on the server or from kubelith token create",
  },
  {
    flag: "agent-token",
    value: "abcdef.0123456789abcdef",
    says: "must not look like a bootstrap token",
  },
  {
    flag: "feature-gates",
    value: "PodCertificateRequest=true",
    says: "unrecognized feature gate: PodCertificateRequest",
  },
  { flag: "runtime-config", value: "v1=true", says: "runtime-config invalid key v1" },
  { flag: "anonymous-auth", value: "perhaps", says: "must be true or false" },
  {
    flag: "oidc-issuer-url",
    value: "http://issuer.example",
    says: "must be a URL that begins with https://",
  },
  {
    flag: "oidc-required-claim",
    value: "tenant",
    says: "must be a claim and its value, such as tenant=acme",
  },
  { flag: "oidc-signing-algs", value: "HS256", says: "must be an algorithm such as RS256 or ES256" },
  {
    flag: "authentication-token-webhook-config-file",
    value: "webhook.yaml",
    says: "must be an absolute path",
  },
  ...FILES.map((flag) => ({ flag, value: "file", says: "must be an absolute path" })),
  ...COUNTS.map((flag) => ({ flag, value: "0", says: "must be a number above zero" })),
  ...SWITCHES.map((flag) => ({ flag, value: "on", says: "must be true or false" })),
  { flag: "audit-log-batch-max-wait", value: "soon", says: "must be a duration such as 24h, or 0" },
  { flag: "audit-webhook-mode", value: "never", says: "must be batch or blocking or blocking-strict" },
  { flag: "audit-webhook-version", value: "v1", says: "must be audit.k8s.io/v1" },
  { flag: "service-account-extend-token-expiration", value: "1h", says: "must be true or false" },
  {
    flag: "service-account-jwks-uri",
    value: "http://keys.example.com",
    says: "must be a URL that begins with https://",
  },
  {
    flag: "service-account-max-token-expiration",
    value: "59m",
    says: "must be between 1 hour and 2^32 seconds",
  },
  { flag: "authorization-config", value: "authorization.yaml", says: "must be an absolute path" },
  ...["username-headers", "uid-headers", "group-headers", "extra-headers-prefix"].map((each) => ({
    flag: `requestheader-${each}`,
    value: "X Remote",
    says: "must be the name of a header, such as X-Remote-User",
  })),
  {
    flag: "authorization-mode",
    value: "Role",
    says: "must be one of AlwaysAllow, AlwaysDeny, ABAC, Webhook, RBAC, Node",
  },
  { flag: "authorization-webhook-version", value: "v2", says: "must be v1 or v1beta1" },
  {
    flag: "authorization-webhook-cache-authorized-ttl",
    value: "long",
    says: "must be a duration such as 24h, or 0",
  },
  {
    flag: "authorization-webhook-cache-unauthorized-ttl",
    value: "-1s",
    says: "must be a duration such as 24h, or 0",
  },
  { flag: "audit-log-path", value: "audit.log", says: "must be an absolute path, or -" },
  { flag: "audit-log-maxage", value: "-1", says: "must be a number that is not negative" },
  { flag: "audit-log-maxbackup", value: "all", says: "must be a number that is not negative" },
  { flag: "audit-log-maxsize", value: "10M", says: "must be a number that is not negative" },
  { flag: "audit-log-compress", value: "gzip", says: "must be true or false" },
  { flag: "audit-log-format", value: "text", says: "must be legacy or json" },
  { flag: "audit-log-mode", value: "never", says: "must be batch or blocking or blocking-strict" },
  { flag: "audit-log-version", value: "audit.k8s.io/v1beta1", says: "must be audit.k8s.io/v1" },
  { flag: "audit-webhook-config-file", value: "webhook.yaml", says: "must be an absolute path" },
  {
    flag: "audit-webhook-initial-backoff",
    value: "10",
    says: "must be a duration above zero, such as 1m30s",
  },
  { flag: "audit-webhook-batch-buffer-size", value: "0", says: "must be a number above zero" },
  {
    flag: "audit-webhook-batch-max-wait",
    value: "30",
    says: "must be a duration such as 24h, or 0",
  },
  { flag: "audit-webhook-batch-throttle-qps", value: "-1.5", says: "must be a number above zero" },
  { flag: "audit-webhook-batch-throttle-enable", value: "perhaps", says: "must be true or false" },
  {
    flag: "cluster-signing-duration",
    value: "1y",
    says: "must be a duration above zero, such as 1m30s",
  },
  {
    flag: "legacy-service-account-token-clean-up-period",
    value: "0",
    says: "must be a duration above zero, such as 1m30s",
  },
  { flag: "max-requests-inflight", value: "-1", says: "must be a number that is not negative" },
  { flag: "max-mutating-requests-inflight", value: "many", says: "must be a number that is not negative" },
  { flag: "enable-priority-and-fairness", value: "perhaps", says: "must be true or false" },
  { flag: "request-timeout", value: "0s", says: "must be a duration above zero, such as 1m30s" },
  { flag: "min-request-timeout", value: "30m", says: "must be a number of seconds" },
  {
    flag: "node-name",
    value: "Bad_Name",
    says: "must be a DNS name of lower case letters, digits, dashes and dots",
  },
  { flag: "node-ip", value: "1.2.3", says: "must be an IP address" },
  { flag: "network-backend", value: "wireguard", says: "must be one of vxlan, host-gw, none, cni" },
  {
    flag: "network-interface",
    value: "no such link",
    says: "must be the name of a network interface, such as eth0",
  },
  { flag: "cni-conf-dir", value: "net.d", says: "must be an absolute path" },
  { flag: "cni-bin-dir", value: "bin", says: "must be an absolute path" },
  { flag: "proxy-mode", value: "ipvs", says: "must be nftables or iptables" },
  {
    flag: "nodeport-addresses",
    value: "10.0.0.1",
    says: "must be a network, such as 10.0.0.0/8, or primary",
  },
  { flag: "node-external-ip", value: "outside", says: "must be an IP address" },
  { flag: "node-label", value: "-=x", says: "must be a label such as disk=ssd" },
  {
    flag: "node-taint",
    value: "disk=slow",
    says: "must be a taint such as disk=slow:NoSchedule, with one of NoSchedule, PreferNoSchedule, NoExecute",
  },
  { flag: "resolv-conf", value: "resolv.conf", says: "must be an absolute path" },
  {
    flag: "kubelet-arg",
    value: "no-such=1",
    says: "must be a flag of the kubelet, such as max-pods=50: unknown flag --no-such",
  },
  {
    flag: "kube-proxy-arg",
    value: "ipvs-scheduler=rr",
    says: "must not be given: there is no proxy mode ipvs",
  },
  {
    flag: "container-runtime-endpoint",
    value: "/var/run/docker.sock",
    says: "must be the URL of a socket, such as unix:///var/run/docker.sock",
  },
];
