export const COST_EXCEEDED = "operation cancelled: actual cost limit exceeded";

/** The evaluation has cost more than it may; it has no value then, whatever the expression says of errors. */
export class CostExceeded extends Error {
  override readonly name = "CostExceeded";

  constructor() {
    super(COST_EXCEEDED);
  }
}
