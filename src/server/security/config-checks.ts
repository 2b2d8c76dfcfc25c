import { hostname } from "node:os";
import { proxySettingsOf } from "#agent/kube-proxy-args/parse-kube-proxy-arg.ts";
import { argsOf } from "#agent/kubelet-args/parse-kubelet-arg.ts";
import { AUTHENTICATED_GROUP } from "#apimachinery/user.ts";
import { type AuditPolicy, evaluatePolicy, includes } from "#apiserver/audit/audit-policy.ts";
import { readAuditPolicy } from "#apiserver/audit/read-audit-policy.ts";
import type { AuthorizationAttributes } from "#apiserver/authorization/authorizer.ts";
import type { ServerConfig } from "../config.ts";
import { type Finding, judged, type SecurityPoint } from "./finding.ts";

/** So many a second are the kubelet's default. */
const ENOUGH_EVENTS = 50;

type Check = SecurityPoint & { readonly judge: (config: ServerConfig) => string | undefined };

/** The longest that a request may take which is not to hold up others. */
const LONG_REQUEST_MS = 300_000;

const isEnabled = ({ enableAdmissionPlugins }: ServerConfig, plugin: string): boolean =>
  enableAdmissionPlugins.includes(plugin);

const auditLogProblem =
  (setting: "auditLogMaxage" | "auditLogMaxbackup" | "auditLogMaxsize", least: number) =>
  (config: ServerConfig): string | undefined => {
    if (config.auditLogPath === "") return "no audit log is written";
    const value = config[setting];
    // No limit keeps more than any.
    return value === 0 || value >= least ? undefined : `it is ${String(value)}, less than ${String(least)}`;
  };

const CHECKS: readonly Check[] = [
  {
    point: "1.2.2",
    subject: "no tokens are kept in a file",
    remedy: "give users an OpenID Connect provider instead of --token-auth-file",
    judge: ({ tokenAuthFile }) =>
      tokenAuthFile === "" ? undefined : `--token-auth-file is ${tokenAuthFile}`,
  },
  {
    point: "1.2.3",
    subject: "Services do not take external IPs",
    remedy: "--enable-admission-plugins DenyServiceExternalIPs, if nobody needs them",
    isManual: true,
    judge: (config) =>
      isEnabled(config, "DenyServiceExternalIPs")
        ? undefined
        : "whoever may write Services may take any address",
  },
  {
    point: "1.2.8",
    subject: "roles decide who may do what (RBAC)",
    remedy: "name RBAC in --authorization-mode or the authorization configuration",
    judge: ({ authorizationMode: modes, authorizationConfig: file }) =>
      file !== "" || modes.length === 0 || modes.includes("RBAC")
        ? undefined
        : "--authorization-mode has no RBAC",
  },
  {
    point: "1.2.9",
    subject: "events are limited (EventRateLimit)",
    remedy: "--enable-admission-plugins EventRateLimit, with limits in --admission-control-config-file",
    isManual: true,
    judge: (config) =>
      isEnabled(config, "EventRateLimit") ? undefined : "a client may write as many as it likes",
  },
  {
    point: "1.2.10",
    subject: "the admission plugin AlwaysAdmit is off",
    remedy: "remove it from --enable-admission-plugins",
    judge: (config) => (isEnabled(config, "AlwaysAdmit") ? "it is on" : undefined),
  },
  {
    point: "1.2.11",
    subject: "images are pulled for each pod (AlwaysPullImages)",
    remedy: "--enable-admission-plugins AlwaysPullImages, if images need credentials",
    isManual: true,
    judge: (config) =>
      isEnabled(config, "AlwaysPullImages")
        ? undefined
        : "a pod runs images of others without their credentials",
  },
  {
    point: "1.2.16",
    subject: "an audit log is written",
    remedy: "--audit-policy-file and --audit-log-path",
    judge: ({ auditLogPath, auditPolicyFile }) => {
      if (auditLogPath === "") return "--audit-log-path is not given";
      return auditPolicyFile === ""
        ? "--audit-policy-file is not given, so that nothing is recorded"
        : undefined;
    },
  },
  {
    point: "1.2.17",
    subject: "audit logs are kept for 30 days",
    remedy: "--audit-log-maxage 30",
    judge: auditLogProblem("auditLogMaxage", 30),
  },
  {
    point: "1.2.18",
    subject: "10 audit logs are kept",
    remedy: "--audit-log-maxbackup 10",
    judge: auditLogProblem("auditLogMaxbackup", 10),
  },
  {
    point: "1.2.19",
    subject: "an audit log has 100 megabytes",
    remedy: "--audit-log-maxsize 100",
    judge: auditLogProblem("auditLogMaxsize", 100),
  },
  {
    point: "1.2.20",
    subject: "requests end in time",
    remedy: "--request-timeout 1m0s",
    isManual: true,
    judge: ({ requestTimeoutMs }) =>
      requestTimeoutMs > LONG_REQUEST_MS
        ? `a request may take ${String(requestTimeoutMs / 1000)} seconds`
        : undefined,
  },
  {
    point: "3.1.1",
    subject: "users do not need client certificates",
    remedy:
      "give users an OpenID Connect provider, or another way than certificates, which cannot be revoked",
    isManual: true,
    judge: ({ oidcIssuerUrl, authenticationConfig, authenticationTokenWebhookConfigFile }) =>
      [oidcIssuerUrl, authenticationConfig, authenticationTokenWebhookConfigFile].every((text) => text === "")
        ? "there is no other way for them to log in"
        : undefined,
  },
  {
    point: "3.2.1",
    subject: "there is an audit policy",
    remedy: "--audit-policy-file",
    isManual: true,
    judge: ({ auditPolicyFile }) => (auditPolicyFile === "" ? "--audit-policy-file is not given" : undefined),
  },
  {
    point: "4.2.5",
    subject: "streams that nothing goes through end",
    remedy: "--kubelet-arg streaming-connection-idle-timeout=4h0m0s",
    isManual: true,
    judge: ({ kubeletArgs }) =>
      argsOf(kubeletArgs).streamingConnectionIdleTimeoutMs === 0 ? "they never end" : undefined,
  },
  {
    point: "4.2.7",
    subject: "the node has the name of its host",
    remedy: "leave out --node-name, if nothing else needs that name",
    isManual: true,
    judge: ({ nodeName }) => (nodeName === hostname().toLowerCase() ? undefined : `its name is ${nodeName}`),
  },
  {
    point: "4.2.8",
    subject: "events of the kubelet are not lost",
    remedy: "--kubelet-arg event-qps=50",
    isManual: true,
    judge: ({ kubeletArgs }) => {
      const { eventRecordQPS = ENOUGH_EVENTS } = argsOf(kubeletArgs);
      return eventRecordQPS >= ENOUGH_EVENTS
        ? undefined
        : `more than ${String(eventRecordQPS)} a second have to wait`;
    },
  },
  {
    point: "4.2.13",
    subject: "pods have a limit of processes",
    remedy: "--kubelet-arg pod-max-pids=4096",
    isManual: true,
    judge: ({ kubeletArgs }) =>
      (argsOf(kubeletArgs).podPidsLimit ?? -1) > 0 ? undefined : "a pod may have as many as the node",
  },
  {
    point: "4.2.14",
    subject: "containers have a seccomp profile by default",
    remedy:
      "--kubelet-arg seccomp-default=true, or require a profile with the level restricted of PodSecurity",
    isManual: true,
    judge: ({ kubeletArgs }) =>
      argsOf(kubeletArgs).seccompDefault === true ? undefined : "containers that name none are unconfined",
  },
  {
    point: "4.3.1",
    subject: "metrics of the service proxy are for the host alone",
    remedy: "leave out --kube-proxy-arg metrics-bind-address",
    judge: (config) => {
      const { metrics } = proxySettingsOf(config);
      return metrics === undefined || /^(127\.|::1$)/.test(metrics.address)
        ? undefined
        : `they are at ${metrics.address}`;
    },
  },
  {
    point: "5.3.1",
    subject: "the pod network knows NetworkPolicies",
    remedy: "--network-backend cni, with plugins that do",
    isManual: true,
    judge: ({ networkBackend }) =>
      networkBackend === "cni" ? "whether the CNI plugins do is up to them" : "that of the server does not",
  },
  {
    point: "5.5.1",
    subject: "images are admitted by where they are from",
    remedy: "let a validating webhook or policy look at images",
    isManual: true,
    judge: (config) => (isEnabled(config, "ImagePolicyWebhook") ? undefined : "ImagePolicyWebhook is not on"),
  },
];

/** What the settings alone tell. */
export async function checkConfig(config: ServerConfig): Promise<readonly Finding[]> {
  const findings = CHECKS.map((check) => judged(check, check.judge(config)));
  return [...findings, judged(POLICY, await policyProblem(config))];
}

const POLICY: SecurityPoint = {
  point: "3.2.2",
  subject: "the audit policy covers what matters",
  remedy: "record Secrets at the level Metadata, and changes of pods and ways into them at least so",
  isManual: true,
};

async function policyProblem({ auditPolicyFile: file }: ServerConfig): Promise<string | undefined> {
  if (file === "") return "there is none";
  const read = await readAuditPolicy(file);
  return typeof read === "string" ? `it cannot be used: ${read}` : problemOfPolicy(read.policy);
}

function requestFor(verb: string, resource: string, subresource: string): AuthorizationAttributes {
  const user = { name: "kubelith-check", groups: [AUTHENTICATED_GROUP] };
  const of = { group: "", version: "v1", resource, subresource, namespace: "default", name: "x" };
  return { type: "resource", user, verb, ...of };
}

/** The requests that the benchmark names. What is read of Secrets must not be in the log. */
export function problemOfPolicy(policy: AuditPolicy): string | undefined {
  const levelOf = (verb: string, resource: string, subresource = "") =>
    evaluatePolicy(policy, requestFor(verb, resource, subresource)).level;
  const secrets = levelOf("get", "secrets");
  if (secrets === "None") return "requests for Secrets are not recorded";
  if (secrets !== "Metadata") return `Secrets are recorded at the level ${secrets}, with what they hold`;
  const missing = (
    [
      ["create", "pods", ""],
      ["create", "pods", "exec"],
      ["create", "pods", "portforward"],
      ["get", "pods", "proxy"],
      ["get", "services", "proxy"],
    ] as const
  ).filter(([verb, resource, subresource]) => !includes(levelOf(verb, resource, subresource), "Metadata"));
  const names = missing.map(
    ([verb, resource, subresource]) => `${verb} ${[resource, subresource].join("/")}`,
  );
  return names.length === 0 ? undefined : `not recorded: ${names.join(", ").replaceAll(/\/(?=,|$)/g, "")}`;
}
