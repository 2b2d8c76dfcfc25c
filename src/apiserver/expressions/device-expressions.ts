/** Expressions that select devices (k8s.io/dynamic-resource-allocation/cel/compile.go). */
import type { DeviceClaim, DeviceSelector } from "#api/generated/resource-v1.ts";
import { type FieldError, forbidden, indexPath } from "#apimachinery/field-error.ts";
import type { Estimate } from "../cel/cost/estimate.ts";
import { estimateCost } from "../cel/cost/static-cost.ts";
import type { Environment } from "../cel/environment.ts";
import { type DeclaredType, typeProvider } from "../cel/schema/declared-type.ts";
import { BOOL, CelType, mapType, objectType, STRING } from "../cel/types/type.ts";
import { typeText } from "./admission-compiler.ts";
import { type Demands, ObjectCompiler } from "./object-compiler.ts";

type Errors = readonly FieldError[];

const MAX_COST = 1_000_000;
/** Longer expressions are not compiled. */
const MAX_EXPRESSION_BYTES = 10 * 1024;
const MAX_REQUESTS = 32;
const MAX_ALTERNATIVES = 8;
const MAX_SELECTORS = 32;
const MAX_DOMAIN_LENGTH = 63;
const MAX_ID_LENGTH = 32;
const MAX_VALUE_LENGTH = 64;
const MAX_ATTRIBUTES = 32;

/** The type of attributes, which expressions take for what they need. */
const ANY = new CelType("dyn", "any");

const ID = sized(STRING, MAX_ID_LENGTH);
const DOMAIN = sized(STRING, MAX_DOMAIN_LENGTH);
const ATTRIBUTE = sized(ANY, MAX_VALUE_LENGTH);
const CAPACITY = sized(objectType("kubernetes.Quantity"), 0);

const DEVICE: DeclaredType = {
  ...sized(objectType("kubernetes.DRADevice"), 0),
  fields: new Map([
    ["driver", DOMAIN],
    ["attributes", mapOf(DOMAIN, mapOf(ID, ATTRIBUTE))],
    ["capacity", mapOf(DOMAIN, mapOf(ID, CAPACITY))],
    ["allowMultipleAllocations", sized(BOOL, 0)],
  ]),
};

const SELECTION: Demands = {
  problemOf: (type) =>
    type.equals(BOOL) || type.equals(ANY)
      ? undefined
      : `must evaluate to bool or the unknown type, not ${typeText(type)}`,
};

/** What devices can be selected with. */
export function deviceEnvironment(base: Environment): Environment {
  return base.with({ variables: { device: DEVICE.type }, provider: typeProvider(DEVICE) });
}

/** Checks the expressions of one object. Lists that are too long are not looked into: validation says so. */
export class DeviceExpressions {
  readonly #compiler = new ObjectCompiler();
  readonly #environment: Environment;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  checkClaim({ requests }: DeviceClaim, path: string): Errors {
    if (requests.length > MAX_REQUESTS) return [];
    return requests.flatMap(({ exactly, firstAvailable = [] }, index) => {
      const requestPath = indexPath(`${path}.requests`, index);
      return [
        ...this.checkSelectors(exactly?.selectors, `${requestPath}.exactly.selectors`),
        ...firstAvailable.slice(0, MAX_ALTERNATIVES).flatMap(({ selectors }, at) => {
          const alternative = indexPath(`${requestPath}.firstAvailable`, at);
          return this.checkSelectors(selectors, `${alternative}.selectors`);
        }),
      ];
    });
  }

  checkSelectors(selectors: readonly DeviceSelector[] = [], path: string): Errors {
    if (selectors.length > MAX_SELECTORS) return [];
    return selectors.flatMap(({ cel }, index) =>
      cel === undefined || Buffer.byteLength(cel.expression) > MAX_EXPRESSION_BYTES
        ? []
        : this.#check(cel.expression, `${indexPath(path, index)}.cel.expression`),
    );
  }

  #check(text: string, path: string): Errors {
    const { checked, errors } = this.#compiler.compile({ text, path }, this.#environment, SELECTION);
    if (checked === undefined || estimateCost(checked, sizeAt).max <= MAX_COST) return errors;
    return [forbidden(path, "too complex, exceeds cost limit")];
  }
}

/** All attributes have the same limit, whatever they are called. */
function sizeAt([root, ...steps]: readonly string[]): Estimate | undefined {
  if (root !== "device") return undefined;
  let at: DeclaredType | undefined = DEVICE;
  for (const step of steps) {
    if (step === "@items" || step === "@values") at = at?.element;
    else if (step === "@keys") at = at?.key;
    else at = at?.fields?.get(step) ?? (at?.element === ATTRIBUTE ? ATTRIBUTE : undefined);
  }
  return at && { min: 0, max: at.maxElements };
}

function sized(type: CelType, maxElements: number): DeclaredType {
  return { type, maxElements, minBytes: 0 };
}

function mapOf(key: DeclaredType, element: DeclaredType): DeclaredType {
  return { ...sized(mapType(key.type, element.type), MAX_ATTRIBUTES), key, element };
}
