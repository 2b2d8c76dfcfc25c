import type { AgentConfig } from "#agent/config.ts";
import type { AuditConfig } from "./audit-config.ts";
import type { AuthorizationConfig } from "./authorization-config.ts";
import type { FeatureConfig } from "./feature-config.ts";
import type { ServiceAccountConfig } from "./service-account-config.ts";

/** Everything a user can decide about `kubelith server`; made from flags, environment and config file by the CLI. */
export interface ServerConfig
  extends AgentConfig,
    AdmissionConfig,
    AuditConfig,
    AuthorizationConfig,
    FeatureConfig,
    OidcConfig,
    RequestHeaderConfig,
    ServiceAccountConfig {
  readonly bindAddress: string;
  readonly httpsListenPort: number;
  /** Extra host names and addresses for the serving certificate. */
  readonly tlsSan: readonly string[];
  /** Prefix lengths of the range that each node gets of the cluster's. */
  readonly nodeCidrMaskSizeIPv4: number;
  readonly nodeCidrMaskSizeIPv6: number;
  readonly serviceNodePortRange: PortRange;
  readonly writeKubeconfig: string;
  /** Permission bits. */
  readonly writeKubeconfigMode: number;
  readonly disableAgent: boolean;
  /** The token that lets machines in; empty for the one that was made at the first start. */
  readonly token: string;
  /** A second one for agents alone; empty for none. */
  readonly agentToken: string;
  /** File with an AuthenticationConfiguration; empty for none. */
  readonly authenticationConfig: string;
  /** Whether requests without credentials are those of an anonymous user; undefined: what is public alone. */
  readonly anonymousAuth: boolean | undefined;
  /** File with tokens and their users; empty for none. */
  readonly tokenAuthFile: string;
  /** Kubeconfig file that says whom to ask for the owners of tokens; empty for nobody. */
  readonly authenticationTokenWebhookConfigFile: string;
  /** File with the keys that values are encrypted with on the disk; empty for the server's own. */
  readonly encryptionProviderConfig: string;
  /** How long certificates are good that nodes are given. */
  readonly clusterSigningDurationMs: number;
  /** How long the token of a Secret may be unused that was made for a service account. */
  readonly legacyServiceAccountTokenCleanUpPeriodMs: number;
  /** Seats for requests that read, and for requests that change something; divided anew by priority and fairness. */
  readonly maxRequestsInflight: number;
  readonly maxMutatingRequestsInflight: number;
  readonly enablePriorityAndFairness: boolean;
  /** How long a request may take that is not long-running. */
  readonly requestTimeoutMs: number;
  /** Watches without a timeout end after one to two times this. */
  readonly minRequestTimeoutMs: number;
}

/** Which admission plugins there are. */
export interface AdmissionConfig {
  /** File with what plugins are to know; empty for none. */
  readonly admissionControlConfigFile: string;
  /** Names of those that are off by default, and of those that are on. */
  readonly enableAdmissionPlugins: readonly string[];
  readonly disableAdmissionPlugins: readonly string[];
}

/** Whose tokens of OpenID Connect the API server takes. */
export interface OidcConfig {
  /** Empty for nobody's. */
  readonly oidcIssuerUrl: string;
  readonly oidcClientId: string;
  readonly oidcUsernameClaim: string;
  /** Empty for the issuer and `#`, or nothing where the claim is `email`; `-` for nothing. */
  readonly oidcUsernamePrefix: string;
  readonly oidcGroupsClaim: string;
  readonly oidcGroupsPrefix: string;
  /** Each as `claim=value`. */
  readonly oidcRequiredClaims: readonly string[];
  /** Empty for the authorities that the host trusts. */
  readonly oidcCaFile: string;
  readonly oidcSigningAlgs: readonly string[];
}

/** Who may say whose a request is, and in which headers; upstream's `RequestHeaderAuthenticationOptions`. */
export interface RequestHeaderConfig {
  /** File with the authorities of front proxies besides the server's own; empty for none. */
  readonly requestheaderClientCaFile: string;
  /** Common names of the certificates of front proxies; none for any. */
  readonly requestheaderAllowedNames: readonly string[];
  readonly requestheaderUsernameHeaders: readonly string[];
  readonly requestheaderUidHeaders: readonly string[];
  readonly requestheaderGroupHeaders: readonly string[];
  readonly requestheaderExtraHeadersPrefix: readonly string[];
}

/** Both ends are included. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}
