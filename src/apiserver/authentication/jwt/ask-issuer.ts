import type { Clock } from "#base/clock.ts";
import type { Issuer } from "./authentication-configuration.ts";

const TIMEOUT_MS = 30_000;

interface IssuerRequest {
  readonly url: string;
  readonly headers?: Headers;
}

/** Gets what an issuer has under an address; who answers must be whom the configuration trusts. */
export async function askIssuer(
  { certificateAuthority = "" }: Pick<Issuer, "certificateAuthority">,
  { url, headers = new Headers() }: IssuerRequest,
  { clock }: { readonly clock: Pick<Clock, "after"> },
): Promise<Response> {
  const limit = new AbortController();
  using _timer = clock.after(TIMEOUT_MS, () => limit.abort(new Error("timeout")));
  return await fetch(url, {
    headers,
    signal: limit.signal,
    ...(certificateAuthority !== "" && { tls: { ca: certificateAuthority } }),
  });
}
