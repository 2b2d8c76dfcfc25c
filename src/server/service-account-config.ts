/** Whose tokens service accounts have, for whom and for how long. */
export interface ServiceAccountConfig {
  /** The first issues tokens, those of all are good; none for the cluster's own. */
  readonly serviceAccountIssuers: readonly string[];
  /** Names of the API server; none for the issuers. */
  readonly apiAudiences: readonly string[];
  /** File with the private key that signs; empty for the server's own. */
  readonly serviceAccountSigningKeyFile: string;
  /** Files with keys whose tokens are good besides those of the one that signs; none for the server's own. */
  readonly serviceAccountKeyFiles: readonly string[];
  /** Where others find the keys that verify tokens; empty for this server. */
  readonly serviceAccountJwksUri: string;
  /** How long a token is good at most; undefined for no limit. */
  readonly serviceAccountMaxTokenExpirationMs: number | undefined;
  /** Whether tokens that are mounted into pods live for a year, for clients that do not read them again. */
  readonly serviceAccountExtendTokenExpiration: boolean;
}
