import { notAcceptable } from "#apimachinery/status-error.ts";
import { admits, type MediaType, parseAccept } from "./media-type.ts";

export const JSON_TYPE = "application/json";
export const YAML_TYPE = "application/yaml";

/** In order of preference, and as messages list them. */
export const SUPPORTED_TYPES: readonly string[] = [JSON_TYPE, YAML_TYPE];

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

/** Which clauses can be served; watches and lists of resources can be transformed, other documents cannot. */
export interface OutputRestrictions {
  readonly transforms: boolean;
  readonly types: readonly string[];
}

/** Programs of people, for whom answers are indented. */
const READERS = /^(curl|Wget|Mozilla\/5\.0)/;

const TRANSFORMS: readonly string[] = ["Table", "PartialObjectMetadata", "PartialObjectMetadataList"];

/**
 * Chooses the format of an answer (apiserver `pkg/endpoints/handlers/negotiation`). Throws NotAcceptable when
 * the client accepts nothing that can be written.
 */
export function negotiateOutput(
  wishes: OutputWishes,
  { transforms, types }: OutputRestrictions = { transforms: true, types: SUPPORTED_TYPES },
): OutputFormat {
  const pretty = isPretty(wishes);
  const [preferred = JSON_TYPE] = types;
  const { accept = "" } = wishes;
  // What most clients say is understood without parsing it.
  if (accept === "" || accept === "*/*" || accept === preferred) return { mediaType: preferred, pretty };
  for (const clause of parseAccept(accept)) {
    const format = formatOf(clause, { transforms, types });
    if (format !== undefined) return { ...format, pretty: pretty || format.pretty };
  }
  throw notAcceptable(`only the following media types are accepted: ${types.join(", ")}`);
}

/** The format that a clause asks for; undefined when it cannot be served. */
function formatOf(clause: MediaType, { transforms, types }: OutputRestrictions): OutputFormat | undefined {
  const mediaType = types.find((name) => admits(clause, name));
  const transform = transformOf(clause);
  if (mediaType === undefined || transform === "unknown" || isOtherStream(clause)) return undefined;
  if (transform !== undefined && !transforms) return undefined;
  return { mediaType, pretty: clause.parameters["pretty"] === "1", ...(transform && { transform }) };
}

function transformOf({ parameters }: MediaType): Transform | "unknown" | undefined {
  const { as: kind, g: group, v: version } = parameters;
  if (kind === undefined && group === undefined && version === undefined) return undefined;
  const isKnown =
    TRANSFORMS.includes(kind ?? "") && group === "meta.k8s.io" && (version === "v1" || version === "v1beta1");
  return isKnown ? { kind: kind as Transform["kind"], version } : "unknown";
}

/** `stream=watch` asks for nothing more than a watch is anyway. */
function isOtherStream({ parameters }: MediaType): boolean {
  const stream = parameters["stream"] ?? "";
  return stream !== "" && stream !== "watch";
}

function isPretty({ pretty, userAgent }: OutputWishes): boolean {
  if (pretty !== null && pretty !== "") return ["1", "t", "T", "true", "TRUE", "True"].includes(pretty);
  return userAgent !== undefined && READERS.test(userAgent);
}
