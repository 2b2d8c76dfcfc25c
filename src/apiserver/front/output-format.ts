import type { GroupVersionKind } from "#apimachinery/meta.ts";
import { notAcceptable } from "#apimachinery/status-error.ts";
import { type AcceptClause, admits, parseAccept } from "./media-type.ts";

export const JSON_TYPE = "application/json";
export const YAML_TYPE = "application/yaml";
export const PROTOBUF_TYPE = "application/vnd.kubernetes.protobuf";
export const CBOR_TYPE = "application/cbor";

/** What discovery is written in, in order of preference; messages list these for resources too. */
export const STANDARD_TYPES: readonly string[] = [JSON_TYPE, YAML_TYPE, PROTOBUF_TYPE];

/** What resources are written in. CBOR is not announced, because upstream has it only behind a feature gate. */
const RESOURCE_TYPES: readonly string[] = [...STANDARD_TYPES, CBOR_TYPE];

/** Whose watches can be streamed; YAML has no framing. */
export const STREAM_TYPES: readonly string[] = [JSON_TYPE, PROTOBUF_TYPE, CBOR_TYPE];

/** How an answer is to be written. */
export interface OutputFormat {
  readonly mediaType: string;
  readonly pretty: boolean;
  /** What the client wants instead of the object itself. */
  readonly transform?: Transform;
}

export interface Transform {
  readonly kind: "Table" | "PartialObjectMetadata" | "PartialObjectMetadataList";
  /** The version of group meta.k8s.io in which it is written. */
  readonly version: "v1" | "v1beta1";
}

export interface OutputWishes {
  readonly accept: string | undefined;
  readonly userAgent: string | undefined;
  /** The `pretty` query parameter. */
  readonly pretty: string | null;
}

/** What an exchange says of the format of its answer. */
export function outputWishes(exchange: {
  readonly query: URLSearchParams;
  header(name: string): string | undefined;
}): OutputWishes {
  return {
    accept: exchange.header("accept"),
    userAgent: exchange.header("user-agent"),
    pretty: exchange.query.get("pretty"),
  };
}

/** What can be had from a place (apiserver `negotiation.EndpointRestrictions`). */
export interface OutputRestrictions {
  /** In order of preference. */
  readonly types: readonly string[];
  /** Whether a media type is there for what is made of the document, or for itself where nothing is wanted instead. */
  readonly allows: (mediaType: string, instead: GroupVersionKind | undefined) => boolean;
  /** The version of the options of requests, which a clause may ask for. */
  readonly serverVersion?: string;
}

/** Documents that cannot be had as something else: errors, and discovery as it was before it was aggregated. */
export const PLAIN_DOCUMENTS: OutputRestrictions = {
  types: RESOURCE_TYPES,
  allows: (_mediaType, instead) => instead === undefined,
};

const TRANSFORMS: readonly Transform[] = (["v1", "v1beta1"] as const).flatMap((version) => [
  { kind: "Table", version },
  { kind: "PartialObjectMetadata", version },
  { kind: "PartialObjectMetadataList", version },
]);

function isAskedFor({ kind, version }: Transform, instead: GroupVersionKind): boolean {
  return instead.group === "meta.k8s.io" && instead.version === version && instead.kind === kind;
}

/** Objects, lists and watches of a resource. Custom resources have no protobuf form of their own. */
export function resourceDocuments({ builtIn }: { readonly builtIn: boolean }): OutputRestrictions {
  return builtIn ? BUILT_IN : CUSTOM;
}

const BUILT_IN = resourceRestrictions(() => true);
const CUSTOM = resourceRestrictions((mediaType) => mediaType !== PROTOBUF_TYPE);

function resourceRestrictions(allowsItself: (mediaType: string) => boolean): OutputRestrictions {
  return {
    types: RESOURCE_TYPES,
    allows: (mediaType, instead) => {
      if (instead === undefined) return allowsItself(mediaType);
      const transform = TRANSFORMS.find((each) => isAskedFor(each, instead));
      if (transform?.kind === "Table") return mediaType === JSON_TYPE || mediaType === YAML_TYPE;
      return transform !== undefined;
    },
    serverVersion: "v1",
  };
}

/**
 * Chooses the format of an answer (apiserver `pkg/endpoints/handlers/negotiation`). Throws NotAcceptable when
 * the client accepts nothing that can be written.
 */
export function negotiateOutput(
  wishes: OutputWishes,
  restrictions: OutputRestrictions = BUILT_IN,
): OutputFormat {
  const chosen = chooseType(wishes.accept, restrictions);
  if (chosen === undefined) throw notAcceptableTypes(STANDARD_TYPES);
  const { mediaType, parameters, instead } = chosen;
  const transform = instead && TRANSFORMS.find((each) => isAskedFor(each, instead));
  const pretty = parameters["pretty"] === "1" || isPretty(wishes);
  return { mediaType, pretty, ...(transform && { transform }) };
}

/** The error for a client that accepts nothing in which a watch can be streamed. */
export function notStreamable(): Error {
  const announced = STREAM_TYPES.filter((type) => STANDARD_TYPES.includes(type));
  return notAcceptableTypes(announced.map((type) => `${type};stream=watch`));
}

interface ChosenType {
  readonly mediaType: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly instead: GroupVersionKind | undefined;
}

/** The first clause that can be served, and the first media type that serves it. */
export function chooseType(
  accept: string | undefined,
  restrictions: OutputRestrictions,
): ChosenType | undefined {
  const [preferred = JSON_TYPE] = restrictions.types;
  // What most clients say is understood without parsing it.
  const isPlain = accept === preferred || accept === "*/*";
  if (accept === undefined || accept === "" || (isPlain && restrictions.allows(preferred, undefined))) {
    return { mediaType: preferred, parameters: {}, instead: undefined };
  }
  for (const clause of parseAccept(accept)) {
    const mediaType = restrictions.types.find((type) => isServed(clause, type, restrictions));
    if (mediaType !== undefined) {
      return { mediaType, parameters: clause.parameters, instead: insteadOf(clause) };
    }
  }
  return undefined;
}

function isServed(clause: AcceptClause, mediaType: string, restrictions: OutputRestrictions): boolean {
  if (!admits(clause, mediaType)) return false;
  const { stream = "", sv: serverVersion = "" } = clause.parameters;
  if (stream !== "" && (stream !== "watch" || !STREAM_TYPES.includes(mediaType))) return false;
  if (serverVersion !== "" && serverVersion !== restrictions.serverVersion) return false;
  return restrictions.allows(mediaType, insteadOf(clause));
}

/** The kind that a clause asks for instead of the document's own. */
function insteadOf({ parameters }: AcceptClause): GroupVersionKind | undefined {
  const { as: kind, g: group, v: version } = parameters;
  if (kind === undefined && group === undefined && version === undefined) return undefined;
  return { kind: kind ?? "", group: group ?? "", version: version ?? "" };
}

function notAcceptableTypes(types: readonly string[]): Error {
  return notAcceptable(`only the following media types are accepted: ${types.join(", ")}`);
}

/** Programs of people, for whom answers are indented. */
const READERS = /^(curl|Wget|Mozilla\/5\.0)/;

function isPretty({ pretty, userAgent }: OutputWishes): boolean {
  if (pretty !== null && pretty !== "") return ["1", "t", "T", "true", "TRUE", "True"].includes(pretty);
  return userAgent !== undefined && READERS.test(userAgent);
}
