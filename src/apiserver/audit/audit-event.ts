import type { Status } from "#apimachinery/generated/meta-v1.ts";
import { formatMicroTime } from "#apimachinery/time.ts";
import type { UserInfo } from "#apimachinery/user.ts";
import type { Level, Stage } from "./audit-policy.ts";

/** What is recorded of one request at one stage. */
export interface AuditEvent {
  readonly level: Level;
  readonly auditID: string;
  readonly stage: Stage;
  readonly requestURI: string;
  readonly verb: string;
  /** Undefined for who could not be authenticated. */
  readonly user: UserInfo | undefined;
  readonly impersonatedUser?: UserInfo | undefined;
  readonly sourceIPs: readonly string[];
  readonly userAgent: string;
  readonly objectRef?: ObjectReference | undefined;
  readonly responseStatus?: Partial<Status> | undefined;
  /** JSON, as the next one. */
  readonly requestObject?: string | undefined;
  readonly responseObject?: string | undefined;
  /** Milliseconds since the epoch, as the next one. */
  readonly requestReceivedTimestamp: number;
  readonly stageTimestamp: number;
  readonly annotations: ReadonlyMap<string, string>;
}

/** What a request is about, as far as that is known. */
export interface ObjectReference {
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly apiGroup: string;
  readonly apiVersion: string;
  readonly resourceVersion: string;
  readonly subresource: string;
}

/** An Event of audit.k8s.io/v1 as a line of JSON: its fields are in upstream's order, and empty ones left out. */
export function formatAuditEvent(event: AuditEvent): string {
  return `{"kind":"Event","apiVersion":"audit.k8s.io/v1",${formatFields(event)}}\n`;
}

/** The same as an item of an EventList, where its kind goes without saying. */
export function formatListItem(event: AuditEvent): string {
  return `{${formatFields(event)}}`;
}

function formatFields(event: AuditEvent): string {
  const { user, impersonatedUser, sourceIPs, userAgent, objectRef, responseStatus } = event;
  const fields: readonly (readonly [name: string, json: string | undefined])[] = [
    ["level", JSON.stringify(event.level)],
    ["auditID", JSON.stringify(event.auditID)],
    ["stage", JSON.stringify(event.stage)],
    ["requestURI", JSON.stringify(event.requestURI)],
    ["verb", JSON.stringify(event.verb)],
    ["user", JSON.stringify(user === undefined ? {} : userOf(user))],
    ["impersonatedUser", impersonatedUser && JSON.stringify(userOf(impersonatedUser))],
    ["sourceIPs", sourceIPs.length === 0 ? undefined : JSON.stringify(sourceIPs)],
    ["userAgent", userAgent === "" ? undefined : JSON.stringify(userAgent)],
    ["objectRef", objectRef && JSON.stringify(referenceOf(objectRef))],
    ["responseStatus", responseStatus && JSON.stringify(statusOf(responseStatus))],
    ["requestObject", event.requestObject],
    ["responseObject", event.responseObject],
    ["requestReceivedTimestamp", JSON.stringify(formatMicroTime(event.requestReceivedTimestamp))],
    ["stageTimestamp", JSON.stringify(formatMicroTime(event.stageTimestamp))],
    ["annotations", annotationsOf(event.annotations)],
  ];
  const texts = fields.flatMap(([name, json]) => (json === undefined ? [] : [`"${name}":${json}`]));
  return escapeAsGo(texts.join(","));
}

/** Go's JSON has no character that HTML or JavaScript could take for their own; all of them can only be in texts. */
function escapeAsGo(json: string): string {
  return json.replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function userOf({ name, uid = "", groups, extra = {} }: UserInfo): object {
  return {
    ...(name !== "" && { username: name }),
    ...(uid !== "" && { uid }),
    ...(groups.length > 0 && { groups }),
    ...(Object.keys(extra).length > 0 && { extra: sorted(Object.entries(extra)) }),
  };
}

function referenceOf(reference: ObjectReference): object {
  const { resource, namespace, name, uid, apiGroup, apiVersion, resourceVersion, subresource } = reference;
  return {
    resource: resource || undefined,
    namespace: namespace || undefined,
    name: name || undefined,
    uid: uid || undefined,
    apiGroup: apiGroup || undefined,
    apiVersion: apiVersion || undefined,
    resourceVersion: resourceVersion || undefined,
    subresource: subresource || undefined,
  };
}

function statusOf({ status, message, reason, details, code }: Partial<Status>): object {
  return { metadata: {}, status, message: message || undefined, reason, details, code };
}

function annotationsOf(annotations: ReadonlyMap<string, string>): string | undefined {
  return annotations.size === 0 ? undefined : JSON.stringify(sorted([...annotations]));
}

function sorted<T>(entries: readonly (readonly [string, T])[]): Readonly<Record<string, T>> {
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
