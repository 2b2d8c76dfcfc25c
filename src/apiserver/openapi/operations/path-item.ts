import type { Operation, Parameter } from "./operation.ts";

/** The operations of a path, with what all of them take apart. */
export interface PathItem {
  readonly path: string;
  readonly parameters: readonly Parameter[];
  /** Their parameters are those that not all take. */
  readonly operations: readonly Operation[];
}

/** In alphabetical order of the paths, parameters in that of their names (kube-openapi `findCommonParameters`). */
export function pathItems(operations: readonly Operation[]): readonly PathItem[] {
  return [...Map.groupBy(operations, ({ path }) => path)]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, members]) => pathItem(path, members));
}

function pathItem(path: string, operations: readonly Operation[]): PathItem {
  const takers = Map.groupBy(
    operations.flatMap(({ parameters }) => parameters),
    keyOf,
  );
  const isShared = (parameter: Parameter): boolean =>
    takers.get(keyOf(parameter))?.length === operations.length;
  const last = [...takers.values()].flatMap((parameters) => parameters.slice(-1));
  return {
    path,
    parameters: last.filter(isShared).toSorted(byName),
    operations: operations.map((operation) => ({
      ...operation,
      parameters: operation.parameters.filter((parameter) => !isShared(parameter)).toSorted(byName),
    })),
  };
}

function keyOf({ name, in: place }: Parameter): string {
  return `${name}/${place}`;
}

function byName(a: Parameter, b: Parameter): number {
  return keyOf(a) < keyOf(b) ? -1 : 1;
}
