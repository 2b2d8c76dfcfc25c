import { createHash } from "node:crypto";
import { parseBootstrapToken } from "#api/core/v1/bootstrap-token.ts";
import { splitCertificates } from "#pki/inspect.ts";

/**
 * What lets a machine into a cluster. `K10<hash>::server:<secret>` is the server's own token, `…::node:<secret>` one for
 * agents alone, `…::<id>.<secret>` a bootstrap token; the hash is that of the authority whose servers may hear it.
 */
export interface JoinToken {
  /** SHA-256 of the authority's certificate in lower-case hexadecimal; undefined when it is not in the token. */
  readonly authorityHash: string | undefined;
  readonly user: TokenUser;
  readonly secret: string;
}

/** Whose secret it is; that of a bootstrap token has the id before it. */
export type TokenUser = "server" | "node" | "bootstrap";

const FULL = /^K10([0-9a-f]{64})::(.+)$/;
/** What can be written into a file, a header and the environment without quoting. */
const SECRET = /^[\x21-\x7e]+$/;

/** Throws a RangeError that says what a token must be. A secret without a user is that of an agent. */
export function parseJoinToken(text: string): JoinToken {
  const [, authorityHash, rest = text] = FULL.exec(text) ?? [];
  if (authorityHash === undefined && (text.startsWith("K10") || text.includes("::"))) throw malformed();
  if (parseBootstrapToken(rest) !== undefined) return { authorityHash, user: "bootstrap", secret: rest };
  const colon = rest.indexOf(":");
  const user = colon < 0 ? "node" : rest.slice(0, colon);
  const secret = rest.slice(colon + 1);
  if ((user !== "server" && user !== "node") || !SECRET.test(secret)) throw malformed();
  return { authorityHash, user, secret };
}

export function formatJoinToken({ authorityHash, user, secret }: JoinToken): string {
  const own = user === "bootstrap" ? secret : `${user}:${secret}`;
  return authorityHash === undefined ? own : `K10${authorityHash}::${own}`;
}

/** Of the authority's certificate in PEM, as `sha256sum` computes it of the file; what is behind it does not count. */
export function hashAuthority(pem: string): string {
  const [certificate = pem] = splitCertificates(pem);
  return createHash("sha256").update(certificate).digest("hex");
}

function malformed(): RangeError {
  return new RangeError(
    "must be a token such as K10<hash>::server:<secret>, from <data-dir>/server/token on the server or from kubelith token create",
  );
}
