import { forbidden, invalid, notSupported, required } from "#apimachinery/field-error.ts";
import { checkRange } from "#apimachinery/formats.ts";
import type {
  ExemptPriorityLevelConfiguration,
  LimitedPriorityLevelConfiguration,
  LimitResponse,
  PriorityLevelConfiguration,
  PriorityLevelConfigurationSpec,
  QueuingConfiguration,
} from "../../generated/flowcontrol-v1.ts";
import { checkNumber, validateOptional } from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { semanticallyEqual } from "../../validation/equality.ts";
import { type InternalForm, internalForm } from "../../validation/internal-form.ts";
import { validateConditionTypes } from "./conditions.ts";
import { EXEMPT, MANDATORY_PRIORITY_LEVELS } from "./mandatory.ts";

const MAX_QUEUES = 10_000_000;

/** Bits of the hash that shuffle sharding deals hands from. */
const MAX_HASH_BITS = 60;

/** Carried zero shares through v1beta3, which is not served. */
const ZERO_SHARES_ANNOTATION = "flowcontrol.k8s.io/v1beta3-preserve-zero-concurrency-shares";

const SPEC: InternalForm = {
  Type: "",
  Limited: {
    NominalConcurrencyShares: 0,
    LimitResponse: { Type: "", Queuing: { Queues: 0, HandSize: 0, QueueLengthLimit: 0 } },
    LendablePercent: null,
    BorrowingLimitPercent: null,
  },
  Exempt: { NominalConcurrencyShares: null, LendablePercent: null },
};

export function validatePriorityLevel(object: PriorityLevelConfiguration): FieldErrors {
  const { metadata, spec, status } = object;
  const isAnnotated = Object.hasOwn(metadata.annotations ?? {}, ZERO_SHARES_ANNOTATION);
  return collectErrors(
    isAnnotated && forbidden("metadata.annotations", `annotation '${ZERO_SHARES_ANNOTATION}' is forbidden`),
    validateSpec(spec, "spec", metadata.name),
    validateMandatory(spec, "spec", metadata.name),
    validateConditionTypes(status, "status"),
  );
}

function validateSpec(spec: PriorityLevelConfigurationSpec, path: string, name: string): FieldErrors {
  const { type, exempt, limited } = spec;
  const isNameOfType = (name === EXEMPT) === (type === "Exempt");
  return collectErrors(
    !isNameOfType && invalid(`${path}.type`, type, "must be 'Exempt' if and only if `name` is 'exempt'"),
    type === "Exempt"
      ? validateExemptSpec(exempt, limited, path)
      : type === "Limited"
        ? validateLimitedSpec(exempt, limited, path)
        : notSupported(`${path}.type`, type, ["Exempt", "Limited"]),
  );
}

function validateExemptSpec(
  exempt: ExemptPriorityLevelConfiguration | undefined,
  limited: LimitedPriorityLevelConfiguration | undefined,
  path: string,
): FieldErrors {
  return collectErrors(
    limited && forbidden(`${path}.limited`, "must be nil if the type is not Limited"),
    validateOptional(exempt, `${path}.exempt`, validateShares),
  );
}

function validateLimitedSpec(
  exempt: ExemptPriorityLevelConfiguration | undefined,
  limited: LimitedPriorityLevelConfiguration | undefined,
  path: string,
): FieldErrors {
  return collectErrors(
    exempt && forbidden(`${path}.exempt`, "must be nil if the type is Limited"),
    limited
      ? validateLimited(limited, `${path}.limited`)
      : required(`${path}.limited`, "must not be empty when type is Limited"),
  );
}

function validateMandatory(spec: PriorityLevelConfigurationSpec, path: string, name: string): FieldErrors {
  const mandatory = MANDATORY_PRIORITY_LEVELS.get(name);
  if (mandatory === undefined) return [];
  const fixed = name === EXEMPT ? { ...spec, exempt: mandatory.exempt } : spec;
  const except = name === EXEMPT ? " except the 'spec.exempt' field" : "";
  return semanticallyEqual(fixed, mandatory)
    ? []
    : [invalid(path, internalForm(spec, SPEC), `spec of '${name}'${except} must equal the fixed value`)];
}

function validateLimited(limited: LimitedPriorityLevelConfiguration, path: string): FieldErrors {
  const { nominalConcurrencyShares: shares = 0, lendablePercent, borrowingLimitPercent: borrowing } = limited;
  return collectErrors(
    shares < 0 && invalid(`${path}.nominalConcurrencyShares`, shares, "must be a non-negative integer"),
    validateLimitResponse(limited.limitResponse ?? { type: "" }, `${path}.limitResponse`),
    validateOptional(lendablePercent, `${path}.lendablePercent`, validatePercent),
    borrowing !== undefined &&
      borrowing < 0 &&
      invalid(`${path}.borrowingLimitPercent`, borrowing, "if specified, must be a non-negative integer"),
  );
}

function validateShares(exempt: ExemptPriorityLevelConfiguration, path: string): FieldErrors {
  const { nominalConcurrencyShares: shares = 0, lendablePercent } = exempt;
  return collectErrors(
    shares < 0 && invalid(`${path}.nominalConcurrencyShares`, shares, "must be a non-negative integer"),
    validateOptional(lendablePercent, `${path}.lendablePercent`, validatePercent),
  );
}

function validatePercent(percent: number, path: string): FieldErrors {
  return checkNumber(percent, path, (value) => checkRange(value, 0, 100));
}

function validateLimitResponse({ type, queuing }: LimitResponse, path: string): FieldErrors {
  const queuingPath = `${path}.queuing`;
  switch (type) {
    case "Reject":
      return collectErrors(
        queuing && forbidden(queuingPath, "must be nil if limited.limitResponse.type is not Limited"),
      );
    case "Queue":
      return queuing
        ? validateQueuing(queuing, queuingPath)
        : [required(queuingPath, "must not be empty if limited.limitResponse.type is Limited")];
    default:
      return [notSupported(`${path}.type`, type, ["Queue", "Reject"])];
  }
}

function validateQueuing(queuing: QueuingConfiguration, path: string): FieldErrors {
  const { queueLengthLimit, queues } = queuing;
  return collectErrors(
    queueLengthLimit <= 0 && invalid(`${path}.queueLengthLimit`, queueLengthLimit, "must be positive"),
    queues <= 0 && invalid(`${path}.queues`, queues, "must be positive"),
    queues > MAX_QUEUES &&
      invalid(`${path}.queues`, queues, `must not be greater than ${String(MAX_QUEUES)}`),
    validateHandSize(queuing, `${path}.handSize`),
  );
}

function validateHandSize({ handSize, queues }: QueuingConfiguration, path: string): FieldErrors {
  if (handSize <= 0) return [invalid(path, handSize, "must be positive")];
  if (handSize > queues) {
    return [invalid(path, handSize, `should not be greater than queues (${String(queues)})`)];
  }
  if (Math.ceil(Math.log2(queues) * handSize) <= MAX_HASH_BITS) return [];
  const sizes = `deckSize ${String(queues)} and handSize ${String(handSize)}`;
  return [
    invalid(
      path,
      handSize,
      `required entropy bits of ${sizes} should not be greater than ${String(MAX_HASH_BITS)}`,
    ),
  ];
}
