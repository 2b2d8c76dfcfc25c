import { formatApiVersion } from "#apimachinery/meta.ts";
import type { UserInfo } from "#apimachinery/user.ts";
import type { Clock } from "#base/clock.ts";
import { AGGREGATOR } from "../aggregator-user.ts";
import { groupVersionOf } from "../api-services.ts";
import { fetchDocument } from "../fetch-document.ts";
import type { RemoteService } from "../remote-services.ts";
import { type RemoteResources, readAggregated, readResourceList } from "./read-discovery.ts";

/** What one extension server serves under several group versions, and how the document was called. */
export interface ServerDocument {
  readonly etag: string;
  readonly versions: ReadonlyMap<string, RemoteResources>;
}

export interface FetchedDiscovery {
  /** What the server has under the group version; undefined when it does not mention it. */
  readonly resources: RemoteResources | undefined;
  /** Holds for other group versions of the same server too; absent when only one could be asked for. */
  readonly document?: ServerDocument;
}

interface FetchContext {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const KIND = "application/json;g=apidiscovery.k8s.io;as=APIGroupDiscoveryList";
const ACCEPT_AGGREGATED = `${KIND};v=v2,${KIND};v=v2beta1`;
const TIMEOUT_MS = 5000;

/** As whom the old document is asked for. */
const READER: UserInfo = { name: AGGREGATOR.name, groups: [] };

/** Asks an extension server for its discovery, in the newest form that it knows. Rejects when it does not answer. */
export async function fetchDiscovery(
  remote: RemoteService,
  known: ServerDocument | undefined,
  context: FetchContext,
): Promise<FetchedDiscovery> {
  const apiVersion = formatApiVersion(groupVersionOf(remote.apiService.metadata.name));
  const fetched = await fetchDocument(
    remote,
    {
      path: "/apis",
      accept: ACCEPT_AGGREGATED,
      ...(known && { etag: known.etag }),
      user: AGGREGATOR,
      timeoutMs: TIMEOUT_MS,
    },
    context,
  );
  const { code, contentType, etag, text } = fetched;
  if (code === 304 && known !== undefined)
    return { resources: known.versions.get(apiVersion), document: known };
  if (code === 503) throw new Error(`service ${remote.host} returned non-success response code: 503`);
  if (code !== 200 || !isAggregated(contentType)) return await fetchResourceList(remote, apiVersion, context);
  const versions = readAggregated(text);
  return { resources: versions.get(apiVersion), document: { etag, versions } };
}

async function fetchResourceList(
  remote: RemoteService,
  apiVersion: string,
  context: FetchContext,
): Promise<FetchedDiscovery> {
  const path = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const request = { path, accept: "application/json", user: READER, timeoutMs: TIMEOUT_MS };
  const { code, text } = await fetchDocument(remote, request, context);
  if (code !== 200) throw new Error(`failed to download legacy discovery for ${path}: ${text}`);
  return { resources: readResourceList(text) };
}

function isAggregated(contentType: string): boolean {
  const parameters = contentType.split(";").map((parameter) => parameter.trim());
  return parameters.includes("as=APIGroupDiscoveryList") && parameters.includes("g=apidiscovery.k8s.io");
}
