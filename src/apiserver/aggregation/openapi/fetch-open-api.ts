import { createHash } from "node:crypto";
import type { UserInfo } from "#apimachinery/user.ts";
import type { Clock } from "#base/clock.ts";
import { filterPaths } from "../../openapi/merge/filter-paths.ts";
import { readV2Spec, type V2Spec } from "../../openapi/merge/v2-spec.ts";
import { groupVersionOf } from "../api-services.ts";
import { fetchDocument } from "../fetch-document.ts";
import type { RemoteService } from "../remote-services.ts";

/** What an extension server says of the types of one group version. */
export interface FetchedOpenApi {
  /** Absent for a server that does not know OpenAPI v2. */
  readonly v2?: FetchedV2;
  /** The documents of OpenAPI v3 by their paths; absent for a server that does not know it. */
  readonly v3?: ReadonlyMap<string, string>;
}

export interface FetchedV2 {
  /** What the server calls this version of its document; empty when it does not say. */
  readonly etag: string;
  /** Changes whenever the document does. */
  readonly hash: string;
  readonly spec: V2Spec;
}

interface FetchContext {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** As whom documents are asked for: without any right, as they are for everybody (kube-aggregator `aggregatorUser`). */
const READER: UserInfo = { name: "system:aggregator", groups: [] };
const TIMEOUT_MS = 60_000;

/** Asks for all documents anew. Rejects when one cannot be read. */
export async function fetchOpenApi(
  remote: RemoteService,
  known: FetchedOpenApi | undefined,
  context: FetchContext,
): Promise<FetchedOpenApi> {
  const [v2, v3] = await Promise.all([fetchV2(remote, known?.v2, context), fetchV3(remote, context)]);
  return { ...(v2 && { v2 }), ...(v3 && { v3 }) };
}

async function fetchV2(
  remote: RemoteService,
  known: FetchedV2 | undefined,
  context: FetchContext,
): Promise<FetchedV2 | undefined> {
  const request = { path: "/openapi/v2", accept: "application/json", user: READER, timeoutMs: TIMEOUT_MS };
  const etags = known && known.etag !== "" ? { etag: known.etag } : {};
  const { code, etag, text } = await fetchDocument(remote, { ...request, ...etags }, context);
  if (code === 304 && known !== undefined) return known;
  if (code === 404) return undefined;
  if (code !== 200) throw new Error(`failed to retrieve openAPI spec, http error: ${String(code)} ${text}`);
  const hash = createHash("sha512").update(text).digest("hex").toUpperCase();
  if (hash === known?.hash) return { ...known, etag };
  const { group, version } = groupVersionOf(remote.apiService.metadata.name);
  const spec = filterPaths(readV2Spec(text), (path) => path.startsWith(`/apis/${group}/${version}/`));
  return { etag, hash, spec };
}

async function fetchV3(
  remote: RemoteService,
  context: FetchContext,
): Promise<ReadonlyMap<string, string> | undefined> {
  const request = { path: "/openapi/v3", accept: "application/json", user: READER, timeoutMs: TIMEOUT_MS };
  const { code, text } = await fetchDocument(remote, request, context);
  if (code === 404) return undefined;
  if (code !== 200) throw new Error("Error, could not get list of group versions for APIService");
  const { paths = {} } = JSON.parse(text) as { readonly paths?: Readonly<Record<string, V3Entry>> };
  return new Map(Object.entries(paths).map(([path, { serverRelativeURL }]) => [path, serverRelativeURL]));
}

interface V3Entry {
  readonly serverRelativeURL: string;
}
