/** A label or field selector that cannot be understood. The message is upstream's, fit for a 400 BadRequest. */
export class SelectorError extends SyntaxError {
  override readonly name = "SelectorError";
}
