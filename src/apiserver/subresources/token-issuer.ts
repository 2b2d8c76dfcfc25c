/** Signs tokens of service accounts. */
export interface TokenIssuer {
  /** Those who accept a token that names nobody: the API server's own names. */
  readonly audiences: readonly string[];
  readonly lifetimes: TokenLifetimes;
  issue(identity: BoundIdentity, options: TokenOptions): Promise<string>;
}

export interface TokenLifetimes {
  /** Who asks for more gets this; undefined for no limit. */
  readonly maxSeconds: number | undefined;
  /** Whether tokens that are mounted into pods live for a year, for clients that do not read them again. */
  readonly extendsMounted: boolean;
}

/** What kube-apiserver does by itself. */
export const DEFAULT_LIFETIMES: TokenLifetimes = { maxSeconds: undefined, extendsMounted: true };

/** Whose a token is, and what it is bound to: it is void when one of them has gone. */
export interface BoundIdentity {
  readonly namespace: string;
  readonly serviceaccount: ObjectIdentity;
  readonly pod?: ObjectIdentity;
  readonly secret?: ObjectIdentity;
  /** Of a token bound to a pod, the node that runs the pod, for information. */
  readonly node?: ObjectIdentity;
  /** Seconds since the epoch: when a token that lives longer than was asked for should have been replaced. */
  readonly warnafter?: number;
}

export interface ObjectIdentity {
  readonly name: string;
  /** Absent for a node that is not there. */
  readonly uid?: string;
}

export interface TokenOptions {
  /** By which the token is known where it is used (`jti`). */
  readonly id: string;
  readonly audiences: readonly string[];
  /** Milliseconds since the epoch. */
  readonly issuedAt: number;
  readonly expiresAt: number;
}
