/** Which of its names a definition gets: those that no other of its group has (upstream pkg/controller/status). */
import { statusOf } from "#api/apiextensions/v1/definition-status.ts";
import type {
  CustomResourceDefinitionCondition,
  CustomResourceDefinitionNames,
} from "#api/generated/apiextensions-v1.ts";
import { quote } from "#apimachinery/go-text.ts";
import { equalJson } from "#apimachinery/json-value.ts";
import type { DefinitionOutline } from "./definition-outline.ts";

export interface NamesDecision {
  readonly acceptedNames: CustomResourceDefinitionNames;
  readonly condition: CustomResourceDefinitionCondition;
}

interface UsedNames {
  readonly resources: ReadonlySet<string>;
  readonly kinds: ReadonlySet<string>;
}

/** `group` are the definitions of the same group, this one included or not. */
export function acceptNames(
  definition: DefinitionOutline,
  group: readonly DefinitionOutline[],
): NamesDecision {
  const wanted = definition.spec.names;
  const accepted = statusOf(definition).acceptedNames;
  const used = usedNames(group);
  const problems = findProblems(wanted, accepted, used);
  const names: CustomResourceDefinitionNames = {
    ...accepted,
    ...(problems.PluralConflict === undefined && { plural: wanted.plural }),
    ...(problems.SingularConflict === undefined && optional("singular", wanted.singular)),
    ...(problems.ShortNamesConflict === undefined && optional("shortNames", wanted.shortNames)),
    ...(problems.KindConflict === undefined && { kind: wanted.kind }),
    ...(problems.ListKindConflict === undefined && optional("listKind", wanted.listKind)),
    ...optional("categories", wanted.categories),
  };
  return { acceptedNames: withoutRemoved(names, wanted), condition: conditionOf(problems) };
}

function usedNames(group: readonly DefinitionOutline[]): UsedNames {
  const names = group.map((each) => statusOf(each).acceptedNames);
  return {
    resources: new Set(
      names.flatMap(({ plural, singular = "", shortNames = [] }) => [plural, singular, ...shortNames]),
    ),
    kinds: new Set(names.flatMap(({ kind, listKind = "" }) => [kind, listKind])),
  };
}

const REASONS = [
  "PluralConflict",
  "SingularConflict",
  "ShortNamesConflict",
  "KindConflict",
  "ListKindConflict",
] as const;

/** In the order in which they are looked at: the last one is reported. */
type Problems = Readonly<Partial<Record<(typeof REASONS)[number], string>>>;

function findProblems(
  wanted: CustomResourceDefinitionNames,
  accepted: CustomResourceDefinitionNames,
  { resources, kinds }: UsedNames,
): Problems {
  const taken = (name = "", own = "", used: ReadonlySet<string>): readonly string[] =>
    name !== own && used.has(name) ? [`${quote(name)} is already in use`] : [];
  const known = accepted.shortNames ?? [];
  const shortNames = (wanted.shortNames ?? []).filter((name) => !known.includes(name));
  return {
    ...problem("PluralConflict", taken(wanted.plural, accepted.plural, resources)),
    ...problem("SingularConflict", taken(wanted.singular, accepted.singular, resources)),
    ...problem(
      "ShortNamesConflict",
      shortNames.flatMap((name) => taken(name, "", resources)),
    ),
    ...problem("KindConflict", taken(wanted.kind, accepted.kind, kinds)),
    ...problem("ListKindConflict", taken(wanted.listKind, accepted.listKind, kinds)),
  };
}

function problem(reason: (typeof REASONS)[number], messages: readonly string[]): Problems {
  const [first] = messages;
  if (first === undefined) return {};
  return { [reason]: messages.length === 1 ? first : `[${messages.join(", ")}]` };
}

function conditionOf(problems: Problems): CustomResourceDefinitionCondition {
  const reason = REASONS.findLast((each) => problems[each] !== undefined);
  const type = "NamesAccepted";
  return reason === undefined
    ? { type, status: "True", reason: "NoConflicts", message: "no conflicts found" }
    : { type, status: "False", reason, message: problems[reason] ?? "" };
}

function optional<K extends string, V>(name: K, value: V | undefined): Partial<Record<K, V>> {
  return value === undefined ? {} : ({ [name]: value } as Partial<Record<K, V>>);
}

/** Lists that are no longer wanted are no longer accepted either. */
function withoutRemoved(
  names: CustomResourceDefinitionNames,
  wanted: CustomResourceDefinitionNames,
): CustomResourceDefinitionNames {
  const { shortNames, categories, ...others } = names;
  return {
    ...others,
    ...(wanted.shortNames !== undefined && shortNames !== undefined && { shortNames }),
    ...(wanted.categories !== undefined && categories !== undefined && { categories }),
  };
}

/** Whether a definition has the names that it wants. */
export function hasWantedNames(definition: DefinitionOutline): boolean {
  return equalJson(statusOf(definition).acceptedNames, definition.spec.names);
}
