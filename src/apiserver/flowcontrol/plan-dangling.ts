import type { FlowSchema, FlowSchemaCondition } from "#api/generated/flowcontrol-v1.ts";
import type { Time } from "#apimachinery/generated/meta-v1.ts";

const DANGLING = "Dangling";

export interface DanglingUpdate {
  readonly schema: FlowSchema;
  readonly condition: FlowSchemaCondition;
}

/** Where a FlowSchema does not say whether its priority level exists, or says it wrongly (`presyncFlowSchemaStatus`). */
export function planDangling(
  schemas: readonly FlowSchema[],
  levels: ReadonlySet<string>,
  now: Time,
): readonly DanglingUpdate[] {
  return schemas.flatMap((schema) => {
    const { name } = schema.spec.priorityLevelConfiguration;
    const condition = conditionFor(name, levels.has(name), now);
    const present = schema.status?.conditions?.find(({ type }) => type === DANGLING);
    const isTold =
      present !== undefined &&
      present.status === condition.status &&
      present.reason === condition.reason &&
      present.message === condition.message;
    return isTold ? [] : [{ schema, condition }];
  });
}

function conditionFor(level: string, exists: boolean, now: Time): FlowSchemaCondition {
  const intro = `This FlowSchema references the PriorityLevelConfiguration object named "${level}"`;
  return {
    type: DANGLING,
    status: exists ? "False" : "True",
    lastTransitionTime: now,
    reason: exists ? "Found" : "NotFound",
    message: exists ? `${intro} and it exists` : `${intro} but there is no such object`,
  };
}
